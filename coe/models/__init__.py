"""The nouns of Corrections of Error.

A module imports only earlier ones of this order, and `oncall.models`:
letters < templates < coes < sections < cowriting < timeline < causes < actions < graphs < revisions < findings
< comments < reviews < owed < notices < subscriptions < readings < collections < imports < search_changes.
"""

from coe.models.actions import ActionItem, Reminder
from coe.models.causes import Cause, CauseLink
from coe.models.coes import COE, DraftHeader, Tag
from coe.models.collections import Collection, CollectionEntry
from coe.models.comments import Comment, Thread
from coe.models.cowriting import SharedText, TextUpdate, Writer
from coe.models.findings import Customer, Waiver
from coe.models.graphs import Graph, Picture, PictureSize
from coe.models.imports import Import, ImportFile, ImportPicture
from coe.models.notices import Notice, ReviewNotice, RoomNotice
from coe.models.owed import Owed
from coe.models.readings import Applicability, Question, Reading
from coe.models.reviews import BarRaiser, Review
from coe.models.revisions import Revision
from coe.models.search_changes import SearchChange
from coe.models.sections import CheckedItem, Section
from coe.models.subscriptions import Subscription
from coe.models.templates import Template, TemplateVersion
from coe.models.timeline import RemovedEvent, TimelineEvent

__all__ = [
    "COE",
    "ActionItem",
    "Applicability",
    "BarRaiser",
    "Cause",
    "CauseLink",
    "CheckedItem",
    "Collection",
    "CollectionEntry",
    "Comment",
    "Customer",
    "DraftHeader",
    "Graph",
    "Import",
    "ImportFile",
    "ImportPicture",
    "Notice",
    "Owed",
    "Picture",
    "PictureSize",
    "Question",
    "Reading",
    "Reminder",
    "RemovedEvent",
    "Review",
    "ReviewNotice",
    "Revision",
    "RoomNotice",
    "SearchChange",
    "Section",
    "SharedText",
    "Subscription",
    "Tag",
    "Template",
    "TemplateVersion",
    "TextUpdate",
    "Thread",
    "TimelineEvent",
    "Waiver",
    "Writer",
]
