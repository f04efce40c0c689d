"""A clock without a date that goes back: past midnight is plain, all else is asked about, once."""

from datetime import date

import pytest

from coe import pasting
from coe.models import TimelineEvent
from tests import make
from tests.coe.writers import drafted

DAY = date(2026, 11, 16)
PASTE = "10:09 declines\n3:15 pool raised\n3:20 closing\n5:00 over"
AFTERNOON, TOMORROW, STAYS = "2026-11-16 15:15:00 UTC", "2026-11-17 03:15:00 UTC", "2026-11-16 03:15:00 UTC"


def read(paste, meant=None, zone="UTC"):
    return pasting.parse(paste, DAY, zone, meant).lines


def times(paste, meant=None):
    return [f"{line.at:%d %H:%M}" for line in read(paste, meant)]


def asked(paste, meant=None):
    return [line.row for line in read(paste, meant) if line.is_open]


def test_a_clock_that_goes_back_is_asked_about_once():
    lines = read(PASTE)

    assert asked(PASTE) == [2]
    assert [typed for _, typed in lines[1].choices] == [AFTERNOON, TOMORROW, STAYS]
    assert [line.follows for line in lines] == [0, 0, 2, 2]


@pytest.mark.parametrize(
    ("meant", "expected"),
    [
        (AFTERNOON, ["16 10:09", "16 15:15", "16 15:20", "16 17:00"]),
        (TOMORROW, ["16 10:09", "17 03:15", "17 03:20", "17 05:00"]),
        (STAYS, ["16 10:09", "16 03:15", "16 03:20", "16 05:00"]),
    ],
)
def test_the_lines_below_follow_the_answer(meant, expected):
    assert times(PASTE, {2: meant}) == expected
    assert asked(PASTE, {2: meant}) == []
    assert not any(line.follows for line in read(PASTE, {2: meant}))


def test_a_clock_of_24_hours_has_no_other_afternoon():
    (_, line) = read("14:05 a\n10:00 b")

    assert [label.split(", ")[1].split(",")[0] for label, _ in line.choices] == ["the next day", "as it stands"]


def test_past_midnight_is_the_next_day_without_a_question():
    assert times("23:58 a\n00:03 b\n00:10 c") == ["16 23:58", "17 00:03", "17 00:10"]
    assert asked("23:58 a\n00:03 b\n00:10 c") == []


def test_people_who_write_at_once_are_no_question():
    assert asked("14:05 a\n14:03 b\n14:06 c") == []


def test_a_half_of_the_day_is_that_of_the_line_above():
    assert times("11:58 AM a\n12:03 b\n12:10 c") == ["16 11:58", "16 12:03", "16 12:10"]
    assert times("3:14 PM a\n3:15 b") == ["16 15:14", "16 15:15"]
    assert times("11:58 PM a\n12:03 b") == ["16 23:58", "17 00:03"]


def test_a_paste_with_the_newest_line_first_is_asked_about_once_and_goes_back_over_midnight():
    paste = "15:20 d\n14:05 c\n11:00 b\n00:10 a\n23:50 z"

    assert asked(paste) == [2]
    assert times(paste, {2: "2026-11-16 14:05:00 UTC"}) == ["16 15:20", "16 14:05", "16 11:00", "16 00:10", "15 23:50"]


def test_a_table_of_clocks_is_asked_about_too():
    assert asked("time,what\n10:09,declines\n3:15,pool raised") == [3]


def test_a_date_that_can_be_read_in_two_ways_is_asked_about_once():
    paste = "11/12/2026, 14:05 - Dana: a\n12/12/2026, 14:07 - Dana: b"

    assert asked(paste) == [1]
    assert times(paste, {1: "2026-11-12 14:05:00 UTC"})[0] == "12 14:05"
    assert f"{read(paste, {1: '2026-11-12 14:05:00 UTC'})[1].at:%m}" == "12"


def test_a_date_that_can_be_read_in_one_way_tells_how_the_others_are_read():
    assert asked("11/12/2026, 14:05 - Dana: a\n13/12/2026, 14:07 - Dana: b") == []


def test_the_next_day_is_that_of_the_clocks():
    (_, line) = pasting.parse("14:05 a\n10:00 b", date(2026, 10, 24), "Europe/Paris").lines

    assert [typed for _, typed in line.choices] == ["2026-10-25 09:00:00 UTC", "2026-10-24 08:00:00 UTC"]


@pytest.fixture
def coe(db):
    return drafted()


def paste(client, coe, **more):
    given = {"text": PASTE, "day": "2026-11-16", "zone": "UTC", **more}
    return client.post(f"/coes/{coe.pk}/edit/timeline/paste/", given)


@pytest.fixture
def window(client, coe):
    client.force_login(make.alice())
    return client


def test_nothing_is_added_while_the_line_above_is_open_even_if_it_is_left_out(window, coe):
    refused = paste(window, coe, do="add", take=["3", "4"])

    assert refused.status_code == 422
    assert "leave out: line 2, with the lines that follow it" in refused.content.decode()
    assert not TimelineEvent.objects.filter(source="pasted").exists()


def test_an_answer_stays_chosen_while_something_else_is_wrong(window, coe):
    paste_twice = f"{PASTE}\n2:00 later"

    refused = paste(window, coe, text=paste_twice, do="add", take=["2", "5"], meant_2=TOMORROW)

    assert refused.status_code == 422
    assert f'value="{TOMORROW}" checked' in refused.content.decode()


def test_what_was_answered_is_added_with_the_lines_that_follow_it(window, coe):
    paste(window, coe, do="add", take=["2", "3"], meant_2=AFTERNOON)

    assert [f"{line.at:%d %H:%M}" for line in coe.timeline.filter(source="pasted")] == ["16 15:15", "16 15:20"]
