"""Telegram: pages with buttons, what the buttons and words do, who is believed, and a token that nobody sees."""

import logging

import pytest

from oncall import composing, paging
from oncall.channels import REGISTRY, DeliveryFailed, DeliveryUncertain, telegram
from tests import make
from tests.make import MONDAY
from tests.oncall.fakes import chat
from tests.oncall.fakes.telegram import (
    CHAT,
    GROUP,
    TOKEN,
    FakeTelegram,
    buttons,
    error,
    press,
    shown_in,
    update,
    use,
    write,
)

pytestmark = pytest.mark.django_db
ACTIONS = ["Acknowledge", "Resolve", "Escalate", "Snooze 30 min"]


@pytest.fixture
def fake(settings):
    with FakeTelegram() as server:
        use(settings, server)
        yield server


@pytest.fixture
def incident(fake):
    incident = chat.paged("telegram", str(CHAT))
    paging.tick(now=MONDAY)
    return incident


def by_verb(incident):
    incident.refresh_from_db()
    newest = incident.timeline.order_by("-pk").first()
    return incident.state, newest.kind, newest.source, newest.actor


def test_a_page_says_what_is_wrong_and_what_can_be_done(fake, incident):
    body = fake.sent[0]

    assert body["text"].startswith("<b>[SEV 2] payments-api: Card authorisations failing</b>")
    assert "Since: 2026-11-16 14:02 UTC" in shown_in(body)
    assert "Open: http://testserver/p/" in shown_in(body)
    assert buttons(body) == ACTIONS
    assert chat.ledger() == [("telegram", "sent", "")]


def test_links_are_buttons_where_telegram_takes_them(fake, settings):
    settings.ERRATA_URL = "https://errata.example.com"
    chat.paged("telegram", str(CHAT))
    paging.tick(now=MONDAY)

    assert buttons(fake.sent[0]) == [*ACTIONS, "Open"]


def test_the_button_acknowledges_and_the_message_says_who_did(fake, incident):
    answer = press(f"acknowledge:{incident.pk}")

    assert answer.json()["method"] == "answerCallbackQuery"
    assert answer.json()["text"] == f"{incident.number} is yours: {incident.title}"
    assert by_verb(incident) == ("acknowledged", "acknowledged", "telegram", make.alice())
    shown = fake.wait_for("/editMessageText")[0]
    assert "Acknowledged by Alice Moreau." in shown_in(shown)
    assert buttons(shown) == ACTIONS[1:]


@pytest.mark.parametrize(
    ("verb", "state", "kind"),
    [
        ("resolve", "resolved", "resolved"),
        ("escalate", "triggered", "escalated"),
        ("snooze", "acknowledged", "snoozed"),
    ],
)
def test_the_other_buttons_do_what_they_say(incident, verb, state, kind):
    press(f"{verb}:{incident.pk}")

    assert by_verb(incident) == (state, kind, "telegram", make.alice())


def test_a_call_without_the_secret_is_refused(incident, settings, caplog):
    forged = press(f"acknowledge:{incident.pk}", secret="guessed")
    settings.ERRATA_TELEGRAM_SECRET = ""
    unset = press(f"acknowledge:{incident.pk}", secret="")

    assert (forged.status_code, unset.status_code) == (403, 403)
    assert by_verb(incident)[0] == "triggered"
    assert "talk.refused door=telegram" in caplog.text


def test_an_update_that_comes_again_does_nothing(incident):
    for _ in range(2):
        assert press(f"escalate:{incident.pk}", update_id=4711).status_code == 200

    assert incident.timeline.filter(kind="escalated").count() == 1


def test_what_is_written_is_done(incident):
    said = write(f"/ack@errata_bot {incident.pk}").json()

    assert said["method"] == "sendMessage"
    assert said["chat_id"] == str(CHAT)
    assert by_verb(incident) == ("acknowledged", "acknowledged", "telegram", make.alice())


def test_start_tells_the_chat_id(fake):
    assert "Your chat ID is 7002" in write("/start", by=7002, chat=7002).json()["text"]
    assert f"this group is {GROUP}" in write("/start@errata_bot", by=7002, chat=GROUP).json()["text"]


def test_talk_in_a_group_is_not_for_us(incident):
    assert write("ack", chat=GROUP).content == b""
    assert write("resolve it, please", by=1, chat=GROUP).content == b""
    assert by_verb(incident)[0] == "triggered"


def test_a_stranger_cannot_act(incident):
    answer = press(f"acknowledge:{incident.pk}", by=666).json()
    write(f"resolve {incident.pk}", by=666, chat=666)

    assert answer["show_alert"]
    assert "does not know who you are" in answer["text"]
    assert by_verb(incident)[0] == "triggered"


