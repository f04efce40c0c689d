"""A push service and the browsers that subscribed to it: checks who sends (VAPID), and reads what only they can."""

import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from itertools import count
from secrets import token_bytes

import http_ece
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.oncall.fakes.provider import Provider

number = count(1)


def encoded(raw):
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Browser:
    """One subscription with its private key; `shown` are the notifications it could read."""

    def __init__(self, service, key=""):
        self.private, self.secret = ec.generate_private_key(ec.SECP256R1()), token_bytes(16)
        self.path, self.expected_key, self.shown = f"/push/{next(number)}", key, []
        self.endpoint = service.url + self.path
        point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.keys = {"p256dh": encoded(point), "auth": encoded(self.secret)}

    def read(self, body):
        """Decrypt by RFC 8291."""
        plain = http_ece.decrypt(body, private_key=self.private, auth_secret=self.secret, version="aes128gcm")
        self.shown.append(json.loads(plain))


class PushService(Provider):
    """RFC 8030: POST to an endpoint that somebody subscribed to is answered 201, to any other 410."""

    def __init__(self):
        super().__init__()
        self.browsers, self.headers = {}, []

    def subscribe(self, key=""):
        browser = Browser(self, key)
        self.browsers[browser.path] = browser
        return browser

    def unsubscribe(self, browser):
        del self.browsers[browser.path]

    def take(self, path, headers, body):
        browser = self.browsers.get(path)
        if browser is None:
            return 410, {}, b"push subscription has unsubscribed or expired"
        if len(body) > 4096:
            return 413, {}, b"too long"
        if not headers["TTL"].isdecimal() or headers["Content-Encoding"] != "aes128gcm" or not topic_fits(headers):
            return 400, {}, b"bad headers"
        if problem := problem_of(headers["Authorization"], self.url, browser.expected_key):
            return 403, {}, problem.encode()
        browser.read(body)
        self.headers.append(dict(headers))
        return 201, {"Location": f"{self.url}/message/{len(browser.shown)}"}, b""


def topic_fits(headers):
    """At most 32 characters of URL-safe base64."""
    topic = headers.get("Topic", "a")
    return 1 <= len(topic) <= 32 and topic.replace("-", "").replace("_", "").isalnum()


def problem_of(authorization, audience, expected_key):
    """What is wrong with the sender's word by RFC 8292; nothing when it may push."""
    scheme, _, rest = authorization.partition(" ")
    given = dict(part.strip().split("=", 1) for part in rest.split(","))
    signed, _, signature = given["t"].rpartition(".")
    head, claims = (json.loads(decoded(part)) for part in signed.split("."))
    if scheme != "vapid" or head["alg"] != "ES256" or (expected_key and given["k"] != expected_key):
        return "another key"
    if claims["aud"] != audience or not claims["sub"].startswith(("mailto:", "https:")):
        return "another audience"
    if not time.time() < claims["exp"] <= time.time() + 86400:
        return "expired"
    return "" if is_signed(signed, decoded(signature), decoded(given["k"])) else "forged"


def is_signed(text, signature, point):
    half = len(signature) // 2
    numbers = (int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    try:
        key.verify(encode_dss_signature(*numbers), text.encode(), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
