"""How people are paged, over the API, to be read: policies, rooms, and one's own contact methods and rules."""

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers

from oncall.api.viewsets import ReadableViewSet
from oncall.models import (
    ContactMethod,
    EscalationPolicy,
    EscalationStep,
    NotificationRule,
    Room,
    Schedule,
    StepTarget,
    Team,
)


class TargetSerializer(serializers.ModelSerializer[StepTarget]):
    """A person's id, a schedule's slug with the role that is paged, or a room's id; the other two are null."""

    person = serializers.PrimaryKeyRelatedField[StepTarget](source="user", read_only=True)
    schedule = serializers.SlugRelatedField[Schedule](slug_field="slug", read_only=True)

    class Meta:
        model = StepTarget
        fields = ["person", "schedule", "role", "room"]


class StepSerializer(serializers.ModelSerializer[EscalationStep]):
    """Whom to page, and when this step applies; weekdays are digits, 0 for Monday."""

    targets = TargetSerializer(many=True, read_only=True)

    class Meta:
        model = EscalationStep
        fields = [
            "delay_minutes", "pick", "acknowledgements", "lowest_severity", "hours_from", "hours_until", "weekdays",
            "zone", "targets",
        ]  # fmt: skip


class PolicySerializer(serializers.ModelSerializer[EscalationPolicy]):
    """A policy as its current version says; without a last resort, administrators are paged."""

    team = serializers.SlugRelatedField[Team](slug_field="slug", read_only=True)
    version = serializers.IntegerField(source="current.number", default=None, read_only=True, allow_null=True)
    steps = StepSerializer(source="current.steps", many=True, read_only=True, default=list)

    class Meta:
        model = EscalationPolicy
        fields = ["id", "name", "team", "repeats", "last_resort", "version", "steps"]


class OfTeamFilter(django_filters.FilterSet):
    """`?team=<slug>`."""

    team = django_filters.CharFilter("team__slug")


class PolicyViewSet(ReadableViewSet):
    """Escalation policies with their steps."""

    serializer_class = PolicySerializer
    filterset_class = OfTeamFilter
    queryset = EscalationPolicy.objects.select_related("team").with_steps().order_by("name", "pk")


class RoomSerializer(serializers.ModelSerializer[Room]):
    """A room. Its address is not told: the address of many a chat is its key."""

    team = serializers.SlugRelatedField[Team](slug_field="slug", read_only=True)

    class Meta:
        model = Room
        fields = ["id", "team", "name", "channel", "is_told_of_coes", "created_at"]


class RoomViewSet(ReadableViewSet):
    """Rooms of teams."""

    serializer_class = RoomSerializer
    filterset_class = OfTeamFilter
    queryset = Room.objects.select_related("team").order_by("team__name", "name", "pk")


class ContactMethodSerializer(serializers.ModelSerializer[ContactMethod]):
    """One way to reach oneself; it counts once it is verified."""

    class Meta:
        model = ContactMethod
        fields = ["id", "channel", "address", "verified_at", "created_at"]


class ContactMethodViewSet(ReadableViewSet):
    """One's own contact methods; those of others are nobody's business."""

    serializer_class = ContactMethodSerializer
    queryset = ContactMethod.objects.none()

    def get_queryset(self) -> QuerySet[ContactMethod]:
        return ContactMethod.objects.filter(user=self.request.user.pk).order_by("created_at", "pk")


class RuleSerializer(serializers.ModelSerializer[NotificationRule]):
    """By which contact method one is told, how long after a page was opened."""

    class Meta:
        model = NotificationRule
        fields = ["id", "urgency", "contact_method", "after_minutes"]


class RuleViewSet(ReadableViewSet):
    """One's own notification rules; without any for an urgency, every verified method is used at once."""

    serializer_class = RuleSerializer
    queryset = NotificationRule.objects.none()

    def get_queryset(self) -> QuerySet[NotificationRule]:
        return NotificationRule.objects.filter(user=self.request.user.pk).order_by("urgency", "after_minutes", "pk")
