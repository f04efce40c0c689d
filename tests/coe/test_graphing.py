"""The graph of causes as a picture: everything once, without overlaps, and the same for the same causes."""

from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from coe import graphing, layering
from coe.lettering import width_of, wrapped


def why(pk, *children, **facts):
    return {"id": pk, "text": f"Cause {pk} of what went wrong", "kind": "trigger", "children": list(children), **facts}


@st.composite
def graphs(draw, most=30):
    """A tree of causes, and links of which some close circles, repeat an edge or name nothing."""
    roots, nodes = [], []
    for pk in range(1, draw(st.integers(1, most)) + 1):
        node = why(pk, text=draw(st.text(max_size=120)))
        above = draw(st.integers(0, len(nodes)))
        (nodes[above - 1]["children"] if above else roots).append(node)
        nodes.append(node)
    ids = st.integers(1, most + 2)
    links = draw(st.lists(st.fixed_dictionaries({"cause": ids, "effect": ids}), max_size=12))
    return graphing.read("The impact", roots, links)


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_every_cause_and_every_edge_is_drawn_once(graph):
    drawing = graphing.lay_out(graph)

    assert [picture.node.id for picture in drawing.pictures] == [0, *(node.id for node in graph.nodes)]
    assert [(line.cause, line.effect) for line in drawing.lines] == [(edge.cause, edge.effect) for edge in graph.edges]
    assert len(set(graph.edges)) == len(graph.edges)


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_no_two_nodes_overlap_and_all_lie_within_the_picture(graph):
    drawing = graphing.lay_out(graph)

    for a, b in combinations(drawing.pictures, 2):
        apart = (a.x + a.width, b.x + b.width, a.y + a.height, b.y + b.height)
        assert apart[0] <= b.x or apart[1] <= a.x or apart[2] <= b.y or apart[3] <= a.y
    for one in drawing.pictures:
        assert 0 <= one.x <= drawing.width - one.width
        assert 0 <= one.y <= drawing.height - one.height


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_what_is_explained_stands_above_what_explains_it(graph):
    places = {picture.node.id: picture for picture in graphing.lay_out(graph).pictures}
    is_across = graphing.lay_out(graph).is_across

    for edge in graph.edges:
        upper, lower = places[edge.effect], places[edge.cause]
        assert upper.x + upper.width < lower.x if is_across else upper.y + upper.height < lower.y


@settings(max_examples=30, deadline=None)
@given(graphs())
def test_the_same_causes_give_the_same_picture(graph):
    assert graphing.lay_out(graph) == graphing.lay_out(graph)


def test_a_tree_and_a_shared_cause_are_drawn_without_crossings():
    edges = [(0, 1), (0, 2), (0, 3), (1, 4), (1, 5), (3, 6), (1, 6)]
    boxes = {pk: layering.Box(pk, 100, 40) for pk in range(7)}

    layering.place(boxes, edges, 10, 40)

    order = sorted((boxes[pk] for pk in (4, 5, 6)), key=lambda box: box.left)
    assert all(left.left + left.breadth <= right.left for left, right in pairwise(order))
    layers = layering._layers(boxes, edges)
    layering._order(layers)
    assert layering.crossings(layers.rows, layers.below) == 0


def test_a_circle_in_an_old_revision_is_drawn_without_the_edge_that_closes_it():
    graph = graphing.read("Impact", [why(1, why(2))], [{"cause": 1, "effect": 2}, {"cause": 9, "effect": 1}])

    assert [(edge.cause, edge.effect) for edge in graph.edges] == [(1, 0), (2, 1)]


def test_causes_of_revisions_before_ids_are_drawn():
    old = {"title": "Impact", "causes": [{"text": "a", "kind": "trigger", "children": [{"text": "b", "children": []}]}]}

    drawing = graphing.lay_out(graphing.graph_of(old))

    assert [picture.node.number for picture in drawing.pictures] == ["", "1", "1.1"]


def test_a_branch_that_nothing_corrects_is_marked():
    graph = graphing.read("Impact", [why(1), why(2, no_action_because="Gone."), why(3)], corrected=[3, 3])

    assert [node.is_open for node in graph.nodes] == [True, False, False]
    feet = [picture.foot for picture in graphing.lay_out(graph).pictures]
    assert feet == ["", "Nothing corrects it yet", "No action: Gone.", "2 action items"]


def test_causes_that_only_work_together_meet_in_a_joint():
    graph = graphing.read("Impact", [why(1, why(2), why(3), join="all"), why(4, why(5), join="all")])

    assert {joint.effect for joint in graphing.lay_out(graph).joints if joint.is_all} == {1}


def test_two_hundred_causes_are_drawn():
    graph = graphing.read("Impact", [why(pk, *(why(pk * 100 + n) for n in range(9))) for pk in range(1, 21)])

    assert len(graphing.lay_out(graph).pictures) == 201


@given(st.text(max_size=300))
def test_no_line_is_wider_than_its_box(text):
    for line in wrapped(text, 160, 13, 6):
        assert width_of(line, 13) <= 160 or len(line) <= 1
