"""The webhook of Prometheus Alertmanager, version 4; Grafana's own alerting sends the same shape.

It decides what each alert in a notification says. It is lenient on purpose: Alertmanager repeats a notification only
after a 5xx, so that refusing one for a bad detail would lose a page
(https://prometheus.io/docs/alerting/latest/configuration/#webhook_config).
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

import orjson

from oncall import payloads
from oncall.payloads import Answer, Headers, Malformed
from oncall.sources import severities
from oncall.sources.events import ENVIRONMENT_LABELS, Action, Dialect, Event

TITLES = ("summary", "title", "message")
DESCRIPTIONS = ("description", "message")
ADDRESSES = (
    ("Runbook", "runbook_url"),
    ("Runbook", "runbook"),
    ("Dashboard", "dashboard_url"),
    ("Dashboard", "dashboard"),
)
NEVER = "0001-01-01T00:00:00Z"


def parse(body: bytes, headers: Headers) -> list[Event]:
    """The events of a notification. Raises `Malformed` only when not one alert can be made out."""
    notification = payloads.as_object(payloads.decode_leniently(body))
    alerts = notification.get("alerts")
    if not isinstance(alerts, list):
        raise Malformed(f"“alerts” must be a list of alerts, not {payloads.kind_of(alerts)}.")
    events = [_event(alert, notification) for alert in alerts if isinstance(alert, dict)]
    if not events:
        raise Malformed("“alerts” holds no alert.")
    return events


def _event(alert: dict[str, object], notification: dict[str, object]) -> Event:
    labels = payloads.labels_from(_mapping(alert.get("labels")), _mapping(notification.get("commonLabels")))
    annotations = payloads.labels_from(
        _mapping(alert.get("annotations")),
        _mapping(notification.get("commonAnnotations")),
        limit=payloads.DESCRIPTION_LIMIT,
    )
    notes: list[str] = []
    action = _action(alert, notification, notes)
    return Event(
        dedup_key=payloads.key_text(alert.get("fingerprint")) or _fingerprint(labels, annotations),
        action=action,
        title=_title(labels, annotations),
        severity=severities.from_labels(labels),
        started_at=_instant(alert, "startsAt", notes),
        ended_at=_instant(alert, "endsAt", notes) if action == "resolve" else None,
        description=payloads.first_of(annotations, DESCRIPTIONS, payloads.DESCRIPTION_LIMIT),
        labels=labels,
        environment=payloads.first_of(labels, ENVIRONMENT_LABELS),
        links=_links(alert, annotations, notification),
        group_key=payloads.key_text(notification.get("groupKey")),
        notes=tuple(notes),
    )


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _action(alert: dict[str, object], notification: dict[str, object], notes: list[str]) -> Action:
    """An alert that does not say that it is over is not over."""
    status = alert.get("status", notification.get("status"))
    if status not in ("firing", "resolved"):
        notes.append(f"“status” is {payloads.text(status, 40) or 'missing'}; taken as firing.")
    return "resolve" if status == "resolved" else "trigger"


def _title(labels: Mapping[str, str], annotations: Mapping[str, str]) -> str:
    said = payloads.first_of(annotations, TITLES, payloads.TITLE_LIMIT)
    if said:
        return " ".join(said.split())
    name = payloads.first_of(labels, ("alertname",), payloads.TITLE_LIMIT) or "Alert without a name"
    where = payloads.first_of(labels, ("instance", "job"), 200)
    return payloads.cut(f"{name} on {where}" if where else name, payloads.TITLE_LIMIT)


def _instant(alert: dict[str, object], name: str, notes: list[str]) -> datetime | None:
    value = alert.get(name)
    if value in (None, "", NEVER):
        return None
    try:
        return payloads.instant(value)
    except Malformed as error:
        notes.append(f"“{name}” {error} It was left out.")
        return None


def _links(
    alert: dict[str, object], annotations: Mapping[str, str], notification: dict[str, object]
) -> tuple[tuple[str, str], ...]:
    found = [(title, payloads.web_address(annotations.get(name))) for title, name in ADDRESSES]
    found.append(("Source", payloads.web_address(alert.get("generatorURL"))))
    found.append(("Dashboard", payloads.web_address(alert.get("dashboardURL"))))
    found.append(("Alertmanager", payloads.web_address(notification.get("externalURL"))))
    # The same address is worth one link; the first title is the most telling one.
    unique = {address: title for title, address in reversed(found) if address}
    return tuple((title, address) for address, title in reversed(unique.items()))


def _fingerprint(labels: Mapping[str, str], annotations: Mapping[str, str]) -> str:
    """A stand-in where the sender gives none; labels identify an alert in Prometheus."""
    identity = orjson.dumps(labels or annotations, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(identity).hexdigest()[:32]


def _refused(reasons: Sequence[str]) -> Answer:
    # The shape of an error in Prometheus' own HTTP API; Alertmanager writes it to its log.
    return Answer(400, {"status": "error", "errorType": "bad_data", "error": " ".join(reasons)})


DIALECT = Dialect(
    name="alertmanager",
    label="Prometheus Alertmanager",
    parse=parse,
    accepted=lambda events: Answer(200, "Ok."),
    refused=_refused,
    wrong_key=Answer(
        403, {"status": "error", "errorType": "forbidden", "error": "No Alertmanager integration has this key."}
    ),
    too_large=Answer(
        413,
        {
            "status": "error",
            "errorType": "too_large",
            "error": "The body is larger than 512 KB. Set max_alerts in webhook_configs or group by more labels.",
        },
    ),
    # Never 429: only a 5xx is repeated.
    busy=Answer(
        503,
        {"status": "error", "errorType": "unavailable", "error": "Nothing was stored. Send it again."},
        {"Retry-After": "5"},
    ),
)
