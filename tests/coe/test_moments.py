"""What people mean by a time that they type: one instant, or a question, never a guess."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from coe import moments
from oncall import times

DAY = date(2026, 3, 4)
PARIS, NEW_YORK = "Europe/Paris", "America/New_York"
ZONES = [PARIS, NEW_YORK, "UTC", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia"]


def at(typed, zone="UTC", day=DAY):
    return f"{moments.moment_of(typed, zone, day).at:%Y-%m-%d %H:%M:%S}"


@pytest.mark.parametrize(
    ("typed", "instant"),
    [
        ("14:05", "2026-03-04 14:05:00"),
        ("14:05:30", "2026-03-04 14:05:30"),
        ("2:05 pm", "2026-03-04 14:05:00"),
        ("2 PM", "2026-03-04 14:00:00"),
        ("12:01 a.m.", "2026-03-04 00:01:00"),
        ("2026-03-09 14:05", "2026-03-09 14:05:00"),
        ("9 March 2026, 14:05", "2026-03-09 14:05:00"),
        ("Mar 9, 2026 2:05 pm", "2026-03-09 14:05:00"),
        ("09.03.2026 14:05", "2026-03-09 14:05:00"),
        ("2026-03-09T14:05:30.25+01:00", "2026-03-09 13:05:30"),
        ("14:05 UTC", "2026-03-04 14:05:00"),
        ("14:05Z", "2026-03-04 14:05:00"),
        ("14:05 UTC+2", "2026-03-04 12:05:00"),
        ("09:05 America/New_York", "2026-03-04 14:05:00"),
        ("09:05 america/new_york", "2026-03-04 14:05:00"),
        ("9:05 am America/New_York", "2026-03-04 14:05:00"),
        ("09:05 EST", "2026-03-04 14:05:00"),
        ("15:05 (CET)", "2026-03-04 14:05:00"),
    ],
)
def test_a_time_is_understood_as_people_write_it(typed, instant):
    assert at(typed) == instant


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("tomorrow", "such as 14:05"),
        ("14", "such as 14:05"),
        ("25:05", "no such time"),
        ("13:05 pm", "no time of a day"),
        ("2026-02-30 14:05", "no such date"),
        ("31 Foo 2026 14:05", "no such date"),
        ("1969-07-20 20:17", "between 1970 and 2099"),
        ("9999-12-31 23:59", "between 1970 and 2099"),
        ("14:05 IST", "Asia/Kolkata, Asia/Jerusalem or Europe/Dublin"),
        ("14:05 CST", "America/Chicago, Asia/Shanghai or America/Havana"),
        ("14:05 Mars/Base", "not a time zone"),
        ("14:05 +19:00", "nowhere"),
        ("1" * 5_000_000, "such as 14:05"),
    ],
)
def test_what_is_no_time_is_refused_in_one_sentence(typed, said):
    with pytest.raises(ValueError, match=said) as refused:
        moments.moment_of(typed, "UTC", DAY)
    assert len(str(refused.value)) < 200


def test_a_time_without_a_day_asks_for_it_where_no_day_is_near():
    with pytest.raises(ValueError, match="Which day"):
        moments.moment_of("14:05", "UTC")


def asked(typed, zone, day=DAY):
    with pytest.raises(moments.Unclear) as unclear:
        moments.moment_of(typed, zone, day)
    return str(unclear.value), [(label, at(meant, "UTC")) for label, meant in unclear.value.choices]


def test_a_time_that_clocks_skipped_is_asked_about():
    sentence, choices = asked("2026-03-29 02:30", PARIS)

    assert sentence == "Clocks in Europe/Paris skipped 2026-03-29 02:30. Which did you mean?"
    assert choices == [
        ("01:30 in Europe/Paris (+01:00), which is 00:30 UTC", "2026-03-29 00:30:00"),
        ("03:30 in Europe/Paris (+02:00), which is 01:30 UTC", "2026-03-29 01:30:00"),
    ]


def test_a_time_that_clocks_showed_twice_is_asked_about():
    sentence, choices = asked("02:30", PARIS, date(2026, 10, 25))

    assert sentence == "Clocks in Europe/Paris showed twice 2026-10-25 02:30. The first or the second?"
    assert [instant for _, instant in choices] == ["2026-10-25 00:30:00", "2026-10-25 01:30:00"]


def test_a_short_name_of_winter_in_summer_is_asked_about():
    sentence, choices = asked("2026-07-04 09:05 EST", "UTC")

    assert "EST was not in force in America/New_York" in sentence
    assert [instant for _, instant in choices] == ["2026-07-04 14:05:00", "2026-07-04 13:05:00"]


def test_another_zone_is_shown_beside_the_one_of_the_document():
    moment = moments.moment_of("09:05 America/New_York", "UTC", DAY)

    assert moments.converted("09:05 America/New_York", moment, "UTC") == "09:05 America/New_York = 14:05 UTC"
    assert moments.converted("09:05", moments.moment_of("09:05", "UTC", DAY), "UTC") == ""


days = st.dates(date(1970, 1, 2), date(2099, 12, 30))
clocks = st.times().map(lambda clock: clock.replace(microsecond=0))


@given(st.sampled_from(ZONES), days, clocks)
def test_every_instant_survives_being_shown_and_typed_again(zone, day, clock):
    instant = datetime.combine(day, clock, UTC)

    assert moments.moment_of(moments.typed_of(instant, zone), zone).at == instant


@given(st.sampled_from(ZONES), days, clocks)
def test_one_reading_is_taken_and_two_are_asked_about(zone, day, clock):
    found, typed = times.instants_at(day, clock, zone), f"{day} {clock}"
    if len(found) == 1:
        assert moments.moment_of(typed, zone).at == found[0]
    else:
        assert len(asked(typed, zone)[1]) == 2


@given(st.sampled_from([PARIS, NEW_YORK, "Australia/Lord_Howe"]), st.integers(1971, 2036), st.integers(0, 47))
def test_nothing_is_guessed_on_a_day_when_clocks_change(zone, year, half_hours):
    noons = (datetime(year, 1, 1, 12, tzinfo=UTC) + timedelta(days=n) for n in range(364))
    changes = [
        one for one in noons if times.local(one, zone).utcoffset() != times.local(one - timedelta(1), zone).utcoffset()
    ]
    assume(changes)
    day = times.local(changes[0], zone).date()
    clock = time(half_hours // 2, 30 * (half_hours % 2))
    if len(times.instants_at(day, clock, zone)) == 1:
        assert moments.moment_of(f"{day} {clock}", zone).at
    else:
        assert asked(f"{day} {clock}", zone)


@given(st.text(max_size=90))
def test_any_text_is_an_instant_or_a_sentence(typed):
    try:
        said = str(moments.moment_of(typed, PARIS, DAY).at)
    except ValueError as refused:
        said = str(refused)
    assert said.endswith((".", "?", "+00:00"))
