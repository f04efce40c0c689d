"""How Markdown is read here: what people expect that Python-Markdown lacks, and what it does at too high a price.

Raw HTML is text, but for a few plain inline tags: in incident reports `<pod-name>` is a placeholder, and the HTML
parser of Python-Markdown takes quadratic time over unclosed tags. Brackets are looked for within a window, for the same
reason. Nothing here makes the result safe: that is `coe/rendering/__init__.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import (
    IMAGE_LINK_RE,
    IMAGE_REFERENCE_RE,
    LINK_RE,
    REFERENCE_RE,
    ImageInlineProcessor,
    ImageReferenceInlineProcessor,
    InlineProcessor,
    LinkInlineProcessor,
    ReferenceInlineProcessor,
    ShortImageReferenceInlineProcessor,
    ShortReferenceInlineProcessor,
    SimpleTagInlineProcessor,
)
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from coe.rendering import framing
from coe.rendering.nesting import Nested

LONGEST_PROSE = 10_000  # characters of one paragraph, item or cell; what is longer is data and is shown as it is
LONGEST_LABEL = 1_000
LONGEST_LINK = 2_500
DEEPEST_BRACKETS = 8

_BRACKET = re.compile(r"[\[\]]")
_PLAIN_TAG = r"(</?(?:br|b|i|u|em|strong|kbd|sub|sup|mark|del|ins|s)\s*/?>)"
_COMMENT = r"<!--[^<]{0,2000}?-->"
_REFERENCE = r"(?<![\w/.#-])#?(COE|INC)-([1-9][0-9]{0,8})(?![\w-])"
_ADDRESS = r"(?<![\w/.@-])(https?://[^\s<>\"'`]{1,2000})"
# The roles people have in an incident or a team; a person is not one of them, and stays text.
_ROLE = (
    r"(?<![\w/.@-])@((?:on-call engineer|on-call|incident commander|responder|reviewer|owner|team manager|manager"
    r"|director|bar raiser|operator|customer support|customer|developer|SDE|SDM|SDET|TPM|PM|SE)s?)(?![\w@-]|\.\w)"
)
_PLACES = {"COE": "/coes/{}/", "INC": "/incidents/{}/"}
_STANDS_ALONE = re.compile(r" {0,3}(?:#{1,6}(?:\s|$)|(?:[*_-][ ]*){3,}$|=+[ ]*$)")
_ITEM = re.compile(r" {0,3}(?:[-*+]|1[.)])\s+\S")
_ANY_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s|\s{2,}|\s*$|\s*>|.*\|")


def is_ours(address: str) -> bool:
    """Whether a picture comes from this installation: strangers' pictures would tell them who reads."""
    return address.startswith("/") and not address.startswith(("//", "/\\"))


