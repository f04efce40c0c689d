"""What paper asks of a document of HTML: addresses that can be read, headings that stay with their text. Pure.

Addresses stand at the end, each once, with the number that stands behind its links: notes at the foot of each page
were tried, and pages were left empty for those that did not fit.
"""

from __future__ import annotations

import html as entities
import re

_OUTSIDE = re.compile(r'(<a\b[^>]*?\bhref="(https?://[^"]{1,2000})"[^>]*>)(.*?)</a>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_BARE = re.compile(r"^https?://(?:www\.)?|/$")
# Words alone in bold are a heading, whatever their author meant by them.
_LEAD = re.compile(r"<p>(?=<strong>[^<]{1,120}</strong>:?</p>)")
_BACK = re.compile(r'<a\b[^>]*\bclass="footnote-backref"[^>]*>.*?</a>', re.DOTALL)
# Signs of colour fonts, which are rare on servers, as signs that every font for text has.
_SIGNS = {ord("✅"): "✓", ord("❌"): "✗", ord("❎"): "✗", ord("⭐"): "★", ord("\ufe0f"): None}
END = "</article>"
_TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL)
_SAID = re.compile(r"(?<=>)[^<]+(?=<)")
# A word that would make its column wider than others can give room for, and where it may be broken.
_LONG, _JOINT, _RUN = re.compile(r"[^\s&;]{13,}"), re.compile(r"(?<=[-_/.:=,])(?=\w)"), re.compile(r"\w{12}(?=\w)")
_BREAK = "<wbr>"


def finished(made: str) -> str:
    """The document as it is printed; drawings and pictures are in it already."""
    made = _LEAD.sub('<p class="lead-in">', _BACK.sub("", made).translate(_SIGNS))
    return _TABLE.sub(lambda table: _SAID.sub(_breakable, table[0]), _with_addresses(made))


def _breakable(said: re.Match[str]) -> str:
    """The words of a cell, long ones with places to break them: a table is never wider than its page."""
    return _LONG.sub(lambda word: _RUN.sub(rf"\g<0>{_BREAK}", _JOINT.sub(_BREAK, word[0])), said[0])


def _with_addresses(made: str) -> str:
    numbers: dict[str, int] = {}

    def noted(found: re.Match[str]) -> str:
        if _is_shown(found[3], found[2]):
            return found[0]
        number = numbers.setdefault(found[2], len(numbers) + 1)
        return f'{found[0]}<sup class="address">{number}</sup>'

    body, end, rest = _OUTSIDE.sub(noted, made).partition(END)
    if not numbers or not end:
        return made
    listed = "".join(f'<li><a href="{address}">{address}</a></li>' for address in numbers)
    return f'{body}<section class="addresses"><h2>Addresses</h2><ol>{listed}</ol></section>{end}{rest}'


def _is_shown(shown: str, address: str) -> bool:
    """Whether the link shows where it leads: its address, all but what every address has, or a picture alone."""
    said = entities.unescape(_TAG.sub("", shown)).strip()
    return not said or _BARE.sub("", said) == _BARE.sub("", entities.unescape(address))
