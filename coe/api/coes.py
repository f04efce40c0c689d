"""COEs over the API: read, started, edited section by section, reviewed, published."""

from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from coe import documents, drafting, giving_up, judging, narrowing, permissions, publishing, reviewing, tasks
from coe.api.asking import PersonRequest, valid
from coe.api.audiences import AudienceActions
from coe.api.checklists import ChecklistActions
from coe.cowriting import settling
from coe.editing.sections import save_section
from coe.importing.making import make
from coe.importing.proposing import propose
from coe.interchange import files
from coe.models import COE, Cause, Review, Tag
from coe.models.coes import COEQuerySet
from coe.views.part_findings import as_json
from coe.views.reader_parts import timeline_of
from oncall.exceptions import Conflict
from oncall.models import Incident, Service, Team, User
from oncall.payloads import WHOLE
from oncall.times import zone_names


class COESerializer(serializers.ModelSerializer[COE]):
    """A COE without its text. What is published is `published` to everybody, also while a re-issue of it is written."""

    number = serializers.CharField(read_only=True)
    title = serializers.CharField(source="public_title", read_only=True)
    state = serializers.ChoiceField(source="public_state", choices=COE.State.choices, read_only=True)
    draft_state = serializers.SerializerMethodField()
    team = serializers.SlugRelatedField[Team](slug_field="slug", read_only=True)
    services = serializers.SlugRelatedField[Service](slug_field="slug", many=True, read_only=True)
    tags = serializers.SlugRelatedField[Tag](slug_field="name", many=True, read_only=True)

    class Meta:
        model = COE
        fields = [
            "id", "number", "title", "state", "draft_state", "severity", "team", "owner", "services", "audience",
            "zone", "tags", "source", "impact_started_at", "impact_ended_at", "created_at", "published_at",
        ]  # fmt: skip

    @extend_schema_field(serializers.ChoiceField(choices=COE.State.choices, allow_null=True))
    def get_draft_state(self, coe: COE) -> str | None:
        """Where its re-issue stands, for those who write or review it; null for everybody else and without one."""
        return coe.state if coe.is_reissuing and _is_in_hands(coe) else None


def _is_in_hands(coe: COE) -> bool:
    """Of COEs that were asked for with `known_to`."""
    return bool(getattr(coe, "is_in_hands", False))


class DocumentSerializer(COESerializer):
    """A COE with its text: the newest published revision, else the draft as it is."""

    edits = serializers.SerializerMethodField()
    revision = serializers.SerializerMethodField()
    content = serializers.SerializerMethodField()
    measures = serializers.SerializerMethodField()

    class Meta(COESerializer.Meta):
        fields = [*COESerializer.Meta.fields, "edits", "revision", "content", "measures"]

    def get_edits(self, coe: COE) -> int | None:
        """How often the draft was changed; of what is published null for all but those who write or review it."""
        return coe.edits if _is_in_hands(coe) or not coe.is_published else None

    def get_revision(self, coe: COE) -> int | None:
        """The number of the published revision; null for a draft."""
        published = coe.revisions.publications().defer("html").first()
        return published.number if published else None

    @extend_schema_field(serializers.DictField(child=serializers.IntegerField()))
    def get_measures(self, coe: COE) -> dict[str, int]:
        """Seconds by the usual short name, as far as the anchors are set: TTD, TTE, TTDiag, TTM, TTR."""
        return {one["short"]: one["seconds"] for one in timeline_of(self.get_content(coe))["spans"]}

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_content(self, coe: COE) -> dict[str, Any]:
        """Header, sections, timeline, causes and actions; see docs/coe.md."""
        published = coe.revisions.publications().first()
        return published.content if published else documents.content_of(coe)


class StartSerializer(serializers.Serializer[Any]):
    """From which incident a COE is drafted."""

    incident = serializers.IntegerField(min_value=1)


class SectionSerializer(serializers.Serializer[Any]):
    """The text of a section and the counter of edits it is based on; an older one is a conflict."""

    text = serializers.CharField(allow_blank=True, max_length=200_000, trim_whitespace=False)
    edits = serializers.IntegerField(min_value=0)


class ImportOneSerializer(serializers.Serializer[Any]):
    """A Markdown file to import; `is_published` is for administrators."""

    file_name = serializers.CharField(max_length=200, default="import.md")
    text = serializers.CharField(max_length=files.LARGEST, trim_whitespace=False)
    team = serializers.SlugRelatedField[Team](slug_field="slug", queryset=Team.objects.all())
    zone = serializers.ChoiceField(choices=zone_names(), default="UTC")
    origin = serializers.CharField(max_length=300, allow_blank=True, default="", help_text="Where it comes from.")
    is_published = serializers.BooleanField(default=False)
    is_repeated = serializers.BooleanField(default=False, help_text="Import it also when it is here already.")


