"""Boxes in layers below a first one, with few crossings and without overlaps. Pure; the unit is the caller's.

Breadth is along a layer, depth across the layers. Nothing here knows what the boxes mean.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

# Sweeps of ordering and of placing; more change nothing that the eye sees.
ORDERINGS, PLACINGS = 12, 16
# An edge that passes a layer is kept this far from its neighbours, and straight rather than short.
THIN, STRAIGHT = 10.0, 4.0

type_edge = tuple[int, int]
type_item = int | tuple[int, int, int]


@dataclass(slots=True)
class Box:
    """A box to be placed. `place` sets its `left`, its `top`, and the `floor` of its whole layer."""

    id: int
    breadth: float
    depth: float
    lines: tuple[str, ...] = ()
    left: float = 0.0
    top: float = 0.0
    floor: float = 0.0

    @property
    def middle(self) -> float:
        return self.left + self.breadth / 2


@dataclass
class _Layers:
    """Items by layer: ids of boxes, and (upper, lower, layer) where an edge passes."""

    rows: list[list[type_item]]
    above: dict[type_item, list[type_item]]
    below: dict[type_item, list[type_item]]


def place(
    boxes: Mapping[int, Box], edges: Sequence[type_edge], between: float, gap: float
) -> dict[type_edge, list[tuple[float, float, float]]]:
    """Set the places of all boxes; edges are (upper, lower) without circles, and the first box is above all.

    Returns for each edge where it passes each layer down to its lower box: (breadth, depth it enters, depth it leaves),
    at the lower box both are its upper side. The first layer begins at 0, as does the leftmost item.
    """
    layers = _layers(boxes, edges)
    _order(layers)
    centres = _centres(layers, boxes, between)
    tops, deepest = _depths(layers, boxes, gap)
    for row, top, deep in zip(layers.rows, tops, deepest, strict=True):
        for box in (boxes[item] for item in row if isinstance(item, int)):
            box.left, box.top, box.floor = centres[box.id] - box.breadth / 2, top, top + deep
    ways = {}
    level = {item: number for number, row in enumerate(layers.rows) for item in row}
    for upper, lower in edges:
        passed: list[type_item] = [(upper, lower, number) for number in range(level[upper] + 1, level[lower])]
        ways[upper, lower] = [
            (centres[item], tops[level[item]], tops[level[item]] + deepest[level[item]]) for item in passed
        ]
        ways[upper, lower].append((centres[lower], tops[level[lower]], tops[level[lower]]))
    return ways


def _layers(boxes: Mapping[int, Box], edges: Sequence[type_edge]) -> _Layers:
    """Every box one layer below the lowest of what it hangs from; within a layer in the order given."""
    level = _levels(boxes, edges)
    layers = _Layers([[] for _ in range(max(level.values()) + 1)], defaultdict(list), defaultdict(list))
    for pk in boxes:
        layers.rows[level[pk]].append(pk)
    for upper, lower in edges:
        before: type_item = upper
        for number in range(level[upper] + 1, level[lower]):
            passing = (upper, lower, number)
            layers.rows[number].append(passing)
            layers.below[before].append(passing)
            layers.above[passing].append(before)
            before = passing
        layers.below[before].append(lower)
        layers.above[lower].append(before)
    return layers


def _levels(boxes: Mapping[int, Box], edges: Sequence[type_edge]) -> dict[int, int]:
    """The longest way down to each box (Kahn's order)."""
    lowers: dict[int, list[int]] = defaultdict(list)
    waiting = dict.fromkeys(boxes, 0)
    for upper, lower in edges:
        lowers[upper].append(lower)
        waiting[lower] += 1
    level = dict.fromkeys(boxes, 0)
    ready = [pk for pk, count in waiting.items() if not count]
    for pk in ready:
        for lower in lowers[pk]:
            level[lower] = max(level[lower], level[pk] + 1)
            waiting[lower] -= 1
            if not waiting[lower]:
                ready.append(lower)
    return level


def _order(layers: _Layers) -> None:
    """Sort each layer by the middle of its neighbours, down and up in turn; the best order found is kept."""
    best, fewest = [list(row) for row in layers.rows], crossings(layers.rows, layers.below)
    for sweep in range(ORDERINGS):
        if not fewest:
            break
        is_down = sweep % 2 == 0
        rows, near = (layers.rows, layers.above) if is_down else (layers.rows[::-1], layers.below)
        for fixed, row in pairwise(rows):
            place_of = {item: number for number, item in enumerate(fixed)}
            own = {item: float(number) for number, item in enumerate(row)}
            row.sort(key=lambda item: _mean([place_of[one] for one in near[item]], own[item]))
        _swap(layers)
        if (count := crossings(layers.rows, layers.below)) < fewest:
            best, fewest = [list(row) for row in layers.rows], count
    layers.rows[:] = best


def _swap(layers: _Layers) -> None:
    """Exchange neighbours where that alone takes crossings away."""
    for number, row in enumerate(layers.rows):
        sides = []
        if number:
            sides.append((layers.above, {item: at for at, item in enumerate(layers.rows[number - 1])}))
        if number + 1 < len(layers.rows):
            sides.append((layers.below, {item: at for at, item in enumerate(layers.rows[number + 1])}))
        for at in range(len(row) - 1):
            left, right = row[at], row[at + 1]
            gain = sum(
                _crossed([place_of[one] for one in near[left]], [place_of[one] for one in near[right]])
                for near, place_of in sides
            )
            if gain > 0:
                row[at], row[at + 1] = right, left


def _crossed(left: Sequence[int], right: Sequence[int]) -> int:
    """How many crossings fewer two neighbours have once they are exchanged."""
    return sum((a > b) - (a < b) for a in left for b in right)


def _mean(numbers: Sequence[float], otherwise: float) -> float:
    return sum(numbers) / len(numbers) if numbers else otherwise


def crossings(rows: Sequence[Sequence[type_item]], below: Mapping[type_item, Iterable[type_item]]) -> int:
    """How many pairs of edges cross between neighbouring layers."""
    count = 0
    for upper, lower in pairwise(rows):
        place_of = {item: number for number, item in enumerate(lower)}
        ends = [sorted(place_of[one] for one in below.get(item, ())) for item in upper]
        seen: list[int] = []
        for some in ends:
            count += sum(1 for end in some for earlier in seen if earlier > end)
            seen += some
    return count


def _centres(layers: _Layers, boxes: Mapping[int, Box], between: float) -> dict[type_item, float]:
    """The middle of each item: near the middle of its neighbours, apart from those beside it."""
    half = {item: boxes[item].breadth / 2 if isinstance(item, int) else THIN for row in layers.rows for item in row}
    centres: dict[type_item, float] = {}
    for row in layers.rows:
        centres |= _apart(row, [0.0] * len(row), [1.0] * len(row), half, between)
    for sweep in range(PLACINGS):
        # Down and up in turn; at last up, so that what is explained stands over its causes.
        rows = layers.rows if sweep % 2 == 0 else layers.rows[::-1]
        near = layers.above if sweep % 2 == 0 else layers.below
        for row in rows:
            wanted = [_mean([centres[one] for one in near[item]], centres[item]) for item in row]
            weights = [(1.0 if isinstance(item, int) else STRAIGHT) * (1 + len(near[item])) for item in row]
            centres |= _apart(row, wanted, weights, half, between)
    least = min(centre - half[item] for item, centre in centres.items())
    return {item: centre - least for item, centre in centres.items()}


def _apart(
    row: Sequence[type_item],
    wanted: Sequence[float],
    weights: Sequence[float],
    half: Mapping[type_item, float],
    between: float,
) -> dict[type_item, float]:
    """The places nearest to those wanted (least squares) in this order without overlap: pool adjacent violators."""
    offsets, at = [], 0.0
    for number, item in enumerate(row):
        at += half[row[number - 1]] + half[item] + between if number else 0.0
        offsets.append(at)
    pools: list[tuple[float, float, int]] = []
    for want, weight, offset in zip(wanted, weights, offsets, strict=True):
        value, total, count = want - offset, weight, 1
        while pools and pools[-1][0] >= value:
            earlier, heavy, many = pools.pop()
            value, total, count = (earlier * heavy + value * total) / (heavy + total), heavy + total, many + count
        pools.append((value, total, count))
    values = [value for value, _, count in pools for _ in range(count)]
    return {item: value + offset for item, value, offset in zip(row, values, offsets, strict=True)}


def _depths(layers: _Layers, boxes: Mapping[int, Box], gap: float) -> tuple[list[float], list[float]]:
    """Where each layer begins, and how deep it is."""
    tops, deepest, top = [], [], 0.0
    for row in layers.rows:
        deep = max((boxes[item].depth for item in row if isinstance(item, int)), default=0.0)
        tops.append(top)
        deepest.append(deep)
        top += deep + gap
    return tops, deepest
