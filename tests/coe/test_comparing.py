"""The difference of two texts as a person reads it."""

import itertools
import random
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from coe.comparing import Kind, Piece, sections, words


def shown(old, new):
    """`kept [-removed-] {+added+}`"""
    marks = {Kind.SAME: "{}", Kind.REMOVED: "[-{}-]", Kind.ADDED: "{{+{}+}}"}
    return "".join(marks[piece.kind].format(piece.text) for piece in words(old, new))


def test_a_changed_word_is_shown_between_kept_ones():
    assert shown("It failed in 30 seconds.", "It failed in 45 seconds.") == "It failed in [-30-]{+45+} seconds."


def test_several_changed_words_in_a_row_are_one_change():
    assert shown("took thirty long minutes.", "took one hour.") == "took [-thirty long minutes-]{+one hour+}."


def test_added_and_removed_words_take_their_blanks_along():
    assert shown("a b d", "a b c d") == "a b {+c +}d"
    assert shown("a b c d", "a b d") == "a b [-c -]d"


def test_a_moved_paragraph_leaves_the_others_alone():
    assert shown("One.\n\nTwo.\n\nThree.\n", "Two.\n\nThree.\n\nOne.\n").count("Two.\n\nThree.") == 1


def test_a_kept_letter_is_no_reason_to_split_a_word():
    assert shown("retried", "retires") == "[-retried-]{+retires+}"


def test_equal_texts_are_one_piece_and_empty_ones_none():
    assert words("same. text", "same. text") == [Piece(Kind.SAME, "same. text")]
    assert words("", "") == []
    assert words("", "new") == [Piece(Kind.ADDED, "new")]
    assert words("old", "") == [Piece(Kind.REMOVED, "old")]


text = st.text(alphabet="ab .\n!é-1,", max_size=80)


@settings(max_examples=500)
@given(text, text)
def test_nothing_is_lost_and_nothing_invented(old, new):
    pieces = words(old, new)

    assert "".join(piece.text for piece in pieces if piece.kind is not Kind.ADDED) == old
    assert "".join(piece.text for piece in pieces if piece.kind is not Kind.REMOVED) == new
    assert all(piece.text for piece in pieces)
    assert all(one.kind is not two.kind for one, two in itertools.pairwise(pieces))


def test_sections_come_in_the_order_of_the_new_text_and_gone_ones_last():
    changes = sections({"summary": "Same.", "gone": "Old.", "impact": "10 %"}, {"impact": "12 %", "summary": "Same."})

    assert [(change.key, change.is_changed) for change in changes] == [
        ("impact", True),
        ("summary", False),
        ("gone", True),
    ]
    assert changes[2].pieces == [Piece(Kind.REMOVED, "Old.")]


def prose(seed, size=50_000):
    """Sentences of a small vocabulary: 50 KB of it share many."""
    rng = random.Random(seed)
    nouns = [f"noun{number}" for number in range(300)]
    made, length = [], 0
    while length < size:
        made.append(" ".join(rng.choices(nouns, k=rng.randint(4, 25))) + rng.choice([". ", ".\n", "! "]))
        length += len(made[-1])
    return "".join(made)


def test_fifty_kilobytes_are_compared_while_one_waits():
    whole, other = prose(1), prose(2)
    edited = whole.split(" ")
    for place in range(0, len(edited), 20):
        edited[place] = "edited"
    pairs = {
        "edited": (whole, " ".join(edited)),
        "unlike": (whole, other),
        "one line": (whole.replace(".", ",").replace("\n", " "), " ".join(edited).replace(".", ",").replace("\n", " ")),
        "repeated": ("a. " * 16_000, "a. b. " * 8_000),
        "dots": ("." * 50_000, ". " * 25_000),
        "lines": ("\n" * 50_000, "a\n" * 25_000),
    }
    took = {}
    for name, (old, new) in pairs.items():
        started = time.process_time()
        words(old, new)
        took[name] = time.process_time() - started

    assert max(took.values()) < 2, took
