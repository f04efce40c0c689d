"""The key by which push services know this installation (VAPID, RFC 8292), and what it signs.

It is made once, when it is needed first; whoever makes another one loses every device that was registered.
"""

import time
from base64 import urlsafe_b64encode
from email.utils import parseaddr
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings

from oncall.models import InstallationKey

# Seconds that a signature counts; RFC 8292 allows a day.
LIFETIME = 12 * 3600
# Whether the address to write to is a good one is for the push service to judge; within a company it may have no dot.
LENIENT = {"no-strict": True}


def make() -> str:
    """A new private key."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_key() -> str:
    """What a browser needs to subscribe: the public point in URL-safe base64."""
    point = _key().public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return urlsafe_b64encode(point).rstrip(b"=").decode()


def authorization(endpoint: str) -> str:
    """The header by which this push service believes that it is us; it names an address to write to."""
    from py_vapid import Vapid02

    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(time.time()) + LIFETIME,
        "sub": f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}",
    }
    return str(Vapid02(_key(), LENIENT).sign(claims)["Authorization"])


def _key() -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(InstallationKey.objects.read("vapid", make).encode(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("The VAPID key is not one of an elliptic curve.")
    return key
