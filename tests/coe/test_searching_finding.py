"""Finding in a real index: order, phrases, facets, corrections, highlights, suggestions."""

from datetime import timedelta

import pytest

from coe.searching.finding import suggest
from tests.coe.indexes import ANYBODY, document, ids, search, searcher_of
from tests.make import MONDAY

LIBRARY = [
    document(
        1,
        "Checkout declined cards",
        "The connection pool of the payments database was exhausted.",
        team="payments",
        severity=1,
        services=("checkout",),
        cause_kinds=("trigger",),
        has_open_actions=True,
    ),
    document(
        2,
        "Search was slow",
        "A reindex took all of the disk. The database was fine.",
        team="search",
        severity=3,
        services=("search", "index"),
        published_at=MONDAY - timedelta(days=400),
    ),
    document(
        3,
        "Cards declined again",
        "Pool exhausted: the connection limit was reverted.",
        team="payments",
        severity=2,
        services=("checkout", "ledger"),
        published_at=MONDAY - timedelta(days=30),
        is_change_triggered=True,
    ),
]


def test_any_of_the_words_is_enough_and_more_of_them_are_better():
    assert ids(search(LIBRARY, "database disk reindex")) == [2, 1]


def test_words_are_found_in_every_form_case_and_accent():
    assert ids(search(LIBRARY, "REINDEXING")) == [2]
    assert ids(search([document(1, "Café outages")], "cafe outage")) == [1]


def test_words_that_stand_together_in_the_query_are_better_together():
    apart = document(1, "a", "connection to the broker, and the pool of threads " + "filling " * 20)
    together = document(2, "b", "broker threads, and the connection pool it has " + "filling " * 20)

    assert ids(search([apart, together], "connection pool")) == [2, 1]


def test_a_phrase_must_be_there_in_this_order():
    assert ids(search(LIBRARY, '"connection pool"')) == [1]
    assert ids(search(LIBRARY, '"pool connection"')) == []
    assert ids(search(LIBRARY, '"cards declined"')) == [3]


def test_excluded_words_and_phrases_are_nowhere_in_what_is_found():
    assert ids(search(LIBRARY, "database -disk")) == [1]
    assert sorted(ids(search(LIBRARY, '-"connection pool"'))) == [2, 3]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("team:payments", [1, 3]),
        ("team:payments sev:2", [3]),
        ("sev:1 sev:3", [1, 2]),
        ("-team:payments", [2]),
        ("service:ledger", [3]),
        ("service:index service:ledger", [3, 2]),
        ("cause:trigger", [1]),
        ("has:open-actions", [1]),
        ("-has:open-actions is:change-triggered", [3]),
        ("published:2026-10", [3]),
        ("published:..2025", [2]),
        ("year:2026", [1, 3]),
        ("pool team:search", []),
    ],
)
def test_operators_narrow_down(text, found):
    assert ids(search(LIBRARY, text)) == found


def test_without_words_the_newest_come_first():
    results = search(LIBRARY, "")

    assert (ids(results), results.total) == ([1, 3, 2], 3)


def test_by_date_most_of_the_words_must_be_there():
    assert ids(search(LIBRARY, "connection limit reverted", sort="date")) == [3]
    assert ids(search(LIBRARY, "connection limit reverted")) == [3, 1]


def test_only_stop_words_find_nothing():
    assert search(LIBRARY, "the of and").total == 0


def test_the_number_of_a_coe_finds_it_first():
    assert ids(search([*LIBRARY, document(12, "Elsewhere", "nothing")], "COE-12"))[0] == 12


def test_pages_do_not_overlap_and_know_the_total():
    many = [document(number, f"Outage {number}", "x") for number in range(1, 31)]

    pages = [search(many, "outage", offset=offset, limit=10) for offset in (0, 10, 20, 30)]

    assert [page.total for page in pages] == [30] * 4
    assert len({one for page in pages for one in ids(page)}) == 30
    assert ids(pages[3]) == []


def test_no_hits_are_fetched_when_none_are_wanted():
    results = search(LIBRARY, "pool", limit=0)

    assert (results.hits, results.total) == ([], 2)


