"""Times as they are typed and shown in a terminal."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from cli import spans


@pytest.fixture(autouse=True)
def paris(monkeypatch):
    """The machine stands in Paris."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Paris")
        time.tzset()
        yield
    time.tzset()


def at(*parts):
    """A local time in Paris."""
    return datetime(*parts).astimezone()


@pytest.mark.parametrize(("text", "minutes"), [("30m", 30), ("2h", 120), ("1h30m", 90), (" 2d ", 2880), ("90m", 90)])
def test_spans(text, minutes):
    assert spans.span(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["", "30", "soon", "-5m", "0m", "1.5h", "2w", "999999999d"])
def test_what_is_no_span_is_refused(text):
    with pytest.raises(ValueError, match="span"):
        spans.span(text)


def test_a_clock_time_is_the_next_one():
    assert spans.instant("09:00", at(2026, 11, 16, 8)) == at(2026, 11, 16, 9)
    assert spans.instant("9:00", at(2026, 11, 16, 9)) == at(2026, 11, 17, 9)


def test_a_clock_time_stays_on_the_wall_clock_when_the_clocks_change():
    found = spans.instant("09:00", at(2026, 10, 24, 22))

    assert found.astimezone(UTC) == datetime(2026, 10, 25, 8, tzinfo=UTC)


def test_a_written_time_is_local_unless_it_says_otherwise():
    assert spans.instant("2026-11-25 21:00", at(2026, 11, 1)).astimezone(UTC).hour == 20
    assert spans.instant("2026-11-25T21:00Z", at(2026, 11, 1)).astimezone(UTC).hour == 21


@pytest.mark.parametrize("text", ["", "25:00", "09:61", "tomorrow", "2026-11-25", "20261125"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError):
        spans.instant(text, at(2026, 11, 1))


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        ("2026-11-16T13:02:00Z", "14:02 CET"),
        ("2026-11-15T23:30:00+01:00", "Sun 15 Nov 23:30 CET"),
        ("2026-07-01T12:00:00.123456Z", "Wed 01 Jul 14:00 CEST"),
        ("2025-07-01T12:00:00Z", "01 Jul 2025 14:00 CEST"),
        (None, ""),
    ],
)
def test_times_are_shown_on_the_clock_of_the_machine(instant, words):
    assert spans.shown(instant, at(2026, 11, 16, 18)) == words
