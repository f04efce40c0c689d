"""Text for one SMS: which characters cost what, and how to cut.

Decides how a text is written so that it fits; what it says is decided by its caller. By 3GPP TS 23.038 a message holds
160 characters of the GSM 7-bit alphabet, of which some count twice, or 70 UTF-16 units as soon as one other character
is in it.
"""

import unicodedata

SEPTETS = 160
WIDE = 70
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€\f")
# What Unicode does not take apart itself.
TYPOGRAPHIC = str.maketrans(
    {"…": "...", "–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "→": "->", "·": "-", "\u00a0": " "}
    | {"Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "ı": "i", "Œ": "OE", "œ": "oe"}
)


def one_line(text: str) -> str:
    """The text without line breaks, runs of spaces and control characters."""
    return " ".join("".join(" " if unicodedata.category(one) == "Cc" else one for one in text).split())


def for_sms(text: str) -> str:
    """The text on one line, in letters of GSM where a plain form of them exists; "ç" becomes "c", "…" three dots."""
    return "".join(_plain(one) for one in one_line(text).translate(TYPOGRAPHIC))


def cut_bytes(text: str, most: int) -> str:
    """As much of the text as fits into that many bytes of UTF-8, never half a letter; three dots if it was cut."""
    whole = text.encode()
    return text if len(whole) <= most else whole[: most - 3].decode(errors="ignore") + "..."


def fits(text: str) -> bool:
    """Whether one SMS holds it."""
    cost = _septets(text)
    return cost <= SEPTETS if cost is not None else len(text.encode("utf-16-le")) // 2 <= WIDE


def cut_to_fit(text: str, tail: str = "") -> str:
    """As much of the text as one SMS holds together with the tail, which is kept whole; both made by `for_sms`."""
    if fits(text + tail):
        return text + tail
    kept = 0
    # What fits can only become less by another character, so halving finds the longest.
    low, high = 0, len(text)
    while low <= high:
        middle = (low + high) // 2
        if fits(f"{text[:middle]}...{tail}"):
            kept, low = middle, middle + 1
        else:
            high = middle - 1
    return f"{text[:kept].rstrip()}...{tail}"


def _plain(character: str) -> str:
    if character in BASIC or character in EXTENDED:
        return character
    plain = "".join(one for one in unicodedata.normalize("NFKD", character) if not unicodedata.combining(one))
    return plain if plain and all(one in BASIC for one in plain) else character


def _septets(text: str) -> int | None:
    """The length in 7-bit characters; None when one of them is not in the alphabet."""
    if not all(one in BASIC or one in EXTENDED for one in text):
        return None
    return len(text) + sum(one in EXTENDED for one in text)
