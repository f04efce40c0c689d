"""Objects for tests: plain functions with sensible defaults. Alice is on call, Bob second, Carol of another team, Dora
an administrator; time begins on MONDAY."""

from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from itertools import count

from PIL import Image

from coe.models import COE, ActionItem, BarRaiser, Section
from coe.template import BUILT_IN
from oncall.models import (
    ContactMethod,
    Dependency,
    Deployment,
    Environment,
    EscalationPolicy,
    EscalationStep,
    Incident,
    Integration,
    Membership,
    NotificationRule,
    Participant,
    Room,
    Schedule,
    ScheduleLayer,
    Service,
    StepTarget,
    Team,
    User,
)
from oncall.models.incidents import current_version

MONDAY = datetime(2026, 11, 16, 14, 2, tzinfo=UTC)
number = count(1)


def person(name="Alice Moreau", email="", *, zone="Europe/Paris", reachable=True, **facts) -> User:
    email = email or f"{name.split()[0].lower()}@example.com"
    user = User.objects.filter(email=email).first() or User.objects.create_user(email, name=name, zone=zone, **facts)
    if reachable and not user.contact_methods.exists():
        contact(user)
    return user


def alice() -> User:
    return person()


def bob() -> User:
    return person("Bob Kimani", zone="Africa/Nairobi")


def carol() -> User:
    return person("Carol Osei", zone="Europe/London")


def dora() -> User:
    return person("Dora Lindqvist", is_staff=True)


def contact(user: User, channel="email", address="", *, verified=True) -> ContactMethod:
    return ContactMethod.objects.create(
        user=user, channel=channel, address=address or user.email, verified_at=MONDAY if verified else None
    )


def team(name="Payments", *members: User, managers: tuple[User, ...] = (), parent: Team | None = None) -> Team:
    made, _ = Team.objects.get_or_create(slug=name.lower().replace(" ", "-"), defaults={"name": name, "parent": parent})
    for member in members:
        Membership.objects.get_or_create(team=made, user=member)
    for manager in managers:
        Membership.objects.update_or_create(team=made, user=manager, defaults={"role": Membership.Role.MANAGER})
    return made


def room(name="#payments-alerts", *, owner: Team | None = None, channel="email", address="") -> Room:
    """A room that is told by e-mail."""
    return Room.objects.create(
        team=owner or team(), name=name, channel=channel, address=address or "alerts@example.com", created_at=MONDAY
    )


def rule(user: User, minutes=0, *, by: ContactMethod | None = None, urgency="high") -> NotificationRule:
    """By the person's first contact method, if none is named."""
    method = by or user.contact_methods.first()
    return NotificationRule.objects.create(user=user, contact_method=method, urgency=urgency, after_minutes=minutes)


def schedule(name="Payments primary", *people: User, owner: Team | None = None, zone="Europe/Paris") -> Schedule:
    """A weekly rotation handed over on Mondays at 09:00, the first person on call on MONDAY."""
    made = Schedule.objects.create(
        name=name, slug=f"{name.lower().replace(' ', '-')}-{next(number)}", team=owner or team(), zone=zone
    )
    layer = ScheduleLayer.objects.create(
        schedule=made, name="Weekly rotation", hand_over_at=time(9), starts_on=date(2026, 11, 16)
    )
    for slot, user in enumerate(people):
        Participant.objects.create(layer=layer, user=user, slot=slot)
    return made


def policy(*steps: User | Schedule, owner: Team | None = None, repeats=0, delay=5) -> EscalationPolicy:
    """One step for each person or schedule."""
    made = EscalationPolicy.objects.create(name=f"Policy {next(number)}", team=owner or team(), repeats=repeats)
    version = made.new_version(MONDAY)
    for position, target in enumerate(steps):
        step = EscalationStep.objects.create(version=version, position=position, delay_minutes=delay)
        StepTarget.objects.create(step=step, **{"user" if isinstance(target, User) else "schedule": target})
    return made


def service(name="payments-api", *, owner: Team | None = None, **facts) -> Service:
    made, _ = Service.objects.get_or_create(
        slug=facts.pop("slug", name), defaults={"name": name, "team": owner or team(), **facts}
    )
    return made


def needs(upper: Service, *lower: Service) -> None:
    for one in lower:
        Dependency.objects.create(service=upper, needs=one)


def environment(name="eu-west-1", **facts) -> Environment:
    made, _ = Environment.objects.get_or_create(name=name, defaults=facts)
    return made


def integration(dialect="alertmanager", of: Service | None = None) -> tuple[Integration, str]:
    """A door and its key."""
    return Integration.issue(of or service(), dialect)


def deployment(version="1.42.0", *, of: Service | None = None, at=MONDAY, state="succeeded", **facts) -> Deployment:
    facts.setdefault("environment", environment())
    return Deployment.objects.create(
        service=of or service(),
        version=version,
        state=state,
        external_id=str(next(number)),
        started_at=at,
        finished_at=at if state in {"succeeded", "failed"} else None,
        reached_at=at,
        **facts,
    )


def incident(title="Card authorisations failing", *, of: Service | None = None, at=MONDAY, **facts) -> Incident:
    """A triggered SEV 2 whose first page is owed at once."""
    facts.setdefault("severity", 2)
    facts.setdefault("page_after", at if facts.get("state", "triggered") == "triggered" else None)
    of = of or service()
    return Incident.objects.create(
        title=title,
        service=of,
        policy_version=current_version(of),
        impact_started_at=at,
        detected_at=at,
        triggered_at=at,
        moved_at=at,
        **facts,
    )


def coe(title="38 % of card checkouts were declined for 27 minutes", *, owner: User | None = None, **facts) -> COE:
    """A draft with its empty sections."""
    made = COE.objects.create(
        title=title, owner=owner or alice(), team=facts.pop("team", None) or team(), created_at=MONDAY, **facts
    )
    Section.objects.bulk_create(Section(coe=made, key=key) for key in BUILT_IN.forms)
    return made


def bar_raiser(user: User, **facts) -> BarRaiser:
    """Somebody of the pool, and of a team of their own."""
    team("Quality", user)
    made, _ = BarRaiser.objects.get_or_create(user=user, defaults={"added_at": MONDAY, **facts})
    return made


def action(title="Give each issuer a pool of its own", *, of: COE | None = None, due_in=30, **facts) -> ActionItem:
    """An open action item of Alice's, due `due_in` days after MONDAY."""
    about = of or coe()
    facts.setdefault("owner", alice())
    return ActionItem.objects.create(
        coe=about, title=title, team=about.team, due_on=(MONDAY + timedelta(days=due_in)).date(), **facts
    )


def picture(width=40, height=30, kind="PNG", colour=(180, 30, 60), **options) -> bytes:
    """A picture of one colour, as a file."""
    made = BytesIO()
    Image.new("RGB", (width, height), colour).save(made, kind, **options)
    return made.getvalue()
