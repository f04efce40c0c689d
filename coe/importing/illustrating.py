"""The pictures of a file that is imported: encoded anew as every picture is, and shown where the text shows them."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from django.core.exceptions import ValidationError

from coe import picturing
from coe.interchange.files import SHOWN
from coe.models import COE, Picture
from coe.picturing import Encoded
from oncall.models import User


def encoded(pictures: Mapping[str, bytes]) -> tuple[dict[str, Encoded], list[str]]:
    """Each picture anew, by its address, and a sentence for each that cannot be shown. Takes long: no transaction."""
    done: dict[str, Encoded] = {}
    left: list[str] = []
    for address, data in pictures.items():
        try:
            done[address] = picturing.encode(data)
        except ValidationError as error:
            left.append(f"The picture {address[:100]} was left out. {error.messages[0]}")
    return done, left


def kept(
    coe: COE, pictures: Mapping[str, Encoded], alts: Mapping[str, str], by: User, now: datetime
) -> tuple[dict[str, Picture], list[str]]:
    """The rows of the pictures by their address, and a sentence for each that the COE has no room for."""
    rows: dict[str, Picture] = {}
    left: list[str] = []
    for address, picture in pictures.items():
        name = posixpath.basename(unquote(address.partition("#")[0]))
        try:
            rows[address] = picturing.keep(coe, name, picture, alts.get(address, ""), by, now)
        except ValidationError as error:
            left.append(f"The picture {address[:100]} was left out. {error.messages[0]}")
    return rows, left


def relinked(content: Mapping[str, Any], rows: Mapping[str, Picture]) -> dict[str, Any]:
    """The content with its sections showing these pictures where they lie now."""

    def shown(text: str) -> str:
        return SHOWN.sub(lambda found: found[1] + _place(rows.get(found[2]), found[2]), text)

    return {**content, "sections": {key: shown(text) for key, text in content["sections"].items()}}


def alts_of(content: Mapping[str, Any]) -> dict[str, str]:
    """What the texts say of each picture, by its address; the first words win."""
    found: dict[str, str] = {}
    for text in content["sections"].values():
        for match in SHOWN.finditer(text):
            words = match[1].partition("[")[2].rpartition("](")[0]
            found.setdefault(match[2], words)
    return found


def _place(picture: Picture | None, otherwise: str) -> str:
    if picture is None:
        return otherwise
    return f"{picture.get_absolute_url()}#{picture.width}x{picture.height}"
