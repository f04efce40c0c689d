"""Rules about the timeline: its anchors and their order, where it starts, its gaps, and times whose zone nobody knows.

It decides what is asked of the lines. The times to detect and mitigate are computed elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from coe.linting.findings import Hit, Severity, more_here, rule
from coe.linting.reading import Document, Place, type_node

INCIDENT_MANAGER = "AWS Systems Manager Incident Manager, post-incident analysis: metrics and timeline"
NEEDED = ("impact_started", "detected", "mitigated")
WANTED = ("trigger", "engaged", "diagnosed", "resolved")
LABELS = {
    "trigger": "trigger",
    "impact_started": "impact started",
    "detected": "detected",
    "engaged": "engaged",
    "diagnosed": "diagnosed",
    "mitigated": "mitigated",
    "resolved": "resolved",
}
# An alarm may come before the impact, and a cause be found after the mitigation; these pairs have no exception.
ORDERED = (
    ("trigger", "impact_started"),
    ("trigger", "detected"),
    ("impact_started", "mitigated"),
    ("detected", "engaged"),
    ("detected", "mitigated"),
    ("mitigated", "resolved"),
)
# In 46 public timelines the median gap is 15 minutes. One that is twice that and a fifth of the whole is a question.
SHORTEST_GAP = timedelta(minutes=30)
SHARE = 0.2
MOST_GAPS = 3
# What takes longer is worked on by day: its gaps are nights.
LONGEST = timedelta(days=3)


@rule(
    "anchor-missing",
    Severity.MUST,
    "Missing anchor",
    why="The times to detect and to mitigate are computed from these three moments.",
    source=INCIDENT_MANAGER,
    mend="Mark the line of the timeline that tells it with this anchor.",
)
def missing_anchors(document: Document) -> Iterator[Hit]:
    """Start of the impact, detection, mitigation."""
    for anchor in NEEDED:
        if anchor not in document.by_anchor:
            yield Hit("timeline", f"No line of the timeline is marked “{LABELS[anchor]}”.", about=anchor)


@rule(
    "anchor-wanted",
    Severity.CONSIDER,
    "More anchors",
    why="With trigger, engagement, diagnosis and resolution one sees which part of the time was lost.",
    source=INCIDENT_MANAGER,
    mend="Mark the line that tells it with this anchor, if there is one.",
)
def wanted_anchors(document: Document) -> Iterator[Hit]:
    """The other four, once there is a timeline."""
    for anchor in WANTED if document.events else ():
        if anchor not in document.by_anchor:
            yield Hit("timeline", f"No line is marked “{LABELS[anchor]}”.", about=anchor)


@rule(
    "anchor-order",
    Severity.SHOULD,
    "Anchors out of order",
    why="Every time computed from these lines is wrong, and mostly one of the clocks too.",
    source=INCIDENT_MANAGER,
    mend="Correct the time of one of the lines, or mark another line.",
)
def disordered_anchors(document: Document) -> Iterator[Hit]:
    """Pairs that cannot be the other way round."""
    for earlier, later in ORDERED:
        first, second = document.by_anchor.get(earlier), document.by_anchor.get(later)
        if first and second and second["instant"] < first["instant"]:
            message = f"“{LABELS[later].capitalize()}” stands before “{LABELS[earlier]}”."
            yield Hit(f"event-{second.get('id')}", message, about=f"{earlier} {later}")


_CALM = re.compile(
    r"\ball (?:is |are |was |were |looks? )?(?:fine|well|good|green|healthy)\b|\b(?:recovers?|recovered"
    r"|restored|resolved|fixed|completed"
    r"|back (?:up|online|to normal)|works? again)\b",
    re.IGNORECASE,
)
_WAITED = re.compile(r"\bno (?:input|answer|response|reply|reaction)\b|\bafter (?:\w+ ){0,3}wait", re.IGNORECASE)


@rule(
    "timeline-gap",
    Severity.CONSIDER,
    "Long gap",
    why="What people tried and saw in such a time is where minutes are saved next time.",
    source=INCIDENT_MANAGER,
    mend="Add what happened in between; waive it with the reason when nothing did.",
)
def gaps(document: Document) -> Iterator[Hit]:
    """Between detection and mitigation, longer than half an hour and a fifth of it; the longest three.

    No gap is what a line explains: all seemed well again, or somebody was waited for.
    """
    events = _during(document)
    length = events[-1]["instant"] - events[0]["instant"] if events else timedelta()
    if len(events) < 3 or length > LONGEST:
        return
    pairs = list(pairwise(events))
    long = [
        (earlier, later)
        for earlier, later in pairs
        if later["instant"] - earlier["instant"] >= max(SHORTEST_GAP, length * SHARE)
        and not _CALM.search(str(earlier.get("text") or ""))
        and not _WAITED.search(str(later.get("text") or ""))
    ]
    longest = sorted(long, key=lambda pair: pair[0]["instant"] - pair[1]["instant"])[:MOST_GAPS]
    for earlier, later in sorted(longest, key=lambda pair: pair[0]["instant"]):
        message = f"What happened in the {_spoken(later['instant'] - earlier['instant'])} before this line?"
        yield Hit(f"event-{later.get('id')}", message, about=f"after {earlier.get('id')}")


def _during(document: Document) -> list[type_node]:
    """The lines from the detection to the mitigation, else the resolution; none without these anchors.

    Before the detection nobody could do anything: that time is the time to detect, not a gap.
    """
    first = document.by_anchor.get("detected")
    last = document.by_anchor.get("mitigated") or document.by_anchor.get("resolved")
    return [
        event for event in document.events if first and last and first["instant"] <= event["instant"] <= last["instant"]
    ]


def _spoken(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    days, hours = divmod(minutes // 60, 24)
    parts = [(days, "d"), (hours, "h"), (minutes % 60 if not days else 0, "min")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


_PAGE = re.compile(
    r"\b(?:paged|pager|alert(?:s|ed)?\b(?! manager)|alarms?|pingdom|incident (?:was )?(?:declared|opened|raised"
    r"|created)"
    r"|(?:we|users?|customers?|team) (?:were |was )?(?:notified|informed|alerted|notice[ds]?|reports?|reported)"
    r"|first report"
    r"|report(?:s|ed) (?:that|by|from|of|in)|notification (?:from|of))\b",
    re.IGNORECASE,
)


@rule(
    "starts-at-page",
    Severity.SHOULD,
    "Timeline that starts at the page",
    why="What set it off happened before anybody knew, and without it nobody sees how long it took to notice.",
    source=INCIDENT_MANAGER,
    mend="Begin with the trigger, often a deployment; where none is known, with the start of the impact.",
)
def starts_at_page(document: Document) -> Iterator[Hit]:
    """The first line is how it was noticed, and no line is the trigger."""
    if len(document.events) < 2 or "trigger" in document.by_anchor:
        return
    first = document.events[0]
    anchor = first.get("anchor")
    is_page = anchor in {"detected", "engaged"} or (not anchor and _PAGE.search(str(first.get("text") or "")))
    if is_page:
        place = f"event-{first.get('id')}"
        yield Hit(place, "The timeline starts when somebody noticed, not when it began.", about="first line")


_TIME = re.compile(
    r"(?<![\w.:/+@#,-])(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?(?:\s?[ap]\.?m\b\.?)?(?![\w:]|[,./-]\w)",
    re.IGNORECASE,
)
# Written with a zone, however; or not a time of day at all.
_ZONED = re.compile(
    r"\s?\(?(?:UTC|GMT|Z\b|[A-Z]{1,4}T\b|[+-]\d\d:?\d\d\b|[A-Z]\w+/[A-Z]\w+)|\s?(?:h(?:ou)?rs?|min(?:ute)?s?"
    r"|sec(?:ond)?s?)\b"
)
_STATED = re.compile(
    r"(?<![A-Za-z])(?:UTC|utc|GMT|gmt|BST|CES?T|EES?T|WES?T|MSK|IST|JST|KST|SGT|HKT|[PMCE][SD]?T|AE[SD]T|AW[SD]T"
    r"|NZ[SD]T|BRT|SAST)(?![A-Za-z])|(?<![\w])[+-]\d{4}\b"
    r"|\b(?:Africa|America|Asia|Atlantic|Australia|Europe|Indian|Pacific|US|Etc)/[A-Z]\w+|\btime ?-?zone\b"
    r"|\blocal time\b"
    # “At the time” and “Response time” are no zones: one stands behind a time of day, or is said of all times.
    r"|(?:\d|\b[ap]\.?m\.?|\b(?:in|is|are)|[(:])[ *_]{1,3}(?!The\b|This\b|That\b|Response\b)(?:[A-Z]\w+ ){1,3}[tT]ime\b"
    r"|\d ?(?:[AaPp][Mm] )?(?:Eastern|Pacific|Central)\b"
)


@rule(
    "zone-missing",
    Severity.SHOULD,
    "Time without a zone",
    why="Readers sit in other zones, and in summer even the same place has another one.",
    source=f"{INCIDENT_MANAGER}; RFC 3339, section 4.4",
    mend="Write the zone behind the time, or once for the section: “All times are UTC.”",
)
def missing_zones(document: Document) -> Iterator[Hit]:
    """Times of day in a section that states no zone; the first is marked, the others are counted."""
    zone = str(document.content.get("zone") or "")
    for place in document.sections.values():
        if _STATED.search(place.prose) or (zone and zone in place.prose):
            continue
        times = list(_times(place))
        if times:
            first = times[0]
            offer = f"{first[0].strip()} {zone}" if zone else None
            yield Hit(
                place.key,
                f"“{first[0]}” has no time zone.{more_here(len(times) - 1)}",
                first.start(),
                first.end(),
                offer,
            )


def _times(place: Place) -> Iterator[re.Match[str]]:
    return (found for found in _TIME.finditer(place.prose) if not _ZONED.match(place.prose, found.end()))
