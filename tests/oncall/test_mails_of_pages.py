"""The mails of pages, bundles, tests and rooms: what they say, in both twins, and where they lead."""

import re
from uuid import uuid4

import pytest

from oncall import composing, paging, summarising
from oncall.models import Attempt, Incident, Page, Ranking, Room, Suspect
from tests import make
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
PLACE = {"cycle": 1, "round": 0, "step": 0, "reason": "on call", "opened_at": MONDAY}


@pytest.fixture
def incident():
    return make.incident()


def page(incident, **whom):
    return Page.objects.create(incident=incident, **PLACE, **(whom or {"user": make.alice()}))


def room():
    return Room.objects.create(team=make.team(), name="#payments", channel="webhook", address="https://c.example/")


def suspect(incident, url):
    ranking = Ranking.objects.create(incident=incident, made_at=MONDAY, p_no_change=0.1)
    deployment = make.deployment("1.42.0", url=url)
    Suspect.objects.create(ranking=ranking, deployment=deployment, probability=0.83, reasons=["It is new."])
    return deployment


def test_a_page_leads_to_the_run_that_can_roll_the_suspect_back(incident):
    suspect(incident, "https://ci.example/runs/7")
    message = composing.page_message(page(incident), MONDAY)

    assert "Its run, to roll it back: https://ci.example/runs/7" in message.text
    assert 'href="https://ci.example/runs/7"' in message.html
    assert message.facts["suspect"]["rollback"] == "https://ci.example/runs/7"


@pytest.mark.parametrize("url", ["", "javascript:alert(1)"])
def test_without_such_an_address_it_does_not_pretend_to_roll_back(incident, url):
    deployment = suspect(incident, url)
    message = composing.page_message(page(incident), MONDAY)

    assert f"The deployment in Errata: http://testserver{deployment.get_absolute_url()}" in message.text
    assert "roll it back" not in message.text + message.html
    assert "javascript:" not in message.html


def test_a_room_is_not_told_that_it_is_paged(incident):
    message = composing.page_message(page(incident, room=room()), MONDAY)

    assert message.kind == "room"
    assert "ou are paged" not in message.text + message.html
    assert "cknowledge" not in message.text + message.html
    assert "Whoever is on call is paged separately." in message.text
    assert message.token == ""


def test_a_practice_says_so_in_subject_sms_and_both_twins(incident):
    Incident.objects.update(is_practice=True)
    incident.refresh_from_db()
    message = composing.page_message(page(incident), MONDAY)

    assert message.subject.startswith("[Practice] [SEV 2]")
    assert message.short.startswith("PRACTICE SEV2")
    assert message.text.startswith("PRACTICE: nothing is broken.")
    assert "This is a practice." in message.html


@pytest.mark.parametrize("practices", [6, 1])
def test_a_bundle_says_which_of_it_are_practices(practices):
    pages = [page(make.incident(f"Trouble {number}", is_practice=number < practices)) for number in range(6)]
    message = summarising.bundle_message(pages, uuid4())

    assert message.subject.startswith("[Practice]") is (practices == 6)
    assert message.short.startswith("PRACTICE") is (practices == 6)
    assert ("Trouble 0 (practice)" in message.text) is (practices == 1)


def test_a_bundle_for_a_room_waits_for_nobody():
    place = room()
    pages = [page(make.incident(f"Trouble {number}"), room=place) for number in range(6)]
    message = summarising.bundle_message(pages, uuid4())

    assert "wait for you" not in message.text + message.html
    assert "cknowledge" not in message.text + message.html


def test_every_mail_is_complete_without_pictures_scripts_or_other_hosts(incident, mailoutbox):
    suspect(incident, "")
    page(incident)
    Attempt.objects.create(
        page=Page.objects.get(), channel="email", address="alice@example.com", send_after=MONDAY,
        contact_method=make.alice().contact_methods.get(),
    )  # fmt: skip
    paging.tick(MONDAY)

    html = mailoutbox[0].alternatives[0].content
    assert not re.search(r"<(img|script|link|iframe)", html)
    assert 'name="color-scheme" content="light dark"' in html
    for painted in ("ink", "second", "panel", "sunk", "button", "link", "sev2"):
        assert f".{painted} {{" in html, painted
