"""What the screens of on-call show of COEs: `{% load coe %}{% incident_coes incident user %}`.

A COE that this person may not see is not there, not even as a number.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.http import QueryDict
from django.middleware.csrf import get_token
from django.utils import timezone

from coe import choosing, owing, permissions, subscribing, templating
from coe.models import COE, Collection, Owed, Subscription, Tag
from coe.views import to_read
from coe.views.asking import Request
from oncall.models import Incident, Service, Team, User

register = template.Library()
# An incident has one COE, rarely a second; more are an accident.
MOST = 10
# The filters of a listing that a saved search keeps, and the operator that means the same.
SAVED = {"team": "team", "service": "service", "severity": "sev", "cause": "cause", "tag": "tag"}


@register.inclusion_tag("coe/editor/_incident_coes.html")
def incident_coes(incident: Incident, user: User) -> dict[str, Any]:
    """The COEs about the incident, or the button that starts one."""
    coes = list(COE.objects.about(incident.pk, user).select_related("owner")[:MOST])
    owed = Owed.objects.visible_to(user).shown().filter(incident=incident).first()
    is_startable = not coes and permissions.may_start(user, incident)
    return {
        "incident": incident,
        "coes": coes,
        "may_start": is_startable,
        "templates": templating.offered() if is_startable else [],
        "owed": owed,
        "is_late": owed is not None and owed.is_late(timezone.now()),
        "may_request": (owed is None or owed.waived_because in owing.AUTOMATIC) and owing.may_request(user, incident),
        "may_waive": owed is not None and owed.published_at is None and owing.may_waive(user, incident),
        "is_waived": owed is not None and owed.waived_at is not None and owed.waived_because not in owing.AUTOMATIC,
    }


@register.inclusion_tag("coe/owed/_team.html")
def owed_by_team(team: Team, user: User) -> dict[str, Any]:
    """What a team owes: the COEs that are due first; three queries."""
    now = timezone.now()
    found = Owed.objects.visible_to(user).standing().of_teams(Team.objects.filter(pk=team.pk)).shown()
    rows = [{"owed": row, "is_late": row.is_late(now)} for row in found[:MOST]]
    return {"team": team, "rows": rows}


@register.inclusion_tag("coe/following/_button.html")
def follow(request: Request, kind: str, thing: object) -> dict[str, Any]:
    """The button that follows a thing: `{% follow request "team" team %}`; one query."""
    return _button(request, {kind: thing})


@register.inclusion_tag("coe/following/_button.html")
def follow_search(request: Request) -> dict[str, Any]:
    """The button that follows what the screen lists: everything, one thing, or a search by its words and filters."""
    return _button(request, wish_of(request.GET, request.user))


@register.inclusion_tag("coe/following/_coe.html")
def follow_coe(request: Request, coe: COE) -> dict[str, Any]:
    """What of a COE can be followed: its team, services and tags, each with its button; three queries."""
    mine = list(Subscription.objects.personal().filter(user=request.user, severity=None, query=""))
    things = [("team", coe.team), *(("service", one) for one in coe.services.all())]
    things += [("tag", one) for one in coe.tags.all()]
    rows = []
    for kind, thing in things:
        found = [one for one in mine if _is_about(one, kind, thing.pk)]
        rows.append({"kind": kind, "thing": thing, "wish": {kind: thing}, "standing": next(iter(found), None)})
    place, token = request.get_full_path(), get_token(request)
    return {"rows": rows[:MOST], "cadences": Subscription.Cadence.choices, "place": place, "csrf_token": token}


def _is_about(subscription: Subscription, kind: str, pk: int) -> bool:
    """Whether it is to this one thing and to nothing besides."""
    held = {name: getattr(subscription, f"{name}_id") for name in ("team", "service", "tag")}
    return held == {"team": None, "service": None, "tag": None, kind: pk}


def _button(request: Request, wish: dict[str, Any]) -> dict[str, Any]:
    standing = subscribing.standing(request.user, **wish)
    is_too_long = len(wish.get("query", "")) > subscribing.LONGEST_QUERY
    place, token = request.get_full_path(), get_token(request)
    return {"wish": wish, "standing": standing, "is_too_long": is_too_long, "place": place, "csrf_token": token}


def wish_of(address: QueryDict, user: User) -> dict[str, Any]:
    """What a listing shows, as a wish. A page, an order and a year are of the moment, and no part of it."""
    chosen = [(name, value) for name in SAVED for value in address.getlist(name) if value]
    words = address.get("q", "").strip()
    if not words and len(chosen) == 1 and (thing := _thing(*chosen[0], user)):
        return {chosen[0][0]: thing}
    text = " ".join([words, *(f"{SAVED[name]}:{value}" for name, value in chosen)]).strip()
    return {"query": text} if text else {}


def _thing(name: str, value: str, user: User) -> Team | Service | Tag | None:
    if name == "team":
        return Team.objects.filter(slug=value).first()
    if name == "service":
        return Service.objects.filter(slug=value).first()
    return subscribing.tag_of(user, value) if name == "tag" else None


@register.inclusion_tag("components/progress.html")
def how_far(read: int, size: int) -> dict[str, Any]:
    """How many of the COEs of a collection this person has read, as a bar with words."""
    words = f"{read} of {size} read" if size else "empty"
    return {"done": read, "total": size, "label": words, "width": f"{100 * read / size if size else 0:.1f}"}


@register.inclusion_tag("coe/collections/_lists.html")
def reading_lists(team: Team, user: User) -> dict[str, Any]:
    """What the newcomers of a team read, with how far this person is; one query."""
    lists = Collection.objects.visible_to(user).lists().filter(team=team).counted_for(user)
    return {"team": team, "lists": lists[:MOST]}


@register.inclusion_tag("coe/collections/_lists.html")
def lists_to_finish(user: User) -> dict[str, Any]:
    """The reading lists of the own teams that this person has not finished; one query."""
    mine = Collection.objects.visible_to(user).lists().filter(team__in=Team.objects.of(user)).counted_for(user)
    return {"team": None, "lists": mine.unfinished().select_related("team")[:MOST]}


@register.inclusion_tag("coe/library/_month.html")
def coe_of_the_month(user: User) -> dict[str, Any]:
    """What was chosen for this month or the last one, if this person may read it; one query."""
    return {"chosen": choosing.current(user, timezone.now())}


@register.inclusion_tag("coe/reading/_team.html")
def to_read_by_team(team: Team, user: User) -> dict[str, Any]:
    """What a team has to read and to answer still; at most six queries."""
    mine = list(Team.objects.of(user))
    return {"team": team, "is_mine": team in mine, **to_read.short(user, [team], mine, timezone.now())}


@register.inclusion_tag("coe/revisions/_reissue.html")
def reissue_note(coe: COE, user: User) -> dict[str, Any]:
    """That a re-issue is being written, for those in whose hands it is; nothing for everybody else."""
    is_told = coe.is_reissuing and COE.objects.in_hands_of(user).filter(pk=coe.pk).exists()
    return {
        "coe": coe,
        "published": coe.revisions.publications().defer("content", "html").first() if is_told else None,
        "may_give_up": is_told and permissions.may_publish(user, coe),
    }


@register.inclusion_tag("coe/audience/_restriction.html")
def restriction(coe: COE, user: User) -> dict[str, Any]:
    """Who reads a restricted COE, why, and when that is judged again; nothing for one that everybody reads."""
    today = user.local(timezone.now()).date()
    return {
        "coe": coe,
        "teams": list(coe.reader_teams.all()) if coe.is_restricted else [],
        "people": coe.readers.count() if coe.is_restricted else 0,
        "is_due": coe.is_to_reconsider(today),
        "may_restrict": coe.is_restricted and permissions.may_restrict(user, coe),
    }
