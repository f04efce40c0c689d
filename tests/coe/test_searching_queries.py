"""The query language: what is a word, a phrase, an exclusion, an operator, and what is none of them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coe.searching.queries import DEEPEST, LONGEST_TEXT, Period, Sort, parse, period_of, replaced


def day(year, month=1, number=1):
    return datetime(year, month, number, tzinfo=UTC)


def words(text):
    return [word.text for word in parse(text).words]


def phrases(text):
    return [[word.text for word in phrase] for phrase in parse(text).phrases]


def test_words_are_split_at_every_sign():
    assert words("payments-api: time_out, v1.2") == ["payments", "api", "time", "out", "v1", "2"]


def test_quoted_words_are_a_phrase():
    assert (words('retry "circuit breaker" storm'), phrases('"circuit breaker"')) == (
        ["retry", "storm"],
        [["circuit", "breaker"]],
    )


def test_a_minus_excludes_a_word_or_a_phrase():
    query = parse('outage -redis -"dry run"')

    assert (words("outage -redis"), query.without) == (["outage"], ("redis", "dry run"))


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("team:payments", {"team": ("payments",)}),
        ("TEAM:Payments", {"team": ("payments",)}),
        ('service:"checkout api"', {"service": ("checkout api",)}),
        ("sev:1 sev:SEV2 sev:sev-3", {"severity": ("1", "2", "3")}),
        ("year:2026", {"year": ("2026",)}),
        ("cause:detection-gap", {"cause": ("detection_gap",)}),
        ("team:a team:b team:a", {"team": ("a", "b")}),
    ],
)
def test_an_operator_chooses_in_a_facet(text, chosen):
    query = parse(text)

    assert (query.chosen, query.words, query.notes) == (chosen, (), ())


def test_a_minus_turns_an_operator_round():
    query = parse("-team:payments -is:restricted -published:2026")

    assert (query.refused, query.refused_flags) == ({"team": ("payments",)}, ("restricted",))
    assert query.refused_periods == (Period(day(2026), day(2027)),)


def test_flags_are_known_by_name():
    assert parse("is:restricted has:open-actions is:change-triggered").flags == (
        "restricted",
        "open-actions",
        "change-triggered",
    )


@pytest.mark.parametrize("text", ["sev:9", "year:26", "cause:bad-luck", "is:nice", "has:fleas", "published:soon"])
def test_a_value_that_makes_no_sense_is_searched_for_and_said(text):
    query = parse(text)

    assert [word.text for word in query.words][:1] == [text.partition(":")[0]]
    assert query.notes == (f"“{text}” is not a filter and was searched for as words.",)


@pytest.mark.parametrize("text", ["error:timeout", "http://example.com/x", "a:b:c", "team:", ":", "12:30"])
def test_a_colon_alone_makes_no_operator(text):
    query = parse(text)

    assert (query.chosen, query.notes) == ({}, ())


@pytest.mark.parametrize(
    ("value", "period"),
    [
        ("2026", Period(day(2026), day(2027))),
        ("2026-02", Period(day(2026, 2), day(2026, 3))),
        ("2026-12", Period(day(2026, 12), day(2027))),
        ("2024-02-29", Period(day(2024, 2, 29), day(2024, 3, 1))),
        ("2026-01..2026-06", Period(day(2026), day(2026, 7))),
        ("2025..2026-03-04", Period(day(2025), day(2026, 3, 5))),
        ("2026-01..", Period(day(2026), None)),
        ("..2026-01", Period(None, day(2026, 2))),
    ],
)
def test_a_period_includes_its_last_day(value, period):
    assert period_of(value) == period


@pytest.mark.parametrize(
    "value", ["", "..", "26", "2026-13", "2026-02-30", "9999", "2027..2026", "2026...2027", "0000"]
)
def test_what_is_no_period_is_none(value):
    assert period_of(value) is None


def test_chosen_filters_join_typed_operators():
    query = parse("outage team:a", filters={"team": ["b"], "severity": ["2"], "nonsense": ["x"]})

    assert query.chosen == {"team": ("a", "b"), "severity": ("2",)}
    assert query.notes == ("“nonsense: x” is not a filter and was ignored.",)


def test_a_number_of_a_coe_is_noticed():
    assert parse("coe-12").numbers == (12,)
    assert parse("XCOE-12 COE-0").numbers == ()


def test_paging_is_clamped():
    query = parse("x", offset=-5, limit=10**9, sort="sideways")

    assert (query.offset, query.limit, query.sort) == (0, DEEPEST, Sort.RELEVANCE)


def test_a_novel_is_cut_and_that_is_said():
    query = parse("word " * 10_000)

    assert (len(query.text), len(query.notes)) == (LONGEST_TEXT, 1)


def test_corrections_keep_everything_else_as_typed():
    query = parse('team:a  "circut braker"  outge -x')
    places = {word.text: word.start for word in query.all_words}

    text = replaced(query, {places["circut"]: "circuit", places["outge"]: "outage"})

    assert text == 'team:a  "circuit braker"  outage -x'


@given(st.text())
def test_nothing_typed_is_an_error(text):
    query = parse(text)

    assert all(query.text[word.start : word.end] == word.text for word in query.all_words)
    assert "\x00" not in query.text


@given(st.text(alphabet='ab:-". 1team', max_size=40))
def test_nothing_made_of_operators_is_an_error(text):
    query = parse(text)

    assert all(query.text[word.start : word.end] == word.text for word in query.all_words)
