"""COEs that travel with their pictures: an archive of Markdown and of the pictures that it shows.

It decides what a picture is called in the archive: by its name, so that exporting, importing and exporting again gives
the same names. What is shown nowhere stays behind. An archive of many is sent as it grows: nothing of it is kept.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import IO, Any, cast

from django.db.models import QuerySet

from coe import documents
from coe.models import COE, Picture, Revision
from coe.places import place
from oncall.models import User

ENDINGS = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/gif": ".gif"}
# Bytes of pictures in one archive of many COEs; what is beyond stays behind, and the texts still name it.
MOST_BYTES = 2_000_000_000
# COEs of an archive that are held in memory at once.
AT_A_TIME = 20
AT_ONCE = 2
# What pg_try_advisory_lock locks, a number per place and one per person; any that nobody else uses.
LOCK, LOCK_OF_PERSON = 40_460, 40_461
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
        for _ in _pack(archive, "", coe, markdown_of(content, published_on, pictures), pictures):
            pass
    return made.getvalue()


def library_of(user: User) -> Iterator[bytes]:
    """All published COEs that a person may read, as one archive, piece by piece; the first piece is empty.

    Holds a few COEs at a time, whose access is judged when their turn comes. Raises `places.Busy` with the first piece.
    """
    mine = place(LOCK_OF_PERSON, [user.pk], "Another archive that you asked for is on its way.")
    with mine, place(LOCK, range(AT_ONCE), "Other people are taking archives at this moment."):
        yield b""
        yield from streamed(_published(user))


def _published(user: User) -> Iterator[tuple[COE, type_content, date | None]]:
    """As each was published last, the newest number first."""
    for some in _batched(COE.objects.visible_to(user).published().order_by("-pk").values_list("pk", flat=True)):
        # Asked again each time: whoever is no administrator any more, or not there, reads no further.
        coes = COE.objects.visible_to(User.objects.get(pk=user.pk)).published().in_bulk(some)
        newest = Revision.objects.publications().filter(coe__in=coes).order_by("coe", "-number").distinct("coe")
        contents = dict(newest.values_list("coe", "content"))
        for pk in some:
            if pk in contents and (at := coes[pk].published_at):
                yield coes[pk], contents[pk], at.date()


def _batched(pks: QuerySet[COE, int]) -> Iterator[list[int]]:
    """Ids by so many; only they are held all at once."""
    found = list(pks)
    return (found[start : start + AT_A_TIME] for start in range(0, len(found), AT_A_TIME))


def streamed(coes: Iterable[tuple[COE, type_content, date | None]]) -> Iterator[bytes]:
    """Many COEs as one archive, a piece for each: a folder where there are pictures, else the text alone."""
    into, left = _Outgoing(), MOST_BYTES
    with zipfile.ZipFile(cast(IO[bytes], into), "w", zipfile.ZIP_DEFLATED) as archive:
        for coe, content, published_on in coes:
            pictures = shown_in(coe, content)
            text = markdown_of(content, published_on, pictures)
            folder = f"{coe.number}/" if pictures else ""
            for size in _pack(archive, folder, coe, text, pictures if left > 0 else {}):
                left -= size
                yield into.taken()
    yield into.taken()


class _Outgoing:
    """Where an archive is written that is sent off as it grows: it cannot be gone back in."""

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, data: bytes) -> int:
        self._held += data
        return len(data)

    def flush(self) -> None:
        """Nothing waits: what is written is there."""

    def taken(self) -> bytes:
        """What was written since it was asked for last."""
        held, self._held = bytes(self._held), bytearray()
        return held


def _pack(archive: zipfile.ZipFile, folder: str, coe: COE, text: str, pictures: Mapping[str, Picture]) -> Iterator[int]:
    """The text, then each picture read by itself; yields the bytes of pictures that each step packed."""
    archive.writestr(_entry(f"{folder}{coe.number}.md"), text, zipfile.ZIP_DEFLATED)
    yield 0
    for name, picture in pictures.items():
        data = bytes(Picture.objects.values_list("data", flat=True).get(pk=picture.pk))
        # They are packed already; but what is "stored" has no end that somebody could see who reads it as it comes.
        archive.writestr(_entry(f"{folder}{FOLDER}{name}"), data, zipfile.ZIP_DEFLATED, compresslevel=0)
        yield len(data)


def _entry(path: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, _WHEN)
    entry.external_attr = 0o644 << 16
    return entry
