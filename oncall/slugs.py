"""Short names for addresses: from a name to a slug that nothing else of the kind has."""

from itertools import count
from typing import Any

from django.db.models import QuerySet
from django.utils.text import slugify

LONGEST = 80


def free_slug(others: QuerySet[Any], name: str) -> str:
    """A slug of at most 80 characters for this name; a number follows when another has it. Never a word of our URLs."""
    stem = slugify(name)[: LONGEST - 6].strip("-_") or "unnamed"
    taken = set(others.filter(slug__startswith=stem).values_list("slug", flat=True)) | {"new"}
    return next(slug for number in count(1) if (slug := stem if number == 1 else f"{stem}-{number}") not in taken)
