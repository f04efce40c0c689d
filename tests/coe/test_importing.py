"""Importing COEs: drafts and published ones, what is here already, and what nobody should be able to upload."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from coe import documents
from coe.importing.making import make
from coe.importing.proposing import propose
from coe.interchange import files
from coe.interchange.reports import understood
from coe.models import COE, Cause, CauseLink, Graph, Revision
from oncall.exceptions import NotAllowed
from tests import make as given
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
FIXTURES = Path(__file__).parent.parent / "fixtures" / "postmortems"


@pytest.fixture
def alice():
    return given.alice()


@pytest.fixture
def carol():
    return given.carol()


@pytest.fixture
def dora():
    return given.dora()


@pytest.fixture
def payments(alice):
    return given.team("Payments", alice)


def read(name):
    return files.decoded(name, (FIXTURES / name).read_bytes())


def brought_in(name_or_file, team, by, **options):
    file = read(name_or_file) if isinstance(name_or_file, str) else name_or_file
    (proposal,) = propose([file], by, options.pop("zone", "UTC"), options.pop("source", ""))
    return make(proposal, team=team, owner=by, by=by, now=MONDAY, **options).coe


@pytest.mark.parametrize(
    ("name", "zone", "title", "lines"),
    [
        ("moj.md", "Europe/London", "Incident on 2020-02-25", 4),
        ("dfds.md", "UTC", "All services returning 503", 5),
        ("mybinder.md", "UTC", "2017-09-27, Hub 403", 4),
    ],
)
def test_postmortems_of_others_become_drafts(payments, alice, name, zone, title, lines):
    coe = brought_in(name, payments, alice, zone=zone)

    assert coe.state == COE.State.DRAFT
    assert coe.title == title
    assert coe.timeline.count() == lines
    assert coe.revisions.get().reason == Revision.Reason.IMPORTED


def test_times_of_others_are_read_in_the_zone_they_state(payments, alice):
    coe = brought_in("mybinder.md", payments, alice)

    assert coe.zone == "America/Los_Angeles"
    assert coe.timeline.first().at.isoformat() == "2017-09-27T20:06:00+00:00"


def test_every_line_is_told_and_none_is_lost():
    report = understood((FIXTURES / "dfds.md").read_text(), "dfds.md")

    unknown = next(line for line in report.lines if "Weather" in line.text)
    assert all(line.place for line in report.lines)
    assert not unknown.is_understood
    assert "sunny" in " ".join(report.sections.values())


def test_an_export_comes_back_as_it_was(payments, alice):
    coe = given.coe(owner=alice, team=payments)
    coe.sections.filter(key="summary").update(text="## Own heading\n\n| a | b |\n|---|---|\n| `c|d` | * |")
    coe.timeline.create(at=MONDAY, text="Deploy | of <b>\n", source="note", anchor="trigger", is_starred=True)
    top = Cause.objects.create(coe=coe, text="Top", kind="trigger", join="all")
    low = Cause.objects.create(coe=coe, text="Low", parent=top)
    CauseLink.objects.create(coe=coe, cause=low, effect=top)
    given.action(of=coe).corrects.add(low)
    Graph.objects.create(coe=coe, kind="csv", title="Errors", csv="at,errors\n1,2", unit="%")
    first = documents.markdown_of(documents.content_of(coe))

    copy = brought_in(files.File("COE.md", first), payments, alice)

    assert documents.markdown_of(documents.content_of(copy)) == first.replace(coe.number, copy.number)


def test_only_administrators_import_as_published(payments, alice, dora):
    with pytest.raises(NotAllowed):
        brought_in("moj.md", payments, alice, source="elsewhere", publish=True)

    coe = brought_in("moj.md", payments, dora, source="elsewhere (MIT)", publish=True)

    assert coe.published_at.date().isoformat() == "2020-02-25"
    assert coe.revisions.get().html["impact"]


def test_published_needs_a_source(payments, dora):
    with pytest.raises(ValidationError, match="a date and a source"):
        brought_in("moj.md", payments, dora, publish=True)


def test_others_import_nothing_for_a_team(payments, carol):
    with pytest.raises(NotAllowed):
        brought_in("moj.md", payments, carol)


def test_what_is_here_already_is_told(payments, alice):
    coe = brought_in("moj.md", payments, alice, source="moj")

    assert propose([read("moj.md")], alice, source="moj")[0].duplicate == coe
    assert propose([read("moj.md")], alice, source="other")[0].duplicate is None


def test_nothing_restricted_is_told_by_a_duplicate(payments, alice, carol):
    coe = brought_in("moj.md", payments, alice)
    COE.objects.filter(pk=coe.pk).update(audience="restricted", restricted_because="Security")

    assert propose([read("moj.md")], carol)[0].duplicate is None


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"# A\x00", "NUL"),
        (b"# caf\xe9", "no UTF-8"),
        (b"x" * (files.LARGEST + 1), "more than 1 MB"),
        (b"x\n" * (files.MOST_LINES + 1), "lines"),
        (b"  \n", "empty"),
    ],
)
def test_bad_files_are_refused_with_a_sentence(raw, problem):
    assert problem in files.read([("a.md", raw)])[0].problem


def test_utf_16_is_read_when_it_says_so():
    assert files.read([("a.md", "# é".encode("utf-16"))])[0].text == "# é"


def test_an_archive_that_swells_is_refused():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(20):
            archive.writestr(f"{number}.md", b"0" * 2_000_000)

    with pytest.raises(ValueError, match="At most 5 MB"):
        files.read([("a.zip", packed.getvalue())])


def test_the_screen_shows_what_it_understood_before_it_imports(client, payments, alice):
    client.force_login(alice)
    upload = SimpleUploadedFile("moj.md", (FIXTURES / "moj.md").read_bytes())

    shown = client.post("/coes/import/", {"uploads": [upload], "team": payments.slug, "zone": "UTC", "source": ""})
    assert not COE.objects.exists()
    done = client.post(f"{shown.url}begin/", follow=True)

    assert "Incident on 2020-02-25" in client.get(shown.url).content.decode()
    assert COE.objects.get().number in done.content.decode()


def test_the_api_imports_a_file(client, payments, alice):
    client.force_login(alice)
    body = {"text": (FIXTURES / "moj.md").read_text(), "team": payments.slug, "file_name": "moj.md"}

    answers = [client.post("/api/v1/coes/import/", json.dumps(body), content_type="application/json") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 409]
    assert answers[0].json()["lines_understood"] > 10


def test_the_command_imports_a_folder(payments, dora, capsys):
    call_command(
        "import_coes", str(FIXTURES), "--team", payments.slug, "--owner", dora.email, "--source", "free", "--publish"
    )

    assert COE.objects.published().count() == 3
    assert "lines understood" in capsys.readouterr().out
