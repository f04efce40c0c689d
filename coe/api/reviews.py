"""Reviews over the API: what waits for whom, judged and handed on."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from coe import delegating, reviewing
from coe.api.asking import PersonRequest
from coe.api.coes import DecisionSerializer
from coe.models import COE, Review
from oncall.models import User


class ReviewSerializer(serializers.ModelSerializer[Review]):
    """One round; an empty verdict is one that is not answered yet."""

    class Meta:
        model = Review
        fields = [
            "id", "coe", "reviewer", "role", "is_stand_in", "asked_by", "asked_at", "due_at", "delegated_by", "verdict",
            "comment", "decided_at", "overtaken_at",
        ]  # fmt: skip
        read_only_fields = fields


class DelegationSerializer(serializers.Serializer[Any]):
    """To whom a round goes (nobody: whoever is free), and why."""

    to = serializers.PrimaryKeyRelatedField(
        queryset=User.objects.filter(is_active=True), required=False, allow_null=True
    )
    because = serializers.CharField(max_length=300)


class ReviewFilter(django_filters.FilterSet):
    """`?coe=<id>`, `?reviewer=<id>`, `?is_open=true`."""

    is_open = django_filters.BooleanFilter(method="by_open")

    class Meta:
        model = Review
        fields = ["coe", "reviewer"]

    def by_open(self, queryset: QuerySet[Review], name: str, value: bool) -> QuerySet[Review]:
        """Rounds that wait for an answer, or those that do not."""
        waiting = queryset.filter(verdict="", coe__state=COE.State.IN_REVIEW)
        return waiting if value else queryset.exclude(pk__in=waiting.values("pk"))


class ReviewViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Review]):
    """Rounds of COEs whose draft this person may read, newest first: a comment tells of that."""

    serializer_class = ReviewSerializer
    filterset_class = ReviewFilter
    queryset = Review.objects.none()
    request: PersonRequest

    def get_queryset(self) -> QuerySet[Review]:
        shown = COE.objects.draft_visible_to(self.request.user)
        return Review.objects.filter(coe__in=shown).select_related("coe__owner", "coe__team", "reviewer")

    @extend_schema(request=DecisionSerializer, responses=ReviewSerializer)
    @action(detail=True, methods=["post"])
    def decide(self, request: PersonRequest, pk: str) -> Response:
        """Answer the own round: approve, or ask for changes."""
        review = self.get_object()
        if review.reviewer_id != request.user.pk:
            raise serializers.ValidationError({"detail": "This round is somebody else's."})
        wanted = DecisionSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        facts = wanted.validated_data
        given: dict[str, Any] = {"by": request.user, "now": timezone.now(), "seen": facts.get("seen"), "source": "api"}
        decided = reviewing.decide(review.coe, facts["verdict"], facts["comment"], **given)
        return Response(ReviewSerializer(decided).data)

    @extend_schema(request=DelegationSerializer, responses=ReviewSerializer)
    @action(detail=True, methods=["post"])
    def delegate(self, request: PersonRequest, pk: str) -> Response:
        """Hand the round on; the answer is the round that takes its place."""
        wanted = DelegationSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        facts = wanted.validated_data
        given: dict[str, Any] = {"by": request.user, "now": timezone.now(), "source": "api"}
        taken = delegating.delegate(self.get_object(), facts.get("to"), facts["because"], **given)
        return Response(ReviewSerializer(taken).data)
