"""The webhook of a Teams workflow: takes Adaptive Cards of up to 28 KB and answers 202, refuses everything else."""

import json

from tests.oncall.fakes.provider import Provider

# What a card of version 1.4 may consist of, and what each part must have.
ELEMENTS = {"TextBlock": {"text"}, "FactSet": {"facts"}}
ACTIONS = {"Action.OpenUrl": {"title", "url"}}


class Teams(Provider):
    """Its `cards` are what stands in the channel."""

    PATH = "/workflows/0a1b2c/triggers/manual/paths/invoke?api-version=2016-06-01&sig=s3cr3t"

    def __init__(self):
        super().__init__()
        self.cards = []

    @property
    def address(self):
        return self.url + self.PATH

    def take(self, path, headers, body):
        if path != self.PATH:
            return 401, {}, b'{"error":{"code":"DirectApiAuthorizationRequired"}}'
        if len(body) > 28 * 1024:
            return 413, {}, b"RequestEntityTooLarge"
        if headers["Content-Type"] != "application/json":
            return 400, {}, b"TriggerInputSchemaMismatch"
        message = json.loads(body)
        (attachment,) = message["attachments"]
        is_card = attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
        if message["type"] != "message" or not is_card or not is_valid(attachment["content"]):
            return 400, {}, b"BadRequest"
        self.cards.append(attachment["content"])
        return 202, {"x-ms-workflow-run-id": "08584"}, b""


def is_valid(card):
    """Whether a client of Teams can draw it."""
    parts = [(one, ELEMENTS) for one in card["body"]] + [(one, ACTIONS) for one in card["actions"]]
    known = all(kinds.get(one["type"], {"?"}) <= one.keys() for one, kinds in parts)
    links = all(one["url"].startswith(("http://", "https://")) for one in card["actions"])
    return card["type"] == "AdaptiveCard" and card["version"] in {"1.4", "1.5"} and known and links


def words_of(card):
    """All text blocks and facts, as they are written."""
    blocks = [one["text"] for one in card["body"] if one["type"] == "TextBlock"]
    facts = [f"{fact['title']}: {fact['value']}" for one in card["body"] for fact in one.get("facts", [])]
    return "\n".join(blocks + facts)
