"""What a person, or a team, has to read: published COEs that concern it, with the answer given in place."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.text import Truncator
from django.views.decorators.http import require_GET

from coe import concerning
from coe.concerning import Reach
from coe.forms.applying import AppliesForm, Choices, choices_of
from coe.models import COE, Reading, Revision
from coe.models.coes import COEQuerySet
from coe.rendering import first_paragraph
from coe.views.asking import Request
from oncall.models import Team, User

PER_PAGE = 20
# As many stand on home and on the screen of a team; the rest is one click away.
SHORT = 4
# Of a summary so many words are shown, of so many letters of its Markdown.
SUMMARY, LONGEST_SUMMARY = 45, 2_000


@login_required
@require_GET
def to_read(request: Request) -> HttpResponse:
    """The whole list: of one's own teams, or `?team=` of one team by its short name."""
    user, now = request.user, timezone.now()
    mine, slug = list(Team.objects.of(user)), request.GET.get("team", "")[:80].replace("\x00", "")
    team = get_object_or_404(Team.objects.visible_to(user), slug=slug) if slug else None
    reaches = concerning.reaches_of([team] if team else mine)
    page = Paginator(found_for(user, reaches, mine, now), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": rows_of(list(page.object_list), reaches, user, now),
        "team": team,
        "slug": slug,
        "teams": mine,
        "is_mine": team is None or team in mine,
        "days": concerning.RECENT.days,
    }
    return render(request, "coe/reading/list.html", context)


def found_for(user: User, reaches: Sequence[Reach], mine: Sequence[Team], now: datetime) -> COEQuerySet:
    """What the own teams have to read and to answer; of other people's teams, what they have not answered."""
    is_mine = all(reach.team in mine for reach in reaches)
    found = concerning.to_read(user, reaches, now) if is_mine else concerning.unanswered(user, reaches, now)
    return found.shown()


def short(user: User, teams: Sequence[Team], mine: Sequence[Team], now: datetime) -> dict[str, Any]:
    """The newest few and how many there are; at most five queries."""
    reaches = concerning.reaches_of(teams)
    if not any(reach.services for reach in reaches):
        return {"count": 0, "coes": []}
    found = found_for(user, reaches, mine, now)
    coes = list(found.prefetch_related(None)[: SHORT + 1])
    count = found.count() if len(coes) > SHORT else len(coes)
    return {"count": count, "coes": coes[:SHORT]}


def rows_of(coes: Sequence[COE], reaches: Sequence[Reach], user: User, now: datetime) -> list[dict[str, Any]]:
    """Each COE with the teams that it concerns, whether this person read it, and the form of who may answer."""
    mine = set(Team.objects.of(user))
    asked = concerning.asked_of(coes, reaches)
    read = set(Reading.objects.filter(user=user, coe__in=coes).values_list("coe", flat=True))
    choices = choices_of([reach.team for reach in reaches if reach.team in mine], user)
    today, summaries = user.local(now).date(), summaries_of(coes)
    return [
        {
            "coe": coe,
            "summary": summaries.get(coe.pk, ""),
            "is_read": coe.pk in read,
            "asked": [
                {
                    "team": one.team,
                    "why": one.why,
                    "given": one.answer,
                    "form": _form(coe, one.team, user, choices, today),
                }
                for one in asked[coe.pk]
            ],
        }
        for coe in coes
    ]


def summaries_of(coes: Sequence[COE]) -> dict[int, str]:
    """How the summary of each newest publication begins, by the id of the COE; one query."""
    newest = Revision.objects.publications().filter(coe__in=coes).order_by("coe_id", "-number").distinct("coe_id")
    texts = newest.values_list("coe_id", "content__sections__summary")
    return {pk: Truncator(first_paragraph((text or "")[:LONGEST_SUMMARY])).words(SUMMARY) for pk, text in texts}


def _form(coe: COE, team: Team, user: User, choices: dict[int, Choices], today: date) -> AppliesForm | None:
    """The form for a team of one's own; several of one team on a screen have ids of their own."""
    if team.pk not in choices:
        return None
    form = AppliesForm(team=team, user=user, choices=choices[team.pk], today=today)
    form.auto_id = f"id_applies_{coe.pk}_{team.pk}_%s"
    return form
