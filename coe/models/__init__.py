"""The nouns of Corrections of Error.

A module imports only earlier ones of this order, and `oncall.models`:
coes < sections < timeline < causes < actions < revisions < reviews < notices < search_changes.
"""

from coe.models.actions import ActionItem, Reminder
from coe.models.causes import Cause
from coe.models.coes import COE
from coe.models.notices import ReviewNotice
from coe.models.reviews import Review
from coe.models.revisions import Revision
from coe.models.search_changes import SearchChange
from coe.models.sections import CheckedItem, Section
from coe.models.timeline import TimelineEvent

__all__ = [
    "COE",
    "ActionItem",
    "Cause",
    "CheckedItem",
    "Reminder",
    "Review",
    "ReviewNotice",
    "Revision",
    "SearchChange",
    "Section",
    "TimelineEvent",
]
