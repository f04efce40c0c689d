"""Who reads a COE, over the API: for those who say it, by the rules of the screen (`coe/views/audiences.py`)."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from coe import publishing
from coe.forms.fields import MOST_PEOPLE, MOST_TEAMS
from coe.models import COE
from coe.reconsidering import needs_note
from oncall.models import Team, User


class AudienceSerializer(serializers.ModelSerializer[COE]):
    """Who reads a COE; of a restricted one why not everybody, which people and teams do, and until which day.

    Owner, reviewers, managers of the team and administrators read it in any case and are not listed.
    """

    teams = serializers.SlugRelatedField[Team](slug_field="slug", source="reader_teams", many=True, read_only=True)
    readers = serializers.SerializerMethodField()

    class Meta:
        model = COE
        fields = ["audience", "restricted_because", "teams", "readers", "reconsider_on", "restricted_by"]
        read_only_fields = fields

    def get_readers(self, coe: COE) -> list[int]:
        """The people, without those who have left."""
        return list(coe.readers.filter(is_active=True).order_by("pk").values_list("pk", flat=True))


class AudienceChangeSerializer(serializers.Serializer[Any]):
    """The whole audience as it is to be. A restriction needs a reason and a day, at most a year from now.

    `because` says why a restriction is lifted or stands until another day, for the audit; needed then alone. For the
    whole organisation everything else is ignored.
    """

    audience = serializers.ChoiceField(choices=COE.Audience.choices)
    restricted_because = serializers.CharField(max_length=300, allow_blank=True, default="")
    teams = serializers.ListField(child=serializers.CharField(max_length=80), max_length=MOST_TEAMS, default=list)
    readers = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**62), max_length=MOST_PEOPLE, default=list
    )
    reconsider_on = serializers.DateField(allow_null=True, default=None)
    because = serializers.CharField(max_length=300, allow_blank=True, default="")

    def validate_teams(self, slugs: list[str]) -> list[Team]:
        """The teams by their short names, in one query."""
        found = {team.slug: team for team in Team.objects.filter(slug__in=slugs)}
        if unknown := [slug for slug in slugs if slug not in found]:
            raise serializers.ValidationError(f"There is no team “{unknown[0]}”.")
        return list(found.values())

    def validate_readers(self, ids: list[int]) -> list[User]:
        """The people, in one query; whoever has left reads nothing."""
        found = {user.pk: user for user in User.objects.filter(pk__in=ids, is_active=True)}
        if unknown := [pk for pk in ids if pk not in found]:
            raise serializers.ValidationError(f"There is no person {unknown[0]}, or they have left.")
        return list(found.values())

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A restriction has a reason and a day; whoever changes one says why."""
        is_restricted, missing = attrs["audience"] == COE.Audience.RESTRICTED, {}
        if is_restricted and not attrs["restricted_because"].strip():
            missing["restricted_because"] = "Say why not everybody may read it."
        if is_restricted and attrs["reconsider_on"] is None:
            missing["reconsider_on"] = "Name the day on which it is judged again."
        if not missing and not attrs["because"].strip():
            coe: COE = self.context["coe"]
            if needs_note(coe, attrs["audience"], attrs["reconsider_on"]):
                missing["because"] = "Say why."
        if missing:
            raise serializers.ValidationError(missing)
        return attrs


class AudienceActions:
    """The actions, for the view set of COEs."""

    @extend_schema(responses=AudienceSerializer)
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def audience(self: Any, request: Any, pk: str) -> Response:
        """Who reads it; for its owner, managers of its team and administrators."""
        coe = self.get_object()
        publishing.require_restrict(request.user, coe)
        return Response(AudienceSerializer(coe).data)

    @extend_schema(request=AudienceChangeSerializer, responses=AudienceSerializer)
    @audience.mapping.put
    def set_audience(self: Any, request: Any, pk: str) -> Response:
        """Say who reads it: all of the audience, not what changes of it. It holds at once, in the search too."""
        coe = self.get_object()
        publishing.require_restrict(request.user, coe)
        wanted = AudienceChangeSerializer(data=request.data, context={"coe": coe})
        wanted.is_valid(raise_exception=True)
        facts = wanted.validated_data
        is_restricted = facts["audience"] == COE.Audience.RESTRICTED
        publishing.set_audience(
            coe,
            facts["audience"],
            reason=facts["restricted_because"] if is_restricted else "",
            readers=facts["readers"],
            teams=facts["teams"],
            reconsider_on=facts["reconsider_on"],
            note=facts["because"],
            by=request.user,
            now=timezone.now(),
            source="api",
        )
        return Response(AudienceSerializer(coe).data)
