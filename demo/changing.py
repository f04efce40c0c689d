"""The changes that triggered handmade COEs, each a deployment in Europe that somebody confirmed to have done it."""

from __future__ import annotations

from datetime import timedelta

from demo.organisation import Organisation
from demo.writings import Writing
from oncall import suspecting
from oncall.models import Deployment, Verdict


def make(made: Organisation, writings: list[Writing]) -> None:
    """The deployments, at the trigger of each timeline, and the verdicts."""
    for writing in writings:
        if writing.change:
            _change(made, writing, *writing.change)


def _change(made: Organisation, writing: Writing, slug: str, version: str) -> None:
    assert writing.incident
    service, place = made.services[slug], made.environments["eu-west-1"]
    at = next(line.at for line in writing.lines if line.anchor == "trigger")
    deployment = Deployment.objects.create(
        external_id=f"{slug}-{version}-{place.name}",
        service=service,
        environment=place,
        version=version,
        artifact=f"pkg:oci/{slug}@{version}",
        repository=service.repository,
        actor="release-bot",
        state=Deployment.State.SUCCEEDED,
        started_at=at - timedelta(minutes=4),
        finished_at=at,
        reached_at=at,
    )
    suspecting.rank(writing.incident, writing.incident.detected_at)
    facts = {"ruling": Verdict.Ruling.CONFIRMED, "by": writing.owner, "at": at + timedelta(hours=1)}
    Verdict.objects.create(incident=writing.incident, deployment=deployment, **facts)
