"""What one version of a template asks that another did not, in sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from coe.template import ROLE_LABELS, SEVERITIES, ChecklistItem, Demands, Form, SectionForm


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing; `kind` is added, removed, changed or moved."""

    kind: str
    what: str
    before: str = ""
    after: str = ""


def differences(old: Form, new: Form) -> list[Difference]:
    """Everything that differs, in the order of the newer one: sections, checklist, then severities."""
    return [*_sections(old, new), *_items(old, new), *_demands(old, new)]


def _sections(old: Form, new: Form) -> Iterator[Difference]:
    before, after = {one.key: one for one in old.sections}, {one.key: one for one in new.sections}
    for key, one in after.items():
        if key not in before:
            yield Difference("added", f"Section “{one.title}”", after=one.prompt)
        else:
            yield from _section(before[key], one)
    yield from (Difference("removed", f"Section “{one.title}”") for key, one in before.items() if key not in after)
    kept = [key for key in before if key in after]
    if kept != [key for key in after if key in before]:
        yield Difference("moved", "Order of the sections", ", ".join(before[key].title for key in kept),
                         ", ".join(one.title for key, one in after.items() if key in before))  # fmt: skip


def _section(old: SectionForm, new: SectionForm) -> Iterator[Difference]:
    name = f"Section “{new.title}”"
    for word, before, after in (
        ("heading", old.title, new.title),
        ("what it asks", old.prompt, new.prompt),
        ("group", old.group, new.group),
        ("needed for review", _yes(old.is_required), _yes(new.is_required)),
        ("a question", _yes(old.is_question), _yes(new.is_question)),
    ):
        if before != after:
            yield Difference("changed", f"{name}: {word}", before, after)


def _items(old: Form, new: Form) -> Iterator[Difference]:
    before, after = {one.key: one for one in old.checklist}, {one.key: one for one in new.checklist}
    for key, one in after.items():
        if key not in before:
            yield Difference("added", "Checklist", after=item_words(one))
        elif before[key] != one:
            yield Difference("changed", "Checklist", item_words(before[key]), item_words(one))
    yield from (
        Difference("removed", "Checklist", before=item_words(one)) for key, one in before.items() if key not in after
    )


def item_words(item: ChecklistItem) -> str:
    """An item with when it is due and whom it concerns."""
    whom = f", SEV {', '.join(map(str, item.severities))}" if item.severities else ""
    return f"{item.text} (before {item.before}{whom})"


def _demands(old: Form, new: Form) -> Iterator[Difference]:
    for severity in SEVERITIES:
        before, after = old.demands_of(severity), new.demands_of(severity)
        if before != after:
            yield Difference("changed", f"SEV {severity}", demand_words(before), demand_words(after))


def demand_words(demands: Demands) -> str:
    """What a severity owes and needs, as one sentence."""
    owed = "a COE is owed" if demands.is_owed else "no COE is owed"
    who = ", ".join(ROLE_LABELS[role].lower() for role in demands.approvals)
    times = (
        f"draft in {demands.draft_hours} h, published in {demands.publish_days} d, review in {demands.review_days} d"
    )
    return f"{owed}; {times}; approved by {who}"


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"
