"""Writing: nothing is overwritten unseen, every change is a revision, and what is settled cannot be edited."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction

from coe import editing, rendering
from coe.models import Revision
from oncall.exceptions import Conflict, NotAllowed
from tests import make
from tests.coe.writers import LATER, approved, published

pytestmark = pytest.mark.django_db
AUTOSAVED = Revision.Reason.AUTOSAVED


@pytest.fixture
def coe():
    return make.coe()


def write(coe, text, base=0, by=None, now=LATER, **facts):
    return editing.save_section(coe, "summary", text, base, by=by or make.alice(), now=now, **facts)


def test_whoever_read_an_older_state_gets_both_texts_and_overwrites_nothing(coe):
    colleague = make.bob()
    make.team("Payments", colleague)
    write(coe, "Hers")

    with pytest.raises(editing.SectionConflict) as refused:
        write(coe, "His", by=colleague)

    assert (refused.value.theirs, refused.value.yours) == ("Hers", "His")
    assert "Alice Moreau saved “Summary” after you opened it." in str(refused.value)
    assert coe.sections.get(key="summary").text == "Hers"


def test_edits_of_different_sections_never_collide(coe):
    write(coe, "Summary")

    editing.save_section(coe, "impact", "Impact", 0, by=make.alice(), now=LATER)

    assert coe.sections.exclude(text="").count() == 2


def test_the_same_text_again_is_no_conflict_and_no_revision(coe):
    write(coe, "Text")

    write(coe, "Text  \r\n", base=0)

    assert coe.revisions.count() == 1
    assert (coe.sections.get(key="summary").edits, coe.edits) == (1, 1)


def test_every_explicit_save_is_a_revision(coe):
    for base, text in enumerate(["One", "Two", "Three"]):
        write(coe, text, base)

    said = [revision.content["sections"]["summary"] for revision in coe.revisions.order_by("number")]
    assert said == ["One", "Two", "Three"]


def test_what_the_editor_saves_by_itself_is_one_revision_in_five_minutes(coe):
    for seconds in (0, 40, 80, 400):
        base = coe.sections.get(key="summary").edits
        write(coe, f"After {seconds} s", base, now=LATER + timedelta(seconds=seconds), reason=AUTOSAVED)

    said = [revision.content["sections"]["summary"] for revision in coe.revisions.order_by("number")]
    assert said == ["After 80 s", "After 400 s"]
    assert coe.edits == 4


def test_an_autosave_never_replaces_what_was_saved_on_purpose_or_by_somebody_else(coe):
    colleague = make.bob()
    make.team("Payments", colleague)
    write(coe, "On purpose")
    write(coe, "By itself", 1, reason=AUTOSAVED)
    write(coe, "By a colleague", 2, by=colleague, reason=AUTOSAVED)

    assert [revision.reason for revision in coe.revisions.all()] == [AUTOSAVED, AUTOSAVED, "saved"]


@pytest.mark.parametrize("text", ["x" * (rendering.LARGEST + 1), "\n".join("x" * 6_000), "a\x00b"])
def test_a_text_that_cannot_be_kept_is_refused_and_nothing_changes(coe, text):
    with pytest.raises(ValidationError):
        write(coe, text)

    assert coe.sections.get(key="summary").text == ""


@pytest.mark.parametrize("bring", [approved, published])
def test_what_is_approved_or_published_cannot_be_edited(bring):
    coe = bring()

    with pytest.raises(Conflict, match=r"cannot be edited: it is “.*” since 2026-11-16 16:02 UTC by "):
        write(coe, "Later", base=1)


def test_strangers_may_not_edit(coe):
    with pytest.raises(NotAllowed):
        write(coe, "Mine", by=make.carol())


def test_a_revision_is_never_changed_even_by_sql(coe):
    write(coe, "Text")

    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE coe_revision SET reason = 'published'")


def test_a_publication_is_never_deleted_even_by_sql():
    coe = published()

    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM coe_revision WHERE reason = 'published'")
    assert coe.revisions.publications().exists()


def test_an_anchor_is_one_line_only(coe):
    editing.add_event(coe, LATER, "The alert rang", anchor="detected", by=make.alice(), now=LATER)

    with pytest.raises(ValidationError, match="The alert rang"):
        editing.add_event(coe, LATER, "Another one", anchor="detected", by=make.alice(), now=LATER)


def test_changing_a_line_that_is_gone_says_so(coe):
    event = editing.add_event(coe, LATER, "Text", by=make.alice(), now=LATER)
    editing.remove_event(coe, event.pk, by=make.alice(), now=LATER)

    with pytest.raises(Conflict, match="removed meanwhile"):
        editing.change_event(coe, event.pk, LATER, "New", by=make.alice(), now=LATER)


def test_the_header_changes_and_the_revision_keeps_what_it_was(coe):
    before = coe.title
    write(coe, "Text")

    editing.save_header(coe, title="Better", services=[make.service()], by=make.alice(), now=LATER)

    assert (coe.title, coe.services.count()) == ("Better", 1)
    assert [revision.content["title"] for revision in coe.revisions.all()] == ["Better", before]


def test_ticks_keep_who_ticked_first(coe):
    colleague = make.bob()
    make.team("Payments", colleague)
    editing.tick(coe, {"title"}, by=make.alice(), now=LATER)

    editing.tick(coe, {"title", "names"}, by=colleague, now=LATER)

    assert dict(coe.checked_items.values_list("key", "checked_by__name")) == {
        "title": "Alice Moreau",
        "names": "Bob Kimani",
    }
