"""Importing COEs from Markdown: bring files, see what was understood, import, see what became of each."""

from collections import Counter
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coe import tasks
from coe.forms.importing import BeginForm, ImportForm
from coe.importing import bringing, working
from coe.interchange.files import File
from coe.models import COE, Import, ImportFile
from coe.views.answers import is_htmx, see
from coe.views.asking import Request
from oncall.models import User

PER_PAGE = 20
MOST_EARLIER = 10
# So much is read at once, while the person waits; anything more is the tick's.
FEW_FILES, FEW_BYTES = 3, 300_000
State = ImportFile.State
# Lines of a file that were not understood; of one that was refused, none.
KEPT = Cast(KT("report__lines"), IntegerField()) - Cast(KT("report__understood"), IntegerField())
LISTS = {
    "all": ("All", Q()),
    "kept": ("Not all understood", Q(kept__gt=0)),
    "made": ("Imported", Q(state=State.MADE)),
    "refused": ("Refused", Q(state=State.REFUSED)),
    "known": ("Here already", Q(state=State.KNOWN) | Q(state=State.READ, coe__isnull=False)),
}


@login_required
@require_http_methods(["GET", "POST"])
def choose(request: Request) -> HttpResponse:
    """Which files, and for whom; a POST keeps them to be read, and makes no COE."""
    form = ImportForm(request.POST, request.FILES, user=request.user) if request.method == "POST" else None
    if form is None or not form.is_valid():
        return _form(request, form or ImportForm(user=request.user), status=422 if form else 200)
    asked = form.cleaned_data
    facts = {"team": asked["team"], "zone": asked["zone"], "source": asked["source"]}
    try:
        brought = bringing.bring(asked["uploads"], by=request.user, now=timezone.now(), **facts)
    except ValidationError as error:
        form.add_error("uploads", error)
        return _form(request, form, status=422)
    _work(brought, is_small(asked["uploads"]))
    return see(request, brought.get_absolute_url())


def _form(request: Request, form: ImportForm, status: int) -> HttpResponse:
    earlier = _counted(Import.objects.filter(by=request.user)).select_related("team")
    # Said aloud: a query that counts does not keep the order of its model.
    earlier = earlier.order_by("-made_at", "-pk")[:MOST_EARLIER]
    return render(request, "coe/imports/form.html", {"form": form, "earlier": earlier}, status=status)


def is_small(files: list[File]) -> bool:
    """Whether it is done before anybody would look at progress."""
    together = sum(len(file.text) for file in files)
    return len(files) <= FEW_FILES and together <= FEW_BYTES and not any(file.pictures for file in files)


def _work(brought: Import, is_at_once: bool) -> None:
    if is_at_once:
        working.work(timezone.now(), 5, brought)
    tasks.take_in_soon()


@login_required
@require_GET
def progress(request: Request, pk: int) -> HttpResponse:
    """How far it is, what was understood, what became of each file; htmx asks for it until it is over."""
    brought = _one(request, pk)
    context = {"brought": brought, "bar": _bar(brought), **_files(brought, request)}
    return render(request, "coe/imports/_progress.html" if is_htmx(request) else "coe/imports/detail.html", context)


def _bar(brought: Any) -> dict[str, Any]:
    is_reading = brought.state == Import.State.READING
    done = brought.files_count - brought.new_count if is_reading else brought.settled_count
    return {"done": done, "label": f"{done} of {brought.files_count} {'read' if is_reading else 'done'}"}


def _one(request: Request, pk: int) -> Any:
    found = _counted(Import.objects.visible_to(request.user)).select_related("team", "by")
    return get_object_or_404(found, pk=pk)


def _counted(imports: Any) -> QuerySet[Any]:
    """With how many files there are, and how many of them in each state; one query."""
    names = {
        "new": [State.NEW], "read": [State.READ], "made": [State.MADE], "known": [State.KNOWN],
        "refused": [State.REFUSED], "settled": [State.MADE, State.KNOWN, State.REFUSED],
    }  # fmt: skip
    counts = {f"{name}_count": Count("files", filter=Q(files__state__in=states)) for name, states in names.items()}
    here = Count("files", filter=Q(files__state=State.READ, files__coe__isnull=False))
    first = ImportFile.objects.filter(brought=OuterRef("pk")).order_by("position").values("name")[:1]
    found: QuerySet[Any] = imports.annotate(
        files_count=Count("files"), here_count=here, first_name=Subquery(first), **counts
    )
    return found


def _files(brought: Any, request: Request) -> dict[str, Any]:
    if brought.is_running:
        return {"chosen": "all", "page": None, "lists": []}
    chosen = request.GET.get("list", "all")
    chosen = chosen if chosen in LISTS else "all"
    found = brought.files.defer("text").annotate(kept=KEPT).order_by("position")
    page = Paginator(found.filter(LISTS[chosen][1]), PER_PAGE).get_page(request.GET.get("page"))
    lists = [(name, label, found.filter(which).count()) for name, (label, which) in LISTS.items()]
    rows = _rows(page.object_list, request.user)
    is_one = brought.files_count == 1
    return {"chosen": chosen, "page": page, "rows": rows, "lists": lists, "only": rows[0]["coe"] if is_one else None}


def _rows(files: Any, user: User) -> list[dict[str, Any]]:
    """Each file with its COE, if the person may read that one now, and where the lines are that were not understood."""
    shown = COE.objects.visible_to(user).filter(pk__in=[file.coe_id for file in files if file.coe_id])
    coes = {coe.pk: coe for coe in shown}
    return [{"file": file, "coe": coes.get(file.coe_id), "report": file.report, **_said(file.report)} for file in files]


def _said(report: dict[str, Any]) -> dict[str, Any]:
    kept = [line for line in report.get("said", ()) if not line["is_understood"]]
    return {"kept": kept, "places": Counter(line["place"] for line in kept).most_common()}


@login_required
@require_POST
def begin(request: Request, pk: int) -> HttpResponse:
    """Make COEs of what was shown."""
    brought = _one(request, pk)
    form = BeginForm(request.POST)
    form.is_valid()
    wish = {"is_published": form.cleaned_data["publish"], "is_repeated": form.cleaned_data["again"]}
    bringing.begin(brought, by=request.user, now=timezone.now(), **wish)
    _work(brought, brought.files_count <= 1)
    return see(request, brought.get_absolute_url())


@login_required
@require_POST
def cancel(request: Request, pk: int) -> HttpResponse:
    """Import no more of it."""
    brought = _one(request, pk)
    bringing.cancel(brought, timezone.now())
    words = f"Cancelled. {brought.made_count} imported before stay." if brought.made_count else "Cancelled."
    return see(request, brought.get_absolute_url(), words)
