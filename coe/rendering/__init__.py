"""Markdown to safe HTML and to plain text.

It decides what a text may contain once it is on a screen: which tags, attributes and links. It does not decide who may
follow a link, nor how Markdown is read (`manners.py`). Pure. Python-Markdown lets `javascript:` through, so nothing
leaves this module that nh3 has not cleaned.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Callable

import nh3
from markdown import Markdown
from markdown.extensions.fenced_code import FencedCodeExtension
from markdown.extensions.footnotes import FootnoteExtension
from markdown.extensions.sane_lists import SaneListExtension
from markdown.extensions.tables import TableExtension
from markdown.extensions.toc import TocExtension, slugify

from coe.rendering import framing
from coe.rendering.manners import Manners, is_ours

LARGEST = 200_000  # bytes of UTF-8 in one section
MOST_LINES = 5_000
MOST_FOOTNOTES = 500  # with more, brackets are not footnotes
BACKLINK = "Back to the text of footnote {}"
FIRST_HEADING = 3  # below the title of the document and the heading of the section
REL = "noopener nofollow noreferrer"
SCHEMES = {"https", "http", "mailto"}
BLOCKS = {
    "p",
    "br",
    "hr",
    "h3",
    "h4",
    "h5",
    "h6",
    "pre",
    "blockquote",
    "ul",
    "ol",
    "li",
    "table",
    "tr",
    "div",
    "figure",
    "figcaption",
}
INLINE = {"em", "strong", "b", "i", "u", "s", "del", "ins", "sub", "sup", "kbd", "mark", "code", "a", "img", "span"}
TAGS = BLOCKS | INLINE | {"thead", "tbody", "th", "td", "figure", "figcaption"}
ATTRIBUTES: dict[str, set[str]] = {
    "*": {"id"},
    "a": {"href", "title", "class"},
    "img": {"src", "alt", "title", "width", "height", "srcset", "sizes", "loading"},
    "code": {"class"},
    "ol": {"start"},
}
CHOICES = {name: {"align": {"left", "right", "center"}} for name in ("th", "td")}
CLASSES = {"li": {"task", "is-done"}, "span": {"task-box", "role"}, "div": {"footnote"}}
LINK_CLASSES = {"footnote-ref", "footnote-backref"}
DROPPED = {"script", "style", "template", "iframe", "object", "noscript", "svg", "math", "title", "textarea"}

_LANGUAGE = re.compile(r"language-[A-Za-z0-9+#-]{1,30}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# An address of ours, or one whose scheme is plain to see: browsers read past blanks and controls that hide one.
_LINK = re.compile(r"\s*(?:https?:|mailto:|[/#?.]|[^:]*$)", re.IGNORECASE)
# The number of a footnote in the text, and the arrow back: signs to press, not words.
_FOOTNOTE_SIGN = re.compile(r'<sup id="fnref.*?</sup>|<a class="footnote-backref".*?</a>', re.DOTALL)
_TAG = re.compile(r'<(/?)([a-z0-9]+)(?:[^<>"]|"[^"]*")*>')


def to_html(markdown_text: str, prefix: str = "text") -> str:
    """Safe HTML of one section. `prefix` keeps the ids of several sections on one screen apart.

    Raises ValueError with a sentence for a text beyond LARGEST bytes or MOST_LINES lines. A text nested too deeply is
    shown as it was typed.
    """
    text = _checked(markdown_text)
    try:
        made = _engine(prefix, has_footnotes=text.count("[^") <= MOST_FOOTNOTES).convert(text)
    except RecursionError:
        made = f"<pre>{entities.escape(text)}</pre>"
    return nh3.clean(
        made,
        tags=TAGS,
        clean_content_tags=DROPPED,
        attributes=ATTRIBUTES,
        attribute_filter=_attribute_filter(prefix),
        tag_attribute_values=CHOICES,
        allowed_classes=CLASSES,
        url_schemes=SCHEMES,
        link_rel=REL,
    )


def to_line(markdown_text: str, prefix: str = "text") -> str:
    """Safe HTML of one line, to stand in a sentence or a label; of what makes blocks only the words.

    Raises ValueError as `to_html` does.
    """
    made = to_html(markdown_text, prefix).strip()
    line = made.removeprefix("<p>").removesuffix("</p>")
    is_line = made == f"<p>{line}</p>" and not any(tag[2] in BLOCKS - {"br"} for tag in _TAG.finditer(line))
    return line if is_line else entities.escape(html_to_text(made))


def to_text(markdown_text: str) -> str:
    """The words of a section without any markup, for the index and for mails. Raises ValueError as `to_html` does."""
    return html_to_text(to_html(markdown_text))


def html_to_text(safe_html: str) -> str:
    """The words of HTML that `to_html` made: a line for each block, single blanks. Not for HTML of others."""
    words = _FOOTNOTE_SIGN.sub("", safe_html)
    lines = _TAG.sub(lambda tag: "\n" if tag[2] in BLOCKS else " " if tag[2] in {"td", "th"} else "", words)
    kept = (" ".join(line.split()) for line in entities.unescape(lines).split("\n"))
    return "\n".join(line for line in kept if line)


def first_paragraph(markdown_text: str) -> str:
    """The first paragraph as plain text, else the first line of whatever there is; empty for an empty text."""
    made = to_html(markdown_text)
    start = made.find("<p>")
    if start == -1:
        return html_to_text(made).partition("\n")[0]
    return " ".join(html_to_text(made[start : made.index("</p>", start)]).split())


def _checked(text: str) -> str:
    """Without control characters and lone surrogates; refuses what is too large."""
    raw = text.encode("utf-8", "replace")
    if len(raw) > LARGEST:
        raise ValueError(
            f"A section holds at most {LARGEST // 1_000} KB of text; this one has {len(raw) // 1_000} KB. "
            "Split it, or link the rest."
        )
    text = _CONTROL.sub("", raw.decode())
    if (lines := text.count("\n") + 1) > MOST_LINES:
        raise ValueError(
            f"A section holds at most {MOST_LINES} lines; this one has {lines}. Split it, or link the rest."
        )
    return text


def _engine(prefix: str, *, has_footnotes: bool) -> Markdown:
    def anchor(value: str, separator: str) -> str:
        return f"{prefix}-{slugify(value, separator)}"

    return Markdown(
        extensions=[
            TableExtension(use_align_attribute=True),
            FencedCodeExtension(),
            SaneListExtension(),
            TocExtension(slugify=anchor, baselevel=FIRST_HEADING, marker=""),
            Manners(),
            *([FootnoteExtension(SEPARATOR=f"-{prefix}-", BACKLINK_TITLE=BACKLINK)] if has_footnotes else []),
        ]
    )


def _attribute_filter(prefix: str) -> Callable[[str, str, str], str | None]:
    """Keeps ids that cannot meet those of the screen, pictures from here, and classes that the style sheets know."""
    starts = (f"{prefix}-", f"fn-{prefix}-", f"fnref-{prefix}-", f"fnref2-{prefix}-")

    def keep(tag: str, name: str, value: str) -> str | None:
        is_wanted = {
            ("*", "id"): value.startswith(starts),
            ("a", "href"): _LINK.match(value) is not None,
            ("img", "src"): is_ours(value),
            ("img", "srcset"): framing.is_srcset(value),
            ("img", "sizes"): value == framing.SIZES,
            ("img", "loading"): value == "lazy",
            ("img", "width"): value.isdecimal(),
            ("img", "height"): value.isdecimal(),
            ("code", "class"): _LANGUAGE.fullmatch(value) is not None,
            ("a", "class"): value in LINK_CLASSES,
        }
        return value if is_wanted.get(("*" if name == "id" else tag, name), True) else None

    return keep
