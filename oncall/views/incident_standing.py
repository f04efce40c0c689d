"""How an incident stands beside its state: held, snoozed, short of people; who was asked by name; what may be done.

It reads and words; what holds an incident is decided by `oncall/holding.py`, what is legal by the verbs.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, IntegerField, Value, When

from oncall import holding
from oncall.forms.responding import forms_of
from oncall.models import Alert, Incident, Mute, Responder, User
from oncall.permissions import may_change_service, may_reroute

# A storm brings a thousand alerts to one incident: the newest open ones are shown, all are counted.
MOST_ALERTS = 50
LIVELY = frozenset({Incident.State.TRIGGERED, Incident.State.ACKNOWLEDGED})


@dataclass(frozen=True, slots=True)
class Helper:
    """One responder: whether they answered, in a word with its tone, and since when."""

    responder: Responder
    word: str
    tone: str
    at: datetime


def standing_of(incident: Incident, user: User, now: datetime) -> dict[str, object]:
    """The context of everything beside the three steps."""
    responders = list(incident.responders.select_related("user", "added_by"))
    is_lively, is_triggered = incident.state in LIVELY, incident.state == Incident.State.TRIGGERED
    may_send = is_triggered and incident.pages_people and may_reroute(user, incident)
    return {
        "hold": _hold(incident, now),
        "missing": _missing(incident, responders),
        "helpers": [_helper(incident, responder) for responder in responders],
        "may_snooze": is_lively,
        "may_reassign": is_lively and incident.pages_people,
        "may_ask": incident.state != Incident.State.RESOLVED,
        "may_reroute": may_send,
        **forms_of(incident, user, now, may_reroute=may_send),
    }


def _hold(incident: Incident, now: datetime) -> holding.Hold | None:
    """What keeps back the first page; whether anything does is only asked when that page is owed later than now."""
    is_put_off = incident.page_after is not None and incident.page_after > now
    return holding.hold_of(incident, now) if is_put_off else None


def _missing(incident: Incident, responders: list[Responder]) -> int:
    """How many more people must acknowledge, when a step wants more than one."""
    if incident.state != Incident.State.TRIGGERED or incident.acknowledgements_wanted < 2:
        return 0
    answered = sum(_is_on_it(incident, responder) for responder in responders)
    return max(incident.acknowledgements_wanted - answered, 0)


def _is_on_it(incident: Incident, responder: Responder) -> bool:
    return responder.answered_at is not None and responder.answered_at >= incident.triggered_at


def _helper(incident: Incident, responder: Responder) -> Helper:
    if _is_on_it(incident, responder):
        return Helper(responder, "On it", "good", responder.answered_at or responder.added_at)
    if responder.answered_at is not None and responder.page_after is None:
        return Helper(responder, "Was on it", "neutral", responder.answered_at)
    if responder.page_after is not None:
        return Helper(responder, "Asked", "accent", responder.added_at)
    return Helper(responder, "No answer", "warn", responder.added_at)


def alerts_of(incident: Incident, user: User, now: datetime) -> dict[str, object]:
    """The alerts to show, open ones first, with the mutes that run, and how many alerts there are."""
    open_first = Case(When(state=Alert.State.OPEN, then=Value(0)), default=Value(1), output_field=IntegerField())
    shown = incident.alerts.select_related("integration", "environment").order_by(open_first, "-opened_at", "-pk")
    alerts = list(shown[: MOST_ALERTS + 1])
    is_all = len(alerts) <= MOST_ALERTS
    count = len(alerts) if is_all else incident.alerts.count()
    still = sum(alert.state == Alert.State.OPEN for alert in alerts) if is_all else incident.alerts.open().count()
    muted = _muted(alerts, now) if alerts else {}
    rows = [(alert, muted.get((alert.integration_id, alert.dedup_key))) for alert in alerts[:MOST_ALERTS]]
    may_mute = bool(alerts) and may_change_service(user, incident.service)
    return {"alerts": rows, "alert_count": count, "alerts_open": still, "may_mute": may_mute}


def _muted(alerts: list[Alert], now: datetime) -> dict[tuple[int, str], Mute]:
    """The mutes that run now, by door and dedup key; of two the one that ends later."""
    doors, keys = {alert.integration_id for alert in alerts}, {alert.dedup_key for alert in alerts}
    found = Mute.objects.running(now).filter(integration__in=doors, dedup_key__in=keys).order_by("ends_at")
    return {(mute.integration_id, mute.dedup_key): mute for mute in found.select_related("created_by")}
