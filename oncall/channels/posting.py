"""What the channels that speak HTTP have in common: post, judge the status, say it in the ledger's words.

It decides which answers are worth another try. What is posted where is each channel's own.
"""

from datetime import timedelta
from urllib.parse import urlencode

import orjson

from oncall import outgoing
from oncall.channels.message import DeliveryFailed, DeliveryUncertain

# Answers of 4xx after which the same message may be taken later: time-out, too early, too many.
PASSING = frozenset({408, 425, 429})


class Refused(DeliveryFailed):
    """The provider answered that it does not take it: with this status, and this beginning of an answer."""

    def __init__(self, by: str, status: int, answer: str, wait: timedelta | None = None) -> None:
        is_permanent = 300 <= status < 500 and status not in PASSING
        super().__init__(f"{by} answered {status}.", is_permanent=is_permanent, detail=answer[:200])
        self.status, self.answer, self.wait = status, answer, wait


def deliver(url: str, body: bytes, headers: dict[str, str], *, by: str) -> str:
    """POST the body; returns the beginning of the answer to a 2xx. `by` is who answers, for the sentences.

    Raises DeliveryFailed for addresses we may not call or cannot reach, and Refused for an answer of another kind:
    permanent for 3xx and 4xx other than 408, 425 and 429. Raises DeliveryUncertain when all of it went out and no
    answer came in time.
    """
    try:
        answered = outgoing.exchange("POST", url, body, headers)
    except outgoing.Blocked as error:
        raise DeliveryFailed(str(error), is_permanent=True) from error
    except outgoing.Unanswered as error:
        raise DeliveryUncertain(f"{by} did not answer in time.", detail=str(error)) from error
    except outgoing.Failed as error:
        raise DeliveryFailed(f"{by} could not be reached.", detail=str(error)) from error
    answer = answered.body.decode(errors="replace")
    if not 200 <= answered.status < 300:
        raise Refused(by, answered.status, answer, _wait_asked(answered))
    return answer


def _wait_asked(answered: outgoing.Answer) -> timedelta | None:
    """How long the provider asks us to wait, in whole seconds (RFC 9110, section 10.2.3); its other form is a date."""
    asked = next((value for name, value in answered.headers if name.lower() == "retry-after"), "")
    return timedelta(seconds=int(asked)) if asked.isdecimal() and len(asked) <= 6 else None


def deliver_json(url: str, body: object, headers: dict[str, str] | None = None, *, by: str) -> str:
    """The same with a JSON body."""
    sent = {"Content-Type": "application/json", "User-Agent": "Errata", **(headers or {})}
    return deliver(url, orjson.dumps(body), sent, by=by)


def deliver_form(url: str, fields: dict[str, str], headers: dict[str, str] | None = None, *, by: str) -> str:
    """The same with a form."""
    sent = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "Errata", **(headers or {})}
    return deliver(url, urlencode(fields).encode(), sent, by=by)


def read_url(typed: str) -> str:
    """The URL as typed. Raises ValueError for one that leads where we may not call, or nowhere."""
    try:
        outgoing.check_url(typed.strip())
    except (outgoing.Blocked, outgoing.Failed) as refusal:
        raise ValueError(str(refusal)) from refusal
    return typed.strip()


def is_web_page(answer: str) -> bool:
    """Whether somebody in between answered with HTML: then whoever was meant has not seen the message."""
    return answer.lstrip().startswith("<")


def read_json(answer: str) -> dict[str, object]:
    """The object in an answer; empty when it is none (a proxy's HTML, for instance)."""
    try:
        found = orjson.loads(answer)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
