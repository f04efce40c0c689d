"""Collections over the API: read, made, filled, put in order; and the COE of a month chosen."""

from typing import Any

import django_filters
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from coe import choosing, collecting
from coe.api.asking import PersonRequest, valid
from coe.models import COE, Collection, CollectionEntry
from oncall.models import Team


class EntrySerializer(serializers.ModelSerializer[CollectionEntry]):
    """One COE of a collection; those that the person may not read are not there."""

    number = serializers.CharField(source="coe.number", read_only=True)
    title = serializers.CharField(source="coe.public_title", read_only=True)

    class Meta:
        model = CollectionEntry
        fields = ["id", "coe", "number", "title", "note"]


class CollectionSerializer(serializers.ModelSerializer[Collection]):
    """A collection without its COEs: `size` of them the person may read, `read` of these the person has read."""

    team = serializers.SlugRelatedField[Team](slug_field="slug", read_only=True)
    size = serializers.IntegerField(read_only=True)
    read = serializers.IntegerField(read_only=True)

    class Meta:
        model = Collection
        fields = ["id", "name", "description", "team", "month", "owner", "size", "read"]


class FullCollectionSerializer(CollectionSerializer):
    """A collection with its COEs, in its order."""

    entries = EntrySerializer(many=True, read_only=True)

    class Meta(CollectionSerializer.Meta):
        fields = [*CollectionSerializer.Meta.fields, "entries"]


class WriteSerializer(serializers.Serializer[Any]):
    """What a collection is called, what it is for, and whose reading list it is."""

    name = serializers.CharField(max_length=collecting.LONGEST_NAME)
    description = serializers.CharField(
        max_length=collecting.LONGEST_DESCRIPTION, required=False, allow_blank=True, default=""
    )
    team = serializers.SlugRelatedField[Team](
        slug_field="slug", queryset=Team.objects.all(), required=False, allow_null=True, default=None
    )


class AddSerializer(serializers.Serializer[Any]):
    """A published COE, and why it is worth reading."""

    coe = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    note = serializers.CharField(max_length=collecting.LONGEST_NOTE, allow_blank=True, default="")


class ChangeSerializer(serializers.Serializer[Any]):
    """Another note, another place (from 1), or both."""

    note = serializers.CharField(max_length=collecting.LONGEST_NOTE, allow_blank=True, required=False)
    place = serializers.IntegerField(min_value=1, max_value=collecting.MOST_ENTRIES, required=False)


class ChooseSerializer(serializers.Serializer[Any]):
    """A COE for the month of a day, and why everybody should read it."""

    month = serializers.DateField()
    coe = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    why = serializers.CharField(max_length=collecting.LONGEST_NOTE)


class CollectionFilter(django_filters.FilterSet):
    """`?team=<slug>`, `?is_month=true` for COEs of the month, `?is_month=false` for what people put together."""

    team = django_filters.CharFilter("team__slug")
    is_month = django_filters.BooleanFilter("month", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Collection
        fields: tuple[str, ...] = ()


class CollectionViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Collection],
):
    """Collections by name; the COE of a month is one with a month and a single entry."""

    serializer_class = CollectionSerializer
    filterset_class = CollectionFilter
    queryset = Collection.objects.none()
    request: PersonRequest

    def get_queryset(self) -> QuerySet[Collection]:
        user = self.request.user
        readable = CollectionEntry.objects.visible_to(user).select_related("coe")
        found = Collection.objects.visible_to(user).select_related("team").counted_for(user)
        return found if self.action == "list" else found.prefetch_related(Prefetch("entries", readable))

    @extend_schema(responses=FullCollectionSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """With the COEs that this person may read."""
        return Response(FullCollectionSerializer(self.get_object()).data)

    @extend_schema(request=WriteSerializer, responses={201: FullCollectionSerializer})
    def create(self, request: PersonRequest) -> Response:
        """Make an empty one. With a team it is that team's reading list, which its managers make."""
        made = collecting.make(**valid(WriteSerializer, request), **self._by())
        return self._shown(made.pk, status.HTTP_201_CREATED)

    @extend_schema(request=WriteSerializer, responses=FullCollectionSerializer)
    def partial_update(self, request: PersonRequest, pk: str) -> Response:
        """Another name, description or team; what is left out stays."""
        shown = self._list()
        facts = {"name": shown.name, "description": shown.description, "team": shown.team}
        collecting.change(shown, **facts | valid(WriteSerializer, request, partial=True), **self._by())
        return self._shown(shown.pk)

    @extend_schema(responses={204: None})
    def destroy(self, request: PersonRequest, pk: str) -> Response:
        """It goes; its COEs stay. Of a month: the choice is taken back."""
        shown = self.get_object()
        if shown.month:
            choosing.withdraw(shown, **self._by())
        else:
            collecting.delete(shown, **self._by())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=AddSerializer, responses={201: FullCollectionSerializer})
    @action(detail=True, methods=["post"])
    def entries(self, request: PersonRequest, pk: str) -> Response:
        """Add a COE at the end."""
        shown = self._list()
        collecting.require_change(request.user, shown)
        wanted = valid(AddSerializer, request)
        collecting.add(shown, self._coe(wanted["coe"]), wanted["note"], **self._by())
        return self._shown(shown.pk, status.HTTP_201_CREATED)

    @extend_schema(methods=["patch"], request=ChangeSerializer, responses=FullCollectionSerializer)
    @extend_schema(methods=["delete"], responses={204: None})
    @action(detail=True, methods=["patch", "delete"], url_path="entries/(?P<entry>[0-9]{1,18})")
    def entry(self, request: PersonRequest, pk: str, entry: str) -> Response:
        """Say anew why it is worth reading, move it, or take it out."""
        shown = self._list()
        found = shown.entries.visible_to(request.user).select_related("collection__team", "coe")
        row = get_object_or_404(found, pk=int(entry))
        if request.method == "DELETE":
            collecting.take_out(row, **self._by())
            return Response(status=status.HTTP_204_NO_CONTENT)
        collecting.require_change(request.user, shown)
        wanted = valid(ChangeSerializer, request)
        if "note" in wanted:
            collecting.annotate(row, wanted["note"], **self._by())
        if "place" in wanted:
            collecting.put_at(row, wanted["place"], request.user)
        return self._shown(shown.pk)

    @extend_schema(request=ChooseSerializer, responses={201: FullCollectionSerializer})
    @action(detail=False, methods=["post"])
    def choose(self, request: PersonRequest) -> Response:
        """Make a COE that of its month, in place of another one; for managers and administrators."""
        choosing.require_choose(request.user)
        wanted = valid(ChooseSerializer, request)
        chosen = choosing.choose(wanted["month"], self._coe(wanted["coe"]), wanted["why"], **self._by())
        return self._shown(chosen.pk, status.HTTP_201_CREATED)

    def _list(self) -> Collection:
        """One that people put together: a choice of a month has one COE and its name."""
        return get_object_or_404(self.get_queryset().filter(month__isnull=True), pk=self.kwargs["pk"])

    def _coe(self, pk: int) -> COE:
        return get_object_or_404(COE.objects.visible_to(self.request.user).published(), pk=pk)

    def _by(self) -> dict[str, Any]:
        return {"by": self.request.user, "now": timezone.now(), "source": "api"}

    def _shown(self, pk: int, code: int = status.HTTP_200_OK) -> Response:
        return Response(FullCollectionSerializer(self.get_queryset().get(pk=pk)).data, status=code)
