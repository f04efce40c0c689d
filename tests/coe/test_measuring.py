"""Times between anchors and the questions of gaps; the lines of pasted chats and tables."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coe import measuring, pasting

DAY = date(2026, 11, 16)
instants = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1)).map(lambda at: at.replace(tzinfo=UTC))


def at(hour, minute=0, second=0):
    return datetime(2026, 11, 16, hour, minute, second, tzinfo=UTC)


def test_every_measure_has_its_span_or_says_what_it_needs():
    found = {one.short: one for one in measuring.measures({"impact_started": at(14), "mitigated": at(14, 27)})}

    assert found["TTM"].spoken == "27 minutes"
    assert found["TTD"].problem == "needs “detected”"
    assert found["TTE"].problem == "needs “detected” and “engaged”"


def test_anchors_the_wrong_way_round_are_said_not_hidden():
    (ttd, *_) = measuring.measures({"impact_started": at(14, 5), "detected": at(14)})

    assert (ttd.span, ttd.problem) == (None, "“detected” stands before “impact started”")


def test_a_long_silence_within_the_impact_is_a_question():
    times = [at(9), at(12), at(12, 10), at(12, 30), at(15, 3), at(15, 10)]

    found = measuring.gaps(times, started=at(12), ended=at(15, 10))

    assert [(gap.start, gap.end) for gap in found] == [(at(12, 30), at(15, 3))]


def test_in_a_long_incident_a_quarter_of_an_hour_is_no_gap():
    assert measuring.gaps([at(0), at(0, 16), at(12)], at(0), at(12))[0].start == at(0, 16)
    assert measuring.gaps([at(0), at(0, 16), at(0, 20)])[0].start == at(0)


@given(st.lists(instants, max_size=40))
def test_gaps_follow_each_other_and_are_longer_than_any_other_silence(times):
    found = measuring.gaps(times)

    assert all(gap.end - gap.start >= measuring.SHORTEST_LONG for gap in found)
    assert [gap.start for gap in found] == sorted(gap.start for gap in found)
    assert all(times[gap.before] == gap.start and times[gap.after] == gap.end for gap in found)


@pytest.mark.parametrize(
    ("paste", "expected"),
    [
        ("[14:05] dana: rolled back", [(at(14, 5), "dana", "rolled back")]),
        ("14:05 rolled back", [(at(14, 5), "", "rolled back")]),
        ("2026-11-15 14:05:30 UTC rolled back", [(at(14, 5, 30) - timedelta(days=1), "", "rolled back")]),
        ("Dana Petrov  2:05 PM\nrolled back\nto 1.41", [(at(14, 5), "Dana Petrov", "rolled back to 1.41")]),
        ("14:05:30 From Dana to Everyone: rolled back", [(at(14, 5, 30), "Dana", "rolled back")]),
        ("[14:05] <dana> rolled back", [(at(14, 5), "dana", "rolled back")]),
        ("time,event,anchor\n14:05,rolled back,Mitigated", [(at(14, 5), "", "rolled back")]),
        ("Time (UTC)\tWhat\n2026-11-16T14:05:00+01:00\trolled back", [(at(13, 5), "", "rolled back")]),
        ("23:59 a\n00:01 b", [(at(23, 59), "", "a"), (at(0, 1) + timedelta(days=1), "", "b")]),
    ],
)
def test_chats_and_tables_are_read(paste, expected):
    found = pasting.parse(paste, DAY, "UTC")

    assert [(line.at, line.who, line.text) for line in found.lines] == expected
    assert found.left == []


def test_what_is_not_understood_is_said_line_by_line():
    found = pasting.parse("Incident channel\n14:05 rolled back\n25:99 nonsense", DAY, "UTC")

    assert found.left == [(1, "Incident channel")]
    assert found.lines[0].text == "rolled back 25:99 nonsense"


def test_clocks_are_those_of_the_zone_in_summer_too():
    (winter,) = pasting.parse("14:05 x", date(2026, 1, 5), "America/New_York").lines
    (summer,) = pasting.parse("14:05 x", date(2026, 7, 6), "America/New_York").lines

    assert (winter.at.hour, summer.at.hour) == (19, 18)


def test_ten_thousand_lines_are_read_and_more_refused_in_a_sentence():
    assert len(pasting.parse("14:05 x\n" * 9_999, DAY, "UTC").lines) == 9_999
    with pytest.raises(pasting.TooMuch, match="at most 10000"):
        pasting.parse("14:05 x\n" * 10_001, DAY, "UTC")


@given(st.text(max_size=400))
def test_no_line_is_lost(text):
    found = pasting.parse(text, DAY, "Europe/Paris")

    told = " ".join([*(f"{line.who} {line.text}" for line in found.lines), *(row for _, row in found.left)])
    letters = {one for one in "".join(text.split()) if one.isalpha()}
    assert letters - set(told) <= set("TZUTCGMTAPMampFromto")
