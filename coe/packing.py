"""COEs that travel with their pictures: an archive of Markdown and of the pictures that it shows.

It decides what a picture is called in the archive: by its name, so that exporting, importing and exporting again gives
the same names. For whom is decided by whoever calls (`COE.objects.visible_to`); what is shown nowhere stays behind.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date
from typing import IO, Any

from coe import documents
from coe.models import COE, Picture

ENDINGS = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/gif": ".gif"}
# Bytes of pictures in one archive of many COEs; what is beyond stays behind, and the texts still name it.
MOST_BYTES = 2_000_000_000
FOLDER = "pictures/"
_SHOWN = re.compile(r"(\]\(\s*<?)/coes/(\d+)/pictures/([0-9a-f-]{36})/?(?:#[^)\s>]*)?")
_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")
# Dates of entries: an archive of the same COEs is the same file.
_WHEN = (2000, 1, 1, 0, 0, 0)

type_content = Mapping[str, Any]


def shown_in(coe: COE, content: type_content) -> dict[str, Picture]:
    """The pictures of this COE that the content shows, by the name they have in an archive; without their bytes."""
    keys = {graph["picture"]["key"] for graph in content.get("graphs", ()) if graph.get("picture")}
    for text in content.get("sections", {}).values():
        keys |= {key for _, pk, key in _SHOWN.findall(text) if int(pk) == coe.pk}
    if not keys:
        return {}
    return _named(coe.pictures.filter(key__in=[key for key in keys if len(key) == 36]).defer("data"))


def _named(pictures: Iterable[Picture]) -> dict[str, Picture]:
    named: dict[str, Picture] = {}
    for picture in pictures:
        ending = ENDINGS[picture.kind]
        stem = _PLAIN.sub("-", picture.name.rpartition(".")[0] or picture.name).strip("-.")[:100] or "picture"
        name, number = stem + ending, 1
        while name.lower() in {taken.lower() for taken in named}:
            number += 1
            name = f"{stem}-{number}{ending}"
        named[name] = picture
    return named


def markdown_of(content: type_content, published_on: date | None, pictures: Mapping[str, Picture]) -> str:
    """The Markdown of a COE that shows these pictures beside it; `documents.markdown_of` when there are none."""
    if not pictures:
        return documents.markdown_of(content, published_on)
    names = {str(picture.key): name for name, picture in pictures.items()}

    def beside(text: str) -> str:
        return _SHOWN.sub(lambda found: f"{found[1]}{FOLDER}{names[found[3]]}" if found[3] in names else found[0], text)

    told = [{"file": FOLDER + name, "alt": picture.alt} for name, picture in sorted(pictures.items())]
    changed = {
        "sections": {key: beside(text) for key, text in content["sections"].items()},
        "graphs": [_beside(graph, names) for graph in content.get("graphs", ())],
        "pictures": told,
    }
    return documents.markdown_of({**content, **changed}, published_on)


def _beside(graph: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    picture = graph.get("picture")
    if not picture or picture["key"] not in names:
        return graph
    return {**graph, "picture": {**picture, "key": names[picture["key"]]}}


def packed(coe: COE, content: type_content, published_on: date | None, pictures: Mapping[str, Picture]) -> bytes:
    """One COE as an archive: COE-7.md and pictures/."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        _pack(archive, "", coe, markdown_of(content, published_on, pictures), pictures)
    return made.getvalue()


def pack_all(into: IO[bytes], coes: Iterable[tuple[COE, type_content, date | None]]) -> int:
    """Many COEs into one archive, a folder for each; returns how many."""
    count, left = 0, MOST_BYTES
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for coe, content, published_on in coes:
            pictures = shown_in(coe, content)
            text = markdown_of(content, published_on, pictures)
            folder = f"{coe.number}/" if pictures else ""
            left -= _pack(archive, folder, coe, text, pictures if left > 0 else {})
            count += 1
    return count


def _pack(archive: zipfile.ZipFile, folder: str, coe: COE, text: str, pictures: Mapping[str, Picture]) -> int:
    """The text, then each picture read by itself; returns the bytes of the pictures, which are packed as they are."""
    archive.writestr(_entry(f"{folder}{coe.number}.md"), text, zipfile.ZIP_DEFLATED)
    size = 0
    for name, picture in pictures.items():
        data = bytes(Picture.objects.values_list("data", flat=True).get(pk=picture.pk))
        archive.writestr(_entry(f"{folder}{FOLDER}{name}"), data, zipfile.ZIP_STORED)
        size += len(data)
    return size


def _entry(path: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, _WHEN)
    entry.external_attr = 0o644 << 16
    return entry
