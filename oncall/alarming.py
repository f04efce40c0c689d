"""Tells the administrators, at once and directly, that an invariant does not hold, and once that all hold again.

Nothing goes through the queue of pages, for it may be what is broken. A message goes out for the first violation; what
is found in the quarter of an hour after it waits and comes as one summary. Who was told of which violation is kept as
audit entries, written only after somebody could be told: what reached nobody is told again a minute later. What a
violation is, is decided by `oncall/invariants.py`.
"""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db import connection, connections
from django.db.models import QuerySet
from django.template.loader import render_to_string

from oncall.channels import REGISTRY, DeliveryFailed, Message
from oncall.models import AuditEntry, ContactMethod, Violation
from oncall.payloads import cut
from oncall.runbooks import runbook_of
from oncall.sealing import Unreadable, unseal
from oncall.shortening import cut_to_fit, for_sms, one_line

logger = logging.getLogger(__name__)

# Between two alarms.
PAUSE = timedelta(minutes=15)
# Violations that a message names; it counts the others.
MOST_NAMED = 5
SENDERS = 8
# The number of the advisory lock; any that nobody else takes.
LOCK = 0x45525241
KIND = Violation._meta.label_lower


@dataclass(frozen=True, slots=True)
class Way:
    """One contact method of an administrator, as a sender needs it."""

    whom: str
    channel: str
    address: str
    secret: str


def tell(now: datetime) -> str:
    """Send what the administrators must know now; returns "alarm", "all clear", or nothing when nothing was sent."""
    with _alone() as is_ours:
        if not is_ours:
            return ""
        violations = list(Violation.objects.open().grave().order_by("found_at", "pk"))
        news = _untold(violations)
        last = _entries("told").values_list("at", flat=True).first()
        if news and (last is None or now - last >= PAUSE):
            return "alarm" if _send(_alarm(violations, news), news, "told", now) else ""
        if not violations and (over := _told_and_over(last)):
            return "all clear" if _send(_all_clear(over), over, "told it ended", now) else ""
        return ""


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether no other process tells at the moment. The lock is the connection's: it ends with a process that dies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        is_ours = bool(cursor.fetchone()[0])
        try:
            yield is_ours
        finally:
            if is_ours:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _entries(verb: str) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(kind=KIND, verb=verb).order_by("-at", "-pk")


def _untold(violations: Sequence[Violation]) -> list[Violation]:
    entries = _entries("told").filter(object_id__in=[one.pk for one in violations])
    told = set(entries.values_list("object_id", flat=True))
    return [one for one in violations if one.pk not in told]


def _told_and_over(last: datetime | None) -> list[Violation]:
    """The violations of which the administrators know, and not yet that they are over."""
    if last is None:
        return []
    ended = _entries("told it ended").values_list("at", flat=True).first()
    told = _entries("told").filter(at__gt=ended) if ended else _entries("told")
    return list(Violation.objects.filter(pk__in=told.values("object_id")).order_by("found_at", "pk"))


def _alarm(violations: Sequence[Violation], news: Sequence[Violation]) -> Message:
    worst = sorted(news, key=lambda one: (one.invariant, one.pk))[:MOST_NAMED]
    named = [(one, runbook_of(one.invariant), runbook_link(one.invariant)) for one in worst]
    count, first = len(violations), worst[0].sentence
    more = f" and {count - 1} more" if count > 1 else ""
    context = {"named": named, "count": count, "fresh": len(news), "others": count - len(named), "link": _screen()}
    return Message(
        kind="alarm",
        subject=cut(one_line(f"[Errata] Pages may be late or lost: {first}{more}"), 200),
        short=cut_to_fit(for_sms(f"Errata itself: {first}"), for_sms(f" And {count - 1} more.") if more else ""),
        text=render_to_string("emails/alarm.txt", context),
        html=render_to_string("emails/alarm.html", context),
        facts={
            "open": count,
            "violations": [{"invariant": one.invariant, "sentence": one.sentence, "runbook": link}
                           for one, _, link in named],
            "link": _screen(),
        },
        link=_screen(),
    )  # fmt: skip


def _all_clear(over: Sequence[Violation]) -> Message:
    since = min(one.found_at for one in over)
    words = f"Every invariant holds again; {len(over)} did not since {since:%H:%M} UTC."
    context = {"words": words, "over": over[:MOST_NAMED], "others": len(over[MOST_NAMED:]), "link": _screen()}
    return Message(
        kind="alarm",
        subject="[Errata] All clear: every invariant holds again",
        short=cut_to_fit(for_sms(f"Errata itself: all clear. {words}")),
        text=render_to_string("emails/all_clear.txt", context),
        html=render_to_string("emails/all_clear.html", context),
        facts={"open": 0, "violations": [], "link": _screen()},
        link=_screen(),
    )


def runbook_link(invariant: int) -> str:
    """Where it is written what to do about a violation."""
    return f"{settings.ERRATA_RUNBOOK_URL or _screen()}#{runbook_of(invariant).anchor}"


def _screen() -> str:
    return f"{settings.ERRATA_URL}/operations/"


def _send(message: Message, about: Sequence[Violation], verb: str, now: datetime) -> bool:
    """By every way to every administrator; whether any took it. Then it is written down who knows."""
    key, ways = str(uuid4()), list(_ways())
    with ThreadPoolExecutor(SENDERS) as senders:
        told = [whom for whom in senders.map(lambda way: _hand_over(message, way, key), ways) if whom]
    if not told:
        logger.critical("audit.alarm_unheard ways=%s %s", len(ways), message.subject)
        return False
    names = cut(", ".join(dict.fromkeys(told)), 500)
    facts = {"kind": KIND, "verb": verb, "at": now, "source": "audit", "detail": names}
    AuditEntry.objects.bulk_create(
        AuditEntry(object_id=violation.pk, label=cut(str(violation), 200), **facts) for violation in about
    )
    return True


def _ways() -> Iterator[Way]:
    """Every verified contact method of every administrator that this installation can use."""
    methods = ContactMethod.objects.verified().filter(user__is_staff=True, user__is_active=True, channel__in=REGISTRY)
    for method in methods.select_related("user"):
        try:
            secret = unseal(method.sealed_secret) if method.sealed_secret else ""
        except Unreadable:
            logger.exception("audit.alarm_secret_unreadable contact_method=%s", method.pk)
            continue
        if not REGISTRY[method.channel].missing():
            yield Way(f"{method.user} by {method.channel}", method.channel, method.address, secret)


def _hand_over(message: Message, way: Way, key: str) -> str:
    """Who was told; nobody when the provider did not take it: the others' messages go out all the same."""
    try:
        REGISTRY[way.channel].send(message, way.address, key, way.secret)
    except DeliveryFailed as failure:
        logger.error("audit.alarm_failed channel=%s %s", way.channel, failure)
        return ""
    except Exception:
        logger.exception("audit.alarm_failed channel=%s", way.channel)
        return ""
    finally:
        connections.close_all()  # of this thread
    return way.whom
