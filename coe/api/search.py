"""Search over the API: the same index and the same gate as the screen."""

from typing import Any

from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coe import searching
from coe.searching import Reader
from coe.searching.queries import Sort, parse
from coe.searching.schema import FACET_FIELDS

MOST_HITS = 100


class HitSerializer(serializers.Serializer[Any]):
    """One found COE; `title_html` and `snippet_html` hold <mark> and nothing else."""

    coe_id = serializers.IntegerField()
    title = serializers.CharField()
    title_html = serializers.CharField()
    snippet_html = serializers.CharField()
    team = serializers.CharField()
    services = serializers.ListField(child=serializers.CharField())
    tags = serializers.ListField(child=serializers.CharField())
    severity = serializers.IntegerField(allow_null=True)
    published_at = serializers.DateTimeField()


class FacetSerializer(serializers.Serializer[Any]):
    """One value of a facet and how many COEs have it."""

    value = serializers.CharField()
    count = serializers.IntegerField()


class ResultsSerializer(serializers.Serializer[Any]):
    """What was found; `facets` maps each facet to its values."""

    count = serializers.IntegerField()
    hits = HitSerializer(many=True)
    facets = serializers.DictField(child=FacetSerializer(many=True))
    did_you_mean = serializers.CharField(allow_blank=True)
    notes = serializers.ListField(child=serializers.CharField())


class SearchView(APIView):
    """Published COEs by their text, with highlights and facets."""

    @extend_schema(
        responses=ResultsSerializer,
        parameters=[
            OpenApiParameter(
                "q", str, description="Words, “phrases”, -without, team:… sev:… published:2026-01..2026-06"
            ),
            *(OpenApiParameter(name, str, many=True) for name in FACET_FIELDS),
            OpenApiParameter("sort", str, enum=[sort.value for sort in Sort]),
            OpenApiParameter("offset", int),
            OpenApiParameter("limit", int, description=f"At most {MOST_HITS}; 20 if not said."),
        ],
    )
    def get(self, request: Request) -> Response:
        """Find COEs this person may read."""
        asked = request.query_params
        query = parse(
            asked.get("q", ""),
            filters={name: [value for value in asked.getlist(name) if value] for name in FACET_FIELDS},
            sort=asked.get("sort", Sort.RELEVANCE),
            offset=_number(asked, "offset", 0),
            limit=min(_number(asked, "limit", 20), MOST_HITS),
        )
        found = searching.search(query, Reader.of(request.user))  # type: ignore[arg-type]  # signed in
        return Response(
            {
                "count": found.total,
                "hits": HitSerializer(found.hits, many=True).data,
                "facets": {
                    name: [{"value": value, "count": count} for value, count in values]
                    for name, values in found.facets.items()
                },
                "did_you_mean": found.did_you_mean,
                "notes": found.notes,
            }
        )


def _number(asked: QueryDict, name: str, default: int) -> int:
    text = asked.get(name, "")
    if not text:
        return default
    if not text.isdecimal() or len(text) > 9:
        raise serializers.ValidationError({name: f"“{text}” is not a whole number."})
    return int(text)
