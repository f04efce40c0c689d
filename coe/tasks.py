"""Background work of COEs: read the clock, call one function, stop."""

from celery import shared_task
from django.utils import timezone

from coe import auditing, reminding, searching
from coe.cowriting import settling
from coe.importing import working
from oncall.auditing import audit as run_audit


@shared_task
def remind() -> None:
    """Make the reminders that are due, and send what is owed by mail."""
    reminding.tick(timezone.now())


@shared_task
def catch_up_search() -> None:
    """Apply to the index of this node what changed, so that the next search need not."""
    searching.catch_up(seconds=20)


@shared_task
def settle() -> None:
    """Write down what was typed together by processes that died before they did."""
    settling.tick(timezone.now())


@shared_task
def take_in() -> None:
    """Read and import the files that wait."""
    working.tick(timezone.now())


@shared_task
def audit() -> None:
    """Check what must always be true of COEs."""
    run_audit(auditing.CHECKS, timezone.now(), name="audit-coe")


def remind_soon() -> None:
    """Wake a worker once the transaction has committed. Only a nudge: the clock comes by every minute anyway."""
    remind.delay_on_commit()  # type: ignore[attr-defined]


def take_in_soon() -> None:
    """Wake a worker once the transaction has committed. Only a nudge: the clock comes by all the time anyway."""
    take_in.delay_on_commit()  # type: ignore[attr-defined]
