"""Slack as far as we use it: chat.postMessage, response URLs, signed calls. It minds what Slack minds."""

import hashlib
import hmac
import json
import time
from urllib.parse import urlencode

from tests.oncall.fakes.chat import FakeChat, caller

TOKEN, SECRET = "xoxb-1-test", "8f742231b10e8888abcd99yyyzzz85a5"
MEMBER, ROOM = "U024BE7LH", "C0123ROOM"


class FakeSlack(FakeChat):
    """`channels` are those that the app may write to; `seen` maps client_msg_id to the message it made."""

    def __init__(self):
        super().__init__()
        self.channels, self.seen = {MEMBER, ROOM}, {}

    @property
    def response_url(self):
        return f"{self.url}/actions/T1/2/x"

    @property
    def posted(self):
        return self.bodies("chat.postMessage")

    def answer(self, path, headers, body):
        if not path.startswith("/api/"):
            return 200, b"ok"
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            return 200, {"ok": False, "error": "invalid_auth"}
        if error := self.minds(body):
            return 200, {"ok": False, "error": error}
        stamp = self.seen.setdefault(body.get("client_msg_id", len(self.seen)), f"1700000000.{len(self.seen):06d}")
        return 200, {"ok": True, "channel": body["channel"], "ts": stamp}

    def minds(self, body):
        """The error that Slack would answer with, if any."""
        if body.get("channel") not in self.channels:
            return "channel_not_found"
        if not body.get("text"):
            return "no_text"
        blocks = body.get("blocks", [])
        if len(blocks) > 50 or not all(is_fine(block) for block in blocks):
            return "invalid_blocks"
        return "msg_too_long" if len(body["text"]) > 40_000 else None


def is_fine(block):
    """Whether a block keeps the limits of Slack's reference."""
    match block["type"]:
        case "header":
            return block["text"]["type"] == "plain_text" and is_text(block["text"], 150)
        case "section":
            fields = block.get("fields", [])
            has_text = "text" not in block or is_text(block["text"], 3000)
            return has_text and len(fields) <= 10 and all(is_text(one, 2000) for one in fields)
        case "context":
            return len(block["elements"]) <= 10
        case "actions":
            ids = [one["action_id"] for one in block["elements"]]
            return len(ids) <= 25 and len(set(ids)) == len(ids) and all(map(is_button, block["elements"]))
    return False


def is_text(text, limit):
    return text["type"] in {"plain_text", "mrkdwn"} and 1 <= len(text["text"]) <= limit


def is_button(button):
    is_short = len(button.get("value", "")) <= 2000 and len(button.get("url", "")) <= 3000
    return is_short and is_text(button["text"], 75) and button.get("url", "http").startswith("http")


def use(settings, fake):
    """Send to the fake, and accept its calls."""
    settings.ERRATA_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    settings.ERRATA_SLACK_URL = f"{fake.url}/api"
    settings.ERRATA_SLACK_BOT_TOKEN, settings.ERRATA_SLACK_SIGNING_SECRET = TOKEN, SECRET


def signed(body, secret=SECRET, at=None):
    """The headers of a call by Slack."""
    stamp = str(int(at or time.time()))
    mac = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={mac}"}


def call(path, form, **signature):
    """POST a form as Slack does."""
    body = urlencode(form)
    headers = signed(body, **signature)
    return caller().post(path, body, content_type="application/x-www-form-urlencoded", headers=headers)


def press(fake, incident, verb, *, by=MEMBER, channel="D0ALICE", **signature):
    """Somebody presses a button below a message."""
    payload = {
        "type": "block_actions",
        "user": {"id": by, "username": "somebody", "team_id": "T1"},
        "channel": {"id": channel, "name": "directmessage"},
        "response_url": fake.response_url,
        "trigger_id": f"{time.time_ns()}",
        "actions": [{"type": "button", "action_id": verb, "value": str(incident.pk), "block_id": "b"}],
    }
    return call("/talk/slack/actions/", {"payload": json.dumps(payload)}, **signature)
