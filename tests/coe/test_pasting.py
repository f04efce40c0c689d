"""A paste into the timeline: times that mean two are asked about, and what cannot be added stays on the screen."""

from datetime import UTC, date, datetime, timedelta

import pytest

from coe import pasting
from coe.editing.timeline import MOST_EVENTS
from coe.models import TimelineEvent
from tests import make
from tests.coe.writers import drafted
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
TWICE = "[02:10] dana: before\n[02:30] dana: pool raised"
DAY = date(2026, 10, 25)


@pytest.fixture
def coe():
    return drafted()


@pytest.fixture
def window(client):
    client.force_login(make.alice())
    return client


def paste(window, coe, text, **more):
    given = {"text": text, "day": "2026-10-25", "zone": "Europe/Paris", **more}
    return window.post(f"/coes/{coe.pk}/edit/timeline/paste/", given)


def test_a_time_that_clocks_showed_twice_is_marked_and_must_be_answered(window, coe):
    shown = paste(window, coe, TWICE).content.decode()
    assert "2 of them can be read in more than one way" in shown
    assert 'name="meant_2" value="2026-10-25 02:30 +01:00"' in shown

    refused = paste(window, coe, TWICE, do="add", take=["1", "2"], meant_1="2026-10-25 02:10 +01:00")

    assert refused.status_code == 422
    assert "leave out: line 2" in refused.content.decode()
    assert not coe.timeline.filter(source="pasted").exists()


def test_what_was_answered_is_added_at_the_instant_that_was_chosen(window, coe):
    paste(window, coe, TWICE, do="add", take=["2"], meant_2="2026-10-25 02:30 +01:00")

    (line,) = coe.timeline.filter(source="pasted")
    assert line.at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_an_answer_that_was_not_offered_is_none():
    (line,) = pasting.parse("02:30 x", DAY, "Europe/Paris", {1: "1999-01-01 00:00"}).lines

    assert line.question


def test_a_short_name_of_several_zones_is_asked_about():
    (line,) = pasting.parse("14:05 IST pool raised", DAY, "UTC").lines

    assert [label.split(",")[0] for label, _ in line.choices] == [
        "IST of Asia/Kolkata",
        "IST of Asia/Jerusalem",
        "IST of Europe/Dublin",
    ]


@pytest.mark.parametrize(
    ("row", "text", "hour"),
    [
        ("2026-10-24 14:05 Amended the rule", "Amended the rule", 14),
        ("2026-10-24 14:05 Zoom call begins", "Zoom call begins", 14),
        ("14:05 UTC pool raised", "pool raised", 14),
        ("14:05 CEST pool raised", "pool raised", 12),
        ("14:05 Asia/Kolkata pool raised", "pool raised", 8),
        ("14:05 Graphs/alerts looked at", "Graphs/alerts looked at", 14),
    ],
)
def test_a_zone_beside_the_time_is_read_and_no_word_is_taken_for_one(row, text, hour):
    (line,) = pasting.parse(row, date(2026, 10, 24), "UTC").lines

    assert (line.text, line.at.hour) == (text, hour)


def test_a_table_tells_both_zones():
    (line,) = pasting.parse("time,what\n2026-10-24 09:05 America/New_York,raised", DAY, "UTC").lines

    assert line.converted == "2026-10-24 09:05 America/New_York = 2026-10-24 13:05 UTC"


def test_many_lines_are_added_at_once_but_for_those_left_out(window, coe):
    rows = "\n".join(f"2026-10-24 14:{place % 60:02}:00 line {place}" for place in range(1_900))
    shown = paste(window, coe, rows)
    assert "1900 lines understood" in shown.content.decode()

    answer = paste(window, coe, rows, do="add", without="1, 3-100")

    assert answer.status_code == 303
    assert coe.timeline.filter(source="pasted").count() == 1_900 - 99


def test_ten_thousand_lines_are_added_beside_what_was_drafted(window, coe):
    drafted_lines = coe.timeline.count()

    rows = "\n".join(f"{place // 600:02}:{place // 10 % 60:02} line {place}" for place in range(9_999))
    answer = paste(window, coe, rows, day="2026-10-24", do="add")

    assert answer.status_code == 303
    assert coe.timeline.count() == drafted_lines + 9_999
    assert "line 9998" in window.get(f"/coes/{coe.pk}/").content.decode()


def test_more_lines_than_are_read_at_once_stay_in_the_field(window, coe):
    answer = paste(window, coe, "14:05 kept word\n" * 10_001, do="add")

    assert answer.status_code == 422
    assert "at most 10000 are read at once" in answer.content.decode()
    assert answer.content.decode().count("kept word") == 10_001
    assert not coe.timeline.filter(source="pasted").exists()


def test_a_timeline_that_would_be_too_long_keeps_the_paste_on_the_screen(window, coe):
    TimelineEvent.objects.bulk_create(
        TimelineEvent(coe=coe, at=MONDAY, text="x") for _ in range(MOST_EVENTS - 1 - coe.timeline.count())
    )

    answer = paste(window, coe, "14:05 kept word\n14:06 other", do="add", take=["1", "2"])

    assert answer.status_code == 422
    assert f"at most {MOST_EVENTS} lines" in answer.content.decode()
    assert "kept word" in answer.content.decode()


def test_five_megabytes_are_refused_and_stay_in_the_field(window, coe):
    text = "14:05 kept word\n" * 327_680

    answer = paste(window, coe, text)

    assert answer.status_code == 422
    assert "at most 2000000" in answer.content.decode()
    assert answer.content.decode().count("kept word") == 327_680


def test_numbers_of_lines_that_are_none_are_said(window, coe):
    answer = paste(window, coe, "14:05 x", do="add", without="all")

    assert answer.status_code == 422
    assert "“all” is no number of a line" in answer.content.decode()


def test_times_before_1970_are_reported_not_added():
    found = pasting.parse("time,what\n1962-07-22 09:21,Mariner 1 leaves its course", DAY, "UTC")

    assert not found.lines
    assert found.left == [(2, "1962-07-22 09:21 | Mariner 1 leaves its course")]


def test_a_paste_of_every_day_is_quick():
    begun = datetime.now(UTC)
    pasting.parse("14:05 dana: x\n" * 9_999, DAY, "Europe/Paris")

    assert datetime.now(UTC) - begun < timedelta(seconds=10)
