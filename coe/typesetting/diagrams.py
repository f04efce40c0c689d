"""Diagrams as pictures, for paper and files: drawn by Mermaid in a process of its own, without a browser.

It decides how much drawing may cost: what is not drawn in time stays its source, and says so.
"""

from __future__ import annotations

import base64
import hashlib
import html as entities
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from django.core.cache import cache

SECONDS = 20
# How long a drawing is kept, and what is raised when the drawings change.
KEPT_SECONDS, VERSION = 7 * 24 * 3600, 1
MOST, LONGEST = 12, 20_000
# Bytes of one drawing.
LARGEST = 1_000_000
# Mermaid writes in 16 px; beside a text of 10.5 pt that is loud.
SCALE = 0.8
PROGRAM = Path(__file__).parent / "drawing.py"
_CODE = re.compile(r'<pre><code class="language-mermaid">(.*?)</code></pre>', re.DOTALL)
_VIEW = re.compile(r'\bviewBox="[-\d.e]+[ ,]+[-\d.e]+[ ,]+([\d.e]+)[ ,]+([\d.e]+)"')
_WIDTH = re.compile(r'(<svg\b[^>]*?)\swidth="100%"')


def are_in(made: str) -> bool:
    """Whether the document has any."""
    return bool(_CODE.search(made))


def drawn(made: str, address: str) -> str:
    """The document with its diagrams as pictures; one that is not drawn says where it is, above its source."""
    sources = [entities.unescape(source) for source in _CODE.findall(made)]
    pictures = _drawn(sources) if sources else {}
    numbers = iter(range(len(sources)))

    def shown(match: re.Match[str]) -> str:
        picture = pictures.get(next(numbers))
        return picture or _undrawn(match[1], address)

    return _CODE.sub(shown, made)


def _drawn(sources: Sequence[str]) -> dict[int, str]:
    """The pictures by the number of their source; those that could not be drawn are not there.

    What was drawn once is kept: a document whose diagrams take too long has more of them each time it is asked for.
    """
    keys = [_key(source) for source in sources[:MOST]]
    kept = cache.get_many(keys)
    missing = [number for number, key in enumerate(keys) if key not in kept and len(sources[number]) <= LONGEST]
    fresh = _fresh([sources[number] for number in missing]) if missing else {}
    cache.set_many({keys[missing[place]]: picture for place, picture in fresh.items()}, KEPT_SECONDS)
    found = {number: kept[key] for number, key in enumerate(keys) if key in kept}
    return found | {missing[place]: picture for place, picture in fresh.items()}


def _key(source: str) -> str:
    return f"diagram:{VERSION}:{hashlib.sha256(source.encode()).hexdigest()}"


def _fresh(sources: Sequence[str]) -> dict[int, str]:
    found = {}
    for line in _output(sources).split(b"\n")[:-1]:
        said = json.loads(line)
        if "svg" in said and len(said["svg"]) <= LARGEST and (picture := _picture(said["svg"])):
            found[said["number"]] = picture
    return found


def _output(sources: Sequence[str]) -> bytes:
    """What the program said until it ended or its time was over."""
    try:
        done = subprocess.run(  # noqa: S603 (our own program, no shell)
            [sys.executable, "-I", str(PROGRAM)],
            input=json.dumps({"sources": sources}).encode(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return late.stdout or b""
    return done.stdout


def _picture(svg: str) -> str:
    """A drawing as an image of its own size: nothing in it runs, and nothing is loaded by it."""
    view = _VIEW.search(svg)
    if view is None:
        return ""
    width, height = (max(1, round(float(side) * SCALE)) for side in view.groups())
    sized = _WIDTH.sub(rf'\1 width="{width}" height="{height}"', svg, count=1)
    data = base64.b64encode(sized.encode()).decode()
    return (
        '<figure class="diagram"><img alt="Diagram" '
        f'width="{width}" height="{height}" src="data:image/svg+xml;base64,{data}"></figure>'
    )


def _undrawn(source: str, address: str) -> str:
    link = entities.escape(address)
    return (
        f'<figure class="diagram"><pre><code>{source}</code></pre>'
        f'<figcaption>Diagram, as its source; drawn at <a href="{link}">{link}</a></figcaption></figure>'
    )
