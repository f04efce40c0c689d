"""What exports cost: an archive is sent as it grows, one at a time for each person, and a place is never kept."""

import io
import threading
import zipfile
from contextlib import contextmanager

import pytest
from django.db import connection

from coe import packing, places, typesetting
from coe.models import COE, Section
from tests import make
from tests.coe.writers import published
from tests.make import MONDAY


@pytest.fixture
def alice(db):
    return make.alice()


@contextmanager
def elsewhere(held):
    """Somebody in another process has this place."""
    ready, over = threading.Event(), threading.Event()

    def hold():
        with held:
            ready.set()
            over.wait(20)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert ready.wait(20)
        yield
    finally:
        over.set()
        thread.join()


def several(count):
    coe = published()
    for number in range(1, count):
        copy = make.coe(f"Outage {number}", owner=coe.owner, team=coe.team)
        revision = coe.revisions.publications().get()
        COE.objects.filter(pk=copy.pk).update(state="published", published_at=MONDAY)
        copy.revisions.create(number=1, reason="published", content=revision.content, made_at=MONDAY)


def names(raw):
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def test_an_archive_is_sent_as_it_grows(alice):
    several(5)
    pieces = list(packing.library_of(alice))

    assert pieces[0] == b""
    assert sum(bool(piece) for piece in pieces) >= 5
    assert max(map(len, pieces)) < sum(map(len, pieces)) / 2
    assert len(names(b"".join(pieces))) == 5


def test_an_archive_asks_few_queries_for_many_coes(alice, django_assert_max_num_queries):
    several(20)

    with django_assert_max_num_queries(12):
        b"".join(packing.library_of(alice))


def test_what_is_closed_to_somebody_while_an_archive_grows_is_not_in_it(alice, monkeypatch):
    several(3)
    monkeypatch.setattr(packing, "AT_A_TIME", 1)
    stream = packing.library_of(make.carol())
    begun = [next(stream), next(stream)]
    oldest = COE.objects.order_by("pk").first()
    COE.objects.filter(pk=oldest.pk).update(audience="restricted", restricted_because="Personnel")

    assert f"{oldest.number}.md" not in names(b"".join([*begun, *stream]))


def test_an_archive_that_broke_off_is_none(alice, monkeypatch):
    several(3)
    stream = packing.library_of(alice)
    begun = b"".join(next(stream) for _ in range(3))
    monkeypatch.setattr(packing, "markdown_of", None)

    with pytest.raises(TypeError):
        list(stream)
    with pytest.raises(zipfile.BadZipFile):
        names(begun)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("way", "lock"), [("/coes/export/", packing.LOCK_OF_PERSON), ("/coes/{}/pdf/", typesetting.LOCK_OF_PERSON)]
)
def test_a_person_who_presses_again_and_again_has_one_made_at_a_time(client, way, lock):
    coe = published()
    address = way.format(coe.pk)
    client.force_login(make.alice())
    with elsewhere(places.place(lock, [make.alice().pk], "busy")):
        again = client.get(address)
        client.force_login(make.carol())
        others = client.get(address)
        b"".join(others)

    assert (again.status_code, again["Retry-After"]) == (503, "10")
    assert "that you asked for" in again.content.decode()
    assert others.status_code == 200


@pytest.mark.django_db(transaction=True)
def test_whoever_leaves_before_the_end_gives_the_place_back(client):
    several(3)
    alice = make.alice()
    stream = packing.library_of(alice)
    next(stream)
    stream.close()

    with elsewhere(places.place(packing.LOCK_OF_PERSON, [alice.pk], "busy")):
        pass
    client.force_login(alice)
    assert client.get("/coes/export/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_file_of_html_waits_for_a_place_only_when_something_is_drawn(client):
    coe = make.coe(owner=make.alice())
    client.force_login(make.alice())
    with elsewhere(places.place(typesetting.LOCK_OF_PERSON, [make.alice().pk], "busy")):
        plain = client.get(f"/coes/{coe.pk}/html/")
        Section.objects.filter(coe=coe, key="summary").update(text="```mermaid\ngraph LR\n  A --> B\n```")
        drawn = client.get(f"/coes/{coe.pk}/html/")

    assert (plain.status_code, drawn.status_code) == (200, 503)
