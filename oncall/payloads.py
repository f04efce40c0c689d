"""What is true of every body from outside: how it is decoded, cleaned, measured and answered.

It decides which bytes are JSON, which text PostgreSQL can hold, which times are times. It does not decide what a body
means: each dialect in `oncall/sources/` and `oncall/changes/` does.
"""

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import orjson

# Larger bodies are refused by the doors.
LIMIT = 512 * 1024
KEY_LIMIT = 255
TITLE_LIMIT = 1024
DESCRIPTION_LIMIT = 10_000
LABELS_LIMIT = 100
LABEL_LIMIT = 1000
LINKS_LIMIT = 20
LINK_LIMIT = 2000
# Times outside are a counter, a placeholder (Go's year 1) or a mistake.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
# A whole number as the database holds one. "-1e3000000" is a short text, and takes minutes to become a number.
WHOLE = {"max_digits": 19, "decimal_places": 0}
WEB_ADDRESS = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)

Headers = Mapping[str, str]


class Malformed(ValueError):
    """A body that its dialect does not allow. `reasons` are sentences for whoever set up the sender."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = list(reasons)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a door says back, in the words of the dialect. `body` is sent as JSON."""

    status: int
    body: object
    headers: Mapping[str, str] = field(default_factory=dict)


def decode(body: bytes) -> object:
    """JSON as RFC 8259 has it: UTF-8, no NaN, at most about 1,000 levels. Raises `Malformed`."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"The body is not JSON: {error}.") from error


def decode_leniently(body: bytes) -> object:
    """JSON, and what nearly is: broken UTF-8, a byte order mark, NaN, lone surrogates. Raises `Malformed`.

    For senders that drop a message when it is refused, where a mangled letter is better than a lost page.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        try:
            return json.loads(body.decode("utf-8-sig", errors="replace"))
        except (ValueError, RecursionError):
            raise Malformed(f"The body is not JSON: {error}.") from error


def as_object(value: object) -> dict[str, object]:
    """The value when it is a JSON object. Raises `Malformed`."""
    if not isinstance(value, dict):
        raise Malformed(f"The body must be a JSON object, not {kind_of(value)}.")
    return value


def kind_of(value: object) -> str:
    """The JSON name of a value's type, with its article, for use in a sentence."""
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def text(value: object, limit: int) -> str:
    """A value as text that PostgreSQL can hold: no NUL, no lone surrogates, at most `limit` characters.

    null is nothing; objects and lists are written as JSON. What is cut off is shown by an ellipsis. Never fails.
    """
    if isinstance(value, str):
        return cut(clean(value), limit)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and (value.is_integer() and math.fabs(value) < 1e15):
        return cut(str(int(value)), limit)
    return cut(clean(str(value) if isinstance(value, int | float) else _as_json(value)), limit)


def clean(value: str) -> str:
    """The text without NUL bytes, which PostgreSQL cannot hold, and with "?" for every lone surrogate."""
    if not value.isascii():
        value = value.encode(errors="replace").decode()
    return value.replace("\x00", "")


def cut(value: str, limit: int) -> str:
    """The text, or its beginning and an ellipsis, in at most `limit` characters."""
    return value if len(value) <= limit else value[: limit - 1] + "…"


def key_text(value: object) -> str:
    """An identifying text of at most 255 characters; a longer one is its beginning and a digest of the whole."""
    whole = clean(value) if isinstance(value, str) else text(value, LIMIT)
    if len(whole) <= KEY_LIMIT:
        return whole
    return f"{whole[:180]}…{hashlib.sha256(whole.encode()).hexdigest()}"


def instant(value: object) -> datetime:
    """An ISO 8601 time with its zone, in UTC. `+0000` and nanoseconds are fine. Raises `Malformed` with one reason."""
    if not isinstance(value, str):
        raise Malformed(f"must be a string such as 2015-07-17T08:42:58Z, not {kind_of(value)}.")
    try:
        found = datetime.fromisoformat(value.strip())
    except ValueError as error:
        raise Malformed("is not an ISO 8601 time such as 2015-07-17T08:42:58Z.") from error
    if found.tzinfo is None:
        raise Malformed("has no time zone; write Z for UTC or an offset such as +01:00.")
    # Compared before conversion: year 1 with an offset cannot be converted.
    if not EARLIEST <= found < LATEST:
        raise Malformed("is outside the years 1970 to 2199.")
    return found.astimezone(UTC)


def web_address(value: object) -> str:
    """The value when it is an http or https address without blanks and not overlong, else nothing."""
    if not isinstance(value, str) or len(value) > LINK_LIMIT:
        return ""
    address = clean(value.strip())
    return address if WEB_ADDRESS.fullmatch(address) else ""


def labels_from(*sources: Mapping[str, object], limit: int = LABEL_LIMIT) -> dict[str, str]:
    """Names and values of at most `limit` characters, at most 100 of them; an earlier source wins over a later one."""
    labels: dict[str, str] = {}
    for source in sources:
        for name, value in source.items():
            if len(labels) == LABELS_LIMIT:
                return labels
            labels.setdefault(text(name, KEY_LIMIT), text(value, limit))
    return labels


def first_of(labels: Mapping[str, str], names: Sequence[str], limit: int = 80) -> str:
    """The first of the named labels that says anything, in at most `limit` characters."""
    return cut(next((labels[name].strip() for name in names if labels.get(name, "").strip()), ""), limit)


def header(headers: Headers, name: str) -> str:
    """A header whatever its case, or nothing."""
    wanted = name.lower()
    return next((value for key, value in headers.items() if key.lower() == wanted), "")


def _as_json(value: object) -> str:
    try:
        return orjson.dumps(value).decode()
    except (TypeError, ValueError):
        # orjson writes fewer levels than it reads.
        return "(nested too deeply to show)"
