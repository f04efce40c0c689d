"""Takes people out of real postmortems: names, handles, addresses, and links that lead to a person or to a closed room.

It decides what is replaced and by what. It does not read files (`demo/gathering.py`) and knows nothing of sections.
Known names are kept as salted digests only: a word of a document is looked up, the list cannot be read.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Callable
from pathlib import Path

KNOWN = Path(__file__).parent / "data" / "known_names.json"

# Mailboxes of a function, not of a person: named by their function.
ROLE_MAILBOXES = {"abuse", "admin", "binder-team", "security", "sponsors"}
# Owners of public repositories that are organisations; a link to any other owner is a link to a person.
ORGANISATIONS = {
    "2i2c-org", "azure", "cabotage", "chia-network", "darkbitio", "dfds", "en", "hub4j", "jenkins-infra", "jenkinsci",
    "jupyterhub", "ministryofjustice", "posthog", "pypi", "tornadoweb", "traefik", "uswitch", "zizmorcore",
}  # fmt: skip
# Hosts that show a person, a private conversation or a picture we do not carry.
CLOSED_HOSTS = (
    r"[\w-]+\.slack\.com|(?:docs|drive)\.google\.com|app\.zenhub\.com|[\w-]+\.pagerduty\.com|hackmd\.io|gitter\.im|"
    r"files\.gitter\.im|keybase\.io|twitter\.com|x\.com|nitter\.[\w.]+|gist\.github\.com|matrix\.to|[\w-]+\.freshdesk\.com|"
    r"(?:www\.)?linkedin\.com|lh\d\.googleusercontent\.com|user-images\.githubusercontent\.com|i\.imgur\.com|"
    r"res\.cloudinary\.com|[\w-]+\.github\.io|registry\.terraform\.io/providers|console\.cloud\.google\.com|"
    r"app\.azure\.com|d33wubrfki0l68\.cloudfront\.net|github\.com/user-attachments"
)
LABELS = {"engineer": "engineer", "researcher": "researcher", "user": "user"}

_IMAGE = re.compile(r"!\[([^\]]*)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)")
_HTML_IMAGE = re.compile(r"<img\b[^>]*?(?:alt=\"([^\"]*)\"[^>]*)?/?>", re.IGNORECASE)
_FRAME = re.compile(r"<iframe\b.*?</iframe>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_BROKEN_LINK = re.compile(r"<https?: [^>]*>")
_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(\s*([^)\s]+)\s*\)")
_ANGLED = re.compile(r"<(https?://[^>\s]+)>")
_BARE = re.compile(r"(?<!\]\()(?<![\[\"'`=])\bhttps?://[^\s)\]>`\"]+")
_DEFINITION = re.compile(r"^\[(?!\^)([^\]]+)\]:\s*(\S+)\s*$", re.MULTILINE)
_REFERENCE = re.compile(r"\[([^\[\]]+)\]\[([^\[\]]+)\]")
_MAILTO = re.compile(r"\[[^\]]*\]\(mailto:([^)]+)\)|<(?:mailto:)?([\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,})>")
_MAIL = re.compile(r"(?<![\w/@])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}\b")
_HANDLE = re.compile(r"(?<![\w./`:(+-])@([A-Za-z][\w-]{2,})(?!/|[\w.]*\.[a-z]{2,})")
_CLOSED_BULLET = re.compile(
    r"^\s*[-*–]\s*(?:Initial investigation thread|Incident declared|Timeline|Slack threads?|Timeline/Slack thread)\s*:"
    r"(?=[^\n]*(?:https?:|<https))[^\n]*\n?",
    re.MULTILINE,
)
_HALF_LINK = re.compile(r"^ttps://\S+\s*\n?", re.MULTILINE)
_ATTENDEES = re.compile(r"^#+ *(?:Attendees|Atendees)\s*\n(?:(?!#).*\n?)*", re.MULTILINE)
_BIOGRAPHY = re.compile(r"^_[^\n]*\bis the Director of\b[\s\S]*?_\s*$", re.MULTILINE)
_JOB_SENTENCE = re.compile(r"^[^\n]*'s roles? as \[[^\n]*are supported by[^\n]*$", re.MULTILINE)
_IMAGE_NAME = re.compile(r"(r2d-[0-9a-f]{7})(?!jupyter)[a-z0-9]+-")
_WORD = re.compile(r"[^\W_]+", re.UNICODE)


def digest(salt: str, source: str, words: str) -> str:
    """The key under which a name (one to three words, as written) of one source is known."""
    return hashlib.sha256(f"{salt}|{source}|{words}".encode()).hexdigest()[:20]


class Names:
    """Known people of one document, each called by one role and letter throughout it."""

    def __init__(self, source: str) -> None:
        table = json.loads(KNOWN.read_text())
        self.salt: str = table["salt"]
        self.people: dict[str, list[str]] = table["people"]
        self.source = source
        self.called: dict[str, str] = {}

    def call(self, person: str, role: str, style: str) -> str:
        """“engineer A” in prose, “user-a” where a handle stood."""
        if person not in self.called:
            taken = sum(1 for name in self.called.values() if name.split()[0] == role)
            self.called[person] = f"{role} {chr(ord('A') + taken)}"
        name = self.called[person]
        return name.lower().replace(" ", "-") if style == "handle" else name

    def known(self, words: str) -> list[str] | None:
        """(person, role, style) when these words name somebody in this source."""
        return self.people.get(digest(self.salt, self.source, words))

    def replace(self, text: str) -> str:
        """Every known name in the text, longest first."""
        found = list(_WORD.finditer(text))
        out: list[str] = []
        done = index = 0
        while index < len(found):
            length, person = self._match(text, found, index)
            if person is None:
                index += 1
                continue
            start, end = found[index].start(), found[index + length - 1].end()
            out += [text[done:start], self._fitting(self.call(*person), text[:start], person[2])]
            done, index = end, index + length
        return "".join([*out, text[done:]])

    def _match(self, text: str, found: list[re.Match[str]], index: int) -> tuple[int, list[str] | None]:
        for length in (3, 2, 1):
            chosen = found[index : index + length]
            if len(chosen) < length:
                continue
            words = text[chosen[0].start() : chosen[-1].end()]
            person = self.known(words)
            if person is not None:
                return length, person
        return 1, None

    @staticmethod
    def _fitting(name: str, before: str, style: str) -> str:
        """With a capital where a sentence, a table cell or a list entry begins."""
        if style != "handle" and re.search(r"(?:^|[.!?:|]\s+|\n\s*(?:[-*>]\s*)?|[-–]\s+)$", before[-12:]):
            return name[0].upper() + name[1:]
        return name


def is_closed(url: str) -> bool:
    """Whether a link leads to a person, a private room, or nowhere outside its own repository."""
    if not url.startswith(("http://", "https://")):
        return True
    if re.match(rf"https?://(?:{CLOSED_HOSTS})", url):
        return True
    owner = re.match(r"https?://(?:www\.)?github\.com/([\w-]+)/", url)
    return bool(owner) and owner.group(1).lower() not in ORGANISATIONS  # type: ignore[union-attr]


def _mailbox(address: str) -> str:
    local = address.split("@", maxsplit=1)[0].lower()
    return f"the {local} mailbox" if local in ROLE_MAILBOXES else "an e-mail address"


def _without_pictures(text: str) -> str:
    text = _HTML_IMAGE.sub(lambda m: f"_(picture: {m.group(1)})_" if m.group(1) else "", text)
    return _IMAGE.sub(lambda m: f"_(picture: {m.group(1)})_" if m.group(1).strip() else "", text)


def _without_closed_links(text: str) -> str:
    text = _LINK.sub(lambda m: m.group(1) if is_closed(m.group(2)) else m.group(0), text)
    text = _ANGLED.sub(lambda m: "(link not kept)" if is_closed(m.group(1)) else m.group(0), text)
    text = _BARE.sub(lambda m: "(link not kept)" if is_closed(m.group(0)) else m.group(0), text)
    kept = {m.group(1).lower() for m in _DEFINITION.finditer(text) if not is_closed(m.group(2))}
    text = _DEFINITION.sub(lambda m: m.group(0) if m.group(1).lower() in kept else "", text)
    return _REFERENCE.sub(lambda m: m.group(0) if m.group(2).lower() in kept else m.group(1), text)


def _outside_code(text: str, rule: Callable[[str], str]) -> str:
    """Apply a rule to prose only; fenced code keeps its markup."""
    parts = re.split(r"(^\s*```.*?^\s*```[^\n]*$)", text, flags=re.MULTILINE | re.DOTALL)
    return "".join(part if part.lstrip().startswith("```") else rule(part) for part in parts)


def _markup(text: str) -> str:
    text = _FRAME.sub("", text)
    text = _without_pictures(text)
    text = re.sub(r"<br\s*/?>", " ", text)
    text = re.sub(r"</?(?:strike|font|center)\b[^>]*>", "", text)
    text = re.sub(r"<(https?://[^\s>]+)(?=\s)", r"\1", text)
    text = re.sub(r"<([\w-]+(?:\.[\w-]+){2,})>", r"`\1`", text)
    # Bold that was opened and never closed.
    text = re.sub(r"^\*\*(?=[^*\n]*$)", "", text, flags=re.MULTILINE)
    text = _MAILTO.sub(lambda m: _mailbox(m.group(1) or m.group(2)), text)
    text = _BROKEN_LINK.sub("(link not kept)", text)
    return html.unescape(_without_closed_links(text))


def tidy(text: str) -> str:
    """Broken characters, blanks at line ends, more than one blank line."""
    text = (
        text.replace("\r\n", "\n").replace("\u00a0", " ").replace("Â\n", "\n").replace("Â ", " ").replace("\ufeff", "")
    )
    text = re.sub(r"Â$", "", re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE))
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def anonymised(text: str, source: str, names: Names | None = None) -> str:
    """The document without people. Pass `names` to call the same person the same in title and body."""
    names = names or Names(source)
    text = tidy(text)
    for gone in (_ATTENDEES, _BIOGRAPHY, _JOB_SENTENCE, _CLOSED_BULLET, _HALF_LINK):
        text = gone.sub("", text)
    text = _outside_code(text, _markup)
    text = _MAIL.sub(lambda m: _mailbox(m.group(0)), text)
    text = _HANDLE.sub(lambda m: names.call(m.group(1).lower(), "engineer", "prose"), text)
    text = _IMAGE_NAME.sub(r"\1user-", text)
    text = names.replace(text)
    text = re.sub(r"(engineer [A-Z]) [A-Z]\.", r"\1.", text)
    text = re.sub(r" \(“engineer [A-Z]”\)", "", text)
    return tidy(text)
