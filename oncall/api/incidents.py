"""Incidents over the API: the same verbs as the screen."""

from collections.abc import Callable
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from oncall import holding, responding
from oncall.api.attempts import AttemptSerializer
from oncall.api.helping import RerouteSerializer, ResponderSerializer, SnoozeSerializer, WhomSerializer
from oncall.api.holds import MuteIncidentSerializer, MuteSerializer
from oncall.api.narrowing import IncidentFilter
from oncall.api.viewsets import PersonRequest, ReadableViewSet, source_of, valid
from oncall.declaring import declare
from oncall.models import Attempt, Deployment, Environment, Incident, Ranking, Service, Suspect, TimelineEntry, Verdict
from oncall.models.incidents import Severity
from oncall.permissions import may_mute_open, may_reroute, may_respond, require
from oncall.tasks import page_soon


class TimelineSerializer(serializers.ModelSerializer[TimelineEntry]):
    """One entry of a timeline."""

    class Meta:
        model = TimelineEntry
        fields = ["id", "at", "kind", "text", "actor", "source", "deployment", "alert", "is_starred"]


class SuspectSerializer(serializers.ModelSerializer[Suspect]):
    """A deployment with its likelihood and the reasons."""

    name = serializers.CharField(source="deployment.__str__")

    class Meta:
        model = Suspect
        fields = ["deployment", "name", "probability", "hops", "reasons"]


class RankingSerializer(serializers.ModelSerializer[Ranking]):
    """The suspects of an incident at one moment, and the likelihood that no change did it."""

    suspects = SuspectSerializer(many=True)

    class Meta:
        model = Ranking
        fields = ["made_at", "p_no_change", "suspects"]


class IncidentSerializer(serializers.ModelSerializer[Incident]):
    """An incident; its state moves through actions, never by writing it."""

    number = serializers.CharField(read_only=True)
    service = serializers.SlugRelatedField(slug_field="slug", queryset=Service.objects.all())
    environment = serializers.SlugRelatedField(
        slug_field="name", queryset=Environment.objects.all(), required=False, allow_null=True
    )
    severity = serializers.ChoiceField(choices=Severity.choices, default=Severity.SEV3.value)

    class Meta:
        model = Incident
        fields = [
            "id", "number", "title", "summary", "service", "environment", "severity", "state", "declared_by",
            "acknowledged_by", "impact_started_at", "detected_at", "triggered_at", "acknowledged_at", "mitigated_at",
            "resolved_at", "snoozed_until", "is_practice",
        ]  # fmt: skip
        read_only_fields = [
            "state", "declared_by", "acknowledged_by", "detected_at", "triggered_at", "acknowledged_at",
            "mitigated_at", "resolved_at", "snoozed_until",
        ]  # fmt: skip
        extra_kwargs = {"impact_started_at": {"required": False}}


class NoteSerializer(serializers.Serializer[object]):
    """What was seen or done."""

    text = serializers.CharField(max_length=10_000)


class SeveritySerializer(serializers.Serializer[object]):
    """A severity from 1 to 5."""

    severity = serializers.ChoiceField(choices=Severity.choices)


class VerdictSerializer(serializers.Serializer[object]):
    """What a person says about a suspect."""

    deployment = serializers.IntegerField()
    ruling = serializers.ChoiceField(choices=Verdict.Ruling.choices)


