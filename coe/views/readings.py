"""What readers do on a published COE: say that they read it, thank, ask, answer, say whether it applies to them."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from coe import applying, permissions, publishing, reading, tasks
from coe.forms.applying import AppliesForm, choices_of
from coe.forms.reading import AnswerForm, QuestionForm
from coe.models import COE, Applicability, Question
from coe.views.answers import see
from coe.views.asking import Request
from oncall.models import Team, User

MOST_QUESTIONS, MOST_PUBLICATIONS = 50, 20


def published(request: Request, pk: int) -> COE:
    """A published COE that this person may read; else 404."""
    shown = COE.objects.visible_to(request.user).published().select_related("team", "owner")
    return get_object_or_404(shown, pk=pk)


def questions_page(coe: COE, asked: QueryDict) -> Page[Question]:
    """The page of questions that the address names: by its number, or by one question that stands on it."""
    pages = Paginator(coe.questions.select_related("by", "answered_by").order_by("at", "pk"), MOST_QUESTIONS)
    named = asked.get("question", "")
    if "questions" in asked or not (named.isdecimal() and len(named) < 19):
        return pages.get_page(asked.get("questions"))
    one = coe.questions.filter(pk=int(named)).first()
    before = coe.questions.filter(Q(at__lt=one.at) | Q(at=one.at, pk__lt=one.pk)).count() if one else 0
    return pages.get_page(before // MOST_QUESTIONS + 1)


def readers_part(coe: COE, user: User, asked: QueryDict) -> dict[str, Any]:
    """What stands below the document: the reader's own reading, questions, and teams that are asked."""
    reading_of_mine = coe.readings.filter(user=user).first()
    concerned = list(reading.concerned_teams(coe).filter(pk__in=Team.objects.of(user)))
    answers = {one.team_id: one for one in coe.applicability.filter(team__in=concerned).select_related("action")}
    choices, today = choices_of(concerned, user), user.local(timezone.now()).date()
    page = questions_page(coe, asked)
    publications = coe.revisions.publications().defer("content", "html")[:MOST_PUBLICATIONS]
    return {
        "reading": reading_of_mine,
        "thanks": coe.readings.filter(thanked_at__isnull=False).count(),
        "asked_teams": [
            {
                "team": team,
                "given": answers.get(team.pk),
                "form": AppliesForm(team=team, user=user, choices=choices[team.pk], today=today),
            }
            for team in concerned
        ],
        "questions": [{"question": one, "form": AnswerForm(auto_id=f"id_answer_{one.pk}_%s")} for one in page],
        "questions_page": page,
        "question_form": QuestionForm(auto_id="id_question_%s"),
        "publications": publications,
        "may_answer": permissions.may_edit(user, coe),
    }


@login_required
@require_POST
def mark_read(request: Request, pk: int) -> HttpResponse:
    """The published text stood before this person, or they say so."""
    coe = published(request, pk)
    reading.mark_read(coe, request.user, timezone.now())
    if request.headers.get("X-Requested-With") == "errata":
        return HttpResponse(status=204)
    return see(request, coe.get_absolute_url(), f"{coe.number} is marked as read.")


@login_required
@require_POST
def thank(request: Request, pk: int) -> HttpResponse:
    """Thank those who wrote it."""
    coe = published(request, pk)
    reading.thank(coe, request.user, timezone.now())
    return see(request, coe.get_absolute_url(), "Thanks are told.")


@login_required
@require_POST
def ask(request: Request, pk: int) -> HttpResponse:
    """A question or a proposed correction, in public."""
    coe, form = published(request, pk), QuestionForm(request.POST)
    if form.is_valid():
        try:
            words, kind = form.cleaned_data["text"], form.cleaned_data["kind"]
            question = reading.ask(coe, kind, words, request.user, timezone.now())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            tasks.remind_soon()
            return see(request, question.get_absolute_url(), "The owner is told.")
    return render(request, "coe/reader/ask.html", {"coe": coe, "form": form, "title": "Ask"}, status=422)


@login_required
@require_POST
def answer(request: Request, pk: int, question_pk: int) -> HttpResponse:
    """An answer, in public."""
    coe, form = published(request, pk), AnswerForm(request.POST)
    asked = Question.objects.visible_to(request.user).filter(coe=coe).select_related("coe__team", "by")
    question = get_object_or_404(asked, pk=question_pk)
    permissions.require_edit(request.user, coe)
    if form.is_valid():
        reading.answer(question, form.cleaned_data["answer"], request.user, timezone.now())
        tasks.remind_soon()
        return see(request, question.get_absolute_url(), "The answer is published.")
    return render(request, "coe/reader/ask.html", {"coe": coe, "form": form, "title": "Answer"}, status=422)


@login_required
@require_POST
def apply(request: Request, pk: int, team_pk: int) -> HttpResponse:
    """A team says whether it applies to them."""
    coe, user, now = published(request, pk), request.user, timezone.now()
    team = get_object_or_404(Team.objects.visible_to(user), pk=team_pk)
    choices = choices_of([team], user)[team.pk]
    form = AppliesForm(request.POST, team=team, user=user, choices=choices, today=user.local(now).date())
    if form.is_valid():
        facts = form.cleaned_data
        try:
            made = applying.apply(coe, team, facts["answer"], facts["note"], user, now, **form.given())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            tasks.remind_soon()
            return see(request, _next(request, coe), _said(made))
    context = {"coe": coe, "form": form, "team": team, "list": request.POST.get("list")}
    return render(request, "coe/reader/applies.html", context, status=422)


def _next(request: Request, coe: COE) -> str:
    """Whoever answers in the list of what is to be read, of one team or of all the own ones, goes on in it."""
    slug = request.POST.get("list")
    if slug is None:
        return f"{coe.get_absolute_url()}#applies"
    return reverse("coe:to_read") + (f"?{urlencode({'team': slug[:80]})}" if slug else "")


def _said(made: Applicability) -> str:
    if made.answer == Applicability.Answer.UNSURE:
        return f"{made.team.name} is not sure: those who wrote {made.coe.number} are asked."
    kept = f"{made.team.name} said {made.get_answer_display().lower()} to {made.coe.number}"
    return f"{kept}: “{made.action.title}” corrects it." if made.action else f"{kept}."


@login_required
@require_GET
def coverage(request: Request, pk: int) -> HttpResponse:
    """Which teams it may concern, who of them read it, and what they answered."""
    coe = published(request, pk)
    rows = reading.coverage_of(coe)
    sums = {
        "read": sum(row.is_read for row in rows),
        "answered": sum(row.answer is not None for row in rows),
        "yes": sum(row.answer is not None and row.answer.answer == Applicability.Answer.YES for row in rows),
    }
    return render(request, "coe/reader/coverage.html", {"coe": coe, "coverage": rows, "sums": sums})


@login_required
@require_POST
def reissue(request: Request, pk: int) -> HttpResponse:
    """Write what is published anew, beside it."""
    coe = published(request, pk)
    publishing.begin_reissue(coe, request.user, timezone.now())
    number = reading.publication_of(coe).number
    return see(request, f"{coe.get_absolute_url()}edit/", f"Readers keep revision {number} until you publish.")
