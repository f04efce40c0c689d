"""What the editor shows: every part of the draft with its form, what is missing, and whom and what to suggest.

A form that was refused takes the place of the fresh one, so that what was typed stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.forms import BaseForm

from coe import covering, permissions, recounting, templating
from coe.drafting import provenance
from coe.editing.causes import MOST_CAUSES
from coe.forms.moves import SubmitForm
from coe.forms.writing import ActionForm, CauseForm, HeaderForm, ReasonForm, SectionForm
from coe.models import COE, ActionItem
from coe.template import Kind
from coe.views.part_causes import cause_choices, graph_part
from coe.views.part_checklist import checklist_of
from coe.views.part_findings import findings_part
from coe.views.part_graphs import graphs_part
from coe.views.part_timeline import timeline_part
from oncall.models import Incident, Service, Team, User

# More suggestions than this are a list that nobody reads.
MOST_SUGGESTIONS = 200
MOST_REVIEWERS_SUGGESTED = 12
MOST_INCIDENTS_SUGGESTED = 60
# The style sheet indents this deep; causes below stand there too.
DEEPEST_INDENT = 5

type_forms = Mapping[str, BaseForm]


def screen_of(coe: COE, user: User, bound: type_forms | None = None, page: int = 1) -> dict[str, Any]:
    """The whole screen. `bound` holds refused forms by the name of their place: "header", "event-7", "action-new".

    `page` is that of the timeline.
    """
    bound = bound or {}
    return {
        "coe": coe,
        **header_part(coe, bound, user=user),
        "header_facts": provenance.header_of(coe, user),
        "sections": sections_of(coe, bound),
        **timeline_part(coe, bound, page),
        **causes_part(coe, bound),
        **actions_part(coe, bound),
        **graphs_part(coe, bound),
        "newer_template": templating.newer_for(coe),
        **checklist_part(coe),
        "may_restrict": permissions.may_restrict(user, coe),
        **standing_of(coe, bound),
        **suggestions(coe, user),
    }


def sections_of(coe: COE, bound: type_forms) -> list[dict[str, Any]]:
    """Every section in the order of the template, those that are written with a form; headings where a group begins."""
    written = {section.key: section for section in coe.sections.all()}
    known = known_to(coe)
    found: list[dict[str, Any]] = []
    group = ""
    for form in coe.form.sections:
        if form.kind is not Kind.TEXT:
            found.append({"form": None, "asks": form, "section": None, "heading": ""})
            group = ""
            continue
        section = written.get(form.key)
        fresh = SectionForm(form, text=section.text if section else "", base=section.edits if section else 0)
        heading = form.group if form.group != group else ""
        group = form.group
        said = "" if section and section.text.strip() else known.get(form.key, "")
        row = {"form": bound.get(form.key) or fresh, "asks": form, "section": section, "heading": heading}
        found.append(row | {"known": said})
    return found


def known_to(coe: COE) -> dict[str, str]:
    """What header and timeline say to a section, by its key: offered while nothing is written there. One query."""
    header = coe.header
    lines = coe.timeline.exclude(anchor="").order_by("-at", "-pk").values_list("anchor", "at", "text")
    anchors = {anchor: recounting.Anchor(at, text) for anchor, at, text in lines}
    impact = recounting.impact(header.impact_started_at, header.impact_ended_at, header.zone)
    return {"impact": impact, **recounting.known(anchors, header.zone)}


def header_part(coe: COE, bound: type_forms | None = None, *, user: User) -> dict[str, Any]:
    """The header with its form."""
    return {"coe": coe, "header_form": (bound or {}).get("header") or HeaderForm(coe, user=user)}


def checklist_part(coe: COE, bound: type_forms | None = None) -> dict[str, Any]:
    """The checklist with its ticks."""
    return {"coe": coe, "checklist": checklist_of(coe)}


def causes_part(coe: COE, bound: type_forms | None = None) -> dict[str, Any]:
    """The causes in reading order with their depth, and an empty form."""
    bound = bound or {}
    below: dict[int | None, list[Any]] = {}
    for cause in coe.causes.all():
        below.setdefault(cause.parent_id, []).append(cause)
    rows: list[dict[str, Any]] = []

    def walk(parent: Any, depth: int) -> None:
        siblings = below.get(parent.pk if parent else None, [])
        for place, cause in enumerate(siblings):
            rows.append(
                {
                    "cause": cause,
                    "parent": parent,
                    "depth": min(depth, DEEPEST_INDENT),
                    "is_first": place == 0,
                    "is_last": place == len(siblings) - 1,
                    "form": bound.get(f"cause-{cause.pk}") or CauseForm(cause=cause),
                    "why_form": bound.get(f"cause-new-{cause.pk}") or why_form(cause, below),
                    "is_asked": f"cause-new-{cause.pk}" in bound,
                }
            )
            walk(cause, depth + 1)

    walk(None, 0)
    new = bound.get("cause-new-") or CauseForm(place=f"at{len(rows)}")
    graph = graph_part(coe, rows, bound)
    return {"coe": coe, "causes": rows, "new_cause": new, "has_room": len(rows) < MOST_CAUSES, **graph}


def why_form(cause: Any, below: Mapping[int | None, list[Any]]) -> CauseForm:
    """For one more reason of a cause; a new one once the last was taken, so that nothing typed stays in it."""
    return CauseForm(parent=cause.pk, place=f"at{len(below.get(cause.pk, ()))}")


def actions_part(coe: COE, bound: type_forms | None = None) -> dict[str, Any]:
    """The action items with their forms, an empty one, and the reason for none."""
    bound = bound or {}
    causes = cause_choices(coe)
    actions = [
        {"action": action, "form": bound.get(f"action-{action.pk}") or ActionForm(action=action, causes=causes)}
        for action in coe.actions.select_related("owner").prefetch_related("corrects")
    ]
    return {
        "coe": coe,
        "actions": actions,
        "new_action": bound.get("action-new") or ActionForm(place=f"new{len(actions)}", causes=causes),
        "reason_form": bound.get("reason") or ReasonForm(coe),
        "days": {priority.label: days for priority, days in ActionItem.DAYS.items()},
    }


def standing_of(coe: COE, bound: type_forms | None = None) -> dict[str, Any]:
    """Where the draft stands: what a review still needs, whom to ask, what was said last."""
    bound = bound or {}
    reviewers = suggested_reviewers(coe)
    asked = list(User.objects.filter(reviews__coe=coe, is_active=True).distinct())
    return {
        **findings_part(coe),
        "problem": "",
        "problem_at": "",
        "may_submit": COE.State.IN_REVIEW in COE.MOVES[COE.State(coe.state)],
        "submit_form": bound.get("submit") or SubmitForm(suggestions=reviewers, chosen=asked),
        "reviews": coe.reviews.select_related("reviewer")[:10],
        "places": covering.coverage(coe).missing if coe.state != COE.State.APPROVED else [],
    }


def suggested_reviewers(coe: COE) -> list[User]:
    """Who reviewed before, managers of the team, then its other members; nobody who wrote any of it."""
    people = User.objects.filter(is_active=True).exclude(pk__in=permissions.authors(coe))
    found: dict[int, User] = {}
    for some in (
        people.filter(reviews__coe=coe),
        people.filter(memberships__team=coe.team, memberships__role="manager"),
        people.filter(memberships__team=coe.team),
    ):
        for user in some.distinct()[:MOST_REVIEWERS_SUGGESTED]:
            found.setdefault(user.pk, user)
    return list(found.values())[:MOST_REVIEWERS_SUGGESTED]


def suggestions(coe: COE, user: User) -> dict[str, Any]:
    """For the fields where names are typed: those near the COE first."""
    near = Q(memberships__team=coe.team) | Q(pages__incident__in=coe.header.incidents.all()) | Q(pk=user.pk)
    people = list(User.objects.filter(near, is_active=True).distinct()[:MOST_SUGGESTIONS])
    rest = User.objects.filter(is_active=True).exclude(pk__in=[person.pk for person in people])
    return {
        "people": [*people, *rest[: MOST_SUGGESTIONS - len(people)]],
        "teams": Team.objects.all()[:MOST_SUGGESTIONS],
        "services": Service.objects.all()[:MOST_SUGGESTIONS],
        "recent_incidents": recent_incidents(coe, user),
        "zones": User.objects.order_by("zone").values_list("zone", flat=True).distinct()[:MOST_SUGGESTIONS],
    }


def recent_incidents(coe: COE, user: User) -> list[Incident]:
    """The newest that this person may see and that it is not about yet: of its team first."""
    others = Incident.objects.visible_to(user).real().exclude(pk__in=coe.header.incidents.values("pk"))
    newest = others.order_by("-triggered_at").only("pk", "title", "triggered_at")
    near = list(newest.filter(service__team=coe.header.team_id)[: MOST_INCIDENTS_SUGGESTED // 2])
    rest = newest.exclude(pk__in=[incident.pk for incident in near])
    return [*near, *rest[: MOST_INCIDENTS_SUGGESTED - len(near)]]
