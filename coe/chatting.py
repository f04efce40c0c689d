"""The words that rooms are told about COEs: a publication at once, or a digest.

What the whole organisation may read is told, nothing else, and that is judged now, when the notice goes out. A notice
that is about nothing any more, or to a room that was removed, is None.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from coe import digesting, rendering
from coe.models import COE, Revision, RoomNotice
from oncall.channels import Message
from oncall.payloads import cut
from oncall.shortening import cut_to_fit, for_sms, one_line

SUBJECT = 200
# Of the published summary, as much as a chat shows without folding it.
LONGEST_SUMMARY = 400


def room_message(notice: RoomNotice) -> Message | None:
    """What this room is told; None when there is nothing that everybody may read."""
    if notice.room.removed_at is not None:
        return None
    return _digest(notice) if notice.kind == RoomNotice.Kind.DIGEST else _publication(notice)


def _publication(notice: RoomNotice) -> Message | None:
    readable = COE.objects.for_everybody().published().select_related("team")
    coe = readable.filter(pk=notice.coe_id).first() if notice.coe_id else None
    revision = coe.revisions.publications().defer("content").first() if coe else None
    if coe is None or revision is None:
        return None
    subject = f"{notice.get_kind_display()}: {coe.number} {coe.public_title}"
    link = settings.ERRATA_URL + coe.get_absolute_url()
    context = {"coe": coe, "summary": summary_of(revision), "change_note": notice.detail, "link": link}
    context |= {"room": notice.room, "site": settings.ERRATA_URL}
    facts = {"event": notice.kind, "change_note": notice.detail, **_facts(coe)}
    return _message("room_coe", subject, context, link, facts)


def summary_of(revision: Revision) -> str:
    """The beginning of what was published as its summary, without markup."""
    return cut(" ".join(rendering.html_to_text(revision.html.get("summary", "")).split()), LONGEST_SUMMARY)


def _digest(notice: RoomNotice) -> Message | None:
    news = digesting.news_of_room(notice)
    if not news:
        return None
    subject = digest_subject(sum(not one.change_note for one in news), sum(bool(one.change_note) for one in news))
    told = [{**_facts(one.coe), "change_note": one.change_note} for one in news]
    context = {"news": news, "site": settings.ERRATA_URL, "cadence": digesting.cadence_of(notice)}
    return _message(
        "room_digest", subject, context, f"{settings.ERRATA_URL}/coes/", {"event": notice.kind, "coes": told}
    )


def digest_subject(new: int, anew: int) -> str:
    """2 new COEs, 1 published anew; only what there is."""
    coes = f"COE{'' if new == 1 else 's'}"
    if new and anew:
        return f"{new} new {coes}, {anew} published anew"
    return f"{new} new {coes}" if new else f"{anew} COE{'' if anew == 1 else 's'} published anew"


def _facts(coe: COE) -> dict[str, Any]:
    return {
        "coe": coe.number,
        "title": coe.public_title,
        "severity": coe.severity,
        "team": coe.team.slug,
        "url": settings.ERRATA_URL + coe.get_absolute_url(),
    }


def _message(name: str, subject: str, context: dict[str, Any], link: str, facts: dict[str, Any]) -> Message:
    subject = cut(one_line(subject), SUBJECT)
    context = {**context, "subject": subject}
    return Message(
        kind="coe",
        subject=subject,
        short=cut_to_fit(for_sms(subject)),
        text=render_to_string(f"emails/{name}.txt", context),
        html=render_to_string(f"emails/{name}.html", context),
        facts=facts,
        link=link,
    )
