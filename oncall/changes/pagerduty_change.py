"""PagerDuty's change events, as every CI plugin speaks them to `/v2/change/enqueue`.

It decides which deployment a change event stands for. A change event tells of something that has happened, so it is a
deployment that succeeded at its timestamp, unless its details say that the build or deployment failed
(https://developer.pagerduty.com/docs/events-api-v2/send-change-events/).
"""

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

import orjson

from oncall import payloads
from oncall.changes.change import Change, Dialect, State, kind_from
from oncall.payloads import Answer, Headers, Malformed
from oncall.sources import pagerduty
from oncall.sources.events import ENVIRONMENT_LABELS

VERSIONS = ("version", "release", "tag", "build_number")
COMMITS = ("commit", "sha", "revision", "commit_id", "git_commit")
REPOSITORIES = ("repository", "repo", "repository_name")
ACTORS = ("user", "actor", "author", "deployer", "username")
STATES = ("state", "status", "result", "build_state", "deployment_status")
FAILED = {"failed", "failure", "error", "errored", "broken", "unsuccessful"}
COMMIT = re.compile(r"[0-9a-f]{7,64}", re.IGNORECASE)
SUMMARY_LIMIT = 1024


def parse(body: bytes, headers: Headers) -> list[Change]:
    """The one change of a request. Raises `Malformed`."""
    fields = payloads.as_object(payloads.decode_leniently(body))
    payload = fields.get("payload")
    if not isinstance(payload, dict):
        raise Malformed(f"'payload' must be an object, not {payloads.kind_of(payload)}")
    reasons: list[str] = []
    summary = _summary(payload, reasons)
    occurred_at = _timestamp(payload, reasons)
    if reasons:
        raise Malformed(*reasons)
    return [_change(fields, payload, summary, occurred_at)]


def _change(
    fields: Mapping[str, object], payload: Mapping[str, object], summary: str, occurred_at: datetime | None
) -> Change:
    custom = payload.get("custom_details")
    details = payloads.labels_from(custom if isinstance(custom, dict) else {})
    commit = payloads.first_of(details, COMMITS, 64)
    state: State = "failed" if payloads.first_of(details, STATES, 40).lower() in FAILED else "succeeded"
    return Change(
        external_id=_external_id(payload, occurred_at),
        state=state,
        occurred_at=occurred_at,
        repository=payloads.first_of(details, REPOSITORIES, 200),
        service_hint=payloads.first_of(details, ("service", "service_name"), 120),
        environment=payloads.first_of(details, ENVIRONMENT_LABELS),
        version=payloads.first_of(details, VERSIONS, 200),
        artifact=payloads.first_of(details, ("artifact", "image", "digest"), 300),
        commit=commit if COMMIT.fullmatch(commit) else "",
        kind=kind_from(payloads.first_of(details, ("kind", "change_type"), 40)),
        actor=payloads.first_of(details, ACTORS, 120),
        started_at=None,
        finished_at=occurred_at,
        url=_first_link(fields),
        description=payloads.cut(summary, 500),
    )


def _summary(payload: Mapping[str, object], reasons: list[str]) -> str:
    value = payload.get("summary")
    summary = " ".join(payloads.clean(value).split()) if isinstance(value, str) else ""
    if value is not None and not isinstance(value, str):
        reasons.append(f"'payload.summary' must be a string, not {payloads.kind_of(value)}")
    elif not summary:
        reasons.append("'payload.summary' is missing or blank")
    elif len(summary) > SUMMARY_LIMIT:
        reasons.append(f"'payload.summary' is {len(summary)} characters long (at most 1024 are allowed)")
    return summary


def _timestamp(payload: Mapping[str, object], reasons: list[str]) -> datetime | None:
    value = payload.get("timestamp")
    if value is None or value == "":
        return None
    try:
        return payloads.instant(value)
    except Malformed as error:
        reasons.append(f"'payload.timestamp' {error}")
        return None


def _external_id(payload: Mapping[str, object], occurred_at: datetime | None) -> str:
    """The same for the same event sent twice. Without a timestamp two equal events are two changes."""
    if occurred_at is None:
        return f"change-{secrets.token_hex(16)}"
    facts = [payloads.text(payload.get(name), payloads.LIMIT) for name in ("summary", "source", "custom_details")]
    identity = orjson.dumps([occurred_at.isoformat(), *facts])
    return f"change-{hashlib.sha256(identity).hexdigest()[:32]}"


def _first_link(fields: Mapping[str, object]) -> str:
    links = fields.get("links")
    listed = links if isinstance(links, list) else []
    found = (payloads.web_address(link.get("href")) for link in listed if isinstance(link, dict))
    return next((address for address in found if address and len(address) <= 500), "")


def _accepted(changes: Sequence[Change]) -> Answer:
    return Answer(202, {"status": "success", "message": "Change event processed"})


DIALECT = Dialect(
    name="pagerduty-change",
    label="PagerDuty change events",
    parse=parse,
    accepted=_accepted,
    refused=pagerduty.invalid,
    wrong_key=pagerduty.DIALECT.wrong_key,
    too_large=pagerduty.DIALECT.too_large,
    busy=pagerduty.DIALECT.busy,
    key_in_body=pagerduty.routing_key,
)
