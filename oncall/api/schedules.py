"""Schedules and who is on call, over the API."""

from datetime import datetime, timedelta
from typing import Any

import django_filters
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from oncall import paging, shifts
from oncall.api.people import PersonSerializer
from oncall.api.viewsets import PersonRequest, ReadableViewSet
from oncall.models import Override, Schedule, ScheduleLayer, Team
from oncall.payloads import WHOLE
from oncall.permissions import may_change_schedule, require
from oncall.times import parse_instant

# Shifts are computed for at most this long at once.
LONGEST = timedelta(days=366)


class LayerSerializer(serializers.ModelSerializer[ScheduleLayer]):
    """One rotation of a schedule."""

    people = serializers.SerializerMethodField()

    class Meta:
        model = ScheduleLayer
        fields = [
            "id", "name", "position", "role", "rotation", "every", "hand_over_at", "hand_over_on", "starts_on",
            "ends_on", "people",
        ]  # fmt: skip

    def get_people(self, layer: ScheduleLayer) -> list[int]:
        """Ids in the order of their turns."""
        return [participant.user_id for participant in layer.participants.all()]


class OverrideSerializer(serializers.ModelSerializer[Override]):
    """Somebody else, for a span of time."""

    class Meta:
        model = Override
        fields = ["id", "user", "starts_at", "ends_at", "reason"]

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        """An override ends after it starts."""
        if attrs["ends_at"] <= attrs["starts_at"]:  # type: ignore[operator]
            raise serializers.ValidationError({"ends_at": "An override ends after it starts."})
        return attrs


class ScheduleSerializer(serializers.ModelSerializer[Schedule]):
    """The definition of who is on call."""

    team = serializers.SlugRelatedField[Team](slug_field="slug", read_only=True)
    layers = LayerSerializer(many=True, read_only=True)

    class Meta:
        model = Schedule
        fields = ["id", "slug", "name", "team", "zone", "layers"]


class ShiftSerializer(serializers.Serializer[Any]):
    """A computed shift; people are ids."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    people = serializers.ListField(child=serializers.IntegerField())
    role = serializers.CharField()
    is_override = serializers.BooleanField()


class ScheduleFilter(django_filters.FilterSet):
    """`?team=<slug>`, `?member=<person id>` (of the teams of that person)."""

    team = django_filters.CharFilter("team__slug")
    member = django_filters.NumberFilter("team__memberships__user", **WHOLE)


class ScheduleViewSet(ReadableViewSet):
    """Schedules, shifts, who is on call now, and overrides."""

    serializer_class = ScheduleSerializer
    filterset_class = ScheduleFilter
    lookup_field = "slug"
    queryset = Schedule.objects.select_related("team").with_definition().order_by("name")

    @extend_schema(responses=PersonSerializer(many=True), filters=False)
    @action(detail=True, url_path="on-call", pagination_class=None)
    def on_call(self, request: PersonRequest, slug: str) -> Response:
        """Who is on call now."""
        return Response(PersonSerializer(paging.on_call(self.get_object(), timezone.now()), many=True).data)

    @extend_schema(
        responses=ShiftSerializer(many=True),
        parameters=[OpenApiParameter("from", str), OpenApiParameter("to", str)],
        filters=False,
    )
    @action(detail=True, pagination_class=None)
    def shifts(self, request: PersonRequest, slug: str) -> Response:
        """The final schedule from one instant to another; the next four weeks if none is given."""
        start = _instant(request, "from") or timezone.now()
        end = _instant(request, "to") or start + timedelta(weeks=4)
        if not start <= end <= start + LONGEST:
            raise serializers.ValidationError({"to": "The end lies after the start, by at most 366 days."})
        try:
            found = shifts.between(self.get_object().definition(), start, end)
        except ValueError as error:
            raise serializers.ValidationError({"from": str(error)}) from error
        return Response(ShiftSerializer(found, many=True).data)

    @extend_schema(request=OverrideSerializer, responses={201: OverrideSerializer})
    @action(detail=True, methods=["post"])
    def overrides(self, request: PersonRequest, slug: str) -> Response:
        """Put somebody on call for a span of time."""
        schedule = self.get_object()
        require(may_change_schedule(request.user, schedule), f"Only members of {schedule.team} may do this.")
        wanted = OverrideSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        wanted.save(schedule=schedule, created_by=request.user)
        return Response(wanted.data, status=201)


def _instant(request: PersonRequest, name: str) -> datetime | None:
    text = request.query_params.get(name)
    if not text:
        return None
    try:
        return parse_instant(text)
    except ValueError as error:
        raise serializers.ValidationError({name: str(error)}) from error