def test_facets_count_what_is_found():
    facets = search(LIBRARY, "pool").facets

    assert facets["team"] == [("payments", 2)]
    assert facets["service"] == [("checkout", 2), ("ledger", 1)]
    assert facets["severity"] == [("1", 1), ("2", 1)]


def test_choosing_in_a_facet_does_not_hide_its_other_values():
    facets = search(LIBRARY, "", filters={"team": ["search"]}).facets

    assert facets["team"] == [("payments", 2), ("search", 1)]
    assert facets["severity"] == [("3", 1)]


def test_a_chosen_value_stays_in_sight_when_nothing_has_it():
    facets = search(LIBRARY, "pool", filters={"team": ["search"]}).facets

    assert facets["team"] == [("payments", 2), ("search", 0)]


def test_a_chosen_value_too_rare_for_the_list_keeps_its_count():
    many = [document(n, "Outage", services=(f"s{n % 40}",)) for n in range(200)] + [
        document(999, "Outage", services=("rare",))
    ]

    assert ("rare", 1) in search(many, "outage", filters={"service": ["rare"]}).facets["service"]


def test_a_word_that_is_nowhere_is_corrected():
    results = search(LIBRARY, "databse Reindx team:search")

    assert (ids(results), results.did_you_mean) == ([2], "database Reindex team:search")


def test_a_word_that_is_somewhere_is_never_corrected():
    results = search([*LIBRARY, document(4, "pools")], "pools declined")

    assert results.did_you_mean == ""


def test_words_of_a_phrase_are_corrected_too():
    assert ids(search(LIBRARY, '"conection pool"')) == [1]


@pytest.mark.parametrize("word", ["poo", "2o26x", "xyzzyq", "q" * 300])
def test_what_has_no_neighbour_is_left_alone(word):
    results = search(LIBRARY, word)

    assert (ids(results), results.did_you_mean) == ([], "")


def test_found_words_are_marked_and_everything_else_is_escaped():
    evil = document(1, "<b>Über</b> & pool", 'été <script>alert("pool")</script> pools & <img onerror=x>')

    (hit,) = search([evil], "pool").hits

    assert hit.title_html == "&lt;b&gt;Über&lt;/b&gt; &amp; <mark>pool</mark>"
    assert hit.snippet_html.startswith("été &lt;script&gt;alert(&quot;<mark>pool</mark>&quot;)&lt;/script&gt;")
    assert "<script" not in hit.snippet_html
    assert "<img" not in hit.snippet_html


def test_a_hit_without_found_words_in_its_text_shows_the_beginning():
    (hit,) = search([document(1, "Kafka", "First <i>words</i>. " + "More of it. " * 100)], "kafka").hits

    assert hit.snippet_html.startswith("First &lt;i&gt;words&lt;/i&gt;. More")
    assert hit.snippet_html.endswith(" …")


def test_a_hit_says_what_a_listing_shows():
    (hit,) = search(LIBRARY, "ledger service:ledger pool").hits

    assert (hit.coe_id, hit.title, hit.team, hit.severity) == (3, "Cards declined again", "payments", 2)
    assert (hit.services, hit.published_at) == (("checkout", "ledger"), MONDAY - timedelta(days=30))


def suggested(prefix, documents=LIBRARY):
    with searcher_of(*documents) as searcher:
        return [(one.text, one.coe_id) for one in suggest(searcher, prefix, ANYBODY)]


def test_suggestions_are_titles_and_longer_words():
    assert suggested("declined ca") == [
        ("Checkout declined cards", 1),
        ("Cards declined again", 3),
        ("declined cards", None),
    ]


def test_words_of_texts_are_suggested_when_no_title_has_them():
    assert suggested("the exha") == [("the exhausted", None)]


@pytest.mark.parametrize("prefix", ["", " ", "c", "-", "zzzz", "\x00", '"'])
def test_nothing_is_suggested_for_nothing(prefix):
    assert suggested(prefix) == []


@pytest.mark.parametrize(
    "text", ['"', "-", "((", "a" * 5_000, "*:*", "[1 TO 2]", "\x00\ud800", "日本語 テスト", "a AND NOT b^9~"]
)
def test_no_text_is_an_error(text):
    assert search(LIBRARY, text).total >= 0
