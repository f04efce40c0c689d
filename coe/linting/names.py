"""Rules about people and customers: a COE speaks of roles, so that nobody is blamed and everybody may read it.

It decides when a word is somebody's name. Whom the directory knows is handed in (`Names`). A full name, an e-mail
address and a handle are unmistakable; a first name alone counts only of people who had a part in the incident, and
never when it is a word as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from coe.linting.findings import Hit, Severity, more_here, rule
from coe.linting.reading import Document, Person, Place

GOOGLE = "Google, Site Reliability Engineering, ch. 15, “Postmortem Culture: Learning from Failure”"
# First names that are words, places, months, machines or programs too.
_WORDS_TOO = """
ada alexa amber an angel apache apollo april archer art ash athena atlas aurora austin autumn basil bill blake brook
brooks carter cash chance chandler chase christian claude clay cliff cole cooper cortana crystal daisy dale dallas
dawn dean destiny django do dot drew duke earl elm ernest eve faith felicity florence forest frank gene genesis
georgia glen grace grant gray guy harbor harmony harry hazel heath helm hermes holly honor hope hunter iris ivy jack
jade jasmine jasper jay jenkins jewel job josh journey joy julia juno justice kay kit lance lane laurel lily linux
london long lux major mark mars mason max may melody mercedes mercy miles misty nick norm oracle page paris parker
pascal pat patience pearl penny phoenix pierce pip piper porter price prince ray red reed rich river rob robin rocky
rose ruby rusty sage sandy say scala scout see skip sky song sonny spike star sterling stone storm sue summer sun
swift sydney tab tanner taylor the thor titan trace travis trinity trip tripp van victor victory virginia wade ward
watson west will willow winter wren young zen zion
"""
WORDS_TOO = frozenset(_WORDS_TOO.split())
_TOKEN = re.compile(r"@?[^\W_]+(?:[.'’+-][^\W_]+)*(?:@[\w-]+(?:\.[\w-]+)+)?")
_POSSESSIVE = re.compile(r"['’]s$")
MOST_WORDS = 4


class _Index:
    """The directory by first word, so that a text is read once however many people there are."""

    def __init__(self, people: tuple[Person, ...]) -> None:
        self.full: dict[str, list[tuple[tuple[str, ...], Person]]] = {}
        self.single: dict[str, list[Person]] = {}
        self.addresses: dict[str, Person] = {}
        for person in people:
            words = tuple(word.lower() for word in person.name.split())
            if person.email:
                self.addresses[person.email.lower()] = person
                self.addresses["@" + person.email.lower().split("@")[0]] = person
            if len(words) > 1:
                self.full.setdefault(words[0], []).append((words[:MOST_WORDS], person))
            if words and person.is_near and len(words[0]) > 2 and words[0] not in WORDS_TOO:
                self.single.setdefault(words[0], []).append(person)


@lru_cache(maxsize=16)
def _index(people: tuple[Person, ...]) -> _Index:
    return _Index(people)


@rule(
    "personal-name",
    Severity.MUST,
    "Personal name",
    why="A name invites blame, and whoever fears blame tells less next time; the next person in the same role can do "
    "the same again.",
    source=GOOGLE,
    mend="Name the role that the person had.",
)
def personal_names(document: Document) -> Iterator[Hit]:
    """Full names, e-mail addresses and handles of the directory; first names of people who took part."""
    index = _index(document.names.people)
    if not document.names.people:
        return
    for place in document.places:
        for start, end, people in _named(place, index):
            roles = {person.role for person in people}
            role = roles.pop() if len(roles) == 1 and _is_replaceable(place, start, end) else ""
            name = place.text[start:end]
            yield Hit(place.key, f"“{name}” is a person's name.", start, end, _fitting(role, place, start))


def _named(place: Place, index: _Index) -> Iterator[tuple[int, int, list[Person]]]:
    """Spans of names with whom they may mean, none inside another."""
    tokens = list(_TOKEN.finditer(place.prose))
    at = 0
    while at < len(tokens):
        length, people = _match(tokens, at, index)
        if people:
            last = tokens[at + length - 1]
            end = last.end() - len(found[0] if (found := _POSSESSIVE.search(last[0])) else "")
            yield tokens[at].start(), end, people
        at += length


def _match(tokens: list[re.Match[str]], at: int, index: _Index) -> tuple[int, list[Person]]:
    word = tokens[at][0]
    plain = _POSSESSIVE.sub("", word)
    if "@" in word:
        person = index.addresses.get(plain.lower())
        return 1, [person] if person else []
    if not word[0].isupper():
        return 1, []
    for words, person in index.full.get(plain.lower(), ()):
        if _goes_on(tokens, at, words):
            return len(words), [person]
    if plain.lower() in index.single and _stands_alone(tokens, at):
        return 1, index.single[plain.lower()]
    return 1, []


def _goes_on(tokens: list[re.Match[str]], at: int, words: tuple[str, ...]) -> bool:
    """Whether the words of a full name follow each other, capitalised, with one blank between."""
    some = tokens[at : at + len(words)]
    return (
        len(some) == len(words)
        and all(_POSSESSIVE.sub("", token[0]).lower() == word for token, word in zip(some, words, strict=True))
        and all(token[0][0].isupper() for token in some)
        and all(later.start() == earlier.end() + 1 for earlier, later in pairwise(some))
    )


def _stands_alone(tokens: list[re.Match[str]], at: int) -> bool:
    """Whether a first name is one: written like a name, and no part of a hyphened, dotted or upper-case word."""
    token = tokens[at]
    word, text = _POSSESSIVE.sub("", token[0]), token.string
    before, after = text[max(0, token.start() - 1) : token.start()], text[token.end() : token.end() + 2]
    return word[1:].islower() and before not in set("_/\\.:=-#$") and not re.match(r"[_/\\=#-]|[.:]\w", after)


# Beside these words a role would not be English: “engineer the on-call engineer”, “an engineer de Vries”.
_JOINED_BEFORE = re.compile(
    r"(?:(?i:\b(?:engineers?|developers?|operators?|managers?|leads?|colleagues?|customers?|clients?"
    r"|tenants?|users?|mr|mrs|ms|dr"
    r"|prof|dear|hi|hello|hey|thanks?|cc|the|our|an?|my|your|fellow|named|called))|\b[A-Z]{2,})\.? $"
)
_JOINED_AFTER = re.compile(
    r" (?:[^\W\d_a-z]|(?:de|van|von|der|den|di|da|del|della|la|le|bin|ibn|al|el|ten|ter|dos|du|zu)\b)"
)


def _is_replaceable(place: Place, start: int, end: int) -> bool:
    """Whether a role can take the place of a name as the sentence stands."""
    before = place.prose[max(0, start - 20) : start]
    return not _JOINED_BEFORE.search(before) and not _JOINED_AFTER.match(place.prose, end)


def _fitting(role: str, place: Place, start: int) -> str | None:
    """The role as the sentence wants it; none where it is unclear who is meant."""
    if not role:
        return None
    return role[0].upper() + role[1:] if place.is_sentence_start(start) else role


@lru_cache(maxsize=16)
def _customers(names: tuple[str, ...]) -> re.Pattern[str] | None:
    wanted = sorted({name.strip() for name in names if len(name.strip()) > 1}, key=len, reverse=True)
    if not wanted:
        return None
    return re.compile(rf"(?<![\w@./-])(?:{'|'.join(map(re.escape, wanted))})(?![\w@/-]|\.\w)")


@rule(
    "customer-name",
    Severity.MUST,
    "Customer's name",
    why="A COE is read by the whole organisation and may go further, and that customer did not agree to be in it.",
    source="AWS, “Why you should develop a correction of error (COE)”: impact is described by numbers and experience",
    mend="Say what kind of customer, and how many.",
)
def customer_names(document: Document) -> Iterator[Hit]:
    """Customers that the directory knows, spelled as there."""
    pattern = _customers(document.names.customers)
    for place in document.places if pattern else ():
        for found in pattern.finditer(place.prose):  # type: ignore[union-attr]
            is_free = _is_replaceable(place, found.start(), found.end())
            offer = _fitting("a customer", place, found.start()) if is_free else None
            yield Hit(place.key, f"“{found[0]}” is a customer's name.", found.start(), found.end(), offer)


_PRONOUN = re.compile(r"(?<![\w/'’(-])(?:he|she|him|hers?|his|himself|herself)(?![\w/'’-])", re.IGNORECASE)


_OUTSIDER = re.compile(
    r"\b(?:attackers?|impersonat\w+|hackers?|thie(?:f|ves)|phish\w+|scam\w*|malicious"
    r"|reps?)\b",
    re.I,
)


@rule(
    "person-pronoun",
    Severity.CONSIDER,
    "He or she",
    why="“He” or “she” means one person, whom everybody on the team will guess.",
    source=GOOGLE,
    mend="Name the role, or write “they”.",
)
def pronouns(document: Document) -> Iterator[Hit]:
    """Pronouns of one person, in prose."""
    for place in document.places:
        some = [found for found in place.finds(_PRONOUN) if _is_colleague(place, found)]
        if some:
            message = f"“{some[0][0]}” is one person who can be guessed.{more_here(len(some) - 1)}"
            yield Hit(place.key, message, some[0].start(), some[0].end())


def _is_colleague(place: Place, found: re.Match[str]) -> bool:
    """Not an attacker, whose privacy a COE does not protect, nor the “he” of “int he middle”."""
    before = place.prose[max(0, found.start() - 200) : found.start()]
    return (
        not found[0].isupper() and not _OUTSIDER.search(before) and not re.search(r"\b(?:int|ont|fort|att)\s$", before)
    )
