"""Tags: how what is typed becomes a tag, which ones a COE bears, and which are offered.

It does not decide what is found by them: the index says what was published (`coe/searching/documents.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db.models import Count
from django.utils.text import slugify

from coe.models import COE, DraftHeader, Tag

MOST_TAGS, LONGEST = 20, 40
# Offered are the commonest tags of so many COEs, published last.
MOST_OFFERED, LOOKED_AT = 12, 300


def normalised(typed: str) -> str:
    """A tag as it is kept: small letters, digits and hyphens. Raises ValidationError when nothing of it is left."""
    name = re.sub(r"[_-]+", "-", slugify(typed.removeprefix("#"))).strip("-")
    if not name:
        raise ValidationError(f"“{typed[:LONGEST]}” is no tag: write letters, digits and hyphens.", code="invalid")
    if len(name) > LONGEST:
        raise ValidationError(f"“{name[:LONGEST]}…” is longer than {LONGEST} characters.", code="long")
    return name


def named(typed: str) -> list[str]:
    """The tags of a text in which they stand apart by commas, each once. Raises ValidationError."""
    parts = (part.strip() for part in typed.replace(";", ",").split(","))
    names = list(dict.fromkeys(normalised(part) for part in parts if part))
    if len(names) > MOST_TAGS:
        raise ValidationError(f"At most {MOST_TAGS} tags.", code="many")
    return names


def put(header: COE | DraftHeader, names: Iterable[str]) -> None:
    """Make these its tags; one that nobody used before begins to exist. Must run in a transaction."""
    header.tags.set([Tag.objects.get_or_create(name=name)[0] for name in names])


def offered() -> list[str]:
    """The commonest tags of late, of what everybody reads and as it was published; one query."""
    late = COE.objects.for_everybody().published().order_by("-published_at")
    counted = Tag.objects.filter(coes__in=late[:LOOKED_AT]).annotate(uses=Count("coes")).order_by("-uses", "name")
    return list(counted.values_list("name", flat=True)[:MOST_OFFERED])
