"""Mattermost: pages with buttons through an incoming webhook, what the buttons do, and who is believed."""

from datetime import timedelta

import pytest
from django.core import signing

from oncall import composing, paging
from oncall.channels import REGISTRY, DeliveryFailed, DeliveryUncertain, mattermost
from tests import make
from tests.make import MONDAY
from tests.oncall.fakes import chat
from tests.oncall.fakes.mattermost import CALLS_ALL, HOOK, FakeMattermost, button, press, use

pytestmark = pytest.mark.django_db
ACTIONS = ["acknowledge", "resolve", "escalate", "snooze"]


@pytest.fixture
def fake(settings):
    with FakeMattermost() as server:
        use(settings, server)
        yield server


@pytest.fixture
def incident(fake):
    incident = chat.paged("mattermost", f"{fake.hook} @alice")
    paging.tick(now=MONDAY)
    return incident


def by_verb(incident):
    incident.refresh_from_db()
    newest = incident.timeline.order_by("-pk").first()
    return incident.state, newest.kind, newest.source, newest.actor


def buttons(attachment):
    return [one["id"] for one in attachment["actions"]]


def test_a_page_goes_to_the_person_with_buttons(fake, incident):
    body = fake.posted[0]
    attachment = body["attachments"][0]

    assert body["channel"] == "@alice"
    assert body["text"] == r"**\[SEV 2\] payments-api: Card authorisations failing**"
    assert "[Open](http://testserver/p/" in attachment["text"]
    assert {"short": True, "title": "Since", "value": "2026-11-16 14:02 UTC"} in attachment["fields"]
    assert buttons(attachment) == ACTIONS
    assert chat.ledger() == [("mattermost", "sent", "")]


def test_the_button_acknowledges_and_the_message_says_who_did(fake, incident):
    answer = press(button(fake.posted[0], "acknowledge")).json()

    assert by_verb(incident) == ("acknowledged", "acknowledged", "mattermost", make.alice())
    attachment = answer["update"]["props"]["attachments"][0]
    assert "**Acknowledged by Alice Moreau.**" in attachment["text"]
    assert buttons(attachment) == ACTIONS[1:]
    assert "ephemeral_text" not in answer


@pytest.mark.parametrize(
    ("verb", "state", "kind"),
    [
        ("resolve", "resolved", "resolved"),
        ("escalate", "triggered", "escalated"),
        ("snooze", "acknowledged", "snoozed"),
    ],
)
def test_the_other_buttons_do_what_they_say(fake, incident, verb, state, kind):
    press(button(fake.posted[0], verb))

    assert by_verb(incident) == (state, kind, "mattermost", make.alice())


def test_a_press_that_comes_too_late_says_who_was_first(fake, incident):
    incident.refresh_from_db()
    incident.resolve(by=make.bob())

    answer = press(button(fake.posted[0], "acknowledge")).json()

    assert "Bob Kimani" in answer["ephemeral_text"]
    assert "Resolved by Bob Kimani" in str(answer["update"])


def test_a_forged_token_is_refused(fake, incident, caplog):
    context = button(fake.posted[0], "acknowledge")
    signed_elsewhere = signing.dumps([incident.pk, fake.hook, ""], salt="another")

    answers = [press({**context, "token": token}) for token in ("", "forged", signed_elsewhere, context)]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert by_verb(incident)[0] == "triggered"
    assert "talk.refused door=mattermost" in caplog.text


def test_a_stale_token_is_refused(fake, incident, monkeypatch):
    monkeypatch.setattr(mattermost, "LIFETIME", timedelta(seconds=-1))

    assert press(button(fake.posted[0], "acknowledge")).status_code == 403


def test_the_token_decides_which_incident_is_meant(fake, incident):
    other = make.incident("Another one", page_after=None, state="acknowledged")

    press({**button(fake.posted[0], "resolve"), "incident": other.pk})

    other.refresh_from_db()
    assert other.state == "acknowledged"
    assert by_verb(incident)[0] == "resolved"


def test_the_same_call_again_does_nothing(fake, incident):
    for _ in range(2):
        assert press(button(fake.posted[0], "escalate"), trigger="once").status_code == 200

    assert incident.timeline.filter(kind="escalated").count() == 1


def test_somebody_else_cannot_press_the_button_of_a_person(fake, incident):
    answer = press(button(fake.posted[0], "acknowledge"), name="mallory").json()

    assert f"http://testserver/incidents/{incident.pk}/" in answer["ephemeral_text"]
    assert by_verb(incident)[0] == "triggered"


