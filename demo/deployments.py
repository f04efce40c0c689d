"""Ninety days of deployments with the rhythm of people: working hours of the team, quiet Fridays, empty weekends.

It decides the same history for the same `now`, up to where the clock stands. The release that broke the payments of
this hour is not here: see `demo/scene.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from django.db import connection

from demo.organisation import Organisation
from oncall import times
from oncall.models import Deployment, RunningVersion, Service

DAYS = 90
SEED = 20_161
# Releases of a weekday against the pace of a service: people ship most on Tuesday, and few on a Friday.
WEEKDAYS = (0.95, 1.25, 1.2, 1.1, 0.4, 0.03, 0.03)
SPEED = 1.9
# What share of releases stops in a stage, or is taken back from one.
FAILS, TAKEN_BACK = 0.035, 0.012
CONFIGURED = {
    "risk-rules": 1.6,
    "promotions": 1.2,
    "pricing": 1.0,
    "edge-proxy": 0.5,
    "web-firewall": 0.8,
    "search-api": 0.7,
}
REASONS = (
    "Retry idempotent calls once", "Bound the size of the request log", "Drop the legacy price field",
    "Raise pool limits", "Read replicas for listings", "Upgrade the TLS library", "Fix rounding of partial refunds",
    "Cache the country table", "Emit metrics for each dependency", "Remove a dead feature flag", "Speed up cold start",
    "Stream large exports", "Validate addresses on entry", "Move a job to the event bus", "Shorten lock times",
    "Translate error messages",
)  # fmt: skip


@dataclass
class History:
    """The deployments made, oldest first, and where each service stands."""

    all: list[Deployment] = field(default_factory=list)
    # (service id, environment id) → its last succeeded deployment of code.
    running: dict[tuple[int, int], Deployment] = field(default_factory=dict)
    # (service id, environment id, kind) → its last succeeded deployment of that kind.
    last: dict[tuple[int, int, str], Deployment] = field(default_factory=dict)

    def before(self, deployment: Deployment) -> Deployment | None:
        """What it replaces."""
        return self.last.get((deployment.service_id, deployment.environment_id, deployment.kind))

    def add(self, deployment: Deployment) -> None:
        """The next one, whose facts are complete."""
        place = (deployment.service_id, deployment.environment_id)
        if deployment.state == Deployment.State.SUCCEEDED:
            self.last[*place, deployment.kind] = deployment
            if deployment.kind == Deployment.Kind.CODE:
                self.running[place] = deployment
        self.all.append(deployment)

    def of(self, service: Service, environment: str) -> list[Deployment]:
        """Succeeded deployments of a service in one environment, oldest first."""
        return [
            d
            for d in self.all
            if d.service_id == service.pk
            and d.environment.name == environment
            and d.state == Deployment.State.SUCCEEDED
        ]


@dataclass
class Release:
    """One version on its way through the environments."""

    service: Service
    version: str
    kind: str
    commit: str
    size: int
    description: str
    actor: str


def make(made: Organisation) -> History:
    """Create the deployments and what runs where now, in two statements whatever their number."""
    random = Random(SEED)  # noqa: S311 - a plausible past, not a secret
    planned: list[Deployment] = []
    for slug, service in made.services.items():
        planned += _of_service(made, service, made.paces[slug] * SPEED, random)
    # In the order they ended: what ended last is what runs.
    planned.sort(key=lambda deployment: deployment.finished_at or deployment.reached_at)
    history = _chained(planned)
    Deployment.objects.bulk_create(history.all, batch_size=2000)
    RunningVersion.objects.bulk_create(
        RunningVersion(
            service_id=service, environment_id=environment, deployment=d, since=d.finished_at or d.reached_at
        )
        for (service, environment), d in history.running.items()
    )
    return history


def _of_service(made: Organisation, service: Service, pace: float, random: Random) -> list[Deployment]:
    zone = made.zones[service.team.slug]
    names = [person.name for person in made.members(service.team)]
    first = times.local(made.now, zone).date() - timedelta(days=DAYS)
    major, minor, patch = random.randint(1, 4), random.randint(2, 30), 0
    is_scene = service.slug == "payments-api"
    if is_scene:
        major, minor = 1, 33  # so that the 1.42.0 of the scene is the next one
    rows: list[Deployment] = []
    for offset in range(DAYS + 1):
        day = first + timedelta(days=offset)
        # The scene tells the last week of its service itself.
        releases = 0 if is_scene and offset > DAYS - 8 else _count(pace * WEEKDAYS[day.weekday()], random)
        for _ in range(releases):
            minor, patch = (minor + 1, 0) if random.random() < 0.45 else (minor, patch + 1)
            actor = random.choice(["release-bot", "release-bot", *names])
            release = _release(service, f"{major}.{minor}.{patch}", Deployment.Kind.CODE, actor, random)
            rows += _rollout(made, release, _moment(day, zone, random), random)
        for _ in range(_count(CONFIGURED.get(service.slug, 0.08) * WEEKDAYS[day.weekday()], random)):
            number = 1800 + offset * 4 + random.randint(0, 3)
            kind = Deployment.Kind.FLAG if random.random() < 0.35 else Deployment.Kind.CONFIG
            word = "flag" if kind == Deployment.Kind.FLAG else "config"
            release = _release(service, f"{word} {number}", kind, random.choice(names), random)
            rows += _settings(made, release, _moment(day, zone, random), random)
    return rows


def _count(mean: float, random: Random) -> int:
    """How many of something happen in a day: Knuth's way to a Poisson number."""
    product, count, limit = random.random(), 0, 2.718281828 ** -min(mean, 20.0)
    while product > limit:
        product *= random.random()
        count += 1
    return count


