"""Catalogue files → teams, services and what needs what, with a report.

It decides what is created and changed from what `oncall/catalogue.py` has read:

* A Group is a team; a Component is a service; an API that a Component provides is that service, any other is a service
  of its own; a System is a word on its services.
* Entities are found again by name. What a file leaves out takes nothing away: links, dependencies, tier and repository
  that people have entered stay.
* An owner that no file describes becomes a team, so that no service is without one.

Everything is written in one transaction, with one audit row for each thing created or changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from django.db import transaction
from django.utils.text import slugify

from oncall import catalogue
from oncall.catalogue import Entity, Reference
from oncall.models import AuditEntry, Dependency, Service, ServiceLink, Team, User

SOURCE = "catalogue"
LIFECYCLES = {"development": "experimental", "beta": "experimental", "retired": "deprecated"}
Row = TypeVar("Row", Team, Service)


@dataclass(slots=True)
class Report:
    """What an import did. Names are shown to people; each problem says where it is."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def summary(self) -> str:
        """The counts in one sentence."""
        counts = f"{len(self.created)} created, {len(self.updated)} updated, {len(self.unchanged)} unchanged"
        return f"{counts}, {len(self.problems)} not understood."


@dataclass(frozen=True, slots=True)
class _Found:
    """An entity and the file it stands in."""

    file: str
    entity: Entity

    @property
    def place(self) -> str:
        return f"{self.file}, line {self.entity.line}"


def load(files: Mapping[str, bytes], *, now: datetime, by: User | None = None) -> Report:
    """Import catalogue files, given by name; all of them or, when the database fails, none."""
    report = Report()
    found: list[_Found] = []
    for name, content in files.items():
        read = catalogue.parse(content)
        report.problems += [f"{name}, line {problem.line}: {problem.sentence}" for problem in read.problems]
        found += [_Found(name, entity) for entity in read.entities]
    with transaction.atomic():
        _Import(report, now, by).run(_unique(found, report))
    return report


def _unique(found: Sequence[_Found], report: Report) -> list[_Found]:
    """Each entity once: a name that comes again is a mistake, and the first one counts."""
    first: dict[tuple[str, str], _Found] = {}
    for one in found:
        key = (one.entity.kind, slug(one.entity.name))
        if not key[1]:
            report.problems.append(f"{one.place}: “{one.entity.name}” has no letter or digit.")
        elif key in first:
            report.problems.append(f"{one.place}: the {key[0]} {one.entity.name} is in {first[key].place} already.")
        else:
            first[key] = one
    return list(first.values())


def slug(name: str) -> str:
    """The part of an address that a name becomes, at most 80 characters; nothing when no letter or digit is left."""
    return slugify(name.replace(".", "-"))[:80].strip("-_")


