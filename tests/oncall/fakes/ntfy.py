"""An ntfy server: publishing as JSON at its root, with an access token where one is set."""

import json

from tests.oncall.fakes.provider import Provider


class Ntfy(Provider):
    """Its `messages` are what the phone shows."""

    def __init__(self, token=""):
        super().__init__()
        self.token, self.messages = token, []

    @property
    def address(self):
        return f"{self.url}/my-secret-topic"

    def take(self, path, headers, body):
        if self.token and headers.get("Authorization") != f"Bearer {self.token}":
            return 403, {}, b'{"code":40301,"http":403,"error":"forbidden"}'
        try:
            message = json.loads(body)
            is_right = path == "/" and isinstance(message["topic"], str) and 1 <= message["priority"] <= 5
        except (ValueError, KeyError):
            is_right = False
        if not is_right or len(message.get("actions", [])) > 3 or not all(map(is_action, message.get("actions", []))):
            return 400, {}, b'{"code":40024,"http":400,"error":"invalid request"}'
        if len(message["message"].encode()) > 4096:
            return 400, {}, b'{"code":40014,"http":400,"error":"attachments not allowed"}'
        self.messages.append(message)
        said = {"id": f"msg{len(self.messages)}", "time": 1, "event": "message", "topic": message["topic"]}
        return 200, {"Content-Type": "application/json"}, json.dumps(said).encode()


def is_action(action):
    """Whether the apps can draw this button."""
    needed = {"view": {"label", "url"}, "http": {"label", "url", "method"}}
    return needed.get(action.get("action"), {"?"}) <= action.keys()
