"""Diagrams in PDFs and files: drawn without a browser, within bounds, and never more than a picture."""

import base64
import re
from xml.etree import ElementTree

import pytest
from django.core.cache import cache

from coe.typesetting import diagrams
from tests.payloads import CLASSES

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_kept():
    cache.clear()


HOME = "https://errata.example/coes/7/"
FLOW = "graph TD\n  A[All issuers share one pool] -->|slow issuer| B{Pool full?}\n  B -->|yes| C[Declines]"


def page(*sources):
    return "".join(f'<pre><code class="language-mermaid">{source}</code></pre>' for source in sources)


def svgs(made):
    return [base64.b64decode(data).decode() for data in re.findall(r"data:image/svg\+xml;base64,([^\"]+)", made)]


def test_a_diagram_is_a_picture_of_its_own_size():
    made = diagrams.drawn(f"<p>Before</p>{page(FLOW.replace('>', '&gt;'))}", HOME)
    (svg,) = svgs(made)

    assert ">slow<" in svg
    assert "foreignObject" not in svg
    assert re.search(r'<img alt="Diagram" width="\d+" height="\d+"', made)
    assert "language-mermaid" not in made


def test_what_cannot_be_drawn_is_its_source_and_says_where_it_is_drawn():
    made = diagrams.drawn(page("graph TD\n  A --", FLOW.replace(">", "&gt;")), HOME)

    assert "graph TD\n  A --</code>" in made
    assert f'drawn at <a href="{HOME}">' in made
    assert len(svgs(made)) == 1


def test_what_takes_too_long_keeps_what_was_drawn_before(monkeypatch):
    monkeypatch.setattr(diagrams, "SECONDS", 0.01)

    made = diagrams.drawn(page(FLOW.replace(">", "&gt;")), HOME)

    assert not svgs(made)
    assert "Diagram, as its source" in made


def test_no_hostile_diagram_is_more_than_a_picture():
    texts = [text.removeprefix("```mermaid\n").removesuffix("\n```") for text in CLASSES["mermaid"][:12]]
    escaped = [text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for text in texts]

    for svg in svgs(diagrams.drawn(page(*escaped), HOME)):
        for element in ElementTree.fromstring(svg).iter():
            assert element.tag.rpartition("}")[2] not in {"script", "iframe", "foreignObject", "image", "use"}
            assert not [name for name in element.attrib if name.startswith("on")]
            said = " ".join([*element.attrib.values(), (element.text or "") if element.tag.endswith("style") else ""])
            assert not re.search(r"javascript:|url\((?![\"']?#)|@import", said)


def test_what_was_drawn_once_is_there_however_long_the_rest_takes(monkeypatch):
    first = diagrams.drawn(page(FLOW.replace(">", "&gt;")), HOME)
    monkeypatch.setattr(diagrams, "SECONDS", 0.01)

    again = diagrams.drawn(page(FLOW.replace(">", "&gt;"), "graph LR\n  A --&gt; B"), HOME)

    assert svgs(again) == svgs(first)
    assert "Diagram, as its source" in again
