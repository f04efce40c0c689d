"""The PagerDuty Events API, version 2, as its clients speak it to `/v2/enqueue`.

It decides what is a valid event and in which words one is refused. Required fields are checked as PagerDuty does;
optional ones that make no sense are left out with a note, because a client does not send a refused event again
(https://developer.pagerduty.com/docs/events-api-v2/trigger-events/).
"""

import secrets
from collections.abc import Sequence
from datetime import datetime

from oncall import payloads
from oncall.payloads import Answer, Headers, Malformed
from oncall.sources import severities
from oncall.sources.events import ENVIRONMENT_LABELS, Action, Dialect, Event

SEVERITIES = ("critical", "warning", "error", "info")
FACTS = ("source", "component", "group", "class")


def routing_key(body: bytes) -> str:
    """The integration's key in the body, or nothing when there is none to be found. Never fails."""
    try:
        fields = payloads.decode_leniently(body)
    except Malformed:
        return ""
    key = fields.get("routing_key") if isinstance(fields, dict) else None
    return key if isinstance(key, str) else ""


def parse(body: bytes, headers: Headers) -> list[Event]:
    """The one event of a request. A trigger without `dedup_key` is given a new one. Raises `Malformed`."""
    fields = payloads.as_object(payloads.decode_leniently(body))
    reasons: list[str] = []
    _text(fields, "routing_key", "routing_key", reasons)
    action = _action(fields, reasons)
    key = _dedup_key(fields, action, reasons)
    payload = fields.get("payload")
    details = payload if isinstance(payload, dict) else {}
    if action == "trigger" and payload is not None and not isinstance(payload, dict):
        reasons.append(f"'payload' must be an object, not {payloads.kind_of(payload)}")
    if action == "trigger":
        _check_payload(details, reasons)
    started_at = _timestamp(details, reasons)
    if reasons:
        raise Malformed(*reasons)
    return [_event(fields, details, action, key, started_at)]


def _event(
    fields: dict[str, object], payload: dict[str, object], action: Action, key: str, started_at: datetime | None
) -> Event:
    custom = payload.get("custom_details")
    custom_labels = custom if isinstance(custom, dict) else {}
    facts = {name: payload[name] for name in FACTS if payload.get(name)}
    labels = payloads.labels_from(facts, custom_labels)
    notes: list[str] = []
    return Event(
        dedup_key=key,
        action=action,
        title=" ".join(payloads.text(payload.get("summary"), payloads.TITLE_LIMIT).split()),
        severity=severities.from_word(payloads.text(payload.get("severity"), 20)),
        started_at=started_at,
        ended_at=started_at if action == "resolve" else None,
        description=_description(custom, labels),
        labels=labels,
        environment=payloads.first_of(labels, ENVIRONMENT_LABELS),
        links=_links(fields, notes),
        notes=tuple(notes),
    )


def _action(fields: dict[str, object], reasons: list[str]) -> Action:
    match fields.get("event_action"):
        case "trigger":
            return "trigger"
        case "acknowledge":
            return "acknowledge"
        case "resolve":
            return "resolve"
        case None | "":
            reasons.append("'event_action' is missing or blank")
        case _:
            reasons.append(
                "'event_action' is invalid (must be one of the following: 'trigger', 'acknowledge', 'resolve')"
            )
    return "trigger"


def _dedup_key(fields: dict[str, object], action: Action, reasons: list[str]) -> str:
    key = fields.get("dedup_key")
    if key is None or (isinstance(key, str) and not payloads.clean(key)):
        if action != "trigger":
            reasons.append(f"'dedup_key' is missing or blank: it names the alert to {action}")
        return secrets.token_hex(16)
    if not isinstance(key, str):
        reasons.append(f"'dedup_key' must be a string, not {payloads.kind_of(key)}")
        return ""
    if len(key) > payloads.KEY_LIMIT:
        reasons.append(f"'dedup_key' is {len(key)} characters long (at most 255 are allowed)")
    return payloads.key_text(key)


def _check_payload(payload: dict[str, object], reasons: list[str]) -> None:
    summary = _text(payload, "summary", "payload.summary", reasons)
    if len(summary) > payloads.TITLE_LIMIT:
        reasons.append(f"'payload.summary' is {len(summary)} characters long (at most 1024 are allowed)")
    _text(payload, "source", "payload.source", reasons)
    if _text(payload, "severity", "payload.severity", reasons) not in (*SEVERITIES, ""):
        reasons.append(
            "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')"
        )


def _text(fields: dict[str, object], name: str, path: str, reasons: list[str]) -> str:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        reasons.append(f"'{path}' must be a string, not {payloads.kind_of(value)}")
        return ""
    found = payloads.clean(value or "").strip()
    if not found:
        reasons.append(f"'{path}' is missing or blank")
    return found


def _timestamp(payload: dict[str, object], reasons: list[str]) -> datetime | None:
    value = payload.get("timestamp")
    if value is None or value == "":
        return None
    try:
        return payloads.instant(value)
    except Malformed as error:
        reasons.append(f"'payload.timestamp' {error}")
        return None


def _description(custom: object, labels: dict[str, str]) -> str:
    if custom is not None and not isinstance(custom, dict):
        return payloads.text(custom, payloads.DESCRIPTION_LIMIT)
    return payloads.cut("\n".join(f"{name}: {value}" for name, value in labels.items()), payloads.DESCRIPTION_LIMIT)


def _links(fields: dict[str, object], notes: list[str]) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for entry, href, words in _entries(fields, notes):
        address = payloads.web_address(entry.get(href))
        if address:
            found.append((payloads.text(entry.get(words), 200) or address, address))
        else:
            notes.append("A link without a web address was left out.")
    client = payloads.web_address(fields.get("client_url"))
    if client:
        found.append((payloads.text(fields.get("client"), 200) or client, client))
    return tuple(found[: payloads.LINKS_LIMIT])


def _entries(fields: dict[str, object], notes: list[str]) -> list[tuple[dict[str, object], str, str]]:
    entries: list[tuple[dict[str, object], str, str]] = []
    for name, href, words in (("links", "href", "text"), ("images", "src", "alt")):
        listed = fields.get(name) or []
        if isinstance(listed, list):
            entries += [(entry, href, words) for entry in listed if isinstance(entry, dict)]
        else:
            notes.append(f"'{name}' is not a list and was left out.")
    return entries


def _accepted(events: Sequence[Event]) -> Answer:
    return Answer(202, {"status": "success", "message": "Event processed", "dedup_key": events[0].dedup_key})


def invalid(reasons: Sequence[str], status: int = 400) -> Answer:
    """PagerDuty's own error shape, which change events share."""
    return Answer(status, {"status": "invalid event", "message": "Event object is invalid", "errors": list(reasons)})


DIALECT = Dialect(
    name="pagerduty",
    label="PagerDuty Events v2",
    parse=parse,
    accepted=_accepted,
    refused=invalid,
    wrong_key=invalid(["'routing_key' belongs to no integration"], 403),
    too_large=invalid(["The event is larger than 512 KB"], 413),
    busy=Answer(
        503,
        {"status": "unavailable", "message": "Nothing was stored. Send it again.", "errors": []},
        {"Retry-After": "5"},
    ),
    key_in_body=routing_key,
)
