"""Review: what it needs, who may judge, and what a verdict does."""

import pytest
from django.core.exceptions import ValidationError

from coe import editing, lacking, reviewing
from coe.models import COE, ReviewNotice, Revision
from coe.template import BUILT_IN
from oncall.exceptions import Conflict, NotAllowed
from oncall.models import AuditEntry
from tests import make
from tests.coe.writers import APPROVED, CHANGES, LATER, approved, in_review, ready

pytestmark = pytest.mark.django_db
QUESTIONS = ("Detection", "Diagnosis", "Mitigation", "Prevention")


def gone():
    return make.person("Gil Gone", is_active=False)


def decide(coe, verdict, by, comment="", **facts):
    return reviewing.decide(coe, verdict, comment, by=by, now=LATER, **facts)


def test_everything_that_is_missing_is_said_at_once():
    coe = make.coe()
    make.action("Half", of=coe, owner=None)

    with pytest.raises(lacking.NotReady) as refused:
        reviewing.submit(coe, make.alice(), [make.bob()], LATER)

    assert [item.sentence for item in refused.value.missing] == [
        "“Summary” is empty.",
        "“Customer impact” is empty.",
        "No line of the timeline is marked “impact started”.",
        "No line of the timeline is marked “detected”.",
        "No line of the timeline is marked “mitigated”.",
        *(f"“{title}” is neither answered nor waived." for title in QUESTIONS),
        "It names no cause.",
        "The action item “Half” lacks an owner.",
        *(f"“{item.text.rstrip('.')}” is not ticked." for item in BUILT_IN.checklist if item.before == "review"),
    ]
    assert COE.objects.get().state == "draft"


def test_without_action_items_a_reason_is_needed():
    coe = make.coe()
    assert "no action item" in "".join(item.sentence for item in lacking.for_review(coe))

    coe.no_actions_because = "Another team corrects it."

    assert "no action item" not in "".join(item.sentence for item in lacking.for_review(coe))


def test_submitting_asks_reviewers_about_one_revision():
    coe = in_review()

    review = coe.reviews.get()
    assert (coe.state, review.reviewer, review.revision.reason) == ("in_review", make.bob(), Revision.Reason.SUBMITTED)
    assert ReviewNotice.objects.get().user == make.bob()


@pytest.mark.parametrize(
    ("who", "sentence"), [([], "at least one"), ([make.alice], "wrote part of it"), ([gone], "has left")]
)
def test_reviewers_that_cannot_be_are_refused(who, sentence):
    coe = ready()

    with pytest.raises(ValidationError, match=sentence):
        reviewing.submit(coe, make.alice(), [person() for person in who], LATER)

    assert COE.objects.get().state == "draft"


def test_nobody_approves_the_own_coe_not_even_an_administrator():
    owner = make.dora()
    coe = make.coe(owner=owner)
    ready(coe, by=owner)
    reviewing.submit(coe, owner, [make.bob()], LATER)

    with pytest.raises(NotAllowed, match="Nobody reviews what they wrote"):
        decide(coe, APPROVED, owner)


def test_whoever_changed_a_word_does_not_approve():
    colleague = make.bob()
    make.team("Payments", managers=(colleague,))
    coe = ready()
    editing.save_section(coe, "lucky", "It was quiet.", 0, by=colleague, now=LATER)
    reviewing.submit(coe, make.alice(), [make.carol()], LATER)

    with pytest.raises(NotAllowed):
        decide(coe, APPROVED, colleague)


def test_strangers_do_not_review_but_managers_and_administrators_do():
    manager = make.bob()
    make.team("Payments", managers=(manager,))
    coe = in_review(None, make.carol())

    with pytest.raises(NotAllowed):
        decide(coe, APPROVED, make.person("Erin Stranger"))
    decide(coe, APPROVED, manager)

    assert coe.reviews.get(reviewer=manager).verdict == APPROVED


def test_one_approval_is_enough_and_the_owner_is_told():
    coe = in_review(None, make.bob(), make.carol())

    decide(coe, APPROVED, make.bob(), "Reads well.")

    assert coe.state == "approved"
    assert ReviewNotice.objects.get(kind="decided").user == make.alice()
    entry = AuditEntry.objects.filter(kind="coe.coe").first()
    assert (entry.verb, entry.actor, entry.before) == ("approved", make.bob(), "in_review")


def test_asking_for_changes_needs_words():
    coe = in_review()

    with pytest.raises(ValidationError, match="Say what should change"):
        decide(coe, CHANGES, make.bob(), "  ")

    assert COE.objects.get().state == "in_review"


def test_a_second_verdict_is_told_who_was_faster():
    coe = in_review(None, make.bob(), make.carol())
    decide(coe, APPROVED, make.bob())

    with pytest.raises(Conflict, match="it is “approved” since 2026-11-16 16:02 UTC by Bob Kimani"):
        decide(coe, CHANGES, make.carol(), "Wait")


def test_a_verdict_on_text_that_changed_meanwhile_is_refused():
    coe = in_review()
    seen = coe.edits
    editing.save_section(coe, "lucky", "New", 0, by=make.alice(), now=LATER)

    with pytest.raises(Conflict, match="was changed after you opened it"):
        decide(coe, APPROVED, make.bob(), seen=seen)

    decide(coe, APPROVED, make.bob(), seen=coe.edits)
    assert coe.reviews.get().revision.content["sections"]["lucky"] == "New"


def test_after_changes_are_requested_it_is_written_and_asked_for_again():
    coe = in_review()
    decide(coe, CHANGES, make.bob(), "More numbers.")
    editing.save_section(coe, "impact", "38 % for 27 minutes; 18 240 customers.", 1, by=make.alice(), now=LATER)

    reviewing.submit(coe, make.alice(), [make.bob()], LATER)

    assert [review.verdict for review in coe.reviews.order_by("pk")] == [CHANGES, ""]


def test_what_is_approved_is_reopened_and_must_be_approved_again():
    coe = approved()

    reviewing.reopen(coe, make.alice(), LATER)

    assert coe.state == "changes_requested"
    with pytest.raises(Conflict, match="cannot be reopened: it is “changes requested”"):
        reviewing.reopen(coe, make.alice(), LATER)


def test_withdrawing_lets_reviewers_off():
    coe = in_review()

    reviewing.withdraw(coe, make.alice(), LATER)

    assert (coe.state, coe.reviews.count(), ReviewNotice.objects.count()) == ("draft", 0, 0)


def test_a_draft_is_not_decided():
    coe = ready()

    with pytest.raises(Conflict, match="cannot be reviewed: it is “draft”"):
        decide(coe, APPROVED, make.dora())
