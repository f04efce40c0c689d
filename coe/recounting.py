"""What header and timeline already say to a question of the editor: one sentence that its writer may take over.

Pure. It says when and after how long, in the words of the line that bears the anchor. How the time could have been
halved, and why it took so long, people write: a question is not answered by this alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from oncall.times import local, spoken

# Of a key of the built-in template: the anchor it asks about, what it is counted from, and how both are said.
ASKED = {
    "detection": ("detected", "impact_started", "Detected", "after the impact began"),
    "diagnosis": ("diagnosed", "engaged", "The cause was found", "after the first responder was at work"),
    "mitigation": ("mitigated", "impact_started", "Mitigated", "after the impact began"),
}


@dataclass(frozen=True, slots=True)
class Anchor:
    """A line of the timeline that bears an anchor."""

    at: datetime
    text: str


def known(anchors: Mapping[str, Anchor], zone: str) -> dict[str, str]:
    """The sentence for each question that the anchors (by name) say something to; times on clocks of `zone`."""
    return {key: _said(*asked, anchors, zone) for key, asked in ASKED.items() if asked[0] in anchors}


def impact(started: datetime | None, ended: datetime | None, zone: str) -> str:
    """ "From 16 November 2026 15:02 to 15:29 (Europe/Paris), 27 minutes."; empty until both are known."""
    if started is None or ended is None:
        return ""
    start, end = local(started, zone), local(ended, zone)
    until = f"{end:%H:%M}" if end.date() == start.date() else _full(end)
    return f"From {_full(start)} to {until} ({zone}), {spoken(ended - started)}."


def _said(anchor: str, start: str, words: str, after: str, anchors: Mapping[str, Anchor], zone: str) -> str:
    line, since = anchors[anchor], anchors.get(start)
    span = f", {spoken(line.at - since.at)} {after}" if since and line.at > since.at else ""
    return f"{words} at {local(line.at, zone):%H:%M} ({zone}){span}: {line.text.rstrip('.')}."


def _full(at: datetime) -> str:
    return f"{at.day} {at:%B %Y %H:%M}"
