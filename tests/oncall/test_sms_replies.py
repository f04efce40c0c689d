"""What people write back by SMS, and who is not listened to."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from oncall import paging
from tests import make
from tests.make import MONDAY
from tests.oncall.fakes import twilio as fake
from tests.oncall.fakes.twilio import write, written_back

pytestmark = pytest.mark.django_db
PHONE = "+33612345678"


@pytest.fixture
def alice(twilio):
    user = make.person(reachable=False)
    make.contact(user, "sms", PHONE)
    return user


def storm(alice, size=6):
    service = make.service(escalation_policy=make.policy(alice))
    found = [make.incident(f"Card {number} fails", of=service) for number in range(size)]
    paging.tick(now=MONDAY, at_once=1)
    return found


def state_of(incident):
    incident.refresh_from_db()
    return incident.state


def test_ack_by_sms_takes_the_incident_and_says_so(paged, alice, client):
    answer = write(client, "Ack", sender=PHONE)

    assert written_back(answer) == f"{paged.number} is yours: Card authorisations failing"
    entry = paged.timeline.get(kind="acknowledged")
    assert (state_of(paged), entry.actor, entry.source) == ("acknowledged", alice, "sms")


def test_a_machine_needs_no_cookie_to_write(paged):
    assert written_back(write(Client(enforce_csrf_checks=True), "ACK", sender=PHONE))
    assert state_of(paged) == "acknowledged"


def test_snooze_and_resolve_by_sms(paged, client):
    said = written_back(write(client, "SNOOZE 30", sender=PHONE, sid="SM1"))
    assert said == f"{paged.number} is yours and silent for 30 minutes."

    assert written_back(write(client, f"resolve {paged.pk}", sender=PHONE, sid="SM2")) == f"{paged.number} is resolved."
    assert state_of(paged) == "resolved"


def test_the_same_message_twice_gets_the_same_answer_and_happens_once(paged, client):
    once, twice = (written_back(write(client, "ESCALATE", sender=PHONE, sid="SM7")) for _ in range(2))

    assert once == twice == f"{paged.number} goes to the next step."
    assert paged.timeline.filter(kind="escalated").count() == 1


def test_a_reply_answers_the_sms_before_it_not_a_newer_page(paged, alice, client):
    """Another page is on its way by mail; the phone shows only the first."""
    newer = make.incident("Ledger is slow", of=make.service("ledger", escalation_policy=make.policy(alice)))
    alice.contact_methods.update(channel="email", address="alice@example.com")
    paging.open_due(now=MONDAY)
    alice.contact_methods.update(channel="sms", address=PHONE)

    write(client, "ACK", sender=PHONE)

    assert (state_of(paged), state_of(newer)) == ("acknowledged", "triggered")


def test_a_reply_to_what_is_over_touches_nothing_else(paged, alice, client):
    make.incident("Ledger is slow", of=make.service("ledger", escalation_policy=make.policy(alice)))
    paged.resolve(by=None, at=MONDAY)

    assert "cannot be resolved" in written_back(write(client, "RESOLVE", sender=PHONE))


def test_one_ack_takes_all_of_a_bundle(alice, twilio, client):
    incidents = storm(alice)

    assert written_back(write(client, "ACK", sender=PHONE)) == "6 incidents are yours."
    assert {state_of(one) for one in incidents} == {"acknowledged"}


def test_what_others_took_of_a_bundle_stays_theirs(alice, client):
    incidents = storm(alice)
    incidents[0].acknowledge(by=make.bob(), at=MONDAY)

    said = written_back(write(client, "ACK", sender=PHONE))

    assert said == "5 incidents are yours. 1 more did not wait for you any more."
    assert incidents[0].acknowledged_by == make.bob()


def test_nothing_but_ack_goes_to_all_of_a_bundle(alice, client):
    first, *others = storm(alice)

    said = written_back(write(client, "RESOLVE", sender=PHONE))

    assert said == f"The last message was about 6 incidents. Name one of them, as in RESOLVE {first.pk}."
    assert {state_of(one) for one in [first, *others]} == {"triggered"}


def test_a_title_that_is_markup_is_written_back_as_it_is(alice, client):
    make.incident("</Message><Dial>&", of=make.service(escalation_policy=make.policy(alice)))
    paging.tick(now=MONDAY, at_once=1)

    assert written_back(write(client, "ACK", sender=PHONE)).endswith("</Message><Dial>&")


def test_a_status_of_many_is_cut_to_three_sms(alice, client):
    service = make.service(escalation_policy=make.policy(alice))
    for number in range(7):
        make.incident(f"{number} {'x' * 400}", of=service)
    paging.tick(now=MONDAY, at_once=1)

    assert len(written_back(write(client, "STATUS", sender=PHONE))) == 459


@pytest.mark.parametrize("sender", ["+447911123456", "", "whatsapp:+33612345678", "\x00"])
def test_a_stranger_is_refused_once_and_learns_nothing(paged, client, sender):
    assert written_back(write(client, "ACK", sender=sender)) == "This number does not take messages from you."
    assert written_back(write(client, "ACK", sender=sender, sid="SM2")) is None
    assert state_of(paged) == "triggered"


def test_an_unverified_number_is_a_strangers(paged, alice, client):
    alice.contact_methods.update(verified_at=None)

    assert "does not take" in written_back(write(client, "ACK", sender=PHONE))


def test_whoever_unsubscribes_is_not_written_to(paged, client):
    assert written_back(write(client, "Stop", sender=PHONE)) is None


@pytest.mark.parametrize("token", ["another-token", ""])
def test_a_forged_message_is_refused_and_changes_nothing(paged, client, caplog, token):
    answer = write(client, "ACK", sender=PHONE, token=token)

    assert answer.status_code == 403
    assert state_of(paged) == "triggered"
    assert "talk.forged provider=twilio door=sms" in caplog.text


def test_without_a_token_nothing_is_signed(paged, client, settings):
    settings.ERRATA_TWILIO_AUTH_TOKEN = ""

    assert write(client, "ACK", sender=PHONE, token="").status_code == 403


@pytest.mark.parametrize("signed", ["https://errata.example/", "https://errata.example:443/"])
def test_the_signature_is_over_the_public_address_with_its_port_or_without(paged, client, settings, signed):
    settings.ERRATA_URL = "https://errata.example"

    assert fake.post(client, f"{signed}talk/twilio/sms/", From=PHONE, Body="STATUS").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_same_message_twice_at_once_happens_once(paged):
    def send(_):
        try:
            return written_back(write(Client(), "ESCALATE", sender=PHONE))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as senders:
        said = set(senders.map(send, range(4)))

    assert said == {f"{paged.number} goes to the next step."}
    assert paged.timeline.filter(kind="escalated").count() == 1