def test_a_webhook_without_a_name_is_the_persons_own(fake):
    incident = chat.paged("mattermost", fake.hook)
    paging.tick(now=MONDAY)

    press(button(fake.posted[0], "acknowledge"), name="whoever")

    assert "channel" not in fake.posted[0]
    assert by_verb(incident) == ("acknowledged", "acknowledged", "mattermost", make.alice())


def test_in_a_room_whoever_is_known_on_that_server_takes_it(fake):
    incident = chat.told("mattermost", fake.hook)
    make.contact(make.bob(), "mattermost", f"{fake.url}/hooks/bobs @bob")
    chat.deliver()
    assert "/p/" not in str(fake.posted[0])

    answer = press(button(fake.posted[0], "acknowledge"), name="Bob").json()

    assert by_verb(incident) == ("acknowledged", "acknowledged", "mattermost", make.bob())
    assert "/p/" not in str(answer)


@pytest.mark.parametrize(
    "address", ["{url}/hooks/bobs", "https://elsewhere.example/hooks/bobs @bob", "{url}/hooks/b @rob"]
)
def test_in_a_room_a_stranger_is_shown_the_way_in(fake, address):
    incident = chat.told("mattermost", fake.hook)
    make.contact(make.bob(), "mattermost", address.format(url=fake.url))
    chat.deliver()

    answer = press(button(fake.posted[0], "acknowledge"), name="bob").json()

    assert "does not know who you are" in answer["ephemeral_text"]
    assert f"/incidents/{incident.pk}/" in answer["ephemeral_text"]
    assert by_verb(incident)[0] == "triggered"


def test_a_title_calls_nobody_and_formats_nothing(fake):
    chat.paged("mattermost", fake.hook, title="<!channel> @all @here *stars* [x](http://evil.example) <http://e|y>")
    paging.tick(now=MONDAY)

    body = str(fake.posted[0])
    assert not CALLS_ALL.search(body)
    assert "<" not in fake.posted[0]["text"]
    assert r"\*stars\*" in fake.posted[0]["text"]
    assert "[x](" not in fake.posted[0]["text"]


def test_a_very_long_title_fits(fake):
    chat.paged("mattermost", fake.hook, title="*" * 500)
    paging.tick(now=MONDAY)

    assert chat.ledger() == [("mattermost", "sent", "")]


def test_many_pages_at_once_are_one_message(fake):
    chat.bundled("mattermost", fake.hook)
    chat.deliver()

    assert len(fake.posted) == 1
    assert "5 incidents in payments-api" in fake.posted[0]["text"]
    assert buttons(fake.posted[0]["attachments"][0]) == []


def test_codes_and_tests_arrive(fake):
    method = make.contact(make.alice(), "mattermost", f"{fake.hook} @alice")
    for message in (composing.code_message(method, "123456"), composing.test_message(method, MONDAY)):
        REGISTRY["mattermost"].send(message, method.address, "code-1-2", "")

    assert "123456" in str(fake.posted[0])
    assert "Nothing is wrong" in str(fake.posted[1])


@pytest.mark.parametrize(
    ("trouble", "words", "is_permanent"),
    [
        ((400, {"id": "web.x", "message": "Invalid webhook."}), "answered 400. Invalid webhook", True),
        ((404, b"<html>"), "answered 404", True),
        ((429, b"limit exceeded", {"Retry-After": "30"}), "answered 429", False),
        ((503, b"<html>"), "answered 503", False),
        ((200, b"<html>Sign in</html>"), "is not Mattermost", False),
        ((200, chat.TEN_MEGABYTES), "is not Mattermost", False),
        ("hang up", "did not answer in time", False),
    ],
)
def test_what_mattermost_refuses_is_said_in_words(fake, trouble, words, is_permanent):
    fake.trouble.append(trouble)
    method = make.contact(make.alice(), "mattermost", fake.hook)

    with pytest.raises(DeliveryFailed, match=words) as failure:
        mattermost.send(composing.test_message(method, MONDAY), fake.hook, "key")

    assert failure.value.is_permanent is is_permanent
    assert isinstance(failure.value, DeliveryUncertain) == (words in {"is not Mattermost", "did not answer in time"})


def test_an_address_is_a_webhook_and_perhaps_a_name(fake, settings):
    assert mattermost.read_address(f" {fake.hook}   @Alice ") == f"{fake.hook} @alice"
    assert mattermost.read_address(f"{fake.hook} @alice") == f"{fake.hook} @alice"
    settings.ERRATA_ALLOWED_NETWORKS = []
    for typed, words in {"@alice": "looks like", f"{fake.hook} alice": "at-sign", fake.url + HOOK: "public"}.items():
        with pytest.raises(ValueError, match=words):
            mattermost.read_address(typed)
