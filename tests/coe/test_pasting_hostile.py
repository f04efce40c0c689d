"""Pastes that are made to cost, or to break what reads them: each is read at once, and nothing of it is dropped."""

import time
from datetime import date

import pytest

from coe import pasting
from tests import make
from tests.coe.writers import drafted

DAY = date(2026, 11, 16)
MANY = 100_000
# What regular expressions try again and again: blanks that may be of either of two parts, names that may end anywhere.
LINES = {
    "a receiver that never ends": "14:05 From Dana to" + " " * MANY + "x",
    "a sender that never ends": "14:05 From" + " " * MANY + "Dana",
    "a name far from its time": "Dana" + " " * MANY + "x",
    "smileys after a name": "Dana" + ":tada:" * MANY + "x",
    "a rule with words": "- " * MANY + "x",
    "a weekday far from its day": "Tuesday, November" + " " * MANY + "x",
    "a cell that never ends": 'time,text\n14:05,"' + "a" * 2 * MANY,
}


def read(text):
    began = time.process_time()
    return pasting.parse(text, DAY, "UTC"), time.process_time() - began


@pytest.mark.parametrize("name", LINES)
def test_a_hostile_line_is_left_within_a_second(name):
    found, seconds = read(LINES[name])

    assert len(found.lines) + len(found.left) >= 1
    assert seconds < 1


def test_many_hostile_lines_are_read_within_a_second():
    line = "14:05 From Dana to" + " " * 1400 + "x\n"

    found, seconds = read(line * (200_000 // len(line)))

    assert len(found.lines) + len(found.left) == 200_000 // len(line)
    assert seconds < 2


def test_a_table_whose_quote_never_ends_is_read_as_lines():
    found, _ = read('time,text\n14:05,declines\n14:06,"' + "a" * 200_000)

    assert [row for row, _ in found.left] == [1, 2, 3]


@pytest.mark.django_db
@pytest.mark.parametrize("day", ["0001-01-01", "1969-12-31", "2100-01-01", "9999-12-31"])
def test_a_day_that_cannot_be_right_is_refused_in_words(client, day):
    client.force_login(make.alice())
    url = f"/coes/{drafted().pk}/edit/timeline/paste/"

    answer = client.post(url, {"text": "14:05 declines", "day": day, "zone": "Europe/Berlin"})

    assert answer.status_code == 422
    assert "between 1970 and 2099" in answer.content.decode()
