"""Wall clocks, times in text, spans in words."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncall import times

HOUR = timedelta(hours=1)


def test_zones_are_known_by_their_exact_iana_name():
    assert times.is_zone("Europe/Paris")
    assert times.zone("Europe/Paris") == ZoneInfo("Europe/Paris")
    assert times.zone_names() == sorted(times.zone_names())
    assert {"UTC", "America/New_York"} <= set(times.zone_names())


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "europe/paris", "America", "../etc/passwd", "localtime", "\x00"])
def test_what_is_no_zone_is_refused_in_a_sentence(name):
    assert not times.is_zone(name)
    assert name not in times.zone_names()
    with pytest.raises(ValueError, match="is not a time zone"):
        times.zone(name)


def test_an_instant_is_shown_on_the_wall_clock_of_a_zone():
    winter, summer = datetime(2026, 1, 15, 8, tzinfo=UTC), datetime(2026, 7, 15, 8, tzinfo=UTC)

    assert times.local(winter, "Europe/Paris").time() == time(9)
    assert times.local(summer, "Europe/Paris").time() == time(10)


def test_a_time_without_zone_is_no_instant():
    with pytest.raises(ValueError, match="has no time zone"):
        times.local(datetime(2026, 1, 15, 8), "Europe/Paris")


@pytest.mark.parametrize(
    ("day", "at", "zone", "expected"),
    [
        (date(2026, 1, 15), time(9), "Europe/Paris", "2026-01-15T08:00"),
        (date(2026, 7, 15), time(9), "Europe/Paris", "2026-07-15T07:00"),
        # 02:30 does not exist: it becomes 03:30 in summer time.
        (date(2026, 3, 29), time(2, 30), "Europe/Paris", "2026-03-29T01:30"),
        # 02:30 exists twice: the first is in summer time.
        (date(2026, 10, 25), time(2, 30), "Europe/Paris", "2026-10-25T00:30"),
        # Lord Howe moves by half an hour, Troll by two hours.
        (date(2026, 10, 4), time(2, 10), "Australia/Lord_Howe", "2026-10-03T15:40"),
        (date(2026, 3, 29), time(1, 30), "Antarctica/Troll", "2026-03-29T01:30"),
        # Samoa had no 30 December 2011.
        (date(2011, 12, 30), time(9), "Pacific/Apia", "2011-12-30T19:00"),
    ],
)
def test_a_wall_clock_time_names_one_instant(day, at, zone, expected):
    assert times.at_wall_clock(day, at, zone) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_the_second_of_two_equal_hours_cannot_be_asked_for():
    assert times.at_wall_clock(date(2026, 10, 25), time(2, 30, fold=1), "Europe/Paris").hour == 0


@settings(deadline=None)
@given(st.dates(date(2020, 1, 1), date(2037, 12, 31)), st.times(), st.sampled_from(times.zone_names()))
def test_clocks_show_the_time_asked_for_or_a_later_one(day, at, zone):
    there = times.at_wall_clock(day, at, zone).astimezone(ZoneInfo(zone)).replace(tzinfo=None)

    assert timedelta(0) <= there - datetime.combine(day, at) <= 24 * HOUR


def test_a_day_whose_midnight_is_skipped_begins_when_clocks_go_on():
    assert times.start_of_day(date(2026, 7, 15), "Africa/Cairo") == datetime(2026, 7, 14, 21, tzinfo=UTC)
    # Cairo goes from 24 April 23:59 to 01:00.
    assert times.local(times.start_of_day(date(2026, 4, 24), "Africa/Cairo"), "Africa/Cairo").time() == time(1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2015-07-17T08:42:58Z", datetime(2015, 7, 17, 8, 42, 58, tzinfo=UTC)),
        ("2015-07-17t08:42:58z", datetime(2015, 7, 17, 8, 42, 58, tzinfo=UTC)),
        (" 2015-07-17 08:42:58+00:00 ", datetime(2015, 7, 17, 8, 42, 58, tzinfo=UTC)),
        ("2015-07-17T08:42:58.315+0000", datetime(2015, 7, 17, 8, 42, 58, 315_000, tzinfo=UTC)),
        ("2018-08-03T09:52:26.739266876+02:00", datetime(2018, 8, 3, 7, 52, 26, 739_266, tzinfo=UTC)),
        ("2018-08-03T00:00:00-09:30", datetime(2018, 8, 3, 9, 30, tzinfo=UTC)),
    ],
)
def test_a_text_with_a_zone_names_an_instant(text, expected):
    assert times.parse_instant(text) == expected
    assert times.parse_instant(text).tzinfo is UTC


@settings(deadline=None)
@given(st.datetimes(timezones=st.integers(-23, 23).map(lambda hours: timezone(hours * HOUR))))
def test_every_instant_is_read_as_it_was_written(instant):
    if (
        timedelta(days=2)
        < instant.replace(tzinfo=None) - datetime.min
        < datetime.max - datetime.min - timedelta(days=2)
    ):
        assert times.parse_instant(instant.isoformat()) == instant


@pytest.mark.parametrize("text", ["2015-07-17T08:42:58", "2015-07-17", "20150717T084258"])
def test_a_text_without_zone_is_refused_with_advice(text):
    with pytest.raises(ValueError, match="has no time zone; write Z for UTC or an offset"):
        times.parse_instant(text)


@pytest.mark.parametrize(
    "text", ["", "now", "2015-13-17T08:42:58Z", "2015-07-17T25:00:00Z", 1437122578, None, True, "9" * 10_000, "\x00"]
)
def test_what_is_no_time_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match="2015-07-17T08:42:58Z") as refusal:
        times.parse_instant(text)
    assert len(str(refusal.value)) < 150


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"])
def test_a_time_that_utc_cannot_hold_is_refused(text):
    with pytest.raises(ValueError, match="outside the years"):
        times.parse_instant(text)


def reading(text):
    """The instant, or the sentence of the refusal; any other exception is a failure."""
    try:
        return times.parse_instant(text)
    except ValueError as refusal:
        return str(refusal)


@settings(deadline=None)
@given(st.text() | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:?\d\d)?"))
def test_no_text_breaks_the_reader(text):
    found = reading(text)

    assert found.endswith(".") if isinstance(found, str) else found.tzinfo is UTC


@pytest.mark.parametrize("text", [None, "", "  ", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000000Z"])
def test_a_time_that_was_never_set_is_none(text):
    assert times.instant_or_none(text) is None


def test_a_time_that_was_set_is_not_none():
    assert times.instant_or_none("2015-07-17T08:42:58Z") == datetime(2015, 7, 17, 8, 42, 58, tzinfo=UTC)
    with pytest.raises(ValueError, match="is not an ISO 8601 time"):
        times.instant_or_none("soon")


@pytest.mark.parametrize(
    ("span", "spoken", "written"),
    [
        (timedelta(0), "0 seconds", "0 seconds"),
        (timedelta(seconds=1), "1 second", "one second"),
        (timedelta(seconds=59.9), "59 seconds", "59 seconds"),
        (timedelta(minutes=9), "9 minutes", "nine minutes"),
        (timedelta(minutes=-9), "9 minutes", "nine minutes"),
        (timedelta(minutes=10), "10 minutes", "10 minutes"),
        (HOUR, "1 hour", "one hour"),
        (timedelta(hours=2, minutes=5), "2 h 5 min", "2 h 5 min"),
        (timedelta(hours=23, minutes=59, seconds=59), "23 h 59 min", "23 h 59 min"),
        (timedelta(days=3, minutes=20), "3 days", "three days"),
        (timedelta(days=3, hours=2), "3 d 2 h", "3 d 2 h"),
    ],
)
def test_a_span_reads_as_people_say_it(span, spoken, written):
    assert (times.spoken(span), times.written(span)) == (spoken, written)
