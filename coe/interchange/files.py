"""Uploaded files as texts with their pictures: Markdown, or archives of it, within bounds. Pure.

An archive is opened entry by entry and never further than the bound ("zip bombs" say little of their size); a picture
is found by the address that a text gives it, seen from its own file, and nothing is ever written to a path.
"""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

LARGEST = 1_000_000  # bytes of one file
LARGEST_TOGETHER = 5_000_000
LARGEST_PICTURE = 10 * 1024 * 1024
LARGEST_PICTURES = 60_000_000  # bytes of all pictures of one upload
MOST_FILES = 500
MOST_PICTURES = 1000
MOST_LINES = 20_000
LONGEST_ADDRESS = 300  # of a picture, as `ImportPicture` keeps it
# Bytes of an archive's table of contents: a table of millions of entries would be read whole.
LARGEST_TABLE = 1_000_000
# Of other methods `zipfile` unpacks whole chunks, however little is asked for: a kilobyte of bzip2 may be gigabytes.
PACKED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
# What `zipfile` raises for an archive that is broken, encrypted, or of a newer format than it reads.
BROKEN = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, UnicodeDecodeError),
    *(NotImplementedError, RuntimeError, OSError, EOFError),
)
NAMES = (".md", ".markdown", ".txt", ".erb")
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".svg")
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
# The address of a picture in Markdown.
SHOWN = re.compile(r"(!\[[^\]\n]{0,2000}\]\(\s*<?)([^)\s>]+)")


@dataclass(frozen=True, slots=True)
class File:
    """One file: its text, or a sentence why there is none; its pictures by the address that the text gives them."""

    name: str
    text: str
    problem: str = ""
    pictures: dict[str, bytes] = field(default_factory=dict)


def read(uploads: Iterable[tuple[str, bytes]]) -> list[File]:
    """The files of an upload, archives opened. Raises ValueError with a sentence when there are too many or none."""
    found: list[File] = []
    loose: list[File] = []
    beside: dict[str, bytes] = {}
    bound = _Bound()
    for name, raw in uploads:
        if raw.startswith(b"PK\x03\x04"):
            found += _archived(name, raw, bound)
        elif name.lower().endswith(PICTURES):
            beside[name] = bound.picture(raw)
        else:
            loose.append(decoded(name, bound.text(raw)))
    found += [_illustrated(one, one.name, beside) for one in loose]
    if not found:
        raise ValueError("There is no Markdown file in it: names end in .md, .markdown or .txt.")
    return found


def decoded(name: str, raw: bytes) -> File:
    """The text of one file: UTF-8, or UTF-16 that says so by its first two bytes."""
    name = "".join(sign for sign in name if sign.isprintable())[-200:]
    if len(raw) > LARGEST:
        return File(name, "", f"It has more than {LARGEST // 1_000_000} MB: split it.")
    encoding = next((encoding for mark, encoding in MARKS if raw.startswith(mark)), "utf-8")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problem = f"It is no UTF-8 text: line {line} is written in another encoding, Latin-1 perhaps."
        return File(name, "", f"{problem} Save it as UTF-8 and bring it again.")
    if "\x00" in text:
        return File(name, "", "It holds NUL characters, which no text does. Is it a Markdown file?")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.count("\n") >= MOST_LINES:
        return File(name, "", f"It has more than {MOST_LINES} lines: split it.")
    return File(name, text) if text.strip() else File(name, "", "It is empty.")


@dataclass
class _Bound:
    """What came in so far, of all that one upload may hold."""

    files: int = 0
    pictures: int = 0
    text_bytes: int = 0
    picture_bytes: int = 0

    def text(self, raw: bytes) -> bytes:
        self.files += 1
        self.text_bytes += len(raw)
        if self.files > MOST_FILES:
            raise ValueError(f"At most {MOST_FILES} files are imported at once. Nothing was imported.")
        if self.text_bytes > LARGEST_TOGETHER:
            raise ValueError(f"At most {LARGEST_TOGETHER // 1_000_000} MB are imported at once. Nothing was imported.")
        return raw

    def picture(self, raw: bytes) -> bytes:
        self.pictures += 1
        self.picture_bytes += len(raw)
        if self.pictures > MOST_PICTURES or self.picture_bytes > LARGEST_PICTURES:
            most = f"{MOST_PICTURES} pictures of {LARGEST_PICTURES // 1_000_000} MB together"
            raise ValueError(f"At most {most} are imported at once. Nothing was imported.")
        return raw


def _archived(name: str, raw: bytes, bound: _Bound) -> list[File]:
    _judge_table(name, raw)
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            entries = {path: entry for entry in archive.infolist() if (path := _path_of(entry))}
            texts = [path for path in entries if path.lower().endswith(NAMES)]
            found = [(path, decoded(path, bound.text(_taken(archive, entries[path], LARGEST)))) for path in texts]
            wanted = {address for path, file in found for address in _addresses(path, file.text).values()}
            pictures = {
                path: bound.picture(_taken(archive, entries[path], LARGEST_PICTURE))
                for path in sorted(wanted & entries.keys())
                if path.lower().endswith(PICTURES)
            }
    except BROKEN as error:
        raise ValueError(f"The archive {name[-100:]} cannot be opened: {str(error)[:100]}.") from error
    return [_illustrated(file, path, pictures) for path, file in found]


def _judge_table(name: str, raw: bytes) -> None:
    """Raises ValueError for a table of contents that is larger than any that is meant (APPNOTE 4.3.16)."""
    end = raw.rfind(b"PK\x05\x06", max(0, len(raw) - 65_557))
    if end < 0 or len(raw) < end + 22:
        raise ValueError(f"The archive {name[-100:]} cannot be opened: it ends too early.")
    (size,) = struct.unpack_from("<L", raw, end + 12)
    if size > LARGEST_TABLE or raw[max(0, end - 20) : end].startswith(b"PK\x06\x07"):
        raise ValueError(f"The archive {name[-100:]} holds too many entries. Pack fewer files.")


def _path_of(entry: zipfile.ZipInfo) -> str:
    """Where an entry stands in its archive; nothing for folders, what is hidden, and what stands outside."""
    path = posixpath.normpath(entry.filename.replace("\\", "/"))
    is_hidden = any(part.startswith((".", "__MACOSX")) for part in path.split("/"))
    return "" if entry.is_dir() or is_hidden or path.startswith("/") else path


def _taken(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    if entry.compress_type not in PACKED:
        raise zipfile.BadZipFile("it is packed by a method other than Deflate")
    with archive.open(entry) as stream:
        return stream.read(most + 1)


def _addresses(path: str, text: str) -> dict[str, str]:
    """The pictures that a text shows by a relative address: the address as written → the path it means."""
    folder = posixpath.dirname(path)
    found = {}
    for shown in _each_shown(text):
        if len(shown) <= LONGEST_ADDRESS and "://" not in shown and not shown.startswith(("/", "#", "data:")):
            found[shown] = posixpath.normpath(posixpath.join(folder, unquote(shown.partition("#")[0])))
    return found


def _each_shown(text: str) -> Iterator[str]:
    return (found[2] for found in SHOWN.finditer(text))


def _illustrated(file: File, path: str, pictures: dict[str, bytes]) -> File:
    places = _addresses(path, file.text)
    return replace(file, pictures={shown: pictures[place] for shown, place in places.items() if place in pictures})
