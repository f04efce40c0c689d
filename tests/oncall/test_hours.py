"""Hours on a wall clock, across midnight and on the days when clocks change."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall import hours, times

PARIS = "Europe/Paris"


def at(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("instant", "inside"),
    [
        (at(16, 20, 59), False),  # 21:59 in Paris
        (at(16, 21), True),
        (at(17, 5, 59), True),  # 06:59 on the next day
        (at(17, 6), False),
    ],
)
def test_hours_across_midnight(instant, inside):
    assert hours.is_within(instant, time(22), time(7), PARIS) is inside


def test_hours_across_midnight_belong_to_the_day_on_which_they_begin():
    saturday_morning = at(21, 3)  # the night from Friday, the 20th

    assert hours.is_within(saturday_morning, time(22), time(7), PARIS, weekdays="4")
    assert not hours.is_within(saturday_morning, time(22), time(7), PARIS, weekdays="5")


def test_hours_that_begin_and_end_at_the_same_time_are_the_whole_day():
    assert all(hours.is_within(at(16, hour), time(9), time(9), PARIS) for hour in range(24))


@pytest.mark.parametrize(
    ("instant", "end"),
    [
        # Clocks go forward at 01:00 UTC on 29 March 2026 and back at 01:00 UTC on 25 October.
        (datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 5, tzinfo=UTC)),
        (datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 6, tzinfo=UTC)),
    ],
)
def test_quiet_hours_end_at_seven_on_the_wall_whatever_clocks_do(instant, end):
    assert hours.hours_end(instant, time(23), time(7), PARIS) == end


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)),
    st.times(),
    st.times(),
    st.sampled_from(sorted(times.zone_names())),
)
def test_hours_and_their_complement_cover_the_day_and_end_in_the_future(instant, start, until, zone):
    inside = hours.hours_end(instant, start, until, zone)
    if inside is not None:
        assert instant < inside <= instant + timedelta(hours=49)
    if start != until:
        assert hours.is_within(instant, start, until, zone) or hours.is_within(instant, until, start, zone)
