"""What the change-event door makes of an event."""

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.changes import REGISTRY
from oncall.changes.pagerduty_change import parse
from oncall.payloads import Malformed
from tests.oncall.sources.test_alertmanager import ANY_JSON

DIALECT = REGISTRY["pagerduty-change"]


def event(**payload):
    payload = {"summary": "Deployed checkout", "timestamp": "2026-11-16T14:00:00.000+0000"} | payload
    return json.dumps({"routing_key": "k" * 32, "payload": payload, "links": [{"href": "https://ci.example.com/1"}]})


def only(**payload):
    (change,) = parse(event(**payload).encode(), {})
    return change


def test_a_change_event_is_a_deployment_that_succeeded():
    change = only(custom_details={"env": "production", "version": "1.4", "commit": "0A1B2C3", "repo": "acme/shop"})

    assert (change.state, change.environment, change.version, change.commit) == (
        "succeeded",
        "production",
        "1.4",
        "0A1B2C3",
    )
    assert change.finished_at == datetime(2026, 11, 16, 14, tzinfo=UTC)
    assert (change.description, change.url) == ("Deployed checkout", "https://ci.example.com/1")


def test_details_that_say_it_failed_are_believed():
    assert only(custom_details={"build_state": "Failed"}).state == "failed"


def test_the_same_event_twice_is_one_change():
    assert only().external_id == only().external_id
    assert only().external_id != only(summary="Deployed search").external_id


def test_equal_events_without_a_time_are_two_changes():
    assert only(timestamp=None).external_id != only(timestamp=None).external_id


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({"summary": None}, "'payload.summary' is missing or blank"),
        ({"summary": "s" * 10_000}, "'payload.summary' is 10000 characters long"),
        ({"timestamp": "2026-11-16T14:00:00"}, "'payload.timestamp' has no time zone"),
    ],
)
def test_what_the_dialect_forbids_is_refused(payload, reason):
    with pytest.raises(Malformed, match=reason):
        parse(event(**payload).encode(), {})


def test_the_answers_are_pagerdutys_own():
    assert DIALECT.accepted([]).body == {"status": "success", "message": "Change event processed"}
    assert DIALECT.refused(["x"]).body == {
        "status": "invalid event",
        "message": "Event object is invalid",
        "errors": ["x"],
    }


@given(st.dictionaries(st.sampled_from(["summary", "timestamp", "custom_details", "source"]), ANY_JSON))
def test_any_json_is_a_change_or_malformed(payload):
    with suppress(Malformed):
        assert len(only(**payload).external_id) <= 200
