"""What people copy out of chats, logs and tables: who spoke is no text, and every line stands at its time."""

from datetime import date

import pytest

from coe import pasting

DAY = date(2026, 11, 16)
SLACK = """Dana Reyes
  10:02 AM
declines at 38 %
10:04
https://grafana.example.com/d/payments
Alertmanager
APP  10:05 AM
[FIRING:1] HighErrorRate
Sam Ode:palm_tree:  10:09 AM
rolling back
Tuesday, November 17th
Dana Reyes
  3:15 PM
pool raised for good
3:20
closing"""
TEAMS = """[11/16/2026 2:05 PM] Dana Reyes
pool exhausted
[11/16/2026 2:07 PM] Sam Ode
rolling back to 1.42
error rate falls
[2:12 PM] Dana Reyes
errors gone"""
IRC = """--- Log opened Mon Nov 16 13:55:02 2026
14:05 <@dana> pool exhausted
14:07 < sam> rolling back
14:08 -!- kim has joined #payments
--- Day changed Tue Nov 17 2026
00:05 <@dana> quiet since"""
WEECHAT = "2026-11-16 14:05:33\t@dana\tpool exhausted\n2026-11-16 14:06:01\tsam\trolling back"
ZULIP = """Dana Reyes
2:05 PM
pool exhausted
who has the runbook?
Sam Ode
2:09 PM
rolling back"""
WHATSAPP = "[16.11.26, 23:58:33] Dana: pool exhausted\n[17.11.26, 00:07:01] Sam: rolling back"
CSV = 'time,who,event\n2026-11-16T14:05:00Z,dana,"pool exhausted, again"\n14:07,sam,rolling back'


def told(paste):
    return [(f"{line.at:%d %H:%M}", line.who, line.text) for line in pasting.parse(paste, DAY, "UTC").lines]


@pytest.mark.parametrize(
    ("paste", "lines"),
    [
        (
            SLACK,
            [
                ("16 10:02", "Dana Reyes", "declines at 38 %"),
                ("16 10:04", "", "https://grafana.example.com/d/payments"),
                ("16 10:05", "Alertmanager", "[FIRING:1] HighErrorRate"),
                ("16 10:09", "Sam Ode", "rolling back"),
                ("17 15:15", "Dana Reyes", "pool raised for good"),
                ("17 15:20", "", "closing"),
            ],
        ),
        (
            TEAMS,
            [
                ("16 14:05", "Dana Reyes", "pool exhausted"),
                ("16 14:07", "Sam Ode", "rolling back to 1.42 error rate falls"),
                ("16 14:12", "Dana Reyes", "errors gone"),
            ],
        ),
        (
            IRC,
            [
                ("16 14:05", "@dana", "pool exhausted"),
                ("16 14:07", "sam", "rolling back"),
                ("16 14:08", "", "-!- kim has joined #payments"),
                ("17 00:05", "@dana", "quiet since"),
            ],
        ),
        (WEECHAT, [("16 14:05", "@dana", "pool exhausted"), ("16 14:06", "sam", "rolling back")]),
        (
            ZULIP,
            [
                ("16 14:05", "Dana Reyes", "pool exhausted who has the runbook?"),
                ("16 14:09", "Sam Ode", "rolling back"),
            ],
        ),
        (WHATSAPP, [("16 23:58", "Dana", "pool exhausted"), ("17 00:07", "Sam", "rolling back")]),
        (CSV, [("16 14:05", "dana", "pool exhausted, again"), ("16 14:07", "sam", "rolling back")]),
    ],
    ids=["Slack", "Teams", "irssi", "WeeChat", "Zulip", "WhatsApp", "CSV"],
)
def test_what_is_copied_is_read_with_its_times_and_without_asking(paste, lines):
    assert told(paste) == lines
    assert not any(line.question for line in pasting.parse(paste, DAY, "UTC").lines)


def test_a_message_above_a_time_of_its_own_is_text_and_no_name():
    paste = "Dana Reyes\n  10:02 AM\nrollback\n10:04\ndone"

    assert told(paste) == [("16 10:02", "Dana Reyes", "rollback"), ("16 10:04", "", "done")]


@pytest.mark.parametrize(
    ("row", "day"),
    [
        ("Tuesday, November 17th", 17),
        ("17 November", 17),
        ("--- Day changed Tue Nov 17 2026", 17),
        ("----- 2026-11-17 -----", 17),
    ],
)
def test_a_line_that_names_a_day_begins_it(row, day):
    assert [at for at, _, _ in told(f"14:05 a\n{row}\n09:00 b")] == ["16 14:05", f"{day} 09:00"]


def test_a_day_without_year_is_the_nearest_one():
    (line,) = pasting.parse("December 31st\n23:58 a", date(2026, 1, 1), "UTC").lines

    assert line.at.year == 2025


def test_today_and_other_frames_of_a_chat_are_left_not_told():
    found = pasting.parse("14:05 a\nToday\n14:07 b", DAY, "UTC")

    assert [line.text for line in found.lines] == ["a", "b"]
    assert found.left == [(2, "Today")]
