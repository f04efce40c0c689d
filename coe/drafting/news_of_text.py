"""What the incidents know for the sections that are drafted: what set it off, and what is related."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from coe.drafting.changes import prevention_text, suspicions_of
from coe.drafting.news import CHANGED_HERE, Drafted, News, Part, TextChange
from coe.drafting.related import RelatedLine, related_lines
from coe.models import COE
from oncall.models import Incident


def text_news(coe: COE, incidents: Sequence[Incident], drafted: Drafted) -> Iterator[News]:
    """Lines of "Prevention" and "Related"; a line that people took out is not offered again."""
    texts = dict(coe.sections.values_list("key", "text"))
    for incident in incidents:
        if "prevention" in texts:
            yield from _prevention(coe, incident, texts["prevention"], drafted.section("prevention"))
        if "related" in texts:
            for line in related_lines(incident, coe.header.zone):
                yield from _related(coe, incident, line, texts["related"], drafted.section("related"))


def _prevention(coe: COE, incident: Incident, text: str, then: str) -> Iterator[News]:
    """One sentence, in the place of the one that was drafted while that stands; beside what people wrote else."""
    fresh = prevention_text(incident, suspicions_of(incident), coe.header.zone)
    if not fresh or fresh == then or fresh in text:
        return
    is_as_drafted = bool(then) and then in text
    yield News(
        f"prevention-{incident.pk}",
        Part.PREVENTION,
        fresh,
        TextChange("prevention", then if is_as_drafted else "", fresh),
        was=then if is_as_drafted else "",
        source=f"{incident.number}, suspected deployments",
        url=incident.get_absolute_url(),
        note="" if is_as_drafted or not text.strip() else "What is written there stays; this is added below it.",
        is_ticked=is_as_drafted or not text.strip(),
    )


def _related(coe: COE, incident: Incident, line: RelatedLine, text: str, then: str) -> Iterator[News]:
    stands, drafted = line.found_in(text), line.found_in(then)
    if stands == line.text or (stands and drafted == line.text):
        return
    if not stands and _was_taken_out(coe, line):
        return
    is_theirs = bool(stands) and stands != drafted
    yield News(
        f"related-{incident.pk}-{line.pattern}",
        Part.RELATED,
        line.text.removeprefix("- "),
        TextChange("related", stands, line.text),
        was=stands.removeprefix("- "),
        source=line.source,
        url=incident.get_absolute_url(),
        note=CHANGED_HERE if is_theirs else "",
        is_ticked=not is_theirs,
    )


def _was_taken_out(coe: COE, line: RelatedLine) -> bool:
    """Whether it stood there in any revision; the patterns are the same to Python and PostgreSQL."""
    return coe.revisions.filter(content__sections__related__regex=line.pattern).exists()
