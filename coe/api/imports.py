"""Imports over the API: bring files, look how far it is and what became of each, cancel."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from coe import tasks
from coe.api.asking import PersonRequest
from coe.importing import bringing
from coe.interchange import files
from coe.models import COE, Import, ImportFile
from oncall.models import Team
from oncall.times import zone_names


class TextSerializer(serializers.Serializer[Any]):
    """One Markdown file."""

    name = serializers.CharField(max_length=200)
    text = serializers.CharField(max_length=files.LARGEST, trim_whitespace=False)


class BringSerializer(serializers.Serializer[Any]):
    """Files to import: `files` in JSON, or `uploads` (Markdown, pictures, .zip) as multipart/form-data."""

    files = TextSerializer(many=True, required=False)
    uploads = serializers.ListField(child=serializers.FileField(), required=False)
    team = serializers.SlugRelatedField[Team](slug_field="slug", queryset=Team.objects.all())
    zone = serializers.ChoiceField(choices=zone_names(), default="UTC")
    origin = serializers.CharField(max_length=300, allow_blank=True, default="", help_text="Where they come from.")
    is_published = serializers.BooleanField(default=False, help_text="On their own date; for administrators.")
    is_repeated = serializers.BooleanField(default=False, help_text="Also what is here already.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The files read, archives opened."""
        given = [(one["name"], one["text"].encode("utf-8", "replace")) for one in attrs.get("files", ())]
        together = sum(upload.size or 0 for upload in attrs.get("uploads", ()))
        if together > files.LARGEST_TOGETHER + files.LARGEST_PICTURES:
            raise serializers.ValidationError({"uploads": "The uploads are larger than may be imported at once."})
        given += [(upload.name or "", upload.read()) for upload in attrs.get("uploads", ())]
        try:
            attrs["read"] = files.read(given)
        except ValueError as error:
            raise serializers.ValidationError({"files": str(error)}) from error
        return attrs


class ImportFileSerializer(serializers.ModelSerializer[ImportFile]):
    """One file, what was understood of it, and what it became."""

    coe = serializers.SerializerMethodField()
    lines = serializers.IntegerField(source="report.lines", default=0)
    lines_understood = serializers.IntegerField(source="report.understood", default=0)
    remarks = serializers.ListField(source="report.remarks", child=serializers.CharField(), default=list)

    class Meta:
        model = ImportFile
        fields = ["name", "state", "title", "problem", "coe", "lines", "lines_understood", "remarks"]
        read_only_fields = fields

    def get_coe(self, file: ImportFile) -> int | None:
        """The number of the COE, if the person may read it."""
        return file.coe_id if file.coe_id in self.context["readable"] else None


class ImportListedSerializer(serializers.ModelSerializer[Import]):
    """An import, and how far it is."""

    team = serializers.SlugField(source="team.slug")
    files_waiting = serializers.SerializerMethodField()

    class Meta:
        model = Import
        fields = ["id", "team", "source", "state", "is_published", "is_repeated", "made_at", "files_waiting"]
        read_only_fields = fields

    def get_files_waiting(self, brought: Import) -> int:
        return sum(file.state in ImportFile.WAITING for file in brought.files.all())


class ImportSerializer(ImportListedSerializer):
    """An import with its files."""

    files = ImportFileSerializer(many=True, read_only=True)

    class Meta(ImportListedSerializer.Meta):
        fields = [*ImportListedSerializer.Meta.fields, "files"]
        read_only_fields = fields


class ImportViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Import]):
    """Imports of this person, newest first; administrators see everybody's."""

    serializer_class = ImportSerializer
    parser_classes = [JSONParser, MultiPartParser]
    queryset = Import.objects.none()
    request: PersonRequest

    def get_queryset(self) -> QuerySet[Import]:
        rows = ImportFile.objects.order_by("position")
        # Texts and reports of many imports are hundreds of megabytes.
        rows = rows.only("brought", "state") if self.action == "list" else rows.defer("text")
        found = Import.objects.visible_to(self.request.user).select_related("team")
        return found.prefetch_related(Prefetch("files", rows))

    def get_serializer_class(self) -> type[Any]:
        """Lists say how far each import is, not what became of every file."""
        return ImportListedSerializer if self.action == "list" else ImportSerializer

    def get_serializer_context(self) -> dict[str, Any]:
        """With the COEs that this person may read."""
        return {**super().get_serializer_context(), "readable": self._readable()}

    def _readable(self) -> set[int]:
        if not self.request or not self.request.user.is_authenticated or self.action == "list":
            return set()
        brought = ImportFile.objects.filter(brought__in=Import.objects.visible_to(self.request.user))
        if pk := self.kwargs.get("pk"):
            brought = brought.filter(brought=pk)
        found = COE.objects.visible_to(self.request.user).filter(pk__in=brought.values("coe"))
        return set(found.values_list("pk", flat=True))

    @extend_schema(request=BringSerializer, responses={202: ImportListedSerializer})
    def create(self, request: PersonRequest) -> Response:
        """Import files in the background: 202, and the address to ask how far it is."""
        wanted = BringSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        brought = self._brought(dict(wanted.validated_data))
        tasks.take_in_soon()
        place = request.build_absolute_uri(f"/api/v1/imports/{brought.pk}/")
        answer = ImportListedSerializer(brought, context=self.get_serializer_context())
        return Response(answer.data, status=status.HTTP_202_ACCEPTED, headers={"Location": place})

    def _brought(self, wanted: dict[str, Any]) -> Import:
        who: dict[str, Any] = {"by": self.request.user, "now": timezone.now()}
        facts = {"team": wanted["team"], "zone": wanted["zone"], "source": wanted["origin"], "through": "api"}
        wish = {name: wanted[name] for name in ("is_published", "is_repeated")}
        try:
            return bringing.bring_and_begin(wanted["read"], **facts, **wish, **who)
        except ValidationError as error:
            raise serializers.ValidationError({"files": error.messages}) from error

    @extend_schema(request=None, responses=ImportSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Import no more of it; what was imported stays."""
        brought = self.get_object()
        bringing.cancel(brought, timezone.now())
        return Response(self.get_serializer(self.get_object()).data)
