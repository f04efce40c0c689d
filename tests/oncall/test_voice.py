"""Phone calls through Twilio: what is heard, what a key does, what a call that nobody takes changes."""

import re

import pytest
from django.core import signing
from django.utils import timezone

from oncall import dispatching, paging, verifying
from oncall.channels import voice
from oncall.models import Attempt, Ranking, Suspect
from tests import make
from tests.make import MONDAY
from tests.oncall.fakes import twilio as fake
from tests.oncall.fakes.twilio import heard, pick_up, post, press, report

pytestmark = pytest.mark.django_db
PHONE = "+442079460018"


@pytest.fixture
def alice(twilio):
    user = make.person(reachable=False)
    make.contact(user, "voice", PHONE)
    return user


@pytest.fixture
def call(paged, twilio):
    [made] = twilio.calls
    return made


def state_of(incident):
    incident.refresh_from_db()
    return incident.state


def test_a_page_rings_and_asks_us_what_to_say(call):
    assert (call["To"], call["From"], call["Method"]) == (PHONE, fake.NUMBER, "POST")
    assert call["Url"].startswith("http://testserver/talk/twilio/voice/")
    assert call["AsyncAmd"] == "true"
    assert "Twiml" not in call


def test_the_voice_says_what_is_wrong_since_when_and_what_to_press(call, client):
    words, action = pick_up(client, call)

    assert words.startswith(
        "This is Errata. Severity 2. Service payments-api. Card authorisations failing. Since 15:02, "
    )
    assert re.search(r", \d+ days( \d+ hours)? ago\. Press 4", words)
    assert "6 to resolve, 8 to escalate, or star to hear this again." in words
    assert action == f"{call['Url']}keys/"


def test_the_voice_names_a_likely_cause(call, paged, client):
    ranking = Ranking.objects.create(incident=paged, made_at=timezone.now(), p_no_change=0.14)
    Suspect.objects.create(ranking=ranking, deployment=make.deployment("1.42.0"), probability=0.86)

    assert "The likely cause is payments-api 1.42.0, 86%." in pick_up(client, call)[0]


def test_answering_alone_acknowledges_nothing(call, paged, client):
    pick_up(client, call)
    report(client, call, CallStatus="completed", CallSid=call["sid"])

    assert state_of(paged) == "triggered"
    assert Attempt.objects.get().state == "delivered"


@pytest.mark.parametrize(
    ("key", "kind", "words"),
    [
        ("4", "acknowledged", "is yours: Card authorisations failing"),
        ("6", "resolved", "is resolved."),
        ("8", "escalated", "goes to the next step."),
    ],
)
def test_a_key_acts_for_whoever_was_called(call, paged, alice, client, key, kind, words):
    said = press(client, call, key)

    entry = paged.timeline.get(kind=kind)
    assert said == f"incident {paged.pk} {words} Good-bye."
    assert (entry.actor, entry.source) == (alice, "voice")
    assert Attempt.objects.get(number=1, page__step=0).state == "delivered"


@pytest.mark.parametrize("key", ["*", "#", "1", "", "44", "\x00"])
def test_any_other_key_says_it_again(call, paged, client, key):
    assert "Press 4 to acknowledge" in press(client, call, key)
    assert state_of(paged) == "triggered"


def test_the_same_press_twice_happens_once(call, paged, client):
    once, twice = (press(client, call, "8") for _ in range(2))

    assert once == twice
    assert paged.timeline.filter(kind="escalated").count() == 1


def test_whoever_is_late_hears_who_was_faster(call, paged, client):
    paged.acknowledge(by=make.bob(), at=MONDAY)

    assert "It was acknowledged by Bob Kimani already." in pick_up(client, call)[0]
    assert f"incident {paged.pk} cannot be acknowledged: it was acknowledged by Bob Kimani" in press(client, call, "4")


def test_a_storm_is_one_call_and_4_takes_all(alice, twilio, client):
    service = make.service(escalation_policy=make.policy(alice))
    incidents = [make.incident(f"Card {number} fails", of=service) for number in range(6)]
    paging.tick(now=MONDAY, at_once=1)

    [call] = twilio.calls
    assert "6 incidents at once. The worst of them: Severity 2." in pick_up(client, call)[0]
    assert "Press 4 to acknowledge all of them" in press(client, call, "6")
    assert {state_of(one) for one in incidents} == {"triggered"}
    assert press(client, call, "4") == "6 incidents are yours. Good-bye."
    assert {state_of(one) for one in incidents} == {"acknowledged"}
    assert set(Attempt.objects.values_list("state", flat=True)) == {"delivered"}


