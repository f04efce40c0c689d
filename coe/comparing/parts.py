"""Which rows and facts a snapshot of a COE has besides its texts, in words. Pure.

Snapshots are those of `coe/documents.py`, of both shapes; what shape 1 lacks is empty, and its rows have no ids.
Times are told in one zone, that of the newer snapshot: another zone alone moves no line.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from coe.comparing.matching import Row, Value
from oncall.times import local, parse_instant

type_content = Mapping[str, Any]
JOINS = {"all": "Only together", "any": "Each contributes"}


def prose(text: object) -> Value:
    """A fact that is compared word by word."""
    return Value(str(text or ""), is_prose=True)


def named(names: Sequence[str], said: Hashable = None) -> Value:
    """A fact that is a list of names, compared name by name."""
    return Value(", ".join(names), said=said, names=tuple(names))


def label_of(value: object) -> str:
    """A choice as people read it: "missing_safeguard" is "Missing safeguard"."""
    return str(value or "").replace("_", " ").capitalize()


def moment(text: str | None, zone: str) -> str:
    """An instant of a snapshot on the wall clock of a zone, to the second if it is no whole minute; empty for none."""
    if not text:
        return ""
    at = local(parse_instant(text), zone)
    return f"{at:%Y-%m-%d %H:%M:%S}" if at.second else f"{at:%Y-%m-%d %H:%M}"


def _zoned(words: str, zone: str) -> str:
    return f"{words} {zone}" if words else ""


def header(content: type_content, zone: str) -> list[Row]:
    """The facts of the header, as the one row it is."""
    team, owner = content.get("team") or {}, content.get("owner") or {}
    facts = {
        "Title": prose(content.get("title")),
        "Severity": Value(f"SEV {content['severity']}" if content.get("severity") else ""),
        "Team": Value(team.get("name", ""), said=team.get("slug")),
        "Owner": Value(owner.get("name", ""), said=owner.get("id")),
        "Zone": Value(content.get("zone", "")),
        "Impact from": Value(_zoned(moment(content.get("impact_started_at"), zone), zone)),
        "Impact to": Value(_zoned(moment(content.get("impact_ended_at"), zone), zone)),
        "Services": _names(content.get("services", ()), "name", "slug"),
        "Incidents": _names(content.get("incidents", ()), "number", "id"),
        "Tags": named(sorted(content.get("tags", ()))),
        "No action items because": prose(content.get("no_actions_because")),
        "Template": Value(content.get("template_version", "")),
        "Source": Value(content.get("source", "")),
    }
    return [Row("header", "Header", facts)]


def _names(things: Iterable[type_content], name: str, key: str) -> Value:
    things = list(things)
    return named([str(thing[name]) for thing in things], tuple(sorted(str(thing[key]) for thing in things)))


def waived(content: type_content, titles: Mapping[str, str]) -> list[Row]:
    """The questions that are waived, by the section's key, each with its reason."""
    return [
        Row(key, titles.get(key, label_of(key)), {"Waived because": prose(reason)})
        for key, reason in sorted((content.get("waived") or {}).items())
    ]


def timeline(content: type_content, zone: str) -> list[Row]:
    """The lines of the timeline."""
    rows = []
    for place, event in enumerate(content.get("timeline", ())):
        facts = {
            "Text": prose(event["text"]),
            "Time": Value(moment(event["at"], zone)),
            "Anchor": Value(label_of(event.get("anchor"))),
            "Star": Value("Starred" if event.get("is_starred") else ""),
            "Source": Value(event.get("source") or ""),
        }
        rows.append(_row(event, place, moment(event["at"], zone), facts))
    return rows


