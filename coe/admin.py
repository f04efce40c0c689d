"""COEs in the administration site, to be looked up: text, moves and audiences change on the screens alone."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from coe import models


class ReadOnly(admin.ModelAdmin):
    """Looked at, never edited: every change here would leave no revision and no audit row."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(models.COE)
class COEAdmin(ReadOnly):
    list_display = ("number", "title", "team", "state", "audience", "published_at")
    list_filter = ("state", "audience", "severity")
    list_select_related = ("team",)
    search_fields = ("title",)


@admin.register(models.Customer)
class CustomerAdmin(admin.ModelAdmin):
    """The linter looks for these names in every draft; see docs/linting.md."""

    list_display = ("name",)
    search_fields = ("name",)


@admin.register(models.ActionItem)
class ActionItemAdmin(ReadOnly):
    list_display = ("title", "coe", "owner", "due_on", "state")
    list_filter = ("state", "priority", "kind")
    list_select_related = ("coe", "owner")
    search_fields = ("title",)


@admin.register(models.Revision)
class RevisionAdmin(ReadOnly):
    list_display = ("coe", "number", "reason", "made_by", "made_at")
    list_filter = ("reason",)
    list_select_related = ("coe", "made_by")


@admin.register(models.Review)
class ReviewAdmin(ReadOnly):
    list_display = ("coe", "reviewer", "asked_at", "verdict", "decided_at")
    list_filter = ("verdict",)
    list_select_related = ("coe", "reviewer")


@admin.register(models.Reminder)
class ReminderAdmin(ReadOnly):
    """Reminders, and why one has not gone out."""

    list_filter = (("sent_at", admin.EmptyFieldListFilter),)
    list_display = ("action", "user", "day", "sent_at", "tries", "error")
    list_select_related = ("user", "action")


@admin.register(models.ReviewNotice)
class ReviewNoticeAdmin(ReadOnly):
    """Letters about reviews, and why one has not gone out."""

    list_filter = (("sent_at", admin.EmptyFieldListFilter),)
    list_display = ("review", "user", "kind", "made_at", "sent_at", "tries", "error")
    list_select_related = ("user", "review__coe", "review__reviewer")


@admin.register(models.RoomNotice)
class RoomNoticeAdmin(ReadOnly):
    """What rooms are told about COEs, and why a word has not gone out."""

    list_filter = (("sent_at", admin.EmptyFieldListFilter), "kind")
    list_display = ("room", "kind", "coe", "made_at", "sent_at", "tries", "error")
    list_select_related = ("room__team", "coe")
