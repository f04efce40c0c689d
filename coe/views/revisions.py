"""The revisions of a COE, and the difference between any two, word by word."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from coe import comparing, documents
from coe.models import COE, Cause, Revision
from coe.views.asking import Request

PER_PAGE = 30
# The parts of the document that are not written sections, as one text each.
TITLES = {"title": "Title", "timeline": "Timeline", "causes": "Causes", "actions": "Action items"}


@login_required
@require_GET
def revisions(request: Request, pk: int) -> HttpResponse:
    """Every revision, newest first; with `?from=` and `?to=` the difference between two."""
    coe = get_object_or_404(COE.objects.visible_to(request.user).select_related("team"), pk=pk)
    listing = coe.revisions.defer("content", "html").select_related("made_by")
    pair = pair_of(coe, request.GET)
    context = {
        "coe": coe,
        "page": Paginator(listing, PER_PAGE).get_page(request.GET.get("page")),
        "pair": pair,
        "changes": changes_between(pair[0].content, pair[1].content) if pair else [],
    }
    return render(request, "coe/review/revisions.html", context)


def pair_of(coe: COE, asked: QueryDict) -> tuple[Revision, Revision] | None:
    """The two revisions that are compared, the older one first; raises Http404 for numbers there are not."""
    if "from" not in asked and "to" not in asked:
        return None
    numbers = [asked.get(name, "") for name in ("from", "to")]
    if not all(number.isdecimal() and len(number) < 9 for number in numbers):
        raise Http404
    found = {revision.number: revision for revision in coe.revisions.filter(number__in=numbers)}
    if not all(int(number) in found for number in numbers):
        raise Http404
    old, new = sorted(int(number) for number in numbers)
    return found[old], found[new]


def changes_between(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What differs, in the order of the document: a title, and the pieces from `old` to `new`."""
    titles = TITLES | {form.key: form.title for form in [*documents.texts_asked(old), *documents.texts_asked(new)]}
    return [
        {"key": change.key, "title": titles.get(change.key, change.key), "pieces": change.pieces}
        for change in comparing.sections(texts_of(old), texts_of(new))
        if change.is_changed
    ]


def texts_of(content: Mapping[str, Any]) -> dict[str, str]:
    """Each part of a document as one text with a line for each row."""
    owners = {action["title"]: (action["owner"] or {}).get("name", "") for action in content.get("actions", ())}
    return {
        "title": content.get("title", ""),
        **documents.sections_in_order(content),
        "timeline": "\n".join(
            f"{event['at'][:16].replace('T', ' ')} UTC {event['text']} {event['anchor']}".strip()
            for event in content.get("timeline", ())
        ),
        "causes": "\n".join(lines_of(content.get("causes", ()))),
        "actions": "\n".join(
            f"{action['title']}. {owners[action['title']]} {action['due_on'] or ''} {action['exit_test']}".strip()
            for action in content.get("actions", ())
        ),
    }


def lines_of(causes: Any, depth: int = 0) -> list[str]:
    """The causes as indented lines."""
    kinds = dict(Cause.Kind.choices)
    found = []
    for cause in causes:
        found.append(f"{'  ' * depth}{cause['text']} ({kinds.get(cause['kind'], cause['kind'])})")
        found += lines_of(cause["children"], depth + 1)
    return found
