"""COEs that are owed over the API: listed and looked up. A COE that the person may not read is not named."""

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from rest_framework import mixins, serializers, viewsets

from coe.api.asking import PersonRequest
from coe.models import COE, Owed


class OwedSerializer(serializers.ModelSerializer[Owed]):
    """That an incident must have a COE, until when, or why it need not."""

    severity = serializers.IntegerField(source="incident.severity", read_only=True)
    team = serializers.CharField(source="incident.service.team.slug", read_only=True)
    coe = serializers.SerializerMethodField()
    is_late = serializers.SerializerMethodField()

    class Meta:
        model = Owed
        fields = [
            "id", "incident", "severity", "team", "coe", "because", "draft_by", "publish_by", "drafted_at",
            "published_at", "is_late", "waived_at", "waived_because",
        ]  # fmt: skip

    def get_coe(self, row: Any) -> int | None:
        """The number of the COE, if the person may read it."""
        return row.coe_id if row.is_readable else None

    def get_is_late(self, row: Owed) -> bool:
        return row.is_late(timezone.now())


class OwedFilter(django_filters.FilterSet):
    """`?team=<slug>`, `?incident=<id>`, `?late=true`, `?standing=true`."""

    team = django_filters.CharFilter("incident__service__team__slug")
    late = django_filters.BooleanFilter(method="narrow_to_late")
    standing = django_filters.BooleanFilter(method="narrow_to_standing")

    class Meta:
        model = Owed
        fields = ["incident"]

    def narrow_to_late(self, rows: Any, name: str, value: bool) -> Any:
        late = Owed.objects.late(timezone.now()).values("pk")
        return rows.filter(pk__in=late) if value else rows.exclude(pk__in=late)

    def narrow_to_standing(self, rows: Any, name: str, value: bool) -> Any:
        standing = Owed.objects.standing().values("pk")
        return rows.filter(pk__in=standing) if value else rows.exclude(pk__in=standing)


class OwedViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Owed]):
    """COEs that are owed, what is due first comes first."""

    serializer_class = OwedSerializer
    filterset_class = OwedFilter
    queryset = Owed.objects.none()
    request: PersonRequest

    def get_queryset(self) -> QuerySet[Owed]:
        user = self.request.user
        mine = COE.objects.visible_to(user).filter(pk=OuterRef("coe"))
        seen = Owed.objects.visible_to(user).shown().annotate(is_readable=Exists(mine))
        return seen.order_by("draft_by", "pk")
