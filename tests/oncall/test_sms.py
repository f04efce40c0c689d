"""SMS through Twilio: what goes out, and what becomes of it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from oncall import dispatching, paging, verifying
from oncall.channels import DeliveryFailed, DeliveryUncertain, sms, usable
from oncall.channels.message import Message
from oncall.composing import short_form
from oncall.models import Attempt, Incident, Service
from oncall.shortening import fits
from oncall.summarising import short_form as of_many
from tests import make
from tests.make import MONDAY
from tests.oncall.fakes import twilio as fake
from tests.oncall.fakes.twilio import report, write

pytestmark = pytest.mark.django_db
PHONE = "+33612345678"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=500)


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


def test_a_page_goes_out_as_one_sms_with_what_to_answer(paged, twilio):
    attempt = Attempt.objects.get()

    [sent] = twilio.messages
    assert (sent["To"], sent["From"]) == (PHONE, fake.NUMBER)
    assert sent["Body"].startswith(f"SEV2 {paged.number} payments-api: Card authorisations failing")
    assert sent["Body"].endswith(f" Reply ACK {paged.pk}")
    assert sent["StatusCallback"] == f"http://testserver/talk/twilio/status/{attempt.key}/"
    assert (attempt.state, attempt.provider_id) == ("sent", sent["sid"])


def test_a_messaging_service_may_be_the_sender(twilio, settings, alice):
    settings.ERRATA_TWILIO_FROM = "MG0123"
    make.incident(of=make.service(escalation_policy=make.policy(alice)))

    paging.tick(now=MONDAY, at_once=1)

    assert twilio.messages[0]["MessagingServiceSid"] == "MG0123"
    assert "From" not in twilio.messages[0]


def test_a_storm_is_one_sms_that_says_how_to_take_all(alice, twilio):
    storm(alice)

    [sent] = twilio.messages
    assert sent["Body"].startswith("6 incidents. Worst: ")
    assert " Reply ACK to take all." in sent["Body"]


def test_delivered_is_noted_in_the_ledger(paged, twilio, client):
    for word in ("sending", "sent", "delivered", "sent"):
        assert report(client, twilio.messages[0], MessageStatus=word).status_code == 204

    attempt = Attempt.objects.get()
    assert attempt.state == "delivered"
    assert [receipt.said for receipt in attempt.receipts.all()] == ["sending", "sent", "delivered", "sent"]


def test_what_does_not_arrive_takes_the_next_way_at_once(paged, alice, twilio, client, mailoutbox):
    make.contact(alice)

    report(client, twilio.messages[0], MessageStatus="undelivered", ErrorCode="30003")
    dispatching.send_due(now=timezone.now())

    failed = Attempt.objects.get(channel="sms")
    assert (failed.state, failed.error) == (
        "failed",
        "the provider says undelivered the phone is off or out of reach (30003)",
    )
    assert len(mailoutbox) == 1


def test_a_forged_status_changes_nothing(paged, twilio, client):
    fake.post(client, twilio.messages[0]["StatusCallback"], "another-token", MessageStatus="failed")

    assert Attempt.objects.get().state == "sent"


def test_the_status_of_an_unknown_message_is_taken_and_forgotten(twilio, client):
    for key in ("code-1-2", "6f1b3c1e-0000-4000-8000-000000000000"):
        url = f"http://testserver/talk/twilio/status/{key}/"
        assert fake.post(client, url, MessageStatus="delivered").status_code == 204


HTML = b"<html><title>502 Bad Gateway</title></html>"
REFUSALS = [
    (fake.error(400, 21211, "no"), True, "Twilio did not take it: this is not a valid phone number."),
    (fake.error(400, 21610, "no"), True, "the person has unsubscribed"),
    (fake.error(401, 20003, "no"), True, "ERRATA_TWILIO_AUTH_TOKEN is wrong"),
    (fake.error(400, 12345, "no"), True, "it answered 400 with its error 12345."),
    (fake.error(429, 20429, "no"), False, "too many requests at once"),
    (fake.error(400, 21611, "no"), False, "the sender's queue is full"),
    (fake.error(500, 20500, "no"), False, "it answered 500 with its error 20500."),
    ((503, HTML), False, "Twilio answered 503."),
    ((404, HTML), True, "Twilio answered 404."),
    ((500, b"x" * 10_000_000), False, "Twilio answered 500."),
]


@pytest.mark.parametrize(("answer", "is_permanent", "words"), REFUSALS)
def test_a_refusal_is_said_in_words(twilio, answer, is_permanent, words):
    twilio.answer = answer

    with pytest.raises(DeliveryFailed) as caught:
        sms.send(message("page", "short"), PHONE, "key")

    assert words in str(caught.value)
    assert caught.value.is_permanent is is_permanent
    assert PHONE not in str(caught.value)


@pytest.mark.parametrize("words", [HTML, b"[]", b"{}", b'{"sid": 7}', b"x" * 10_000_000])
def test_a_yes_that_is_not_twilios_is_no_yes(twilio, words):
    twilio.answer = (200, words)

    with pytest.raises(DeliveryUncertain):
        sms.send(message("page", "short"), PHONE, "key")


def test_an_answer_that_comes_too_late_is_in_doubt(twilio, monkeypatch):
    monkeypatch.setitem(sms.twilio.posting.outgoing.TIMEOUT, "read", 0.1)
    twilio.release.clear()

    with pytest.raises(DeliveryUncertain, match="Twilio did not answer in time"):
        sms.send(message("page", "short"), PHONE, "key")


def test_a_limit_is_waited_for_and_nothing_is_lost(alice, twilio):
    twilio.answer = fake.error(429, 20429, "Too Many Requests")
    make.incident(of=make.service(escalation_policy=make.policy(alice)))
    paging.tick(now=MONDAY, at_once=1)

    twilio.answer = None
    dispatching.send_due(now=MONDAY + timedelta(seconds=5))

    assert [one.state for one in Attempt.objects.order_by("number")] == ["failed", "sent"]


def test_a_code_comes_by_sms_and_proves_the_number(twilio):
    method, _ = verifying.add(make.alice(), "sms", "+33 6 12 34 56 78", MONDAY)
    verifying.send_code(method, MONDAY)

    code = twilio.messages[0]["Body"].removeprefix("Errata code: ")
    assert verifying.check_code(method, code, MONDAY)


def test_the_profile_asks_for_the_country_of_a_number(twilio, client):
    client.force_login(make.alice())

    answer = client.post("/profile/contacts/add/", {"channel": "sms", "address": "06 12 34 56 78"})

    assert answer.status_code == 422
    assert "plus and its country code first" in answer.content.decode()


def test_sms_is_offered_only_where_it_can_be_sent(settings):
    assert sms.missing() == "ERRATA_TWILIO_ACCOUNT_SID, ERRATA_TWILIO_AUTH_TOKEN, ERRATA_TWILIO_FROM"
    assert "sms" not in {channel.name for channel in usable()}


def test_no_secret_is_logged(alice, twilio, client, caplog):
    caplog.set_level("DEBUG")
    twilio.answer = fake.error(401, 20003, "Authenticate")
    make.incident(of=make.service(escalation_policy=make.policy(alice)))
    paging.tick(now=MONDAY, at_once=1)
    write(client, "ACK", sender=PHONE, token="wrong")

    assert fake.TOKEN not in caplog.text
    assert PHONE not in " ".join(one.getMessage() for one in caplog.records if one.name.startswith("oncall"))


def test_a_hint_that_does_not_fit_is_left_out():
    assert sms.body_of(message("page", "x" * 155, incident="INC-1")) == "x" * 155


def message(kind, short, **facts):
    link = "https://errata.example.com/p/123456:1xVdu4:sGm0Zr7yS4nV2Q0r7yS4nV2Q0r7yS4nV2Q0r7yS4nV2/"
    return Message(kind=kind, subject="", short=short, text="", html="", facts=facts, link=link, token="t")


@given(TEXT, TEXT, st.integers(1, 10**9), st.sampled_from([1, 2, 3]))
def test_whatever_the_title_and_service_a_page_is_one_sms(title, name, number, severity):
    incident = Incident(pk=number, title=title, severity=severity, service=Service(name=name))
    body = sms.body_of(message("page", short_form(incident, None), incident=incident.number))

    assert fits(body)
    assert body.startswith(f"SEV{severity} INC-{number}")


@given(TEXT, st.integers(5, 500))
def test_however_many_incidents_a_bundle_is_one_sms_that_says_how_to_answer(title, count):
    incidents = [Incident(pk=number, title=title, severity=1) for number in range(count)]
    body = sms.body_of(message("bundle", of_many(incidents)))

    assert fits(body)
    assert sms.FOR_ALL in body


@given(TEXT)
def test_a_text_that_nobody_shortened_is_one_sms(short):
    assert fits(sms.body_of(message("page", short, incident="INC-1")))
    assert fits(sms.body_of(message("test", short)))


def test_a_bundle_has_its_link_where_there_is_room():
    short = replace(message("bundle", "5 incidents."), link="https://e.example/p/1/")

    assert sms.body_of(short) == "5 incidents. Reply ACK to take all. https://e.example/p/1/"
