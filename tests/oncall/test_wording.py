"""How times, spans, shares and names read."""

from datetime import UTC, date, datetime, timedelta

import pytest

from oncall.templatetags import wording

NOW = datetime(2026, 11, 23, 14, 13, tzinfo=UTC)


def plain(text):
    return text.replace(wording.GAP, " ")


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(seconds=-20), "in a moment"),
        (timedelta(minutes=11, seconds=50), "11 min ago"),
        (timedelta(hours=-3), "in 3 h"),
        (timedelta(days=6, hours=23), "6 d ago"),
        (timedelta(days=7), "16 Nov"),
        (timedelta(days=400), "19 Oct 2025"),
    ],
)
def test_a_moment_reads_relative_to_now(ago, words):
    assert plain(wording.relative(NOW - ago, NOW)) == words


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (datetime(2026, 11, 23, 1, 2, tzinfo=UTC), "01:02"),
        (datetime(2026, 11, 22, 23, 59, tzinfo=UTC), "Sun 23:59"),
        (datetime(2026, 11, 29, 9, 0, tzinfo=UTC), "Sun 09:00"),
        (datetime(2026, 11, 12, 9, 0, tzinfo=UTC), "12 Nov 09:00"),
        (datetime(2025, 11, 12, 9, 0, tzinfo=UTC), "12 Nov 2025"),
    ],
)
def test_a_short_moment_says_the_least_that_is_not_ambiguous(at, words):
    assert wording.short(at, NOW) == words


def test_hovering_over_a_moment_gives_seconds_and_zone():
    assert wording.exact(NOW) == "Mon 23 Nov 2026, 14:13:00 UTC"


def test_an_unknown_style_of_time_is_an_error():
    with pytest.raises(ValueError, match="no such style"):
        wording.instant(NOW, "vague", NOW)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59, "59 s"), (1620, "27 min"), (3840, "1 h 4 min"), (7200, "2 h"), (266_400, "3 d 2 h")],
)
def test_a_span_has_at_most_two_units(seconds, words):
    assert plain(wording.duration(seconds)) == words


@pytest.mark.parametrize(
    ("days", "late", "words"),
    [
        (0, False, "due today"),
        (1, False, "due tomorrow"),
        (3, False, "due Thu"),
        (-41, True, "41 days over"),
        (-1, True, "1 day over"),
    ],
)
def test_a_due_date_reads_relative_to_today(days, late, words):
    assert plain(wording.due(days, date(2026, 11, 23) + timedelta(days=days), late)) == words


@pytest.mark.parametrize(("share", "words"), [(None, "–"), (0, "0 %"), (0.004, "<1 %"), (0.864, "86 %"), (1, "100 %")])
def test_a_likelihood_reads_as_whole_percent(share, words):
    assert plain(wording.percent(share)) == words


@pytest.mark.parametrize("share", [1e-9, 0.004, 0.005, 0.00501, 0.006, 0.994, 0.995, 0.996, 0.9999999])
def test_what_is_not_certain_never_reads_as_certain(share):
    assert plain(wording.percent(share)) not in ("0 %", "100 %")


@pytest.mark.parametrize(("share", "words"), [(0.996, ">99 %"), (0.005, "<1 %"), (0.006, "1 %"), (0.994, "99 %")])
def test_near_certainty_says_on_which_side_it_is(share, words):
    assert plain(wording.percent(share)) == words


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Alice Moreau", "AM"), ("Ana de la Cruz", "AC"), ("release-bot", "R"), ("éva@example.com", "É"), ("", "")],
)
def test_a_name_has_at_most_two_initials(name, letters):
    assert wording.initials(name) == letters
