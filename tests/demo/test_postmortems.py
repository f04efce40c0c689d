"""The project's copy of the real postmortems: complete, licensed, sorted, and without people."""

import re
from datetime import UTC, date, datetime

import pytest

from coe import template
from coe.interchange import dating
from coe.interchange import sorting as structuring
from demo.anonymising import Names, anonymised, is_closed
from demo.postmortems import FOLDER, Postmortem, read_all

REPORTS = list(read_all())


def everything(report: Postmortem) -> str:
    """All that anybody can read of a report."""
    lines = [event.text for event in report.timeline] + [text for text, _ in report.causes]
    return "\n".join([report.title, *report.sections.values(), *lines, *(action.title for action in report.actions)])


WHOLE = "\n".join(everything(report) for report in REPORTS)


def test_all_399_reports_are_there_once():
    assert len(REPORTS) == 399
    assert len({report.id for report in REPORTS}) == 399


def test_every_source_comes_with_its_licence_and_a_line_in_the_notice():
    notice = (FOLDER / "NOTICE.md").read_text()

    for path in FOLDER.glob("*.jsonl"):
        assert (FOLDER / "licences" / f"{path.stem}.txt").read_text().strip()
        assert f"`{path.name}`" in notice


def test_every_file_stays_below_a_megabyte():
    assert all(path.stat().st_size < 1_000_000 for path in FOLDER.glob("*.jsonl"))


def test_every_report_has_a_summary_and_only_sections_of_the_template():
    for report in REPORTS:
        assert report.sections["summary"].strip(), report.id
        assert set(report.sections) <= set(template.BUILT_IN.forms), report.id


def test_every_anchor_stands_once_in_a_timeline_that_is_in_order():
    for report in REPORTS:
        anchors = [event.anchor for event in report.timeline if event.anchor]
        assert len(anchors) == len(set(anchors)), report.id
        assert [event.at for event in report.timeline] == sorted(event.at for event in report.timeline), report.id


def test_lines_fit_the_columns_they_are_stored_in():
    for report in REPORTS:
        assert len(report.title) <= 300
        assert all(0 < len(event.text) <= 1000 for event in report.timeline), report.id
        assert all(0 < len(text) <= 500 for text, _ in report.causes), report.id
        assert all(0 < len(action.title) <= 300 for action in report.actions), report.id


def test_no_mail_address_is_left():
    assert re.findall(r"[\w.+-]+@[\w-]+\.[a-z]{2,}", WHOLE) == []


def test_no_handle_is_left():
    assert re.findall(r"(?<![\w/`.:])@[A-Za-z][\w-]{2,}(?!/|\w*`)", WHOLE) == []


def test_no_link_leads_to_a_person_or_a_closed_room():
    assert [url for url in re.findall(r"https?://[^\s)\]>\"`]+", WHOLE) if is_closed(url)] == []


def test_no_list_of_attendees_is_left():
    assert not re.search(r"(?i)\battendees\b|\batendees\b", WHOLE)


def test_no_known_name_is_left():
    for source in {report.source for report in REPORTS}:
        names = Names(source)
        words = re.findall(r"[^\W_]+", "\n".join(everything(r) for r in REPORTS if r.source == source))
        spans = {" ".join(words[i : i + n]) for n in (1, 2, 3) for i in range(len(words))}
        assert [span for span in spans if names.known(span)] == [], source


def test_no_markup_of_other_pages_is_left():
    prose = re.sub(r"```.*?```|`[^`]*`", "", WHOLE, flags=re.DOTALL)

    assert not re.search(r"<(img|iframe|br|div)\b|<!--|&amp;|!\[", prose)


def test_a_person_has_the_same_letter_throughout_one_report():
    text = anonymised("@someone called. Later @other and @someone met.", "nowhere")

    assert text == "engineer A called. Later engineer B and engineer A met."


def test_links_to_organisations_stay_and_links_to_people_go():
    text = "See [the fix](https://github.com/jupyterhub/binderhub/pull/1) and [notes](https://github.com/jdoe/notes/x)."

    assert anonymised(text, "nowhere") == "See [the fix](https://github.com/jupyterhub/binderhub/pull/1) and notes."


@pytest.mark.parametrize(
    ("line", "at", "said"),
    [
        ("| 2021-06-22 08:21 | CNI replaced |", datetime(2021, 6, 22, 8, 21, tzinfo=UTC), "CNI replaced"),
        ("- **16:58 UTC** - Saturated", datetime(2025, 9, 29, 16, 58, tzinfo=UTC), "Saturated"),
        ("  - Fault occurs 2020-02-12 11:45", datetime(2020, 2, 12, 11, 45, tzinfo=UTC), "Fault occurs"),
        ("02-14-2025 1:10 pm - Plateau", datetime(2025, 2, 14, 13, 10, tzinfo=UTC), "Plateau"),
        ("- 13:14 EDT (17:14 UTC): A mail", datetime(2025, 9, 29, 17, 14, tzinfo=UTC), "A mail"),
        ("**June 14th, 2022, 10:00 AM:** Reported", datetime(2022, 6, 14, 10, tzinfo=UTC), "Reported"),
    ],
)
def test_times_are_read_in_the_ways_people_write_them(line, at, said):
    entry = dating.read(line, "UTC", date(2025, 9, 29)).entries[0]

    assert (entry.at, entry.text) == (at, said)


def test_a_time_after_midnight_is_the_next_day():
    reader = dating.read("- 23:40 first\n- 00:10 second", "UTC", date(2025, 1, 1))

    assert [entry.at.day for entry in reader.entries] == [1, 2]


def test_a_wall_clock_in_summer_is_summer_time():
    entry = dating.read("- 12:00 noon", "CET", date(2025, 7, 1)).entries[0]

    assert entry.at == datetime(2025, 7, 1, 10, tzinfo=UTC)


def test_a_time_without_a_zone_stays_undated():
    assert dating.read("- 12:00 noon", "", date(2025, 7, 1)).entries[0].at is None


def test_a_heading_without_a_meaning_of_its_own_stays_inside():
    parts = structuring.sorted_parts("# T\n## Action items\n### Hub\n- Add a test\n## What went well\n- Luck", "T")

    assert "**Hub**" in parts.text("actions")
    assert parts.text("went_well") == "- Luck"


def test_nothing_of_a_document_is_dropped_by_sorting():
    text = "# T\nIntro\n## Odd heading\nOdd text\n## Timeline\n12:00 x\n## Root cause\nWhy\n"
    parts = structuring.sorted_parts(text, "T")

    kept = "\n".join("\n".join(blocks) for blocks in parts.texts.values())
    assert all(word in kept for word in ("Intro", "Odd heading", "Odd text", "12:00 x", "Why"))
