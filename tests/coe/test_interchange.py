"""The Markdown of a COE loses nothing: what was exported, imported and exported again is the same to the byte."""

import string
from datetime import UTC, date, datetime

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coe.interchange import facts
from coe.interchange.lines import cells, row, unwords, words
from coe.interchange.reading import ANCHORS, CAUSE_KINDS, is_ours, read
from coe.interchange.writing import written
from coe.template import BUILT_IN, Kind

NASTY = [
    "|", "`", "```", "# H", "## H\n", "<!-- errata: text summary -->", "<!-- errata: graph csv -->", "\\", "* ", "_",
    "★ ", "\r\n", "\n\n", "---\n", "<br>", "[x](javascript:1)", "&amp;", " _(", "C1", "1. ", "- ", "\u2028", "é",
    "日本", "🚒",
]  # fmt: skip
letters = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)
free = st.lists(st.sampled_from(NASTY) | letters, max_size=6).map("".join)
said = free.filter(lambda text: text.strip())
instants = st.datetimes(datetime(1931, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)).map(datetime.isoformat)
KEYS = [form.key for form in BUILT_IN.texts]


@st.composite
def contents(draw):
    causes, ids = draw(trees()), []
    collect(causes, ids)
    some = st.sampled_from(ids) if ids else st.nothing()
    return {
        "shape": 2, "number": "COE-7", "title": draw(said), "severity": draw(st.integers(1, 5)),
        "team": {"slug": "payments", "name": draw(said.map(lambda text: " ".join(text.split())).filter(bool))},
        "owner": {"id": 4, "name": draw(said)},
        "zone": draw(st.sampled_from(["UTC", "Europe/Paris", "Asia/Kathmandu"])),
        "template_version": "2026-1", "source": draw(free), "tags": draw(st.lists(st.sampled_from(["dns", "tls"]))),
        "impact_started_at": draw(st.none() | instants), "impact_ended_at": draw(st.none() | instants),
        "no_actions_because": draw(free),
        "services": draw(st.lists(st.builds(dict, slug=st.just("api"), name=free), max_size=2)),
        "incidents": [{"id": 3, "number": "INC-3", "title": draw(free)}],
        "form": BUILT_IN.to_json()["sections"],
        "sections": draw(st.dictionaries(st.sampled_from([*KEYS, "of_old"]), free)),
        "waived": draw(st.dictionaries(st.sampled_from(KEYS), free)),
        "timeline": draw(st.lists(events, max_size=4)), "causes": causes,
        "links": draw(st.lists(st.builds(dict, cause=some, effect=some), max_size=3)) if ids else [],
        "actions": draw(st.lists(actions(ids), max_size=3)), "graphs": draw(st.lists(graphs, max_size=3)),
        "checklist": draw(st.lists(st.sampled_from(["names", "other"]), unique=True)),
    }  # fmt: skip


def collect(nodes, ids):
    for node in nodes:
        ids.append(node["id"])
        collect(node["children"], ids)


@st.composite
def trees(draw, depth=0):
    if depth > 3:
        return []
    return [
        {"id": draw(st.integers(1, 10**9)), "text": draw(said), "kind": draw(st.sampled_from(sorted(CAUSE_KINDS))),
         "join": draw(st.sampled_from(["any", "all"])), "no_action_because": draw(free),
         "children": draw(trees(depth + 1))}
        for _ in range(draw(st.integers(0, 2)))
    ]  # fmt: skip


events = st.builds(
    dict, id=st.integers(), is_starred=st.booleans(), at=instants, text=said,
    anchor=st.sampled_from(["", *sorted(ANCHORS)]), source=free, deployment=st.none(),
)  # fmt: skip
graphs = st.builds(
    dict, id=st.integers(), kind=st.sampled_from(["csv", "link", "picture"]), title=said, description=free, unit=free,
    csv=free,
    url=st.sampled_from(["https://example.com/a_b?c=*&d", "http://x/<>", "javascript:1"]),
    picture=st.builds(dict, key=st.uuids().map(str), alt=free, width=st.integers(1, 9999), height=st.integers(1, 9999)),
)  # fmt: skip


def actions(ids):
    return st.builds(
        dict, id=st.integers(), title=said, exit_test=free,
        owner=st.none() | st.builds(dict, id=st.integers(), name=said),
        team=st.just("payments"), due_on=st.none() | st.dates(date(1970, 1, 1)).map(date.isoformat),
        priority=st.sampled_from(["high", "low"]), kind=st.sampled_from(["prevent", "detect"]),
        tracker_url=st.sampled_from(["", "https://tracker.example/7"]),
        corrects=st.lists(st.sampled_from(ids), max_size=2) if ids else st.just([]),
    )  # fmt: skip


@settings(max_examples=120, suppress_health_check=list(HealthCheck), deadline=None)
@given(contents(), st.none() | st.dates())
def test_what_is_exported_imported_and_exported_is_the_same(content, published_on):
    first = written(content, published_on)

    back = read(first)

    assert is_ours(first)
    assert not back.problems
    assert written(back.content, back.published_on) == first


@given(said)
def test_words_of_others_come_back_as_they_were(text):
    assert unwords(words(text)) == text.replace("\r\n", "\n").replace("\r", "\n").strip()
    assert "\n" not in words(text)
    assert cells(row([text, "x"]))[1] == "x"


def test_what_matters_survives():
    content = read(written(CONTENT)).content

    assert content["title"] == CONTENT["title"]
    assert content["sections"]["summary"] == CONTENT["sections"]["summary"]
    assert content["timeline"][0]["at"] == "2026-10-25T01:30:00+00:00"
    assert content["causes"][0]["children"][0]["text"] == "A | b"
    assert content["links"] == [{"cause": 2, "effect": 1}]
    assert content["actions"][0]["corrects"] == [2]


CONTENT = {
    "title": "38 % of card checkouts were declined", "severity": 2, "team": {"slug": "p", "name": "Payments"},
    "owner": {"id": 1, "name": "Alice"}, "zone": "Europe/Paris", "sections": {"summary": "# Not a part\n\n| a |"},
    "timeline": [{"at": "2026-10-25T01:30:00+00:00", "text": "The second half past two", "anchor": "detected"}],
    "causes": [{"id": 70, "text": "Top", "kind": "trigger", "children": [
        {"id": 71, "text": "A | b", "kind": "response_gap", "children": []}]}],
    "links": [{"cause": 71, "effect": 70}],
    "actions": [{"title": "Do", "corrects": [71]}],
}  # fmt: skip


def test_front_matter_that_multiplies_is_text():
    bomb = "---\na: &a [x, x]\nb: &b [*a, *a]\n---\n# T\n"

    values, below, problem = facts.split(bomb)

    assert not values
    assert below == bomb
    assert "kept as text" in problem


def test_front_matter_of_any_depth_is_survived():
    for raw in (
        "[" * 30_000,
        "a: " * 20_000,
        "2020-13-45: x",
        "!!python/object:os.system x",
        "? : :",
        string.printable,
    ):
        assert facts.split(f"---\n{raw}\n---\nbody")[2] or yaml.safe_load(raw)


def test_kinds_of_parts_are_those_of_the_template():
    assert {"text", "graphs", "timeline", "causes", "actions"} == {kind.value for kind in Kind}
