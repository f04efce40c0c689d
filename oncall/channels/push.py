"""Web Push (RFC 8030, 8291, 8292): a notification on a phone or computer, through the push service of its browser.

It decides what is pushed and for how long it is worth delivering. The notification is encrypted for the one browser
that subscribed; `static/js/service-worker.js` shows it there.
"""

from base64 import urlsafe_b64decode
from urllib.parse import urlsplit

import orjson
from cryptography.hazmat.primitives.asymmetric import ec

from oncall.channels import posting, vapid
from oncall.channels.message import Channel, DeliveryFailed, Message, Receipt
from oncall.sealing import Unreadable
from oncall.shortening import cut_bytes, one_line

BY = "The push service"
# RFC 8030, section 7.3: the subscription is no more. The person has to turn push on again.
GONE = frozenset({404, 410})
# RFC 8291, section 4: 4096 bytes, of which encryption takes 103.
MOST_BYTES = 3993
# Seconds that the push service keeps it for a device that is off: by then somebody else was paged.
TTL = {"page": 4 * 3600, "bundle": 4 * 3600}
# A code lives for half an hour.
SHORT_TTL = 1800


def send(message: Message, address: str, key: str, secret: str = "") -> Receipt:
    """Encrypt for the browser and POST to its push service. Raises DeliveryFailed and DeliveryUncertain.

    DeliveryFailed says `is_gone` when the push service no longer knows the browser.
    """
    try:
        authorization = vapid.authorization(address)
    except Unreadable as error:
        raise DeliveryFailed("The key for push notifications cannot be read any more.", is_permanent=True) from error
    headers = {
        "Authorization": authorization,
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(TTL.get(message.kind, SHORT_TTL)),
        "Urgency": "high",
        "User-Agent": "Errata",
    }
    if message.kind == "page":  # a later page about the same incident takes the place of one not delivered yet
        headers["Topic"] = tag_of(message)
    _deliver(address, _encrypted(payload(message), address, secret), headers)
    return Receipt()


def _deliver(address: str, body: bytes, headers: dict[str, str]) -> None:
    try:
        answer = posting.deliver(address, body, headers, by=BY)
    except posting.Refused as refusal:
        if refusal.status not in GONE:
            raise
        raise DeliveryFailed(f"{BY} no longer knows this browser.", is_gone=True, detail=refusal.detail) from refusal
    if posting.is_web_page(answer):
        raise DeliveryFailed(f"{BY} answered with a web page.", detail=answer[:200])


def payload(message: Message) -> bytes:
    """What the service worker reads: title, body, tag, where a click leads and what acknowledges."""
    told: dict[str, object] = {
        "title": cut_bytes(one_line(message.subject), 300),
        "body": cut_bytes(_body(message), 1200),
        "tag": tag_of(message),
        "url": message.link or "/",
        "acknowledge": f"{urlsplit(message.link).path}?by=push" if message.token else "",
    }
    return orjson.dumps(told)


def tag_of(message: Message) -> str:
    """Notifications of the same tag replace each other: one for each incident."""
    return str(message.facts.get("incident") or message.kind)


def _body(message: Message) -> str:
    if message.kind in {"verification", "test"}:
        return message.short
    return message.short if message.kind == "page" else message.text.strip()


def _encrypted(plain: bytes, address: str, secret: str) -> bytes:
    # Loaded when it is needed first: it brings two HTTP libraries along, 0.3 s and 13 MB, and uses neither.
    from pywebpush import WebPusher, WebPushException

    if len(plain) > MOST_BYTES:
        raise DeliveryFailed("The notification is too long.", is_permanent=True)
    try:
        encoded = WebPusher({"endpoint": address, "keys": orjson.loads(secret)}).encode(plain)
    except (WebPushException, ValueError, TypeError) as error:
        raise DeliveryFailed("The keys of this browser cannot be read. Turn push on again.", is_gone=True) from error
    return bytes(encoded["body"])


def read_address(typed: str) -> str:
    """The endpoint a browser gave. Raises ValueError for one that leads where we may not call."""
    return posting.read_url(typed)


def read_keys(p256dh: str, auth: str) -> str:
    """The two keys of a subscription, as they are kept. Raises ValueError when they are none (RFC 8291, section 2)."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _decoded(p256dh))
        is_right = len(_decoded(auth)) == 16
    except ValueError:
        is_right = False
    if not is_right:
        raise ValueError("The browser gave keys that cannot be read. Try again, or use another browser.")
    return orjson.dumps({"p256dh": p256dh, "auth": auth}).decode()


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))


CHANNEL = Channel(
    name="push",
    send=send,
    read_address=read_address,
    hint="Turned on in the browser that is to show the notifications.",
    tells_rooms=False,
    is_typed=False,
)