def causes(content: type_content) -> list[Row]:
    """The causes in reading order, each with what it stands below and what it explains besides."""
    nodes = list(_walk(content.get("causes", ())))
    words = {pk: node["text"] for pk, node, _ in nodes}
    further: dict[Hashable, list[Hashable]] = {}
    for link in content.get("links", ()):
        further.setdefault(link["cause"], []).append(link["effect"])
    rows = []
    for pk, node, parent in nodes:
        below = frozenset() if parent is None else frozenset({parent})
        linked = further.get(pk, [])
        facts = {
            "Text": prose(node["text"]),
            "Kind": Value(label_of(node.get("kind"))),
            "Explains": Value(words[parent] if parent is not None else "The impact", refs=below),
            "Explains besides": Value("; ".join(words.get(one, "") for one in linked), refs=frozenset(linked)),
            "Its causes work": Value(JOINS.get(node.get("join", "any"), "")),
            "No action because": prose(node.get("no_action_because")),
        }
        rows.append(Row(pk, node["text"], facts, is_known="id" in node, group=parent, thing=node))
    return rows


def _walk(
    nodes: Iterable[type_content], parent: Hashable = None, path: str = "cause"
) -> Iterator[tuple[Hashable, type_content, Hashable]]:
    """Each cause with its id, or its place where it has none, and the id of its parent."""
    for place, node in enumerate(nodes):
        pk = node.get("id") or f"{path}.{place}"
        yield pk, node, parent
        yield from _walk(node["children"], pk, f"{path}.{place}")


def actions(content: type_content) -> list[Row]:
    """The action items."""
    words = {pk: node["text"] for pk, node, _ in _walk(content.get("causes", ()))}
    rows = []
    for place, action in enumerate(content.get("actions", ())):
        owner, corrects = action.get("owner") or {}, action.get("corrects", ())
        facts = {
            "Title": prose(action["title"]),
            "Owner": Value(owner.get("name", ""), said=owner.get("id")),
            "Team": Value(action.get("team") or ""),
            "Due": Value(action.get("due_on") or ""),
            "Priority": Value(label_of(action.get("priority"))),
            "Kind": Value(label_of(action.get("kind"))),
            "Exit test": prose(action.get("exit_test")),
            "Corrects": Value("; ".join(words.get(pk, "") for pk in corrects), refs=frozenset(corrects)),
            "Tracker": Value(action.get("tracker_url") or ""),
        }
        rows.append(_row(action, place, action["title"], facts))
    return rows


def graphs(content: type_content) -> list[Row]:
    """The graphs; a picture is named by its description and size, and compared by its key."""
    rows = []
    for place, graph in enumerate(content.get("graphs", ())):
        picture = graph.get("picture") or {}
        size = f"{picture['alt'] or 'Picture'} ({picture['width']} × {picture['height']})" if picture else ""
        facts = {
            "Title": prose(graph["title"]),
            "Kind": Value({"csv": "Plotted from CSV", "link": "Dashboard"}.get(graph["kind"], "Picture")),
            "Description": prose(graph.get("description")),
            "Unit": Value(graph.get("unit") or ""),
            "Data": Value(data_words(graph.get("csv") or ""), table=graph.get("csv") or ""),
            "Picture": Value(size, said=(picture.get("key", ""), picture.get("alt", ""))),
            "Link": Value(graph.get("url") or ""),
        }
        rows.append(_row(graph, place, graph["title"], facts))
    return rows


def data_words(csv: str) -> str:
    """What is said of the numbers of a graph."""
    count = max(0, len(csv.splitlines()) - 1)
    return f"{count} row{'' if count == 1 else 's'}" if csv else ""


def checklist(content: type_content, items: Mapping[str, str]) -> list[Row]:
    """The ticked items by key; `items` are their words."""
    return [
        Row(key, items.get(key, label_of(key)), {"Item": Value(items.get(key, label_of(key)))})
        for key in content.get("checklist", ())
    ]


def _row(thing: type_content, place: int, title: str, facts: Mapping[str, Value]) -> Row:
    """A row with its id, or its place where it has none."""
    return Row(thing.get("id") or f"place.{place}", title, facts, is_known="id" in thing, thing=thing)
