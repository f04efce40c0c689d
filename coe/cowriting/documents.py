"""The shared document of a COE: making it once, reading it, following it. Whoever calls holds what must be held.

Texts are Y.Text roots named as their sections. pycrdt counts in bytes of UTF-8 where Yjs counts UTF-16 units; on the
wire both agree.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from django.db import connection
from pycrdt import Doc, Text, get_update

from coe.models import COE, SharedText, TextUpdate, Writer
from oncall.models import User

CHANNEL = "errata_cowriting"


@dataclass
class Document:
    """A shared document in memory, and the last update that is in it. `titles` names its sections by key."""

    coe_pk: int
    titles: dict[str, str]
    name: str
    doc: Doc
    seen: int
    texts: dict[str, Text] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.texts = {key: self.doc.get(key, type=Text) for key in self.titles}

    def text(self, key: str) -> str:
        """What a section says, as it was typed."""
        return str(self.texts[key])

    def apply(self, update: bytes) -> set[str]:
        """Take an update in; returns the sections it changed. Raises ValueError for what is no update."""
        changed: set[str] = set()
        watching = [(text, text.observe(partial(_note, changed, key))) for key, text in self.texts.items()]
        try:
            self.doc.apply_update(update)
        finally:
            for text, subscription in watching:
                text.unobserve(subscription)
        return changed

    def unknown(self) -> set[str]:
        """What is in it and is no section of its COE, as far as this process knows."""
        return set(self.doc.keys()) - self.titles.keys()

    def lacks_what_precedes(self, update: bytes) -> bool:
        """Whether parts of an update that was taken in wait for others that never came."""
        return get_update(update, self.doc.get_state())[0] != 0


def _note(changed: set[str], key: str, _: object) -> None:
    changed.add(key)


def opened(coe: COE) -> Document:
    """The document, made from the sections when nobody wrote together yet. The caller holds the row of the COE."""
    shared = SharedText.objects.filter(pk=coe.pk).first()
    return _loaded(coe, shared or _made(coe))


def found(coe: COE) -> Document | None:
    """The document as it is, None when nobody wrote together yet."""
    shared = SharedText.objects.filter(pk=coe.pk).first()
    return _loaded(coe, shared) if shared else None


def _made(coe: COE) -> SharedText:
    doc: Doc = Doc()
    for key, text in coe.sections.values_list("key", "text"):
        if text:
            root = doc.get(key, type=Text)
            root += text.replace("\r\n", "\n").replace("\r", "\n")
    return SharedText.objects.create(coe=coe, data=doc.get_update())


def _loaded(coe: COE, shared: SharedText) -> Document:
    # Sockets work in several threads, one at a time for each document.
    doc: Doc = Doc(allow_multithreading=True)
    doc.apply_update(bytes(shared.data))
    # A section that the template does not know was written before it had one.
    titles = {key: key for key in doc.keys()} | {key: form.title for key, form in coe.form.forms.items()}  # noqa: SIM118
    document = Document(shared.pk, titles, str(shared.name), doc, shared.upto)
    follow(document)
    return document


def follow(document: Document) -> list[tuple[int, bytes]]:
    """Take in what was stored since; returns it with its numbers. A number of 0 stands for all that was folded in."""
    news: list[tuple[int, bytes]] = []
    # The whole text is fetched only when it is needed: this runs with every batch of keystrokes.
    folded = SharedText.objects.filter(pk=document.coe_pk, upto__gt=document.seen)
    for upto, data in folded.values_list("upto", "data"):
        news.append((0, bytes(data)))
        document.seen = upto
    rows = TextUpdate.objects.filter(coe_id=document.coe_pk, pk__gt=document.seen).order_by("pk")
    news += [(pk, bytes(data)) for pk, data in rows.values_list("pk", "data")]
    for pk, data in news:
        document.doc.apply_update(data)
        document.seen = max(document.seen, pk)
    return news


def store(document: Document, update: bytes, keys: set[str], by: User, now: datetime) -> TextUpdate:
    """Write an update down; whoever listens hears of it once this is committed. The caller holds the row of the COE."""
    kept = sorted({key[: TextUpdate.LONGEST_KEY] for key in keys})
    row = TextUpdate.objects.create(coe_id=document.coe_pk, data=update, keys=kept, made_by=by, made_at=now)
    Writer.objects.bulk_create(
        [Writer(coe_id=document.coe_pk, user=by, wrote_at=now)],
        update_conflicts=True,
        unique_fields=["coe", "user"],
        update_fields=["wrote_at"],
    )
    document.seen = row.pk
    announce(f"{document.coe_pk}:update:{row.pk}")
    return row


def announce(news: str) -> None:
    """Tell every process that serves editors, once the transaction is committed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, news])
