"""Restoring what an older revision says: as a new revision, through the shared text, refused where it cannot be."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from pycrdt import Doc, Text

from coe import editing, publishing
from coe.cowriting import documents
from coe.cowriting.appending import append
from coe.editing import offering, restoring
from coe.models import COE
from oncall.exceptions import Conflict, NotAllowed
from oncall.models import AuditEntry
from tests import make
from tests.coe.writers import LATER, approved, drafted, published
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
LATEST = LATER + timedelta(hours=1)


def whom(now=LATER):
    return {"by": make.alice(), "now": now}


@pytest.fixture
def coe():
    coe = drafted()
    make.team("Payments", make.bob())
    editing.save_section(coe, "summary", "First words.", 0, **whom())
    editing.save_section(coe, "impact", "38 %.", 0, **whom())
    return coe


def newest(coe):
    return coe.revisions.first()


def write(coe, key, text):
    section = coe.sections.get(key=key)
    editing.save_section(coe, key, text, section.edits, **whom())


def text_of(coe, key="summary"):
    return coe.sections.get(key=key).text


def back(coe, revision, what, **facts):
    return restoring.restore(coe, revision, what, **{**whom(LATEST), **facts})


def what_of(coe, revision):
    return [offer.what for offer in offering.offers(coe, revision)]


def test_a_section_says_again_what_it_said_and_the_others_stay(coe):
    then = newest(coe)
    write(coe, "summary", "Other words.")
    write(coe, "impact", "40 %.")

    made = back(coe, then, "section-summary")

    assert (text_of(coe), text_of(coe, "impact")) == ("First words.", "40 %.")
    assert made.change_note == f"Restored from revision {then.number}: Summary"
    assert (made.made_by, made.made_at) == (make.alice(), LATEST)


def test_all_written_sections_are_restored_as_one_revision(coe):
    then = newest(coe)
    write(coe, "summary", "Other words.")
    write(coe, "impact", "40 %.")
    count = coe.revisions.count()

    back(coe, then, offering.SECTIONS)

    assert (text_of(coe), text_of(coe, "impact")) == ("First words.", "38 %.")
    assert coe.revisions.count() == count + 1


def test_a_restoring_is_undone_by_restoring_the_revision_before_it(coe):
    then = newest(coe)
    write(coe, "summary", "Other words.")
    before = newest(coe)
    back(coe, then, "section-summary")

    back(coe, before, "section-summary")

    assert text_of(coe) == "Other words."


def test_what_was_there_is_kept_as_a_revision_even_when_no_save_kept_it(coe):
    then = newest(coe)
    coe.sections.filter(key="summary").update(text="Never recorded.")

    back(coe, then, "section-summary")

    said = [one.content["sections"]["summary"] for one in coe.revisions.all()[:2]]
    assert said == ["First words.", "Never recorded."]


def typed(coe, key, words, by, now=LATEST):
    """Somebody types at the end of a section of the shared text."""
    mine = Doc()
    mine.apply_update(documents.opened(coe).doc.get_update())
    state = mine.get_state()
    text = mine.get(key, type=Text)
    text += words
    append(coe.pk, [(mine.get_update(state), by)], now)


def test_what_somebody_types_at_that_moment_is_kept_in_their_name_and_in_other_sections(coe):
    then = newest(coe)
    write(coe, "summary", "Other words.")
    typed(coe, "summary", " Typed by Bob.", make.bob())
    typed(coe, "impact", " Rising.", make.bob())

    back(coe, then, "section-summary")

    kept = coe.revisions.all()[1]
    assert (kept.made_by, kept.content["sections"]["summary"]) == (make.bob(), "Other words. Typed by Bob.")
    shared = documents.found(COE.objects.get(pk=coe.pk))
    assert (shared.text("summary"), shared.text("impact")) == ("First words.", "38 %. Rising.")


def test_a_change_after_the_screen_was_opened_is_not_overwritten_unseen(coe):
    then = newest(coe)
    write(coe, "summary", "Other words.")
    [offer] = offering.offers(coe, then)
    write(coe, "impact", "Elsewhere.")
    write(coe, "summary", "Newer words.")

    with pytest.raises(Conflict, match="changed after you opened"):
        back(coe, then, "section-summary", seen=offer.seen)
    assert text_of(coe) == "Newer words."


def test_a_change_elsewhere_is_no_hindrance(coe):
    then = newest(coe)
    write(coe, "summary", "Other words.")
    [offer] = offering.offers(coe, then)
    write(coe, "impact", "Elsewhere.")

    back(coe, then, "section-summary", seen=offer.seen)

    assert text_of(coe) == "First words."


def test_a_removed_line_is_put_back_with_what_it_knew_and_is_no_longer_removed(coe):
    then, line = newest(coe), coe.timeline.filter(entry__isnull=False).exclude(anchor="").first()
    editing.remove_event(coe, line.pk, **whom())

    back(coe, then, f"timeline-{line.pk}")

    found = coe.timeline.get(at=line.at, text=line.text)
    assert (found.anchor, found.source, found.entry_id) == (line.anchor, line.source, line.entry_id)
    assert not coe.removed_events.exists()
    assert what_of(coe, then) == []


def test_a_changed_line_says_again_what_it_said_but_leaves_an_anchor_that_another_took(coe):
    coe.timeline.filter(anchor="diagnosed").delete()
    line = editing.add_event(coe, MONDAY, "Rolled back", anchor="diagnosed", **whom())
    then = newest(coe)
    editing.change_event(coe, line.pk, LATER, "Reverted", **whom())
    editing.add_event(coe, MONDAY, "Found", anchor="diagnosed", **whom())

    back(coe, then, f"timeline-{line.pk}")

    line.refresh_from_db()
    assert (line.text, line.at, line.anchor) == ("Rolled back", MONDAY, "")


def test_what_only_lacks_an_anchor_that_another_line_took_is_refused(coe):
    first, second = coe.timeline.filter(anchor="detected").first(), coe.timeline.filter(anchor="").first()
    then = newest(coe)
    editing.change_event(coe, first.pk, first.at, first.text, **whom())
    editing.change_event(coe, second.pk, second.at, second.text, anchor="detected", **whom())

    with pytest.raises(Conflict, match="held by another row"):
        back(coe, then, f"timeline-{first.pk}")
    assert not AuditEntry.objects.filter(verb="restored").exists()


@pytest.fixture
def causes(coe):
    """A pool, below it no bound; an alarm that no bound explains besides."""
    pool = editing.add_cause(coe, "One pool", "contributing", **whom())
    bound = editing.add_cause(coe, "No bound", "missing_safeguard", parent_pk=pool.pk, **whom())
    alarm = editing.add_cause(coe, "No alarm", "detection_gap", **whom())
    editing.link(coe, bound.pk, alarm.pk, **whom())
    return pool, bound, alarm


def test_a_removed_cause_comes_back_below_what_it_explained_with_its_links(coe, causes):
    pool, bound, alarm = causes
    then = newest(coe)
    editing.remove_cause(coe, bound.pk, **whom())

    back(coe, then, f"causes-{bound.pk}")

    found = coe.causes.get(text="No bound")
    assert (found.parent, found.kind) == (pool, "missing_safeguard")
    assert coe.cause_links.filter(cause=found, effect=alarm).exists()
    assert what_of(coe, then) == []


def test_a_cause_whose_effect_is_gone_waits_for_it(coe, causes):
    pool, bound, _ = causes
    then = newest(coe)
    editing.remove_cause(coe, bound.pk, **whom())
    editing.remove_cause(coe, pool.pk, **whom())

    with pytest.raises(Conflict, match="“One pool”, is not there any more"):
        back(coe, then, f"causes-{bound.pk}")
    back(coe, then, f"causes-{pool.pk}")
    back(coe, then, f"causes-{bound.pk}")

    assert coe.causes.get(text="No bound").parent.text == "One pool"


def test_a_moved_cause_goes_back_and_circles_are_refused(coe, causes):
    pool, bound, _ = causes
    then = newest(coe)
    editing.outdent(coe, bound.pk, **whom())
    editing.move_cause(coe, pool.pk, bound.pk, 0, **whom())

    with pytest.raises(ValidationError, match="circle"):
        back(coe, then, f"causes-{bound.pk}")
    back(coe, then, f"causes-{pool.pk}")
    back(coe, then, f"causes-{bound.pk}")

    bound.refresh_from_db()
    assert bound.parent_id == pool.pk


def test_an_action_item_is_made_anew_with_what_it_corrects_and_without_an_owner_who_left(coe, causes):
    item = editing.add_action(coe, title="Split the pool", owner=make.bob(), corrects=[causes[0].pk], **whom())
    then = newest(coe)
    editing.remove_action(coe, item.pk, **whom())
    make.bob().__class__.objects.filter(pk=make.bob().pk).update(is_active=False)

    back(coe, then, f"actions-{item.pk}")

    found = coe.actions.get(title="Split the pool")
    assert (found.owner, list(found.corrects.all())) == (None, [causes[0]])


def test_what_was_promised_is_no_offer_and_what_a_reissue_restores_is_not_promised():
    coe = published(drafted())
    publishing.begin_reissue(coe, make.alice(), LATER)
    item = editing.add_action(coe, title="New", **whom())
    then = newest(coe)
    editing.remove_action(coe, item.pk, **whom())
    promised = coe.actions.get()
    coe.actions.filter(pk=promised.pk).update(title="Moved on its own")

    assert what_of(coe, then) == [f"actions-{item.pk}"]
    back(coe, then, f"actions-{item.pk}")
    assert coe.actions.get(title="New").is_proposed


def test_graphs_and_waivers_come_back(coe):
    facts = {"kind": "csv", "title": "Declines", "csv": "time,a\n2026-11-16 15:00,1\n2026-11-16 15:30,2"}
    graph = editing.add_graph(coe, **facts, **whom())
    coe.sections.filter(key="detection").update(waived_because="Known")
    editing.star(coe, coe.timeline.first().pk, is_starred=True, **whom())
    then = newest(coe)
    editing.remove_graph(coe, graph.pk, **whom())
    coe.sections.filter(key="detection").update(waived_because="")

    back(coe, then, f"graphs-{graph.pk}")
    back(coe, then, "waived-detection")

    assert coe.graphs.get().csv == facts["csv"]
    assert coe.sections.get(key="detection").waived_because == "Known"


def test_what_it_says_already_and_what_there_is_not_are_refused(coe):
    for what in ("section-summary", offering.SECTIONS, "timeline-999", "nonsense", "header", "header-header"):
        with pytest.raises(Conflict, match="nothing to restore"):
            back(coe, newest(coe), what)


def test_nobody_restores_what_is_approved_and_no_stranger_anything(coe):
    then = newest(coe)
    write(coe, "summary", "Other words.")
    with pytest.raises(NotAllowed):
        back(coe, then, "section-summary", by=make.carol())

    fixed = approved(make.coe("Another"))
    with pytest.raises(Conflict, match="cannot be edited"):
        back(fixed, fixed.revisions.last(), offering.SECTIONS)


def test_a_restoring_leaves_an_audit_row(coe):
    then = newest(coe)
    write(coe, "summary", "Other words.")
    back(coe, then, "section-summary")

    row = AuditEntry.objects.get(verb="restored")
    assert (row.actor, row.before, row.after) == (
        make.alice(), f"revision {then.number + 1}", f"revision {then.number + 2}",
    )  # fmt: skip
    assert row.detail == f"Restored from revision {then.number}: Summary"
