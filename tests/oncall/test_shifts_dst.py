"""What schedules do on the days when clocks change, by example and over every change of every zone until 2037."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from oncall.shifts import Definition, Layer, between, layer_shifts, on_call_at
from tests.oncall.rotas import ALICE, BOB, CAROL, NEW_YORK, layer, shown, turns

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FORWARD, BACK = date(2026, 3, 8), date(2026, 11, 1)


@pytest.mark.parametrize(("change", "hours"), [(date(2026, 1, 11), 24), (FORWARD, 23), (BACK, 25)])
def test_a_day_shift_over_a_change_is_an_hour_shorter_or_longer(change, hours):
    (shift,) = layer_shifts(layer(), shown(change - DAY), shown(change))

    assert shift.ends_at - shift.starts_at == hours * HOUR
    assert shift.ends_at == shown(change, 9)


@pytest.mark.parametrize("change", [date(2026, 1, 11), FORWARD, BACK])
def test_nobody_is_missing_in_any_minute_of_the_night_of_a_change(change):
    definition = Definition(layers=(layer(hand_over_at=time(2, 30)),))
    minutes = (shown(change, 0) + timedelta(minutes=minute) for minute in range(8 * 60))

    people = [on_call_at(definition, minute) for minute in minutes]

    assert all(people)
    assert sum(before != after for before, after in pairwise(people)) == 1


def test_a_hand_over_at_a_time_that_does_not_exist_is_later_by_the_gap():
    found = layer_shifts(layer(hand_over_at=time(2, 30)), shown(FORWARD - DAY, 2, 30), shown(FORWARD + DAY, 2, 30))

    assert [spell[:2] for spell in turns(found)] == [("Sat 02:30", "Sun 03:30"), ("Sun 03:30", "Mon 02:30")]


def test_a_hand_over_at_a_time_that_exists_twice_is_at_the_first():
    _, second = layer_shifts(layer(hand_over_at=time(1, 30)), shown(BACK - DAY, 1, 30), shown(BACK + DAY, 1, 30))

    # 01:30 in summer time; in winter time it would be 06:30 UTC.
    assert second.starts_at == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_an_hour_that_clocks_skip_has_no_turn_and_one_they_repeat_is_two_hours_long():
    hourly = layer(kind="hourly", hand_over_at=time(0), slots=((ALICE,), (BOB,), (CAROL,)))

    spring = layer_shifts(hourly, shown(FORWARD, 1), shown(FORWARD, 5))
    autumn = layer_shifts(hourly, shown(BACK, 0), shown(BACK, 3))

    assert [shift.starts_at for shift in spring] == [shown(FORWARD, hour) for hour in (1, 3, 4)]
    assert [shift.ends_at - shift.starts_at for shift in autumn] == [HOUR, 2 * HOUR, HOUR]


def test_turns_that_a_gap_of_two_hours_swallows_fall_out():
    # Troll station goes from 01:00 straight to 03:00: the later nominal turn is on.
    troll = layer(kind="hourly", hand_over_at=time(0), zone="Antarctica/Troll", slots=((1,), (2,), (3,), (4,), (5,)))
    start = datetime(2026, 3, 29, 0, tzinfo=UTC)

    found = layer_shifts(troll, start, start + 3 * HOUR)

    assert [spell[0] for spell in turns(found, "Antarctica/Troll")] == ["Sun 00:00", "Sun 03:00", "Sun 04:00"]
    assert [shift.ends_at - shift.starts_at for shift in found] == [HOUR] * 3


def test_a_day_that_never_was_has_no_shift():
    # Samoa went from the end of 29 December 2011 straight to the 31st.
    samoa = layer(zone="Pacific/Apia", starts_on=date(2011, 12, 28), slots=((1,), (2,), (3,), (4,)))

    found = layer_shifts(samoa, datetime(2011, 12, 28, 20, tzinfo=UTC), datetime(2011, 12, 31, 19, tzinfo=UTC))

    assert [shift.people for shift in found] == [(1,), (2,), (4,)]
    assert all(before.ends_at == after.starts_at for before, after in pairwise(found))


def test_layers_of_two_zones_follow_the_sun_without_gap():
    london = layer(id=1, hand_over_at=time(9), zone="Europe/London", slots=((ALICE,),))
    tokyo = layer(id=2, hand_over_at=time(9), zone="Asia/Tokyo", slots=((BOB,), ()))
    start = datetime(2026, 3, 27, tzinfo=UTC)

    found = between(Definition(layers=(tokyo, london)), start, start + 4 * DAY)

    assert {shift.people for shift in found} == {(ALICE,), (BOB,)}
    assert sum((shift.ends_at - shift.starts_at for shift in found), timedelta()) == 4 * DAY


def test_a_shift_fifteen_years_on_needs_no_walk_from_the_start():
    old, new = layer(starts_on=date(2011, 1, 3)), layer(starts_on=date(2026, 3, 2))
    window = shown(FORWARD - DAY), shown(FORWARD + DAY)

    assert turns(layer_shifts(old, *window))[0][:2] == turns(layer_shifts(new, *window))[0][:2]
    days = (FORWARD - date(2011, 1, 3)).days
    assert layer_shifts(old, *window)[1].people == old.slots[days % 2]


def changes(zone: ZoneInfo) -> Iterator[datetime]:
    """Every day in 2020–2037 in which the zone's offset changes."""
    days = [datetime(2020, 1, 1, tzinfo=UTC) + n * DAY for n in range(18 * 366)]
    offsets = [day.astimezone(zone).utcoffset() for day in days]
    return (day for day, before, after in zip(days, offsets, offsets[1:], strict=False) if before != after)


def follows_the_rules(rota: Layer, a: datetime, b: datetime) -> bool:
    """No gap, no overlap, the whole window, and starts at their local time or later by a gap."""
    found = layer_shifts(rota, a, b)
    there = ZoneInfo(rota.zone)
    starts = [shift.starts_at.astimezone(there) for shift in found[1:]]
    nominal = [datetime.combine(start.date(), rota.hand_over_at, there) for start in starts]
    return (
        (found[0].starts_at, found[-1].ends_at) == (a, b)
        and all(before.ends_at == after.starts_at for before, after in pairwise(found))
        and all(shift.starts_at < shift.ends_at for shift in found)
        and sum((shift.ends_at - shift.starts_at for shift in found), timedelta()) == b - a
        and all(start == when.astimezone(UTC).astimezone(there) for start, when in zip(starts, nominal, strict=True))
    )


@pytest.mark.parametrize("letter", sorted({name[0] for name in available_timezones()}))
def test_every_change_of_every_zone_keeps_the_rules(letter):
    for name in sorted(name for name in available_timezones() - {"localtime", "Factory"} if name[0] == letter):
        rotas = [layer(zone=name, hand_over_at=at, starts_on=date(2019, 12, 2)) for at in (time(0, 15), time(2, 30))]
        for day in changes(ZoneInfo(name)):
            for rota in rotas:
                assert follows_the_rules(rota, day - 2 * DAY, day + 3 * DAY), (name, day, rota.hand_over_at)


def test_new_york_is_a_zone_that_changes():
    assert len(list(changes(ZoneInfo(NEW_YORK)))) == 36
