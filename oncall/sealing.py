"""Secrets at rest: sealed when they must be read again, digested when recognising them is enough.

It decides how keys are derived and made. It does not decide which secret is kept, nor who may see one. All it reads is
`SECRET_KEY` and `SECRET_KEY_FALLBACKS`: a new key in front, with the old one moved to the fallbacks, keeps every sealed
value readable.
"""

import base64
import hashlib
import hmac
import secrets
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

# Separates this use of SECRET_KEY from every other one (RFC 5869, section 3.2).
PURPOSE = b"errata: secrets that must be readable again, 1"


class Unreadable(ValueError):
    """A sealed value that none of the installation's keys opens."""


def seal(text: str) -> str:
    """Encrypt `text` so that only this installation reads it again. Two calls give two different results."""
    return _box(_secret_keys()).encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Read what `seal` made, also under an older `SECRET_KEY` that is still among the fallbacks.

    Raises `Unreadable` when the value was changed or its key is gone.
    """
    try:
        return _box(_secret_keys()).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unreadable("This secret was sealed with a SECRET_KEY that is no longer configured.") from error


def reseal(sealed: str) -> str:
    """The same secret under the newest key. Raises `Unreadable`."""
    return seal(unseal(sealed))


def digest(token: str) -> str:
    """SHA-256 of a token as 64 hexadecimal digits: enough to recognise a random key, useless to a reader of the table.

    No salt and no stretching, because keys made here carry 128 bits or more; never use it for what a person chose.
    A lone surrogate, which no key holds, is digested as "?" instead of failing.
    """
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def new_key(length: int = 32) -> str:
    """A random key of `length` lower-case hexadecimal digits, four bits each; 32 is what PagerDuty's clients expect."""
    return secrets.token_hex((length + 1) // 2)[:length]


def is_signed(body: bytes, secret: str, signature: str) -> bool:
    """Whether `signature` is the hexadecimal HMAC-SHA256 of `body` under `secret`; compared in constant time."""
    made = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(made.encode(), signature.encode(errors="replace"))


def _secret_keys() -> tuple[str, ...]:
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@lru_cache(maxsize=8)
def _box(secret_keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_derive(key)) for key in secret_keys])


def _derive(secret_key: str) -> bytes:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret_key.encode())
    return base64.urlsafe_b64encode(key)
