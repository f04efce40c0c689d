"""The front matter of a Markdown file: facts as YAML between two lines of dashes. Pure.

YAML is a language of its own: here it is plain values within a bound, without references (which multiply: "YAML bombs")
and without tags.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import yaml

LARGEST = 64_000  # characters
_FRONT = re.compile(r"\A---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)

_BREAKS = re.compile(r"[\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff]")


class _Plain(yaml.SafeLoader):
    """Plain values, no references."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("it refers to itself")
        return super().compose_node(parent, index)


class _Dumper(yaml.SafeDumper):
    """Quotes what YAML would fold: its idea of a line end is wider than ours."""


def _quoted(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if _BREAKS.search(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_multi_representer(str, _quoted)
_Dumper.add_representer(str, _quoted)


def split(text: str) -> tuple[dict[str, Any], str, str]:
    """The facts, what stands below them, and a sentence when they could not be read (then they stay in the text)."""
    found = _FRONT.match(text)
    if not found:
        return {}, text, ""
    raw = found[1] or ""
    try:
        if len(raw) > LARGEST:
            raise ValueError(f"it has more than {LARGEST // 1000} KB")
        values = yaml.load(raw, _Plain)  # noqa: S506 (derived from SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        return {}, text, f"The front matter is no plain YAML ({_short(error)}); it is kept as text."
    if values is None:
        return {}, text[found.end() :], ""
    if not isinstance(values, dict):
        return {}, text, "The front matter is no list of names and values; it is kept as text."
    return {str(name): value for name, value in values.items()}, text[found.end() :], ""


def joined(values: Mapping[str, Any]) -> str:
    """Values as front matter that `split` reads back: names in the order given, empty ones left out."""
    kept = {name: value for name, value in values.items() if value not in (None, "", [], {})}
    return "---\n" + yaml.dump(kept, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**9) + "---\n"


def text_of(value: object) -> str:
    """A fact as one line of text; empty for what is no plain value."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return " ".join(str(value).split())
    return ""


def list_of(value: object) -> list[str]:
    """A fact as a list of lines, whether it was written as a list or with commas."""
    if isinstance(value, str):
        value = value.strip("[] ").split(",")
    return [text for one in value if (text := text_of(one))] if isinstance(value, list) else []


def _short(error: Exception) -> str:
    problem = getattr(error, "problem", None) or str(error) or type(error).__name__
    return " ".join(str(problem).split())[:120]
