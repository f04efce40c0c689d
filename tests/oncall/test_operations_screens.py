"""The screen of operations: figures for everybody, details for administrators, in few queries."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from oncall import auditing, runbooks
from oncall.models import Attempt, Heartbeat, Signal
from tests import make
from tests.oncall.test_measuring import attempt

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


def screen(client, user, query=""):
    client.force_login(user)
    answer = client.get(f"/operations/{query}")
    assert answer.status_code == 200
    return re.sub(r"[ \n]+", " ", answer.content.decode())


def recent(now, **facts):
    made = attempt(make.incident(at=now), after=None, **facts)
    sent = now + timedelta(seconds=2) if made.state == "sent" else None
    Attempt.objects.filter(pk=made.pk).update(created_at=now, sent_at=sent, send_after=now)


def test_an_installation_on_which_all_is_well_says_so(client):
    text = screen(client, make.alice())
    assert "Every invariant holds." in text
    assert "No page went out in the last day" in text


def test_a_channel_shows_how_long_its_messages_took_as_picture_and_table(client, now):
    recent(now)
    text = screen(client, make.alice())
    assert "Accepted → first message sent: 1 measured, 50\xa0% within 2.0\xa0s" in text
    assert '<tr><th scope="row">up to 2.5 s</th><td class="num">1</td></tr>' in text
    assert "Its provider has reported no arrival" in text


def test_a_channel_that_fails_shows_the_providers_words_to_administrators_only(client, now):
    recent(now, state="failed", error="The mail server answered 421 busy")
    assert "421 busy" in screen(client, make.dora())
    text = screen(client, make.alice())
    assert "Fails" in text
    assert "421 busy" not in text


def test_administrators_see_each_violation_with_what_to_do_and_others_how_many(client, now):
    incident = make.incident(at=now - timedelta(minutes=5), page_after=None)
    auditing.audit(auditing.CHECKS, now)

    theirs, others = screen(client, make.dora()), screen(client, make.alice())

    assert f"{incident.number} is triggered, pages nobody" in theirs
    assert runbooks.RUNBOOKS[2].do in theirs
    assert f'id="{runbooks.RUNBOOKS[2].anchor}"' in theirs
    assert "The auditor finds 1 thing that must not be." in others
    assert incident.number not in others
    assert f'href="/incidents/{incident.pk}/ledger/"' in theirs


def test_the_tray_of_refused_signals_is_for_administrators(client, now):
    Signal.objects.create(dialect="pagerduty", received_at=now, body=b"{", state="refused", reason="no JSON at all")
    assert "no JSON at all" in screen(client, make.dora())
    assert "no JSON at all" not in screen(client, make.alice())


def test_signs_of_life_are_named_with_their_age(client, now, settings):
    settings.ERRATA_DEADMAN_URL = "https://switch.example/"
    Heartbeat.objects.beat("tick", now)
    text = screen(client, make.alice())
    assert "Pages are opened and sent" in text
    assert "The dead-man’s switch answers" in text
    assert "Never seen" in text


def test_home_leads_administrators_there(client, now):
    make.incident(at=now - timedelta(minutes=5), page_after=None)
    auditing.audit(auditing.CHECKS, now)
    client.force_login(make.dora())
    assert 'href="/operations/">' in client.get("/").content.decode()


@pytest.mark.parametrize("query", ["", "?span=day", "?span=nonsense"])
def test_the_screen_needs_few_queries(client, now, query, django_assert_max_num_queries):
    for _ in range(3):
        recent(now)
    client.force_login(make.dora())
    with django_assert_max_num_queries(22):
        client.get(f"/operations/{query}")
