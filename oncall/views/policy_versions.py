"""The versions of a policy: who made each when, what it changed in words, and which incidents still follow it.

It decides the words of a change. A version itself never changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import SequenceMatcher

from django.db.models import Count

from oncall.models import EscalationPolicy, Incident, PolicyVersion, User
from oncall.planning import plan_of_version
from oncall.views.policy_words import StepWords, words_of

# Older ones say little to anybody; their incidents keep them all the same.
MOST_VERSIONS = 8


@dataclass(slots=True)
class VersionRow:
    """One version beside the one before it."""

    version: PolicyVersion
    is_current: bool
    steps: list[StepWords]
    followers: int = 0
    changes: list[str] = field(default_factory=list)


def versions_of(policy: EscalationPolicy, viewer: User, now: datetime) -> list[VersionRow]:
    """The newest first; a dozen queries whatever their number."""
    shown = policy.versions.select_related("made_by", "last_resort").prefetch_related("steps__targets")
    newest = shown.order_by("-number")
    found = list(newest[: MOST_VERSIONS + 1])
    plans = [plan_of_version(version) for version in found]
    words = iter(words_of([step for plan in plans for step in plan], now))
    described = [[next(words) for _ in plan] for plan in plans]
    followers = _followers(found, viewer)
    rows = []
    for place, version in enumerate(found[:MOST_VERSIONS]):
        row = VersionRow(version, version.pk == policy.current_id, described[place], followers.get(version.pk, 0))
        if place + 1 < len(found):
            row.changes = changes(found[place + 1], version, described[place + 1], described[place])
        rows.append(row)
    return rows


def _followers(versions: Sequence[PolicyVersion], viewer: User) -> dict[int, int]:
    """How many incidents that still run follow each of the versions."""
    running = Incident.objects.visible_to(viewer).open().filter(policy_version__in=versions).order_by()
    return dict(running.values_list("policy_version").annotate(Count("pk")))


def changes(
    old: PolicyVersion, new: PolicyVersion, before: Sequence[StepWords], after: Sequence[StepWords]
) -> list[str]:
    """What the new version says otherwise, in sentences."""
    were, are = [_whole(step) for step in before], [_whole(step) for step in after]
    found = []
    for tag, a, b, c, d in SequenceMatcher(None, were, are, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        both = min(b - a, d - c)
        found += [f"Step {c + n + 1} was: {were[a + n]}. It is now: {are[c + n]}." for n in range(both)]
        found += [f"Step {n + 1} is new: {are[n]}." for n in range(c + both, d)]
        found += [f"Step {n + 1} is gone: {were[n]}." for n in range(a + both, b)]
    if old.repeats != new.repeats:
        found.append(f"All of it {_times(new.repeats)}, not {_times(old.repeats)}.")
    if old.last_resort_id != new.last_resort_id:
        found.append(f"The last resort: {_resort(new)}, not {_resort(old)}.")
    return found or ["Nothing but the name or the team."]


def _whole(step: StepWords) -> str:
    deed = f"{step.conditions}, {step.deed}" if step.conditions else step.deed
    return f"{deed}, then {step.wait}"


def _times(repeats: int) -> str:
    return "once more" if repeats == 1 else f"{repeats} times more" if repeats else "once only"


def _resort(version: PolicyVersion) -> str:
    return str(version.last_resort or "administrators")
