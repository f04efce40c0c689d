"""What every alert dialect says in the end: events, and the answers its senders understand.

It decides what an event is. It does not decide what happens because of one: see `oncall/receiving.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from oncall.payloads import Answer, Headers

Action = Literal["trigger", "acknowledge", "resolve"]

# Where an alert is, in the order in which labels are believed; a region stands in for an environment.
ENVIRONMENT_LABELS = (
    "environment",
    "env",
    "deployment_environment",
    "deployment_environment_name",
    "stage",
    "region",
    "aws_region",
    "cluster",
)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that a sender says about one alert. All text fits PostgreSQL; all times are UTC.

    `severity` is 1 (worst) to 5, or None where the sender does not say. `notes` name what was not understood and
    left out although the event was taken.
    """

    dedup_key: str
    action: Action
    title: str = ""
    severity: int | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    description: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    environment: str = ""
    links: tuple[tuple[str, str], ...] = ()
    group_key: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dialect:
    """One language in which alerts come in: how it is read, and how each outcome is said in it.

    `parse` raises `Malformed` and nothing else. `key_in_body` reads the integration's key where the dialect keeps it in
    the body ("" when there is none); it is None where the key is in the address.
    """

    name: str
    label: str
    parse: Callable[[bytes, Headers], list[Event]]
    accepted: Callable[[Sequence[Event]], Answer]
    refused: Callable[[Sequence[str]], Answer]
    wrong_key: Answer
    too_large: Answer
    busy: Answer
    key_in_body: Callable[[bytes], str] | None = None
