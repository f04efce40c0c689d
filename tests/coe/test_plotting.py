"""CSV as a chart: what is understood, what is refused with its line, and that what is drawn can be read."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coe import plotting
from coe.lettering import width_of
from coe.plotting import LABEL_SIZE, draw
from coe.tabulating import Series, Table, parse

PARIS = "Europe/Paris"
START = datetime(2026, 11, 16, 14, 2, tzinfo=UTC)


def test_times_without_an_offset_are_those_of_the_zone():
    table = parse("time,errors\n2026-11-16 15:02,1\n2026-11-16T15:03+00:00,2\n2026-11-16T15:04:00Z,3", PARIS)

    assert [f"{at:%H:%M}" for at in table.times] == ["14:02", "15:03", "15:04"]


@pytest.mark.parametrize("epoch", ["1794837720", "1794837720000", "1794837720.0"])
def test_seconds_and_milliseconds_since_the_epoch_are_told_apart(epoch):
    assert parse(f"time,errors\n{epoch},1", PARIS).times == (datetime(2026, 11, 16, 14, 2, tzinfo=UTC),)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_found(separator):
    text = "time,errors,calls\n2026-11-16 15:02,1,2\n2026-11-16 15:03,3,4\n".replace(",", separator)

    assert [one.values for one in parse(text, PARIS).series] == [(1, 3), (2, 4)]


def test_an_empty_cell_is_a_gap_and_a_decimal_comma_a_number():
    table = parse("time;errors\n2026-11-16 15:02;1,5\n2026-11-16 15:03;\n2026-11-16 15:04;38 %", PARIS)

    assert table.series[0].values == (1.5, None, 38)


WRONG = {
    "": "needs a header line",
    "time,errors\n": "needs a header line",
    "time\n2026-11-16 15:02": "Line 1",
    "t,a,b,c,d,e\n2026-11-16 15:02,1,2,3,4,5": "one to 4 columns",
    "1,2\n2026-11-16 15:02,1": "Line 1 holds numbers",
    "time,errors\n2026-11-16 15:02,1\nyesterday,2": "Line 3: “yesterday” is not a time",
    "time,errors\n2026-11-16 15:02,many": "Line 2: “many” is not a number",
    "time,errors\n1066-10-14,1": "Line 2: the year 1066 cannot be right",
    "time,errors\n2026-11-16 15:02,1,2": "Line 2 has 3 columns",
    "time,errors\n2026-11-16 15:02,": "no number",
    "time,errors\n2026-11-16 15:02,inf": "Line 2",
    "x" * 300_000: "at most 200 KB",
    "time,errors\n" + "1794837720,1\n" * 15_000 + "1,1\n": "Line 15002|at most",
    "time,errors\n" + "0,1\n" * 20_001: "at most 20 000 lines",
}


@pytest.mark.parametrize("text", WRONG, ids=lambda text: repr(text[:30]))
def test_what_cannot_be_drawn_is_refused_with_its_line(text):
    with pytest.raises(ValueError, match=WRONG[text]):
        parse(text, PARIS)


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=400))
def test_any_text_is_drawn_or_refused_in_words(text):
    with suppress(ValueError):
        draw(parse(f"time,errors\n{text}", PARIS), PARIS)


VALUES = st.lists(st.floats(-1e17, 1e17) | st.none(), min_size=1, max_size=60).filter(
    lambda values: any(value is not None for value in values)
)


@settings(deadline=None, max_examples=120)
@given(VALUES, st.integers(1, 1_000_000), st.lists(st.integers(0, 60), max_size=7))
def test_everything_lies_within_the_picture_and_labels_do_not_meet(values, seconds, anchors):
    times = tuple(START + timedelta(seconds=seconds * place) for place in range(len(values)))
    table = Table(times, (Series("errors", tuple(values)),))
    marks = [(START + timedelta(seconds=seconds * place), f"anchor {place}", "") for place in anchors]

    chart = draw(table, PARIS, marks)

    for line in chart.lines:
        for x, y in plotting_points(line):
            assert chart.left - 0.2 <= x <= chart.right + 0.2
            assert chart.top - 0.2 <= y <= chart.bottom + 0.2
    assert all(chart.left - 0.2 <= tick.place <= chart.right + 0.2 for tick in chart.across)
    assert len(chart.across) <= 10
    assert 2 <= len(chart.up) <= 8
    assert not has_overlaps(chart.marks)


def has_overlaps(marks):
    """Whether any two labels touch, as they would be read."""
    wide = {mark: width_of(mark.label, LABEL_SIZE) for mark in marks if mark.label}
    spans = sorted((mark.label_y, mark.label_x - (size if mark.is_end else 0), size) for mark, size in wide.items())
    return any(a[0] == b[0] and a[1] + a[2] > b[1] + 0.2 for a, b in pairwise(spans))


def plotting_points(line):
    pairs = [pair.split() for run in line.path.split("M") if run for pair in run.split("L")]
    return [*((float(x), float(y)) for x, y in pairs), *line.dots]


def test_a_peak_survives_being_thinned_out():
    values = [1.0] * 9_999 + [500.0] + [1.0] * 10_000
    times = tuple(START + timedelta(seconds=place) for place in range(20_000))

    chart = draw(Table(times, (Series("errors", tuple(values)),)), PARIS)

    points = plotting_points(chart.lines[0])
    assert len(points) <= plotting.MOST_POINTS + 8
    assert min(y for _, y in points) == pytest.approx(89.3)  # 500 of 600


def test_anchors_outside_of_the_time_drawn_are_left_out():
    table = parse("time,errors\n2026-11-16 15:00,1\n2026-11-16 16:00,2", PARIS)

    chart = draw(table, PARIS, [(START, "detected", ""), (START + timedelta(days=1), "resolved", "")])

    assert [mark.label for mark in chart.marks] == ["detected"]


@pytest.mark.parametrize("day", ["2026-10-25", "2026-03-29"])
def test_ticks_are_round_on_the_wall_clock_on_days_when_it_changes(day):
    table = parse(f"time,errors\n{day}T00:00,1\n{day}T12:00,2", PARIS)

    labels = [tick.label.split()[-1] for tick in draw(table, PARIS).across]

    assert all(label.endswith(":00") for label in labels)
