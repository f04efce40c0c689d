"""The ledger of an incident: every attempt to tell somebody, what became of it, and why somebody or nobody was paged.

It gathers rows and words the times; the sentences are made by `oncall/explaining.py`. Addresses are masked: whoever
sees the incident need not know where others are reached. It changes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from oncall import holding
from oncall.explaining import Call, Situation, Try, type_when, why_nobody, why_paged
from oncall.masking import masked
from oncall.models import Attempt, DeliveryReceipt, Incident, Page, User
from oncall.models.contacts import spoken
from oncall.templatetags import wording
from oncall.views.answers import Request, signed_in
from oncall.views.incidents import shown_to

# The newest pages of a storm that went on for a day; all are counted.
MOST_PAGES = 300
# The timeline's words about steps that were passed over.
MOST_NOTES = 12


@dataclass(frozen=True, slots=True)
class Row:
    """One attempt as it is read; `with_others` is how many pages the same message told of beside this one."""

    attempt: Attempt
    channel: str
    address: str
    with_others: int
    receipts: Sequence[DeliveryReceipt]
    # How long after the page was opened it went out and arrived, in words.
    sent_after: str
    delivered_after: str


@dataclass(frozen=True, slots=True)
class PageRows:
    """One page with its attempts in the order in which they were made."""

    page: Page
    rows: list[Row]


@signed_in
@require_GET
def ledger(request: Request, pk: int) -> HttpResponse:
    """Every attempt of an incident."""
    incident = get_object_or_404(shown_to(request), pk=pk)
    context = {"incident": incident, **ledger_of(incident, request.user, timezone.now())}
    return render(request, "oncall/incidents/ledger.html", context)


def ledger_of(incident: Incident, user: User, now: datetime) -> dict[str, object]:
    """Everything the screen shows, in at most eight queries."""
    pages = pages_of(incident)
    calls = [_call(page) for page in pages]
    explanations = why_paged(calls, _when(now))
    mine = next((one for one in explanations if one.whom == str(user)), None)
    return {
        "pages": _rows(pages),
        "page_count": len(pages) if len(pages) < MOST_PAGES else incident.pages.count(),
        "mine": mine,
        "others": [one for one in explanations if one is not mine],
        "nobody": why_nobody(_situation(incident, now), calls, _when(now), now),
    }


def pages_of(incident: Incident) -> list[Page]:
    """The newest pages, newest first, with their attempts and receipts: three queries."""
    attempts = Attempt.objects.order_by("created_at", "pk").prefetch_related("receipts")
    pages = incident.pages.select_related("user", "room", "responder").prefetch_related(Prefetch("attempts", attempts))
    return list(pages.order_by("-opened_at", "-pk")[:MOST_PAGES])


def _rows(pages: Iterable[Page]) -> list[PageRows]:
    sizes = _sizes({one.bundle for page in pages for one in page.attempts.all() if one.bundle})
    return [PageRows(page, [_row(page, one, sizes) for one in page.attempts.all()]) for page in pages]


def _sizes(bundles: set[UUID]) -> dict[UUID | None, int]:
    """How many attempts went out as each of these messages."""
    found = Attempt.objects.filter(bundle__in=bundles).order_by().values_list("bundle").annotate(Count("pk"))
    return dict(found) if bundles else {}


def _row(page: Page, attempt: Attempt, sizes: dict[UUID | None, int]) -> Row:
    return Row(
        attempt=attempt,
        channel=spoken(attempt.channel),
        address=masked(attempt.address),
        with_others=sizes.get(attempt.bundle, 1) - 1,
        receipts=list(attempt.receipts.all()),
        sent_after=_after(page.opened_at, attempt.sent_at),
        delivered_after=_after(page.opened_at, attempt.delivered_at),
    )


def _after(opened_at: datetime, at: datetime | None) -> str:
    return f"after {wording.span((at - opened_at).total_seconds())}" if at else ""


def _call(page: Page) -> Call:
    return Call(
        whom=str(page.user or page.room),
        reason=page.reason,
        opened_at=page.opened_at,
        is_room=page.room_id is not None,
        is_by_name=page.responder_id is not None,
        cycle=page.cycle,
        round=page.round,
        step=page.step,
        tries=tuple(_try(attempt) for attempt in page.attempts.all()),
    )


def _try(attempt: Attempt) -> Try:
    return Try(
        channel=spoken(attempt.channel),
        state=attempt.state,
        send_after=attempt.send_after,
        sent_at=attempt.sent_at,
        delivered_at=attempt.delivered_at,
        number=attempt.number,
        error=attempt.error,
    )


def _situation(incident: Incident, now: datetime) -> Situation:
    hold = holding.hold_of(incident, now) if incident.page_after and not incident.pages_made else None
    notes = incident.timeline.filter(kind="unreachable", at__gte=incident.triggered_at, is_starred=False)
    return Situation(
        severity=incident.severity,
        pages_people=incident.pages_people,
        state=incident.state,
        cycle=incident.cycle,
        page_after=incident.page_after,
        snoozed_until=incident.snoozed_until,
        exhausted_at=incident.exhausted_at,
        moved_by=str(incident.moved_by or ""),
        moved_at=incident.moved_at,
        hold=hold.reason if hold else "",
        notes=tuple(notes.order_by("-at").values_list("at", "text")[:MOST_NOTES])[::-1],
    )


def _when(now: datetime) -> type_when:
    """Times as the viewer reads them."""
    today = timezone.localtime(now)
    return lambda at: wording.short(timezone.localtime(at), today)
