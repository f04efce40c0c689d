"""The real postmortems, all of them: what is right of each, and that nothing changes on its way out, in and out again.

Sixteen of them lie in fixtures/corpus; all 399, as others wrote them, are read where `../shared/data/postmortems` is.
"""

import re
from collections import Counter

import pytest

from benchmarks._corpus import SHARED
from benchmarks._imports import documents, judged, understood
from coe import documents as exports
from coe.importing.making import make
from coe.importing.proposing import Proposal, propose
from coe.interchange import reports
from coe.interchange.files import File
from demo import postmortems
from tests import make as given
from tests.coe.test_importing import FIXTURES
from tests.make import MONDAY

CORPUS = SHARED / "postmortems"
SAMPLE = list(documents(FIXTURES.parent / "corpus"))
ALL = list(documents(CORPUS)) if (CORPUS / "corpus.jsonl").is_file() else []
needs_all = pytest.mark.skipif(not ALL, reason="the corpus is not beside the checkout: ../shared/data/postmortems")
# How many lines have a day and a time, and the first and the last of them in UTC: read by a person.
TIMELINES = {
    "moj/2020-02-12.html.md.erb": (3, "2020-02-12T11:45", "2020-02-12T12:07"),
    "moj/2020-08-25-connectivity-issues-euwest2.html.md.erb": (3, "2020-08-25T10:01", "2020-08-25T11:11"),
    "moj/2023-07-21-vpc-cni-not-allocating-ip-addresses.html.md.erb": (12, "2023-07-21T07:15", "2023-07-21T11:42"),
    "mybinder/2018-02-22-nginx-down.md": (4, "2018-02-23T00:30", "2018-02-23T00:35"),
    "mybinder/2019-04-03-ingress-cordoned.md": (3, "2019-04-03T10:50", "2019-04-03T11:29"),
    "mybinder/2018-02-12-launch-fail.md": (4, "2018-02-12T22:03", "2018-02-12T22:09"),
    "dfds/PM2020-007 - Unhealthy nodes.md": (5, "2020-10-06T05:00", "2020-10-06T10:00"),
    "dfds/PM2022-003 - Two Kuberneste nodes were down.md": (12, "2022-02-08T12:05", "2022-02-08T12:48"),
    "dfds/PM2022-006 - ALB 502 errors.md": (1, "2022-06-07T08:30", "2022-06-07T08:30"),
    "posthog/2025-09-29-flags-is-down.md": (8, "2025-09-29T16:58", "2025-09-29T18:46"),
}


def by_id(document):
    return document.id.replace("/", "-")


@pytest.mark.parametrize("document", SAMPLE, ids=by_id)
def test_title_date_and_body_of_a_real_postmortem_are_right(document):
    assert judged(document, understood(document)).is_right


@pytest.mark.parametrize("document", SAMPLE, ids=by_id)
def test_the_timeline_of_a_real_postmortem_is_as_it_reads(document):
    rows = [row["at"][:16] for row in understood(document).timeline]

    count, first, last = TIMELINES.get(document.id, (0, None, None))
    assert (len(rows), rows[0] if rows else None, rows[-1] if rows else None) == (count, first, last)


@pytest.mark.parametrize("document", SAMPLE, ids=by_id)
def test_each_line_of_a_real_postmortem_is_told_with_its_place(document):
    report = understood(document)

    assert report.lines
    assert all(line.place for line in report.lines)
    assert 0 < report.understood <= len(report.lines)


@needs_all
def test_of_all_399_ninety_five_in_a_hundred_have_title_date_and_body_right():
    found = [judged(document, understood(document)) for document in ALL]

    assert len(found) == 399
    assert sum(one.is_right for one in found) >= 0.95 * 399


@needs_all
@pytest.mark.parametrize("source", ["moj", "dfds", "mybinder"])
def test_of_all_with_a_timeline_nine_in_ten_are_read(source):
    counts = Counter(
        judged(document, understood(document)).is_timeline_right for document in ALL if document.source == source
    )

    assert counts[True] + counts[False] >= 20
    assert counts[True] >= 0.9 * (counts[True] + counts[False])


@pytest.fixture
def whose(db):
    alice = given.alice()
    return {"team": given.team("Payments", alice), "owner": alice, "by": alice, "now": MONDAY}


def exported(coe):
    """The Markdown of a COE as whoever exports it gets it, but for its number."""
    return re.sub(r"COE-\d+", "COE-1", exports.markdown_of(exports.content_of(coe)))


def changed_on_the_way(proposal, whose):
    """The name of a document that is not the same after it went out, came in and went out; None of one that is."""
    first = exported(make(proposal, **whose).coe)
    (again,) = propose([File("COE-1.md", first)], whose["by"])
    second = exported(make(again, **whose).coe)
    return None if first == second and not again.remarks else proposal.name


def proposal_of(report):
    """A postmortem of the library of the demonstration, as the import would propose it."""
    rows = [{"at": one.at.isoformat(), "text": one.text, "anchor": one.anchor} for one in report.timeline]
    actions = [{"title": one.title, "kind": one.kind, "done": one.is_done} for one in report.actions]
    causes = [{"text": text, "kind": kind} for text, kind in report.causes]
    impact = report.impact_started_at, report.impact_ended_at
    read = reports.Report(
        report.title, report.date, report.zone, report.severity, *impact, report.sections, rows, causes, actions
    )
    return Proposal(report.id, reports.content_of(read) | {"source": report.credit[:300]}, report.date)


def test_all_399_of_the_library_go_out_come_in_and_go_out_the_same(whose):
    changed = [changed_on_the_way(proposal_of(report), whose) for report in postmortems.read_all()]

    assert len(changed) == 399
    assert [name for name in changed if name] == []


@needs_all
def test_all_399_are_imported_go_out_come_in_and_go_out_the_same(whose):
    files = [File(one.name, one.text) for one in ALL]
    changed = [changed_on_the_way(proposal, whose) for file in files for proposal in propose([file], whose["by"])]

    assert len(changed) == 399
    assert [name for name in changed if name] == []
