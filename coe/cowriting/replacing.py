"""What the product itself writes into a section: as few changes as possible, so that what others type meanwhile stays.

The form without JavaScript, suggestions, restored revisions and fixes all come through here.
"""

from __future__ import annotations

from datetime import datetime

from coe import comparing
from coe.comparing import Kind
from coe.cowriting import documents
from coe.models import COE
from oncall.models import User


def replace(coe: COE, key: str, text: str, by: User, now: datetime) -> None:
    """Make a section of the shared document say this; without a document there is nothing to do.

    The caller holds the row of the COE, has drawn what was typed, and has judged the text.
    """
    document = documents.found(coe)
    if document is None:
        return
    root = document.texts[key]
    before, place = document.doc.get_state(), 0
    with document.doc.transaction():
        for piece in comparing.words(document.text(key).rstrip(), text):
            size = len(piece.text.encode())
            if piece.kind is Kind.REMOVED:
                del root[place : place + size]
                continue
            if piece.kind is Kind.ADDED:
                root.insert(place, piece.text)
            place += size
    update = document.doc.get_update(before)
    documents.store(document, update, {key}, by, now)
