"""Action items over the API: listed, and moved by their verbs."""

from collections.abc import Callable
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from coe import following_up
from coe.api.asking import PersonRequest
from coe.models import ActionItem
from oncall.models import Team


class ActionItemSerializer(serializers.ModelSerializer[ActionItem]):
    """A correction; its state moves through actions."""

    team = serializers.SlugRelatedField[Team](slug_field="slug", read_only=True)

    class Meta:
        model = ActionItem
        fields = [
            "id", "coe", "title", "exit_test", "owner", "team", "due_on", "priority", "kind", "tracker_url", "state",
            "evidence", "done_at", "verified_at",
        ]  # fmt: skip


class EvidenceSerializer(serializers.Serializer[Any]):
    """What shows it, or why not."""

    evidence = serializers.CharField(max_length=10_000)


class ActionFilter(django_filters.FilterSet):
    """`?owner=<id>`, `?team=<slug>`, `?state=`, `?coe=`, `?due_before=`."""

    team = django_filters.CharFilter("team__slug")
    due = django_filters.DateFromToRangeFilter("due_on")

    class Meta:
        model = ActionItem
        fields = ["owner", "state", "priority", "coe"]


class ActionItemViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ActionItem]):
    """Action items of published COEs, the most urgent first."""

    serializer_class = ActionItemSerializer
    filterset_class = ActionFilter
    queryset = ActionItem.objects.none()
    request: PersonRequest

    def get_queryset(self) -> QuerySet[ActionItem]:
        visible = ActionItem.objects.visible_to(self.request.user).promised()
        return visible.select_related("team").order_by("due_on", "pk")

    @extend_schema(request=None, responses=ActionItemSerializer)
    @action(detail=True, methods=["post"])
    def finish(self, request: PersonRequest, pk: str) -> Response:
        """Done, says its owner."""
        item = self.get_object()
        following_up.finish(item, request.user, timezone.now(), source="api")
        return Response(self.get_serializer(item).data)

    @extend_schema(request=None, responses=ActionItemSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: PersonRequest, pk: str) -> Response:
        """Open again."""
        item = self.get_object()
        following_up.reopen(item, request.user, timezone.now(), source="api")
        return Response(self.get_serializer(item).data)

    @extend_schema(request=EvidenceSerializer, responses=ActionItemSerializer)
    @action(detail=True, methods=["post"])
    def verify(self, request: PersonRequest, pk: str) -> Response:
        """The exit test was passed."""
        return self._with_evidence(following_up.verify)

    @extend_schema(request=EvidenceSerializer, responses=ActionItemSerializer)
    @action(detail=True, methods=["post"], url_path="find-ineffective")
    def find_ineffective(self, request: PersonRequest, pk: str) -> Response:
        """It was done and did not help."""
        return self._with_evidence(following_up.find_ineffective)

    @extend_schema(request=EvidenceSerializer, responses=ActionItemSerializer)
    @action(detail=True, methods=["post"])
    def drop(self, request: PersonRequest, pk: str) -> Response:
        """It will not be done."""
        return self._with_evidence(following_up.drop)

    def _with_evidence(self, verb: Callable[..., None]) -> Response:
        told = EvidenceSerializer(data=self.request.data)
        told.is_valid(raise_exception=True)
        item = self.get_object()
        verb(item, told.validated_data["evidence"], self.request.user, timezone.now(), source="api")
        return Response(self.get_serializer(item).data)
