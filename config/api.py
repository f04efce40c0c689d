"""What is true of every API answer: listings in pages of a known size, errors as RFC 9457 problem details."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DataError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response
from rest_framework.views import set_rollback

from coe.lacking import NotReady
from oncall.exceptions import Conflict, NotAllowed

PROBLEM = "application/problem+json"


class Listing(PageNumberPagination):
    """`?page=` and `?page_size=` up to 200."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer any refusal as problem details (RFC 9457): type, title, status, detail, and errors by field.

    What a COE lacks before its review or publication is listed as `missing`, each with its place in the editor.
    """
    known = _as_api_error(error)
    if known is None:
        return None
    set_rollback()
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(known.status_code).phrase,
        "status": known.status_code,
        "detail": _sentence(known),
    }
    if isinstance(known, exceptions.ValidationError):
        body["errors"] = known.detail if isinstance(known.detail, dict) else {"non_field_errors": known.detail}
    if isinstance(error, NotReady):
        body["missing"] = [{"place": one.anchor, "sentence": one.sentence} for one in error.missing]
    headers = {}
    if authenticate := getattr(known, "auth_header", None):
        headers["WWW-Authenticate"] = authenticate
    if wait := getattr(known, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    return Response(body, status=known.status_code, headers=headers, content_type=PROBLEM)


def _as_api_error(error: Exception) -> exceptions.APIException | None:
    if isinstance(error, exceptions.APIException):
        return error
    if isinstance(error, Conflict):
        return _with_status(error, HTTPStatus.CONFLICT)
    if isinstance(error, NotAllowed):
        return exceptions.PermissionDenied(str(error))
    if isinstance(error, ValidationError):
        return exceptions.ValidationError(error.message_dict if hasattr(error, "error_dict") else error.messages)
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(error, DataError):
        return exceptions.ValidationError("A value is too long, out of range, or holds a NUL byte.")
    return None


def _with_status(error: Exception, status: HTTPStatus) -> exceptions.APIException:
    known = exceptions.APIException(str(error))
    known.status_code = status
    return known


def _sentence(error: exceptions.APIException) -> str:
    if isinstance(error, exceptions.ValidationError):
        return "Some fields need another value; see errors."
    return str(error.detail)
