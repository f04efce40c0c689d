"""Imports on screen: how far they are, what was not understood, and which COE each file became."""

from datetime import timedelta

import pytest

from coe.importing import bringing, working
from coe.interchange import files
from coe.models import COE
from tests import make
from tests.coe.test_importing_jobs import begun, texts
from tests.make import MONDAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def payments():
    return make.team("Payments", make.alice())


def test_the_screen_shows_how_far_it_is_and_stops_asking(payments, client):
    brought = begun(payments, texts(2))
    client.force_login(make.alice())
    running = client.get(brought.get_absolute_url(), headers={"HX-Request": "true"}).content.decode()
    working.tick(MONDAY)
    over = client.get(brought.get_absolute_url(), headers={"HX-Request": "true"}).content.decode()

    assert "0 of 2 done" in running
    assert "hx-trigger" in running
    assert "2 imported" in over
    assert "hx-trigger" not in over


def test_the_report_says_what_was_not_understood_and_leads_to_the_coe(payments, client):
    text = "# Outage\n\n2026-11-16\n\n## Summary\n\nIt was down.\n\n## Weather on the day\n\nIt was sunny."
    brought = begun(payments, [files.File("one.md", text)])
    working.tick(MONDAY)
    client.force_login(make.alice())

    shown = client.get(brought.get_absolute_url()).content.decode()
    coe = COE.objects.get()

    assert "2 of 6 lines were not understood." in shown
    assert "kept as text under Diagnosis." in shown
    assert "It was sunny." in shown
    assert f'<a href="{coe.get_absolute_url()}">{coe.number} Outage</a>' in shown
    assert f"Open {coe.number}" in shown


def test_the_newest_import_stands_first_by_the_name_of_its_first_file(payments, client):
    for minute, count in ((0, 1), (1, 3)):
        found = texts(count, f"Outage at {minute}")
        bringing.bring(found, team=payments, by=make.alice(), now=MONDAY + timedelta(minutes=minute))
    client.force_login(make.alice())

    shown = client.get("/coes/import/").content.decode()

    assert shown.index("0.md and 2 more") < shown.index("0.md</a>")


def test_files_that_were_not_all_understood_are_a_list_of_their_own(payments, client):
    odd = files.File("odd.md", "# Odd\n\n2026-11-16\n\n## Summary\n\nDown.\n\n## Weather\n\nIt was sunny.")
    brought = begun(payments, [*texts(2), odd, files.decoded("empty.md", b"")])
    working.tick(MONDAY)
    client.force_login(make.alice())

    shown = client.get(f"{brought.get_absolute_url()}?list=kept").content.decode()

    assert "odd.md" in shown
    assert "0.md" not in shown


def test_the_listing_of_files_asks_a_fixed_number_of_queries(payments, client, django_assert_max_num_queries):
    brought = begun(payments, texts(30))
    working.tick(MONDAY)
    client.force_login(make.alice())

    with django_assert_max_num_queries(28):
        client.get(brought.get_absolute_url())
