"""YAML from outside as plain values, document by document, with lines, and safe from files made to do harm.

It decides what is too large, too deep or endless. It does not decide what a document means.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from oncall import payloads

# Aliases let a small file stand for a huge one ("billion laughs"); counted before anything is built.
NODES_LIMIT = 50_000
DOCUMENTS_LIMIT = 5_000
DEPTH_LIMIT = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that was not understood, and where. Lines count from 1."""

    line: int
    sentence: str


@dataclass(slots=True)
class Report:
    """The problems so far, and the line of the document that is being read."""

    line: int = 1
    problems: list[Problem] = field(default_factory=list)

    def add(self, sentence: str) -> None:
        self.problems.append(Problem(self.line, sentence))


def read(source: str, report: Report) -> Iterator[object]:
    """Each document as plain values; `report.line` follows, and problems go to the report. Never fails.

    A broken document is the last one, because YAML cannot tell where the next begins.
    """
    try:
        yield from _each(yaml.SafeLoader(source), report)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        report.line = mark.line + 1 if mark else report.line
        report.add(f"Not YAML from here on: {error.problem or error.context}.")
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error).splitlines()[0]
        report.add(f"Not YAML that can be read: {reason}.")


def _each(loader: yaml.SafeLoader, report: Report) -> Iterator[object]:
    for _ in range(DOCUMENTS_LIMIT):
        node = loader.get_node() if loader.check_node() else None
        if node is None:
            return
        report.line = node.start_mark.line + 1
        if _size(node) > NODES_LIMIT:
            report.add("This document is too large or too deep, or its aliases repeat themselves without end.")
        else:
            yield _built(loader, node, report)
    report.add(f"Only the first {DOCUMENTS_LIMIT} documents were read.")


def _built(loader: yaml.SafeLoader, node: yaml.Node, report: Report) -> object:
    try:
        return loader.construct_document(node)
    except (yaml.YAMLError, RecursionError, ValueError, TypeError, OverflowError) as error:
        problem = getattr(error, "problem", None) or error
        report.add(f"This document holds a value that cannot be read: {payloads.cut(str(problem), 200)}.")
        return None


def _size(node: yaml.Node) -> int:
    """How many nodes the document would be with every alias written out; endless for one that holds itself."""
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()

    def size(node: yaml.Node, depth: int) -> int:
        if id(node) in sizes:
            return sizes[id(node)]
        if id(node) in open_nodes or depth > DEPTH_LIMIT:
            return NODES_LIMIT + 1
        open_nodes.add(id(node))
        total = 1
        for child in _children(node):
            # Capped, so that the number itself stays small.
            total = min(total + size(child, depth + 1), NODES_LIMIT + 1)
        open_nodes.discard(id(node))
        sizes[id(node)] = total
        return total

    return size(node, 0)


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield value
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value
