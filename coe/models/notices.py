"""Letters that are owed: the rows are the queue, `coe/mailing.py` sends them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from coe.models.coes import COE
from coe.models.letters import Letter
from coe.models.reviews import Review
from oncall.models import Incident, Room, User


class ReviewNotice(Letter):
    """That a person is to be told of a review: that it was asked for, or how it was decided."""

    class Kind(models.TextChoices):
        ASKED = "asked", "Asked for"
        DECIDED = "decided", "Decided"

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="notices")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)

    class Meta(Letter.Meta):
        constraints = [
            models.UniqueConstraint(fields=["review", "user", "kind"], name="one_notice_per_review_and_person")
        ]
        indexes = [
            # coe.mailing: what is made but not sent.
            models.Index(fields=["made_at"], condition=Q(sent_at__isnull=True), name="review_notices_to_send")
        ]

    def __str__(self) -> str:
        return f"notice to {self.user} about {self.review}"


class Notice(Letter):
    """Anything else a person is told about COEs, once. Whether they may still read it is judged when it is sent."""

    class Kind(models.TextChoices):
        MENTION = "mention", "Mentioned"
        COMMENT = "comment", "Commented"
        OWED = "owed", "COE owed"
        REVIEW_DUE = "review_due", "Review due"
        DELEGATED = "delegated", "Review handed on"
        OVERTAKEN = "overtaken", "Approval overtaken"
        PUBLISHED = "published", "Published"
        REISSUED = "reissued", "Re-issued"
        DIGEST = "digest", "Digest"
        ANNIVERSARY = "anniversary", "A year ago"
        QUESTION = "question", "Question"
        ANSWER = "answer", "Answer"
        RECONSIDER = "reconsider", "Restriction to reconsider"
        ASSIGNED = "assigned", "Action item given"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind)
    # What it is about; a digest is about many, and chooses them when it is sent.
    coe = models.ForeignKey(COE, null=True, blank=True, on_delete=models.CASCADE, related_name="notices")
    incident = models.ForeignKey(Incident, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    # One sentence beside the title, and where the link leads ("/coes/7/comments/#thread-3").
    detail = models.TextField(blank=True)
    path = models.CharField(max_length=300, blank=True)
    # Says what this letter is, so that it is made once: "owed-7-draft-late".
    key = models.CharField(max_length=120)

    class Meta(Letter.Meta):
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_notice_per_person_and_key")]
        indexes = [
            # coe.mailing: what is made but not sent.
            models.Index(fields=["made_at"], condition=Q(sent_at__isnull=True), name="notices_to_send")
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.user}"


class RoomNotice(Letter):
    """What a room of a team is told about COEs, once. Whether everybody may still read it is judged when it is sent."""

    class Kind(models.TextChoices):
        PUBLISHED = "published", "Published"
        REISSUED = "reissued", "Published anew"
        DIGEST = "digest", "Digest"

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=9, choices=Kind)
    # What it is about; a digest is about many, and chooses them when it is sent.
    coe = models.ForeignKey(COE, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    # What changed; of a digest, since when it tells.
    detail = models.CharField(max_length=300, blank=True)
    # Says what this notice is, so that it is made once: "publication-7-12".
    key = models.CharField(max_length=120)

    class Meta(Letter.Meta):
        constraints = [models.UniqueConstraint(fields=["room", "key"], name="one_notice_per_room_and_key")]
        indexes = [
            # coe.mailing: what is made but not sent.
            models.Index(fields=["made_at"], condition=Q(sent_at__isnull=True), name="room_notices_to_send")
        ]

    def __str__(self) -> str:
        return f"{self.kind} in {self.room}"
