"""Bringing the index up to date: what is published is found at the next search, whoever was first, whatever failed."""

import threading
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from coe import documents, searching
from coe.models import COE, ActionItem, Cause, Revision, SearchChange, Section
from coe.searching import Reader, catching_up, parse
from coe.searching.index import SearchIndex
from tests import make

ALL = Reader(0)


@pytest.fixture(autouse=True)
def directory(settings, tmp_path):
    settings.ERRATA_SEARCH_DIR = tmp_path / "search"
    return settings.ERRATA_SEARCH_DIR


def published(title="Checkout was down", text="The database ran out of connections.", **facts):
    """A published COE with one section, announced in the change table."""
    coe = make.coe(title, state=COE.State.PUBLISHED, published_at=make.MONDAY, **facts)
    Section.objects.filter(coe=coe, key="summary").update(text=text)
    publish(coe)
    return coe


def publish(coe, number=1):
    content = documents.content_of(coe)
    Revision.objects.create(
        coe=coe,
        number=number,
        reason="published",
        made_by=coe.owner,
        made_at=make.MONDAY,
        content=content,
        html=documents.html_of(content),
    )
    SearchChange.objects.create(coe_id=coe.pk)


def found(text, reader=ALL):
    return [hit.coe_id for hit in searching.search(parse(text), reader).hits]


@pytest.mark.django_db
def test_what_is_published_is_found_at_the_next_search():
    assert found("connections") == []

    coe = published()

    assert found("connections") == [coe.pk]
    assert searching.pending() == 0


@pytest.mark.django_db
def test_a_draft_is_not_found():
    coe = make.coe("Checkout was down")
    SearchChange.objects.create(coe_id=coe.pk)

    assert found("checkout") == []


@pytest.mark.django_db
def test_what_is_withdrawn_is_no_longer_found():
    coe = published()
    assert found("connections") == [coe.pk]

    COE.objects.filter(pk=coe.pk).update(published_at=None, state=COE.State.DRAFT)
    SearchChange.objects.create(coe_id=coe.pk)

    assert found("connections") == []


@pytest.mark.django_db
def test_the_published_text_is_found_and_not_the_draft_of_the_next_one():
    coe = published()
    Section.objects.filter(coe=coe, key="summary").update(text="An unfinished thought about penguins.")
    SearchChange.objects.create(coe_id=coe.pk)

    assert found("penguins") == []
    assert found("connections") == [coe.pk]


@pytest.mark.django_db
def test_a_reissue_replaces_the_earlier_text():
    coe = published()
    Section.objects.filter(coe=coe, key="summary").update(text="The pool was exhausted.")
    publish(coe, number=2)

    assert found("pool") == [coe.pk]
    assert found('"out of connections"') == []


@pytest.mark.django_db
def test_facts_of_a_coe_become_facets_and_filters():
    coe = make.coe("Checkout was down", state=COE.State.PUBLISHED, published_at=make.MONDAY, severity=1)
    coe.services.add(make.service("checkout"))
    Cause.objects.create(coe=coe, text="No limit", kind="missing_safeguard")
    ActionItem.objects.create(coe=coe, title="Limit the pool", team=coe.team)
    publish(coe)

    results = searching.search(parse("sev:1 team:payments has:open-actions published:2026-11"), ALL)

    assert [hit.coe_id for hit in results.hits] == [coe.pk]
    assert results.facets == {
        "team": [("payments", 1)],
        "service": [("checkout", 1)],
        "severity": [("1", 1)],
        "year": [("2026", 1)],
        "cause": [("missing_safeguard", 1)],
    }


@pytest.mark.django_db
def test_a_restricted_coe_is_found_by_those_who_may_see_it_and_by_nobody_else():
    carol, manager, reader = make.carol(), make.person("Mia Chen"), make.bob()
    team = make.team("Payments", managers=(manager,))
    coe = make.coe(
        "Leaked keys", team=team, state="published", published_at=make.MONDAY, audience="restricted",
        restricted_because="security",
    )  # fmt: skip
    coe.readers.add(reader)
    publish(coe)

    for person in (carol, manager, reader, coe.owner, make.dora()):
        may_see = COE.objects.visible_to(person).filter(pk=coe.pk).exists()
        assert found("keys", Reader.of(person)) == ([coe.pk] if may_see else [])
    assert found("keys", Reader.of(carol)) == []
    assert found("keys", Reader(None)) == []


@pytest.mark.django_db
def test_who_stops_being_a_manager_finds_it_no_more_at_once():
    manager = make.person("Mia Chen")
    team = make.team("Payments", managers=(manager,))
    coe = published("Leaked keys", team=team, audience="restricted", restricted_because="security")
    assert found("keys", Reader.of(manager)) == [coe.pk]

    manager.memberships.update(role="member")

    assert found("keys", Reader.of(manager)) == []