@pytest.mark.parametrize(
    "said",
    [
        {"CallStatus": "busy"},
        {"CallStatus": "no-answer"},
        {"CallStatus": "failed"},
        {"CallStatus": "canceled"},
        {"AnsweredBy": "machine_start"},
        {"AnsweredBy": "fax", "CallStatus": "completed"},
    ],
)
def test_a_call_that_reaches_nobody_takes_the_next_way_at_once(call, paged, alice, client, mailoutbox, said):
    make.contact(alice)

    report(client, call, CallSid=call["sid"], **said)
    report(client, call, CallSid=call["sid"], CallStatus="completed")
    dispatching.send_due(now=timezone.now())

    assert Attempt.objects.get(channel="voice").state == "failed"
    assert len(mailoutbox) == 1
    assert state_of(paged) == "triggered"


def test_with_no_other_way_the_next_person_is_paged(alice, twilio, client):
    bob = make.bob()
    incident = make.incident(of=make.service(escalation_policy=make.policy(alice, bob)))
    paging.tick(now=MONDAY, at_once=1)

    report(client, twilio.calls[0], CallStatus="no-answer")
    paging.tick(now=timezone.now(), at_once=1)

    assert incident.pages.filter(user=bob).exists()
    assert "the provider says no-answer" in incident.timeline.get(kind="delivery").text


def test_a_person_taken_for_a_machine_may_still_press(call, paged, client):
    press(client, call, "4")
    report(client, call, AnsweredBy="machine_start")

    assert (state_of(paged), Attempt.objects.get().state) == ("acknowledged", "delivered")
    assert not paged.timeline.filter(kind="delivery").exists()


def test_a_forged_call_hears_nothing_and_acts_on_nothing(call, paged, client, caplog):
    for url in (call["Url"], f"{call['Url']}keys/"):
        assert post(client, url, "another-token", Digits="4").status_code == 403

    assert state_of(paged) == "triggered"
    assert "talk.forged provider=twilio door=keys" in caplog.text


def test_a_token_of_another_kind_ends_the_call(call, client):
    token = signing.TimestampSigner(salt="something.else").sign("1")

    for path in (f"{token}/", f"{token}/keys/"):
        words, action = heard(post(client, f"http://testserver/talk/twilio/voice/{path}", Digits="4"))
        assert (words, action) == ("This call is about nothing that you can answer any more. Good-bye.", None)


def test_whoever_left_hears_nothing(call, alice, client):
    alice.is_active = False
    alice.save()

    assert "nothing that you can answer" in pick_up(client, call)[0]
    assert "There is no" in heard(post(client, f"{call['Url']}keys/", Digits="4"))[0]


def test_markup_and_control_characters_are_words(alice, twilio, client):
    title = "</Say><Dial>+1900</Dial> \x08 \ufffe & 🔥"
    make.incident(title, of=make.service(escalation_policy=make.policy(alice)))
    paging.tick(now=MONDAY, at_once=1)

    assert "</Say><Dial>+1900</Dial>" in pick_up(client, twilio.calls[0])[0]


def test_a_code_is_read_digit_by_digit_twice(twilio):
    method, _ = verifying.add(make.alice(), "voice", "+44 20 7946 0018", MONDAY)
    verifying.send_code(method, MONDAY)

    [call] = twilio.calls
    words = fake.spoken(call["Twiml"])
    digits = words.split("code is: ")[1][:16].replace(". ", "")
    assert words.count(". ".join(digits)) == 2
    assert verifying.check_code(method, digits, MONDAY)
    assert "Url" not in call


def test_a_call_needs_a_number_and_says_so(settings):
    settings.ERRATA_TWILIO_ACCOUNT_SID = settings.ERRATA_TWILIO_AUTH_TOKEN = "x"
    settings.ERRATA_TWILIO_FROM = settings.ERRATA_TWILIO_VOICE_FROM = "MG1"

    assert voice.missing() == "ERRATA_TWILIO_VOICE_FROM"
