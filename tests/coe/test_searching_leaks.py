"""Invariant 7: nothing restricted is in a hit, count, facet, suggestion, highlight or correction of a stranger."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from coe.searching import Reader, parse
from coe.searching.finding import find, suggest
from coe.searching.generations import Generation
from coe.searching.position import Position
from tests.coe.indexes import document, ids, search, searcher_of

# Words one edit apart on purpose: each may be a correction of another.
WORDS = ["falcon", "falcom", "balcon", "merger", "merges", "outage", "outages", "database", "databse", "payroll", "the"]
TEAMS = ["payments", "people"]
READERS = [("all",), ("u1",), ("u2",), ("t7",), ("u1", "u2")]
READER = Reader(1, managed_teams=(3,))

words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join)
documents = st.lists(
    st.builds(
        lambda title, body, team, severity, readers, action: {
            "title": title,
            "body": body,
            "team": team,
            "severity": severity,
            "readers": readers,
            "has_open_actions": action,
        },
        words,
        words,
        st.sampled_from(TEAMS),
        st.integers(1, 5),
        st.sampled_from(READERS),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)
operators = st.sampled_from(["", " -outage", " team:people", " is:restricted", " has:open-actions", ' "merger outage"'])


def answers(searcher, text, prefix):
    """Everything a reader is told, without times, and without the order, which depends on frequencies."""
    results = find(searcher, parse(text, limit=50), READER)
    marks = {(hit.coe_id, hit.title_html, re.sub("</?mark>", "", hit.snippet_html)) for hit in results.hits}
    suggested = {(one.text, one.coe_id) for one in suggest(searcher, prefix, READER)}
    return marks, results.total, results.facets, results.did_you_mean, suggested


@settings(max_examples=60, deadline=None)
@given(documents, words, operators, st.sampled_from(WORDS))
def test_a_reader_is_told_the_same_as_if_what_is_not_theirs_did_not_exist(facts, text, operator, word):
    everything = [document(number, **fact) for number, fact in enumerate(facts, start=1)]
    readable = [one for one in everything if {"all", "u1", "t3"} & set(one.readers)]

    with searcher_of(*everything) as whole, searcher_of(*readable) as part:
        assert answers(whole, text + operator, word[:3]) == answers(part, text + operator, word[:3])


def test_a_restricted_word_is_no_correction_for_a_stranger():
    secret = document(1, "Project falcon", readers=("u2",))
    plain = document(2, "An outage")

    assert search([secret, plain], "falcom", Reader(1)).did_you_mean == ""
    assert search([secret, plain], "falcom", Reader(2)).did_you_mean == "falcon"


def test_a_restricted_word_does_not_keep_a_strangers_word_from_being_corrected():
    secret = document(1, "Project falcon", readers=("u2",))
    plain = document(2, "The falcom vendor")

    assert search([secret, plain], "falcon", Reader(1)).did_you_mean == "falcom"
    assert search([secret, plain], "falcon", Reader(2)).did_you_mean == ""


def test_a_word_of_a_document_that_became_restricted_is_forgotten(tmp_path):
    generation = Generation.create(tmp_path / "index")
    generation.write([document(1, "Project falcon"), document(2, "The falcom vendor")], [], Position())
    generation.write([document(1, "Project falcon", readers=("u2",))], [], Position())

    results = find(generation.searcher(), parse("falcon"), Reader(1))

    assert (ids(results), results.did_you_mean) == ([2], "falcom")


def test_what_may_have_changed_is_told_to_nobody():
    changed, plain = document(1, "Project falcon", team="people"), document(2, "The falcom vendor")
    reader = Reader(9, is_administrator=True, hidden=frozenset({1}))

    results = search([changed, plain], "falcon", reader)

    assert (ids(results), results.total, results.did_you_mean, results.facets["team"]) == ([2], 1, "falcom", [])


def test_the_filter_for_restricted_coes_shows_a_stranger_none():
    secret = document(1, "Project falcon", readers=("u2",), team="people")

    for text in ("is:restricted", "falcon", "", "-outage", "team:people", "COE-1", '"project falcon"'):
        results = search([secret], text, Reader(1))
        assert (results.total, ids(results)) == (0, [])
        assert not any(count for values in results.facets.values() for _, count in values)


def test_an_administrator_finds_everything_and_nobody_nothing():
    secret, plain = document(1, "Project falcon", readers=()), document(2, "falcon")

    assert sorted(ids(search([secret, plain], "falcon", Reader(9, is_administrator=True)))) == [1, 2]
    assert ids(search([secret, plain], "falcon", Reader(None))) == []


def test_the_note_of_the_position_is_no_document():
    results = search([document(1, "one")], "", Reader(9, is_administrator=True))

    assert (ids(results), results.total) == ([1], 1)
