"""Whether a change of a COE is material: whether somebody who approved the old text has to judge the new one. Pure.

Material is what changes what the COE claims or promises: severity, services, incidents, when the impact was, anchors of
the timeline, numbers, "not", causes and how they hang together, action items with owner, date and exit test, graphs,
and more than FEW words of any one text. Not material are typing errors, case, punctuation, spaces, the order of
sentences, addresses of links, ticks, tags, stars, sources, and who owns the COE. Changes are summed from what was
approved, so that many small ones do not slip through. Measured against documents as `coe/documents.py` makes them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

type_content = Mapping[str, Any]

# So many words added or removed in one text are still the same text.
FEW = 5
# A word and its correction are at least so alike (difflib's ratio): "recieve", "receive".
ALIKE = 0.75
# Pairs of words compared at most; more of them changed is material without a comparison.
MOST_PAIRS = 400_000
NEGATIONS = frozenset({"not", "no", "never", "none", "nobody", "without", "neither", "nor", "cannot"})

_LINK = re.compile(r"!?\[([^\]\n]{0,500})\]\([^)\n]{0,2000}\)|<?https?://[^\s>]{1,2000}>?")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s|\n+")
_WORD = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)?|[%€$£]")


@dataclass(frozen=True, slots=True)
class Change:
    """What changed materially: the place (a section's key, or a part's) and one sentence."""

    place: str
    sentence: str


def changes(old: type_content, new: type_content) -> list[Change]:
    """Every material change from one document to the other, in reading order; none means approvals still hold."""
    return [
        *_facts(old, new),
        *_texts(old, new),
        *_timeline(old, new),
        *_causes(old, new),
        *_actions(old, new),
        *_graphs(old, new),
    ]


def is_material(old: str, new: str) -> bool:
    """Whether one text says something else than the other."""
    if old == new:
        return False
    before, after = _changed_words(old, new)
    if _numbers(before) != _numbers(after) or _negations(before) != _negations(after):
        return True
    if len(before) * len(after) > MOST_PAIRS:
        return True
    # The alignment depends on which text comes first; the judgement must not.
    return max(_differing(before, after), _differing(after, before)) > FEW


def _changed_words(old: str, new: str) -> tuple[list[str], list[str]]:
    """The words of the sentences that are not in the other text, wherever they stand."""
    before, after = _sentences(old), _sentences(new)
    kept = Counter(before) & Counter(after)
    return _without(before, Counter(kept)), _without(after, Counter(kept))


def _without(sentences: Iterable[tuple[str, ...]], kept: Counter[tuple[str, ...]]) -> list[str]:
    words: list[str] = []
    for sentence in sentences:
        if kept[sentence]:
            kept[sentence] -= 1
        else:
            words += sentence
    return words


def _sentences(text: str) -> list[tuple[str, ...]]:
    plain = _LINK.sub(lambda found: found[1] or "", text)
    return [
        tuple(word.lower().replace("’", "'") for word in _WORD.findall(part)) for part in _SENTENCE_END.split(plain)
    ]


def _numbers(words: Iterable[str]) -> Counter[str]:
    return Counter(word for word in words if word[0].isdigit() or word in "%€$£")


def _negations(words: Iterable[str]) -> int:
    return sum(word in NEGATIONS or word.endswith("n't") for word in words)


def _differing(before: list[str], after: list[str]) -> int:
    """How many words were added, removed or replaced; corrected typing errors do not count."""
    count = 0
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if tag != "equal":
            removed, added = before[old_start:old_end], after[new_start:new_end]
            if "".join(removed) != "".join(added):
                pairs = list(zip(removed, added, strict=False)) if len(removed) == len(added) else []
                corrected = sum(_is_corrected(one, other) for one, other in pairs)
                count += max(len(removed), len(added)) - corrected
    return count


def _is_corrected(one: str, other: str) -> bool:
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE


def _facts(old: type_content, new: type_content) -> Iterator[Change]:
    if old.get("severity") != new.get("severity"):
        yield Change("header", f"The severity was {old.get('severity')} and is {new.get('severity')}.")
    if is_material(old.get("title", ""), new.get("title", "")):
        yield Change("header", "The title says something else.")
    for key, name in (("impact_started_at", "began"), ("impact_ended_at", "ended")):
        if old.get(key) != new.get(key):
            yield Change("header", f"When the impact {name} changed.")
    if _slugs(old) != _slugs(new):
        yield Change("header", "Other services are named.")
    if _numbers_of(old) != _numbers_of(new):
        yield Change("header", "It is about other incidents.")


def _numbers_of(content: type_content) -> set[str]:
    return {incident["number"] for incident in content.get("incidents", ())}


def _slugs(content: type_content) -> set[str]:
    return {service["slug"] for service in content.get("services", ())}


def _texts(old: type_content, new: type_content) -> Iterator[Change]:
    before, after = old.get("sections", {}), new.get("sections", {})
    titles = {form["key"]: form["title"] for form in new.get("form", ())}
    keys = [*(key for key in titles if key in after or key in before)]
    keys += [key for key in [*after, *before] if key not in titles]
    for key in dict.fromkeys(keys):
        title = titles.get(key, key.replace("_", " ").capitalize())
        if is_material(before.get(key, ""), after.get(key, "")):
            yield Change(key, f"“{title}” says something else.")
        if bool(old.get("waived", {}).get(key)) != bool(new.get("waived", {}).get(key)):
            yield Change(key, f"“{title}” is waived now, or no longer.")


def _timeline(old: type_content, new: type_content) -> Iterator[Change]:
    before, after = _anchors(old), _anchors(new)
    for anchor in [*after, *(anchor for anchor in before if anchor not in after)]:
        if before.get(anchor) != after.get(anchor):
            yield Change("timeline", f"The anchor “{anchor.replace('_', ' ')}” is another time.")
    if is_material(_lines(old), _lines(new)):
        yield Change("timeline", "The timeline tells something else.")


def _anchors(content: type_content) -> dict[str, str]:
    return {event["anchor"]: event["at"] for event in content.get("timeline", ()) if event["anchor"]}


def _lines(content: type_content) -> str:
    return "\n".join(event["text"] for event in content.get("timeline", ()))


def _causes(old: type_content, new: type_content) -> Iterator[Change]:
    before, after = dict(_walk(old.get("causes", ()))), dict(_walk(new.get("causes", ())))
    links = [{(link["cause"], link["effect"]) for link in one.get("links", ())} for one in (old, new)]
    shape = [{pk: facts[1:] for pk, facts in one.items()} for one in (before, after)]
    if shape[0] != shape[1] or links[0] != links[1]:
        yield Change("causes", "The causes hang together differently.")
    if any(is_material(before[pk][0], after[pk][0]) for pk in before.keys() & after.keys()):
        yield Change("causes", "A cause says something else.")


def _walk(nodes: Iterable[type_content], parent: Any = None) -> Iterator[tuple[Any, tuple[str, Any, str, Any]]]:
    """Each cause by its id, or by its words before they had one: text, parent, kind, join."""
    for node in nodes:
        pk = node.get("id") or node["text"]
        yield pk, (node["text"], parent, node["kind"], node.get("join"))
        yield from _walk(node["children"], pk)


def _actions(old: type_content, new: type_content) -> Iterator[Change]:
    before, after = _by_id(old), _by_id(new)
    for pk in [*after, *(pk for pk in before if pk not in after)]:
        title = (after.get(pk) or before[pk])["title"]
        if pk not in before or pk not in after:
            yield Change("actions", f"The action item “{title}” is {'gone' if pk in before else 'new'}.")
        elif _promise(before[pk]) != _promise(after[pk]):
            yield Change("actions", f"The action item “{title}” promises something else.")
        elif any(is_material(before[pk][key], after[pk][key]) for key in ("title", "exit_test")):
            yield Change("actions", f"The action item “{title}” says something else.")
    if is_material(old.get("no_actions_because", ""), new.get("no_actions_because", "")):
        yield Change("actions", "Why nothing is corrected has another reason.")


def _by_id(content: type_content) -> dict[Any, type_content]:
    return {action.get("id") or action["title"]: action for action in content.get("actions", ())}


def _promise(action: type_content) -> tuple[Any, ...]:
    owner = (action["owner"] or {}).get("id")
    return owner, action["due_on"], action["priority"], action["kind"], sorted(action.get("corrects", ()))


def _graphs(old: type_content, new: type_content) -> Iterator[Change]:
    before, after = _shown(old), _shown(new)
    if before != after:
        yield Change("graphs", "The graphs show something else.")


def _shown(content: type_content) -> dict[Any, tuple[Any, ...]]:
    return {
        graph["id"]: (graph["kind"], graph["unit"], graph["csv"], graph["url"], (graph["picture"] or {}).get("key"))
        for graph in content.get("graphs", ())
    }
