"""Background work of on-call: read the clock, call one function, stop."""

from celery import shared_task
from django.utils import timezone

from oncall import alarming, auditing, foreseeing, paging, pinging, suspecting
from oncall.models import Heartbeat


@shared_task
def tick() -> None:
    """Page whom the clock says, and note that it was done: a tick that fails is no sign of life."""
    paging.tick(timezone.now())
    Heartbeat.objects.beat("tick", timezone.now())


@shared_task
def rank_again() -> None:
    """Rank the suspects of young incidents anew."""
    suspecting.rank_due(timezone.now())


@shared_task
def audit() -> None:
    """Check what must always be true of signals and pages; tell the administrators what is not, or say that all is."""
    now = timezone.now()
    auditing.audit(auditing.CHECKS, now)
    alarming.tell(now)
    pinging.ping(now)


@shared_task
def foresee() -> None:
    """Look for what would go wrong with the next page."""
    auditing.audit(foreseeing.CHECKS, timezone.now(), name="foresight")


def page_soon() -> None:
    """Wake a worker once the transaction has committed. Only a nudge: the clock comes by every second anyway."""
    tick.delay_on_commit()  # type: ignore[attr-defined]
