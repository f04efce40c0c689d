"""What a phone call says: plain words for somebody who was asleep a moment ago.

It decides the words. Which keys do what is decided by `oncall/replying.py`.
"""

import re
from datetime import datetime, timedelta

from oncall.composing import suspect_in_time
from oncall.linking import Grant
from oncall.models import Incident, User
from oncall.payloads import cut
from oncall.shortening import one_line
from oncall.suspicion import in_percent
from oncall.times import local, spoken

KEYS = "Press 4 to acknowledge, 6 to resolve, 8 to escalate, or star to hear this again."
KEYS_FOR_ALL = "Press 4 to acknowledge all of them, or star to hear this again."
# Characters of a title: about fifteen seconds.
LONGEST_TITLE = 200
UNITS = {"d": "days", "h": "hours", "min": "minutes"}


def said_of(grant: Grant, now: datetime) -> str:
    """What somebody hears who is called about these pages; nothing when they may not know of them any more."""
    named = [incident.pk for incident in grant.incidents]
    seen = Incident.objects.visible_to(grant.user).shown().filter(pk__in=named)
    incidents = list(seen.order_by("severity", "triggered_at", "pk"))
    if not incidents:
        return ""
    if grant.is_bundle:
        return f"This is Errata. {_many(incidents)} {KEYS_FOR_ALL}"
    return f"This is Errata. {_one(incidents[0], grant.user, now)} {KEYS}"


def aloud(sentence: str) -> str:
    """A sentence written for the eye, for the ear: "INC-12" is read as "incident 12"."""
    return re.sub(r"\bINC-(\d+)", r"incident \1", one_line(sentence))


def _one(incident: Incident, user: User, now: datetime) -> str:
    began = local(incident.impact_started_at, user.wall_zone)
    ago = _in_full(spoken(max(now - incident.impact_started_at, timedelta())))
    said = [
        "This is a practice." if incident.is_practice else "",
        _what(incident),
        f"Since {began:%H:%M}, {ago} ago.",
        _likely(incident, now),
        _standing(incident),
    ]
    return " ".join(sentence for sentence in said if sentence)


def _in_full(span: str) -> str:
    """Nobody knows how a voice reads "2 h 5 min"."""
    return " ".join(UNITS.get(word, word) for word in span.split())


def _many(incidents: list[Incident]) -> str:
    return f"{len(incidents)} incidents at once. The worst of them: {_what(incidents[0])}"


def _what(incident: Incident) -> str:
    title = cut(one_line(incident.title), LONGEST_TITLE).rstrip(".")
    return f"Severity {incident.severity}. Service {one_line(incident.service.name)}. {title}."


def _likely(incident: Incident, now: datetime) -> str:
    suspect = suspect_in_time(incident, now)
    if suspect is None:
        return ""
    odds = in_percent(suspect.probability).replace(">", "over ").replace("<", "under ")
    return f"The likely cause is {one_line(str(suspect.deployment))}, {odds}%."


def _standing(incident: Incident) -> str:
    """Whether it still waits for somebody: the phone may have rung while another took it."""
    if incident.state == Incident.State.TRIGGERED:
        return ""
    by = f" by {incident.moved_by}" if incident.moved_by else ""
    return f"It was {incident.get_state_display().lower()}{by} already."
