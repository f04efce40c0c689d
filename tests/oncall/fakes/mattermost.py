"""Mattermost as far as we use it: incoming webhooks, and the calls that it makes for pressed buttons."""

import re
import time

from tests.oncall.fakes.chat import FakeChat, caller

HOOK = "/hooks/k1abcdefghijklmnopqrstuvwx"
# Mentions that ring for a whole channel, as Mattermost finds them, and Slack's way of writing them.
CALLS_ALL = re.compile(r"(?<![\w])@(channel|all|here)\b|<!(channel|all|here)>", re.IGNORECASE)


class FakeMattermost(FakeChat):
    """`hooks` are the paths of the webhooks it knows."""

    def __init__(self):
        super().__init__()
        self.hooks = {HOOK}

    @property
    def hook(self):
        return self.url + HOOK

    @property
    def posted(self):
        return self.bodies("/hooks/")

    def answer(self, path, headers, body):
        if path not in self.hooks:
            return 400, {"id": "web.incoming_webhook.invalid.app_error", "message": "Invalid webhook."}
        attachments = body.get("attachments") or []
        if not body.get("text") and not attachments:
            return 400, {"id": "web.incoming_webhook.text.app_error", "message": "No text specified."}
        if len(body["text"]) > 16_383 or not all(is_fine(one) for one in attachments):
            return 400, {"id": "api.incoming_webhook.invalid", "message": "Unable to parse incoming data."}
        return 200, b"ok"


def is_fine(attachment):
    """Whether Mattermost takes an attachment: ids of letters and digits, an address and a name for every button."""
    return len(attachment["text"]) <= 8000 and all(
        action["id"].isalnum() and action["name"] and action["integration"]["url"].startswith("http")
        for action in attachment.get("actions", [])
    )


def use(settings, fake):
    """Let pages go to this machine."""
    settings.ERRATA_ALLOWED_NETWORKS = ["127.0.0.0/8"]


def button(body, verb):
    """The context of a button of a message, which Mattermost keeps to itself."""
    actions = {one["id"]: one["integration"] for one in body["attachments"][0]["actions"]}
    assert actions[verb]["url"] == "http://testserver/talk/mattermost"
    return actions[verb]["context"]


def press(context, *, name="alice", trigger=None):
    """Somebody presses a button; the server calls its address with the context."""
    call = {
        "user_id": "u" * 26,
        "user_name": name,
        "channel_id": "c" * 26,
        "post_id": "p" * 26,
        "trigger_id": trigger or f"{time.time_ns()}",
        "type": "button",
        "context": context,
    }
    return caller().post("/talk/mattermost", call, content_type="application/json")
