"""Restoring the header of an older revision, whole or by fact; the order of rows; and what ticks are."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from coe import editing, publishing
from coe.editing import offering, ordering, restoring
from coe.models import COE, CheckedItem, DraftHeader
from oncall.exceptions import Conflict
from oncall.models import AuditEntry, Team
from tests import make
from tests.coe.writers import LATER, drafted, published
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
LATEST = LATER + timedelta(hours=1)
FACTS = {"title", "severity", "team", "zone", "impact_started_at", "impact_ended_at", "no_actions_because"}


def whom(now=LATER):
    return {"by": make.alice(), "now": now}


@pytest.fixture
def coe():
    coe = drafted()
    editing.save_header(coe, tags=["dns"], no_actions_because="It is gone", **whom())
    return coe


def back(coe, revision, what, **facts):
    return restoring.restore(coe, revision, what, **{**whom(LATEST), **facts})


def said(coe):
    header = COE.objects.get(pk=coe.pk).header
    sets = {name: set(getattr(header, name).values_list("pk", flat=True)) for name in DraftHeader.SETS}
    return {name: getattr(header, name) for name in FACTS} | sets


def rewrite(coe):
    """Every fact of the header says something else."""
    facts = {"title": "Other words", "severity": 4, "team": make.team("Platform"), "zone": "Asia/Tokyo"}
    times = {"impact_started_at": LATER, "impact_ended_at": LATER + timedelta(hours=1)}
    sets = {"services": [make.service("Pools")], "incidents": [make.incident("Another")], "tags": ["tls"]}
    editing.save_header(coe, **facts, **times, **sets, no_actions_because="", **whom())


def whats(coe, revision):
    return [offer.what for offer in offering.offers(coe, revision)]


def test_the_whole_header_says_again_what_it_said_as_one_revision(coe):
    then, before = coe.revisions.first(), said(coe)
    rewrite(coe)
    count = coe.revisions.count()

    made = back(coe, then, "header")

    assert (said(coe), coe.revisions.count()) == (before, count + 1)
    assert made.change_note == f"Restored from revision {then.number}: the header"
    assert whats(coe, then) == []
    assert AuditEntry.objects.get(verb="restored").detail == made.change_note


@pytest.mark.parametrize("fact", sorted((FACTS | set(DraftHeader.SETS)) - {"impact_started_at", "impact_ended_at"}))
def test_one_fact_says_again_what_it_said_and_the_others_stay(coe, fact):
    then, before = coe.revisions.first(), said(coe)
    rewrite(coe)
    other = said(coe)

    back(coe, then, f"header-{fact}")

    assert said(coe) == other | {fact: before[fact]}


def test_no_impact_is_restored_to_end_before_it_began(coe):
    then = coe.revisions.first()
    rewrite(coe)

    with pytest.raises(ValidationError, match="both of its times"):
        back(coe, then, "header-impact_ended_at")
    back(coe, then, "header-impact_started_at")
    back(coe, then, "header-impact_ended_at")

    assert COE.objects.get().impact_started_at == MONDAY


def test_a_fact_that_changed_after_the_screen_was_opened_is_not_overwritten_unseen(coe):
    then = coe.revisions.first()
    editing.save_header(coe, title="Second", severity=3, **whom())
    found = offering.offers(coe, then)
    seen, whole = found[0].seen, offering.seen_of(offering.of(found, "header"))
    editing.save_header(coe, title="Third", **whom())

    for what, fingerprint in (("header-title", seen), ("header", whole)):
        with pytest.raises(Conflict, match="changed after you opened"):
            back(coe, then, what, seen=fingerprint)
    back(coe, then, "header-severity", seen=next(one.seen for one in found if one.what == "header-severity"))
    assert (coe.header.title, coe.header.severity) == ("Third", 2)


def test_whoever_has_the_header_open_is_told_when_a_fact_of_it_is_restored(coe):
    then = coe.revisions.first()
    editing.save_header(coe, title="Second", **whom())
    read = coe.header_edits
    back(coe, then, "header-title")

    with pytest.raises(editing.RowConflict):
        editing.save_header(coe, title="Third", base=read, **whom())


def test_what_is_gone_since_is_left_out_of_the_header(coe):
    then = coe.revisions.first()
    rewrite(coe)
    then.content = {**then.content, "team": {"slug": "gone", "name": "Gone"}}

    with pytest.raises(Conflict, match="is gone"):
        back(coe, then, "header-team")
    back(coe, then, "header")
    assert (coe.header.title, coe.header.team) == (then.content["title"], Team.objects.get(slug="platform"))


def test_owner_template_and_source_are_no_offers_and_neither_is_what_an_old_shape_lacks(coe):
    then = coe.revisions.first()
    editing.save_header(coe, owner=make.bob(), **whom())
    COE.objects.update(template_version="2027-1", source="https://elsewhere.example")
    coe.refresh_from_db()
    then.content = {name: value for name, value in then.content.items() if name != "tags"}

    assert whats(coe, then) == []


def test_the_header_of_a_reissue_is_restored_in_its_draft_alone(coe):
    then = published(coe).revisions.first()
    coe = COE.objects.get()
    publishing.begin_reissue(coe, make.alice(), LATER)
    rewrite(coe)
    middle = coe.revisions.first()
    back(coe, then, "header")
    back(coe, middle, "header-severity")

    coe = COE.objects.get()
    assert (coe.severity, coe.header.severity, coe.header.title) == (2, 4, coe.title)


@pytest.fixture
def graphs(coe):
    """Three graphs in an order."""
    facts = {"kind": "link", "url": "https://graphs.example.org/1"}
    return [editing.add_graph(coe, title=title, **facts, **whom()) for title in ("One", "Two", "Three")]


def titles(rows):
    return list(rows.values_list("title", flat=True))


def test_the_order_of_graphs_is_restored_and_what_was_added_since_stays_behind_what_it_follows(coe, graphs):
    then = coe.revisions.first()
    editing.shift_graph(coe, graphs[2].pk, -1, **whom())
    editing.shift_graph(coe, graphs[2].pk, -1, **whom())
    editing.add_graph(coe, kind="link", title="Four", url="https://graphs.example.org/4", **whom())
    assert titles(coe.graphs) == ["Three", "One", "Two", "Four"]

    [offer] = offering.offers(coe, then)
    assert offer.order.then == ("One", "Two", "Four", "Three")
    back(coe, then, "graphs-order", seen=offer.seen)

    assert titles(coe.graphs) == ["One", "Two", "Four", "Three"]
    assert whats(coe, then) == []


def test_a_graph_and_an_action_item_come_back_where_they_stood(coe, graphs):
    items = [editing.add_action(coe, title=title, **whom()) for title in ("First", "Second", "Third")]
    then = coe.revisions.first()
    editing.remove_graph(coe, graphs[1].pk, **whom())
    editing.remove_action(coe, items[0].pk, **whom())

    back(coe, then, f"graphs-{graphs[1].pk}")
    back(coe, then, f"actions-{items[0].pk}")

    assert titles(coe.graphs) == ["One", "Two", "Three"]
    assert titles(coe.actions) == ["First", "Second", "Third"]
    assert whats(coe, then) == []


def test_readers_keep_the_order_of_what_is_promised_while_a_reissue_is_written(coe):
    items = [editing.add_action(coe, title=title, owner=make.alice(), due_on=LATER, **whom()) for title in ("A", "B")]
    then = coe.revisions.first()
    ordering.write(coe.actions, [items[1].pk, items[0].pk])
    assert whats(coe, then) == ["actions-order"]
    coe = published(coe)
    publishing.begin_reissue(coe, make.alice(), LATER)

    assert "actions-order" not in whats(coe, then)


@pytest.mark.parametrize(
    ("now", "then", "expected"),
    [
        ([3, 1, 2], [1, 2, 3], [1, 2, 3]),
        ([9, 2, 1], [1, 2], [9, 1, 2]),
        ([2, 9, 8, 1], [1, 2, 7], [1, 2, 9, 8]),
        ([], [1], []),
    ],
)
def test_rows_that_were_added_since_stay_behind_what_they_stand_behind(now, then, expected):
    assert ordering.restored(now, then) == expected


def test_a_tick_is_told_and_never_restored(coe, client):
    item = next(item for item in coe.form.checklist_of(2))
    editing.tick(coe, {item.key}, **whom())
    then = coe.revisions.first()
    editing.tick(coe, set(), **whom())
    client.force_login(make.alice())

    text = client.get(f"/coes/{coe.pk}/revisions/{then.number}/restore/").content.decode()

    assert "Ticks are not restored" in text
    assert whats(coe, then) == []
    with pytest.raises(Conflict, match="nothing to restore"):
        back(coe, then, f"checklist-{item.key}")
    assert not CheckedItem.objects.filter(coe=coe).exists()
