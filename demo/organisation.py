"""The demonstration's people, teams, services, schedules and policies, from `data/organisation.yaml`.

It decides who is on call while somebody looks: Alice Moreau now and for days, Bob Kimani next, whatever day it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from oncall import times
from oncall.models import (
    ContactMethod,
    Dependency,
    Environment,
    EscalationPolicy,
    EscalationStep,
    Integration,
    Membership,
    Participant,
    Schedule,
    ScheduleLayer,
    Service,
    ServiceLink,
    StepTarget,
    Team,
    User,
)

FILE = Path(__file__).parent / "data" / "organisation.yaml"
PASSWORD = "errata-demo"  # noqa: S105 - printed on the first page of the demonstration
ADDRESS = "https://{kind}.example.com/{slug}"


@dataclass
class Organisation:
    """Everything that was made, by the names the other modules use."""

    now: datetime
    people: dict[str, User] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    zones: dict[str, str] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    paces: dict[str, float] = field(default_factory=dict)
    environments: dict[str, Environment] = field(default_factory=dict)
    doors: dict[str, Integration] = field(default_factory=dict)
    themes: dict[str, str] = field(default_factory=dict)

    def members(self, team: Team) -> list[User]:
        """People of a team who carry a pager, in the order of its rotation."""
        return self._rotations[team.slug]

    def manager(self, team: Team) -> User:
        return self._managers[team.slug]

    _rotations: dict[str, list[User]] = field(default_factory=dict)
    _managers: dict[str, User] = field(default_factory=dict)


def make(now: datetime) -> Organisation:
    """Create the organisation; every time in it is relative to `now`."""
    plan = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    made = Organisation(now=now, themes=plan["themes"])
    for row in plan["environments"]:
        made.environments[row["name"]] = Environment.objects.create(**row)
    _people(made, plan)
    _services(made, plan)
    _links(made)
    _doors(made)
    return made


def _people(made: Organisation, plan: dict[str, Any]) -> None:
    accounts: dict[str, str] = plan["accounts"]
    # One hash serves all of them: argon2 is slow on purpose, and the password is public.
    password = make_password(PASSWORD)
    for row in plan["teams"]:
        team = Team.objects.create(
            slug=row["slug"], name=row["name"], description=row["about"], parent=made.teams.get(row.get("parent", ""))
        )
        made.teams[team.slug] = team
        made.zones[team.slug] = row.get("zone", "UTC")
        for line in row.get("people", []):
            _member(made, line, team, accounts, password)
        if row.get("people"):
            _schedule(made, team, row.get("rotation", "weekly"))
    for line in plan["directors"]:
        name, zone, job, slug = _cells(line)
        person = _person(made, name, zone, accounts, password)
        Membership.objects.create(team=made.teams[slug], user=person, job=job, role=Membership.Role.MANAGER)
        made._managers[slug] = person
    name, zone, job, slug = _cells(plan["administrator"])
    administrator = _person(made, name, zone, accounts, password)
    User.objects.filter(pk=administrator.pk).update(is_staff=True, is_superuser=True)
    administrator.refresh_from_db()
    Membership.objects.create(team=made.teams[slug], user=administrator, job=job)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")]


def _member(made: Organisation, line: str, team: Team, accounts: dict[str, str], password: str) -> None:
    name, zone, job, *role = _cells(line)
    person = _person(made, name, zone, accounts, password)
    Membership.objects.create(team=team, user=person, job=job, role=role[0] if role else Membership.Role.MEMBER)
    if role:
        made._managers[team.slug] = person
    if not role or team.slug not in {"payments", "checkout", "catalogue", "edge"}:
        made._rotations.setdefault(team.slug, []).append(person)


def _person(made: Organisation, name: str, zone: str, accounts: dict[str, str], password: str) -> User:
    email = accounts.get(name) or f"{name.lower().replace(' ', '.')}@example.com"
    person = User.objects.create(
        email=email,
        name=name,
        zone=zone,
        # Whoever has no account of the demonstration cannot sign in at all.
        password=password if name in accounts else make_password(None),
        joined_at=made.now - timedelta(days=400),
    )
    EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
    ContactMethod.objects.create(
        user=person, channel="email", address=email, verified_at=made.now - timedelta(days=399)
    )
    made.people[name] = person
    return person


def _schedule(made: Organisation, team: Team, rotation: str) -> None:
    """A primary layer that names the first of the rotation now, and a secondary one that is a turn ahead."""
    zone, people = made.zones[team.slug], made._rotations[team.slug]
    today = times.local(made.now, zone)
    # The turn began yesterday at nine: nobody's pager changes hands an hour after somebody has signed in.
    began = today.date() - timedelta(days=1 if rotation == "weekly" or today.time() < time(9) else 0)
    turn = timedelta(days=7 if rotation == "weekly" else 1)
    rounds = 400 // (turn.days * len(people))
    schedule = Schedule.objects.create(name=f"{team.name} on-call", slug=f"{team.slug}-on-call", team=team, zone=zone)
    for position, role in enumerate((ScheduleLayer.Role.PRIMARY, ScheduleLayer.Role.SECONDARY)):
        layer = ScheduleLayer.objects.create(
            schedule=schedule,
            name=f"{rotation.capitalize()} rotation, {role}",
            position=position,
            role=role,
            rotation=rotation,
            hand_over_at=time(9),
            hand_over_on=began.weekday(),
            starts_on=began - turn * len(people) * rounds,
        )
        turned = [*people[position:], *people[:position]]
        Participant.objects.bulk_create(
            Participant(layer=layer, user=person, slot=slot) for slot, person in enumerate(turned)
        )
    _policy(made, team, schedule)


def _policy(made: Organisation, team: Team, schedule: Schedule) -> None:
    policy = EscalationPolicy.objects.create(
        name=f"{team.name}: on-call, then second, then manager", team=team, repeats=2
    )
    targets: list[tuple[int, dict[str, Any]]] = [
        (5, {"schedule": schedule, "role": "primary"}),
        (10, {"schedule": schedule, "role": "secondary"}),
        (15, {"user": made.manager(team)}),
    ]
    version = policy.new_version(made.now - timedelta(days=390))
    for position, (delay, target) in enumerate(targets):
        step = EscalationStep.objects.create(version=version, position=position, delay_minutes=delay)
        StepTarget.objects.create(step=step, **target)


def _services(made: Organisation, plan: dict[str, Any]) -> None:
    needs: list[tuple[str, str]] = []
    for row in plan["teams"]:
        team = made.teams[row["slug"]]
        for slug, (tier, pace, *upstream) in row.get("services", {}).items():
            made.services[slug] = Service.objects.create(
                name=slug,
                slug=slug,
                description=plan["descriptions"][slug],
                team=team,
                tier=tier,
                system=team.parent.name if team.parent else "",
                repository=f"meridian/{slug}",
                escalation_policy=team.escalation_policies.get(),
            )
            made.paces[slug] = pace
            needs += [(slug, other) for other in upstream]
    Dependency.objects.bulk_create(
        Dependency(service=made.services[one], needs=made.services[other]) for one, other in needs
    )


def _links(made: Organisation) -> None:
    kinds = {
        ServiceLink.Kind.REPOSITORY: ("Repository", "code"),
        ServiceLink.Kind.RUNBOOK: ("Runbook", "runbooks"),
        ServiceLink.Kind.DASHBOARD: ("Dashboard", "graphs"),
    }
    ServiceLink.objects.bulk_create(
        ServiceLink(service=service, kind=kind, title=title, url=ADDRESS.format(kind=host, slug=slug))
        for slug, service in made.services.items()
        for kind, (title, host) in kinds.items()
    )


def _doors(made: Organisation) -> None:
    """One door for alerts at every service. Their keys are not shown to anybody; `create_integration` makes another."""
    for slug, service in made.services.items():
        made.doors[slug], _ = Integration.issue(service, Integration.Dialect.ALERTMANAGER, "Alertmanager")
