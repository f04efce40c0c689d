"""The COEs written by hand, one YAML file each under `data/coes`, in every state a COE can be in.

Clocks in a file are wall-clock times of its `zone`, `days_ago` before the day of whoever looks.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml

from coe.models import COE, Review
from demo import drawings, reviewing
from demo.organisation import Organisation
from demo.writings import Line, Opinion, Promise, Why, Writing
from oncall import times
from oncall.models import Incident, TimelineEntry

FOLDER = Path(__file__).parent / "data" / "coes"
FINISHED = {COE.State.PUBLISHED, COE.State.CLOSED}
SATURDAY = 5
RESTRICTED_FOR = timedelta(days=60)
# A line that neither opens a paragraph, a point of a list nor a row of a table.
_WRAP = re.compile(r"(?<=\S)\n(?! *(?:\n|[*|-] ?)) *")
PROMISED = ("title", "priority", "kind", "state", "exit_test", "evidence", "corrects")


def writings(made: Organisation) -> list[Writing]:
    """Every handmade COE with the incident it is about; oldest first."""
    plans = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yaml"))]
    return [_writing(made, plan) for plan in sorted(plans, key=lambda plan: -plan["days_ago"])]


def _as_typed(text: str) -> str:
    """A paragraph or a point of a list is one line in an editor; in the file it is wrapped."""
    return _WRAP.sub(" ", text.strip())


def _writing(made: Organisation, plan: dict[str, Any]) -> Writing:
    zone, day = plan["zone"], _day(made.now, plan)
    team = made.teams[plan["team"]]
    started, ended = (_instant(day, clock, zone) for clock in plan["impact"])
    created, days = ended + timedelta(hours=20), plan.get("review_days", 6)
    published = created + timedelta(days=days) if plan["state"] in FINISHED else None
    said = f"{day.day} {day:%B} {day.year}"
    writing = Writing(
        title=plan["title"],
        state=plan["state"],
        team=team,
        owner=made.people[plan["owner"]],
        severity=plan["severity"],
        services=[made.services[slug] for slug in plan["services"]],
        zone=zone,
        sections={key: _as_typed(text.replace("{date}", said)) for key, text in plan["sections"].items()},
        created_at=created,
        submitted_at=created + timedelta(days=days - 2),
        published_at=published,
        impact_started_at=started,
        impact_ended_at=ended,
        lines=[Line(_instant(day, clock, zone), *rest) for clock, *rest in plan["timeline"]],
        causes=[_why(cause) for cause in plan["causes"]],
        opinions=_opinions(made, plan),
        graphs=[drawings.drawn(graph, day, zone) for graph in plan.get("graphs", [])],
        readers=[made.people[name] for name in plan.get("readers", [])],
        tags=plan["tags"],
        change=(plan["change"]["service"], plan["change"]["version"]) if "change" in plan else None,
        reader_teams=[made.teams[slug] for slug in plan.get("reader_teams", [])],
        restricted_because=plan.get("restricted_because", ""),
        reconsider_on=created.date() + RESTRICTED_FOR if "restricted_because" in plan else None,
    )
    counted_from = published or made.now
    writing.promises = [_promise(made, action, counted_from) for action in plan["actions"]]
    writing.incident = _incident(writing)
    return writing


def _day(now: datetime, plan: dict[str, Any]) -> date:
    """The day of the incident: a working day, or the weekday that the text speaks of."""
    day = times.local(now, plan["zone"]).date() - timedelta(days=plan["days_ago"])
    while day.weekday() != plan["weekday"] if "weekday" in plan else day.weekday() >= SATURDAY:
        day -= timedelta(days=1)
    return day


def _instant(day: date, clock: str, zone: str) -> datetime:
    return times.at_wall_clock(day, time.fromisoformat(clock), zone)


def _why(plan: dict[str, Any]) -> Why:
    below = [_why(one) for one in plan.get("because", [])]
    facts = {name: plan[name] for name in ("key", "also_explains", "join", "no_action_because") if name in plan}
    return Why(plan["text"], plan["kind"], below, **facts)


def _promise(made: Organisation, plan: dict[str, Any], counted_from: datetime) -> Promise:
    facts = {key: plan[key] for key in PROMISED if key in plan}
    due_on = (counted_from + timedelta(days=plan["due"])).date()
    # What was done cannot be due in weeks: it was done in time.
    return Promise(owner=made.people[plan["owner"]], due_on=due_on, **facts)


def _opinions(made: Organisation, plan: dict[str, Any]) -> list[Opinion]:
    if approver := plan.get("approver"):
        team, owner = made.teams[plan["team"]], made.people[plan["owner"]]
        return reviewing.approvals(made, team, owner, plan["severity"], made.people[approver])
    verdict = Review.Verdict.CHANGES_REQUESTED if plan["state"] == COE.State.CHANGES_REQUESTED else ""
    return [Opinion(made.people[name], verdict, plan.get("comment", "")) for name in plan.get("reviewers", [])]


def _incident(writing: Writing) -> Incident:
    """The incident behind it, with the times of its anchors."""
    at = {line.anchor: line.at for line in writing.lines if line.anchor}
    assert writing.impact_started_at
    detected = at.get("detected", writing.impact_started_at)
    mitigated = at.get("mitigated", writing.impact_ended_at)
    resolved = at.get("resolved", mitigated)
    incident = Incident.objects.create(
        title=writing.title,
        service=writing.services[0],
        severity=writing.severity,
        state=Incident.State.RESOLVED,
        impact_started_at=writing.impact_started_at,
        detected_at=detected,
        triggered_at=detected,
        acknowledged_at=at.get("engaged", detected),
        acknowledged_by=writing.owner,
        mitigated_at=mitigated,
        resolved_at=resolved,
        moved_at=resolved or detected,
        moved_by=writing.owner,
        pages_made=1,
    )
    TimelineEntry.objects.bulk_create(
        TimelineEntry(
            incident=incident, at=line.at, kind=_kind(line.anchor), text=line.text, source=line.source, is_starred=True
        )
        for line in writing.lines
    )
    return incident


def _kind(anchor: str) -> str:
    kinds = {"detected": "alert", "engaged": "acknowledged", "mitigated": "mitigated", "resolved": "resolved"}
    return kinds.get(anchor, TimelineEntry.Kind.NOTE)
