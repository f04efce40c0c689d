"""Addresses as others may see them: enough to tell two apart, too little to use.

Pure: an address in, text out.
"""

from urllib.parse import urlsplit

# What stands for what is not shown.
HIDDEN = "•••"


def masked(address: str) -> str:
    """a•••@example.com, https://hooks.example.com/•••, +33•••89; of anything else the first and last two letters."""
    if "://" in address:
        try:
            return f"{urlsplit(address).scheme}://{urlsplit(address).hostname or ''}/{HIDDEN}"
        except ValueError:
            return HIDDEN
    name, at, domain = address.rpartition("@")
    if at and name:
        return f"{name[0]}{HIDDEN}@{domain}"
    return f"{address[:3]}{HIDDEN}{address[-2:]}" if len(address) > 7 else HIDDEN
