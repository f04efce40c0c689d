"""Published COEs for tests of search: written as rows, with the revision and the change that publishing writes."""

from coe import documents, searching
from coe.models import COE, Revision, SearchChange, Section
from coe.searching import Reader, parse
from tests import make

ANYBODY = Reader(0)


def published(title="Checkout was down", text="The database ran out of connections.", **facts):
    """A published COE with one section, announced in the change table."""
    coe = make.coe(title, state=COE.State.PUBLISHED, published_at=make.MONDAY, **facts)
    Section.objects.filter(coe=coe, key="summary").update(text=text)
    publish(coe)
    return coe


def publish(coe, number=1):
    content = documents.content_of(coe)
    Revision.objects.create(
        coe=coe,
        number=number,
        reason="published",
        made_by=coe.owner,
        made_at=make.MONDAY,
        content=content,
        html=documents.html_of(content),
    )
    SearchChange.objects.create(coe_id=coe.pk)


def found(text, reader=ANYBODY):
    return [hit.coe_id for hit in searching.search(parse(text), reader).hits]
