"""The graph of causes: what explains what, as nodes and edges, and where each is drawn.

Decides how a snapshot's causes are read (`read`) and how they lie on paper (`lay_out`): in layers from the impact, with
as few crossings as the usual heuristics find, the same picture for the same causes. It does not decide colours, which
are classes of the style sheet, nor who may change what (`coe/editing`). Pure; lengths are pixels.

Layers and ordering after K. Sugiyama, S. Tagawa, M. Toda, "Methods for Visual Understanding of Hierarchical System
Structures", 1981; the places within a layer by isotonic regression (pool adjacent violators), which is exact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from coe.layering import Box, place
from coe.lettering import shortened, width_of, wrapped

IMPACT = 0  # what everything explains; no cause has this id
NODE_WIDTH, IMPACT_WIDTH = 192, 240
NUMBER_WIDTH = 44  # beside the longest word of a kind
MOST_LINES = 6
TEXT_SIZE, LINE, PADDING, HEAD = 13, 17, 10, 22
BETWEEN, MARGIN = 20, 8
GAP_DOWN, GAP_ACROSS = 64, 104
STEM_DOWN, STEM_ACROSS = 26, 62  # from an effect to where the edges of its causes part
# A picture this wide fits the column of a document; a wider one is drawn from left to right, if that is narrower.
COLUMN = 700


@dataclass(frozen=True, slots=True)
class Node:
    """A cause. `number` is its place in the list ("1.2"), `corrected` how many action items correct it."""

    id: int
    number: str
    text: str
    kind: str
    depth: int = 0
    is_all: bool = False
    no_action_because: str = ""
    corrected: int = 0
    is_leaf: bool = True

    @property
    def is_open(self) -> bool:
        """Whether it is the end of a branch that nothing corrects, and nobody said why."""
        return self.is_leaf and not self.corrected and not self.no_action_because


@dataclass(frozen=True, slots=True)
class Edge:
    """The effect, because of the cause. A link is an edge that the list shows as a reference."""

    cause: int
    effect: int
    is_link: bool = False


@dataclass(frozen=True)
class Graph:
    """Nodes in reading order, and every edge, that of the impact included."""

    impact: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def causes_of(self) -> dict[int, list[int]]:
        """The causes of each effect, in reading order, those of links last."""
        found: dict[int, list[int]] = defaultdict(list)
        for edge in self.edges:
            found[edge.effect].append(edge.cause)
        return found


@dataclass(frozen=True, slots=True)
class Picture:
    """A node where it is drawn, its text in lines that fit."""

    node: Node
    x: float
    y: float
    width: float
    height: float
    lines: tuple[tuple[float, str], ...]
    head_y: float = 0.0
    foot_y: float = 0.0
    foot: str = ""
    is_impact: bool = False

    @property
    def text_x(self) -> float:
        return self.x + PADDING

    @property
    def shape_y(self) -> float:
        return self.head_y - 10

    @property
    def word_x(self) -> float:
        """Where the word of the kind begins, after its shape."""
        return self.x + PADDING + 15

    @property
    def number(self) -> str:
        """The number, as much of its end as has room."""
        whole = self.node.number
        while width_of(f"…{whole}", TEXT_SIZE - 1) > NUMBER_WIDTH:
            whole = whole.partition(".")[2]
        return whole if whole == self.node.number else f"…{whole}"

    @property
    def number_x(self) -> float:
        return self.x + self.width - PADDING


@dataclass(frozen=True, slots=True)
class Joint:
    """Where the edges of the causes of one effect meet; `path` is the arrow from there to the effect."""

    effect: int
    x: float
    y: float
    label_x: float
    label_y: float
    path: str
    tip: str
    is_all: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """An edge as a path from the joint of its effect to its cause."""

    cause: int
    effect: int
    path: str
    is_link: bool = False


@dataclass(frozen=True)
class Drawing:
    """The whole picture; `is_across` when the impact stands at the left instead of at the top."""

    width: int = 0
    height: int = 0
    pictures: tuple[Picture, ...] = ()
    joints: tuple[Joint, ...] = ()
    lines: tuple[Line, ...] = ()
    is_across: bool = False
    graph: Graph = field(default_factory=lambda: Graph("", (), ()))


def graph_of(content: Mapping[str, Any]) -> Graph:
    """The graph of a snapshot (`coe/documents.py`), of the older shape without links and ids too."""
    corrected = [pk for action in content.get("actions", ()) for pk in action.get("corrects", ())]
    return read(content.get("title", ""), content.get("causes", ()), content.get("links", ()), corrected)


def read(
    impact: str,
    causes: Iterable[Mapping[str, Any]],
    links: Iterable[Mapping[str, int]] = (),
    corrected: Sequence[int] = (),
) -> Graph:
    """The graph of a tree of causes and its links; `corrected` are ids of causes, once for each action item.

    A link that names what is not there, repeats an edge or closes a circle is left out: a picture is always drawn.
    """
    walked = list(_walk(causes, IMPACT, ""))
    edges = [Edge(pk, parent) for pk, parent, _, _ in walked]
    edges += _links(edges, {pk for pk, *_ in walked}, links)
    explained = {edge.effect for edge in edges}
    nodes = (
        Node(
            id=pk,
            number=number,
            text=node["text"],
            kind=node.get("kind", ""),
            depth=number.count("."),
            is_all=node.get("join") == "all",
            no_action_because=node.get("no_action_because", ""),
            corrected=list(corrected).count(pk),
            is_leaf=pk not in explained,
        )
        for pk, _, number, node in walked
    )
    return Graph(impact, tuple(nodes), tuple(edges))


def _walk(
    nodes: Iterable[Mapping[str, Any]], parent: int, above: str
) -> Iterator[tuple[int, int, str, Mapping[str, Any]]]:
    """Each cause as (id, parent, number, values); one without an id gets one from its number that no row has."""
    for place_in_list, node in enumerate(nodes, 1):
        number = f"{above}{place_in_list}"
        pk = node.get("id") or -int("".join(f"{int(part):03d}" for part in number.split(".")))
        yield pk, parent, number, node
        yield from _walk(node.get("children", ()), pk, f"{number}.")


def _links(edges: Sequence[Edge], known: set[int], links: Iterable[Mapping[str, int]]) -> list[Edge]:
    effects: dict[int, set[int]] = defaultdict(set)
    for edge in edges:
        effects[edge.cause].add(edge.effect)
    found = []
    for link in links:
        cause, effect = link["cause"], link["effect"]
        if {cause, effect} <= known and effect not in effects[cause] and not is_explained(effect, cause, effects):
            effects[cause].add(effect)
            found.append(Edge(cause, effect, is_link=True))
    return found


def is_explained(start: int, wanted: int, effects: Mapping[int, Iterable[int]]) -> bool:
    """Whether `start` explains `wanted`, at first hand or further up, or is it. `effects` says what each explains."""
    seen, waiting = {start}, [start]
    while waiting:
        at = waiting.pop()
        if at == wanted:
            return True
        for effect in effects.get(at, ()):
            if effect not in seen:
                seen.add(effect)
                waiting.append(effect)
    return False


def lay_out(graph: Graph) -> Drawing:
    """Where everything is drawn; from top to bottom while that fits a column, else whichever way is narrower."""
    if not graph.nodes:
        return Drawing(graph=graph)
    down = _drawn(graph, is_across=False)
    if down.width <= COLUMN:
        return down
    across = _drawn(graph, is_across=True)
    return across if across.width < down.width else down


def _drawn(graph: Graph, *, is_across: bool) -> Drawing:
    boxes = {IMPACT: _box(IMPACT, graph.impact, IMPACT_WIDTH, has_foot=False, is_across=is_across)}
    for node in graph.nodes:
        has_foot = bool(node.corrected or node.is_leaf)
        boxes[node.id] = _box(node.id, node.text, NODE_WIDTH, has_foot=has_foot, is_across=is_across)
    bends = place(
        boxes, [(edge.effect, edge.cause) for edge in graph.edges], BETWEEN, GAP_ACROSS if is_across else GAP_DOWN
    )
    known = {node.id: node for node in graph.nodes} | {IMPACT: Node(IMPACT, "", graph.impact, "impact", is_leaf=False)}
    pictures = tuple(_picture(known[pk], box, is_across=is_across) for pk, box in boxes.items())
    joints = {
        effect: _joint(known[effect], boxes[effect], len(causes), is_across=is_across)
        for effect, causes in graph.causes_of().items()
    }
    ways = ((edge, bends[edge.effect, edge.cause]) for edge in graph.edges)
    lines = tuple(
        Line(edge.cause, edge.effect, _path(joints[edge.effect], way, is_across=is_across), edge.is_link)
        for edge, way in ways
    )
    # An edge may pass outside of every box; its curve never leaves the span of its ends.
    passed = max(breadth for way in bends.values() for breadth, _, _ in way) + 2 * MARGIN
    width = max(picture.x + picture.width for picture in pictures) + MARGIN
    height = max(picture.y + picture.height for picture in pictures) + MARGIN
    width, height = (width, max(height, passed)) if is_across else (max(width, passed), height)
    return Drawing(round(width), round(height), pictures, tuple(joints.values()), lines, is_across, graph)


def _box(pk: int, text: str, width: float, *, has_foot: bool, is_across: bool) -> Box:
    lines = wrapped(text, width - 2 * PADDING, TEXT_SIZE, MOST_LINES)
    height = HEAD + len(lines) * LINE + PADDING + (LINE + 2 if has_foot else 0)
    breadth, depth = (height, width) if is_across else (width, height)
    return Box(pk, breadth, depth, lines)


def _picture(node: Node, box: Box, *, is_across: bool) -> Picture:
    x, y = (box.top, box.left) if is_across else (box.left, box.top)
    width, height = (box.depth, box.breadth) if is_across else (box.breadth, box.depth)
    x, y = round(x + MARGIN, 1), round(y + MARGIN, 1)
    lines = tuple((round(y + HEAD + LINE * (number + 0.78), 1), line) for number, line in enumerate(box.lines))
    head, foot = round(y + 17, 1), round(y + height - PADDING + 1, 1)
    return Picture(node, x, y, width, height, lines, head, foot, _foot(node), node.id == IMPACT)


def _foot(node: Node) -> str:
    """What is done about it, in one line that fits."""
    if node.corrected:
        said = "1 action item" if node.corrected == 1 else f"{node.corrected} action items"
    elif node.no_action_because:
        said = f"No action: {node.no_action_because}"
    else:
        said = "Nothing corrects it yet"
    return shortened(said, NODE_WIDTH - 2 * PADDING - 15, TEXT_SIZE - 1) if node.corrected or node.is_leaf else ""


def _joint(node: Node, box: Box, causes: int, *, is_across: bool) -> Joint:
    middle, edge = box.middle + MARGIN, box.top + box.depth + MARGIN
    # Below the deepest box of the layer, so that no edge runs through a neighbour.
    at = box.floor + MARGIN + (STEM_ACROSS if is_across else STEM_DOWN)
    x, y = (at, middle) if is_across else (middle, at)
    tip_x, tip_y = (edge, middle) if is_across else (middle, edge)
    label_x, label_y = (tip_x + 8, y - 7) if is_across else (x + 8, y - 6)
    tip = f"M{tip_x:.1f} {tip_y:.1f}" + ("l8 -4.5v9z" if is_across else "l-4.5 8h9z")
    path = f"M{x:.1f} {y:.1f}L{tip_x:.1f} {tip_y:.1f}"
    is_all = node.is_all and causes > 1
    return Joint(node.id, round(x, 1), round(y, 1), round(label_x, 1), round(label_y, 1), path, tip, is_all)


def _path(joint: Joint, way: Sequence[tuple[float, float, float]], *, is_across: bool) -> str:
    """A smooth line from the joint through the layers it passes, straight within each, to the cause."""
    made = f"M{joint.x:.1f} {joint.y:.1f}"
    breadth, depth = (joint.y, joint.x) if is_across else (joint.x, joint.y)
    for next_breadth, start, end in (tuple(number + MARGIN for number in step) for step in way):
        half = (depth + start) / 2
        points = [(breadth, half), (next_breadth, half), (next_breadth, start)]
        made += "C" + " ".join(f"{d:.1f} {b:.1f}" if is_across else f"{b:.1f} {d:.1f}" for b, d in points)
        if end > start:
            made += f"L{end:.1f} {next_breadth:.1f}" if is_across else f"L{next_breadth:.1f} {end:.1f}"
        breadth, depth = next_breadth, end
    return made
