"""What somebody saw when a form was opened: so that two people who change the same thing do not undo each other unseen.

A form carries a digest of what was saved at that moment in its field `seen`. When it differs on saving, the form is
shown again with what was typed and with the present digest: saving once more replaces knowingly.
"""

from hashlib import sha256

from oncall.views.answers import Request


def seen_of(*facts: object) -> str:
    """A digest of plain values that have a stable `repr`."""
    return sha256(repr(facts).encode()).hexdigest()[:20]


def is_stale(request: Request, seen: str) -> bool:
    """Whether what is being saved was begun from something else than what is saved now."""
    return request.POST.get("seen", seen) != seen
