"""People, teams and the way they are reached, over the API."""

import django_filters
from rest_framework import serializers

from oncall.api.viewsets import ReadableViewSet
from oncall.models import Membership, Team, User


class PersonSerializer(serializers.ModelSerializer[User]):
    """As much of a person as everybody may know."""

    class Meta:
        model = User
        fields = ["id", "name", "email", "zone", "is_active"]
        read_only_fields = fields


class MembershipSerializer(serializers.ModelSerializer[Membership]):
    """Who belongs to a team, with job and role."""

    person = PersonSerializer(source="user")

    class Meta:
        model = Membership
        fields = ["person", "job", "role"]


class TeamSerializer(serializers.ModelSerializer[Team]):
    """A team with its members."""

    parent = serializers.SlugRelatedField(  # type: ignore[assignment, var-annotated]
        slug_field="slug", read_only=True
    )
    members = MembershipSerializer(source="memberships", many=True)

    class Meta:
        model = Team
        fields = ["id", "slug", "name", "description", "parent", "members"]


class PeopleViewSet(ReadableViewSet):
    """People of the organisation."""

    serializer_class = PersonSerializer
    filterset_fields = ["email", "is_active"]
    queryset = User.objects.order_by("name", "pk")


class TeamFilter(django_filters.FilterSet):
    """`?parent=<slug>`, `?member=<person id>`."""

    parent = django_filters.CharFilter("parent__slug")
    member = django_filters.NumberFilter("memberships__user")


class TeamViewSet(ReadableViewSet):
    """Teams and who belongs to them."""

    serializer_class = TeamSerializer
    filterset_class = TeamFilter
    lookup_field = "slug"
    queryset = Team.objects.select_related("parent").prefetch_related("memberships__user").order_by("name")
