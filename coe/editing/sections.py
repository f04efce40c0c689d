"""Saving the written sections, the header and the checklist.

A section is saved on top of what was read: whoever read an older state gets both texts back, and nothing is lost.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from coe import revising, tagging
from coe.cowriting import drawing, judging, replacing
from coe.editing.writing import RowConflict, count_on, judge_text, writing
from coe.models import COE, CheckedItem, DraftHeader, Revision, SearchChange, Section, Tag
from coe.permissions import require_edit
from oncall.exceptions import Conflict
from oncall.models import Incident, User

# What save_header takes: values, and sets.
HEADER = frozenset(
    {"title", "severity", "team", "owner", "zone", "impact_started_at", "impact_ended_at", "no_actions_because"}
)
SETS = frozenset(DraftHeader.SETS)


class SectionConflict(Conflict):
    """Somebody else saved the section after it was read. Carries both texts; nothing was overwritten."""

    def __init__(self, section: Section, yours: str) -> None:
        who = section.edited_by.name if section.edited_by else "Somebody"
        super().__init__(
            f"{who} saved “{section.form.title}” after you opened it. Nothing is lost: both texts are kept."
        )
        self.section = section
        self.theirs = section.text
        self.yours = yours


def save_section(
    coe: COE, key: str, text: str, base_edits: int, *, by: User, now: datetime, reason: str = Revision.Reason.SAVED
) -> Section:
    """Save one section; `base_edits` is the section's counter that the writer read.

    Raises SectionConflict for an older counter, ValidationError for a text that is too large, KeyError for an unknown
    key. The same text again changes nothing.
    """
    if key not in coe.form.forms:
        raise KeyError(key)
    text = judging.judged(text)
    with writing(coe, by, now, reason):
        # What was typed together up to now was there before this save.
        drawing.draw(coe)
        Section.objects.get_or_create(coe=coe, key=key)
        section = coe.sections.select_related("edited_by").get(key=key)
        if section.text == text:
            return section
        if section.edits != base_edits:
            raise SectionConflict(section, text)
        replacing.replace(coe, key, text, by, now)
        section.text, section.edited_by, section.edited_at = text, by, now
        section.edits += 1
        section.save(update_fields=["text", "edited_by", "edited_at", "edits"])
    return section


def put_text(coe: COE, key: str, text: str, by: User, now: datetime) -> None:
    """Let a section say this, for whoever holds the COE and has judged the text.

    Through the shared text, as every save: whoever types in it at this moment keeps what they type.
    """
    drawing.draw(coe)
    section, _ = Section.objects.get_or_create(coe=coe, key=key)
    replacing.replace(coe, key, text, by, now)
    section.text, section.edited_by, section.edited_at = text, by, now
    section.edits += 1
    section.save(update_fields=["text", "edited_by", "edited_at", "edits"])


def save_header(
    coe: COE,
    *,
    base: int | None = None,
    by: User,
    now: datetime,
    reason: str = Revision.Reason.SAVED,
    **facts: Any,
) -> COE:
    """Change facts of HEADER and SETS (iterables; tags by name); `base` is the header's counter that the writer read.

    What is published stays as it is: of a re-issue it is the header of the draft.

    Raises TypeError for any other fact, RowConflict for an older counter.
    """
    with writing(coe, by, now, reason):
        put_header(coe, facts, base)
        if coe.is_published:
            # Another owner reads a restricted COE: search must know.
            SearchChange.objects.create(coe_id=coe.pk, at=now)
    return coe


def save_no_actions(
    coe: COE, because: str, *, base: str | None = None, by: User, now: datetime, reason: str = Revision.Reason.SAVED
) -> str:
    """Say why nothing is to be corrected; `base` is the reason that the writer read. Returns what is saved now.

    Raises RowConflict when somebody gave another reason since.
    """
    with writing(coe, by, now, reason):
        judge_text("reason", "nothing is to be corrected because", coe.header.no_actions_because, because, base)
        put_header(coe, {"no_actions_because": because})
    return because


def put_header(coe: COE, facts: dict[str, Any], base: int | None = None) -> None:
    """What `save_header` changes, for whoever holds the COE in `writing` already."""
    if unknown := facts.keys() - HEADER - SETS:
        raise TypeError(f"not in the header of a COE: {', '.join(sorted(unknown))}")
    sets = {name: list(facts[name]) for name in SETS & facts.keys()}
    facts = {name: value for name, value in facts.items() if name not in sets}
    for name in ("tags", "incidents"):
        if name in sets:
            _judge_set(coe, base, name, set(map(_named, sets[name])))
    header = coe.header
    holders = {name: header if name in DraftHeader.FACTS else coe for name in facts}
    saved = {name: getattr(holder, name) for name, holder in holders.items()}
    count_on(coe, "header", base, facts, counter="header_edits", saved=saved)
    for name, value in facts.items():
        setattr(holders[name], name, value)
    coe.save(update_fields=[*(name for name in facts if holders[name] is coe), "header_edits"])
    if header is not coe:
        header.save()
    for name, things in sets.items():
        if name == "tags":
            tagging.put(header, things)
        else:
            getattr(header, name).set(things)


def _judge_set(coe: COE, base: int | None, name: str, yours: set[str]) -> None:
    """Raises RowConflict when the header was saved since it was read and names other things than these now."""
    theirs = [_named(one) for one in getattr(coe.header, name).all()]
    if base is not None and base != coe.header_edits and set(theirs) != yours:
        raise RowConflict("header", {name: ", ".join(theirs)}, coe.header_edits)


def _named(thing: Tag | Incident | str) -> str:
    return thing if isinstance(thing, str) else thing.number if isinstance(thing, Incident) else thing.name


def tick(
    coe: COE,
    keys: set[str],
    *,
    seen: Collection[str] | None = None,
    by: User,
    now: datetime,
    reason: str = Revision.Reason.SAVED,
) -> None:
    """Make these the ticked items of the checklist; who ticked one first stays its name. Raises KeyError.

    `seen` are those that stood ticked before the person: what others ticked or took back since stays so. An approved
    COE is ticked too: some items become true only then, and a tick changes nothing that was approved.
    """
    if unknown := keys - {item.key for item in coe.form.checklist}:
        raise KeyError(", ".join(sorted(unknown)))
    with _ticking(coe, by, now, reason):
        taken_back = coe.checked_items.exclude(key__in=keys)
        (taken_back if seen is None else taken_back.filter(key__in=seen)).delete()
        _check(coe, keys.difference(seen or ()), by, now)


def tick_more(coe: COE, keys: Collection[str], *, by: User, now: datetime) -> None:
    """Tick these besides what is ticked. Raises ValidationError for an item that the checklist does not have."""
    if unknown := set(keys) - {item.key for item in coe.form.checklist}:
        raise ValidationError({"ticked": f"The checklist has no item “{min(unknown)[:30]}”."})
    with _ticking(coe, by, now, Revision.Reason.SAVED):
        _check(coe, keys, by, now)


def _check(coe: COE, keys: Collection[str], by: User, now: datetime) -> None:
    CheckedItem.objects.bulk_create(
        [CheckedItem(coe=coe, key=key, checked_by=by, checked_at=now) for key in sorted(keys)], ignore_conflicts=True
    )


@contextmanager
def _ticking(coe: COE, by: User, now: datetime, reason: str) -> Iterator[None]:
    if coe.state != COE.State.APPROVED:
        with writing(coe, by, now, reason):
            yield
        return
    require_edit(by, coe)
    with transaction.atomic():
        coe.lock_in_state(COE.State.APPROVED, "ticked")
        yield
        revising.record(coe, reason, by, now)
