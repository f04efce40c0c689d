"""Which deployments may have caused an incident: gathers the evidence, has it weighed, keeps every ranking.

The weighing is `oncall/suspicion.py`; a person's word is `oncall.models.Verdict` and beats every likelihood.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction

from oncall import suspicion
from oncall.models import Alert, Dependency, Deployment, Environment, Incident, Ranking, Suspect
from oncall.models.timeline import announce

logger = logging.getLogger(__name__)

# Candidates of one service: the newest ones, so that a frequent deployer costs no more than a rare one.
NEWEST = 10
# A ranking is made again as evidence comes in: the first minutes are worth 13 points of precision.
AGAIN_AFTER = (timedelta(minutes=1), timedelta(minutes=3), timedelta(minutes=10))
# Whoever ranks has this long before another may try.
RANKING_LEASE = timedelta(minutes=1)
# A succeeded deployment says something about its health only after it has baked (Amazon Builders' Library: one hour).
BAKED_AFTER = timedelta(hours=1)
# Suspects kept of a ranking; the rest share crumbs of likelihood.
KEPT = 5
# How far back an error must have been unknown to count as new.
MEMORY = timedelta(days=30)
# Alerts of one incident whose labels are read; in a storm the rest say the same.
MOST_ALERTS = 100
# Labels of alerts that name the error itself, not the rule that noticed it.
ERROR_LABELS = ("error", "exception", "error_signature")


def newest(incident: Incident) -> Ranking | None:
    """The newest ranking, if there is one."""
    return incident.rankings.first()


def newest_or_first(incident: Incident, now: datetime) -> Ranking:
    """The newest ranking; made now if there is none yet."""
    return newest(incident) or rank(incident, now)


def rank(incident: Incident, now: datetime) -> Ranking:
    """Rank the changes that may have caused the incident and keep the result."""
    evidence = _evidence(incident)
    weighed = suspicion.rank(list(evidence))
    deployments = {candidate.key: deployment for candidate, deployment in evidence.items()}
    with transaction.atomic():
        ranking = Ranking.objects.create(incident=incident, made_at=now, p_no_change=weighed.p_no_change)
        Suspect.objects.bulk_create(
            Suspect(
                ranking=ranking,
                deployment=deployments[suspect.candidate.key],
                probability=suspect.probability,
                hops=suspect.candidate.hops,
                reasons=suspect.reasons,
            )
            for suspect in weighed.suspects[:KEPT]
        )
        announce(f"incident:{incident.pk}")
    return ranking


def rank_due(now: datetime, limit: int = 100) -> int:
    """Rank every incident whose time has come, and say when it comes again; returns how many.

    The time is put off while one is ranked, instead of locking the incident: nobody who acknowledges or pages waits.
    """
    ranked = 0
    due = Incident.objects.filter(rank_after__lte=now).select_related("service", "environment").order_by("rank_after")
    for incident in due[:limit]:
        ours = Incident.objects.filter(pk=incident.pk, rank_after=incident.rank_after)
        if not ours.update(rank_after=now + RANKING_LEASE):
            continue
        try:
            with transaction.atomic():
                rank(incident, now)
                ranked += 1
        except Exception:  # one incident that cannot be ranked must not keep the others from their suspects
            logger.exception("suspects.ranking_failed incident=%s", incident.pk)
        # Unless evidence came in meanwhile and asks for another ranking.
        mine = Incident.objects.filter(pk=incident.pk, rank_after=now + RANKING_LEASE)
        mine.update(rank_after=next_ranking(incident, now))
    return ranked


def next_ranking(incident: Incident, now: datetime) -> datetime | None:
    """When evidence is worth another look: one, three and ten minutes after the incident began."""
    times = (incident.triggered_at + after for after in AGAIN_AFTER)
    return next((at for at in times if at > now), None)


def evidence_came(deployment: Deployment, now: datetime) -> None:
    """A deployment began, ended or was rolled back: incidents it may concern are ranked again at once."""
    downstream = {deployment.service_id, *_neighbours({deployment.service_id}, upstream=False)}
    downstream |= _neighbours(downstream, upstream=False)
    Incident.objects.open().filter(
        service__in=downstream,
        impact_started_at__gte=deployment.reached_at - suspicion.CLOCK_SKEW,
        triggered_at__gte=now - suspicion.HORIZON,
    ).update(rank_after=now)


def _evidence(incident: Incident) -> dict[suspicion.Candidate, Deployment]:
    """The candidates of an incident, each with its deployment."""
    hops = hops_upstream(incident.service_id)
    deployments = _candidates(incident, hops)
    rates = _releases_per_day(hops, incident.impact_started_at)
    error, known_before = _error(incident)
    found = {}
    for deployment in deployments:
        candidate = suspicion.Candidate(
            key=deployment.pk,
            hops=hops[deployment.service_id],
            lag=incident.impact_started_at - deployment.reached_at,
            deployments_per_day=rates.get(deployment.service_id, 0.0),
            outcome=_outcome(deployment, incident.impact_started_at),
            signature=_signature(deployment, incident, error, known_before),
            service=deployment.service.name,
            environment=deployment.environment.name,
            error=error,
            affected=incident.service.name,
            version=deployment.label,
        )
        found[candidate] = deployment
    return found


def hops_upstream(service_id: int) -> dict[int, int]:
    """The service itself and what it needs, to two hops: service id → hops."""
    hops = {service_id: 0}
    ring = {service_id}
    for distance in (1, 2):
        ring = _neighbours(ring, upstream=True) - hops.keys()
        hops |= dict.fromkeys(ring, distance)
    return hops


def _neighbours(services: Iterable[int], *, upstream: bool) -> set[int]:
    here, there = ("service", "needs") if upstream else ("needs", "service")
    return set(Dependency.objects.filter(**{f"{here}__in": services}).values_list(there, flat=True))


def _candidates(incident: Incident, hops: dict[int, int]) -> list[Deployment]:
    """The newest deployments of each service that had reached the incident's environment when the impact began.

    One index scan a service: with fifty million deployments the planner's other ideas take seconds.
    """
    if incident.environment_id:
        environments = [incident.environment_id]
    else:
        environments = list(Environment.objects.filter(tier="production").values_list("pk", flat=True))
    began = incident.impact_started_at
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT d.id FROM unnest(%s::bigint[]) AS wanted(service_id)
            CROSS JOIN LATERAL (
                SELECT id FROM oncall_deployment
                WHERE service_id = wanted.service_id AND reached_at BETWEEN %s AND %s
                  AND environment_id = ANY(%s) AND state <> 'queued'
                ORDER BY reached_at DESC LIMIT %s
            ) AS d
            """,
            [list(hops), began - suspicion.HORIZON, began + suspicion.CLOCK_SKEW, environments, NEWEST],
        )
        ids = [row[0] for row in cursor.fetchall()]
    return list(Deployment.objects.select_related("service", "environment").filter(pk__in=ids))


