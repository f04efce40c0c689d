"""For which severities and hours no step of a plan applies."""

from datetime import UTC, datetime, time, timedelta

import pytest

from oncall.covering import holes
from oncall.planning import StepPlan
from oncall.times import local

# Before and in the week in which clocks go back in Paris.
WEEKS = [datetime(2026, 10, 12, 10, tzinfo=UTC), datetime(2026, 10, 19, 10, tzinfo=UTC)]


def plan(start=None, until=None, days="0123456", lowest=5, zone="Europe/Paris"):
    at = [time(hour) if hour is not None else None for hour in (start, until)]
    return StepPlan(5, (), hours_from=at[0], hours_until=at[1], weekdays=days, lowest_severity=lowest, zone=zone)


def test_a_step_without_conditions_leaves_no_hole():
    assert holes([plan(9, 17), plan()], WEEKS[0]) == []


def test_severities_for_which_no_step_is_have_a_hole_without_end():
    (hole,) = holes([plan(lowest=1)], WEEKS[0])

    assert (hole.severities, hole.spans) == ((2, 3), ())


@pytest.mark.parametrize("now", WEEKS)
def test_nights_and_the_weekend_are_the_holes_of_working_hours(now):
    (hole,) = holes([plan(9, 17, "01234")], now)

    shown = [
        f"{local(begins, 'Europe/Paris'):%a %H}-{local(ends, 'Europe/Paris'):%a %H}" for begins, ends in hole.spans
    ]
    assert hole.severities == (1, 2, 3)
    assert sorted(shown) == ["Fri 17-Mon 09", "Mon 17-Tue 09", "Thu 17-Fri 09", "Tue 17-Wed 09", "Wed 17-Thu 09"]


@pytest.mark.parametrize("now", WEEKS)
def test_hours_that_follow_each_other_around_the_clock_leave_no_hole(now):
    assert holes([plan(9, 21), plan(21, 9)], now) == []


def test_a_hole_that_runs_at_this_moment_is_found_whole():
    (hole,) = holes([plan(9, 17)], datetime(2026, 10, 12, 20, tzinfo=UTC))

    assert {ends - begins for begins, ends in hole.spans} == {timedelta(hours=16)}
    assert len(hole.spans) == 7


def test_severities_with_different_hours_have_holes_of_their_own():
    found = holes([plan(lowest=1), plan(9, 17, lowest=2)], WEEKS[0])

    assert [(hole.severities, len(hole.spans)) for hole in found] == [((2,), 7), ((3,), 0)]
