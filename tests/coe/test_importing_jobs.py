"""Imports as jobs: seen while they run, killed, repeated, cancelled, and never half done."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from coe.importing import bringing, working
from coe.interchange import files
from coe.models import COE, Import, ImportFile, ImportPicture
from oncall.exceptions import Conflict, NotAllowed
from tests import make
from tests.make import MONDAY
from tests.stack import with_database

pytestmark = pytest.mark.django_db
LATER = MONDAY + working.LEASE + timedelta(seconds=1)


@pytest.fixture
def payments():
    return make.team("Payments", make.alice())


def texts(count, title="Outage"):
    return [
        files.decoded(f"{number}.md", f"# {title} {number}\n\n2026-11-16\n\n## Summary\n\nIt was down.".encode())
        for number in range(count)
    ]


def begun(team, found, **wish):
    return bringing.bring_and_begin(found, team=team, by=make.alice(), now=MONDAY, **wish)


def states(brought):
    return list(brought.files.values_list("state", flat=True))


def test_nothing_is_made_before_somebody_says_yes(payments):
    brought = bringing.bring(texts(3), team=payments, by=make.alice(), now=MONDAY)

    working.tick(MONDAY)
    brought.refresh_from_db()

    assert (brought.state, states(brought)) == ("read", ["read"] * 3)
    assert not COE.objects.exists()


def test_a_file_that_is_refused_does_not_keep_the_others(payments):
    found = [*texts(1), files.decoded("empty.md", b""), *texts(1, "Other")]
    brought = begun(payments, found)

    working.tick(MONDAY)
    brought.refresh_from_db()

    assert (brought.state, states(brought)) == ("done", ["made", "refused", "made"])
    assert not brought.files.exclude(text="").exists()


def test_an_import_of_which_nothing_can_be_read_is_over(payments):
    for name in ("empty.md", "latin.md") * bringing.MOST_OPEN:
        raw = b"" if name == "empty.md" else "# Süß".encode("latin-1")
        brought = bringing.bring([files.decoded(name, raw)], team=payments, by=make.alice(), now=MONDAY)
        working.tick(MONDAY)

    brought.refresh_from_db()
    assert (brought.state, states(brought)) == ("done", ["refused"])
    assert "line 1 is written in another encoding" in brought.files.get().problem


def test_the_same_files_again_make_nothing_new(payments):
    for _ in range(2):
        again = begun(payments, texts(3))
        working.tick(MONDAY)

    assert COE.objects.count() == 3
    assert states(again) == ["known"] * 3


def test_what_was_made_stays_when_the_rest_is_cancelled(payments):
    brought = begun(payments, texts(3))
    working._settle(working.lease(MONDAY), MONDAY)

    bringing.cancel(brought, MONDAY)
    working.tick(LATER)

    assert COE.objects.count() == 1
    assert states(brought) == ["made", "new", "new"]
    assert not brought.files.exclude(text="").exists()
    with pytest.raises(Conflict):
        bringing.cancel(brought, MONDAY)


def test_a_file_that_somebody_holds_while_the_import_is_cancelled_is_not_called_bad(payments):
    brought = begun(payments, texts(1))
    leased = working.lease(MONDAY)
    bringing.cancel(brought, MONDAY)

    working._settle(leased, MONDAY)

    assert (states(brought), brought.files.get().problem) == (["new"], "")
    assert not COE.objects.exists()


def test_whoever_dies_over_a_file_leaves_a_lease_that_lapses(payments):
    brought = begun(payments, texts(2))
    working.lease(MONDAY)

    working.tick(MONDAY)
    assert states(brought) == ["new", "made"]
    working.tick(LATER)

    brought.refresh_from_db()
    assert (brought.state, COE.objects.count()) == ("done", 2)


@pytest.mark.parametrize(("state", "over"), [("reading", "read"), ("importing", "done")])
def test_whoever_dies_after_the_last_file_leaves_nothing_hanging(payments, state, over):
    brought = bringing.bring(texts(1), team=payments, by=make.alice(), now=MONDAY)
    brought.files.update(state="read" if state == "reading" else "made")
    Import.objects.filter(pk=brought.pk).update(state=state)

    working.tick(MONDAY)

    brought.refresh_from_db()
    assert brought.state == over


def test_whose_lease_lapsed_comes_too_late(payments):
    begun(payments, texts(1))
    slow = working.lease(MONDAY)
    working.tick(LATER)

    working._settle(slow, LATER)

    assert COE.objects.count() == 1


def test_a_file_that_kills_its_workers_is_told_and_the_import_ends(payments):
    brought = begun(payments, texts(2))
    for minutes in (0, 3, 6):
        assert working.lease(MONDAY + timedelta(minutes=minutes)).position == 0

    working.tick(MONDAY + timedelta(minutes=9))

    brought.refresh_from_db()
    assert (brought.state, states(brought)) == ("done", ["refused", "made"])
    assert brought.files.first().problem == working.BROKEN


@pytest.mark.parametrize("state", ["read", "done"])
def test_what_nobody_needs_any_more_goes(payments, state):
    brought = bringing.bring(texts(1), team=payments, by=make.alice(), now=MONDAY)
    Import.objects.filter(pk=brought.pk).update(state=state)

    bringing.clean(MONDAY + timedelta(hours=23))
    assert Import.objects.exists()
    bringing.clean(MONDAY + timedelta(days=31))

    assert not Import.objects.exists()


def test_others_neither_see_nor_begin_it(payments, client):
    brought = bringing.bring(texts(1), team=payments, by=make.alice(), now=MONDAY)
    working.tick(MONDAY)
    client.force_login(make.bob())

    assert client.get(brought.get_absolute_url()).status_code == 404
    with pytest.raises(NotAllowed):
        bringing.begin(brought, by=make.dora(), now=MONDAY)


def test_only_so_many_are_open_at_once(payments):
    for _ in range(bringing.MOST_OPEN):
        bringing.bring(texts(1), team=payments, by=make.alice(), now=MONDAY)

    with pytest.raises(ValidationError, match="Finish or cancel"):
        bringing.bring(texts(1), team=payments, by=make.alice(), now=MONDAY)


def test_the_api_says_where_to_ask(payments, client):
    client.force_login(make.alice())
    body = {"team": payments.slug, "files": [{"name": one.name, "text": one.text} for one in texts(2)]}
    answer = client.post("/api/v1/imports/", json.dumps(body), content_type="application/json")
    working.tick(MONDAY + timedelta(days=400))
    found = client.get(answer["Location"]).json()

    assert (answer.status_code, answer.json()["state"]) == (202, "importing")
    assert (found["state"], found["files_waiting"]) == ("done", 0)
    assert [one["coe"] for one in found["files"]] == list(COE.objects.order_by("pk").values_list("pk", flat=True))


def test_an_archive_comes_by_the_api_too(payments, client, tmp_path):
    client.force_login(make.alice())
    (tmp_path / "one.md").write_text(texts(1)[0].text)
    with (tmp_path / "one.md").open("rb") as upload:
        answer = client.post("/api/v1/imports/", {"team": payments.slug, "uploads": [upload]})

    assert answer.status_code == 202
    assert ImportFile.objects.get().name == "one.md"


@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_make_each_coe_once(payments):
    brought = begun(payments, [*texts(12), *texts(12)])

    def tick():
        try:
            working.tick(MONDAY)
        finally:
            connection.close()

    threads = [threading.Thread(target=tick) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    working.give_up(MONDAY)
    brought.refresh_from_db()
    assert brought.state == "done"
    assert sorted(states(brought)) == ["known"] * 12 + ["made"] * 12
    assert COE.objects.count() == COE.objects.values("title").distinct().count() == 12


KILLED = """
import django; django.setup()
from django.conf import settings
from django.utils import timezone
from coe.importing import working
print("ready", flush=True)
working.tick(timezone.now(), 600)
"""


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_loses_nothing_and_makes_nothing_twice(payments, postgres):
    brought = begun(payments, texts(120))
    worker = killable(postgres)
    assert worker.stdout.readline().strip() == "ready"
    deadline = time.monotonic() + 30
    while not brought.files.filter(state="made").count() > 5 and time.monotonic() < deadline:
        time.sleep(0.01)
    worker.send_signal(signal.SIGKILL)
    worker.wait()

    made = brought.files.filter(state="made").count()
    assert 5 < made < 120
    assert COE.objects.count() == made
    now = MONDAY + timedelta(days=4000)
    working.tick(now, 120)

    brought.refresh_from_db()
    assert (brought.state, COE.objects.count()) == ("done", 120)
    assert not ImportPicture.objects.exists()


def killable(server):
    """A real process that works on the imports of this test's database."""
    url = with_database(server, connection.settings_dict["NAME"])
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-c", KILLED]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