class Manners(Extension):
    """The whole of it, for Markdown(extensions=[…])."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        md.preprocessors.deregister("html_block")
        md.preprocessors.register(_Room(md), "room", 20)
        md.preprocessors.register(Nested(md), "nested", 19)
        md.treeprocessors.register(_Data(md), "data", 21)  # just before "inline"
        inline = md.inlinePatterns
        inline.deregister("html")
        # The names are those of the ones replaced.
        inline.register(_Reference(REFERENCE_RE, md), "reference", 170)
        inline.register(_Link(LINK_RE, md), "link", 160)
        inline.register(_Image(IMAGE_LINK_RE, md), "image_link", 150)
        inline.register(_ImageReference(IMAGE_REFERENCE_RE, md), "image_reference", 140)
        inline.register(_ShortReference(REFERENCE_RE, md), "short_reference", 130)
        inline.register(_ShortImageReference(IMAGE_REFERENCE_RE, md), "short_image_ref", 125)
        inline.register(_Comment(_COMMENT, md), "comment", 91)
        inline.register(_PlainTag(_PLAIN_TAG, md), "plain_tag", 90)
        inline.register(SimpleTagInlineProcessor(r"(~~)([^~]{1,1000})~~", "del"), "strike", 65)
        inline.register(_Address(_ADDRESS, md), "bare_address", 64)
        inline.register(_Number(_REFERENCE, md), "number", 63)
        inline.register(_Role(_ROLE, md), "role", 62)
        md.treeprocessors.register(_Tasks(md), "tasks", 18)
        md.treeprocessors.register(_Pictures(md), "pictures", 17)


class _Room(Preprocessor):
    """Blank lines around headings and rules, and before a list that follows a paragraph at once.

    Everybody writes lists that way; and a block of ten thousand headings takes quadratic time.
    """

    def run(self, lines: list[str]) -> list[str]:
        return list(self._spaced(lines))

    def _spaced(self, lines: Iterable[str]) -> Iterable[str]:
        before = ""
        for line in lines:
            is_heading = line.lstrip().startswith("#") and _STANDS_ALONE.match(line)
            starts_list = _ITEM.match(line) and not _ANY_ITEM.match(before)
            if before and (is_heading or starts_list):
                yield ""
            yield line
            before = line
            if _STANDS_ALONE.match(line):
                yield ""
                before = ""


class _Data(Treeprocessor):
    """Text longer than any prose was pasted: no markup is looked for in it, which would take quadratic time."""

    def run(self, root: Element) -> None:
        for element in root.iter():
            if element.text and len(element.text) > LONGEST_PROSE:
                element.text = AtomicString(element.text)


class _Window(LinkInlineProcessor):
    """Looks for closing brackets a bounded way ahead."""

    def getText(self, data: str, index: int) -> tuple[str, int, bool]:  # noqa: N802
        depth = 1
        for bracket in _BRACKET.finditer(data, index, index + LONGEST_LABEL):
            depth += 1 if bracket[0] == "[" else -1
            if depth == 0:
                return data[index : bracket.start()], bracket.end(), True
            if depth > DEEPEST_BRACKETS:
                break
        return "", index, False

    def getLink(self, data: str, index: int) -> tuple[str, str | None, int, bool]:  # noqa: N802
        window = data[index : index + LONGEST_LINK]
        if not window.startswith("(") or ")" not in window:
            return "", None, index, False
        href, title, end, handled = super().getLink(window, 0)
        return href, title, index + end, handled


class _ReferenceWindow(_Window, ReferenceInlineProcessor):
    """The same for `[text][label]`."""

    def evalId(self, data: str, index: int, text: str) -> tuple[str | None, int, bool]:  # noqa: N802
        label, end, handled = super().evalId(data[index : index + LONGEST_LABEL], 0, text)
        return label, index + end, handled


class _Link(_Window):
    pass


class _Image(_Window, ImageInlineProcessor):
    pass


class _Reference(_ReferenceWindow):
    pass


class _ImageReference(_ReferenceWindow, ImageReferenceInlineProcessor):
    pass


class _ShortReference(_Window, ShortReferenceInlineProcessor):
    pass


class _ShortImageReference(_Window, ShortImageReferenceInlineProcessor):
    pass


class _PlainTag(InlineProcessor):
    """A tag that only dresses text, kept as it is. What stays open is closed when the result is cleaned."""

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[str, int, int]:  # type: ignore[override]  # noqa: N802
        return self.md.htmlStash.store(m[1]), m.start(0), m.end(0)


class _Comment(InlineProcessor):
    """A comment, as the hints of a template are: not shown."""

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[str, int, int]:  # type: ignore[override]  # noqa: N802
        return "", m.start(0), m.end(0)


class _Number(InlineProcessor):
    """COE-12 and INC-7 as links, but not inside a link."""

    ANCESTOR_EXCLUDES = ("a",)

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:  # type: ignore[override]  # noqa: N802
        link = Element("a", {"href": _PLACES[m[1]].format(m[2])})
        link.text = AtomicString(m[0])
        return link, m.start(0), m.end(0)


class _Role(InlineProcessor):
    """@on-call engineer as what it is: a role, not a name."""

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:  # type: ignore[override]  # noqa: N802
        chip = Element("span", {"class": "role"})
        chip.text = AtomicString(m[1])
        return chip, m.start(0), m.end(0)


class _Address(InlineProcessor):
    """A bare address as a link, without the full stop or bracket that closes the sentence around it."""

    ANCESTOR_EXCLUDES = ("a",)

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:  # type: ignore[override]  # noqa: N802
        address = m[1].rstrip(".,;:!?*_~")
        while address.endswith(")") and address.count(")") > address.count("("):
            address = address[:-1].rstrip(".,;:!?")
        link = Element("a", {"href": address})
        link.text = AtomicString(address)
        return link, m.start(0), m.start(0) + len(address)


class _Tasks(Treeprocessor):
    """`- [x]` as a ticked box: a character, for a form control without a form only confuses."""

    def run(self, root: Element) -> None:
        for item in root.iter("li"):
            holder = item if (item.text or "").strip() or not len(item) or item[0].tag != "p" else item[0]
            text = (holder.text or "").lstrip()
            if text[:4].lower() not in {"[ ] ", "[x] "}:
                continue
            is_done = text[1] in "xX"
            item.set("class", "task is-done" if is_done else "task")
            box = Element("span", {"class": "task-box"})
            box.text = "☑" if is_done else "☐"
            box.tail = " " + text[4:]
            holder.text = ""
            holder.insert(0, box)


class _Pictures(Treeprocessor):
    """A picture from elsewhere becomes a link to it: loading it would tell a stranger who reads. Ours get a frame."""

    def run(self, root: Element) -> None:
        framing.frame(root)
        for picture in [one for one in root.iter("img") if not is_ours(one.get("src") or "")]:
            address, name, tail = picture.get("src") or "", picture.get("alt") or "", picture.tail
            picture.clear()
            picture.tag, picture.tail = "span", tail
            SubElement(picture, "a", {"href": address}).text = AtomicString(name or address)
