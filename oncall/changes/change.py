"""What every deployment dialect says in the end: changes, and the answers its senders understand.

It decides what a change is. It does not decide which state wins or whose service it is: see `oncall/deploying.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from oncall.payloads import Answer, Headers

State = Literal["queued", "started", "succeeded", "failed", "rolled_back"]
Kind = Literal["code", "config", "flag", "schema", "infrastructure", "os_patch", "manual"]

# What senders call kinds, beside the kinds' own names.
KINDS: dict[str, Kind] = {
    "code": "code",
    "deploy": "code",
    "config": "config",
    "configuration": "config",
    "flag": "flag",
    "feature_flag": "flag",
    "schema": "schema",
    "migration": "schema",
    "migrations": "schema",
    "infrastructure": "infrastructure",
    "infra": "infrastructure",
    "terraform": "infrastructure",
    "os_patch": "os_patch",
    "patch": "os_patch",
    "manual": "manual",
}


def kind_from(word: str) -> Kind:
    """The kind a word means; what is not known is code, as most changes are."""
    return KINDS.get(word.strip().lower().replace("-", "_"), "code")


@dataclass(frozen=True, slots=True)
class Change:
    """What one message says about one deployment. All text fits PostgreSQL; all times are UTC.

    `occurred_at` is when the state was reached, as the sender says; the other times are filled where they are known.
    `service_hint` is a name the sender chose for the service, `repository` is "owner/name". `size` is lines changed.
    """

    external_id: str
    state: State
    occurred_at: datetime | None = None
    repository: str = ""
    service_hint: str = ""
    environment: str = ""
    version: str = ""
    artifact: str = ""
    commit: str = ""
    kind: Kind = "code"
    actor: str = ""
    queued_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    url: str = ""
    description: str = ""
    size: int | None = None
    is_rollback: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dialect:
    """One language in which deployments come in: how it is read, and how each outcome is said in it.

    `parse` raises `Malformed` and nothing else; it returns nothing for messages that are no deployments. `verify` says
    whether the raw body was signed with the integration's secret; it is None where the dialect signs nothing.
    """

    name: str
    label: str
    parse: Callable[[bytes, Headers], list[Change]]
    accepted: Callable[[Sequence[Change]], Answer]
    refused: Callable[[Sequence[str]], Answer]
    wrong_key: Answer
    too_large: Answer
    busy: Answer
    key_in_body: Callable[[bytes], str] | None = None
    verify: Callable[[bytes, Headers, str], bool] | None = None
