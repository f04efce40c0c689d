"""The checklist of a COE over the API, and questions that are waived with a reason."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from coe import editing, permissions, templating
from coe.models import COE
from coe.views.part_checklist import checklist_of


class ChecklistItemSerializer(serializers.Serializer[Any]):
    """What must be true, before which step, and who ticked it; `is_needed` is false where a re-issue may lack it."""

    key = serializers.CharField()
    text = serializers.CharField()
    before = serializers.ChoiceField(choices=["review", "publication"])
    is_ticked = serializers.BooleanField()
    is_needed = serializers.BooleanField()
    ticked_by = serializers.IntegerField(allow_null=True)
    ticked_at = serializers.DateTimeField(allow_null=True)


class TicksSerializer(serializers.Serializer[Any]):
    """The keys of every item that is true; the others are not ticked any more."""

    ticked = serializers.ListField(child=serializers.CharField(max_length=30), max_length=60)


class WaiverSerializer(serializers.Serializer[Any]):
    """Why a question is not answered; empty to ask it again."""

    because = serializers.CharField(allow_blank=True, max_length=300)


class ChecklistActions:
    """The actions, for the view set of COEs."""

    @extend_schema(responses=ChecklistItemSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def checklist(self: Any, request: Any, pk: str) -> Response:
        """What must be true before review and before publication; for those who write or review it."""
        coe = self.get_object()
        may_know = permissions.may_edit(request.user, coe) or permissions.may_review(request.user, coe)
        permissions.require(may_know, "Only those who write or review a COE see its checklist.")
        return Response(rows_of(coe))

    @extend_schema(request=TicksSerializer, responses=ChecklistItemSerializer(many=True))
    @checklist.mapping.put
    def tick(self: Any, request: Any, pk: str) -> Response:
        """Say what is true: in a draft, and in an approved COE what is due before its publication."""
        coe, wanted = self.get_object(), TicksSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        keys = set(wanted.validated_data["ticked"])
        if unknown := keys - {item.key for item in coe.form.checklist}:
            raise serializers.ValidationError({"ticked": f"The checklist has no item “{min(unknown)}”."})
        editing.tick(coe, keys, by=request.user, now=timezone.now())
        return Response(rows_of(coe))

    @extend_schema(request=WaiverSerializer, responses=WaiverSerializer)
    @action(detail=True, methods=["put"], url_path="sections/(?P<key>[a-z0-9_]+)/waiver")
    def waive(self: Any, request: Any, pk: str, key: str) -> Response:
        """Say why a question is not answered."""
        coe, wanted = self.get_object(), WaiverSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        if key not in coe.form.forms or not coe.form.forms[key].is_question:
            raise serializers.ValidationError({"key": f"There is no question “{key}”."})
        templating.waive(coe, key, wanted.validated_data["because"], request.user, timezone.now())
        return Response(wanted.validated_data)


def rows_of(coe: COE) -> list[dict[str, Any]]:
    """Every item that the severity asks, as `ChecklistItemSerializer` describes it."""
    return [
        {
            "key": row.item.key,
            "text": row.item.text,
            "before": row.item.before,
            "is_ticked": row.tick is not None,
            "is_needed": not row.is_spared,
            "ticked_by": row.tick.checked_by_id if row.tick else None,
            "ticked_at": row.tick.checked_at if row.tick else None,
        }
        for step in checklist_of(coe)
        for row in step["rows"]
    ]
