"""A compared text as lines side by side, with what is far from any change folded."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coe.comparing import Kind, folded, lines_of, words

TEXT = st.text(alphabet="ab .\n!*1", max_size=60)


def joined(pieces):
    return "".join(piece.text for piece in pieces)


@settings(max_examples=500)
@given(TEXT, TEXT)
def test_the_left_sides_are_the_old_text_and_the_right_ones_the_new(old, new):
    lines = lines_of(words(old, new))

    assert "".join(joined(line.old) for line in lines) == old
    assert "".join(joined(line.new) for line in lines) == new


@settings(max_examples=300)
@given(TEXT, TEXT)
def test_folding_keeps_every_line_in_order_and_hides_no_change(old, new):
    lines = lines_of(words(old, new))
    stretches = folded(lines)

    assert [line for stretch in stretches for line in stretch.lines] == lines
    assert not any(line.is_changed for stretch in stretches if stretch.is_folded for line in stretch.lines)


def test_a_changed_paragraph_stands_beside_itself_and_leaves_its_neighbours_alone():
    old = "One.\n\nIt took 20 minutes.\n\nThree."
    lines = lines_of(words(old, old.replace("20", "27")))

    assert [line.is_changed for line in lines] == [False, True, False]
    assert joined(lines[1].new) == "It took 27 minutes.\n\n"


def test_items_of_a_list_are_lines_and_a_wrapped_paragraph_is_one():
    old = "It took\n20 minutes\nin all.\n\n* One\n* Two\n1. Three"
    lines = lines_of(words(old, old.replace("20", "27").replace("Two", "2")))

    assert [joined(line.new) for line in lines] == ["It took\n27 minutes\nin all.\n\n", "* One\n", "* 2\n", "1. Three"]


def test_paragraphs_around_a_change_stay_in_sight_and_long_stretches_are_folded():
    paragraphs = [f"Paragraph {number}.\n\n" for number in range(12)]
    new = [*paragraphs[:6], "Paragraph six.\n\n", *paragraphs[7:]]

    stretches = folded(lines_of(words("".join(paragraphs), "".join(new))))

    assert [(stretch.is_folded, len(stretch.lines)) for stretch in stretches] == [(True, 5), (False, 3), (True, 4)]


def test_a_new_text_is_all_new():
    [line] = lines_of(words("", "All of it."))

    assert (line.old, [piece.kind for piece in line.new]) == ([], [Kind.ADDED])


def shown(old, new):
    return ["".join(piece.text for piece in line.shown) for line in lines_of(words(old, new))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One long\nparagraph.\n\nAnother", ["One long paragraph.", "Another"]),
        ("- an item\n  of two lines\n- more", ["- an item of two lines", "- more"]),
        ("kept with two blanks  \nso", ["kept with two blanks  \nso"]),
        ("1. one\n2. two\n12 pieces", ["1. one", "2. two 12 pieces"]),
        (
            "```\na = 1\nb = 2\n\nc = 3\nd = 4\n```\n\nprose\nruns",
            ["```\na = 1\nb = 2", "c = 3\nd = 4\n```", "prose runs"],
        ),
    ],
)
def test_a_line_break_is_shown_where_readers_of_the_document_meet_one(text, expected):
    assert shown(text, text) == expected
