"""What a section may hold, whoever writes it and however."""

from django.core.exceptions import ValidationError

from coe import rendering
from coe.cowriting.documents import Document


def judged(text: str) -> str:
    """With the line ends of Unix and without the blank end; raises ValidationError for what could not be rendered."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").rstrip()
    if "\x00" in text:
        raise ValidationError("Text cannot hold NUL bytes.")
    size, lines = len(text.encode("utf-8", "replace")), text.count("\n") + 1
    if size > rendering.LARGEST or lines > rendering.MOST_LINES:
        raise ValidationError(
            f"A section holds at most {rendering.LARGEST // 1000} KB in {rendering.MOST_LINES} lines; this one has "
            f"{size // 1000} KB in {lines}. Nothing was saved: split it, or link the rest."
        )
    return text


def judge(document: Document, changed: set[str]) -> None:
    """Raises ValidationError when what was taken in is not text of these sections, or more than they hold."""
    if document.unknown():
        raise ValidationError("This is not a section of a COE.")
    for key in changed:
        text = document.text(key)
        # Anything but letters counts in the length and is not in the text; a carriage return is two places in one.
        if len(document.texts[key]) != len(text.encode("utf-8", "replace")) or "\r" in text:
            raise ValidationError("A section holds plain text only.")
        try:
            judged(text)
        except ValidationError as error:
            raise ValidationError(f"“{document.titles[key]}”: {error.messages[0]}") from None
