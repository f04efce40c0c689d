"""Bringing the index up to date when things happen at once, or were broken before."""

import shutil
import threading
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from coe import searching
from coe.models import COE, SearchChange
from coe.searching import catching_up, parse
from coe.searching.index import SearchIndex
from tests.coe.publishing import ANYBODY, found, published


@pytest.fixture(autouse=True)
def directory(settings, tmp_path):
    settings.ERRATA_SEARCH_DIR = tmp_path / "search"
    return settings.ERRATA_SEARCH_DIR


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
        answers.append(searching.search(parse("outage", limit=50), ANYBODY))
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
def test_what_becomes_restricted_is_hidden_at_once_even_while_the_index_is_behind(directory):
    coe, other = published("Leaked keys"), published("Lost luggage")
    assert found("keys") == [coe.pk]
    COE.objects.filter(pk=coe.pk).update(audience="restricted", restricted_because="security")
    SearchChange.objects.create(coe_id=coe.pk)

    with SearchIndex(directory).lock(0):
        results = searching.search(parse("keys luggage keyz"), ANYBODY)
        suggested = searching.suggest("leak", ANYBODY)

    assert ([hit.coe_id for hit in results.hits], results.total, results.did_you_mean) == ([other.pk], 1, "")
    assert suggested == []


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
