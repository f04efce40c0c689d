"""ntfy (https://ntfy.sh or one's own server): a notification whose button acknowledges without opening anything.

It decides the notification. The button is a request that the phone sends to the page's link.
"""

import re
from urllib.parse import urlsplit, urlunsplit

from oncall.channels import posting
from oncall.channels.message import Channel, DeliveryFailed, Message, Receipt
from oncall.shortening import cut_bytes, one_line

BY = "The ntfy server"
TOPIC = re.compile(r"/([A-Za-z0-9_-]{1,64})/?")
# A longer message becomes an attached file, which nobody reads at night.
MOST_BYTES = 4000
# 5 rings through "do not disturb" where the person allows it.
PRIORITIES = {1: 5, 2: 4}


def send(message: Message, address: str, key: str, secret: str = "") -> Receipt:
    """Publish as JSON at the root of the server. Raises DeliveryFailed and DeliveryUncertain.

    The secret, if there is one, is the person's access token.
    """
    parts = urlsplit(address)
    root = urlunsplit((parts.scheme, parts.netloc, "/", "", ""))
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    answer = posting.deliver_json(root, notification(message, parts.path.strip("/")), headers, by=BY)
    name = posting.read_json(answer).get("id")
    if not name:
        raise DeliveryFailed(f"{BY} answered with something else than a message.", detail=answer[:200])
    return Receipt(str(name))


def notification(message: Message, topic: str) -> dict[str, object]:
    """What is published: the wire form of ntfy."""
    severity = severity_of(message)
    return {
        "topic": topic,
        "title": cut_bytes(one_line(message.subject), 250),
        "message": cut_bytes(message.text.strip(), MOST_BYTES),
        "priority": PRIORITIES.get(severity, 3),
        "tags": ["rotating_light"] if severity in PRIORITIES else ["warning"] if severity else ["bell"],
        **({"click": message.link, "actions": _actions(message)} if message.link else {}),
    }


def severity_of(message: Message) -> int:
    """That of the incident, of a bundle's worst; 0 for what is about none."""
    found = [message.facts, *message.facts.get("incidents", [])]
    return min((one["severity"] for one in found if isinstance(one.get("severity"), int)), default=0)


def _actions(message: Message) -> list[dict[str, object]]:
    view: dict[str, object] = {"action": "view", "label": "Open", "url": message.link}
    if not message.token:
        return [view]
    url = f"{message.link}?by=ntfy"
    return [{"action": "http", "label": "Acknowledge", "url": url, "method": "POST", "clear": True}, view]


def read_address(typed: str) -> str:
    """The URL of a topic. Raises ValueError for one that names none, or leads where we may not call."""
    parts = urlsplit(typed.strip())
    found = TOPIC.fullmatch(parts.path)
    if not found or parts.query or parts.fragment:
        raise ValueError("An ntfy address is a server and a topic, like https://ntfy.sh/my-secret-topic.")
    return posting.read_url(urlunsplit((parts.scheme, parts.netloc, f"/{found[1]}", "", "")))


CHANNEL = Channel(
    name="ntfy",
    send=send,
    read_address=read_address,
    hint="The URL of a topic, such as https://ntfy.sh/my-secret-topic, and an access token where one is wanted.",
    takes_secret=True,
)
