"""Which tags an imported report of the demonstration bears: by its theme and the words of its title."""

from __future__ import annotations

import re

# The theme says which service it is about already where a tag would only repeat it.
THEMES = {
    "network": "networking",
    "dns": "dns",
    "storage": "storage",
    "database": "database",
    "identity": "sign-in",
    "ci": "ci",
    "registry": "artifacts",
    "cluster": "kubernetes",
    "observability": "monitoring",
    "security": "security",
    "capacity": "capacity",
    "messaging": "queues",
}
WORDS = {
    "certificates": r"certificate|\bcert\b|\bssl\b|expired",
    "tls": r"\btls\b|\bssl\b",
    "dns": r"\bdns\b|hostname",
    "migration": r"migrat",
    "maintenance": r"maintenance|brownout|upgrade to|version update",
    "third-party": r"jfrog|azure|\baws\b|docker ?hub|github",
    "credentials": r"password|token|compromis|credential",
    "rate-limits": r"rate limit|throttl|quota",
}


def tags_of(title: str, theme: str) -> list[str]:
    """The tags, each once, in order."""
    named = [tag for tag, words in WORDS.items() if re.search(words, title.lower())]
    return list(dict.fromkeys([*([THEMES[theme]] if theme in THEMES else []), *named]))
