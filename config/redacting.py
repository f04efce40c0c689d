"""Keeps secrets that stand in addresses out of the logs.

The key of a feed, the signature of an unsubscribe link and the token of a page are parts of paths, because programs of
others can send nothing else (decision 0035). Django writes the path of every refused request into its log.
"""

import logging
import re

# The first part of the path after these is secret.
_SECRET = re.compile(r"(/(?:feeds|unsubscribe|p)/)[^/\s\"?]+")


def redacted(text: str) -> str:
    """The text with "•••" for each secret in a path."""
    return _SECRET.sub(r"\1•••", text)


class Redact(logging.Filter):
    """Rewrites the message of every record before a handler writes it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything through, redacted."""
        said = record.getMessage()
        if (kept := redacted(said)) != said:
            record.msg, record.args = kept, ()
        return True
