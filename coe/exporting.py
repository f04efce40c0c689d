"""A COE for elsewhere: Markdown, one HTML file, a PDF. For whom may read it; who may is `COE.objects.visible_to`.

It decides what leaves the installation: pictures of this COE alone travel inside the file, links become whole
addresses, and nothing in the file asks anybody for anything when it is opened.
"""

from __future__ import annotations

import base64
import re
from contextlib import nullcontext
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from coe import typesetting
from coe.models import COE, Picture, Revision
from coe.typesetting import diagrams, finishing
from oncall.models import User

STYLE = settings.BASE_DIR / "static" / "css" / "paper.css"
# Bytes of pictures in one file; what is beyond shows its description.
MOST_PICTURES = 25_000_000
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
# Colours of drawings: a style sheet around an SVG does not reach into it when it is set for paper.
DRAWING = (
    "<style>text{font:11px sans-serif;fill:#1b1c1e}.axis,.edge{stroke:#8b8d93;stroke-width:1.5;fill:none}"
    ".impact{fill:#fde8ec}.anchor{fill:#55575c}.is-bad{fill:#b3123a}.is-good{fill:#1f7a4d}.is-accent{fill:#2f5bd0}"
    ".is-start{text-anchor:start}.is-end{text-anchor:end}.is-middle{text-anchor:middle}</style>"
)
_PICTURE = re.compile(r'<img\b[^>]*?\bsrc="/coes/(\d+)/pictures/([0-9a-f-]{36})/?"[^>]*>')
_ANY_PICTURE = re.compile(r'<img\b[^>]*?\bsrc="(?!data:)[^"]*"[^>]*>')
# What a browser chooses from and when it loads: in a file there is one picture, and it is there.
_CHOICES = re.compile(r' (?:srcset|sizes|loading|decoding)="[^"]*"')
_ALT = re.compile(r'\balt="([^"]*)"')
_INSIDE = re.compile(r'(<a\b[^>]*?\bhref=")(/[^"]*")')
_SVG = re.compile(r"(<svg\b[^>]*>)")


def pdf_of(coe: COE, revision: Revision | None, context: dict[str, Any], person: User) -> bytes:
    """The document as PDF. Raises what `typesetting.turn` and `typesetting.pdf_of` raise."""
    with typesetting.turn(person.pk):
        return typesetting.pdf_of(document_of(coe, revision, context, is_paper=True), STYLE.read_text())


def html_of(coe: COE, revision: Revision | None, context: dict[str, Any], person: User) -> str:
    """The document as one file of HTML. Raises `places.Busy`, when there are diagrams to be drawn."""
    made = _rendered(coe, revision, context, is_paper=False)
    with typesetting.turn(person.pk) if diagrams.are_in(made) else nullcontext():
        return _finished(made, coe)


def document_of(coe: COE, revision: Revision | None, context: dict[str, Any], *, is_paper: bool) -> str:
    """The whole document as HTML. For paper it is `finishing.finished`, and its style comes apart."""
    made = _finished(_rendered(coe, revision, context, is_paper=is_paper), coe)
    return finishing.finished(made) if is_paper else made


def _rendered(coe: COE, revision: Revision | None, context: dict[str, Any], *, is_paper: bool) -> str:
    known = {"coe": coe, "revision": revision, "is_paper": True, "policy": POLICY, "address": settings.ERRATA_URL}
    style = "" if is_paper else mark_safe(f"<style>{STYLE.read_text()}</style>")  # noqa: S308 (our own file)
    made: str = render_to_string(
        "coe/paper/document.html", {**context, **known, "style": style, "is_for_print": is_paper}
    )
    return made


def _finished(made: str, coe: COE) -> str:
    """With pictures and diagrams as data, links as whole addresses, and drawings in their colours."""
    made = diagrams.drawn(_with_pictures(made, coe), settings.ERRATA_URL + coe.get_absolute_url())
    made = _INSIDE.sub(lambda found: f"{found[1]}{settings.ERRATA_URL}{found[2]}", made)
    return _SVG.sub(lambda found: found[1] + DRAWING, made)


def _with_pictures(made: str, coe: COE) -> str:
    """Pictures of this COE as data; any other is its description, for nothing is loaded."""
    wanted = {key for pk, key in _PICTURE.findall(made) if int(pk) == coe.pk}
    found, left = {}, MOST_PICTURES
    for picture in Picture.objects.filter(coe=coe, key__in=wanted):
        if len(picture.data) <= left:
            left -= len(picture.data)
            found[str(picture.key)] = f"data:{picture.kind};base64,{base64.b64encode(picture.data).decode()}"

    def shown(match: re.Match[str]) -> str:
        data = found.get(match[2]) if int(match[1]) == coe.pk else None
        alone = _CHOICES.sub("", match[0])
        return re.sub(r'\bsrc="[^"]*"', f'src="{data}"', alone) if data else alone

    return _ANY_PICTURE.sub(_described, _PICTURE.sub(shown, made))


def _described(match: re.Match[str]) -> str:
    alt = _ALT.search(match[0])
    return f"<em>[Picture{': ' + alt[1] if alt and alt[1] else ''}]</em>"
