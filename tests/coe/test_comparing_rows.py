"""The difference of two snapshots, row by row: timeline, causes, action items, graphs, header, waivers, ticks."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coe.comparing import Fate, changed
from coe.comparing.matching import Row, Value
from coe.comparing.parts import named, prose
from coe.comparing.rows import compared

EVENT = {"at": "2026-11-16T14:02:00+00:00", "anchor": "", "source": "", "is_starred": False, "deployment": None}
ACTION = {"exit_test": "A drill passes", "owner": {"id": 1, "name": "Alice"}, "team": "payments",
          "due_on": "2026-12-16",
          "priority": "high", "kind": "prevent", "tracker_url": "", "corrects": []}  # fmt: skip
CAUSE = {"kind": "contributing", "join": "any", "no_action_because": "", "children": []}
GRAPH = {"kind": "csv", "description": "", "unit": "%", "csv": "time,a\n1,2\n", "url": "", "picture": None}
OLD = {
    "shape": 2,
    "title": "Cards were declined", "severity": 2, "team": {"slug": "payments", "name": "Payments"},
    "owner": {"id": 1, "name": "Alice"}, "zone": "Europe/Paris", "impact_started_at": EVENT["at"],
    "impact_ended_at": None, "no_actions_because": "", "services": [], "incidents": [], "tags": ["tls"],
    "template_version": "2026-1", "source": "",
    "form": [{"key": "summary", "title": "Summary", "kind": "text"},
             {"key": "timeline", "title": "Timeline", "kind": "timeline"}],
    "sections": {"summary": "It failed."}, "waived": {"detection": "Known"},
    "timeline": [{**EVENT, "id": 1, "text": "Deployed 1.42"}, {**EVENT, "id": 2, "text": "Paged"}],
    "causes": [
        {**CAUSE, "id": 1, "text": "One pool", "children": [{**CAUSE, "id": 2, "text": "No bound"}]},
        {**CAUSE, "id": 3, "text": "No alarm"},
    ],
    "links": [{"cause": 2, "effect": 3}],
    "actions": [{**ACTION, "id": 1, "title": "Split the pool", "corrects": [1]}],
    "graphs": [{**GRAPH, "id": 1, "title": "Declines"}],
    "checklist": ["names"],
}  # fmt: skip


def having(**facts):
    return {**copy.deepcopy(OLD), **facts}


def told(new, old=OLD):
    """part → [(fate, title, {label: (before, after)})] of what differs."""
    return {
        part.key: [
            (row.fate.value, row.title, {fact.label: (fact.old, fact.new) for fact in row.facts})
            for row in part.changed_rows
        ]
        for part in changed(old, new)
        if not part.is_text
    }


def edited(part, place, **facts):
    rows = copy.deepcopy(OLD[part])
    rows[place] |= facts
    return having(**{part: rows})


def test_a_document_does_not_differ_from_itself():
    assert changed(OLD, copy.deepcopy(OLD)) == []


def test_parts_come_in_the_order_of_the_document():
    new = having(title="Else", sections={"summary": "It held."}, checklist=[], timeline=[])

    assert [part.key for part in changed(OLD, new)] == ["header", "summary", "timeline", "checklist"]


@pytest.mark.parametrize(
    ("facts", "label", "words"),
    [
        ({"title": "Cards were refused"}, "Title", ("Cards were declined", "Cards were refused")),
        ({"severity": 1}, "Severity", ("SEV 2", "SEV 1")),
        ({"owner": {"id": 2, "name": "Bob"}}, "Owner", ("Alice", "Bob")),
        ({"tags": ["dns", "tls"]}, "Tags", ("tls", "dns, tls")),
        ({"services": [{"slug": "api", "name": "api"}]}, "Services", ("", "api")),
        ({"impact_started_at": None}, "Impact from", ("2026-11-16 15:02 Europe/Paris", "")),
        ({"no_actions_because": "Retired"}, "No action items because", ("", "Retired")),
    ],
)
def test_facts_of_the_header(facts, label, words):
    assert told(having(**facts)) == {"header": [("changed", "Header", {label: words})]}


def test_another_zone_alone_moves_no_line():
    assert told(having(zone="UTC")) == {"header": [("changed", "Header", {"Zone": ("Europe/Paris", "UTC")})]}


def test_a_line_of_the_timeline_changes_its_words_time_anchor_and_star():
    new = edited("timeline", 0, text="Deployed 1.43", at="2026-11-16T14:03:00+00:00", anchor="trigger", is_starred=True)

    [(fate, title, facts)] = told(new)["timeline"]
    assert (fate, title) == ("changed", "2026-11-16 15:03")
    assert facts == {
        "Text": ("Deployed 1.42", "Deployed 1.43"),
        "Time": ("2026-11-16 15:02", "2026-11-16 15:03"),
        "Anchor": ("", "Trigger"),
        "Star": ("", "Starred"),
    }


def test_the_words_of_a_changed_line_are_marked_one_by_one():
    [part] = changed(OLD, edited("timeline", 0, text="Deployed 1.43"))
    [row] = part.changed_rows

    assert [(piece.kind.value, piece.text) for piece in row.lead.pieces] == [
        ("same", "Deployed 1."),
        ("removed", "42"),
        ("added", "43"),
    ]


def test_lines_come_and_go_where_they_stood():
    new = having(timeline=[{**EVENT, "id": 3, "text": "Trigger"}, OLD["timeline"][1]])

    rows = next(part for part in changed(OLD, new) if part.key == "timeline").rows
    assert [(row.fate.value, row.row.name) for row in rows] == [
        ("removed", "Deployed 1.42"),
        ("added", "Trigger"),
        ("same", "Paged"),
    ]


def test_a_line_that_was_put_back_under_a_new_id_is_the_same():
    assert told(edited("timeline", 0, id=9)) == {}


def test_a_cause_below_another_one_says_both():
    moved = [{**CAUSE, "id": 1, "text": "One pool"},
             {**CAUSE, "id": 3, "text": "No alarm", "children": [{**CAUSE, "id": 2, "text": "No bound"}]}]  # fmt: skip

    assert told(having(causes=moved, links=[]))["causes"] == [
        ("changed", "No bound", {"Explains": ("One pool", "No alarm"), "Explains besides": ("No alarm", "")})
    ]


def test_a_reworded_cause_leaves_what_stands_below_it_alone():
    assert [title for _, title, _ in told(edited("causes", 0, text="One shared pool"))["causes"]] == ["One shared pool"]


def test_another_order_is_told_of_the_row_that_moved():
    actions = [{**ACTION, "id": pk, "title": f"Action {pk}"} for pk in (1, 2, 3)]
    old, new = having(actions=actions), having(actions=[actions[2], actions[0], actions[1]])

    assert told(new, old) == {"actions": [("changed", "Action 3", {"Place": ("3", "1")})]}


def test_every_fact_of_an_action_item_and_of_a_graph_is_told():
    action = edited("actions", 0, title="Split", owner=None, due_on="2026-12-20", priority="low", kind="detect",
                    exit_test="None", tracker_url="https://t.example/1", corrects=[2], team="core")  # fmt: skip
    graph = edited("graphs", 0, title="Refusals", description="By issuer", unit="1/s", csv="time,a\n1,3\n4,5\n")

    [(_, _, facts)] = told(action)["actions"]
    assert set(facts) == {
        "Title", "Owner", "Due", "Priority", "Kind", "Exit test", "Tracker", "Corrects", "Team",
    }  # fmt: skip
    [(_, _, facts)] = told(graph)["graphs"]
    assert facts["Data"] == ("1 row", "2 rows")
    assert set(facts) == {"Title", "Description", "Unit", "Data"}


def test_other_numbers_and_another_picture_are_told_when_the_words_are_the_same():
    [part] = changed(OLD, edited("graphs", 0, csv="time,a\n1,3\n"))
    assert part.changed_rows[0].facts[0].note == "1 row only before, 1 only after"

    picture = {"key": "a", "alt": "Rise", "width": 4, "height": 3}
    old = edited("graphs", 0, kind="picture", csv="", picture=picture)
    new = edited("graphs", 0, kind="picture", csv="", picture={**picture, "key": "b"})
    assert told(new, old)["graphs"][0][2] == {"Picture": ("Rise (4 × 3)", "Rise (4 × 3)")}


def test_waivers_and_ticks_come_and_go():
    assert told(having(waived={"detection": "Known since May"}, checklist=["facts"])) == {
        "waived": [("changed", "Detection", {"Waived because": ("Known", "Known since May")})],
        "checklist": [("removed", "Names", {"Item": ("Names", "")}), ("added", "Facts", {"Item": ("", "Facts")})],
    }


def without_ids(content):
    """As the first shape kept it."""
    content = copy.deepcopy(content)
    for key in ("shape", "tags", "form", "waived", "links", "graphs", "checklist"):
        del content[key]
    for row in [*content["timeline"], *content["actions"], *content["causes"], content["causes"][0]["children"][0]]:
        for key in ("id", "is_starred", "join", "no_action_because", "corrects"):
            row.pop(key, None)
    return content


def test_rows_of_the_first_shape_are_matched_by_what_they_say():
    old = without_ids(OLD)
    new = without_ids(edited("timeline", 0, text="Deployed 1.43 to all hosts"))

    assert changed(old, copy.deepcopy(old)) == []
    assert [row[0] for row in told(new, old)["timeline"]] == ["changed"]
    assert "timeline" not in told(OLD, old)
    assert told(OLD, old)["causes"] == [("changed", "No bound", {"Explains besides": ("", "No alarm")})]


ROWS = st.lists(
    st.builds(
        lambda pk, words, star: Row(pk, words, {"Text": Value(words, is_prose=True), "Star": Value(star)}),
        st.integers(1, 12), st.text("ab ", max_size=6), st.sampled_from(["", "Starred"]),
    ),
    max_size=8, unique_by=lambda row: row.id,
)  # fmt: skip
SWAPPED = {Fate.ADDED: Fate.REMOVED, Fate.REMOVED: Fate.ADDED}


@settings(max_examples=300)
@given(ROWS, ROWS)
def test_every_row_of_either_appears_exactly_once(old, new):
    changes = compared(old, new, is_ordered=True)

    assert sorted(change.old.id for change in changes if change.old) == sorted(row.id for row in old)
    assert [change.new.id for change in changes if change.new] == [row.id for row in new]
    assert all((change.fate is Fate.ADDED) == (change.old is None) for change in changes)
    assert all((change.fate is Fate.REMOVED) == (change.new is None) for change in changes)


@settings(max_examples=300)
@given(ROWS)
def test_rows_do_not_differ_from_themselves(rows):
    assert [change.fate for change in compared(rows, rows, is_ordered=True)] == [Fate.SAME] * len(rows)


@settings(max_examples=300)
@given(ROWS, ROWS)
def test_the_way_back_names_the_same_changes_the_other_way_round(old, new):
    def fates(changes, way):
        return sorted((str(way.get(one.fate, one.fate)), sorted(fact.label for fact in one.facts)) for one in changes)

    assert fates(compared(old, new), {}) == fates(compared(new, old), SWAPPED)


def test_a_thousand_lines_are_compared_while_one_waits():
    lines = [{**EVENT, "id": pk, "text": f"Line {pk} of the night"} for pk in range(1000)]
    moved = [{**line, "text": f"{line['text']} again"} for line in lines]

    [part] = changed(having(timeline=lines), having(timeline=moved))

    assert len(part.changed_rows) == 1000


@pytest.mark.parametrize(
    ("old", "new"),
    [(["a", "b"], ["b", "c"]), (["a"], ["b"]), (["a", "b", "c"], ["c", "a"]), (["b"], ["a", "b"]), ([], ["a"])],
)
def test_a_list_of_names_is_compared_name_by_name(old, new):
    [change] = compared([Row(1, "", {"Tags": named(old)})], [Row(1, "", {"Tags": named(new)})])
    [fact] = change.facts

    assert "".join(piece.text for piece in fact.line.old) == ", ".join(old)
    assert "".join(piece.text for piece in fact.line.new) == ", ".join(new)
    kept = "".join(piece.text for piece in fact.pieces if piece.kind == "same")
    assert all(name in kept for name in set(old) & set(new)) or len(set(old) & set(new)) > 1


def test_a_row_that_only_stands_elsewhere_is_moved():
    rows = [Row(pk, name, {"Text": prose(name)}) for pk, name in ((1, "One"), (2, "Two"), (3, "Three"))]
    changes = compared(rows, [rows[2], *rows[:2]], is_ordered=True)

    assert [change.title for change in changes if change.is_moved_alone] == ["Three"]
