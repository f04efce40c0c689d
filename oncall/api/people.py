"""People, teams and the way they are reached, over the API."""

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from oncall.api.viewsets import PersonRequest, ReadableViewSet
from oncall.models import ApiToken, Membership, Team, User
from oncall.payloads import WHOLE


class PersonSerializer(serializers.ModelSerializer[User]):
    """As much of a person as everybody may know."""

    class Meta:
        model = User
        fields = ["id", "name", "email", "zone", "is_active"]
        read_only_fields = fields


class MeSerializer(PersonSerializer):
    """Whoever asks, with the teams they belong to and what their sign-in may do."""

    teams = serializers.SerializerMethodField()
    scope = serializers.SerializerMethodField()

    class Meta(PersonSerializer.Meta):
        fields = [*PersonSerializer.Meta.fields, "is_administrator", "teams", "scope"]
        read_only_fields = fields

    def get_teams(self, user: User) -> list[str]:
        """Slugs of the teams."""
        return list(Team.objects.of(user).order_by("slug").values_list("slug", flat=True))

    def get_scope(self, user: User) -> str:
        """`read` or `write`."""
        auth = self.context["request"].auth
        return str(auth.scope if isinstance(auth, ApiToken) else ApiToken.Scope.WRITE)


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


class Numbers(django_filters.BaseInFilter, django_filters.NumberFilter):
    """Numbers with commas between them."""


class PersonFilter(django_filters.FilterSet):
    """`?email=` in any case, `?is_active=`, `?id=7,12`."""

    id = Numbers("pk", **WHOLE)
    email = django_filters.CharFilter("email", lookup_expr="iexact")

    class Meta:
        model = User
        fields = ["is_active"]


class PeopleViewSet(ReadableViewSet):
    """People of the organisation."""

    serializer_class = PersonSerializer
    filterset_class = PersonFilter
    queryset = User.objects.order_by("name", "pk")

    @extend_schema(responses=MeSerializer, filters=False)
    @action(detail=False, pagination_class=None)
    def me(self, request: PersonRequest) -> Response:
        """Whoever asks."""
        return Response(MeSerializer(request.user, context=self.get_serializer_context()).data)


class TeamFilter(django_filters.FilterSet):
    """`?parent=<slug>`, `?member=<person id>`."""

    parent = django_filters.CharFilter("parent__slug")
    member = django_filters.NumberFilter("memberships__user", **WHOLE)


class TeamViewSet(ReadableViewSet):
    """Teams and who belongs to them."""

    serializer_class = TeamSerializer
    filterset_class = TeamFilter
    lookup_field = "slug"
    queryset = Team.objects.select_related("parent").prefetch_related("memberships__user").order_by("name")
