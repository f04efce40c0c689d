"""The shift that runs and the one that comes, with true ends; in an ordinary week and when clocks change."""

from datetime import date, timedelta

import pytest

from oncall.shifts import HORIZON, Definition, Override, current_shift, next_shift
from tests.oncall.rotas import (
    ALICE,
    AUTUMN_WEEK,
    BOB,
    CAROL,
    DORA,
    ORDINARY_WEEK,
    SPRING_WEEK,
    days_after,
    layer,
    shown,
    turns,
)

pytestmark = pytest.mark.parametrize(
    "monday", [ORDINARY_WEEK, SPRING_WEEK, AUTUMN_WEEK], ids=["ordinary", "spring", "autumn"]
)


def weekly(monday: date, **facts) -> Definition:
    """A week each, changing on Mondays at 09:00: Alice has the week of `monday`."""
    return Definition(layers=(layer(kind="weekly", starts_on=monday, **facts),))


def test_the_running_shift_has_its_true_start_and_end(monday):
    shift = current_shift(weekly(monday), shown(days_after(monday, 6), 12))

    assert (shift.starts_at, shift.ends_at) == (shown(monday), shown(days_after(monday, 7)))
    assert shift.people == (ALICE,)


def test_a_long_shift_has_its_true_start_and_end(monday):
    shift = current_shift(weekly(monday, every=26), shown(days_after(monday, 100), 12))

    assert (shift.starts_at, shift.ends_at) == (shown(monday), shown(days_after(monday, 26 * 7)))


def test_a_shift_without_end_is_given_up_to_the_horizon(monday):
    now = shown(days_after(monday, 6), 12)

    shift = current_shift(weekly(monday, slots=((ALICE,),)), now)

    assert shift.starts_at == shown(monday)
    assert shift.ends_at == now + HORIZON


def test_nobody_has_a_shift_in_a_gap(monday):
    assert current_shift(weekly(monday, ends_on=monday), shown(days_after(monday, 6))) is None


def test_a_running_override_ends_when_the_override_ends(monday):
    sunday = days_after(monday, 6)
    cover = Override(people=(CAROL,), starts_at=shown(sunday, 1), ends_at=shown(sunday, 12))
    definition = Definition(layers=weekly(monday).layers, overrides=(cover,))

    shift = current_shift(definition, shown(sunday, 4))

    assert turns([shift]) == [("Sun 01:00", "Sun 12:00", (CAROL,))]


def test_the_next_shift_follows_the_running_one(monday):
    shift = next_shift(weekly(monday), shown(days_after(monday, 5)))

    assert (shift.starts_at, shift.ends_at) == (shown(days_after(monday, 7)), shown(days_after(monday, 14)))
    assert shift.people == (BOB,)


def test_a_shift_that_starts_now_is_not_the_next_one(monday):
    shift = next_shift(weekly(monday), shown(monday))

    assert shift.starts_at == shown(days_after(monday, 7))


def test_the_next_shift_of_a_person_is_found_beyond_others(monday):
    definition = weekly(monday, slots=((ALICE,), (BOB,), (CAROL,), (DORA,)))

    shift = next_shift(definition, shown(days_after(monday, 5)), person=DORA)

    assert (shift.starts_at, shift.ends_at) == (shown(days_after(monday, 21)), shown(days_after(monday, 28)))


def test_a_person_out_of_the_rotation_has_no_next_shift(monday):
    assert next_shift(weekly(monday), shown(monday), person=DORA) is None


def test_after_a_gap_the_next_shift_is_the_first_one(monday):
    shift = next_shift(weekly(monday), shown(monday) - timedelta(days=30))

    assert shift.starts_at == shown(monday)
