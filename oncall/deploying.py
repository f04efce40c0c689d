"""Messages about deployments → one row per deployment, what ran before it, and what runs where now.

It decides which service and environment a change is about, which of two states wins, and what is a rollback:

* Messages come late, twice and out of order. A state never gives way to one of a lower rank; of two of the same rank
  the one that happened later wins. What a message adds is kept, what it leaves out takes nothing away.
* The service is the one the sender names, else the only one with that repository, else the integration's own.
* A deployment that puts back what ran here before, and is not what runs now, is a rollback of what runs now.

It does not decide what a message means (`oncall/changes/`), nor which incident a deployment caused
(`oncall/suspecting.py`).
"""

import re
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from oncall import filing, suspecting
from oncall.changes.change import Change, Dialect
from oncall.models import Deployment, Environment, Integration, RunningVersion, Service, Signal
from oncall.models.timeline import announce
from oncall.payloads import Answer, Headers, Malformed

State = Deployment.State
DEFAULT_ENVIRONMENT = "production"
REGION = re.compile(r"\b[a-z]{2}(?:-[a-z]+)+-\d\b")
TIERS = (
    (re.compile(r"stag|pre-?prod|uat|qa|test|gamma|beta", re.IGNORECASE), Environment.Tier.STAGING),
    (re.compile(r"dev|preview|sandbox|alpha|local", re.IGNORECASE), Environment.Tier.DEVELOPMENT),
)
# How far back what ran in an environment is compared to tell a rollback.
ROLLBACK_LOOKS_AT = 200
# Facts that any message may add.
FACTS = ("version", "artifact", "commit", "repository", "actor", "url", "description", "size")
TIMES = ("queued_at", "started_at")
FINISHED = (State.SUCCEEDED, State.FAILED, State.ROLLED_BACK)
# Keeps these locks apart from those of others.
LOCKS_OF_DEPLOYMENTS = 0x4553


def receive(
    integration: Integration, dialect: Dialect, body: bytes, headers: Headers, *, remote: str | None, now: datetime
) -> Answer:
    """Take one message in; what is answered with success is committed. The caller has checked key and signature.

    A body that the dialect does not allow is kept with its reasons and answered with the dialect's error. Raises
    `django.db.Error` when the database cannot take it; then nothing was stored.
    """
    message = filing.Message(integration, dialect.name, body, filing.kept(headers), remote, now)
    try:
        changes = dialect.parse(body, headers)
    except Malformed as refusal:
        filing.refuse(message, refusal.reasons)
        return dialect.refused(refusal.reasons)
    with transaction.atomic():
        filing.touch([message])
        if changes:
            _take(message, changes)
    return dialect.accepted(changes)


def _take(message: filing.Message, changes: Sequence[Change]) -> None:
    signal = filing.keep(message)
    for change in changes:
        record(change, integration=message.integration, signal=signal, now=message.now)


def record(
    change: Change,
    *,
    now: datetime,
    integration: Integration | None = None,
    service: Service | None = None,
    signal: Signal | None = None,
) -> Deployment:
    """Bring one deployment to what this change says of it, and everything that follows from it.

    `service` is given by callers that know it; otherwise it follows from the change and the integration, one of which
    must name it. Times the sender left out are `now`.
    """
    with transaction.atomic():
        # First the deployment, then its place: everybody in this order.
        _lock(f"{integration.pk if integration else ''}:{change.external_id}")
        known = Deployment.objects.filter(integration=integration, external_id=change.external_id)
        deployment = known.select_related("service", "environment").first()
        if deployment is None:
            deployment = Deployment(
                integration=integration,
                external_id=change.external_id,
                service=service or service_for(change, integration),
                environment=environment_for(change.environment),
                kind=change.kind,
                state="",
            )
        _lock(f"{deployment.service_id}:{deployment.environment_id}")
        _learn(deployment, change, now)
        deployment.signal = signal or deployment.signal
        _compare(deployment, change)
        deployment.save()
        _settle(deployment)
        suspecting.evidence_came(deployment, now)
    announce("deployments")
    return deployment


def service_for(change: Change, integration: Integration | None) -> Service:
    """Whose deployment this is. Raises `Malformed` when nothing names a service that is known."""
    if change.service_hint:
        hint = change.service_hint.strip()
        named = Service.objects.filter(Q(slug__iexact=hint) | Q(name__iexact=hint)).order_by("pk").first()
        if named:
            return named
    own = integration.service if integration else None
    if change.repository and not (own and own.repository.lower() == change.repository.lower()):
        matches = list(Service.objects.filter(repository__iexact=change.repository)[:2])
        if len(matches) == 1:
            return matches[0]
    if own is None:
        raise Malformed("No service is named that is known here.")
    return own


