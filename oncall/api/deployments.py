"""Deployments over the API: told by whoever deploys, listed for whoever asks what changed."""

import uuid
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from oncall.api.viewsets import PersonRequest, ReadableViewSet
from oncall.changes.change import Change
from oncall.deploying import record
from oncall.models import Deployment, Environment, Service
from oncall.permissions import may_change_service, require


class DeploymentSerializer(serializers.ModelSerializer[Deployment]):
    """A deployment as it is known now."""

    service = serializers.SlugRelatedField[Service](slug_field="slug", read_only=True)
    environment = serializers.SlugRelatedField[Environment](slug_field="name", read_only=True)

    class Meta:
        model = Deployment
        fields = [
            "id", "external_id", "service", "environment", "kind", "version", "artifact", "commit", "repository",
            "actor", "url", "description", "size", "previous", "rollback_of", "state", "queued_at", "started_at",
            "finished_at",
        ]  # fmt: skip


class ToldDeploymentSerializer(serializers.Serializer[Any]):
    """What whoever deploys tells. The same `external_id` again updates the same deployment; states never go back."""

    service = serializers.SlugRelatedField(slug_field="slug", queryset=Service.objects.all())
    environment = serializers.CharField(max_length=80, default="production")
    state = serializers.ChoiceField(choices=Deployment.State.choices, default="succeeded")
    external_id = serializers.CharField(max_length=80, required=False)
    kind = serializers.ChoiceField(choices=Deployment.Kind.choices, default="code")
    version = serializers.CharField(max_length=200, default="", allow_blank=True)
    artifact = serializers.CharField(max_length=300, default="", allow_blank=True)
    commit = serializers.CharField(max_length=64, default="", allow_blank=True)
    repository = serializers.CharField(max_length=200, default="", allow_blank=True)
    actor = serializers.CharField(max_length=120, default="", allow_blank=True)
    url = serializers.URLField(max_length=500, default="", allow_blank=True)
    description = serializers.CharField(max_length=500, default="", allow_blank=True)
    size = serializers.IntegerField(min_value=0, max_value=2_000_000_000, required=False, allow_null=True)
    occurred_at = serializers.DateTimeField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A deployment is recognisable by a version, a commit or an artifact."""
        if not (attrs["version"] or attrs["commit"] or attrs["artifact"]):
            raise serializers.ValidationError({"version": "Say the version, the commit or the artifact."})
        return attrs

    def as_change(self) -> Change:
        """The told facts as the change every dialect ends in. External ids are told apart by service."""
        facts = dict(self.validated_data)
        service = facts.pop("service")
        external_id = facts.pop("external_id", None) or str(uuid.uuid4())
        return Change(external_id=f"{service.slug}/{external_id}", **facts)


class DeploymentFilter(django_filters.FilterSet):
    """`?service=<slug>`, `?team=<slug>`, `?environment=<name>`, `?state=`, `?kind=`, `?version=`, `?commit=`."""

    service = django_filters.CharFilter("service__slug")
    team = django_filters.CharFilter("service__team__slug")
    environment = django_filters.CharFilter("environment__name")
    commit = django_filters.CharFilter("commit", lookup_expr="startswith")
    reached = django_filters.IsoDateTimeFromToRangeFilter("reached_at")

    class Meta:
        model = Deployment
        fields = ["state", "kind", "version"]


class DeploymentViewSet(ReadableViewSet):
    """Deployments, newest first."""

    serializer_class = DeploymentSerializer
    filterset_class = DeploymentFilter
    queryset = Deployment.objects.none()

    def get_queryset(self) -> QuerySet[Deployment]:
        return Deployment.objects.visible_to(self.request.user).shown().order_by("-reached_at", "-pk")

    @extend_schema(request=ToldDeploymentSerializer, responses={201: DeploymentSerializer})
    def create(self, request: PersonRequest) -> Response:
        """Tell of a deployment, or of the next state of one told before."""
        told = ToldDeploymentSerializer(data=request.data)
        told.is_valid(raise_exception=True)
        service = told.validated_data["service"]
        require(may_change_service(request.user, service), f"Only members of {service.team} tell of its deployments.")
        deployment = record(told.as_change(), service=service, now=timezone.now())
        return Response(DeploymentSerializer(deployment).data, status=status.HTTP_201_CREATED)
