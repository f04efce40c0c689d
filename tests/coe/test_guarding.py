"""One faulty COE keeps no other waiting: the ticks log it and go on; and what is due is reached, however much waits."""

from datetime import UTC, datetime, timedelta

import pytest

from coe import chasing, drafting, owing, publishing, reconsidering, reminding
from coe.cowriting import settling
from coe.models import Notice, Owed, Review, Template, TemplateVersion, TextUpdate
from oncall.models import User
from tests import make
from tests.coe.writers import LATER, drafted, in_review, ready, type_into
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def reviews_due(*reviewers):
    """A review of a COE for each of these people, due now."""
    for reviewer in reviewers:
        in_review(make.coe(), reviewer)
    Review.objects.update(due_at=LATER)


def told(kind):
    return set(Notice.objects.filter(kind=kind).values_list("user__name", flat=True))


def test_typing_that_nobody_can_read_keeps_no_other_text_unsettled(caplog):
    broken, whole = make.coe("Broken"), make.coe("Whole")
    type_into(broken, "Lost")
    type_into(whole, "Kept")
    TextUpdate.objects.filter(coe=broken).update(data=b"\xff\xff\xff")

    settling.tick(LATER)

    assert whole.sections.get(key="summary").text == "Kept"
    assert f"row={broken.pk}" in caplog.text
    assert "Traceback" in caplog.text


def test_a_review_that_cannot_be_told_of_keeps_no_other_reviewer_uninformed(caplog):
    nowhere = make.person("Nora Nowhere", zone="America/New_York")
    reviews_due(nowhere, make.bob())
    # There is no such day on that person's clock.
    Review.objects.filter(reviewer=nowhere).update(due_at=datetime(1, 1, 1, tzinfo=UTC))

    reminding.tick(LATER + DAY)

    assert make.bob().name in told(Notice.Kind.REVIEW_DUE)
    assert "coe.row_failed step=coe.chasing.latest_day" in caplog.text


def test_a_template_that_nobody_can_read_keeps_no_other_coe_owed(caplog):
    first, second = (make.incident(severity=2, state="mitigated", mitigated_at=MONDAY) for _ in range(2))
    owing.tick(MONDAY)
    template = Template.objects.create(name="Broken")
    broken = TemplateVersion.objects.create(template=template, number=1, content={}, made_at=MONDAY)
    Owed.objects.filter(incident=first).update(template=broken)
    make.coe().incidents.add(second)

    owing.tick(MONDAY)

    assert Owed.objects.get(incident=second).coe
    assert "coe.row_failed step=coe.owing" in caplog.text


def test_every_late_review_is_told_of_however_many_are_later(monkeypatch):
    monkeypatch.setattr(chasing, "CHUNK", 2)
    people = [make.person(f"Reviewer {number}") for number in range(5)]
    reviews_due(*people)

    chasing.make_due(LATER + DAY)

    assert {person.name for person in people} <= told(Notice.Kind.REVIEW_DUE)
    assert chasing.make_due(LATER + DAY) == 0


def test_restrictions_that_nobody_answers_for_hide_no_later_one(monkeypatch):
    monkeypatch.setattr(reconsidering, "CHUNK", 1)
    gone, there = make.person("Gina Gone"), make.alice()
    for owner in (gone, gone, there):
        facts = {"reason": "Keys", "reconsider_on": (LATER + DAY).date(), "by": owner, "now": LATER}
        publishing.set_audience(make.coe(owner=owner), "restricted", **facts)
    User.objects.filter(pk=gone.pk).update(is_active=False)

    reconsidering.make_due(LATER + 2 * DAY)

    assert told(Notice.Kind.RECONSIDER) == {there.name}


def test_a_started_coe_is_known_to_what_is_owed_at_once():
    incident = make.incident(severity=2, state="mitigated", mitigated_at=MONDAY)
    owing.tick(MONDAY)

    coe = drafting.draft_for(incident, make.alice(), LATER)

    assert Owed.objects.get().coe == coe


def test_a_submission_settles_the_draft_that_was_owed_at_once():
    coe = drafted()
    owing.request(coe.incidents.get(), make.alice(), "It was near", LATER)
    in_review(ready(coe))

    assert Owed.objects.get().drafted_at == LATER
