"""Passages are found again after edits, and never confidently in the wrong place."""

import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from coe import anchoring

TEXT = (
    "Cards were declined for 27 minutes. The pool was shared by all issuers, so one slow issuer took it all.\n\n"
    "The timeout was two seconds. It was never tested with a slow issuer."
)
WORDS = st.lists(
    st.sampled_from(["slow", "issuer", "pool", "the", "was", "27", "\n", "declined.", "not", "é"]), max_size=60
)
PROSE = WORDS.map(" ".join)


def passage(quote, text=TEXT):
    start = text.index(quote)
    return anchoring.passage(text, start, start + len(quote))


def found(text, quote, old=TEXT):
    spot = anchoring.locate(text, passage(quote, old))
    return spot and (text[spot.start : spot.end], spot.is_sure)


def test_a_passage_moves_with_the_text_before_it():
    assert found("New first sentence. " + TEXT, "shared by all issuers") == ("shared by all issuers", True)


def test_an_edited_passage_is_a_guess():
    text = TEXT.replace("shared by all issuers", "shared by all card issuers")

    assert found(text, "shared by all issuers") == ("shared by all card issuers", False)


def test_a_passage_that_was_struck_is_gone():
    assert found(TEXT.replace("The timeout was two seconds. ", ""), "The timeout was two seconds.") is None


def test_the_same_words_elsewhere_are_not_the_passage():
    text = "One slow issuer here. And at the end a slow issuer."

    assert found(text.replace("One slow issuer here. ", "Nothing here at all. "), "slow issuer", old=text) is None


def test_a_passage_that_stands_there_twice_in_the_same_company_is_a_guess():
    twice = TEXT + "\n\n" + TEXT

    assert found(twice, "The timeout was two seconds")[1] is False


@given(before=PROSE, quote=PROSE, after=PROSE, start=PROSE, end=PROSE)
def test_what_is_edited_elsewhere_leaves_a_passage_where_it_is_or_unsure(before, quote, after, start, end):
    near = "x marks the company on this side of it "
    assume(quote.strip())
    old = f"{before} {near}{quote} {near}{after}"
    place = len(before) + 1 + len(near)
    wanted = anchoring.passage(old, place, place + len(quote))

    new = f"{start}{wanted.prefix}{quote}{wanted.suffix}{end}"
    spot = anchoring.locate(new, wanted)

    assert spot is not None
    if spot.is_sure:
        assert spot.start == len(start) + len(wanted.prefix)


@given(text=PROSE, new=PROSE, data=st.data())
def test_a_sure_spot_always_reads_as_the_passage(text, new, data):
    assume(text)
    start = data.draw(st.integers(0, len(text) - 1))
    wanted = anchoring.passage(text, start, data.draw(st.integers(start + 1, len(text))))

    spot = anchoring.locate(new, wanted)

    if spot and spot.is_sure:
        assert new[spot.start : spot.end] == wanted.quote
    if spot:
        assert 0 <= spot.start <= spot.end <= len(new)


@pytest.mark.parametrize(
    ("written", "rendered"),
    [
        ("taken for **dead** ones", "taken for dead ones"),
        ("see [the runbook](https://r.example/1) first", "see the runbook first"),
        ("* one\n* two", "one\ntwo"),
    ],
)
def test_a_passage_selected_in_rendered_text_is_found_in_what_was_written(written, rendered):
    text = f"Slow issuers were {written}. More."

    span = anchoring.find(text, rendered)

    assert "".join(filter(str.isalpha, text[slice(*span)])).startswith("".join(filter(str.isalpha, rendered))[:8])


def test_of_several_places_what_stood_before_decides():
    text = "**first** issuer, and the second issuer"

    assert anchoring.find(text, "issuer", "and the second ") == (33, 39)


def test_what_is_nowhere_is_not_found():
    assert anchoring.find(TEXT, "no such words") is None
    assert anchoring.find(TEXT, "  ") is None


def test_fifty_kilobytes_take_at_most_ten_milliseconds():
    text = " ".join(f"Sentence {number} about a pool of issuers." for number in range(1_250))
    wanted = passage("Sentence 900 about a pool", text)
    edited = text.replace("Sentence 900 about a pool", "Sentence about the great pool")

    for one in (text, edited, "a" * 50_000):
        began = time.perf_counter()
        anchoring.locate(one, wanted)
        # Ten times what it takes on a quiet machine.
        assert time.perf_counter() - began < 0.05
