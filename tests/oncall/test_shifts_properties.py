"""What is true of every schedule in every zone, 2020 to 2037: the rules, and a slow second opinion."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oncall.shifts import (
    KINDS,
    Definition,
    Override,
    between,
    current_shift,
    gaps,
    layer_shifts,
    next_shift,
    on_call_at,
)
from tests.oncall.rotas import layer

# A busy machine is no finding.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

DAY, TICK = timedelta(days=1), timedelta.resolution
ZONES = sorted(available_timezones() - {"localtime", "Factory"})

people = st.lists(st.integers(1, 6), max_size=2, unique=True).map(tuple)
instants = st.datetimes(datetime(2020, 1, 1), datetime(2037, 11, 1), timezones=st.just(UTC))
spans = st.timedeltas(timedelta(minutes=1), timedelta(days=45))
slots = st.lists(people, min_size=1, max_size=5).map(tuple)
full_slots = st.lists(st.integers(1, 6).map(lambda one: (one,)), min_size=1, max_size=5).map(tuple)
some_days = st.none() | st.integers(0, 4000)
any_day = st.dates(date(2019, 1, 1), date(2037, 1, 1))


@st.composite
def layers(draw, days, number=1, slots=slots, ends=some_days):
    """A layer of any kind in any zone that starts on one of the days, and may end some days later."""
    starts_on, lasts = draw(days), draw(ends)
    return layer(
        id=number,
        kind=draw(st.sampled_from(KINDS)),
        every=draw(st.integers(1, 5)),
        hand_over_at=draw(st.times().map(lambda at: at.replace(second=0, microsecond=0))),
        hand_over_on=draw(st.integers(0, 6)),
        starts_on=starts_on,
        ends_on=None if lasts is None else starts_on + lasts * DAY,
        zone=draw(st.sampled_from(ZONES)),
        slots=draw(slots),
    )


@st.composite
def schedules(draw):
    """Up to three layers and four overrides with a window that most of them touch."""
    a, span = draw(instants), draw(spans)
    days = st.integers(-20, 400).map(lambda back: a.date() - back * DAY)
    rotas = tuple(draw(layers(days, number)) for number in range(draw(st.integers(0, 3))))
    overrides = st.builds(
        lambda who, back, long, over: Override(people=who, starts_at=a + back, ends_at=a + back + long, layer=over),
        people,
        st.timedeltas(-5 * DAY, 40 * DAY),
        st.timedeltas(TICK, 20 * DAY),
        st.none() | st.integers(0, 2),
    )
    return Definition(layers=rotas, overrides=tuple(draw(st.lists(overrides, max_size=4)))), a, a + span


def second_opinion(definition, instant):
    """Who is on call, looked up from the top of the pile downwards."""
    for cover in covers(definition, None, instant):
        return cover.people
    for rota in definition.layers:
        cover = next(covers(definition, rota.id, instant), None)
        if on_call := cover.people if cover else turn_by_turn(rota, instant):
            return on_call
    return ()


def covers(definition, number, instant):
    for cover in reversed(definition.overrides):
        if cover.layer == number and cover.starts_at <= instant < cover.ends_at:
            yield cover


def turn_by_turn(rota, instant):
    """Who has the turn, found by walking every turn from the start: the latest that has begun."""
    there, number = ZoneInfo(rota.zone), 0
    if not hand_over(rota, rota.starts_on, there) <= instant:
        return ()
    if rota.ends_on and instant >= hand_over(rota, rota.ends_on, there):
        return ()
    shown, latest = nominal(rota, 0), 0
    while shown.replace(tzinfo=UTC) < instant + 3 * DAY:
        if shown.replace(tzinfo=there).astimezone(UTC) <= instant:
            latest = number
        number += 1
        shown = nominal(rota, number)
    return rota.slots[latest % len(rota.slots)]


def hand_over(rota, day, there):
    return datetime.combine(day, rota.hand_over_at, there).astimezone(UTC)


def nominal(rota, number):
    """The start of a turn as a calendar on paper has it."""
    day, steps = rota.starts_on, number * rota.every
    if rota.kind == "monthly":
        year, month = divmod(day.year * 12 + day.month - 1 + steps, 12)
        day = date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
        return datetime.combine(day, rota.hand_over_at)
    while rota.kind == "weekly" and day.weekday() != rota.hand_over_on:
        day -= DAY
    hours = {"hourly": 1, "daily": 24, "weekly": 168}[rota.kind]
    return datetime.combine(day, rota.hand_over_at) + timedelta(hours=hours * steps)


@settings(patient, max_examples=300)
@given(layers(st.just(date(2018, 1, 1)), slots=full_slots, ends=st.none()), instants, spans)
def test_a_layer_of_people_has_no_gap_and_no_overlap(rota, a, span):
    found = layer_shifts(rota, a, a + span)

    assert (found[0].starts_at, found[-1].ends_at) == (a, a + span)
    assert all(before.ends_at == after.starts_at for before, after in pairwise(found))
    assert sum((shift.ends_at - shift.starts_at for shift in found), timedelta()) == span


@settings(patient, max_examples=300)
@given(layers(any_day), instants, spans)
def test_every_turn_starts_at_a_local_hand_over_time(rota, a, span):
    there = ZoneInfo(rota.zone)
    starts = [shift.starts_at for shift in layer_shifts(rota, a, a + span) if shift.starts_at > a]
    hours = range(24) if rota.kind == "hourly" else [rota.hand_over_at.hour]

    for start in starts:
        day = start.astimezone(there).date()
        times = [time(hour, rota.hand_over_at.minute) for hour in hours]
        assert start in [datetime.combine(day, at, there).astimezone(UTC) for at in times]


@settings(patient, max_examples=200)
@given(schedules(), st.floats(0, 1))
def test_a_jump_to_the_window_agrees_with_a_walk_from_the_start(schedule, share):
    definition, a, b = schedule
    instant = a + (b - a) * share

    assert on_call_at(definition, instant) == second_opinion(definition, instant)


@settings(patient, max_examples=200)
@given(schedules(), st.floats(0, 1))
def test_who_is_on_call_at_an_instant_agrees_with_the_schedule(schedule, share):
    definition, a, b = schedule
    # The product may round up to b, which is no longer in the window.
    instant = min(a + (b - a) * share, b - TICK)

    found = [shift.people for shift in between(definition, a, b) if shift.starts_at <= instant < shift.ends_at]

    assert found == [on_call_at(definition, instant)] or (not found and not on_call_at(definition, instant))


@settings(patient, max_examples=200)
@given(schedules())
def test_shifts_and_gaps_fill_the_window_exactly_once(schedule):
    definition, a, b = schedule
    spells = sorted((spell.starts_at, spell.ends_at) for spell in [*between(definition, a, b), *gaps(definition, a, b)])

    assert (spells[0][0], spells[-1][1]) == (a, b)
    assert all(start < end for start, end in spells)
    assert all(before[1] == after[0] for before, after in pairwise(spells))


@settings(patient, max_examples=100)
@given(schedules(), st.floats(0.01, 0.99))
def test_two_windows_side_by_side_say_what_one_says(schedule, share):
    definition, a, b = schedule
    middle = a + (b - a) * share

    def starts(*windows):
        shifts = [shift for window in windows for shift in between(definition, *window)]
        return [(shift.starts_at, shift.people) for shift in shifts if shift.starts_at != middle]

    assert starts((a, middle), (middle, b)) == starts((a, b))


@settings(patient, max_examples=60)
@given(schedules())
def test_the_running_shift_and_the_next_one_are_in_the_schedule(schedule):
    definition, a, _ = schedule
    running, following = current_shift(definition, a), next_shift(definition, a)

    if running:
        assert running.starts_at <= a < running.ends_at
        assert running.people == on_call_at(definition, a)
        assert on_call_at(definition, running.ends_at - TICK) == running.people
    if following:
        assert following.starts_at > a
        assert on_call_at(definition, following.starts_at) == following.people
        assert not running or following.starts_at >= running.ends_at