def _releases_per_day(services: Iterable[int], until: datetime) -> dict[int, float]:
    """How often each service releases to production, over the fortnight before; one release may reach many regions."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT d.service_id,
                count(DISTINCT coalesce(nullif(d.version, ''), nullif(d.commit, ''), d.id::text)) / 14.0
            FROM oncall_deployment d JOIN oncall_environment e ON e.id = d.environment_id AND e.tier = 'production'
            WHERE d.service_id = ANY(%s) AND d.reached_at BETWEEN %s AND %s GROUP BY d.service_id
            """,
            [list(services), until - timedelta(days=14), until],
        )
        return {service: float(rate) for service, rate in cursor.fetchall()}


def _outcome(deployment: Deployment, impact_started_at: datetime) -> suspicion.Outcome | None:
    """What became of the deployment, as far as it says anything about its health."""
    if deployment.state in {Deployment.State.FAILED, Deployment.State.ROLLED_BACK}:
        return "failed" if deployment.state == Deployment.State.FAILED else "rolled_back"
    has_baked = impact_started_at - deployment.reached_at >= BAKED_AFTER
    return "clean" if deployment.state == Deployment.State.SUCCEEDED and has_baked else None


def _error(incident: Incident) -> tuple[str, datetime | None]:
    """The error that the incident's alerts name, and when this service last showed it before the incident."""
    for labels in incident.alerts.values_list("labels", flat=True)[:MOST_ALERTS]:
        for label in ERROR_LABELS:
            if name := labels.get(label):
                return str(name), _last_seen(incident, label, str(name))
    return "", None


def _last_seen(incident: Incident, label: str, name: str) -> datetime | None:
    before = Alert.objects.filter(
        service=incident.service_id,
        opened_at__range=(incident.impact_started_at - MEMORY, incident.impact_started_at),
        **{f"labels__{label}": name},
    ).exclude(incident=incident)
    return before.order_by("-opened_at").values_list("opened_at", flat=True).first()


def _signature(
    deployment: Deployment, incident: Incident, error: str, known_before: datetime | None
) -> suspicion.Signature | None:
    """Whether the error is new with this deployment; unknown when alerts name none, or for other services' changes."""
    if not error or deployment.service_id != incident.service_id:
        return None
    return "none" if known_before and known_before < deployment.reached_at else "new"
