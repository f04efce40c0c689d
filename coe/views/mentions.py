"""What the editor suggests as one types @, COE- or INC-: roles instead of people, and what this person may see."""

import re

from django.contrib.auth.decorators import login_required
from django.db.models import CharField
from django.db.models.functions import Cast
from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from coe.models import COE
from coe.views.asking import Request
from coe.views.editor import draft_of
from oncall.models import Incident, Membership, User

MOST = 8
# A COE names no person: what went wrong is about the role somebody had. `coe/rendering` shows these as chips.
ROLES = (
    "on-call engineer",
    "incident commander",
    "responder",
    "owner",
    "reviewer",
    "developer",
    "operator",
    "team manager",
    "director",
    "customer support",
    "customer",
)
_NUMBERED = re.compile(r"(COE|INC)-(\d{0,18})")


@login_required
@require_GET
def mentions(request: Request, pk: int) -> HttpResponse:
    """Suggestions for what stands before the cursor."""
    coe, asked = draft_of(request, pk), request.GET.get("q", "")[:60]
    if asked.startswith("@"):
        found = roles(coe, asked[1:].replace("-", " ").strip())
    elif match := _NUMBERED.fullmatch(asked):
        found = numbered(request.user, match[1], match[2])
    else:
        found = []
    return JsonResponse({"suggestions": found[:MOST]})


def roles(coe: COE, words: str) -> list[dict[str, str]]:
    """Roles that hold these words; people by that name, each as the role they had."""
    found = [suggestion(f"@{role}", f"@{role}", "role") for role in ROLES if words.lower() in role]
    if words:
        people = User.objects.filter(name__icontains=words, is_active=True).order_by("name")[:MOST]
        for person in people:
            role = role_of(coe, person)
            found.append(suggestion(role, role, f"instead of {person.name}"))
    return found


def role_of(coe: COE, person: User) -> str:
    """The role of a person in what this COE is about: paged, of a team, or somebody else."""
    incidents = coe.header.incidents.all()
    if person.pages.filter(incident__in=incidents).exists() or incidents.filter(acknowledged_by=person).exists():
        return "@on-call engineer"
    membership = Membership.objects.filter(user=person).select_related("team").first()
    return f"@{membership.get_job_display()} of {membership.team}" if membership else "@responder"


def numbered(user: User, kind: str, digits: str) -> list[dict[str, str]]:
    """COEs or incidents that this person may see and whose number begins so, the newest first."""
    objects = (COE if kind == "COE" else Incident).objects.visible_to(user)
    rows = objects.annotate(digits=Cast("pk", CharField())).filter(digits__startswith=digits).order_by("-pk")[:MOST]
    return [suggestion(f"{row.number} {row.title}"[:90], row.number, row.get_state_display()) for row in rows]


def suggestion(label: str, text: str, detail: str) -> dict[str, str]:
    """One line of the list: what it says, what it puts in, and a word beside it."""
    return {"label": label, "text": text, "detail": detail}
