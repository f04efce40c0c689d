"""What a cause explains besides: edges over list and links together never close a circle, and both views agree."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from coe import documents, editing, graphing
from coe.models import Cause, CauseLink
from oncall.exceptions import Conflict
from tests import make
from tests.coe.writers import LATER

pytestmark = pytest.mark.django_db


def whom():
    return {"by": make.alice(), "now": LATER}


def add(coe, text, parent=None):
    return editing.add_cause(coe, text, "contributing", parent_pk=parent and parent.pk, **whom())


@pytest.fixture
def coe():
    return make.coe()


def test_a_shared_cause_is_one_row_and_two_edges(coe):
    a, b = add(coe, "a"), add(coe, "b")
    shared = add(coe, "shared", a)

    editing.link(coe, shared.pk, b.pk, **whom())
    editing.link(coe, shared.pk, b.pk, **whom())

    graph = graphing.graph_of(documents.content_of(coe))
    assert [node.text for node in graph.nodes] == ["a", "shared", "b"]
    assert [(edge.cause, edge.effect) for edge in graph.edges if edge.cause == shared.pk] == [
        (shared.pk, a.pk),
        (shared.pk, b.pk),
    ]


def test_a_circle_over_list_and_links_is_refused_in_words(coe):
    a, b = add(coe, "a"), add(coe, "b")
    below = add(coe, "below", a)
    editing.link(coe, a.pk, b.pk, **whom())

    with pytest.raises(ValidationError, match="“b” is itself explained by “below”: they would go round in a circle"):
        editing.link(coe, b.pk, below.pk, **whom())
    with pytest.raises(ValidationError, match="circle"):
        editing.move_cause(coe, b.pk, below.pk, 0, **whom())
    with pytest.raises(ValidationError, match="explain itself"):
        editing.link(coe, a.pk, a.pk, **whom())


def test_moving_below_what_it_was_linked_to_leaves_one_edge(coe):
    a, b = add(coe, "a"), add(coe, "b")
    editing.link(coe, b.pk, a.pk, **whom())

    editing.indent(coe, b.pk, **whom())

    assert not CauseLink.objects.exists()
    assert Cause.objects.get(pk=b.pk).parent_id == a.pk


def test_a_removed_cause_leaves_no_hole_between_what_it_joined(coe):
    a, b = add(coe, "a"), add(coe, "b")
    middle = add(coe, "middle", a)
    below = add(coe, "below", middle)
    editing.link(coe, middle.pk, b.pk, **whom())

    editing.remove_cause(coe, middle.pk, **whom())

    assert Cause.objects.get(pk=below.pk).parent_id == a.pk
    assert list(coe.cause_links.values_list("cause", "effect")) == [(below.pk, b.pk)]


def test_join_and_reason_for_no_action_are_in_the_revision(coe):
    a = add(coe, "a")

    editing.set_join(coe, a.pk, Cause.Join.ALL, **whom())
    editing.set_no_action(coe, a.pk, "The supplier is gone.", **whom())

    [node] = coe.revisions.first().content["causes"]
    assert (node["join"], node["no_action_because"]) == ("all", "The supplier is gone.")


def test_an_action_item_hangs_to_causes_of_its_own_coe_only(coe):
    a, foreign = add(coe, "a"), add(make.coe("Another"), "foreign")

    action = editing.add_action(coe, title="Mend it", corrects=[a.pk, foreign.pk], **whom())
    assert [cause.pk for cause in action.corrects.all()] == [a.pk]

    editing.change_action(coe, action.pk, corrects=[], **whom())
    assert not action.corrects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_cannot_close_a_circle_between_them():
    coe = make.coe()
    a, b = add(coe, "a"), add(coe, "b")

    def link(cause, effect):
        try:
            editing.link(type(coe).objects.get(pk=coe.pk), cause.pk, effect.pk, **whom())
            return True
        except ValidationError:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(link, [a, b], [b, a]))

    assert sorted(done) == [False, True]
    assert CauseLink.objects.count() == 1


NUMBERS = st.integers(0, 7)


class AnyEdits(RuleBasedStateMachine):
    """Whatever is done to the causes, in whatever order."""

    @initialize()
    def begin(self):
        self.coe = make.coe()
        self.causes = [add(self.coe, text) for text in "abcd"]

    def try_to(self, edit, *arguments):
        # What is refused is refused in words; the invariants say that nothing broke.
        with suppress(ValidationError, Conflict):
            edit(self.coe, *arguments, **whom())

    def pk(self, number):
        return self.causes[number % len(self.causes)].pk

    @rule(number=NUMBERS)
    def add_below(self, number):
        if Cause.objects.filter(pk=self.pk(number)).exists():
            self.causes.append(add(self.coe, f"more {len(self.causes)}", Cause(pk=self.pk(number))))

    @rule(cause=NUMBERS, effect=NUMBERS)
    def link(self, cause, effect):
        self.try_to(editing.link, self.pk(cause), self.pk(effect))

    @rule(cause=NUMBERS, effect=NUMBERS)
    def unlink(self, cause, effect):
        self.try_to(editing.unlink, self.pk(cause), self.pk(effect))

    @rule(cause=NUMBERS, parent=NUMBERS)
    def move(self, cause, parent):
        self.try_to(editing.move_cause, self.pk(cause), self.pk(parent), 0)

    @rule(number=NUMBERS, verb=st.sampled_from([editing.indent, editing.outdent]))
    def shift(self, number, verb):
        self.try_to(verb, self.pk(number))

    @rule(number=NUMBERS)
    def remove(self, number):
        if self.coe.causes.count() > 1:
            self.try_to(editing.remove_cause, self.pk(number))

    @invariant()
    def list_and_graph_are_in_step(self):
        if not hasattr(self, "coe"):
            return
        graph = graphing.graph_of(documents.content_of(self.coe))
        edges = set(self.coe.causes.values_list("pk", "parent")) | set(
            self.coe.cause_links.values_list("cause", "effect")
        )
        # The graph leaves out an edge that closes a circle: that none is left out says that there is none.
        assert {(edge.cause, edge.effect or None) for edge in graph.edges} == edges
        assert len(graph.edges) == self.coe.causes.count() + self.coe.cause_links.count()
        assert {node.id for node in graph.nodes} == set(self.coe.causes.values_list("pk", flat=True))


class AnyEditsKeepTheGraph(TestCase):
    def test_no_sequence_of_edits_breaks_list_or_graph(self):
        few = settings(max_examples=12, stateful_step_count=15, deadline=None)
        run_state_machine_as_test(AnyEdits, settings=few)