class ImportedSerializer(serializers.Serializer[Any]):
    """The COE that was made, and what of the file was not understood."""

    id = serializers.IntegerField()
    number = serializers.CharField()
    remarks = serializers.ListField(child=serializers.CharField())
    lines = serializers.IntegerField()
    lines_understood = serializers.IntegerField()


class SubmitSerializer(serializers.Serializer[Any]):
    """Who is asked for review, besides those that are assigned."""

    reviewers = serializers.PrimaryKeyRelatedField(
        many=True, queryset=User.objects.filter(is_active=True), required=False
    )


class PublishSerializer(serializers.Serializer[Any]):
    """What changed, which a re-issue must say, and keys of the checklist that are true now besides those ticked."""

    change_note = serializers.CharField(allow_blank=True, default="", max_length=300)
    ticked = serializers.ListField(child=serializers.CharField(max_length=30), max_length=60, default=list)


class DecisionSerializer(serializers.Serializer[Any]):
    """A reviewer's verdict; asking for changes needs a comment. `seen` is the `edits` of the document that was read."""

    verdict = serializers.ChoiceField(choices=[(verdict, verdict.label) for verdict in Review.JUDGED])
    comment = serializers.CharField(allow_blank=True, default="", max_length=20_000)
    seen = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False, allow_null=True)


class FindingSerializer(serializers.Serializer[Any]):
    """A finding: `start` and `end` count Unicode characters of the place's text; see docs/linting.md."""

    rule = serializers.CharField()
    severity = serializers.ChoiceField(choices=["must", "should", "consider"])
    place = serializers.CharField()
    start = serializers.IntegerField(allow_null=True)
    end = serializers.IntegerField(allow_null=True)
    words = serializers.CharField(allow_blank=True)
    message = serializers.CharField()
    why = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    mend = serializers.CharField()
    offer = serializers.CharField(allow_null=True)
    fingerprint = serializers.CharField()
    waived_because = serializers.CharField(allow_null=True)


class COEFilter(django_filters.FilterSet):
    """`?state=`, `?draft_state=` of a re-issue, `?severity=`, `?team=<slug>`, `?service=<slug>`, `?incident=<id>`,
    `?tag=`, `?cause=<kind>`, `?change_triggered=true`, `?source=here|imported`.
    """

    state = django_filters.ChoiceFilter(choices=COE.State.choices, method="narrow_state")
    draft_state = django_filters.ChoiceFilter(choices=COE.State.choices, method="narrow_draft_state")
    team = django_filters.CharFilter("team__slug")
    service = django_filters.CharFilter("services__slug")
    incident = django_filters.NumberFilter(method="narrow_incident", **WHOLE)
    tag = django_filters.CharFilter(method="narrow_tag")
    cause = django_filters.ChoiceFilter(choices=Cause.Kind.choices, method="narrow_cause")
    change_triggered = django_filters.BooleanFilter(method="narrow_change")
    source = django_filters.ChoiceFilter(
        choices=[(narrowing.HERE, "Written here"), (narrowing.IMPORTED, "Imported")], method="narrow_source"
    )

    class Meta:
        model = COE
        fields = ["severity"]

    def narrow_state(self, coes: COEQuerySet, name: str, value: str) -> COEQuerySet:
        return narrowing.in_state(coes, value)

    def narrow_draft_state(self, coes: COEQuerySet, name: str, value: str) -> COEQuerySet:
        return narrowing.drafted_in_state(coes, value, self.request.user)

    def narrow_incident(self, coes: COEQuerySet, name: str, value: Decimal) -> COEQuerySet:
        return coes.about(int(value), self.request.user)

    def narrow_tag(self, coes: COEQuerySet, name: str, value: str) -> COEQuerySet:
        return narrowing.tagged(coes, value.strip().lower())

    def narrow_cause(self, coes: COEQuerySet, name: str, value: str) -> COEQuerySet:
        return narrowing.of_cause(coes, value)

    def narrow_change(self, coes: COEQuerySet, name: str, value: bool) -> COEQuerySet:
        return narrowing.triggered_by_change(coes, value)

    def narrow_source(self, coes: COEQuerySet, name: str, value: str) -> COEQuerySet:
        return narrowing.from_source(coes, value)


