"""Services, environments and doors, over the API."""

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from oncall.api.viewsets import PersonRequest, ReadableViewSet, source_of
from oncall.models import AuditEntry, Environment, Integration, Service, ServiceLink, Team
from oncall.payloads import WHOLE
from oncall.permissions import may_change_service, require


class ServiceLinkSerializer(serializers.ModelSerializer[ServiceLink]):
    """Where to look."""

    class Meta:
        model = ServiceLink
        fields = ["kind", "title", "url"]


class ServiceSerializer(serializers.ModelSerializer[Service]):
    """A service, its owner, and what it needs."""

    team = serializers.SlugRelatedField[Team](slug_field="slug", read_only=True)
    needs = serializers.SlugRelatedField[Service](source="dependencies", slug_field="slug", many=True, read_only=True)
    links = ServiceLinkSerializer(many=True, read_only=True)

    class Meta:
        model = Service
        fields = [
            "id", "slug", "name", "description", "team", "tier", "lifecycle", "kind", "system", "repository", "needs",
            "links",
        ]  # fmt: skip


class ServiceFilter(django_filters.FilterSet):
    """`?team=<slug>`, `?tier=`, `?needs=<slug>` (everything that needs that service)."""

    team = django_filters.CharFilter("team__slug")
    tier = django_filters.NumberFilter("tier", **WHOLE)
    needs = django_filters.CharFilter("dependencies__slug")


class ServiceViewSet(ReadableViewSet):
    """Services of the organisation."""

    serializer_class = ServiceSerializer
    filterset_class = ServiceFilter
    lookup_field = "slug"
    queryset = Service.objects.select_related("team").prefetch_related("dependencies", "links").order_by("name")


class EnvironmentSerializer(serializers.ModelSerializer[Environment]):
    """Where versions run."""

    class Meta:
        model = Environment
        fields = ["id", "name", "tier", "region", "wave"]


class EnvironmentViewSet(ReadableViewSet):
    """Environments, first wave first."""

    serializer_class = EnvironmentSerializer
    queryset = Environment.objects.all()


class IntegrationSerializer(serializers.ModelSerializer[Integration]):
    """A door; its key is in the answer that made it, and nowhere else."""

    service = serializers.SlugRelatedField(slug_field="slug", queryset=Service.objects.all())

    class Meta:
        model = Integration
        fields = ["id", "service", "dialect", "name", "key_prefix", "is_enabled", "created_at", "last_used_at"]
        read_only_fields = ["key_prefix", "is_enabled", "created_at", "last_used_at"]


class IssuedIntegrationSerializer(IntegrationSerializer):
    """A door just made, with its key."""

    key = serializers.CharField(read_only=True)

    class Meta(IntegrationSerializer.Meta):
        fields = [*IntegrationSerializer.Meta.fields, "key"]


class IntegrationViewSet(ReadableViewSet):
    """Doors of services."""

    serializer_class = IntegrationSerializer
    filterset_fields = ["service__slug", "dialect"]
    queryset = Integration.objects.select_related("service").order_by("pk")

    @extend_schema(responses={201: IssuedIntegrationSerializer})
    def create(self, request: PersonRequest) -> Response:
        """Make a door; the key is shown this once."""
        wanted = self.get_serializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        service = wanted.validated_data["service"]
        require(may_change_service(request.user, service), f"Only members of {service.team} may do this.")
        made, key = Integration.issue(service, wanted.validated_data["dialect"], wanted.validated_data.get("name", ""))
        AuditEntry.objects.write(made, "created", actor=request.user, source=source_of(request))
        return Response({**self.get_serializer(made).data, "key": key}, status=status.HTTP_201_CREATED)
