"""Backstage's `catalog-info.yaml`: what a file says about services, teams and what needs what.

It decides what a descriptor means and names, with its line, whatever it does not understand. It does not decide what is
created or changed from it: see `oncall/cataloguing.py`. The format is Backstage's
(https://backstage.io/docs/features/software-catalog/descriptor-format).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import yaml

from oncall import payloads

LIMIT = 1024 * 1024
# Aliases let a small file stand for a huge one ("billion laughs"); counted before anything is built.
NODES_LIMIT = 50_000
DOCUMENTS_LIMIT = 5_000
DEPTH_LIMIT = 60
KINDS = ("Component", "Group", "System", "API")
IGNORED_KINDS = ("Location", "Domain", "Resource", "User", "Template")
REPOSITORY_ANNOTATIONS = ("github.com/project-slug", "gitlab.com/project-slug")
TIER = re.compile(r"(?:tier|t)?[\s_-]?([1-3])", re.IGNORECASE)
REFERENCE = re.compile(r"(?:(?P<kind>[A-Za-z]+):)?(?:(?P<namespace>[^/:\s]+)/)?(?P<name>[^/:\s]+)")
LINK_KINDS = {"runbook": "runbook", "dashboard": "dashboard", "repository": "repository", "repo": "repository"}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that was not understood, and where. Lines count from 1."""

    line: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Reference:
    """Another entity by kind (lower case) and name; the namespace is read and dropped."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Link:
    """An address with a title; kind is repository, runbook, dashboard or other."""

    kind: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Entity:
    """One descriptor: a Component or API (a service), a Group (a team) or a System.

    `tier` is None where none is given. `depends_on` holds Components and APIs that it needs to work, consumed APIs
    included. `parent` and `system` are names.
    """

    kind: str
    name: str
    line: int
    title: str = ""
    description: str = ""
    owner: Reference | None = None
    lifecycle: str = ""
    type: str = ""
    system: str = ""
    parent: str = ""
    tier: int | None = None
    repository: str = ""
    depends_on: tuple[Reference, ...] = ()
    provides: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All that a file says, and all that was not understood."""

    entities: tuple[Entity, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Report:
    line: int
    problems: list[Problem] = field(default_factory=list)

    def add(self, sentence: str) -> None:
        self.problems.append(Problem(self.line, sentence))


def parse(content: bytes | str) -> Catalogue:
    """Read one file of one or more YAML documents. Never fails: what is wrong is among the problems.

    A broken document ends the file, because YAML cannot tell where the next one begins; those before it count.
    """
    source = content.decode(errors="replace") if isinstance(content, bytes) else payloads.clean(content)
    if len(source) > LIMIT:
        return Catalogue(problems=(Problem(1, "The file is larger than 1 MB. Split it."),))
    report = _Report(1)
    entities = []
    for descriptor in _documents(source.replace("\x00", ""), report):
        entity = _entity(descriptor, report)
        if entity:
            entities.append(entity)
    return Catalogue(tuple(entities), tuple(report.problems))


def _documents(source: str, report: _Report) -> Iterator[object]:
    """Each document as plain values; `report.line` follows."""
    loader = yaml.SafeLoader(source)
    try:
        for _ in range(DOCUMENTS_LIMIT):
            if not loader.check_node():
                return
            node = loader.get_node()
            report.line = node.start_mark.line + 1
            if _size(node) > NODES_LIMIT:
                report.add("This document is too large, or its aliases repeat themselves without end.")
                continue
            yield _built(loader, node, report)
        report.add(f"Only the first {DOCUMENTS_LIMIT} documents were read.")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        report.line = mark.line + 1 if mark else report.line
        report.add(f"Not YAML from here on: {error.problem or error.context}.")
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        report.add(f"Not YAML that can be read: {type(error).__name__}.")
    finally:
        loader.dispose()


def _built(loader: yaml.SafeLoader, node: yaml.Node, report: _Report) -> object:
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


def _entity(descriptor: object, report: _Report) -> Entity | None:
    if descriptor is None:
        return None
    if not isinstance(descriptor, dict):
        report.add("A descriptor must be a mapping with apiVersion, kind, metadata and spec.")
        return None
    kind = _said(descriptor, "kind", 80)
    if kind not in KINDS:
        _unknown_kind(kind, report)
        return None
    metadata, spec = _mapping(descriptor, "metadata"), _mapping(descriptor, "spec")
    name = _said(metadata, "name", 120)
    if not name:
        report.add(f"This {kind} has no metadata.name.")
        return None
    annotations = {payloads.text(key, 200): value for key, value in _mapping(metadata, "annotations").items()}
    links = _links(metadata, report)
    return Entity(
        kind=kind,
        name=name,
        line=report.line,
        title=_said(metadata, "title", 120) or _said(_mapping(spec, "profile"), "displayName", 120),
        description=_said(metadata, "description", 10_000),
        owner=_owner(kind, spec, report),
        lifecycle=_said(spec, "lifecycle", 40).lower(),
        type=_said(spec, "type", 40),
        system=_name_of(spec, "system", "system", report),
        parent=_name_of(spec, "parent", "group", report),
        tier=_tier(metadata, annotations),
        repository=_repository(annotations, links),
        depends_on=_depends_on(spec, report),
        provides=tuple(reference.name for reference in _references(spec, "providesApis", "api", report)),
        links=links,
    )


def _unknown_kind(kind: str, report: _Report) -> None:
    if kind in IGNORED_KINDS:
        report.add(f"A {kind} was passed over: only {', '.join(KINDS)} are imported.")
    else:
        report.add(f"“{kind}” is no kind that is known here." if kind else "“kind” is missing.")


def _mapping(fields: Mapping[object, object], name: str) -> Mapping[object, object]:
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def _said(fields: Mapping[object, object], name: str, limit: int) -> str:
    """A scalar as text; lists and mappings where a word belongs are nothing."""
    value = fields.get(name)
    return "" if isinstance(value, dict | list | set) else payloads.text(_plain(value), limit).strip()


def _plain(value: object) -> object:
    """Dates and bytes, which YAML makes of some words, as text."""
    return value if value is None or isinstance(value, str | bool | int | float) else str(value)


def _listed(fields: Mapping[object, object], name: str, report: _Report) -> list[object]:
    value = fields.get(name)
    if value is None or isinstance(value, list):
        return value or []
    report.add(f"“{name}” must be a list.")
    return []


def _owner(kind: str, spec: Mapping[object, object], report: _Report) -> Reference | None:
    if kind == "Group":
        return None
    owner = _said(spec, "owner", 255)
    if not owner:
        report.add(f"This {kind} has no spec.owner.")
        return None
    return _reference(owner, "group", "owner", report)


def _reference(value: object, default_kind: str, where: str, report: _Report) -> Reference | None:
    """`[kind:][namespace/]name`, as Backstage writes it."""
    words = value.strip() if isinstance(value, str) else ""
    found = REFERENCE.fullmatch(words)
    if not found:
        shown = payloads.cut(payloads.text(_plain(value), 80), 80)
        report.add(f"“{where}” is not a reference such as component:default/name: {shown}.")
        return None
    return Reference((found["kind"] or default_kind).lower(), payloads.cut(found["name"], 120))


def _name_of(fields: Mapping[object, object], name: str, kind: str, report: _Report) -> str:
    words = _said(fields, name, 255)
    found = _reference(words, kind, name, report) if words else None
    return found.name if found else ""


def _references(spec: Mapping[object, object], name: str, kind: str, report: _Report) -> list[Reference]:
    found = (_reference(entry, kind, name, report) for entry in _listed(spec, name, report))
    return [reference for reference in found if reference]


def _depends_on(spec: Mapping[object, object], report: _Report) -> tuple[Reference, ...]:
    named = _references(spec, "dependsOn", "component", report) + _references(spec, "consumesApis", "api", report)
    for reference in named:
        if reference.kind not in ("component", "api"):
            report.add(f"The dependency on the {reference.kind} {reference.name} was passed over.")
    return tuple(dict.fromkeys(reference for reference in named if reference.kind in ("component", "api")))


def _tier(metadata: Mapping[object, object], annotations: Mapping[str, object]) -> int | None:
    """From a label or annotation named tier (also example.com/tier), else from a tag such as tier-1."""
    labels = {payloads.text(key, 200): value for key, value in _mapping(metadata, "labels").items()}
    named = [value for key, value in (labels | dict(annotations)).items() if key.rpartition("/")[2].lower() == "tier"]
    tags = metadata.get("tags")
    tagged = [tag for tag in tags if str(tag).lower().startswith("tier")] if isinstance(tags, list) else []
    for value in [*named, *tagged]:
        found = TIER.fullmatch(payloads.text(_plain(value), 20).strip())
        if found:
            return int(found[1])
    return None


def _repository(annotations: Mapping[str, object], links: tuple[Link, ...]) -> str:
    """ "owner/name" from an annotation, else from a link to the repository."""
    slug = next((payloads.text(annotations[name], 200) for name in REPOSITORY_ANNOTATIONS if annotations.get(name)), "")
    location = payloads.text(annotations.get("backstage.io/source-location"), 500).removeprefix("url:")
    addresses = [location, *(link.url for link in links if link.kind == "repository")]
    found = (re.match(r"https?://(?:www\.)?(?:github|gitlab)\.com/([^/]+/[^/#?]+)", address) for address in addresses)
    return slug.strip().strip("/") or next((match[1].removesuffix(".git") for match in found if match), "")


def _links(metadata: Mapping[object, object], report: _Report) -> tuple[Link, ...]:
    links = []
    for entry in _listed(metadata, "links", report):
        address = payloads.web_address(entry.get("url")) if isinstance(entry, dict) else ""
        if not address or len(address) > 500:
            report.add("A link without an http or https address of at most 500 characters was left out.")
            continue
        title = _said(entry, "title", 120)
        words = f"{_said(entry, 'type', 40)} {_said(entry, 'icon', 40)} {title}".lower()
        kind = next((kind for word, kind in LINK_KINDS.items() if word in words), "other")
        links.append(Link(kind, title or payloads.cut(address, 120), address))
    return tuple(links)
