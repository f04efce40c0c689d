"""A COE as a Markdown file that is good to read and loses nothing: what `reading.py` reads comes out the same again.

Pure: works on the content of a revision (`coe/documents.py`), whatever its shape. What belongs to one installation is
left out: ids of rows (causes are counted instead), prompts of the template, states of action items.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from coe.interchange import facts
from coe.interchange.lines import block, fence, mark, row, words
from coe.template import BUILT_IN, Kind, SectionForm
from oncall.times import is_zone, local, parse_instant

type_content = Mapping[str, Any]
FORM = 2  # raised when the form of the file changes
LINK_SCHEMES = ("https://", "http://")
_CHECKS = {item.key: item.text for item in BUILT_IN.checklist}
TITLES = {Kind.GRAPHS: "Graphs", Kind.TIMELINE: "Timeline", Kind.CAUSES: "Causes", Kind.ACTIONS: "Action items"}


def written(content: type_content, published_on: date | None = None) -> str:
    """The whole file. `published_on` is the day of the revision, when it is one that was published."""
    parts = [_front(content, published_on), f"# {words(content['title'])}", _opening(content)]
    group = ""
    for form in sections_of(content):
        body = _body(form, content)
        if not body:
            continue
        if form.group and form.group != group:
            parts.append(f"{mark('group')}\n## {words(form.group)}")
        group = form.group
        level = "###" if form.group else "##"
        parts.append(f"{mark(form.kind, form.key)}\n{level} {words(form.title)}\n\n{body}")
    if content.get("checklist"):
        parts.append(f"{mark('checklist')}\n## Checklist\n\n" + "\n".join(_checks(content["checklist"])))
    return "\n\n".join(part for part in parts if part) + "\n"


def sections_of(content: type_content) -> list[SectionForm]:
    """What the template asks, then whatever the document holds besides."""
    asked = [SectionForm(**{**one, "kind": Kind(one["kind"])}) for one in content.get("form") or ()]
    asked = asked or list(BUILT_IN.sections)
    keys = {form.key for form in asked if form.kind is Kind.TEXT}
    kinds = {form.kind for form in asked}
    held = [*content.get("sections", ()), *content.get("waived", ())]
    more = [key for key in dict.fromkeys(held) if key not in keys]
    parts = [SectionForm(kind.value, title, kind=kind) for kind, title in TITLES.items() if kind not in kinds]
    return [*asked, *(SectionForm(key, key.replace("_", " ").capitalize()) for key in more), *parts]


def clock(iso: str, zone: str) -> str:
    """An instant on the wall clock of the zone, with the offset only where the clock alone is not enough."""
    at = local(parse_instant(iso), zone)
    shown = at.replace(tzinfo=None).isoformat(sep=" ", timespec="auto")
    shown = shown.removesuffix(":00") if at.second == 0 and not at.microsecond else shown
    is_plain = at.fold == 0 and at.replace(fold=0).utcoffset() == at.utcoffset()
    return shown if is_plain else f"{shown} {at.isoformat()[-6:]}"


def walk(nodes: Iterable[type_content], depth: int = 0) -> Iterator[tuple[int, type_content]]:
    """Each cause with how deep it stands, in reading order."""
    for node in nodes:
        yield depth, node
        yield from walk(node.get("children", ()), depth + 1)


def _front(content: type_content, published_on: date | None) -> str:
    known = {
        "errata": FORM,
        "number": content.get("number"),
        "title": content["title"],
        "severity": int(content["severity"]),
        "team": dict(content["team"]),
        "owner": content["owner"]["name"],
        "services": [dict(service) for service in content.get("services", ())],
        "incidents": [{"number": one["number"], "title": one["title"]} for one in content.get("incidents", ())],
        "tags": list(content.get("tags", ())),
        "zone": content["zone"],
        "impact_started_at": content.get("impact_started_at"),
        "impact_ended_at": content.get("impact_ended_at"),
        "published_on": published_on.isoformat() if published_on else None,
        "template_version": content.get("template_version"),
        "source": content.get("source"),
        "no_actions_because": content.get("no_actions_because"),
    }
    if content.get("pictures"):
        # Of a file that travels with its pictures: what each shows, for those who do not see it.
        known["pictures"] = [dict(one) for one in content["pictures"]]
    return facts.joined(known).rstrip("\n")


def _opening(content: type_content) -> str:
    """The main facts again, for whoever reads the file without its front matter."""
    services = ", ".join(service["name"] for service in content.get("services", ()))
    known = [content.get("number"), content["team"]["name"], f"SEV {int(content['severity'])}", services]
    lines = [" · ".join(words(str(fact)) for fact in known if fact)]
    started, ended = content.get("impact_started_at"), content.get("impact_ended_at")
    if started:
        until = f" to {clock(ended, content['zone'])}" if ended else ""
        lines.append(f"Impact from {clock(started, content['zone'])}{until} ({content['zone']})")
    return "\n\n".join(lines)


def _body(form: SectionForm, content: type_content) -> str:
    if form.kind is Kind.TEXT:
        return _text(form.key, content)
    made = {Kind.GRAPHS: _graphs, Kind.TIMELINE: _timeline, Kind.CAUSES: _causes, Kind.ACTIONS: _actions}
    return made[form.kind](content)


def _text(key: str, content: type_content) -> str:
    reason = (content.get("waived") or {}).get(key, "")
    waived = f"{mark('waived')}\nNot answered: {words(reason)}" if reason.strip() else ""
    return "\n\n".join(part for part in (waived, block(content.get("sections", {}).get(key) or "")) if part)


def _timeline(content: type_content) -> str:
    zone = content["zone"] if is_zone(content["zone"]) else "UTC"
    rows = [
        row([
            clock(event["at"], zone),
            ("★ " if event.get("is_starred") else "") + _unstarred(event["text"]),
            event.get("anchor", "").replace("_", " "),
            event.get("source", ""),
        ])
        for event in content.get("timeline", ())
    ]  # fmt: skip
    head = [row([f"Time ({zone})", "Event", "Anchor", "Source"]), "|---|---|---|---|"]
    return "\n".join([*head, *rows]) if rows else ""


def _unstarred(text: str) -> str:
    """A star that somebody typed first is no star of ours: a second one stands before it."""
    return "★" + text.strip() if text.strip().startswith("★") else text


def _causes(content: type_content) -> str:
    flat = list(walk(content.get("causes", ())))
    names = {node.get("id"): f"C{number}" for number, (_, node) in enumerate(flat, start=1) if node.get("id")}
    besides: dict[str, list[str]] = {}
    for link in content.get("links", ()):
        if link["cause"] in names and link["effect"] in names:
            besides.setdefault(names[link["cause"]], []).append(names[link["effect"]])
    lines = []
    for number, (depth, node) in enumerate(flat, start=1):
        facts_of = [node["kind"].replace("_", " ")]
        facts_of += ["only together"] if node.get("join") == "all" else []
        facts_of += [f"also explains {', '.join(besides[f'C{number}'])}"] if f"C{number}" in besides else []
        reason = words(node.get("no_action_because") or "")
        facts_of += [f"no action because {reason}"] if reason else []
        lines.append(f"{'    ' * depth}- **C{number}** {words(node['text'])} _({'; '.join(facts_of)})_")
    return "\n".join(lines)


def _actions(content: type_content) -> str:
    numbers = {node.get("id"): f"C{number}" for number, (_, node) in enumerate(walk(content.get("causes", ())), 1)}
    return "\n".join(
        line
        for number, action in enumerate(content.get("actions", ()), start=1)
        for line in _action(number, action, numbers)
    )


def _action(number: int, action: type_content, causes: Mapping[Any, str]) -> list[str]:
    known = {
        "Owner": words((action.get("owner") or {}).get("name") or ""),
        "Team": words(action.get("team") or ""),
        "Due": action.get("due_on") or "",
        "Priority": words(action.get("priority") or ""),
        "Kind": words(action.get("kind") or ""),
        "Exit test": words(action.get("exit_test") or ""),
        "Tracker": _address(action.get("tracker_url") or ""),
        "Corrects": ", ".join(causes[pk] for pk in action.get("corrects", ()) if pk in causes),
    }
    return [
        f"{number}. **{words(action['title'])}**",
        *(f"    - {name}: {value}" for name, value in known.items() if value),
    ]


def _graphs(content: type_content) -> str:
    return "\n\n".join("\n".join(_graph(graph)) for graph in content.get("graphs", ()))


def _graph(graph: type_content) -> list[str]:
    lines = [mark("graph", graph["kind"]), f"### {words(graph['title'])}", ""]
    lines += [f"Unit: {words(graph['unit'])}", ""] if (graph.get("unit") or "").strip() else []
    if graph["kind"] == "csv":
        lines += [*fence(block(graph["csv"]), "csv"), ""]
    elif graph["kind"] == "picture" and graph.get("picture"):
        picture = graph["picture"]
        lines += [
            f'![{words(picture["alt"])}](pictures/{picture["key"]} "{picture["width"]} × {picture["height"]}")',
            "",
        ]
    elif graph["kind"] == "link":
        lines += [f"Dashboard: {_address(graph['url'])}", ""]
    return [*lines[:-1], *(["", text] if (text := block(graph.get("description") or "")) else [])]


def _address(url: str) -> str:
    """A link that shows its address; what is no address of the web is words."""
    is_link = url.startswith(LINK_SCHEMES) and not any(sign in url for sign in "<>\\") and not url.split()[1:]
    return f"<{url.strip()}>" if is_link else words(url)


def _checks(keys: Iterable[str]) -> Iterator[str]:
    for key in keys:
        yield f"- [x] `{key}`" + (f" {words(_CHECKS[key])}" if key in _CHECKS else "")
