"""When a published COE closes, and when it opens again: by the states of its action items."""

from __future__ import annotations

from datetime import datetime

from coe.models import COE, ActionItem
from oncall.models import User

State = ActionItem.State


def settle(coe: COE, by: User, now: datetime, source: str = "screen") -> None:
    """Closed when at least one correction is verified and none is left to do; published again when one is.

    Must run in a transaction that holds the row of the COE. While a re-issue is written nothing moves: its publication
    asks again.
    """
    states = set(coe.actions.values_list("state", flat=True))
    is_settled = State.VERIFIED in states and states <= {State.VERIFIED, State.DROPPED}
    if is_settled and coe.state == COE.State.PUBLISHED:
        coe.close(by, now, source)
    elif not is_settled and coe.state == COE.State.CLOSED:
        coe.reopen(by, now, source)
