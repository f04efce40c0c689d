"""What every part of the API needs of a request: the person who asks, and what was sent, judged by its shape."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from oncall.models import User


class PersonRequest(Request):
    """A request that the permission classes let through: its user is a person."""

    user: User


def valid(kind: type[serializers.Serializer[Any]], request: Request, *, partial: bool = False) -> dict[str, Any]:
    """The body as the serializer reads it. Raises ValidationError, answered as problem details by field."""
    wanted = kind(data=request.data, partial=partial)
    wanted.is_valid(raise_exception=True)
    return dict(wanted.validated_data)
