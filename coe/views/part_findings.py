"""What the editor and the review show of the linter's findings: by weight, each with its place and its waiver."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from coe import judging, lacking, linting
from coe.judging import Judged
from coe.models import COE

# More of one weight than this are a list that nobody reads; the rest is counted.
MOST_SHOWN = 40
WEIGHTS = {
    linting.Severity.MUST: ("Must", "Keeps it from review until it is mended or waived."),
    linting.Severity.SHOULD: ("Should", "Mend it, unless you know better."),
    linting.Severity.CONSIDER: ("Consider", "A question to the author."),
}
PARTS = {"header": "Header", "timeline": "Timeline", "causes": "Causes", "actions": "Action items"}
ROWS = {"event": "Timeline", "cause": "Causes", "action": "Action items"}


def findings_part(coe: COE) -> dict[str, Any]:
    """Findings by weight, those that are waived, and what keeps the COE from review."""
    judged = judging.findings_of(coe)
    rows = rows_of(coe, judged)
    standing = [row for row in rows if not row["waiver"]]
    missing = lacking.for_review(coe, judged)
    return {
        "coe": coe,
        "missing": missing,
        "ticks": [one for one in missing if one.is_tick],
        "groups": [group for weight in linting.Severity if (group := _group(weight, standing))["count"]],
        "waived": [row for row in rows if row["waiver"]][:MOST_SHOWN],
    }


def waivers_part(coe: COE, content: Mapping[str, Any]) -> dict[str, Any]:
    """For reviewers: what the author let stand and why, and what the linter asks besides."""
    rows = rows_of(coe, judging.findings_of(coe, content))
    return {
        "waived": [row for row in rows if row["waiver"]][:MOST_SHOWN],
        "asked": [row for row in rows if not row["waiver"]][:MOST_SHOWN],
    }


def rows_of(coe: COE, judged: Iterable[Judged]) -> list[dict[str, Any]]:
    """One row per fingerprint: the same words twice in one place are one thing to do."""
    found: dict[str, dict[str, Any]] = {}
    for one in judged:
        finding = one.finding
        row = {
            "finding": finding,
            "waiver": one.waiver,
            "rule": linting.RULES[finding.rule].name,
            "where": where(coe, finding.place),
        }
        found.setdefault(finding.fingerprint, row)
    return list(found.values())


def _group(weight: linting.Severity, rows: list[dict[str, Any]]) -> dict[str, Any]:
    label, note = WEIGHTS[weight]
    some = [row for row in rows if row["finding"].severity == weight]
    return {
        "weight": weight.value,
        "label": label,
        "note": note,
        "count": len(some),
        "rows": some[:MOST_SHOWN],
        "rest": max(0, len(some) - MOST_SHOWN),
    }


def where(coe: COE, place: str) -> str:
    """The heading under which a place stands."""
    if place in coe.form.forms:
        return coe.form.forms[place].title
    return PARTS.get(place) or ROWS.get(place.partition("-")[0]) or place


def as_json(judged: Iterable[Judged], texts: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """Findings as plain values. With `texts`, offsets count UTF-16 units as browsers do, else Unicode characters."""
    return [
        {
            "rule": one.finding.rule,
            "severity": one.finding.severity.value,
            "place": one.finding.place,
            "start": _offset(one.finding.place, one.finding.start, texts),
            "end": _offset(one.finding.place, one.finding.end, texts),
            "words": one.finding.words,
            "message": one.finding.message,
            "why": one.finding.why,
            "source": one.finding.source,
            "mend": one.finding.mend,
            "offer": one.finding.offer,
            "fingerprint": one.finding.fingerprint,
            "waived_because": one.waiver.reason if one.waiver else None,
        }
        for one in judged
    ]


def _offset(place: str, at: int | None, texts: dict[str, str] | None) -> int | None:
    if at is None or texts is None:
        return at
    return units(texts.get(place, ""), at)


def units(text: str, at: int) -> int:
    """How many UTF-16 code units stand before a character."""
    return len(text[:at].encode("utf-16-le", "surrogatepass")) // 2
