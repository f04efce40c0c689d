"""Uploaded files as texts: Markdown, or archives of it, within bounds. Pure.

An archive is opened entry by entry and never further than the bound ("zip bombs" say little of their size).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LARGEST = 1_000_000  # bytes of one file
LARGEST_TOGETHER = 5_000_000
MOST_FILES = 500
MOST_LINES = 20_000
NAMES = (".md", ".markdown", ".txt", ".erb")
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True, slots=True)
class File:
    """One file: its text, or a sentence that says why there is none."""

    name: str
    text: str
    problem: str = ""


def read(uploads: Iterable[tuple[str, bytes]]) -> list[File]:
    """The files of an upload, archives opened. Raises ValueError with a sentence when there are too many or none."""
    found: list[File] = []
    together = 0
    for name, raw in _opened(uploads):
        together += len(raw)
        if len(found) >= MOST_FILES:
            raise ValueError(f"At most {MOST_FILES} files are imported at once. Nothing was imported.")
        if together > LARGEST_TOGETHER:
            raise ValueError(f"At most {LARGEST_TOGETHER // 1_000_000} MB are imported at once. Nothing was imported.")
        found.append(decoded(name, raw))
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
        return File(name, "", f"It is no UTF-8 text (byte {error.start + 1}). Save it as UTF-8 and try again.")
    if "\x00" in text:
        return File(name, "", "It holds NUL characters, which no text does. Is it a Markdown file?")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.count("\n") >= MOST_LINES:
        return File(name, "", f"It has more than {MOST_LINES} lines: split it.")
    return File(name, text) if text.strip() else File(name, "", "It is empty.")


def _opened(uploads: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    for name, raw in uploads:
        if raw.startswith(b"PK\x03\x04"):
            yield from _entries(name, raw)
        else:
            yield name, raw


def _entries(archive: str, raw: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        opened = zipfile.ZipFile(io.BytesIO(raw))
        wanted = [entry for entry in opened.infolist() if _is_wanted(entry)]
        for entry in wanted[: MOST_FILES + 1]:
            with opened.open(entry) as stream:
                yield entry.filename, stream.read(LARGEST + 1)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        raise ValueError(f"The archive {archive[-100:]} cannot be opened: {str(error)[:100]}.") from error


def _is_wanted(entry: zipfile.ZipInfo) -> bool:
    path = entry.filename
    is_hidden = any(part.startswith((".", "__MACOSX")) for part in path.split("/"))
    return not entry.is_dir() and not is_hidden and path.lower().endswith(NAMES)
