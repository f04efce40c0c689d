"""What every set of things in the API is: listed, retrieved, asked for by a person."""

from typing import Any

from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request

from oncall.models import User


class PersonRequest(Request):
    """A request that the permission classes let through: its user is a person."""

    user: User


# What a program may call itself in `X-Errata-Client`. It changes how a timeline reads, never what is allowed.
CLIENTS = frozenset({"cli"})


def source_of(request: Request) -> str:
    """By which way this came, for timeline and audit: the client that the header names, if we know it, else the API."""
    named = request.headers.get("X-Errata-Client", "")
    return named if named in CLIENTS else "api"


class ReadableViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    """Listed in pages and retrieved one by one; moves are added as actions."""

    request: PersonRequest


def valid(kind: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """The body as the serializer reads it. Raises ValidationError, answered as problem details by field."""
    wanted = kind(data=request.data)
    wanted.is_valid(raise_exception=True)
    return dict(wanted.validated_data)
