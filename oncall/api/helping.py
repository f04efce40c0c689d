"""What is sent and answered about snoozing, reassigning, responders and re-routing.

The actions themselves are in `incidents.py`.
"""

from datetime import datetime

from django.utils import timezone
from rest_framework import serializers

from oncall.forms.responding import LONGEST_SNOOZE
from oncall.models import EscalationPolicy, Responder, User


class SnoozeSerializer(serializers.Serializer[object]):
    """Until when the incident waits: an instant at most a week ahead."""

    until = serializers.DateTimeField()

    def validate_until(self, until: datetime) -> datetime:
        """Nobody remembers what was put off for a month."""
        if until > timezone.now() + LONGEST_SNOOZE:
            raise serializers.ValidationError("A snooze lasts a week at most.")
        return until


class WhomSerializer(serializers.Serializer[object]):
    """A person, by id."""

    user = serializers.PrimaryKeyRelatedField(queryset=User.objects.filter(is_active=True))


class RerouteSerializer(serializers.Serializer[object]):
    """An escalation policy, by id."""

    policy = serializers.PrimaryKeyRelatedField(queryset=EscalationPolicy.objects.all())


class ResponderSerializer(serializers.ModelSerializer[Responder]):
    """Somebody who was asked by name, or has acknowledged; `page_after` is when they are paged again."""

    class Meta:
        model = Responder
        fields = ["id", "user", "added_by", "added_at", "rounds", "page_after", "answered_at"]
        read_only_fields = fields