@pytest.mark.django_db
def test_a_search_without_news_costs_one_query(django_assert_num_queries):
    published()
    found("connections")

    with django_assert_num_queries(1):
        found("connections")


@pytest.mark.django_db(transaction=True)
def test_a_change_whose_transaction_commits_late_is_not_lost():
    late, early = published("Late one"), published("Early one")
    found("one")
    inserted, may_commit = threading.Event(), threading.Event()

    def publish_slowly():
        with transaction.atomic():
            SearchChange.objects.create(coe_id=late.pk)
            COE.objects.filter(pk=late.pk).update(severity=5)
            inserted.set()
            may_commit.wait(10)
        connection.close()

    slow = threading.Thread(target=publish_slowly)
    slow.start()
    assert inserted.wait(10)
    SearchChange.objects.create(coe_id=early.pk)  # a higher id, committed first
    assert found("sev:5") == []
    may_commit.set()
    slow.join()

    assert found("sev:5") == [late.pk]


@pytest.mark.django_db(transaction=True)
def test_the_gap_of_a_transaction_that_was_rolled_back_is_forgotten_in_the_end(directory, monkeypatch):
    coe = published()
    found("connections")
    with transaction.atomic():
        SearchChange.objects.create(coe_id=coe.pk)
        transaction.set_rollback(True)
    SearchChange.objects.create(coe_id=coe.pk)
    found("connections")
    assert SearchIndex(directory).current().position().gaps

    monkeypatch.setattr(catching_up, "YOUNG", timedelta(0))
    SearchChange.objects.create(coe_id=coe.pk)
    found("connections")

    assert not SearchIndex(directory).current().position().gaps


@pytest.mark.django_db(transaction=True)
def test_many_searches_at_once_leave_each_coe_in_the_index_once():
    ids = {published(f"Outage number {number}").pk for number in range(8)}
    answers = []

    def ask():
        answers.append(searching.search(parse("outage", limit=50), ALL))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 8
    assert sorted(found("outage")) == sorted(ids)


@pytest.mark.django_db
def test_who_cannot_write_answers_from_what_there_is(directory):
    first = published("First outage")
    assert found("outage") == [first.pk]
    second = published("Second outage")

    with SearchIndex(directory).lock(0):
        assert found("outage") == [first.pk]

    assert sorted(found("outage")) == sorted([first.pk, second.pk])


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["meta.json", "*.idx", "*.store", "*.term"])
def test_a_damaged_index_is_made_anew(directory, name):
    coe = published()
    found("connections")
    for path in (directory / "current").resolve().glob(name):
        path.write_bytes(b"\x00" * 10)
    SearchChange.objects.create(coe_id=coe.pk)

    searching.index._opened.clear()

    assert found("connections") == [coe.pk]


@pytest.mark.django_db
def test_an_index_removed_by_hand_is_made_anew(directory):
    import shutil

    coe = published()
    found("connections")
    shutil.rmtree((directory / "current").resolve())

    assert found("connections") == [coe.pk]


@pytest.mark.django_db
def test_an_index_of_another_schema_is_not_read(directory, monkeypatch):
    coe = published()
    found("connections")
    before = (directory / "current").readlink()

    monkeypatch.setattr("coe.searching.schema.VERSION", 99)

    assert found("connections") == [coe.pk]
    assert (directory / "current").readlink() != before
    assert [path.name for path in directory.glob("v*")] == [(directory / "current").readlink().name]


@pytest.mark.django_db
def test_an_emptied_database_empties_the_index():
    published()
    assert found("connections")

    SearchChange.objects.all().delete()
    SearchChange.objects.create(coe_id=1, at=timezone.now())

    assert found("connections") == []


@pytest.mark.django_db
def test_rebuilding_finds_what_the_change_table_forgot():
    coe = published()
    SearchChange.objects.all().delete()
    assert found("connections") == []

    call_command("rebuild_search")

    assert found("connections") == [coe.pk]


@pytest.mark.django_db(transaction=True)
def test_a_change_made_while_the_index_is_rebuilt_is_not_lost(monkeypatch):
    first = published("First outage")
    whole = catching_up.documents_for

    def meanwhile(ids):
        yield from whole(ids)
        published("Second outage")

    monkeypatch.setattr(catching_up, "documents_for", meanwhile)
    assert searching.rebuild() == 1
    monkeypatch.undo()

    assert len(found("outage")) == 2
    assert first.pk in found("outage")


@pytest.mark.django_db
def test_catching_up_stops_at_its_time_and_goes_on_next_time(monkeypatch):
    monkeypatch.setattr(catching_up, "BATCH", 2)
    for number in range(5):
        published(f"Outage {number}")

    first = searching.catch_up(seconds=0)

    assert (first.applied, first.is_complete) == (2, False)
    assert searching.catch_up(seconds=60).applied == 3
    assert len(found("outage")) == 5
