"""The rules of schedules. Every test runs in an ordinary week and in both weeks in which clocks change."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from oncall.shifts import Definition, Gap, Override, between, gaps, layer_shifts, on_call_at
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


@pytest.fixture
def sunday(monday):
    return days_after(monday, 6)


def test_daily_turns_change_at_the_local_hour(monday, sunday):
    rota = layer(starts_on=monday)

    found = layer_shifts(rota, shown(days_after(sunday, -1)), shown(days_after(sunday, 2)))

    assert turns(found) == [
        ("Sat 09:00", "Sun 09:00", (BOB,)),
        ("Sun 09:00", "Mon 09:00", (ALICE,)),
        ("Mon 09:00", "Tue 09:00", (BOB,)),
    ]


def test_weekly_turns_change_on_their_weekday_and_hour(monday):
    rota = layer(kind="weekly", hand_over_on=2, hand_over_at=time(18), starts_on=monday)

    found = layer_shifts(rota, shown(monday, 18), shown(days_after(monday, 16), 18))

    assert turns(found) == [
        ("Mon 18:00", "Wed 18:00", (ALICE,)),
        ("Wed 18:00", "Wed 18:00", (BOB,)),
        ("Wed 18:00", "Wed 18:00", (ALICE,)),
    ]


def test_every_second_week_changes_every_second_week(monday):
    rota = layer(kind="weekly", every=2, starts_on=monday)

    found = layer_shifts(rota, shown(monday), shown(days_after(monday, 28)))

    assert [shift.ends_at for shift in found] == [shown(days_after(monday, 14)), shown(days_after(monday, 28))]


def test_hourly_turns_keep_their_hours_of_the_day(monday, sunday):
    rota = layer(kind="hourly", every=12, starts_on=monday)

    found = layer_shifts(rota, shown(days_after(sunday, -1), 21), shown(days_after(sunday, 1)))

    assert turns(found) == [
        ("Sat 21:00", "Sun 09:00", (BOB,)),
        ("Sun 09:00", "Sun 21:00", (ALICE,)),
        ("Sun 21:00", "Mon 09:00", (BOB,)),
    ]


def test_monthly_turns_change_on_the_day_of_the_month_or_its_last(monday):
    rota = layer(kind="monthly", starts_on=date(2026, 1, 31))

    found = layer_shifts(rota, shown(date(2026, 1, 31)), shown(date(2026, 12, 31)))

    days = [(shift.starts_at - timedelta(hours=9)).date().isoformat()[5:] for shift in found]
    assert days == ["01-31", "02-28", "03-31", "04-30", "05-31", "06-30", "07-31", "08-31", "09-30", "10-31", "11-30"]
    assert [shift.people for shift in found[:3]] == [(ALICE,), (BOB,), (ALICE,)]


def test_people_of_a_slot_are_on_call_together(monday, sunday):
    rota = layer(starts_on=monday, slots=((ALICE, CAROL), (BOB,)))

    assert on_call_at(Definition(layers=(rota,)), shown(sunday)) == (ALICE, CAROL)


def test_a_hand_over_belongs_to_the_incoming_person(monday, sunday):
    definition = Definition(layers=(layer(starts_on=monday),))
    hand_over = shown(sunday)

    assert on_call_at(definition, hand_over - timedelta.resolution) == (BOB,)
    assert on_call_at(definition, hand_over) == (ALICE,)


def test_a_layer_counts_from_its_first_hand_over_to_its_last(monday, sunday):
    definition = Definition(layers=(layer(starts_on=days_after(sunday, -1), ends_on=days_after(sunday, 1)),))

    found = between(definition, shown(monday), shown(days_after(sunday, 7)))

    assert turns(found) == [("Sat 09:00", "Sun 09:00", (ALICE,)), ("Sun 09:00", "Mon 09:00", (BOB,))]


def test_a_layer_that_ends_when_another_starts_leaves_no_gap(monday, sunday):
    old = layer(id=1, ends_on=sunday)
    new = layer(id=2, starts_on=sunday, slots=((CAROL,),))
    window = shown(monday), shown(days_after(sunday, 7))

    found = between(Definition(layers=(old, new)), *window)

    assert gaps(Definition(layers=(old, new)), *window) == []
    assert [shift.layer for shift in found if shift.starts_at >= shown(sunday)] == [2]


def test_the_higher_layer_wins_and_its_holes_show_the_lower(monday, sunday):
    upper = layer(id=1, starts_on=monday, slots=((ALICE,), ()))
    lower = layer(id=2, starts_on=monday, slots=((DORA,),))

    found = between(Definition(layers=(upper, lower)), shown(days_after(sunday, -1)), shown(days_after(sunday, 1)))

    assert turns(found) == [("Sat 09:00", "Sun 09:00", (DORA,)), ("Sun 09:00", "Mon 09:00", (ALICE,))]


def test_an_empty_slot_with_nothing_below_is_a_gap(monday, sunday):
    definition = Definition(layers=(layer(starts_on=monday, slots=((ALICE,), ())),))

    found = gaps(definition, shown(days_after(sunday, -1)), shown(days_after(sunday, 1)))

    assert found == [Gap(shown(days_after(sunday, -1)), shown(sunday))]
    assert on_call_at(definition, shown(sunday, 8)) == ()


def test_a_schedule_of_nothing_is_one_gap(monday):
    window = shown(monday), shown(days_after(monday, 7))

    assert gaps(Definition(), *window) == [Gap(*window)]
    assert gaps(Definition(layers=(layer(slots=()),)), *window) == [Gap(*window)]


def test_each_role_is_a_schedule_of_its_own(monday, sunday):
    second = layer(id=2, role="secondary", slots=((CAROL,),))
    definition = Definition(layers=(layer(starts_on=monday), second))

    assert on_call_at(definition, shown(sunday)) == (ALICE,)
    assert on_call_at(definition, shown(sunday), role="secondary") == (CAROL,)
    assert on_call_at(definition, shown(sunday), role="shadow") == ()


def test_an_override_lies_over_every_layer_for_its_span(monday, sunday):
    cover = Override(people=(CAROL,), starts_at=shown(sunday, 1), ends_at=shown(sunday, 12))
    definition = Definition(layers=(layer(starts_on=monday),), overrides=(cover,))

    found = between(definition, shown(days_after(sunday, -1)), shown(days_after(sunday, 1)))

    assert turns(found) == [
        ("Sat 09:00", "Sun 01:00", (BOB,)),
        ("Sun 01:00", "Sun 12:00", (CAROL,)),
        ("Sun 12:00", "Mon 09:00", (ALICE,)),
    ]
    assert [shift.is_override for shift in found] == [False, True, False]


def test_of_two_overrides_the_later_in_the_definition_wins(monday, sunday):
    long = Override(people=(CAROL,), starts_at=shown(sunday, 0), ends_at=shown(sunday, 12))
    short = Override(people=(DORA,), starts_at=shown(sunday, 1), ends_at=shown(sunday, 4))
    definition = Definition(layers=(layer(),), overrides=(long, short))

    found = between(definition, shown(sunday, 0), shown(sunday, 12))

    assert [shift.people for shift in found] == [(CAROL,), (DORA,), (CAROL,)]


def test_an_override_of_a_layer_stays_below_the_layers_above(monday, sunday):
    upper = layer(id=1, starts_on=monday, slots=((ALICE,), ()))
    lower = layer(id=2, slots=((DORA,),))
    cover = Override(people=(CAROL,), starts_at=shown(sunday, 0), ends_at=shown(sunday, 12), layer=2)

    found = between(Definition(layers=(upper, lower), overrides=(cover,)), shown(sunday, 0), shown(sunday, 12))

    assert turns(found) == [("Sun 00:00", "Sun 09:00", (CAROL,)), ("Sun 09:00", "Sun 12:00", (ALICE,))]


def test_an_override_of_a_secondary_layer_covers_that_role_only(monday, sunday):
    second = layer(id=2, role="secondary", slots=((BOB,),))
    cover = Override(people=(CAROL,), starts_at=shown(sunday, 0), ends_at=shown(sunday, 12), layer=2)
    definition = Definition(layers=(layer(slots=((ALICE,),)), second), overrides=(cover,))

    assert on_call_at(definition, shown(sunday)) == (ALICE,)
    assert on_call_at(definition, shown(sunday), role="secondary") == (CAROL,)


def test_an_override_with_nobody_takes_away_what_it_lies_over(monday, sunday):
    away = Override(people=(), starts_at=shown(sunday, 1), ends_at=shown(sunday, 4))
    definition = Definition(layers=(layer(),), overrides=(away,))

    assert gaps(definition, shown(sunday, 0), shown(sunday, 12)) == [Gap(shown(sunday, 1), shown(sunday, 4))]


def test_taking_one_layer_away_shows_the_one_below(monday, sunday):
    away = Override(people=(), starts_at=shown(sunday, 1), ends_at=shown(sunday, 4), layer=1)
    definition = Definition(layers=(layer(id=1), layer(id=2, slots=((DORA,),))), overrides=(away,))

    assert on_call_at(definition, shown(sunday, 3)) == (DORA,)


def test_equal_neighbours_are_one_shift_in_the_schedule_and_turns_in_the_layer(monday):
    rota = layer(slots=((ALICE,),))
    window = shown(monday), shown(days_after(monday, 7))

    assert len(between(Definition(layers=(rota,)), *window)) == 1
    assert len(layer_shifts(rota, *window)) == 7


def test_the_same_person_in_the_next_layer_is_the_next_shift(monday, sunday):
    old = layer(id=1, ends_on=sunday, slots=((ALICE,),))
    new = layer(id=2, starts_on=sunday, slots=((ALICE,),))

    found = between(Definition(layers=(old, new)), shown(monday), shown(days_after(monday, 7)))

    assert [(shift.layer, shift.ends_at) for shift in found] == [(1, shown(sunday)), (2, shown(days_after(monday, 7)))]


def test_for_ever_may_be_written_as_the_year_9999(monday, sunday):
    rota = layer(starts_on=date(1, 1, 1), ends_on=date(9999, 12, 31), hand_over_at=time(23, 59), slots=((ALICE,),))

    assert on_call_at(Definition(layers=(rota,)), shown(sunday)) == (ALICE,)


def test_a_window_needs_zones_and_order(monday):
    definition = Definition(layers=(layer(),))
    start = datetime.combine(monday, time(9), tzinfo=UTC)

    with pytest.raises(ValueError, match="has no time zone"):
        between(definition, datetime.combine(monday, time(9)), start)
    with pytest.raises(ValueError, match="cannot end"):
        between(definition, start, start - timedelta(seconds=1))


@pytest.mark.parametrize("facts", [{"kind": "fortnightly"}, {"every": 0}, {"hand_over_on": 7}])
def test_an_impossible_rotation_is_refused(monday, facts):
    with pytest.raises(ValueError, match="not"):
        layer(starts_on=monday, **facts)
