"""What the PagerDuty Events v2 door makes of an event."""

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.payloads import Malformed
from oncall.sources import REGISTRY
from oncall.sources.pagerduty import parse, routing_key
from tests.oncall.sources.test_alertmanager import ANY_JSON

DIALECT = REGISTRY["pagerduty"]
KEY = "0123456789abcdef0123456789abcdef"
PAYLOAD = {"summary": "Disk full", "source": "db-1", "severity": "critical"}


def event(details=None, /, **fields):
    fields = {"routing_key": KEY, "event_action": "trigger", "payload": PAYLOAD | (details or {})} | fields
    return json.dumps({name: value for name, value in fields.items() if value != "absent"}).encode()


def only(details=None, /, **fields):
    (found,) = parse(event(details, **fields), {})
    return found


def reasons(body):
    with pytest.raises(Malformed) as refusal:
        parse(body, {})
    return refusal.value.reasons


def test_a_trigger_is_understood_in_full():
    found = only(
        {"timestamp": "2015-07-17T08:42:58.315+0000", "custom_details": {"env": "production", "free": 0}},
        dedup_key="disk/db-1",
        links=[{"href": "https://example.com/g", "text": "Graph"}],
        client="Monitor",
        client_url="https://monitor.example.com/",
    )

    assert (found.dedup_key, found.action, found.title, found.severity) == ("disk/db-1", "trigger", "Disk full", 2)
    assert found.started_at == datetime(2015, 7, 17, 8, 42, 58, 315_000, tzinfo=UTC)
    assert found.environment == "production"
    assert found.labels == {"source": "db-1", "env": "production", "free": "0"}
    assert found.links == (("Graph", "https://example.com/g"), ("Monitor", "https://monitor.example.com/"))


def test_a_trigger_without_a_key_is_given_one_and_told_so():
    found = only()

    assert len(found.dedup_key) == 32
    assert DIALECT.accepted([found]).body == {
        "status": "success",
        "message": "Event processed",
        "dedup_key": found.dedup_key,
    }


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
def test_acknowledge_and_resolve_need_no_payload(action):
    assert only(event_action=action, dedup_key="k", payload="absent").action == action


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
def test_acknowledge_and_resolve_need_a_key(action):
    assert reasons(event(event_action=action)) == [f"'dedup_key' is missing or blank: it names the alert to {action}"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (event(event_action="explode"), "'event_action' is invalid"),
        (event(event_action="absent"), "'event_action' is missing or blank"),
        (event({"summary": ""}), "'payload.summary' is missing or blank"),
        (event({"summary": "\u0000"}), "'payload.summary' is missing or blank"),
        (event({"summary": 7}), "'payload.summary' must be a string, not a number"),
        (event({"summary": "s" * 10_000}), "'payload.summary' is 10000 characters long (at most 1024 are allowed)"),
        (event({"source": None}), "'payload.source' is missing or blank"),
        (event({"severity": "bad"}), "'payload.severity' is invalid"),
        (event({"timestamp": "2026-11-16T14:00:00"}), "'payload.timestamp' has no time zone"),
        (event(dedup_key="k" * 256), "'dedup_key' is 256 characters long (at most 255 are allowed)"),
        (event(dedup_key=["k"]), "'dedup_key' must be a string, not a list"),
        (event(payload="text"), "'payload' must be an object, not a string"),
        (event(routing_key=None), "'routing_key' is missing or blank"),
        (b"{", "The body is not JSON"),
        (b"[1]", "The body must be a JSON object, not a list."),
    ],
)
def test_what_the_dialect_forbids_is_refused_with_a_sentence_that_helps(body, reason):
    assert any(said.startswith(reason) for said in reasons(body))


def test_a_refusal_has_pagerdutys_own_shape():
    assert DIALECT.refused(["'event_action' is missing or blank"]).body == {
        "status": "invalid event",
        "message": "Event object is invalid",
        "errors": ["'event_action' is missing or blank"],
    }


def test_every_reason_is_named_at_once():
    assert len(reasons(b"{}")) == 5


def test_nul_bytes_are_taken_out():
    assert only({"summary": "Disk\u0000 full"}, dedup_key="a\u0000b").title == "Disk full"


def test_optional_fields_that_make_no_sense_are_left_out_with_a_note():
    found = only(links="none", images=[{"src": "file:///etc/passwd"}], client_url=7)

    assert found.links == ()
    assert len(found.notes) == 2


@pytest.mark.parametrize("body", [b"", b"[]", b'{"routing_key": 7}', b"{", b'{"routing_key": null}'])
def test_a_body_without_a_routing_key_has_none(body):
    assert routing_key(body) == ""


def test_the_routing_key_is_found_in_the_body():
    assert routing_key(event()) == KEY


FIELDS = ["routing_key", "event_action", "dedup_key", "payload", "links", "images", "client", "client_url"]
DETAILS = ["summary", "source", "severity", "timestamp", "custom_details", "component", "group", "class"]


@given(
    st.dictionaries(st.sampled_from(FIELDS), ANY_JSON), st.dictionaries(st.sampled_from(DETAILS), ANY_JSON, max_size=4)
)
def test_any_json_is_an_event_or_malformed(fields, details):
    with suppress(Malformed):
        (found,) = parse(event(details, **fields), {})
        assert 0 < len(found.dedup_key) <= 255
        assert "\x00" not in "".join([found.title, found.description, found.dedup_key, *found.labels.values()])


@given(st.binary())
def test_any_bytes_are_malformed(body):
    with pytest.raises(Malformed):
        parse(body, {})
