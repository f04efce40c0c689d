"""What readers do on a published COE: say that they read it, thank, ask, answer, say whether it applies to them."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from coe import permissions, publishing, reading, tasks
from coe.forms.reading import AnswerForm, AppliesForm, QuestionForm
from coe.models import COE, Question
from coe.views.answers import see
from coe.views.asking import Request
from oncall.models import Team, User

MOST_QUESTIONS, MOST_PUBLICATIONS = 50, 20


def published(request: Request, pk: int) -> COE:
    """A published COE that this person may read; else 404."""
    shown = COE.objects.visible_to(request.user).published().select_related("team", "owner")
    return get_object_or_404(shown, pk=pk)


def readers_part(coe: COE, user: User) -> dict[str, Any]:
    """What stands below the document: the reader's own reading, questions, and teams that are asked."""
    reading_of_mine = coe.readings.filter(user=user).first()
    mine = Team.objects.of(user)
    concerned = [team for team in reading.concerned_teams(coe) if team in mine]
    answers = {one.team_id: one for one in coe.applicability.filter(team__in=concerned).select_related("action")}
    questions = coe.questions.select_related("by", "answered_by")[:MOST_QUESTIONS]
    publications = coe.revisions.publications().defer("content", "html")[:MOST_PUBLICATIONS]
    return {
        "reading": reading_of_mine,
        "thanks": coe.readings.filter(thanked_at__isnull=False).count(),
        "asked_teams": [
            {"team": team, "given": answers.get(team.pk), "form": AppliesForm(auto_id=f"id_applies_{team.pk}_%s")}
            for team in concerned
        ],
        "questions": [{"question": one, "form": AnswerForm(auto_id=f"id_answer_{one.pk}_%s")} for one in questions],
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
            reading.ask(coe, form.cleaned_data["kind"], form.cleaned_data["text"], request.user, timezone.now())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            tasks.remind_soon()
            return see(request, f"{coe.get_absolute_url()}#questions-of-readers", "The owner is told.")
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
        return see(request, f"{coe.get_absolute_url()}#question-{question_pk}", "The answer is published.")
    return render(request, "coe/reader/ask.html", {"coe": coe, "form": form, "title": "Answer"}, status=422)


@login_required
@require_POST
def apply(request: Request, pk: int, team_pk: int) -> HttpResponse:
    """A team says whether it applies to them."""
    coe, form = published(request, pk), AppliesForm(request.POST)
    team = get_object_or_404(Team.objects.visible_to(request.user), pk=team_pk)
    if form.is_valid():
        facts = form.cleaned_data
        made = reading.apply(coe, team, facts["answer"], facts["note"], request.user, timezone.now())
        said = "It is an action item now." if made.action else "The answer is kept."
        return see(request, f"{coe.get_absolute_url()}#applies", said)
    return render(request, "coe/reader/ask.html", {"coe": coe, "form": form, "title": team.name}, status=422)


@login_required
@require_GET
def coverage(request: Request, pk: int) -> HttpResponse:
    """Which teams it may concern, who of them read it, and what they answered."""
    coe = published(request, pk)
    return render(request, "coe/reader/coverage.html", {"coe": coe, "coverage": reading.coverage_of(coe)})


@login_required
@require_POST
def reissue(request: Request, pk: int) -> HttpResponse:
    """Write what is published anew, beside it."""
    coe = published(request, pk)
    publishing.begin_reissue(coe, request.user, timezone.now())
    number = reading.publication_of(coe).number
    return see(request, f"{coe.get_absolute_url()}edit/", f"Readers keep revision {number} until you publish.")