@pytest.mark.parametrize(
    "facts", [{}, {"edited_message": {"text": "ack"}}, {"message": {"photo": []}}, {"callback_query": {"data": "x"}}]
)
def test_other_updates_are_taken_and_change_nothing(incident, facts):
    assert update(facts).status_code == 200
    assert by_verb(incident)[0] == "triggered"


def test_a_title_calls_nobody_and_formats_nothing(fake):
    chat.paged("telegram", str(CHAT), title="<b>@everyone</b> /resolve *stars* <a href='http://evil.example'>x</a>")
    paging.tick(now=MONDAY)

    text = fake.sent[0]["text"]
    assert "&lt;b&gt;" in text
    assert "<a" not in text
    assert "@everyone" not in text
    assert " /resolve" not in text
    assert chat.ledger()[0][1] == "sent"


def test_a_very_long_title_fits(fake):
    chat.paged("telegram", str(CHAT), title="<&" * 100 + "🔥" * 300)
    paging.tick(now=MONDAY)

    assert chat.ledger() == [("telegram", "sent", "")]


def test_a_group_sees_the_page_and_whoever_is_known_takes_it(fake):
    incident = chat.told("telegram", str(GROUP))
    make.contact(make.bob(), "telegram", "7003")
    chat.deliver()
    assert "/p/" not in fake.sent[0]["text"]

    press(f"acknowledge:{incident.pk}", by=7003, chat=GROUP)

    assert by_verb(incident) == ("acknowledged", "acknowledged", "telegram", make.bob())
    shown = fake.wait_for("/editMessageText")[0]
    assert shown["chat_id"] == str(GROUP)
    assert "/p/" not in shown["text"]


def test_many_pages_at_once_are_one_message(fake):
    chat.bundled("telegram", str(CHAT))
    chat.deliver()

    assert len(fake.sent) == 1
    assert "5 incidents in payments-api" in shown_in(fake.sent[0])


def test_codes_and_tests_arrive(fake):
    method = make.contact(make.alice(), "telegram", str(CHAT))
    for message in (composing.code_message(method, "123456"), composing.test_message(method, MONDAY)):
        REGISTRY["telegram"].send(message, str(CHAT), "code-1-2", "")

    assert "123456" in shown_in(fake.sent[0])
    assert "Nothing is wrong" in shown_in(fake.sent[1])


@pytest.mark.parametrize(
    ("trouble", "words", "is_permanent"),
    [
        (error(403, "Forbidden: bot was blocked by the user"), "have blocked the Telegram bot", True),
        (error(400, "Bad Request: chat not found"), "write /start", True),
        (error(429, "Too Many Requests: retry after 30", retry_after=30), "less often", False),
        (error(401, "Unauthorized"), "does not accept the token", True),
        ((404, f"<html>/bot{TOKEN}/sendMessage".encode()), "answered 404", True),
        ((502, b"<html>"), "answered 502", False),
        ((200, b"<html>Sign in to the network</html>"), "not its own", False),
        ((200, chat.TEN_MEGABYTES), "not its own", False),
        ("hang up", "did not answer in time", False),
    ],
)
def test_what_telegram_refuses_is_said_in_words(fake, trouble, words, is_permanent):
    fake.trouble.append(trouble)
    method = make.contact(make.alice(), "telegram", str(CHAT))

    with pytest.raises(DeliveryFailed, match=words) as failure:
        telegram.send(composing.test_message(method, MONDAY), str(CHAT), "key")

    assert failure.value.is_permanent is is_permanent
    assert isinstance(failure.value, DeliveryUncertain) == (words in {"not its own", "did not answer in time"})
    assert TOKEN not in f"{failure.value} {failure.value.detail}"


@pytest.mark.parametrize(
    "url", ["", "http://127.0.0.1:1", "gopher://x", "http://no.invalid", "http://[::1", "http://x:y"]
)
def test_the_token_is_in_no_ledger_and_no_log(fake, incident, settings, caplog, url):
    caplog.set_level(logging.DEBUG)
    settings.ERRATA_TELEGRAM_URL = url or fake.url
    fake.trouble.append((404, f"<html>/bot{TOKEN}/sendMessage</html>".encode()))
    chat.paged("telegram", str(CHAT))
    paging.tick(now=MONDAY)
    press(f"acknowledge:{incident.pk}")
    telegram_calls = fake.wait_for("/editMessageText") if not url else []

    assert len(telegram_calls) == (not url)
    assert chat.ledger()[1][1] == "failed"
    assert TOKEN not in str(chat.ledger()) + caplog.text
    assert TOKEN.split(":")[1] not in str(chat.ledger()) + caplog.text


def test_an_address_is_a_chat_id():
    assert telegram.read_address(" -100200300 ") == str(GROUP)
    with pytest.raises(ValueError, match="Write /start"):
        telegram.read_address("+49 30 1234")
