"""What was understood of a file, as an import keeps it: figures, remarks, and lines. It decides nothing."""

from __future__ import annotations

from typing import Any

from coe.importing.proposing import Proposal

MOST_LINES = 400
# Of a file that is settled, the lines that were kept as text only.
MOST_KEPT = 100
LONGEST_LINE, MOST_REMARKS = 300, 100


def report_of(proposal: Proposal) -> dict[str, Any]:
    """`day`, `severity`, `zone`, counts of parts, `lines` with `understood` of them, `said` line by line, `remarks`."""
    content = proposal.content
    return {
        "day": proposal.day.isoformat() if proposal.day else None,
        "severity": content["severity"],
        "zone": content["zone"],
        **{name: len(content[name]) for name in ("sections", "timeline", "causes", "actions", "graphs")},
        "pictures": len(proposal.pictures),
        "lines": len(proposal.lines),
        "understood": proposal.understood,
        "said": [_line(line) for line in proposal.lines[:MOST_LINES]],
        "remarks": proposal.remarks[:MOST_REMARKS],
    }


def settled(report: dict[str, Any], remarks: list[str]) -> dict[str, Any]:
    """What is kept once the file is settled: of the lines only those that were not understood."""
    kept = [line for line in report["said"] if not line["is_understood"]]
    return {**report, "said": kept[:MOST_KEPT], "remarks": [*report["remarks"], *remarks][:MOST_REMARKS]}


def _line(line: Any) -> dict[str, Any]:
    facts = {"number": line.number, "place": line.place, "is_understood": line.is_understood}
    return {**facts, "text": line.text[:LONGEST_LINE]}
