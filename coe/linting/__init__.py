"""The linter: what a draft of a COE lacks or says amiss, with the place, the reason and how to mend it.

Pure: the snapshot of a draft and the names of the directory in, findings out. It decides by word lists and the shape of
sentences, never by a model; the price is that it misses much, the gain that what it says can be relied upon. Each rule
is one function in the file of its topic, registered under an id; docs/linting.md lists them all. Waivers are no matter
of this package (`coe/judging.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coe.linting import actions, causes, completeness, impact, names, timeline, title, wording
from coe.linting.findings import RULES, Finding, Rule, Severity, found_by
from coe.linting.reading import Document, Names, Person, candidates

__all__ = ["RULES", "Document", "Finding", "Names", "Person", "Rule", "Severity", "candidates", "lint"]

# The files of the rules; importing them registers the rules.
TOPICS = (title, names, wording, impact, timeline, causes, actions, completeness)
WEIGHTS = list(Severity)


def lint(content: Mapping[str, Any], names: Names | None = None) -> list[Finding]:
    """Every finding in a snapshot of any shape (`coe/documents.py`): musts first, then in reading order.

    It raises nothing for any text, and reads no more than the first MOST_READ characters of a document.
    """
    document = Document(content, names or Names())
    found = [finding for rule in RULES.values() for finding in found_by(rule, document)]
    order = {key: index for index, key in enumerate(_reading_order(document))}
    return sorted(
        found, key=lambda one: (WEIGHTS.index(one.severity), order.get(one.place, len(order)), one.start or 0, one.rule)
    )


def _reading_order(document: Document) -> list[str]:
    """The places as the template orders them: a part with rows stands before its rows."""
    keys = ["header"]
    rows = {"timeline": document.events, "causes": document.causes, "actions": document.actions}
    forms = [str(form.get("kind") if form.get("kind") in rows else form.get("key")) for form in document.form]
    rest = [key for key in (*document.sections, *rows) if key not in forms]
    for key in (*forms, *rest):
        keys.append(key)
        keys += [
            f"{key.removesuffix('s') if key != 'timeline' else 'event'}-{row.get('id')}" for row in rows.get(key, ())
        ]
    return keys
