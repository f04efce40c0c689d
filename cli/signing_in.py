"""Which Errata is asked, and with which token: from the environment, else from the file that `errata login` wrote.

A token that was kept for one address is never sent to another one.
"""

import json
import os
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from cli.stopping import Misused, NotSignedIn


@dataclass(frozen=True, slots=True)
class Credentials:
    """An installation and the token of a person there; the token never shows when this is printed."""

    url: str
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        """Raises Misused for an address that is none, NotSignedIn for a token that cannot be sent."""
        try:
            parts = urlsplit(self.url)
            is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
        except ValueError:
            is_address = False
        if not is_address:
            raise Misused(f"{self.url!r} is not an address of Errata; it looks like https://errata.example.org")
        if not re.fullmatch(r"[\x21-\x7e]+", self.token):
            raise NotSignedIn("The token holds characters that no token has.")

    @property
    def is_open_to_listeners(self) -> bool:
        """Whether the token would travel in clear over a network."""
        parts = urlsplit(self.url)
        return parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "::1", "localhost"}


def file() -> Path:
    """Where the sign-in is kept; XDG_CONFIG_HOME counts when it is absolute, as its specification says."""
    home = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    return (home if home.is_absolute() else Path.home() / ".config") / "errata" / "config.toml"


def credentials() -> Credentials:
    """The sign-in that counts now. Raises NotSignedIn when there is none, Misused when the file cannot be read."""
    kept = _kept()
    url = tidy(os.environ.get("ERRATA_URL", "")) or kept.get("url", "")
    token = os.environ.get("ERRATA_TOKEN", "")
    if not token and url == kept.get("url"):
        token = kept.get("token", "")
    if not url or not token:
        wanted = f" to {url}" if url else ""
        raise NotSignedIn(f"Not signed in{wanted}. Run errata login, or set ERRATA_URL and ERRATA_TOKEN.")
    return Credentials(url, token)


def tidy(url: str) -> str:
    """An address as it is kept and compared."""
    return url.strip().rstrip("/")


def keep(chosen: Credentials) -> Path:
    """Write the sign-in for this account's eyes only, in one step; returns where. Raises Misused when it cannot."""
    place = file()
    try:
        _write(place, chosen)
    except OSError as error:
        raise Misused(f"{place} cannot be written: {error.strerror}.") from None
    return place


def _write(place: Path, chosen: Credentials) -> None:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = place.with_name(f".{place.name}.{os.getpid()}")
    # JSON's strings are TOML's as long as both are printable ASCII or text.
    lines = [f"{name} = {json.dumps(getattr(chosen, name), ensure_ascii=False)}\n" for name in ("url", "token")]
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.writelines(lines)
    fresh.replace(place)


def forget() -> bool:
    """Remove what was kept; False when nothing was."""
    is_kept = file().exists()
    file().unlink(missing_ok=True)
    return is_kept


def _kept() -> dict[str, str]:
    try:
        found = tomllib.loads(file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise Misused(f"{file()} cannot be read ({type(error).__name__}). Run errata login again.") from None
    return {name: value for name, value in found.items() if isinstance(value, str)}
