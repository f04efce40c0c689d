"""What the incidents know that their COE does not tell yet: found, shown, and taken over as far as somebody wants it.

What people wrote, corrected or removed stays as it is, unless they tick the difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from coe.drafting.news import AnchorMove, Drafted, HeaderChange, LineChange, News, TextChange
from coe.drafting.news_of_header import header_news, incident_news
from coe.drafting.news_of_text import text_news
from coe.drafting.news_of_timeline import timeline_news
from coe.editing.sections import save_section
from coe.editing.timeline import MOST_EVENTS
from coe.editing.writing import writing
from coe.models import COE, TimelineEvent
from oncall.models import User


def news_of(coe: COE, user: User) -> list[News]:
    """Every difference, in the order of the document; of the incidents that this person may see."""
    incidents = list(coe.header.incidents.visible_to(user).select_related("service").order_by("pk"))
    drafted = Drafted(coe)
    found = [
        *header_news(coe, incidents, drafted),
        *incident_news(coe, user),
        *timeline_news(coe, incidents, drafted),
        *text_news(coe, incidents, drafted),
    ]
    return list({one.key: one for one in found}.values())


def refresh(coe: COE, keys: set[str], *, by: User, now: datetime) -> int:
    """Take these of `news_of` over, all or none; returns how many. Raises ValidationError for a full timeline."""
    with transaction.atomic():
        with writing(coe, by, now):
            # Under the lock: of two refreshes at once the second finds the lines of the first.
            wanted = [news for news in news_of(coe, by) if news.key in keys]
            _take_header(coe, [news.change for news in wanted if isinstance(news.change, HeaderChange)])
            added = _add_lines(coe, wanted)
            for news in wanted:
                if isinstance(news.change, LineChange):
                    _change_line(coe, news.change)
                elif isinstance(news.change, AnchorMove):
                    _move_anchor(coe, news.change, added)
        texts = [news.change for news in wanted if isinstance(news.change, TextChange)]
        for key in dict.fromkeys(change.section for change in texts):
            _take_text(coe, key, [change for change in texts if change.section == key], by, now)
    return len(wanted)


def _take_header(coe: COE, changes: Sequence[HeaderChange]) -> None:
    header, facts = coe.header, {name: value for change in changes for name, value in change.facts.items()}
    started, ended = (facts.get(name, getattr(header, name)) for name in ("impact_started_at", "impact_ended_at"))
    if started and ended and ended < started:
        raise ValidationError("The impact would end before it began: tick both of its times, or none. Nothing changed.")
    if facts:
        for name, value in facts.items():
            setattr(header, name, value)
        header.save(update_fields=list(facts))
    incidents = [change.incident for change in changes if change.incident]
    if facts or incidents:
        coe.header_edits += 1
        coe.save(update_fields=["header_edits"])
    header.services.add(*(change.service for change in changes if change.service))
    header.incidents.add(*incidents)


def _add_lines(coe: COE, wanted: Iterable[News]) -> dict[str, TimelineEvent]:
    """The new lines by the keys of their news."""
    added = {news.key: news.change for news in wanted if isinstance(news.change, TimelineEvent)}
    there = coe.timeline.count()
    if there + len(added) > MOST_EVENTS:
        raise ValidationError(
            f"A timeline holds at most {MOST_EVENTS} lines; it has {there}, {len(added)} are ticked. Nothing changed."
        )
    TimelineEvent.objects.bulk_create(added.values())
    return added


def _change_line(coe: COE, change: LineChange) -> None:
    event = coe.timeline.filter(pk=change.pk).first()
    if event:
        event.at, event.text, event.edits = change.at, change.text, event.edits + 1
        event.save(update_fields=["at", "text", "edits"])


def _move_anchor(coe: COE, move: AnchorMove, added: dict[str, TimelineEvent]) -> None:
    """Nothing where the line that would hold it was not ticked."""
    new = added.get(move.to_key)
    to = coe.timeline.filter(pk=new.pk if new else move.to or 0).first()
    if to:
        coe.timeline.filter(anchor=move.anchor).update(anchor="")
        to.anchor = move.anchor
        to.save(update_fields=["anchor"])


def _take_text(coe: COE, key: str, changes: Sequence[TextChange], by: User, now: datetime) -> None:
    section = coe.sections.get(key=key)
    text = section.text
    for change in changes:
        if change.old and change.old in text:
            text = text.replace(change.old, change.new, 1)
        else:
            gap = "\n" if change.new.startswith("- ") and text.rstrip().rpartition("\n")[2].startswith("- ") else "\n\n"
            text = f"{text.rstrip()}{gap}{change.new}" if text.strip() else change.new
    save_section(coe, key, text, section.edits, by=by, now=now)
