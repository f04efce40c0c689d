"""Tags: written in the header, shown to readers, found by, and never ahead of what is published."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from coe import documents, editing, publishing, searching, tagging
from coe.forms.writing import HeaderForm
from coe.models import COE, Revision
from coe.searching import Reader, parse
from tests import make
from tests.coe.writers import LATER, drafted, publish
from tests.make import MONDAY

READER = Reader(0)


@pytest.fixture(autouse=True)
def index(settings, tmp_path):
    settings.ERRATA_SEARCH_DIR = tmp_path / "search"


def facet(name, reader=READER):
    return dict(searching.search(parse(""), reader).facets.get(name, []))


def tagged(*names, **facts):
    """A published COE with these tags."""
    coe = make.coe(state="approved", **facts)
    tagging.put(coe, names)
    publish(coe, MONDAY)
    return coe


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("DNS, expired certificate", ["dns", "expired-certificate"]),
        ("#dns; dns ,, DNS", ["dns"]),
        ("Überlauf_2", ["uberlauf-2"]),
        (" , ", []),
    ],
)
def test_what_is_typed_becomes_small_letters_digits_and_hyphens(typed, names):
    assert tagging.named(typed) == names


@pytest.mark.parametrize("typed", ["日本", "dns, !!", "x" * 41, ",".join(f"t{number}" for number in range(21))])
def test_what_is_no_tag_is_refused(typed):
    with pytest.raises(ValidationError):
        tagging.named(typed)


@given(st.text(max_size=60))
def test_a_tag_is_the_same_when_it_is_typed_again(typed):
    try:
        name = tagging.normalised(typed)
    except ValidationError:
        return

    assert tagging.normalised(name) == name


@pytest.mark.django_db
def test_a_tag_begins_to_exist_by_being_written():
    coe = drafted()

    editing.save_header(coe, tags=["dns", "new-here"], by=make.alice(), now=LATER)

    assert [tag.name for tag in coe.tags.all()] == ["dns", "new-here"]
    assert coe.revisions.first().content["tags"] == ["dns", "new-here"]


@pytest.mark.django_db
def test_tags_that_somebody_else_changed_meanwhile_are_not_overwritten():
    coe = drafted()
    editing.save_header(coe, tags=["dns"], base=0, by=make.alice(), now=LATER)

    with pytest.raises(editing.RowConflict, match="tags “dns”"):
        editing.save_header(coe, tags=["tls"], base=0, by=make.alice(), now=LATER)


@pytest.mark.django_db
def test_a_ticked_tag_stays_when_the_form_is_saved_again():
    coe = drafted()
    tagged("dns")
    typed = {"title": "T", "severity": "2", "team": "Payments", "owner": "alice@example.com", "zone": "UTC"}
    client = Client()
    client.force_login(make.alice())

    for _ in range(2):
        answer = client.post(f"/coes/{coe.pk}/edit/header/", {**typed, "tags": "tls", "known_tags": ["dns"]})
        assert answer.status_code == 303

    assert [tag.name for tag in coe.tags.all()] == ["dns", "tls"]


@pytest.mark.django_db
def test_tags_of_what_is_restricted_or_not_published_are_not_offered():
    tagged("dns")
    tagged("secret", audience="restricted", restricted_because="Personnel")
    tagging.put(drafted(), ["draft"])

    assert tagging.offered() == ["dns"]
    assert [value for value, _ in HeaderForm(drafted(), user=make.alice()).fields["known_tags"].choices] == ["dns"]


@pytest.mark.django_db
def test_a_reader_sees_the_tags_as_links_into_the_library():
    coe = tagged("dns")
    client = Client()
    client.force_login(make.carol())

    assert 'href="/coes/?tag=dns"' in client.get(f"/coes/{coe.pk}/").text
    assert coe.public_title in client.get("/coes/?tag=dns").text
    assert coe.public_title not in client.get("/coes/?tag=tls").text


@pytest.mark.django_db
def test_what_a_reissue_writes_is_not_found_until_it_is_published():
    coe = tagged("dns", severity=2)
    publishing.begin_reissue(coe, coe.owner, MONDAY)
    editing.save_header(
        coe, severity=1, team=make.team("People"), tags=["layoffs"], services=[make.service()], by=coe.owner, now=LATER
    )
    publishing.note_change(coe, LATER)

    assert facet("tag") == {"dns": 1}
    assert facet("severity") == {"2": 1}
    assert facet("team") == {"payments": 1}
    assert facet("service") == {}


@pytest.mark.django_db
def test_the_operator_finds_by_tag_and_a_minus_leaves_out():
    one, two = tagged("dns"), tagged("tls")

    assert [hit.coe_id for hit in searching.search(parse("tag:DNS"), READER).hits] == [one.pk]
    assert [hit.coe_id for hit in searching.search(parse("-tag:dns"), READER).hits] == [two.pk]


@pytest.mark.django_db
def test_what_was_published_before_there_were_tags_is_found_as_before():
    coe = make.coe(state=COE.State.PUBLISHED, published_at=MONDAY)
    content = documents.content_of(coe)
    del content["tags"]
    facts = {"number": 1, "reason": "published", "made_at": MONDAY, "content": content}
    Revision.objects.create(coe=coe, html=documents.html_of(content), **facts)
    publishing.note_change(coe, MONDAY)
    client = Client()
    client.force_login(make.carol())

    assert facet("tag") == {}
    assert facet("source") == {"here": 1}
    assert client.get(f"/coes/{coe.pk}/").status_code == 200
