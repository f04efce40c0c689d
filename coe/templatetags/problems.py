"""Fields that forms of rows name by number, and what is wrong with one: `{{ problems|at:"title-3" }}`."""

from collections.abc import Mapping

from django import template

register = template.Library()


@register.filter
def at(problems: Mapping[str, str], name: str) -> str:
    """What is wrong with the field of this name; empty when nothing is."""
    return problems.get(name, "")


@register.filter
def numbered(stem: str, number: int) -> str:
    """The name of a field of one row: `"title-"|numbered:3`."""
    return f"{stem}{number}"