class _Import:
    """One import in progress: what is known so far, by slug."""

    def __init__(self, report: Report, now: datetime, by: User | None) -> None:
        self.report = report
        self.now = now
        self.by = by
        self.teams = {team.slug: team for team in Team.objects.all()}
        self.services = {service.slug: service for service in Service.objects.select_related("team")}
        self.providers: dict[str, str] = {}
        self.systems: dict[str, str] = {}

    def run(self, found: Sequence[_Found]) -> None:
        """Teams first, then services, then what joins them."""
        self.systems = {slug(one.entity.name): one.entity.title for one in found if one.entity.kind == "System"}
        components = {slug(one.entity.name) for one in found if one.entity.kind == "Component"}
        self.providers = {
            slug(api): slug(one.entity.name)
            for one in found
            if one.entity.kind == "Component"
            for api in one.entity.provides
        }
        groups = [one for one in found if one.entity.kind == "Group"]
        for one in groups:
            self._team(one)
        for one in groups:
            self._parent(one)
        services = [
            one
            for one in found
            if one.entity.kind == "Component" or (one.entity.kind == "API" and self._alone(one, components))
        ]
        kept = [(one, service) for one in services if (service := self._service(one))]
        for one, service in kept:
            self._dependencies(one, service)

    def _alone(self, one: _Found, components: set[str]) -> bool:
        name = slug(one.entity.name)
        return name not in self.providers and name not in components

    def _team(self, one: _Found) -> None:
        facts = {"name": one.entity.title or one.entity.name, "description": one.entity.description}
        key = slug(one.entity.name)
        team = self.teams.get(key) or Team(slug=key)
        self.teams[key] = self._keep(team, {name: value for name, value in facts.items() if value})

    def _parent(self, one: _Found) -> None:
        parent = self.teams.get(slug(one.entity.parent)) if one.entity.parent else None
        team = self.teams[slug(one.entity.name)]
        if one.entity.parent and parent is None:
            self._problem(one, f"the parent {one.entity.parent} is not known.")
        elif parent and self._is_below(parent, team):
            self._problem(one, f"{parent} cannot be above {team} and below it.")
        elif parent and team.parent_id != parent.pk:
            team.parent = parent
            team.save(update_fields=["parent"])

    def _is_below(self, team: Team, above: Team) -> bool:
        by_id = {each.pk: each for each in self.teams.values()}
        at: Team | None = team
        for _ in range(len(by_id) + 1):
            if at is None or at.pk == above.pk:
                return at is not None
            at = by_id.get(at.parent_id or 0)
        return True

    def _service(self, one: _Found) -> Service | None:
        entity = one.entity
        team = self._owner(one)
        if team is None:
            return None
        system = self.systems.get(slug(entity.system)) or entity.system
        facts = {
            "name": entity.title or entity.name,
            "team": team,
            "description": entity.description,
            "tier": entity.tier,
            "lifecycle": self._lifecycle(one),
            "kind": entity.type or ("api" if entity.kind == "API" else ""),
            "system": system[:120],
            "repository": entity.repository,
        }
        key = slug(entity.name)
        known = self.services.get(key)
        has_new_links = self._links(known, entity) if known else False
        service = self._keep(
            known or Service(slug=key), {name: value for name, value in facts.items() if value}, changed=has_new_links
        )
        if known is None:
            self._links(service, entity)
        self.services[key] = service
        return service

    def _owner(self, one: _Found) -> Team | None:
        owner = one.entity.owner
        key = slug(owner.name) if owner else ""
        if owner is None or owner.kind != "group" or not key:
            self._problem(one, f"the {one.entity.kind} {one.entity.name} was left out: its owner must be a group.")
            return None
        if key not in self.teams:
            self.teams[key] = self._keep(Team(slug=key), {"name": owner.name})
        return self.teams[key]

    def _lifecycle(self, one: _Found) -> str:
        word = LIFECYCLES.get(one.entity.lifecycle, one.entity.lifecycle)
        if word and word not in Service.Lifecycle.values:
            self._problem(one, f"the lifecycle “{word}” is not known; {', '.join(Service.Lifecycle.values)} are.")
            return ""
        return word

    def _links(self, service: Service, entity: Entity) -> bool:
        """Add what is new; returns whether anything was."""
        known = set(service.links.values_list("url", flat=True))
        new = {link.url: link for link in entity.links if link.url not in known}
        ServiceLink.objects.bulk_create(
            ServiceLink(service=service, kind=link.kind, title=link.title, url=link.url) for link in new.values()
        )
        return bool(new)

    def _dependencies(self, one: _Found, service: Service) -> None:
        known = set(service.needs.values_list("needs_id", flat=True))
        for reference in one.entity.depends_on:
            needed = self._needed(reference)
            if needed is None:
                self._problem(one, f"the {reference.kind} {reference.name}, which it depends on, is not known.")
            elif needed.pk != service.pk and needed.pk not in known:
                dependency = Dependency.objects.create(service=service, needs=needed)
                self._audit(dependency, "created")
                known.add(needed.pk)

    def _needed(self, reference: Reference) -> Service | None:
        key = slug(reference.name)
        if reference.kind == "api":
            key = self.providers.get(key, key)
        return self.services.get(key)

    def _keep(self, thing: Row, facts: dict[str, object], *, changed: bool = False) -> Row:
        """Create or change one row, say so in the report, and leave an audit row."""
        is_new = thing.pk is None
        differing = [name for name, value in facts.items() if getattr(thing, name, None) != value] if not is_new else []
        for name, value in facts.items():
            setattr(thing, name, value)
        noun = thing._meta.verbose_name
        if is_new:
            thing.save()
        elif differing:
            thing.save(update_fields=differing)
        outcome = (
            self.report.created if is_new else self.report.updated if differing or changed else self.report.unchanged
        )
        outcome.append(f"{noun} {thing.slug}")
        if is_new or differing or changed:
            detail = ", ".join(differing or (["links"] if changed else []))
            self._audit(thing, "created" if is_new else "updated", detail)
        return thing

    def _audit(self, about: Team | Service | Dependency, verb: str, detail: str = "") -> None:
        AuditEntry.objects.write(about, verb, actor=self.by, at=self.now, source=SOURCE, detail=detail)

    def _problem(self, one: _Found, sentence: str) -> None:
        self.report.problems.append(f"{one.place}: {sentence}")
