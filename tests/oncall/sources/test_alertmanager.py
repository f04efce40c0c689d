"""What the Alertmanager door makes of a notification."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.payloads import Malformed
from oncall.sources import REGISTRY
from oncall.sources.alertmanager import parse

SAMPLE = (Path(__file__).parents[2] / "fixtures/wire/alertmanager-firing.json").read_bytes()
DIALECT = REGISTRY["alertmanager"]
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = ["status", "labels", "annotations", "startsAt", "endsAt", "generatorURL", "fingerprint"]
ANY_ALERT = st.dictionaries(st.sampled_from(FIELDS), ANY_JSON)


def notification(**alert):
    alert = {"status": "firing", "labels": {"alertname": "Down"}, "startsAt": "2026-11-16T14:00:00Z"} | alert
    return orjson.dumps({"version": "4", "groupKey": "{}:{}", "alerts": [alert]})


def only(**alert):
    (event,) = parse(notification(**alert), {})
    return event


def test_a_real_notification_is_understood_in_full():
    first, second = parse(SAMPLE, {})

    assert first.dedup_key == "34cc18f4625010d5" != second.dedup_key
    assert (first.action, first.severity, first.environment) == ("trigger", 2, "production")
    assert first.title == "5xx above 2 % of requests"
    assert first.started_at == datetime(2026, 11, 23, 23, 32, 35, 777640, tzinfo=UTC)
    assert first.ended_at is None
    assert first.links[0] == ("Runbook", "https://runbooks.example.com/checkout")
    assert first.group_key == second.group_key == '{}:{alertname="CheckoutErrors", service="checkout"}'


def test_a_resolved_alert_resolves():
    event = only(status="resolved", endsAt="2026-11-16T15:00:00+01:00")

    assert event.action == "resolve"
    assert event.ended_at == datetime(2026, 11, 16, 14, tzinfo=UTC)


def test_an_alert_without_a_known_status_pages_rather_than_being_lost():
    event = only(status="maybe")

    assert event.action == "trigger"
    assert event.notes == ("“status” is maybe; taken as firing.",)


@pytest.mark.parametrize("bad", ["2026-11-16T14:00:00", "yesterday", 7, {"a": 1}, "9999-12-31T23:59:59-14:00"])
def test_a_bad_time_is_left_out_with_a_note_and_the_alert_is_kept(bad):
    event = only(startsAt=bad)

    assert event.started_at is None
    assert event.notes[0].startswith("“startsAt” ")


def test_names_of_ten_thousand_characters_are_cut_and_the_alert_is_kept():
    event = only(labels={"n" * 10_000: "v" * 10_000}, annotations={"summary": "s" * 10_000}, fingerprint="f" * 10_000)

    assert len(event.title) == 1024
    assert event.title.endswith("…")
    assert len(event.dedup_key) <= 255
    assert all(len(name) <= 255 and len(value) <= 1000 for name, value in event.labels.items())


def test_long_keys_that_differ_at_the_end_stay_different():
    assert only(fingerprint="f" * 999 + "1").dedup_key != only(fingerprint="f" * 999 + "2").dedup_key


def test_nul_bytes_and_lone_surrogates_are_taken_out():
    body = rb'{"alerts": [{"status": "firing", "labels": {"alertname": "a\u0000b\ud800"}, "fingerprint": "x\u0000"}]}'

    (event,) = parse(body, {})

    assert (event.title, event.dedup_key) == ("ab?", "x")


def test_an_alert_without_a_fingerprint_is_known_by_its_labels():
    same = only(labels={"alertname": "Down", "job": "web"}).dedup_key

    assert same == only(labels={"job": "web", "alertname": "Down"}).dedup_key
    assert same != only(labels={"job": "db", "alertname": "Down"}).dedup_key


def test_only_web_addresses_become_links():
    event = only(generatorURL="javascript:alert(1)", annotations={"runbook_url": "https://runbooks.example.com/1"})

    assert event.links == (("Runbook", "https://runbooks.example.com/1"),)


@pytest.mark.parametrize(
    ("word", "severity"),
    [("critical", 2), ("Warning", 3), ("info", 4), ("P1", 1), ("sev-5", 5), ("page", 2), ("purple", None), ("9", None)],
)
def test_severity_comes_from_the_label(word, severity):
    assert only(labels={"severity": word}).severity == severity


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b'{"alerts": {}}',
        b'{"alerts": []}',
        b'{"alerts": [1]}',
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_what_holds_no_alert_is_refused_with_a_reason(body):
    with pytest.raises(Malformed) as refusal:
        parse(body, {})

    assert refusal.value.reasons[0].endswith(".")
    assert DIALECT.refused(refusal.value.reasons).status == 400


def test_one_good_alert_among_bad_ones_is_kept():
    assert len(parse(b'{"alerts": [1, null, {"status": "firing", "labels": {"alertname": "Down"}}]}', {})) == 1


def test_an_overloaded_door_never_answers_with_what_alertmanager_would_not_repeat():
    assert DIALECT.busy.status == 503
    assert DIALECT.busy.headers["Retry-After"]


@given(st.binary())
def test_any_bytes_are_events_or_malformed(body):
    events_or_malformed(body)


@given(st.fixed_dictionaries({"alerts": st.lists(ANY_ALERT | ANY_JSON, max_size=3)}, optional={"groupKey": ANY_JSON}))
def test_any_json_is_events_or_malformed_and_fits_the_database(notification):
    for event in events_or_malformed(json.dumps(notification).encode()):
        assert event.dedup_key
        assert event.title
        assert len(event.title) <= 1024
        assert "\x00" not in "".join([event.title, event.description, event.dedup_key, *event.labels.values()])


def events_or_malformed(body):
    with suppress(Malformed):
        return parse(body, {})
    return []
