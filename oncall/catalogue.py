"""Backstage's `catalog-info.yaml`: what a file says about services, teams and what needs what.

It decides what a descriptor means and names, with its line, whatever it does not understand. It does not decide what is
created or changed from it: see `oncall/cataloguing.py`. The format is Backstage's
(https://backstage.io/docs/features/software-catalog/descriptor-format).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from oncall import documents, payloads
from oncall.documents import Problem, Report

LIMIT = 1024 * 1024
KINDS = ("Component", "Group", "System", "API")
IGNORED_KINDS = ("Location", "Domain", "Resource", "User", "Template")
REPOSITORY_ANNOTATIONS = ("github.com/project-slug", "gitlab.com/project-slug")
TIER = re.compile(r"(?:tier|t)?[\s_-]?([1-3])", re.IGNORECASE)
REFERENCE = re.compile(r"(?:(?P<kind>[A-Za-z]+):)?(?:(?P<namespace>[^/:\s]+)/)?(?P<name>[^/:\s]+)")
LINK_KINDS = {"runbook": "runbook", "dashboard": "dashboard", "repository": "repository", "repo": "repository"}


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


def parse(content: bytes | str) -> Catalogue:
    """Read one file of one or more YAML documents. Never fails: what is wrong is among the problems.

    A broken document ends the file, because YAML cannot tell where the next one begins; those before it count.
    """
    source = content.decode(errors="replace") if isinstance(content, bytes) else payloads.clean(content)
    if len(source) > LIMIT:
        return Catalogue(problems=(Problem(1, "The file is larger than 1 MB. Split it."),))
    report = Report()
    entities = []
    for descriptor in documents.read(source.replace("\x00", ""), report):
        entity = _entity(descriptor, report)
        if entity:
            entities.append(entity)
    return Catalogue(tuple(entities), tuple(report.problems))


def _entity(descriptor: object, report: Report) -> Entity | None:
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


def _unknown_kind(kind: str, report: Report) -> None:
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


def _listed(fields: Mapping[object, object], name: str, report: Report) -> list[object]:
    value = fields.get(name)
    if value is None or isinstance(value, list):
        return value or []
    report.add(f"“{name}” must be a list.")
    return []


def _owner(kind: str, spec: Mapping[object, object], report: Report) -> Reference | None:
    if kind not in ("Component", "API"):
        return None
    owner = _said(spec, "owner", 255)
    if not owner:
        report.add(f"This {kind} has no spec.owner.")
        return None
    return _reference(owner, "group", "owner", report)


def _reference(value: object, default_kind: str, where: str, report: Report) -> Reference | None:
    """`[kind:][namespace/]name`, as Backstage writes it."""
    words = value.strip() if isinstance(value, str) else ""
    found = REFERENCE.fullmatch(words)
    if not found:
        shown = payloads.cut(payloads.text(_plain(value), 80), 80)
        report.add(f"“{where}” is not a reference such as component:default/name: {shown}.")
        return None
    return Reference((found["kind"] or default_kind).lower(), payloads.cut(found["name"], 120))


def _name_of(fields: Mapping[object, object], name: str, kind: str, report: Report) -> str:
    words = _said(fields, name, 255)
    found = _reference(words, kind, name, report) if words else None
    return found.name if found else ""


def _references(spec: Mapping[object, object], name: str, kind: str, report: Report) -> list[Reference]:
    found = (_reference(entry, kind, name, report) for entry in _listed(spec, name, report))
    return [reference for reference in found if reference]


def _depends_on(spec: Mapping[object, object], report: Report) -> tuple[Reference, ...]:
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


def _links(metadata: Mapping[object, object], report: Report) -> tuple[Link, ...]:
    links = []
    for listed in _listed(metadata, "links", report):
        entry: Mapping[object, object] = listed if isinstance(listed, dict) else {}
        address = payloads.web_address(entry.get("url"))
        if not address or len(address) > 500:
            report.add("A link without an http or https address of at most 500 characters was left out.")
            continue
        title = _said(entry, "title", 120)
        words = f"{_said(entry, 'type', 40)} {_said(entry, 'icon', 40)} {title}".lower()
        kind = next((kind for word, kind in LINK_KINDS.items() if word in words), "other")
        links.append(Link(kind, title or payloads.cut(address, 120), address))
    return tuple(links)
