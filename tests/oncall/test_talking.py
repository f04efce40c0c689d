"""The doors through which chats talk back: odd calls change nothing, and one that failed may come again."""

import json

import pytest
from django.http import HttpResponse

from oncall.payloads import LIMIT
from oncall.views import talking
from tests.oncall.fakes import slack, telegram

pytestmark = pytest.mark.django_db
DOORS = ["/talk/slack/actions/", "/talk/slack/commands/", "/talk/telegram/", "/talk/mattermost/"]


@pytest.fixture(autouse=True)
def secrets(settings):
    settings.ERRATA_SLACK_SIGNING_SECRET, settings.ERRATA_TELEGRAM_SECRET = slack.SECRET, telegram.SECRET


def payload(**facts):
    return {"payload": json.dumps({"type": "block_actions", **facts})}


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"payload": "no JSON"},
        {"payload": "[]"},
        payload(actions="none"),
        payload(actions=[]),
        payload(actions=[{"action_id": "open-0"}], user={"id": "U024BE7LH"}),
        payload(actions=[{"action_id": "acknowledge", "value": "٣"}], user=None),
        payload(actions=[{"action_id": "reassign", "value": "1"}]),
    ],
)
def test_a_signed_call_that_means_nothing_changes_nothing(form):
    assert slack.call("/talk/slack/actions/", form).status_code == 200


def test_slack_may_ask_whether_the_door_is_there():
    assert slack.call("/talk/slack/commands/", {"ssl_check": "1", "token": "old"}).status_code == 200


@pytest.mark.parametrize("body", [b"", b"no JSON", b"[]", b'{"update_id": null}', b'{"update_id": 1, "message": []}'])
def test_an_update_that_means_nothing_changes_nothing(client, body):
    headers = {"X-Telegram-Bot-Api-Secret-Token": telegram.SECRET}

    assert client.post("/talk/telegram/", body, content_type="application/json", headers=headers).status_code == 200


@pytest.mark.parametrize("door", DOORS)
def test_nobody_may_send_more_than_the_doors_hold(client, door):
    headers = {"X-Telegram-Bot-Api-Secret-Token": telegram.SECRET}

    answer = client.post(door, b"x" * (LIMIT + 1), content_type="application/json", headers=headers)

    assert answer.status_code == 413


@pytest.mark.parametrize("door", DOORS)
def test_a_slash_too_few_is_no_reason_to_lose_a_press(client, door):
    assert client.post(door.rstrip("/"), b"{}", content_type="application/json").status_code == 403


def test_a_call_that_failed_may_come_again():
    def fail():
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError):
        talking.once("test", "call 1", fail)

    assert talking.once("test", "call 1", lambda: HttpResponse("done")).content == b"done"
    assert talking.once("test", "call 1", lambda: HttpResponse("again")).content == b""
