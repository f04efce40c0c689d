"""Maintenance and mutes over the API: list, schedule, end."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from oncall import holding
from oncall.api.viewsets import PersonRequest, ReadableViewSet, source_of, valid
from oncall.models import Maintenance, Mute, Service
from oncall.models.holds import HoldQuerySet
from oncall.permissions import may_end, may_hold, require
from oncall.tasks import page_soon


class MaintenanceSerializer(serializers.ModelSerializer[Maintenance]):
    """A span in which a service pages nobody; without `starts_at` it begins now."""

    service = serializers.SlugRelatedField(slug_field="slug", queryset=Service.objects.all())
    starts_at = serializers.DateTimeField(required=False)

    class Meta:
        model = Maintenance
        fields = ["id", "service", "starts_at", "ends_at", "reason", "created_by", "created_at"]
        read_only_fields = ["created_by", "created_at"]


class MuteSerializer(serializers.ModelSerializer[Mute]):
    """That one alert pages nobody until it expires."""

    service = serializers.SlugRelatedField[Service](source="integration.service", slug_field="slug", read_only=True)

    class Meta:
        model = Mute
        fields = ["id", "service", "integration", "dedup_key", "title", "starts_at", "ends_at", "reason", "created_by"]


class MuteIncidentSerializer(serializers.ModelSerializer[Mute]):
    """Until when an incident's open alerts page nobody, and why."""

    class Meta:
        model = Mute
        fields = ["ends_at", "reason"]


class MaintenanceFilter(django_filters.FilterSet):
    """`?service=<slug>`, `?team=<slug>`, `?is_running=true`."""

    service = django_filters.CharFilter("service__slug")
    team = django_filters.CharFilter("service__team__slug")
    is_running = django_filters.BooleanFilter(method="running")

    def running(self, holds: HoldQuerySet, name: str, value: bool) -> QuerySet[Maintenance]:
        """Those that run now, or those that do not."""
        now = timezone.now()
        return holds.running(now) if value else holds.exclude(starts_at__lte=now, ends_at__gt=now)


class MuteFilter(MaintenanceFilter):
    """`?service=<slug>`, `?team=<slug>`, `?is_running=true`."""

    service = django_filters.CharFilter("integration__service__slug")
    team = django_filters.CharFilter("integration__service__team__slug")


def _only(service: Service) -> str:
    return f"Only members of {service.team} and administrators may do this."


class MaintenanceViewSet(ReadableViewSet):
    """Maintenance of services, newest first."""

    serializer_class = MaintenanceSerializer
    filterset_class = MaintenanceFilter
    queryset = Maintenance.objects.select_related("service__team").order_by("-starts_at", "-pk")

    @extend_schema(request=MaintenanceSerializer, responses={201: MaintenanceSerializer})
    def create(self, request: PersonRequest) -> Response:
        """Schedule maintenance, for a month at most."""
        wanted, now = valid(MaintenanceSerializer, request), timezone.now()
        service = wanted["service"]
        require(may_hold(request.user, service), _only(service))
        span = (wanted.get("starts_at") or now, wanted["ends_at"])
        how: dict[str, Any] = {"by": request.user, "now": now, "source": source_of(request)}
        made = holding.schedule_maintenance(service, span, reason=wanted["reason"], **how)
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def end(self, request: PersonRequest, pk: str) -> Response:
        """End it now; one that has not begun is called off."""
        hold: Maintenance = self.get_object()
        require(may_end(request.user, hold), _only(hold.service))
        return _ended(hold, request)


class MuteViewSet(ReadableViewSet):
    """Mutes of alerts, newest first; alerts are muted on the screen of their incident, or by its `mutes`."""

    serializer_class = MuteSerializer
    filterset_class = MuteFilter
    queryset = Mute.objects.select_related("integration__service__team").order_by("-starts_at", "-pk")

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def end(self, request: PersonRequest, pk: str) -> Response:
        """The alert pages again."""
        hold: Mute = self.get_object()
        require(may_end(request.user, hold), _only(hold.integration.service))
        return _ended(hold, request)


def _ended(hold: Maintenance | Mute, request: PersonRequest) -> Response:
    holding.end(hold, by=request.user, now=timezone.now(), source=source_of(request))
    page_soon()
    return Response(status=status.HTTP_204_NO_CONTENT)