class COEViewSet(
    ChecklistActions, AudienceActions, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[COE]
):
    """COEs this person may read, newest first."""

    serializer_class = COESerializer
    filterset_class = COEFilter
    queryset = COE.objects.none()
    request: PersonRequest

    def get_queryset(self) -> QuerySet[COE]:
        user = self.request.user
        shown = COE.objects.visible_to(user).known_to(user).shown().prefetch_related("tags")
        return shown.order_by("-created_at", "-pk")

    @extend_schema(responses=DocumentSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The whole document."""
        coe = self.get_object()
        if settling.settle(coe.pk, timezone.now()):
            coe.refresh_from_db(fields=["edits"])
        return self._document(coe)

    @extend_schema(request=StartSerializer, responses={201: DocumentSerializer})
    def create(self, request: PersonRequest) -> Response:
        """Draft a COE from an incident; a second start returns the one there is."""
        wanted = valid(StartSerializer, request)
        incident = get_object_or_404(Incident.objects.visible_to(request.user), pk=wanted["incident"])
        coe = drafting.draft_for(incident, request.user, timezone.now(), source="api")
        return self._document(coe, status.HTTP_201_CREATED)

    @extend_schema(request=ImportOneSerializer, responses={201: ImportedSerializer})
    @action(detail=False, methods=["post"], url_path="import", url_name="import")
    def take_in(self, request: PersonRequest) -> Response:
        """Make a COE of a Markdown file. 409 when one of the same source, title and date is here."""
        wanted = valid(ImportOneSerializer, request)
        file = files.decoded(wanted["file_name"], wanted["text"].encode("utf-8", "replace"))
        proposal = propose([file], request.user, wanted["zone"], wanted["origin"])[0]
        if proposal.duplicate and not wanted["is_repeated"]:
            raise Conflict(f"It is here already: {proposal.duplicate.number}.")
        made = make(
            proposal,
            team=wanted["team"],
            owner=request.user,
            by=request.user,
            now=timezone.now(),
            publish=wanted["is_published"],
            source="api",
        )
        answer = {"id": made.coe.pk, "number": made.coe.number, "remarks": [*proposal.remarks, *made.remarks]}
        lines = {"lines": len(proposal.lines), "lines_understood": proposal.understood}
        return Response({**answer, **lines}, status=status.HTTP_201_CREATED)

    @extend_schema(request=SectionSerializer, responses=SectionSerializer)
    @action(detail=True, methods=["put"], url_path="sections/(?P<key>[a-z0-9_]+)")
    def section(self, request: PersonRequest, pk: str, key: str) -> Response:
        """Save one section. 409 with the present text when somebody else saved it meanwhile."""
        wanted, coe = valid(SectionSerializer, request), self.get_object()
        if key not in coe.form.forms:
            raise serializers.ValidationError({"key": f"There is no section “{key}”."})
        saved = save_section(coe, key, wanted["text"], wanted["edits"], by=request.user, now=timezone.now())
        return Response({"text": saved.text, "edits": saved.edits})

    @extend_schema(request=SubmitSerializer, responses=DocumentSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: PersonRequest, pk: str) -> Response:
        """Ask for review. 409 with `missing`, place and sentence each, while anything is."""
        wanted, coe = valid(SubmitSerializer, request), self.get_object()
        reviewing.submit(coe, request.user, wanted.get("reviewers", ()), timezone.now(), source="api")
        return self._document(coe)

    @extend_schema(request=DecisionSerializer, responses=DocumentSerializer)
    @action(detail=True, methods=["post"])
    def review(self, request: PersonRequest, pk: str) -> Response:
        """Approve, or ask for changes."""
        wanted, coe = valid(DecisionSerializer, request), self.get_object()
        facts: dict[str, Any] = {"by": request.user, "now": timezone.now(), "seen": wanted.get("seen"), "source": "api"}
        reviewing.decide(coe, wanted["verdict"], wanted["comment"], **facts)
        return self._document(coe)

    @extend_schema(request=None, responses=FindingSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def findings(self, request: PersonRequest, pk: str) -> Response:
        """What the linter says of the draft as it is saved; for those who write or review it."""
        coe = self.get_object()
        may_know = permissions.may_edit(request.user, coe) or permissions.may_review(request.user, coe)
        permissions.require(may_know, "Only those who write or review a COE see its findings.")
        return Response(as_json(judging.findings_of(coe)))

    @extend_schema(request=PublishSerializer, responses=DocumentSerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request: PersonRequest, pk: str) -> Response:
        """Publish what was approved. 409 with `missing` while the checklist is not ticked."""
        wanted, coe = valid(PublishSerializer, request), self.get_object()
        publishing.publish(coe, request.user, timezone.now(), source="api", **wanted)
        return self._document(coe)

    @extend_schema(request=None, responses=DocumentSerializer)
    @action(detail=True, methods=["post"], url_path="give-up")
    def give_up(self, request: PersonRequest, pk: str) -> Response:
        """Give the re-issue up: it is as its last publication left it, what was written is kept as a revision."""
        coe = self.get_object()
        giving_up.give_up(coe, request.user, timezone.now(), source="api")
        tasks.remind_soon()
        return self._document(coe)

    def _document(self, coe: COE, code: int = status.HTTP_200_OK) -> Response:
        known = COE.objects.known_to(self.request.user).shown()
        return Response(DocumentSerializer(known.get(pk=coe.pk)).data, status=code)