def environment_for(name: str) -> Environment:
    """The environment of this name whatever its case, made when it is new; nothing means production."""
    name = name.strip()[:80] or DEFAULT_ENVIRONMENT
    known = Environment.objects.filter(name__iexact=name).order_by("pk").first()
    if known:
        return known
    region = REGION.search(name.lower())
    tier = next((tier for words, tier in TIERS if words.search(name)), Environment.Tier.PRODUCTION)
    return Environment.objects.get_or_create(name=name, defaults={"tier": tier, "region": region[0] if region else ""})[
        0
    ]


def _lock(key: str) -> None:
    """Wait until nobody else changes what this key stands for; until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCKS_OF_DEPLOYMENTS, key])


def _learn(deployment: Deployment, change: Change, now: datetime) -> None:
    """Take over what is new, never take away what is known."""
    for name in FACTS:
        if getattr(change, name) not in ("", None) and getattr(deployment, name) in ("", None):
            setattr(deployment, name, getattr(change, name))
    for name in TIMES:
        setattr(deployment, name, getattr(deployment, name) or getattr(change, name))
    at = change.occurred_at or now
    if change.state == State.QUEUED:
        deployment.queued_at = deployment.queued_at or at
    elif change.state == State.STARTED:
        deployment.started_at = deployment.started_at or at
    if _is_news(deployment, change.state, at):
        deployment.state = change.state
        if change.state in FINISHED:
            deployment.finished_at = change.finished_at or at
    deployment.reached_at = deployment.started_at or deployment.finished_at or deployment.queued_at or now


def _is_news(deployment: Deployment, state: str, at: datetime) -> bool:
    if not deployment.state or deployment.may_become(state):
        return True
    # A deployment that failed may be tried again under the same number; what happened last counts, not what came last.
    same_rank = deployment.RANK[State(state)] == deployment.RANK[State(deployment.state)]
    return (
        same_rank and state != deployment.state and deployment.finished_at is not None and at > deployment.finished_at
    )


def _ran_here(deployment: Deployment) -> list[Deployment]:
    """What of the same sort succeeded in the same place before this one, newest first."""
    until = deployment.finished_at or deployment.reached_at
    # GitHub's times have whole seconds: of two in the same one, the first that was heard of came first.
    before = Q(finished_at__lt=until) | Q(finished_at=until, pk__lt=deployment.pk or sys.maxsize)
    alike = Deployment.objects.succeeded().alike(deployment)
    here = alike.filter(before, service_id=deployment.service_id, environment_id=deployment.environment_id)
    return list(here.order_by("-finished_at", "-pk")[:ROLLBACK_LOOKS_AT])


def _compare(deployment: Deployment, change: Change) -> None:
    """Find what it replaces, and whether it puts back what ran before that."""
    ran = _ran_here(deployment)
    if deployment.rollback_of:
        # What was rolled back counts as succeeded no more, but it is what was replaced.
        deployment.previous = deployment.rollback_of
        return
    deployment.previous = replaced = ran[0] if ran else None
    if replaced is None or _is_same(deployment, replaced):
        return
    if change.is_rollback or any(_is_same(deployment, earlier) for earlier in ran[1:]):
        deployment.rollback_of = replaced


def _is_same(one: Deployment, other: Deployment) -> bool:
    """Whether both put the same thing in place, by the most exact name that both have."""
    for name in ("artifact", "commit", "version"):
        if getattr(one, name) and getattr(other, name):
            return bool(getattr(one, name) == getattr(other, name))
    return False


def _settle(deployment: Deployment) -> None:
    """What follows for other rows of the same place."""
    here = {"service_id": deployment.service_id, "environment_id": deployment.environment_id}
    if deployment.state == State.SUCCEEDED:
        if deployment.rollback_of_id:
            Deployment.objects.succeeded().filter(pk=deployment.rollback_of_id).update(state=State.ROLLED_BACK)
        # Those that came in before this one although they happened after it.
        stale = Q(previous__isnull=True) | Q(previous__finished_at__lt=deployment.finished_at)
        later = Deployment.objects.alike(deployment).filter(stale, **here, reached_at__gt=deployment.finished_at)
        Deployment.objects.filter(pk__in=later.exclude(pk=deployment.pk).values("pk")).update(previous=deployment)
    if deployment.state in FINISHED:
        _keep_running(here)


def _keep_running(here: dict[str, Any]) -> None:
    """What runs here now is the version that succeeded last; changes of settings run nothing."""
    last = Deployment.objects.succeeded().versions().filter(**here).order_by("-finished_at", "-pk").first()
    if last is None:
        RunningVersion.objects.filter(**here).delete()
    else:
        facts = {"deployment": last, "since": last.finished_at}
        RunningVersion.objects.update_or_create(facts, **here)
