"""The tree of causes: every move keeps all causes, in one tree without circles."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from coe import documents, editing
from coe.models import Cause
from tests import make
from tests.coe.writers import LATER

pytestmark = pytest.mark.django_db


@pytest.fixture
def coe():
    return make.coe()


def add(coe, text, parent=None):
    return editing.add_cause(coe, text, "contributing", parent_pk=parent and parent.pk, by=make.alice(), now=LATER)


def given_facts():
    return {"by": make.alice(), "now": LATER}


def outline(coe):
    """The tree as text: "a(b c) d"."""

    def words(nodes):
        return " ".join(node["text"] + (f"({words(node['children'])})" if node["children"] else "") for node in nodes)

    return words(documents.tree_of(Cause.objects.filter(coe=coe)))


def test_indenting_makes_it_explain_the_one_before(coe):
    add(coe, "a")
    b = add(coe, "b")
    add(coe, "c")

    editing.indent(coe, b.pk, **given_facts())

    assert outline(coe) == "a(b) c"


def test_outdenting_puts_it_after_what_it_explained(coe):
    a = add(coe, "a")
    b = add(coe, "b", a)
    add(coe, "c", b)
    add(coe, "d")

    editing.outdent(coe, b.pk, **given_facts())

    assert outline(coe) == "a b(c) d"


def test_the_first_cannot_be_indented_and_the_top_not_outdented(coe):
    a = add(coe, "a")

    editing.indent(coe, a.pk, **given_facts())
    editing.outdent(coe, a.pk, **given_facts())

    assert outline(coe) == "a"


def test_moving_up_and_down_stops_at_the_ends(coe):
    a, b = add(coe, "a"), add(coe, "b")

    editing.shift(coe, b.pk, "up", **given_facts())
    editing.shift(coe, b.pk, "up", **given_facts())
    assert outline(coe) == "b a"

    editing.shift(coe, a.pk, "down", **given_facts())
    assert outline(coe) == "b a"


def test_what_explained_a_removed_cause_takes_its_place(coe):
    a = add(coe, "a")
    b = add(coe, "b", a)
    add(coe, "c", b)
    add(coe, "d", b)
    add(coe, "e", a)

    editing.remove_cause(coe, b.pk, **given_facts())

    assert outline(coe) == "a(c d e)"


def test_a_cause_cannot_explain_itself(coe):
    a = add(coe, "a")
    b = add(coe, "b", a)

    with pytest.raises(ValidationError, match="explain itself"):
        editing.move_cause(coe, a.pk, b.pk, 0, **given_facts())


def test_the_tree_has_bounds(coe):
    parent = None
    for number in range(12):
        parent = add(coe, str(number), parent)
    with pytest.raises(ValidationError, match="12 deep"):
        add(coe, "deeper", parent)

    Cause.objects.bulk_create(Cause(coe=coe, text="more") for _ in range(188))
    with pytest.raises(ValidationError, match="200 causes"):
        add(coe, "one more")


MOVES = st.tuples(st.sampled_from(["indent", "outdent", "up", "down"]), st.integers(0, 5))


class AnyMoves(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(st.lists(MOVES, max_size=12))
    def test_no_sequence_of_moves_loses_a_cause_or_makes_a_circle(self, moves):
        coe = make.coe()
        causes = [add(coe, text) for text in "abcdef"]

        for move, place in moves:
            if move in ("up", "down"):
                editing.shift(coe, causes[place].pk, move, **given_facts())
            else:
                getattr(editing, move)(coe, causes[place].pk, **given_facts())

        assert sorted(letter for letter in outline(coe) if letter.isalpha()) == list("abcdef")
