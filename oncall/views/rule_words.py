"""A person's notification rules in words, with what is wrong about them.

It decides the words. Who is told by what and when is decided by `oncall/calling.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from oncall.models import ContactMethod, NotificationRule, User
from oncall.reaching import LATE
from oncall.times import spoken

Urgency = NotificationRule.Urgency


@dataclass(frozen=True, slots=True)
class RuleWords:
    """One rule: "at once", "after 5 minutes"."""

    rule: NotificationRule
    when: str


@dataclass(frozen=True, slots=True)
class Group:
    """The rules of one urgency in the order of their moments, and a warning; no rules means the default."""

    urgency: str
    name: str
    severities: str
    rules: list[RuleWords]
    warning: str


def groups_of(user: User, methods: Sequence[ContactMethod]) -> list[Group]:
    """High first; one query."""
    rules = list(user.notification_rules.select_related("contact_method").order_by("after_minutes", "pk"))
    return [
        _group(urgency, [rule for rule in rules if rule.urgency == urgency], methods)
        for urgency in (Urgency.HIGH, Urgency.LOW)
    ]


def _group(urgency: Urgency, rules: list[NotificationRule], methods: Sequence[ContactMethod]) -> Group:
    name, _, severities = str(urgency.label).partition(": ")
    warning = _warning(urgency, rules, methods)
    return Group(urgency.value, name, severities, [RuleWords(rule, _when(rule)) for rule in rules], warning)


def _when(rule: NotificationRule) -> str:
    return f"after {spoken(timedelta(minutes=rule.after_minutes))}" if rule.after_minutes else "at once"


def _warning(urgency: Urgency, rules: list[NotificationRule], methods: Sequence[ContactMethod]) -> str:
    """What would keep a page from arriving in time."""
    if not any(method.is_verified for method in methods):
        return "Nothing would arrive: none of your contact methods is verified."
    counting = [rule.after_minutes for rule in rules if rule.contact_method.is_verified]
    if rules and not counting:
        return "None of these methods is verified, so every verified one is used at once."
    first = timedelta(minutes=min(counting, default=0))
    if urgency == Urgency.HIGH and first > LATE:
        return f"The first of these comes after {spoken(first)}: nothing reaches you within ten minutes."
    return ""
