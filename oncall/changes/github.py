"""GitHub's webhooks `deployment` and `deployment_status`, and the `ping` that comes first.

It decides which deployment an event is about and which state it has reached. An `inactive` status says that a later
deployment took over: it is no failure and changes nothing
(https://docs.github.com/en/webhooks/webhook-events-and-payloads#deployment_status).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import parse_qs

from oncall import payloads
from oncall.changes.change import Change, Dialect, State, kind_from
from oncall.payloads import Answer, Headers, Malformed
from oncall.sealing import is_signed

STATES: dict[str, State] = {
    "queued": "queued",
    "pending": "queued",
    "waiting": "queued",
    "in_progress": "started",
    "success": "succeeded",
    "failure": "failed",
    "error": "failed",
}
FINISHED = ("succeeded", "failed")
RELEASE_NAME = re.compile(r"v?\d+[.\d]*\S*")
COMMIT = re.compile(r"[0-9a-f]{7,64}")


def verify(body: bytes, headers: Headers, secret: str) -> bool:
    """Whether GitHub signed this very body with the secret (X-Hub-Signature-256); compared in constant time."""
    scheme, _, signature = payloads.header(headers, "X-Hub-Signature-256").partition("=")
    return scheme == "sha256" and is_signed(body, secret, signature.strip().lower())


def parse(body: bytes, headers: Headers) -> list[Change]:
    """The change of one delivery; nothing for a ping, an `inactive` status, any other event. Raises `Malformed`."""
    event = payloads.header(headers, "X-GitHub-Event")
    delivery = payloads.as_object(payloads.decode(_json_of(body, headers)))
    if event == "ping":
        return []
    if event not in ("deployment", "deployment_status", ""):
        return []
    if not isinstance(delivery.get("deployment"), dict):
        raise Malformed("“deployment” is missing: choose the events Deployments and Deployment statuses.")
    reasons: list[str] = []
    change = _change(delivery, reasons)
    if reasons:
        raise Malformed(*reasons)
    return [change] if change else []


def _json_of(body: bytes, headers: Headers) -> bytes:
    """The JSON itself; a hook left at GitHub's default content type sends it in a form field."""
    if not payloads.header(headers, "Content-Type").startswith("application/x-www-form-urlencoded"):
        return body
    try:
        fields = parse_qs(body.decode(errors="replace"), max_num_fields=100)
    except ValueError as error:
        raise Malformed("The form has more than 100 fields; GitHub sends one, “payload”.") from error
    return fields.get("payload", [""])[0].encode(errors="replace")


def _change(delivery: Mapping[str, object], reasons: list[str]) -> Change | None:
    deployment = _object(delivery, "deployment")
    status = _object(delivery, "deployment_status")
    state = _state(delivery, reasons)
    created_at = _instant(deployment, "created_at", "deployment.created_at", reasons)
    occurred_at = _instant(status, "created_at", "deployment_status.created_at", reasons) if status else created_at
    number = deployment.get("id")
    if not isinstance(number, int | str) or isinstance(number, bool) or not str(number).strip("\x00 "):
        reasons.append("“deployment.id” is missing.")
    if state is None:
        return None
    extra = _payload(deployment)
    task = payloads.text(deployment.get("task"), 80)
    repository = _object(delivery, "repository")
    return Change(
        external_id=payloads.cut(payloads.text(number, 200), 200),
        state=state,
        occurred_at=occurred_at,
        repository=payloads.text(repository.get("full_name"), 200),
        service_hint=payloads.text(extra.get("service"), 120),
        environment=payloads.text(status.get("environment") or deployment.get("environment"), 80).strip(),
        version=_version(deployment, extra),
        artifact=payloads.text(extra.get("artifact"), 300),
        commit=payloads.text(deployment.get("sha"), 64),
        kind=kind_from(payloads.text(extra.get("kind"), 40) or task.partition(":")[2] or "code"),
        actor=payloads.text(
            _object(status, "creator").get("login") or _object(deployment, "creator").get("login"), 120
        ),
        queued_at=created_at,
        started_at=occurred_at if state == "started" else None,
        finished_at=occurred_at if state in FINISHED else None,
        url=_address(status, repository),
        description=payloads.text(status.get("description") or deployment.get("description"), 500),
        size=_size(extra.get("size")),
        is_rollback=task.startswith("rollback"),
    )


def _state(delivery: Mapping[str, object], reasons: list[str]) -> State | None:
    """None for `inactive`, and with a reason for what GitHub does not document."""
    if "deployment_status" not in delivery:
        return "queued"
    word = payloads.text(_object(delivery, "deployment_status").get("state"), 40)
    if word not in STATES and word != "inactive":
        reasons.append(f"“deployment_status.state” is {word or 'missing'}; GitHub knows {', '.join(STATES)}, inactive.")
    return STATES.get(word)


def _object(fields: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def _payload(deployment: Mapping[str, object]) -> Mapping[str, object]:
    """What the deployer added to the deployment: an object, or one written as a string."""
    extra = deployment.get("payload")
    if isinstance(extra, str):
        try:
            extra = payloads.decode(extra.encode(errors="replace"))
        except Malformed:
            return {}
    return extra if isinstance(extra, dict) else {}


def _instant(fields: Mapping[str, object], name: str, path: str, reasons: list[str]) -> datetime | None:
    try:
        return payloads.instant(fields.get(name))
    except Malformed as error:
        reasons.append(f"“{path}” {error}")
        return None


def _version(deployment: Mapping[str, object], extra: Mapping[str, object]) -> str:
    """A version that was named, else a tag; a branch or a commit is no version."""
    named = payloads.text(extra.get("version"), 200)
    ref = payloads.text(deployment.get("ref"), 200).removeprefix("refs/tags/")
    is_tag = RELEASE_NAME.fullmatch(ref) and not COMMIT.fullmatch(ref)
    return named or (ref if is_tag else "")


def _address(status: Mapping[str, object], repository: Mapping[str, object]) -> str:
    found = payloads.web_address(status.get("log_url")) or payloads.web_address(status.get("target_url"))
    home = payloads.web_address(repository.get("html_url"))
    found = found or (f"{home}/deployments" if home else "")
    return found if len(found) <= 500 else ""


def _size(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None


def _accepted(changes: Sequence[Change]) -> Answer:
    return Answer(202, {"message": "Recorded." if changes else "Received; this event changes no deployment."})


DIALECT = Dialect(
    name="github",
    label="GitHub deployments",
    parse=parse,
    accepted=_accepted,
    refused=lambda reasons: Answer(400, {"message": " ".join(reasons)}),
    wrong_key=Answer(
        403, {"message": "No GitHub integration has this key, or the signature does not match its secret."}
    ),
    too_large=Answer(413, {"message": "The delivery is larger than 512 KB."}),
    busy=Answer(503, {"message": "Nothing was stored. Redeliver it."}, {"Retry-After": "5"}),
    verify=verify,
)