def _moment(day: date, zone: str, random: Random) -> datetime:
    """A time of the working day: most before lunch and in the early afternoon, few in the evening."""
    hour = min(19.5, max(7.8, random.choice((random.gauss(10.7, 1.1), random.gauss(14.6, 1.3)))))
    return times.at_wall_clock(day, time(int(hour), int(hour % 1 * 60), random.randint(0, 59)), zone)


def _release(service: Service, version: str, kind: str, actor: str, random: Random) -> Release:
    size = int(random.lognormvariate(4.2, 1.1)) if kind == Deployment.Kind.CODE else random.randint(1, 40)
    return Release(service, version, kind, f"{random.getrandbits(160):040x}", size, random.choice(REASONS), actor)


def _rollout(made: Organisation, release: Release, at: datetime, random: Random) -> list[Deployment]:
    """Stage by stage, each after the one before has baked; a failure stops it, a rollback goes a version back."""
    rows: list[Deployment] = []
    for name in ("gamma", "one-box", "eu-west-1", "us-east-1", "ap-southeast-2"):
        took = timedelta(seconds=random.randint(90, 840))
        if at + took > made.now - timedelta(minutes=45):
            break
        luck = random.random()
        state = Deployment.State.SUCCEEDED
        if luck < FAILS:
            state = Deployment.State.FAILED
        elif luck < FAILS + TAKEN_BACK and name != "gamma":
            state = Deployment.State.ROLLED_BACK
        rows.append(_row(made, release, name, (at, at + took), state))
        if state == Deployment.State.ROLLED_BACK:
            rows.append(_rollback(made, rows[-1], at + took + timedelta(minutes=random.randint(6, 50))))
        if state != Deployment.State.SUCCEEDED:
            break
        # One hour at least on one box, twelve after the first wave (Amazon Builders' Library).
        wait = {"gamma": (0.5, 3.0), "one-box": (1.0, 1.6), "eu-west-1": (12.0, 20.0), "us-east-1": (2.0, 4.0)}
        at += took + timedelta(hours=random.uniform(*wait.get(name, (1.0, 1.0))))
    return rows


def _settings(made: Organisation, release: Release, at: datetime, random: Random) -> list[Deployment]:
    """Configuration goes everywhere within minutes, which is what makes it dangerous."""
    rows: list[Deployment] = []
    for name in ("eu-west-1", "us-east-1", "ap-southeast-2"):
        took = timedelta(seconds=random.randint(5, 50))
        if at + took < made.now - timedelta(minutes=45):
            rows.append(_row(made, release, name, (at, at + took), Deployment.State.SUCCEEDED))
        at += took + timedelta(minutes=random.randint(1, 12))
    return rows


def _row(
    made: Organisation, release: Release, environment: str, span: tuple[datetime, datetime], state: str
) -> Deployment:
    return Deployment(
        external_id=f"{release.service.slug}-{release.commit[:12]}-{environment}",
        service=release.service,
        environment=made.environments[environment],
        kind=release.kind,
        version=release.version,
        artifact=f"pkg:oci/{release.service.slug}@{release.version}" if release.kind == Deployment.Kind.CODE else "",
        commit=release.commit,
        repository=release.service.repository,
        actor=release.actor,
        description=release.description,
        size=release.size,
        state=state,
        queued_at=span[0] - timedelta(seconds=20),
        started_at=span[0],
        finished_at=span[1],
        reached_at=span[0],
    )


def _rollback(made: Organisation, bad: Deployment, at: datetime) -> Deployment:
    """What ran before, again. Its version is filled in when the rows are put in order."""
    back = Release(bad.service, "", bad.kind, bad.commit[::-1], 0, f"Roll back {bad.version}", "release-bot")
    row = _row(made, back, bad.environment.name, (at, at + timedelta(minutes=3)), Deployment.State.SUCCEEDED)
    row.rollback_of = bad
    return row


def _chained(planned: list[Deployment]) -> History:
    """Give every row its id and its predecessor, so that one statement can write them all."""
    history = History()
    for deployment, pk in zip(planned, _ids(len(planned)), strict=True):
        deployment.pk = pk
        deployment.previous = before = history.before(deployment)
        bad = deployment.rollback_of
        if bad is not None:
            # Set again: the id of what is taken back was not known when the row was planned.
            deployment.rollback_of = bad
            deployment.version = before.version if before else bad.version
            deployment.commit = before.commit if before else deployment.commit
        history.add(deployment)
    return history


def _ids(count: int) -> list[int]:
    """Ids of the table's own sequence, taken at once: rows refer to each other before they are written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [Deployment._meta.db_table, count],
        )
        return [row[0] for row in cursor.fetchall()]
