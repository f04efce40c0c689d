"""The messages of Yjs's sync and awareness protocols (y-protocols 1.0, as y-websocket speaks them). Pure.

Binary frames are Yjs's; what we say beside it (saved, refused, changed) goes in text frames as JSON.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pycrdt import Decoder, write_message, write_var_uint

SYNC, AWARENESS, ASK_AWARENESS = 0, 1, 3
STEP1, STEP2, UPDATE = 0, 1, 2
# One cursor, one name: far less than this.
LARGEST_STATE = 2_000


@dataclass
class Presence:
    """Where one browser tab is; a state of None means that it has left."""

    client: int
    clock: int
    state: dict[str, Any] | None

    def message(self) -> bytes:
        """As everybody else is told."""
        state = json.dumps(self.state).encode()
        inner = write_var_uint(1) + write_var_uint(self.client) + write_var_uint(self.clock) + write_message(state)
        return bytes([AWARENESS]) + write_message(inner)

    def gone(self) -> Presence:
        """The same tab, left."""
        return Presence(self.client, self.clock + 1, None)


def sync(kind: int, data: bytes) -> bytes:
    """A message of the sync protocol."""
    return bytes([SYNC, kind]) + write_message(data)


def sync_of(message: bytes) -> tuple[int, bytes]:
    """Kind and payload of a message of the sync protocol; raises ValueError for anything else."""
    if len(message) < 3 or message[0] != SYNC or message[1] not in (STEP1, STEP2, UPDATE):
        raise ValueError("no message of the sync protocol")
    return message[1], _payload(message[2:])


def presence_of(message: bytes) -> Presence:
    """Whose presence a message tells: the first it names, for a tab speaks for itself. Raises ValueError."""
    inner = Decoder(_payload(message[1:]))
    try:
        inner.read_var_uint()
        client, clock, state = inner.read_var_uint(), inner.read_var_uint(), inner.read_message() or b"null"
    except (IndexError, RuntimeError):
        raise ValueError("no presence") from None
    if len(state) > LARGEST_STATE or client >= 2**53 or clock >= 2**53:
        raise ValueError("too much presence")
    told = json.loads(state)
    if told is not None and not isinstance(told, dict):
        raise ValueError("no presence")
    return Presence(client, clock, told)


def _payload(framed: bytes) -> bytes:
    """What stands behind its length; raises ValueError when it is cut short."""
    decoder = Decoder(framed)
    try:
        length = decoder.read_var_uint()
    except (IndexError, RuntimeError):
        raise ValueError("a message without its length") from None
    if decoder.length < length:
        raise ValueError("a message that is cut short")
    return framed[decoder.i0 : decoder.i0 + length]