class IncidentViewSet(ReadableViewSet):
    """Incidents, and every move a person may make."""

    serializer_class = IncidentSerializer
    filterset_class = IncidentFilter
    queryset = Incident.objects.none()

    def get_queryset(self) -> QuerySet[Incident]:
        return Incident.objects.visible_to(self.request.user).shown().order_by("-triggered_at", "-pk")

    @extend_schema(request=IncidentSerializer, responses={201: IncidentSerializer})
    def create(self, request: PersonRequest) -> Response:
        """Declare an incident; the same declaration twice within ten minutes is one incident."""
        wanted = self.get_serializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        incident = declare(**wanted.validated_data, by=request.user, now=timezone.now(), source=source_of(request))
        page_soon()
        return Response(self.get_serializer(incident).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=IncidentSerializer)
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: PersonRequest, pk: str) -> Response:
        """Take the incident."""
        return self._move(Incident.acknowledge)

    @extend_schema(request=None, responses=IncidentSerializer)
    @action(detail=True, methods=["post"])
    def mitigate(self, request: PersonRequest, pk: str) -> Response:
        """The customer's pain is over."""
        return self._move(Incident.mitigate)

    @extend_schema(request=None, responses=IncidentSerializer)
    @action(detail=True, methods=["post"])
    def resolve(self, request: PersonRequest, pk: str) -> Response:
        """Over."""
        return self._move(Incident.resolve)

    @extend_schema(request=None, responses=IncidentSerializer)
    @action(detail=True, methods=["post"])
    def escalate(self, request: PersonRequest, pk: str) -> Response:
        """Page the next step now."""
        return self._move(Incident.escalate)

    @extend_schema(request=None, responses=IncidentSerializer)
    @action(detail=True, methods=["post"], url_path="trigger-again")
    def trigger_again(self, request: PersonRequest, pk: str) -> Response:
        """It is back."""
        return self._move(Incident.trigger_again)

    @extend_schema(request=SeveritySerializer, responses=IncidentSerializer)
    @action(detail=True, methods=["post"])
    def severity(self, request: PersonRequest, pk: str) -> Response:
        """Change the severity."""
        wanted = valid(SeveritySerializer, request)
        incident = self._mine_to_move()
        incident.change_severity(wanted["severity"], by=request.user, source=source_of(request))
        page_soon()
        return Response(self.get_serializer(incident).data)

    @extend_schema(request=SnoozeSerializer, responses=IncidentSerializer)
    @action(detail=True, methods=["post"])
    def snooze(self, request: PersonRequest, pk: str) -> Response:
        """Take it and leave it until a time; then it is triggered again."""
        until = valid(SnoozeSerializer, request)["until"]
        return self._do(lambda incident: incident.snooze(until, by=request.user, source=source_of(request)))

    @extend_schema(request=WhomSerializer, responses=IncidentSerializer)
    @action(detail=True, methods=["post"])
    def reassign(self, request: PersonRequest, pk: str) -> Response:
        """Give it to somebody else, who is paged now."""
        how: dict[str, Any] = {"by": request.user, "now": timezone.now(), "source": source_of(request)}
        taker = valid(WhomSerializer, request)["user"]
        return self._do(lambda incident: responding.reassign(incident, taker, **how))

    @extend_schema(request=RerouteSerializer, responses=IncidentSerializer)
    @action(detail=True, methods=["post"])
    def reroute(self, request: PersonRequest, pk: str) -> Response:
        """Let it follow another policy from its first step; for managers of the service's team and administrators."""
        incident = self.get_object()
        sentence = f"Only managers of {incident.service.team} and administrators send an incident another way."
        require(may_reroute(request.user, incident), sentence)
        how: dict[str, Any] = {"by": request.user, "now": timezone.now(), "source": source_of(request)}
        policy = valid(RerouteSerializer, request)["policy"]
        return self._do(lambda incident: responding.reroute(incident, policy, **how))

    @extend_schema(responses=ResponderSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def responders(self, request: PersonRequest, pk: str) -> Response:
        """Everybody who was asked by name or has acknowledged."""
        return Response(ResponderSerializer(self.get_object().responders.all(), many=True).data)

    @extend_schema(request=WhomSerializer, responses={201: ResponderSerializer})
    @responders.mapping.post
    def add_responder(self, request: PersonRequest, pk: str) -> Response:
        """Ask somebody by name to help: they are paged until they answer, three times at most."""
        helper, incident = valid(WhomSerializer, request)["user"], self._mine_to_move()
        how: dict[str, Any] = {"by": request.user, "now": timezone.now(), "source": source_of(request)}
        made = responding.add_responder(incident, helper, **how)
        page_soon()
        return Response(ResponderSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=NoteSerializer, responses={201: TimelineSerializer(many=True)})
    @action(detail=True, methods=["post"])
    def notes(self, request: PersonRequest, pk: str) -> Response:
        """Write down what was seen or done."""
        wanted = valid(NoteSerializer, request)
        incident = self._mine_to_move()
        incident.note(wanted["text"], by=request.user, source=source_of(request))
        return Response(TimelineSerializer(incident.timeline.all(), many=True).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=TimelineSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def timeline(self, request: PersonRequest, pk: str) -> Response:
        """Everything that happened, in order."""
        return Response(TimelineSerializer(self.get_object().timeline.all(), many=True).data)

    @extend_schema(responses=AttemptSerializer(many=True), filters=False)
    @action(detail=True)
    def attempts(self, request: PersonRequest, pk: str) -> Response:
        """Every attempt to tell somebody, newest first."""
        found = Attempt.objects.filter(page__incident=self.get_object()).select_related("page__room")
        listed = self.paginate_queryset(found.prefetch_related("receipts").order_by("-created_at", "-pk"))
        return self.get_paginated_response(AttemptSerializer(listed, many=True).data)

    @extend_schema(responses=RankingSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def suspects(self, request: PersonRequest, pk: str) -> Response:
        """Every ranking of the changes that may have done it, newest first."""
        suspects = Prefetch("suspects", Suspect.objects.select_related("deployment__service"))
        rankings = self.get_object().rankings.prefetch_related(suspects)
        return Response(RankingSerializer(rankings, many=True).data)

    @extend_schema(request=VerdictSerializer, responses=IncidentSerializer)
    @action(detail=True, methods=["post"])
    def verdicts(self, request: PersonRequest, pk: str) -> Response:
        """Confirm a suspect or rule it out."""
        wanted = valid(VerdictSerializer, request)
        incident = self._mine_to_move()
        visible = Deployment.objects.visible_to(request.user)
        deployment = get_object_or_404(visible, pk=wanted["deployment"])
        incident.verdicts.pass_on(incident, deployment, wanted["ruling"], request.user, source=source_of(request))
        return Response(self.get_serializer(incident).data)

    @extend_schema(request=MuteIncidentSerializer, responses={201: MuteSerializer(many=True)})
    @action(detail=True, methods=["post"])
    def mutes(self, request: PersonRequest, pk: str) -> Response:
        """Let its open alerts page nobody until a time, all of them or none; what is paged already stays paged."""
        incident = self.get_object()
        sentence = f"Only members of {incident.service.team} and administrators mute its alerts."
        require(may_mute_open(request.user, incident), sentence)
        wanted = valid(MuteIncidentSerializer, request)
        how: dict[str, Any] = {"by": request.user, "now": timezone.now(), "source": source_of(request)}
        made = holding.mute_open(incident, wanted["ends_at"], reason=wanted["reason"], **how)
        return Response(MuteSerializer(made, many=True).data, status=status.HTTP_201_CREATED)

    def _mine_to_move(self) -> Incident:
        incident = self.get_object()
        require(may_respond(self.request.user, incident), "You may not respond to this incident.")
        return incident

    def _move(self, verb: Callable[..., None]) -> Response:
        return self._do(lambda incident: verb(incident, by=self.request.user, source=source_of(self.request)))

    def _do(self, act: Callable[[Incident], None]) -> Response:
        incident = self._mine_to_move()
        act(incident)
        page_soon()
        return Response(self.get_serializer(incident).data)
