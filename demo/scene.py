"""What is happening as somebody signs in: cards fail in Europe, payments-api 1.42.0 went out nine minutes before.

It decides the one open incident. Nobody has been paged: the page is owed now, and the worker that starts next makes it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import orjson

from demo.deployments import History
from demo.organisation import Organisation
from oncall import suspecting
from oncall.models import (
    Alert,
    AlertEvent,
    Deployment,
    Environment,
    Incident,
    RunningVersion,
    Service,
    Signal,
    TimelineEntry,
)

TITLE = "Card authorisations failing in eu-west-1: 38 % of checkouts declined"
VERSION, BEFORE = "1.42.0", "1.41.7"
LAG = timedelta(minutes=9)
# Seven alerts of one group, seconds after another; the first is what the incident was opened by.
ALERTS = (
    (0, "AuthorisationFailureRate", "Authorisation failure rate above 5 % for 2 minutes"),
    (9, "IssuerTimeouts", "IssuerTimeout in 31 % of calls to issuer-gateway"),
    (14, "LatencyP99High", "p99 of POST /authorisations at 8 400 ms"),
    (22, "PoolExhausted", "No free connection in pool “issuers” for 60 seconds"),
    (27, "CheckoutDeclines", "Declined checkouts at 38 %, usual is 2.1 %"),
    (33, "RetriesHigh", "Retries of authorisations at 3.4 a request"),
    (41, "ErrorBudgetBurn", "A month's error budget burns in 5 hours"),
)


def make(made: Organisation, history: History) -> Incident:
    """Put the guilty version where it is, and open the incident as the alerts of the last minute did."""
    service, place = made.services["payments-api"], made.environments["eu-west-1"]
    began = made.now.replace(microsecond=0) - timedelta(seconds=100)
    guilty = _versions(made, service, history, began)
    incident = Incident.objects.create(
        title=TITLE,
        summary="Shoppers in Europe see “card declined”. Cards themselves are fine.",
        service=service,
        environment=place,
        severity=2,
        impact_started_at=began,
        detected_at=began + timedelta(seconds=60),
        triggered_at=began + timedelta(seconds=60),
        moved_at=began + timedelta(seconds=60),
        page_after=made.now,
        rank_after=made.now + timedelta(minutes=1),
    )
    _alerts(made, incident, service, place)
    _told(incident, guilty, made.now)
    suspecting.rank(incident, made.now)
    return incident


def _versions(made: Organisation, service: Service, history: History, began: datetime) -> Deployment:
    """1.41.7 everywhere for a week, 1.42.0 in gamma, on one box and in Europe; a rule of the risk engine before it."""
    weeks_ago = began - timedelta(days=6, hours=3)
    for name, after in (("gamma", 0), ("one-box", 2), ("eu-west-1", 4), ("us-east-1", 22), ("ap-southeast-2", 25)):
        _put(made, history, service, name, BEFORE, weeks_ago + timedelta(hours=after))
    rules = made.services["risk-rules"]
    _put(made, history, rules, "eu-west-1", "config 2211", began - timedelta(minutes=41), kind=Deployment.Kind.CONFIG)
    _put(made, history, service, "gamma", VERSION, began - timedelta(hours=3, minutes=20))
    _put(made, history, service, "one-box", VERSION, began - timedelta(minutes=74))
    return _put(made, history, service, "eu-west-1", VERSION, began - LAG)


def _put(
    made: Organisation,
    history: History,
    service: Service,
    environment: str,
    version: str,
    at: datetime,
    kind: str = Deployment.Kind.CODE,
) -> Deployment:
    place = made.environments[environment]
    deployment = Deployment.objects.create(
        external_id=f"{service.slug}-{version}-{environment}".replace(" ", "-"),
        service=service,
        environment=place,
        kind=kind,
        version=version,
        artifact=f"pkg:oci/{service.slug}@{version}" if kind == Deployment.Kind.CODE else "",
        commit="9f2c1e07ab5d4c83" if version == VERSION else "41d7a0be93c25f16",
        repository=service.repository,
        actor="release-bot" if kind == Deployment.Kind.CODE else made.members(service.team)[0].name,
        description="One connection pool for all issuers (14 commits)" if version == VERSION else "",
        size=612 if version == VERSION else 18,
        previous=history.last.get((service.pk, place.pk, kind)),
        state=Deployment.State.SUCCEEDED,
        queued_at=at - timedelta(seconds=20),
        started_at=at,
        finished_at=at + timedelta(minutes=3),
        reached_at=at,
        url=f"https://deployments.example.com/{service.slug}/{version.replace(' ', '-')}",
    )
    history.add(deployment)
    if kind == Deployment.Kind.CODE:
        facts = {"deployment": deployment, "since": deployment.finished_at}
        RunningVersion.objects.update_or_create(facts, service=service, environment=place)
    return deployment


def _alerts(made: Organisation, incident: Incident, service: Service, place: Environment) -> None:
    """Each alert with the raw signal it came in by, so that it can be replayed like any other."""
    for after, name, title in ALERTS:
        at = min(incident.detected_at + timedelta(seconds=after), made.now)
        labels = {"alertname": name, "service": service.slug, "region": place.name, "error": "IssuerTimeout"}
        signal = Signal.objects.create(
            integration=made.doors[service.slug],
            dialect="alertmanager",
            received_at=at,
            headers={"Content-Type": "application/json", "User-Agent": "Alertmanager/0.28.0"},
            body=_body(labels, title, incident.impact_started_at),
        )
        alert = Alert.objects.create(
            integration=made.doors[service.slug],
            service=service,
            incident=incident,
            environment=place,
            dedup_key=f"{name}-{service.slug}-{place.name}",
            group_key=f"{service.slug}/{place.name}",
            title=title,
            severity=incident.severity,
            labels=labels,
            started_at=incident.impact_started_at,
            opened_at=at,
            last_signal_at=at,
        )
        AlertEvent.objects.create(signal=signal, alert=alert, action=AlertEvent.Action.TRIGGER, at=at)


def _body(labels: dict[str, str], title: str, began: datetime) -> bytes:
    alert = {"status": "firing", "labels": labels, "annotations": {"summary": title}, "startsAt": began.isoformat()}
    return orjson.dumps(
        {"version": "4", "status": "firing", "receiver": "errata", "groupLabels": {}, "alerts": [alert]}
    )


def _told(incident: Incident, guilty: Deployment, now: datetime) -> None:
    """What the timeline says by now: the deployment, then the alerts."""
    TimelineEntry.objects.create(
        incident=incident,
        at=guilty.reached_at,
        kind=TimelineEntry.Kind.DEPLOYMENT,
        text=f"{guilty} reached {guilty.environment}",
        source="github",
        deployment=guilty,
    )
    alerts = list(incident.alerts.order_by("opened_at"))
    for number, alert in enumerate(alerts, start=1):
        TimelineEntry.objects.create(
            incident=incident,
            at=alert.opened_at,
            kind=TimelineEntry.Kind.ALERT,
            text=f"{alert.title} · {number} of {len(alerts)} alerts",
            source="alertmanager",
            alert=alert,
            is_starred=number == 1,
        )
