"""Revisions over the API: the list, one with its content, the difference of two, and restoring."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.asking import PersonRequest
from coe.comparing import Fate, Kind, PartChange, RowChange
from coe.cowriting import settling
from coe.editing import offering, restoring
from coe.editing.offering import Offer
from coe.models import COE, Revision
from coe.models.revisions import RevisionQuerySet
from coe.permissions import require_edit
from coe.views.revision_parts import changes_between, items_of, pair_of

NUMBER = OpenApiParameter("number", int, OpenApiParameter.PATH)


class RevisionSerializer(serializers.ModelSerializer[Revision]):
    """A revision without what it says."""

    class Meta:
        model = Revision
        fields = ["number", "reason", "made_by", "made_at", "change_note"]


class RevisionContentSerializer(RevisionSerializer):
    """A revision with what it says."""

    content = serializers.SerializerMethodField()

    class Meta(RevisionSerializer.Meta):
        fields = [*RevisionSerializer.Meta.fields, "content"]

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_content(self, revision: Revision) -> dict[str, Any]:
        """Header, sections, timeline, causes and actions; see docs/coe.md."""
        found: dict[str, Any] = revision.content
        return found


class PieceSerializer(serializers.Serializer[Any]):
    """A run of text that was kept, added or removed."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in Kind])
    text = serializers.CharField()


class FactChangeSerializer(serializers.Serializer[Any]):
    """One fact of a row that differs."""

    fact = serializers.CharField(source="label")
    old = serializers.CharField()
    new = serializers.CharField()


class RowChangeSerializer(serializers.Serializer[RowChange]):
    """A row that was added, removed or changed. The ids are those of the two revisions; null where it has none."""

    fate = serializers.ChoiceField(choices=[fate.value for fate in Fate if fate is not Fate.SAME])
    title = serializers.CharField()
    old_id = serializers.SerializerMethodField()
    new_id = serializers.SerializerMethodField()
    facts = FactChangeSerializer(many=True)

    def get_old_id(self, change: RowChange) -> str | None:
        return str(change.old.id) if change.old else None

    def get_new_id(self, change: RowChange) -> str | None:
        return str(change.new.id) if change.new else None


class PartChangeSerializer(serializers.Serializer[PartChange]):
    """A part that differs: a written section by its pieces, any other by its rows."""

    key = serializers.CharField()
    title = serializers.CharField()
    pieces = PieceSerializer(many=True)
    rows = RowChangeSerializer(source="changed_rows", many=True)


class DifferenceSerializer(serializers.Serializer[Any]):
    """What differs between two revisions, in the order of the document."""

    old = RevisionSerializer()
    new = RevisionSerializer()
    parts = PartChangeSerializer(many=True)


class OfferSerializer(serializers.Serializer[Any]):
    """One thing that can be restored, with the difference it makes from what the draft says now."""

    what = serializers.CharField()
    title = serializers.CharField()
    part = serializers.CharField(source="part.key")
    seen = serializers.CharField(help_text="A fingerprint of what stands there now: send it back with `what`.")
    pieces = serializers.SerializerMethodField()
    facts = serializers.SerializerMethodField()

    @extend_schema_field(PieceSerializer(many=True))
    def get_pieces(self, offer: Offer) -> Any:
        """Of a written section."""
        return PieceSerializer(offer.part.pieces if offer.is_text else (), many=True).data

    @extend_schema_field(FactChangeSerializer(many=True))
    def get_facts(self, offer: Offer) -> Any:
        """Of a row, a fact of the header, or an order of rows."""
        return FactChangeSerializer(offer.facts, many=True).data


class RestoreSerializer(serializers.Serializer[Any]):
    """What to restore: `sections` or `header` for all of it, `section-<key>`, `header-<fact>`, `<part>-<id>` of a row.

    Parts with rows are `timeline`, `causes`, `actions`, `graphs` and `waived`, the ids are those of the revision;
    `graphs-order` and `actions-order` are the order. With the `seen` of the offer nothing newer is overwritten.
    """

    what = serializers.CharField(max_length=100)
    seen = serializers.CharField(max_length=40, required=False, allow_null=True)


class RevisionFilter(django_filters.FilterSet):
    """`?reason=`."""

    class Meta:
        model = Revision
        fields = ["reason"]


@extend_schema(parameters=[OpenApiParameter("coe_pk", int, OpenApiParameter.PATH)])
class RevisionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Revision]):
    """The revisions of a COE that this person may read, newest first.

    Of a published COE those are its publications; whoever writes or reviews it reads every one.
    """

    serializer_class = RevisionSerializer
    filterset_class = RevisionFilter
    queryset = Revision.objects.none()
    lookup_field = "number"
    lookup_value_regex = "[0-9]{1,9}"
    request: PersonRequest

    def get_queryset(self) -> QuerySet[Revision]:
        return self._seen().defer("content")

    def _coe(self) -> COE:
        coes = COE.objects.visible_to(self.request.user).select_related("team", "owner", "template")
        coe = get_object_or_404(coes, pk=self.kwargs["coe_pk"])
        if coe.is_editable and self.request.method == "GET":
            settling.settle(coe.pk, timezone.now())
        return coe

    def _seen(self) -> RevisionQuerySet:
        return self._coe().revisions.visible_to(self.request.user).defer("html")

    @extend_schema(parameters=[NUMBER], responses=RevisionContentSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One revision with what it says."""
        return Response(RevisionContentSerializer(get_object_or_404(self._seen(), number=kwargs["number"])).data)

    @extend_schema(
        parameters=[OpenApiParameter("from", int), OpenApiParameter("to", int, required=True)],
        responses=DifferenceSerializer,
    )
    @action(detail=False, methods=["get"], pagination_class=None, filter_backends=[])
    def difference(self, request: PersonRequest, coe_pk: int) -> Response:
        """What differs between two. Without `from`: from the publication, or the revision, before it."""
        coe = self._coe()
        pair = pair_of(coe.revisions.visible_to(request.user).defer("html"), request.query_params)
        if pair is None:
            raise serializers.ValidationError({"to": "Name the revision to compare."})
        old, new = pair
        parts = changes_between(old.content, new.content, items_of(coe))
        return Response(DifferenceSerializer({"old": old, "new": new, "parts": parts}).data)

    @extend_schema(parameters=[NUMBER], request=RestoreSerializer, responses=RevisionSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: PersonRequest, coe_pk: int, number: str) -> Response:
        """Restore what this revision says; answers with the revision that makes. 409 when it says so already."""
        wanted = RestoreSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        coe = self._coe()
        revision = get_object_or_404(coe.revisions.visible_to(request.user), number=number)
        what, seen = wanted.validated_data["what"], wanted.validated_data.get("seen")
        facts: dict[str, Any] = {"by": request.user, "now": timezone.now(), "source": "api"}
        return Response(RevisionSerializer(restoring.restore(coe, revision, what, seen=seen, **facts)).data)

    @extend_schema(parameters=[NUMBER], responses=OfferSerializer(many=True))
    @restore.mapping.get
    def offers(self, request: PersonRequest, coe_pk: int, number: str) -> Response:
        """What can be restored from this revision, in the order of the document; 409 when nothing can be edited."""
        coe = self._coe()
        revision = get_object_or_404(coe.revisions.visible_to(request.user), number=number)
        require_edit(request.user, coe)
        coe.demand_editable()
        return Response(OfferSerializer(offering.offers(coe, revision), many=True).data)
