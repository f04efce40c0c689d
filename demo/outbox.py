"""The outbox of the demonstration: messages that the mail catcher kept instead of delivering them.

It reads the Maildir and makes a message fit to show. It sends nothing and deletes nothing.
"""

from __future__ import annotations

import email
import email.policy
import mailbox
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

import nh3

# What a mail may contain once it is in a frame of its own; pictures and anything that loads or runs are left out.
TAGS = set(nh3.ALLOWED_TAGS) - {"img", "map", "area"} | {"html", "body", "center", "font"}
STYLED = {"style", "align", "valign", "width", "height", "bgcolor", "border", "cellpadding", "cellspacing", "role"}
STYLES = {
    "background", "background-color", "border", "border-bottom", "border-collapse", "border-left", "border-radius",
    "border-right", "border-top", "color", "display", "font", "font-family", "font-size", "font-weight", "height",
    "letter-spacing", "line-height", "margin", "margin-bottom", "margin-left", "margin-right", "margin-top",
    "max-width", "min-width", "padding", "padding-bottom", "padding-left", "padding-right", "padding-top",
    "text-align", "text-decoration", "text-transform", "vertical-align", "white-space", "width", "word-break",
}  # fmt: skip
NEWEST = 200


@dataclass(frozen=True, slots=True)
class Letter:
    """One message: its key in the Maildir, the headers a listing shows, and both bodies."""

    key: str
    subject: str
    sender: str
    recipient: str
    at: datetime
    text: str
    html: str


def newest(folder: Path, limit: int = NEWEST) -> list[Letter]:
    """The newest messages, newest first; none when nothing was caught yet."""
    letters = sorted(_letters(folder), key=lambda letter: letter.at, reverse=True)
    return letters[:limit]


def find(folder: Path, key: str) -> Letter | None:
    """The message of this key; None when there is none."""
    if not _is_maildir(folder):
        return None
    box = mailbox.Maildir(folder, create=False)
    return _letter(key, box.get_bytes(key)) if key in box else None


def _letters(folder: Path) -> Iterator[Letter]:
    if not _is_maildir(folder):
        return
    box = mailbox.Maildir(folder, create=False)
    for key in sorted(box.keys(), reverse=True)[: NEWEST * 2]:
        try:
            yield _letter(key, box.get_bytes(key))
        except (KeyError, FileNotFoundError):
            # Moved from “new” to “cur” by another reader between the listing and now.
            continue


def _is_maildir(folder: Path) -> bool:
    return all((folder / name).is_dir() for name in ("cur", "new", "tmp"))


def _letter(key: str, raw: bytes) -> Letter:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return Letter(
        key=key,
        subject=str(message["Subject"] or "(no subject)"),
        sender=str(message["From"] or ""),
        recipient=str(message["To"] or ""),
        at=_date(str(message["Date"] or "")),
        text=_body(message, "plain"),
        html=_safe(_body(message, "html")),
    )


def _date(text: str) -> datetime:
    """The Date header in UTC; the beginning of time when there is none or it cannot be read."""
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return datetime.min.replace(tzinfo=UTC)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""


def _safe(html: str) -> str:
    """The HTML part without anything that runs or loads; links open beside the frame."""
    if not html:
        return ""
    return nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags={"script", "style", "title", "head"},
        attributes={"*": STYLED, "a": {"href", "title"}},
        filter_style_properties=STYLES,
        set_tag_attribute_values={"a": {"target": "_blank"}},
        url_schemes={"http", "https", "mailto"},
    )
