"""Slack: pages with buttons, what the buttons do, and who is believed."""

import time

import pytest

from oncall import composing, paging
from oncall.channels import REGISTRY, DeliveryFailed, DeliveryUncertain, slack
from oncall.models import Room, TimelineEntry
from tests import make
from tests.make import MONDAY
from tests.oncall.fakes import chat
from tests.oncall.fakes.slack import MEMBER, ROOM, SECRET, FakeSlack, call, press, use

pytestmark = pytest.mark.django_db


@pytest.fixture
def fake(settings):
    with FakeSlack() as server:
        use(settings, server)
        yield server


@pytest.fixture
def incident(fake):
    incident = chat.paged("slack", MEMBER)
    paging.tick(now=MONDAY)
    return incident


def texts(blocks):
    return str([block for block in blocks if block["type"] != "actions"])


def buttons(body):
    return [one["text"]["text"] for block in body["blocks"] if block["type"] == "actions" for one in block["elements"]]


def by_verb(incident):
    incident.refresh_from_db()
    newest = incident.timeline.order_by("-pk").first()
    return incident.state, newest.kind, newest.source, newest.actor


def test_a_page_says_what_is_wrong_and_what_can_be_done(fake, incident):
    body = fake.posted[0]

    assert body["channel"] == MEMBER
    assert body["blocks"][0]["text"]["text"] == "[SEV 2] payments-api: Card authorisations failing"
    assert f"<!date^{int(MONDAY.timestamp())}^" in texts(body["blocks"])
    assert buttons(body) == ["Acknowledge", "Resolve", "Escalate", "Snooze 30 min", "Open"]
    assert chat.ledger() == [("slack", "sent", "")]


def test_the_button_acknowledges_and_everybody_sees_who_did(fake, incident):
    answer = press(fake, incident, "acknowledge")

    assert answer.status_code == 200
    assert by_verb(incident) == ("acknowledged", "acknowledged", "slack", make.alice())
    shown = fake.wait_for("/actions/")[0]
    assert shown["replace_original"]
    assert "Acknowledged by Alice Moreau." in texts(shown["blocks"])
    assert buttons(shown) == ["Resolve", "Escalate", "Snooze 30 min", "Open"]


@pytest.mark.parametrize(
    ("verb", "state", "kind"),
    [
        ("resolve", "resolved", "resolved"),
        ("escalate", "triggered", "escalated"),
        ("snooze", "acknowledged", "snoozed"),
    ],
)
def test_the_other_buttons_do_what_they_say(fake, incident, verb, state, kind):
    press(fake, incident, verb)

    assert by_verb(incident) == (state, kind, "slack", make.alice())


def test_a_press_that_comes_too_late_says_who_was_first(fake, incident):
    incident.refresh_from_db()
    incident.resolve(by=make.bob())

    press(fake, incident, "acknowledge")

    shown, said = sorted(fake.wait_for("/actions/", 2), key=lambda body: "blocks" not in body)
    assert "Resolved by Bob Kimani." in texts(shown["blocks"])
    assert said["response_type"] == "ephemeral"
    assert "Bob Kimani" in said["text"]


@pytest.mark.parametrize(("secret", "age"), [("another", 0), (SECRET, 301), (SECRET, -310)])
def test_a_forged_or_stale_call_is_refused(fake, incident, secret, age, caplog):
    answer = press(fake, incident, "acknowledge", secret=secret, at=time.time() - age)

    assert answer.status_code == 403
    assert b"not signed by Slack" in answer.content
    assert by_verb(incident)[0] == "triggered"
    assert "talk.refused door=slack" in caplog.text


def test_without_a_signing_secret_nobody_is_believed_and_no_button_is_shown(fake, settings):
    settings.ERRATA_SLACK_SIGNING_SECRET = ""
    incident = chat.paged("slack", MEMBER)
    paging.tick(now=MONDAY)

    assert buttons(fake.posted[0]) == ["Open"]
    assert press(fake, incident, "acknowledge", secret="").status_code == 403


def test_the_same_call_again_does_nothing(fake, incident):
    form, at = {"user_id": MEMBER, "command": "/errata", "text": f"escalate {incident.pk}"}, time.time()

    first, second = (call("/talk/slack/commands/", form, at=at) for _ in range(2))

    assert (first.status_code, second.status_code, second.content) == (200, 200, b"")
    assert incident.timeline.filter(kind=TimelineEntry.Kind.ESCALATED).count() == 1


def test_a_stranger_is_told_how_to_become_known(fake, incident):
    make.contact(make.bob(), "slack", "U0BOB00000", verified=False)

    press(fake, incident, "acknowledge", by="U0BOB00000")

    assert by_verb(incident)[0] == "triggered"
    said = fake.wait_for("/actions/")[0]
    assert said["response_type"] == "ephemeral"
    assert "http://testserver/profile/" in said["text"]


