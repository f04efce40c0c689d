"""The ledger of an incident: every attempt, why somebody and why nobody was paged; on the screen and over the API."""

from datetime import timedelta

import pytest
from django.utils import timezone

from oncall import holding, paging
from oncall.models import Attempt, Room
from oncall.models.contacts import NotificationRule
from tests import make

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def viewer(client):
    client.force_login(make.alice())
    return client


def incident_of(*steps, now, **facts):
    return make.incident(at=now, of=make.service(escalation_policy=make.policy(*steps)), **facts)


def text_of(client, incident):
    answer = client.get(f"/incidents/{incident.pk}/ledger/")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_whoever_was_paged_reads_why_and_what_became_of_it(viewer, now, mailoutbox):
    incident = incident_of(make.alice(), now=now)
    paging.tick(now, at_once=1)

    text = text_of(viewer, incident)

    assert "step 1: named in the escalation policy. Sent by e-mail at" in text
    assert "Why was nobody paged?" not in text
    assert "a•••@example.com" in text
    assert "alice@example.com</span>" not in text


def test_an_attempt_shows_the_providers_words_its_tries_bundle_and_receipts(viewer, now):
    incident = incident_of(make.alice(), now=now)
    paging.open_due(now)
    attempt = Attempt.objects.get()
    bundle = attempt.key
    facts = {"state": "failed", "number": 2, "error": "The mail server answered 550 full", "bundle": bundle}
    Attempt.objects.update(**facts)
    Attempt.objects.create(page=attempt.page, channel="email", address="b@example.com", send_after=now, bundle=bundle)
    attempt.receipts.create(at=now, said="undelivered", detail="30003 unreachable")

    text = text_of(viewer, incident)

    assert "e-mail, try 2" in text
    assert "The mail server answered 550 full" in text
    assert "One message with 1 other page" in text
    assert "undelivered: 30003 unreachable" in text


def test_a_room_stands_in_the_ledger(viewer, now):
    room = Room.objects.create(team=make.team(), name="#payments", channel="slack", address="C1")
    policy = make.policy(make.alice())
    policy.steps.get().targets.create(room=room)
    incident = make.incident(at=now, of=make.service(escalation_policy=policy))
    paging.open_due(now)

    assert "#payments" in text_of(viewer, incident)


def test_nobody_is_explained_by_a_hold(viewer, now):
    incident = incident_of(make.alice(), now=now)
    span = (now - MINUTE, now + 60 * MINUTE)
    holding.schedule_maintenance(incident.service, span, reason="upgrade", by=make.alice(), now=now)
    paging.open_due(now)

    assert "It is held until" in text_of(viewer, incident)
    assert "maintenance: upgrade" in text_of(viewer, incident)


def test_nobody_is_explained_by_people_who_cannot_be_told(viewer, now):
    incident = incident_of(make.person("Erik Holm", reachable=False), now=now)
    paging.open_due(now)

    text = text_of(viewer, incident)

    assert "Erik Holm was to be paged and has no verified contact method." in text
    assert "The escalation policy is at its end" in text


def test_nobody_is_explained_by_rules_that_wait(viewer, now):
    alice = make.alice()
    method = alice.contact_methods.get()
    NotificationRule.objects.create(user=alice, urgency="high", contact_method=method, after_minutes=20)
    incident = incident_of(alice, now=now)
    paging.open_due(now)

    assert "Alice Moreau is told by e-mail at" in text_of(viewer, incident)


@pytest.mark.parametrize(("severity", "words"), [(5, "SEV 5 pages nobody"), (2, "The next page is due since")])
def test_nobody_is_explained_before_any_page(viewer, now, severity, words):
    page_after = now if severity == 2 else None
    incident = incident_of(make.alice(), now=now, severity=severity, page_after=page_after)
    assert words in text_of(viewer, incident)


def test_the_incident_leads_to_its_ledger(viewer, now):
    incident = incident_of(make.alice(), now=now)
    assert f"/incidents/{incident.pk}/ledger/" in viewer.get(incident.get_absolute_url()).content.decode()


def storm(now, count):
    incident = incident_of(make.alice(), make.bob(), now=now)
    for _ in range(count):
        paging.open_due(now)
        incident.refresh_from_db()
        incident.trigger_again(by=None, at=now) if incident.state == "resolved" else incident.resolve(by=None, at=now)
    return incident


def test_the_ledger_needs_few_queries_however_many_attempts(viewer, now, django_assert_max_num_queries):
    incident = storm(now, 12)
    assert incident.pages.count() > 4
    with django_assert_max_num_queries(24):
        text_of(viewer, incident)


def test_the_api_lists_the_attempts_with_masked_addresses(viewer, now, django_assert_max_num_queries):
    incident = incident_of(make.alice(), now=now)
    paging.open_due(now)
    Attempt.objects.get().receipts.create(at=now, said="queued", state="sent")

    with django_assert_max_num_queries(8):
        (attempt,) = viewer.get(f"/api/v1/incidents/{incident.pk}/attempts/").json()["results"]

    assert attempt["person"] == make.alice().pk
    assert attempt["address"] == "a•••@example.com"
    assert (attempt["channel"], attempt["state"], attempt["step"]) == ("email", "pending", 0)
    assert attempt["receipts"][0]["said"] == "queued"
