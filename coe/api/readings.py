"""Reading over the API: what was read and thanked for, questions, whether a COE applies to a team, what to read.

The same verbs and gates as on the screens (`coe/views/readings.py`, `coe/views/to_read.py`).
"""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from coe import applying, concerning, permissions, reading
from coe.api.asking import PersonRequest, valid
from coe.api.coes import COESerializer
from coe.models import COE, ActionItem, Applicability, Question, Reading
from coe.views.to_read import found_for
from oncall.models import Team, User
from oncall.payloads import WHOLE


def published(request: PersonRequest, pk: int) -> COE:
    """A published COE that this person may read; else 404."""
    shown = COE.objects.visible_to(request.user).published().select_related("team", "owner")
    return get_object_or_404(shown, pk=pk)


class ReadingSerializer(serializers.ModelSerializer[Reading]):
    """That one read a COE: the newest publication read, and when one said thanks."""

    revision = serializers.IntegerField(source="revision.number", read_only=True)

    class Meta:
        model = Reading
        fields = ["id", "coe", "revision", "first_at", "last_at", "thanked_at"]
        read_only_fields = fields


class ReadSerializer(serializers.Serializer[Any]):
    """Which COE was read; `thanks` thanks those who wrote it as well."""

    coe = serializers.IntegerField(min_value=1, max_value=2**62)
    thanks = serializers.BooleanField(default=False)


class QuestionSerializer(serializers.ModelSerializer[Question]):
    """What a reader asked in public or proposed to correct, about which revision, and the answer."""

    revision = serializers.IntegerField(source="revision.number", read_only=True)

    class Meta:
        model = Question
        fields = ["id", "coe", "revision", "kind", "text", "by", "at", "answer", "answered_by", "answered_at"]
        read_only_fields = fields


class AskSerializer(serializers.Serializer[Any]):
    """A question, or a proposed correction."""

    coe = serializers.IntegerField(min_value=1, max_value=2**62)
    kind = serializers.ChoiceField(choices=Question.Kind.choices, default=Question.Kind.QUESTION)
    text = serializers.CharField(max_length=reading.LONGEST)


class AnswerSerializer(serializers.Serializer[Any]):
    """What is answered in public."""

    answer = serializers.CharField(max_length=reading.LONGEST)


class ApplicabilitySerializer(serializers.ModelSerializer[Applicability]):
    """A team's answer to "does this apply to us?", and the action item that a yes led to."""

    team = serializers.SlugRelatedField[Team](slug_field="slug", read_only=True)

    class Meta:
        model = Applicability
        fields = ["id", "coe", "team", "answer", "note", "action", "by", "at"]
        read_only_fields = fields


class PromiseSerializer(serializers.Serializer[Any]):
    """The action item that a yes promises; by default owned by whoever says so and due in 60 days."""

    title = serializers.CharField(max_length=300)
    exit_test = serializers.CharField(max_length=5_000)
    owner = serializers.PrimaryKeyRelatedField(queryset=User.objects.filter(is_active=True), required=False)
    due_on = serializers.DateField(required=False)


class ApplySerializer(serializers.Serializer[Any]):
    """A team's answer. A yes needs `promise`, or `action`, the id of an open action item of the team."""

    coe = serializers.IntegerField(min_value=1, max_value=2**62)
    team = serializers.SlugRelatedField[Team](slug_field="slug", queryset=Team.objects.all())
    answer = serializers.ChoiceField(choices=Applicability.Answer.choices)
    note = serializers.CharField(max_length=500, allow_blank=True, default="")
    promise = PromiseSerializer(required=False)
    action = serializers.IntegerField(required=False, min_value=1, max_value=2**62)


class ReadingViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Reading]):
    """What this person read, the newest first. Whether others read is told by team: `coes/{id}/coverage/`."""

    serializer_class = ReadingSerializer
    queryset = Reading.objects.none()
    request: PersonRequest

    def get_queryset(self) -> QuerySet[Reading]:
        shown = COE.objects.visible_to(self.request.user)
        return Reading.objects.filter(user=self.request.user, coe__in=shown).select_related("revision")

    @extend_schema(request=ReadSerializer, responses={201: ReadingSerializer})
    def create(self, request: PersonRequest) -> Response:
        """Say that one read the newest publication, and thank for it; again is fine."""
        wanted = valid(ReadSerializer, request)
        coe, say = published(request, wanted["coe"]), reading.thank if wanted["thanks"] else reading.mark_read
        return Response(ReadingSerializer(say(coe, request.user, timezone.now())).data, status=status.HTTP_201_CREATED)


class QuestionFilter(django_filters.FilterSet):
    """`?coe=<id>`, `?kind=`, `?is_open=true`."""

    coe = django_filters.NumberFilter("coe_id", **WHOLE)
    is_open = django_filters.BooleanFilter("answered_at", lookup_expr="isnull")

    class Meta:
        model = Question
        fields = ["kind"]


class QuestionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Question]):
    """Questions of readers about COEs this person may read, in the order in which they were asked."""

    serializer_class = QuestionSerializer
    filterset_class = QuestionFilter
    queryset = Question.objects.none()
    request: PersonRequest

    def get_queryset(self) -> QuerySet[Question]:
        return Question.objects.visible_to(self.request.user).select_related(
            "coe__team", "coe__owner", "by", "revision"
        )

    @extend_schema(request=AskSerializer, responses={201: QuestionSerializer})
    def create(self, request: PersonRequest) -> Response:
        """Ask in public, or propose a correction; the owner is told."""
        wanted = valid(AskSerializer, request)
        coe = published(request, wanted["coe"])
        asked = reading.ask(coe, wanted["kind"], wanted["text"], request.user, timezone.now())
        return Response(QuestionSerializer(asked).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=AnswerSerializer, responses=QuestionSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request: PersonRequest, pk: str) -> Response:
        """Answer in public, once; whoever asked is told."""
        question = self.get_object()
        permissions.require_edit(request.user, question.coe)
        reading.answer(question, valid(AnswerSerializer, request)["answer"], request.user, timezone.now())
        question.refresh_from_db()
        return Response(QuestionSerializer(question).data)


class ApplicabilityFilter(django_filters.FilterSet):
    """`?coe=<id>`, `?team=<slug>`, `?answer=`."""

    coe = django_filters.NumberFilter("coe_id", **WHOLE)
    team = django_filters.CharFilter("team__slug")

    class Meta:
        model = Applicability
        fields = ["answer"]


class ApplicabilityViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Applicability]):
    """What teams answered to "does this apply to us?" about COEs this person may read, the newest first."""

    serializer_class = ApplicabilitySerializer
    filterset_class = ApplicabilityFilter
    queryset = Applicability.objects.none()
    request: PersonRequest

    def get_queryset(self) -> QuerySet[Applicability]:
        shown = COE.objects.visible_to(self.request.user)
        return Applicability.objects.filter(coe__in=shown).select_related("team").order_by("-at", "-pk")

    @extend_schema(request=ApplySerializer, responses={201: ApplicabilitySerializer})
    def create(self, request: PersonRequest) -> Response:
        """Answer for a team of one's own; another answer takes the place of the first."""
        wanted, user, now = valid(ApplySerializer, request), request.user, timezone.now()
        coe, given = published(request, wanted["coe"]), wanted.get("promise")
        promise = None
        if given:
            due_on = given.get("due_on") or user.local(now).date() + applying.USUAL
            promise = applying.Promise(given["title"], given.get("owner") or user, due_on, given["exit_test"])
        named = ActionItem.objects.visible_to(user).filter(pk=wanted["action"]).first() if "action" in wanted else None
        if "action" in wanted and named is None:
            raise serializers.ValidationError({"action": "There is no such action item."})
        facts: dict[str, Any] = {"promise": promise, "action": named, "source": "api"}
        made = applying.apply(coe, wanted["team"], wanted["answer"], wanted["note"], user, now, **facts)
        return Response(ApplicabilitySerializer(made).data, status=status.HTTP_201_CREATED)


class CoverageSerializer(serializers.Serializer[Any]):
    """A team that the lesson may concern: how many of its members read it, and its answer."""

    team = serializers.SlugField(source="team.slug")
    members = serializers.IntegerField()
    readers = serializers.IntegerField()
    answer = serializers.SerializerMethodField()

    @extend_schema_field(ApplicabilitySerializer(allow_null=True))
    def get_answer(self, row: reading.Coverage) -> dict[str, Any] | None:
        """What the team said; null when it has not."""
        return dict(ApplicabilitySerializer(row.answer).data) if row.answer else None


class CoverageViewSet(viewsets.GenericViewSet[COE]):
    """Who read a COE, by team."""

    serializer_class = CoverageSerializer
    queryset = COE.objects.none()
    request: PersonRequest

    @extend_schema(responses=CoverageSerializer(many=True), parameters=[OpenApiParameter("coe_pk", int, "path")])
    def list(self, request: PersonRequest, coe_pk: str) -> Response:
        """Every team that owns an affected service or one that needs it, with its readers and its answer."""
        return Response(CoverageSerializer(reading.coverage_of(published(request, int(coe_pk))), many=True).data)


class ToReadViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[COE]):
    """What one's teams have to read and to answer still, the newest first; `?team=<slug>` asks for one team."""

    serializer_class = COESerializer
    queryset = COE.objects.none()
    filter_backends: list[Any] = []
    request: PersonRequest

    def get_queryset(self) -> QuerySet[COE]:
        user, slug = self.request.user, self.request.GET.get("team", "")[:80].replace("\x00", "")
        mine = list(Team.objects.of(user))
        teams = [get_object_or_404(Team.objects.visible_to(user), slug=slug)] if slug else mine
        found = found_for(user, concerning.reaches_of(teams), mine, timezone.now())
        return found.known_to(user).prefetch_related("tags")

    @extend_schema(parameters=[OpenApiParameter("team", OpenApiTypes.STR, description="The short name of a team.")])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The list, in pages."""
        return super().list(request, *args, **kwargs)