def test_a_title_calls_nobody_and_formats_nothing(fake):
    chat.paged("slack", MEMBER, title="<!channel> @everyone *stars* <http://evil.example|Runbook> & more")
    paging.tick(now=MONDAY)

    body = fake.posted[0]
    assert "<!channel>" not in str(body)
    assert "&lt;!channel&gt; @everyone *stars* &lt;http" in body["blocks"][0]["text"]["text"]
    assert {one["type"] for block in body["blocks"][:1] for one in [block["text"]]} == {"plain_text"}
    assert (body["parse"], body["mrkdwn"], body["link_names"]) == ("none", False, False)


def test_a_very_long_title_is_cut_in_the_headline_and_whole_below(fake):
    chat.paged("slack", MEMBER, title="&" * 250 + "x" * 250)
    paging.tick(now=MONDAY)

    header, section = fake.posted[0]["blocks"][:2]
    assert len(header["text"]["text"]) <= 150
    assert section["text"]["text"] == "&amp;" * 250 + "x" * 250
    assert chat.ledger()[0][1] == "sent"


def test_a_room_sees_the_page_and_whoever_is_known_takes_it(fake):
    incident = chat.told("slack", ROOM)
    make.contact(make.bob(), "slack", "U0BOB00000")
    chat.deliver()
    assert "/p/" not in str(fake.posted[0])

    press(fake, incident, "acknowledge", by="U0BOB00000", channel=ROOM)

    assert by_verb(incident) == ("acknowledged", "acknowledged", "slack", make.bob())
    assert "/p/" not in str(fake.wait_for("/actions/")[0])


def test_a_press_elsewhere_works_and_shows_nobody_a_page_of_somebody_else(fake, incident):
    Room.objects.create(team=make.team(), name="Lobby", channel="slack", address=ROOM)

    press(fake, incident, "acknowledge", channel=ROOM)

    said = fake.wait_for("/actions/")[0]
    assert said["text"] == f"{incident.number} is yours: {incident.title}"
    assert "blocks" not in said


def test_many_pages_at_once_are_one_message(fake):
    chat.bundled("slack", MEMBER)
    chat.deliver()

    assert len(fake.posted) == 1
    assert "5 incidents in payments-api" in fake.posted[0]["blocks"][0]["text"]["text"]
    assert buttons(fake.posted[0]) == ["Open"]


def test_codes_and_tests_arrive(fake):
    method = make.contact(make.alice(), "slack", MEMBER)
    for message in (composing.code_message(method, "123456"), composing.test_message(method, MONDAY)):
        REGISTRY["slack"].send(message, MEMBER, "code-1-2", "")

    assert "123456" in str(fake.posted[0]["blocks"])
    assert "Nothing is wrong" in str(fake.posted[1]["blocks"])


@pytest.mark.parametrize(
    ("trouble", "words", "is_permanent"),
    [
        ((200, {"ok": False, "error": "channel_not_found"}), "knows no such member", True),
        ((200, {"ok": False, "error": "not_in_channel"}), "invite it", True),
        ((200, {"ok": False, "error": "invalid_auth"}), "does not accept the token", True),
        ((200, {"ok": False, "error": "ratelimited"}), "less often", False),
        ((429, b"", {"Retry-After": "30"}), "answered 429", False),
        ((503, b"<html>"), "answered 503", False),
        ((200, b"<html>Sign in to the network</html>"), "not its own", False),
        ((200, chat.TEN_MEGABYTES), "not its own", False),
        ("hang up", "did not answer in time", False),
    ],
)
def test_what_slack_refuses_is_said_in_words(fake, trouble, words, is_permanent):
    fake.trouble.append(trouble)
    chat.paged("slack", MEMBER)

    with pytest.raises(DeliveryFailed, match=words) as failure:
        slack.send(composing.test_message(make.alice().contact_methods.get(), MONDAY), MEMBER, "key")

    assert failure.value.is_permanent is is_permanent
    assert isinstance(failure.value, DeliveryUncertain) == (words in {"not its own", "did not answer in time"})


def test_blocks_that_slack_does_not_take_cost_no_page(fake):
    fake.trouble.append((200, {"ok": False, "error": "invalid_blocks"}))
    chat.paged("slack", MEMBER)
    paging.tick(now=MONDAY)

    assert chat.ledger() == [("slack", "sent", "")]
    assert "/p/" in fake.posted[1]["text"]
    assert "blocks" not in fake.posted[1]


def test_a_repetition_is_one_message_to_slack(fake, incident):
    key = fake.posted[0]["client_msg_id"]
    message = composing.page_message(incident.pages.get(), MONDAY)

    receipt = slack.send(message, MEMBER, key)

    assert [receipt.provider_id] == list(fake.seen.values())


def test_answers_go_to_slack_only():
    for url in ("https://evil.example/actions/", "http://hooks.slack.com/x", "https://hooks.slack.com@evil.example/"):
        with pytest.raises(DeliveryFailed, match="not one of Slack's"):
            slack.answer(url, {})


def test_an_address_is_an_id():
    assert slack.read_address(" u024be7lh ") == MEMBER
    with pytest.raises(ValueError, match="Copy member ID"):
        slack.read_address("@alice")
