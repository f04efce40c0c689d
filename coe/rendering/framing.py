"""Pictures of a COE in its text: with the sizes that a browser chooses from, and as a figure where they stand alone.

The size of a picture stands in its address (`…/#640x480`), because rendering reads no database: the place is kept free
before the picture arrives, and nothing jumps.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement

# Smaller versions of each picture are kept in these widths (`coe/picturing.py`).
WIDTHS = (480, 960, 1600)
SIZES = "(max-width: 46rem) 100vw, 46rem"
_OURS = re.compile(
    r"(/coes/[1-9][0-9]{0,17}/pictures/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/)"
    r"(?:#([1-9][0-9]{0,4})x([1-9][0-9]{0,4}))?"
)


def frame(root: Element) -> None:
    """Give every picture of ours its sizes; one that stands alone becomes a figure with its title below."""
    for picture in root.iter("img"):
        if found := _OURS.fullmatch(picture.get("src") or ""):
            _size(picture, *found.groups())
    for paragraph in root.iter("p"):
        if _stands_alone(paragraph):
            paragraph.tag = "figure"
            if title := paragraph[0].attrib.pop("title", ""):
                SubElement(paragraph, "figcaption").text = title


def _size(picture: Element, address: str, width: str | None, height: str | None) -> None:
    picture.set("src", address)
    picture.set("loading", "lazy")
    if width and height:
        picture.set("width", width)
        picture.set("height", height)
        picture.set("srcset", srcset_of(address, int(width)))
        picture.set("sizes", SIZES)


def srcset_of(address: str, width: int) -> str:
    """The smaller versions and the picture itself, for a browser to choose from."""
    return ", ".join([*(f"{address}?w={one} {one}w" for one in WIDTHS if one < width), f"{address} {width}w"])


def is_srcset(value: str) -> bool:
    """Whether this names versions of one picture of ours and nothing else."""
    address = value.partition("?")[0].partition(" ")[0]
    width = value.rpartition(" ")[2].removesuffix("w")
    return bool(_OURS.fullmatch(address)) and width.isdecimal() and value == srcset_of(address, int(width))


def _stands_alone(paragraph: Element) -> bool:
    if len(paragraph) != 1 or paragraph[0].tag != "img" or (paragraph.text or "").strip():
        return False
    return not (paragraph[0].tail or "").strip() and _OURS.fullmatch(paragraph[0].get("src") or "") is not None
