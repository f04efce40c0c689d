"""Exports: a PDF that looks like a document, a file that loads nothing, and no word to whom may not read it."""

import re
from datetime import timedelta

import pytest

from coe import documents, editing, exporting, typesetting
from coe.interchange.reading import is_ours
from coe.models import COE
from coe.views.document_parts import layout_of
from coe.views.reader_parts import timeline_of
from tests import make
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
WAYS = ("markdown", "html", "json", "pdf")


@pytest.fixture
def alice(client):
    user = make.alice()
    make.team("Payments", user)
    client.force_login(user)
    return user


@pytest.fixture
def coe(alice):
    made = make.coe(owner=alice)
    text = (
        "![x](http://elsewhere.example/p.png) ![y](/coes/999/pictures/0d9bb1a0-9c1b-4c09-8a66-1f1c7d8b8f6e/) "
        "[named](https://example.com/a) COE-12 @on-call engineer <script>alert(1)</script>\n\n```mermaid\ngraph LR\n```"
    )
    made.sections.filter(key="summary").update(text=text)
    return made


def test_a_file_of_html_loads_nothing(client, coe):
    made = client.get(f"/coes/{coe.pk}/html/").content.decode()

    assert "default-src &#x27;none&#x27;" in made
    assert not re.search(r'(?:src|href)="(?!https?://|data:|#|mailto:)', made)
    assert not re.search(r"<(?:link|script|iframe)\b", made)
    assert "&lt;script&gt;" in made


def test_a_pdf_is_set(client, coe):
    answer = client.get(f"/coes/{coe.pk}/pdf/")

    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF-")


def test_a_short_timeline_is_set_whole_and_a_long_one_keeps_its_anchors_and_stars():
    line = {"text": "Lag", "source": "", "anchor": ""}
    lines = [{**line, "at": (MONDAY + timedelta(minutes=n)).isoformat()} for n in range(1100)]
    lines[1050] |= {"anchor": "mitigated"}
    lines[1060] |= {"is_starred": True}

    short = timeline_of({"timeline": lines[:30], "zone": "UTC"})
    long = timeline_of({"timeline": lines, "zone": "UTC"})

    assert (short["paper_events"], short["left_out"]) == (short["events"], 0)
    assert (len(long["paper_events"]), long["left_out"]) == (1000, 100)
    assert {event["clock"] for event in long["paper_events"][-2:]} == {"07:32", "07:42"}


def test_every_line_of_the_timeline_is_on_paper(coe):
    coe.timeline.create(at=MONDAY, text="The pool of connections is full", anchor="impact_started")
    content = documents.content_of(coe)

    made = exporting.document_of(coe, None, layout_of(content, {}), is_paper=True)

    assert "The pool of connections is full" in made


def test_a_graph_on_paper_has_nothing_to_unfold(coe):
    csv = "time,declined\n2026-11-16 14:02,1\n2026-11-16 14:30,38"
    editing.add_graph(coe, kind="csv", csv=csv, title="Declined cards", by=coe.owner, now=MONDAY)
    content = documents.content_of(coe)

    made = exporting.document_of(coe, None, layout_of(content, {}), is_paper=True)

    assert "Declined cards" in made
    assert "<details" not in made


def test_only_so_many_documents_are_set_at_once(client, coe, monkeypatch):
    monkeypatch.setattr(typesetting, "AT_ONCE", 0)

    answer = client.get(f"/coes/{coe.pk}/pdf/")

    assert answer.status_code == 503
    assert answer["Retry-After"]


def test_where_pango_is_missing_the_screen_says_what_to_install(client, coe, monkeypatch, tmp_path):
    program = tmp_path / "page.py"
    program.write_text("import sys; sys.stderr.write('no libpango'); sys.exit(3)")
    monkeypatch.setattr(typesetting, "PROGRAM", program)

    answer = client.get(f"/coes/{coe.pk}/pdf/")

    assert answer.status_code == 503
    assert "libpangoft2-1.0-0" in answer.content.decode()


@pytest.mark.parametrize("address", ["file:///etc/hostname", "http://127.0.0.1:1/x.png", "ftp://127.0.0.1/x"])
def test_a_document_can_open_nothing(db, address):
    plain = typesetting.pdf_of("<p>x</p>", "")
    asking = typesetting.pdf_of(f'<p>x</p><img src="{address}"><a rel=attachment href="{address}">x</a>', "")

    assert b"EmbeddedFile" not in asking
    assert len(asking) < len(plain) + 2_000


@pytest.mark.parametrize("way", WAYS)
def test_what_one_may_not_read_is_not_there(client, coe, way):
    COE.objects.filter(pk=coe.pk).update(audience="restricted", restricted_because="Security")
    client.force_login(make.carol())

    assert client.get(f"/coes/{coe.pk}/{way}/").status_code == 404


def test_markdown_says_that_it_is_ours(client, coe):
    assert is_ours(client.get(f"/coes/{coe.pk}/markdown/").content.decode())


def test_diagrams_are_drawn_in_a_page_that_knows_nothing(client):
    policy = client.get("/coes/diagrams/")["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "sandbox allow-scripts" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
