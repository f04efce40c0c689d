"""Pictures of a COE: what may come in, and how it is encoded anew.

Decides by content, never by name or by what the browser claims. What is kept is made by us from the pixels: metadata
(places, cameras, names), scripts and anything hidden behind the picture stay outside. It does not decide who sees a
picture (`Picture.objects.visible_to`).
"""

from __future__ import annotations

import hashlib
import re
import threading
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Length
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from coe.models import COE, Graph, Picture, PictureSize
from coe.permissions import require_edit
from coe.rendering.framing import WIDTHS
from oncall.exceptions import Conflict
from oncall.models import User

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
WIDEST = 2400
MOST_PICTURES, MOST_BYTES_A_COE = 60, 120 * 1024 * 1024
# An animation is kept only when all its frames together are no larger than this; of others the first frame.
MOST_FRAMES, MOST_MOVING_PIXELS = 100, 20_000_000
# A JPEG of many scans is decoded once for each; ordinary progressive ones have about ten.
MOST_SCANS = 64
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
TAKEN = "PNG, JPEG, WebP and GIF"
QUALITY = 85
# Pillow refuses by itself at twice this, wherever in a file a size stands.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
# One at a time in a process: forty million pixels are 160 MB while they are decoded.
_one_at_a_time = threading.Lock()
_NOT_IN_A_NAME = re.compile(r"[^\w .()+-]+")


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture as it is kept, and its smaller versions by width."""

    data: bytes
    kind: str
    width: int
    height: int
    smaller: dict[int, bytes]


def take(coe: COE, name: str, data: bytes, alt: str, *, by: User, now: datetime) -> Picture:
    """Keep a picture, or find the one that is the same. Raises ValidationError with a sentence for what may not be.

    Raises NotAllowed, and Conflict when the COE is not editable any more.
    """
    require_edit(by, coe)
    made = encode(data)
    with transaction.atomic():
        coe.lock_for_edit()
        return keep(coe, name, made, alt, by, now)


def keep(coe: COE, name: str, made: Encoded, alt: str, by: User, now: datetime) -> Picture:
    """The row of an encoded picture and its sizes, or the one that is the same. Raises ValidationError without room."""
    digest = hashlib.sha256(made.data).hexdigest()
    if found := coe.pictures.filter(digest=digest).first():
        return found
    _judge_room(coe, made)
    facts = {"kind": made.kind, "width": made.width, "height": made.height, "data": made.data, "digest": digest}
    who = {"added_by": by, "added_at": now}
    picture = Picture.objects.create(coe=coe, name=name_of(name), alt=" ".join(alt.split())[:500], **facts, **who)
    PictureSize.objects.bulk_create(
        PictureSize(picture=picture, width=width, data=small) for width, small in made.smaller.items()
    )
    return picture


def _judge_room(coe: COE, made: Encoded) -> None:
    if coe.pictures.count() >= MOST_PICTURES:
        raise ValidationError(f"A COE holds at most {MOST_PICTURES} pictures. Remove one that is not used.")
    held = coe.pictures.aggregate(held=Sum(Length("data")))["held"] or 0
    if held + len(made.data) > MOST_BYTES_A_COE:
        raise ValidationError(f"The pictures of a COE take at most {MOST_BYTES_A_COE >> 20} MB. Remove some.")


def describe(coe: COE, picture: Picture, alt: str, *, by: User) -> None:
    """Say what a picture shows, for those who do not see it. Texts that hold it keep the words they have."""
    require_edit(by, coe)
    with transaction.atomic():
        coe.lock_for_edit()
        picture.alt = " ".join(alt.split())[:500]
        picture.save(update_fields=["alt"])


def remove(coe: COE, picture: Picture, *, by: User) -> None:
    """Remove one that nothing shows. Raises Conflict with where it is used."""
    require_edit(by, coe)
    with transaction.atomic():
        coe.lock_for_edit()
        if used := uses_of(coe, picture):
            raise Conflict(f"“{picture.name}” is used in {', '.join(used)}. Take it out there first.")
        picture.delete()


def uses_of(coe: COE, picture: Picture) -> list[str]:
    """Where a picture is shown: sections, graphs, and what was published, which never changes."""
    key = str(picture.key)
    used = [f"“{section.form.title}”" for section in coe.sections.filter(text__contains=key).select_related("coe")]
    used += [f"the graph “{graph.title}”" for graph in Graph.objects.filter(picture=picture)]
    if coe.revisions.publications().filter(content__icontains=key).exists():
        used.append("a published revision")
    return used


def name_of(given: str) -> str:
    """A file name without its folders and without signs that a header, a shell or a screen would read otherwise."""
    last = given.replace("\\", "/").rpartition("/")[2]
    return " ".join(_NOT_IN_A_NAME.sub(" ", last).split()).strip(". ")[:120] or "picture"


def encode(data: bytes) -> Encoded:
    """The picture anew, at most WIDEST wide. Raises ValidationError; what is too large is refused before decoding."""
    if len(data) > MOST_BYTES:
        raise ValidationError(f"A picture has at most {MOST_BYTES >> 20} MB; this one has {len(data) / 2**20:.0f} MB.")
    _judge_kind(data)
    with _one_at_a_time:
        # WeasyPrint lets half a picture pass in the whole process that imports it.
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        try:
            with Image.open(BytesIO(data), formats=FORMATS) as image:
                _judge_size(*image.size)
                return _encoded(image)
        except (Image.DecompressionBombError, MemoryError) as error:
            raise too_large() from error
        except UnidentifiedImageError as error:
            raise ValidationError(f"This is not a picture that can be shown. {TAKEN} can.") from error
        except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError) as error:
            raise ValidationError("This picture is broken: it ends too early or contradicts itself.") from error


def too_large() -> ValidationError:
    """What is said about a picture of too many pixels."""
    return ValidationError(f"A picture has at most {MOST_PIXELS // 10**6} million pixels. Save it smaller.")


def _judge_kind(data: bytes) -> None:
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(b"<") and b"<svg" in head:
        raise ValidationError("SVG can run programs in the reader's browser, so it is not taken. Save it as PNG.")
    if head.startswith(b"\xff\xd8") and data.count(b"\xff\xda") > MOST_SCANS:
        raise ValidationError("This JPEG is made of too many scans. Save it anew.")
    if size := _webp_size(data):
        # Pillow would make room for the whole canvas as soon as it opens the file.
        _judge_size(*size)


def _judge_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise too_large()


def _webp_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a WebP by its first chunk (RFC 9649, section 2), None for other files."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or len(data) < 30:
        return None
    chunk = data[12:16]
    if chunk == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if chunk == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF


def _encoded(image: Image.Image) -> Encoded:
    if image.format == "GIF" and (moving := _moving(image)):
        return moving
    kind = {"JPEG": "JPEG", "WEBP": "WEBP"}.get(image.format or "", "PNG")
    # Decoded smaller at once where the format can: a quarter of the memory.
    image.draft("RGB", (WIDEST, WIDEST))
    image.load()
    still = ImageOps.exif_transpose(image)
    still = still.convert(_mode(still, kind))
    if still.width > WIDEST:
        still = still.resize((WIDEST, max(1, round(still.height * WIDEST / still.width))), Image.Resampling.LANCZOS)
    smaller = {}
    for width in WIDTHS:
        if width < still.width:
            small = still.resize((width, max(1, round(still.height * width / still.width))), Image.Resampling.LANCZOS)
            smaller[width] = _written(small, kind)
    return Encoded(_written(still, kind), Picture.Kind[kind], still.width, still.height, smaller)


def _mode(image: Image.Image, kind: str) -> str:
    has_alpha = image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info
    if kind == "JPEG" or not has_alpha:
        return "L" if image.mode in {"1", "L"} and kind != "WEBP" else "RGB"
    return "RGBA"


def _written(image: Image.Image, kind: str) -> bytes:
    """The bytes, with nothing but pixels."""
    image.info = {}
    made = BytesIO()
    options = {"JPEG": {"quality": QUALITY, "progressive": True, "optimize": True}, "WEBP": {"quality": QUALITY}}
    image.save(made, kind, **options.get(kind, {"optimize": True}))
    return made.getvalue()


def _moving(image: Image.Image) -> Encoded | None:
    """A small animation, frame by frame; None for a still picture and for one that is too large to keep moving."""
    frames = _frames(image)
    if not frames:
        return None
    made = BytesIO()
    first, *rest = [frame for frame, _ in frames]
    durations = [duration for _, duration in frames]
    first.save(made, "GIF", save_all=True, append_images=rest, duration=durations, loop=0, disposal=2)
    return Encoded(made.getvalue(), Picture.Kind.GIF, first.width, first.height, {})


def _frames(image: Image.Image) -> list[tuple[Image.Image, int]]:
    """Every frame with its time in milliseconds; none when it is one, or when they are too many or too large."""
    frames: list[tuple[Image.Image, int]] = []
    while True:
        try:
            image.seek(len(frames))
        except EOFError:
            return frames if len(frames) > 1 else _still(image)
        _judge_size(*image.size)
        is_large = image.width * image.height * (len(frames) + 1) > MOST_MOVING_PIXELS
        if is_large or len(frames) == MOST_FRAMES or image.width > WIDEST:
            return _still(image)
        frame = image.convert("RGBA")
        frames.append((frame, max(20, int(image.info.get("duration", 100)))))
        frame.info = {}


def _still(image: Image.Image) -> list[tuple[Image.Image, int]]:
    image.seek(0)
    return []
