"""On-call in the administration site: what administrators look up and put right; no business moves happen here.

Parts of a thing stand under one another (`StackedInline`): in a table Django gives their fields no labels. People are
chosen by number and a window to look them up: the comfortable chooser writes inline styles, which the
Content-Security-Policy forbids.
"""

from django.contrib import admin
from django.contrib.admin.widgets import AdminSplitDateTime
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.db.models import DateTimeField, Model
from django.forms import SplitDateTimeField
from django.http import HttpRequest

from oncall import models


class ReadOnly(admin.ModelAdmin):
    """History: looked at, never edited."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ContactMethodInline(admin.StackedInline):
    model = models.ContactMethod
    extra = 0
    fields = ("channel", "address", "verified_at")
    readonly_fields = ("verified_at",)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A verified one must not lead elsewhere without a code that came back from there."""
        return False


class PersonCreationForm(AdminUserCreationForm):
    class Meta:
        model = models.User
        fields = ("email", "name", "zone")


@admin.register(models.User)
class PersonAdmin(UserAdmin):
    """Accounts. Administrators make them; people leave by deactivation, so that history keeps their names."""

    add_form = PersonCreationForm
    ordering = ("name",)
    list_display = ("name", "email", "zone", "is_active", "is_staff")
    list_filter = ("is_active", "is_staff")
    search_fields = ("name", "email")
    fieldsets = (
        (None, {"fields": ("email", "name", "zone", "password")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser")}),
        ("Times", {"fields": ("last_login", "joined_at")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "name", "zone", "password1", "password2")}),)
    filter_horizontal = ()
    # Facts: looked at, never edited.
    readonly_fields = ("last_login", "joined_at")
    inlines = (ContactMethodInline,)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class MembershipInline(admin.StackedInline):
    model = models.Membership
    extra = 0
    raw_id_fields = ("user",)


@admin.register(models.Team)
class TeamAdmin(admin.ModelAdmin):
    list_display = ("name", "parent")
    search_fields = ("name",)
    prepopulated_fields = {"slug": ("name",)}
    inlines = (MembershipInline,)


class ParticipantInline(admin.StackedInline):
    model = models.Participant
    extra = 0
    raw_id_fields = ("user",)


@admin.register(models.ScheduleLayer)
class ScheduleLayerAdmin(admin.ModelAdmin):
    list_display = ("name", "schedule", "role", "rotation", "hand_over_at")
    list_select_related = ("schedule",)
    inlines = (ParticipantInline,)


class Moment(AdminSplitDateTime):
    """A day and a time, each with a name of its own for those who do not see them side by side."""

    def __init__(self, attrs: dict[str, str] | None = None) -> None:
        super().__init__(attrs)
        for widget, name in zip(self.widgets, ("Day", "Time"), strict=True):
            widget.attrs["aria-label"] = name


class OverrideInline(admin.StackedInline):
    model = models.Override
    extra = 0
    formfield_overrides = {DateTimeField: {"form_class": SplitDateTimeField, "widget": Moment}}
    raw_id_fields = ("user", "created_by")


@admin.register(models.Schedule)
class ScheduleAdmin(admin.ModelAdmin):
    list_display = ("name", "team", "zone")
    list_select_related = ("team",)
    search_fields = ("name",)
    inlines = (OverrideInline,)


@admin.register(models.EscalationPolicy)
class EscalationPolicyAdmin(admin.ModelAdmin):
    list_display = ("name", "team", "repeats")
    list_select_related = ("team",)
    search_fields = ("name",)
    # Steps are changed on the policy's own screen, which makes a version of each change.
    readonly_fields = ("last_resort",)


class LinkInline(admin.StackedInline):
    model = models.ServiceLink
    extra = 0


class DependencyInline(admin.StackedInline):
    model = models.Dependency
    fk_name = "service"
    extra = 0
    raw_id_fields = ("needs",)


@admin.register(models.Service)
class ServiceAdmin(admin.ModelAdmin):
    list_display = ("name", "team", "tier", "lifecycle")
    list_filter = ("tier", "lifecycle")
    list_select_related = ("team",)
    search_fields = ("name", "repository")
    prepopulated_fields = {"slug": ("name",)}
    inlines = (LinkInline, DependencyInline)


@admin.register(models.Environment)
class EnvironmentAdmin(admin.ModelAdmin):
    list_display = ("name", "tier", "region", "wave")


@admin.register(models.Integration)
class IntegrationAdmin(ReadOnly):
    """Doors are made on the service's screen, where the key is shown once."""

    list_display = ("service", "dialect", "key_prefix", "is_enabled", "last_used_at")
    list_select_related = ("service",)
    exclude = ("sealed_secret", "key_digest")


@admin.register(models.Signal)
class SignalAdmin(ReadOnly):
    """The tray of what was refused or could not be routed, and everything that came in."""

    list_display = ("received_at", "dialect", "integration", "state", "reason")
    list_filter = ("state", "dialect")
    list_select_related = ("integration__service",)
    date_hierarchy = "received_at"
    exclude = ("body", "headers")
    readonly_fields = ("text",)

    @admin.display(description="body")
    def text(self, signal: models.Signal) -> str:
        """The body as text, as far as it is any."""
        return bytes(signal.body).decode(errors="replace")[:20_000]


@admin.register(models.AuditEntry)
class AuditEntryAdmin(ReadOnly):
    list_display = ("at", "verb", "label", "actor", "source", "before", "after")
    list_filter = ("kind", "verb")
    list_select_related = ("actor",)
    search_fields = ("label",)


@admin.register(models.Violation)
class ViolationAdmin(ReadOnly):
    list_display = ("found_at", "invariant", "sentence", "seen_at", "ended_at")
    list_filter = ("invariant",)


@admin.register(models.Heartbeat)
class HeartbeatAdmin(ReadOnly):
    list_display = ("name", "seen_at")


@admin.register(models.Attempt)
class AttemptAdmin(ReadOnly):
    """The ledger of deliveries."""

    list_display = ("created_at", "page", "channel", "address", "state", "number", "sent_at", "error")
    list_filter = ("state", "channel")
    list_select_related = ("page__user", "page__incident")
