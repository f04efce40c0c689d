"""The 399 real postmortems as published COEs of the demonstration's teams, by theme."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import count

from coe.models import COE, ActionItem
from demo import labelling
from demo.organisation import Organisation
from demo.postmortems import Postmortem, read_all
from demo.writings import Line, Promise, Why, Writing

# Reports from beyond the clock of whoever looks are moved back by whole years of 52 weeks: a Monday stays a Monday.
YEAR = timedelta(weeks=52)
EVIDENCE = "Imported with the report; its authors followed it up."


def writings(made: Organisation) -> list[Writing]:
    """Every report, published nine days after what it tells of."""
    turn = count()
    return [_writing(made, report, next(turn)) for report in read_all()]


def _writing(made: Organisation, report: Postmortem, turn: int) -> Writing:
    service = made.services[made.themes[report.theme]]
    people = made.members(service.team)
    told = datetime.combine(report.date, time(15, 20), tzinfo=UTC)
    back = timedelta(0)
    while told + timedelta(days=9) - back > made.now - timedelta(days=1):
        back += YEAR
    told -= back
    return Writing(
        title=report.title,
        state=COE.State.PUBLISHED,
        team=service.team,
        owner=people[turn % len(people)],
        severity=report.severity,
        services=[service],
        zone=report.zone,
        sections=report.sections,
        created_at=told + timedelta(days=1),
        submitted_at=told + timedelta(days=6),
        published_at=told + timedelta(days=9),
        impact_started_at=_moved(report.impact_started_at, back),
        impact_ended_at=_moved(report.impact_ended_at, back),
        lines=[Line(event.at - back, event.text, event.anchor, "written by hand") for event in report.timeline],
        causes=[Why(text, kind) for text, kind in report.causes],
        promises=[
            Promise(
                title=action.title,
                owner=people[(turn + number) % len(people)],
                due_on=(told + timedelta(days=69)).date(),
                kind=action.kind,
                state=ActionItem.State.VERIFIED,
                evidence=EVIDENCE,
            )
            for number, action in enumerate(report.actions)
        ],
        tags=labelling.tags_of(report.title, report.theme),
        source=report.credit,
    )


def _moved(at: datetime | None, back: timedelta) -> datetime | None:
    return at - back if at else None
