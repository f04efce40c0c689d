"""What a COE's approvals need: roles by severity, stand-ins, what an approval covers, and people who leave."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from coe import chasing, covering, delegating, editing, reviewing
from coe.models import COE, Notice, Review, ReviewNotice
from oncall.exceptions import Conflict, NotAllowed
from oncall.models import AuditEntry, User
from tests import make
from tests.coe.writers import APPROVED, CHANGES, LATER, approvers, ready, type_into

pytestmark = pytest.mark.django_db
NEXT_DAY = LATER + timedelta(days=1)


def decide(coe, verdict, by, comment="Reads well."):
    return reviewing.decide(coe, verdict, comment, by=by, now=LATER)


def submitted(severity=1, reviewers=(), *, prepared=True):
    coe = make.coe(severity=severity)
    if prepared:
        approvers(coe)
    reviewing.submit(ready(coe), make.alice(), reviewers, LATER)
    return coe


def asked(coe):
    return {review.role: review.reviewer.name for review in coe.reviews.open().order_by("pk")}


def mia():
    return make.person("Mia Fontaine")


def rosa():
    return make.person("Rosa Barr")


def leave(user, coe, now=NEXT_DAY):
    User.objects.filter(pk=user.pk).update(is_active=False)
    chasing.make_due(now)
    coe.refresh_from_db()


def test_the_worst_is_approved_by_manager_bar_raiser_and_director():
    coe = submitted(severity=1)
    assert asked(coe) == {"manager": "Mia Fontaine", "bar_raiser": "Rosa Barr", "director": "Dirk Above"}

    for review in coe.reviews.open():
        assert coe.state == "in_review"
        decide(coe, APPROVED, review.reviewer)

    assert coe.state == "approved"


def test_reviewers_are_due_after_the_days_of_the_template():
    coe = submitted(severity=2)

    assert {review.due_at for review in coe.reviews.all()} == {LATER + timedelta(days=3)}


def test_somebody_asked_besides_does_not_take_the_place_of_a_role():
    coe = submitted(severity=2, reviewers=[make.carol()])

    decide(coe, APPROVED, make.carol())

    assert coe.state == "in_review"
    assert len(covering.coverage(coe).missing) == 2


def test_who_asks_for_changes_stands_in_the_way_until_they_judge_again():
    coe = submitted(severity=3, reviewers=[make.bob(), make.carol()])
    decide(coe, CHANGES, make.carol(), "More numbers.")
    reviewing.submit(coe, make.alice(), [make.bob()], LATER)
    assert coe.reviews.open().filter(reviewer=make.carol()).exists()

    decide(coe, APPROVED, make.bob())
    assert coe.state == "in_review"
    decide(coe, APPROVED, make.carol())

    assert coe.state == "approved"


def test_an_objection_of_somebody_who_left_holds_nothing_up():
    coe = submitted(severity=3, reviewers=[make.bob(), make.carol()])
    decide(coe, CHANGES, make.carol(), "More numbers.")
    reviewing.submit(coe, make.alice(), [make.bob()], LATER)
    decide(coe, APPROVED, make.bob())

    leave(make.carol(), coe)

    assert coe.state == "approved"


def test_a_role_that_nobody_can_fill_is_an_administrators_and_recorded_so():
    dora = make.dora()
    coe = submitted(severity=2, prepared=False)
    assert {review.is_stand_in for review in coe.reviews.open()} == {True}
    assert all(place.is_vacant for place in covering.coverage(coe).places)

    decide(coe, APPROVED, dora)

    assert coe.state == "approved"
    assert "which nobody can fill" in AuditEntry.objects.get(verb="review_approved").detail


def test_an_administrator_does_not_stand_in_where_somebody_can():
    make.dora()
    coe = submitted(severity=2)

    decide(coe, APPROVED, make.dora())

    assert [place.role for place in covering.coverage(coe).missing] == ["manager", "bar_raiser"]


def test_a_typing_error_keeps_approvals_and_a_number_does_not():
    coe = submitted(severity=2)
    decide(coe, APPROVED, mia())
    save(coe, "38 % for 27 mniutes.")
    chasing.make_due(NEXT_DAY)
    assert not Review.objects.filter(overtaken_at__isnull=False).exists()

    save(coe, "48 % for 27 minutes.")
    chasing.make_due(NEXT_DAY)

    assert Review.objects.get(overtaken_at__isnull=False).reviewer == mia()
    assert "Customer impact" in Notice.objects.get(kind="overtaken", user=mia()).detail
    assert asked(coe)["manager"] == "Mia Fontaine"


def save(coe, text):
    section = coe.sections.get(key="impact")
    editing.save_section(coe, "impact", text, section.edits, by=make.alice(), now=LATER + timedelta(hours=1))


def test_the_last_approval_does_not_pass_over_one_that_was_overtaken():
    coe = submitted(severity=2)
    decide(coe, APPROVED, mia())
    save(coe, "Nobody knows how many.")

    decide(coe, APPROVED, rosa())

    assert coe.state == "in_review"
    assert covering.coverage(coe).missing[0].role == "manager"


def test_what_was_reopened_for_a_typing_error_need_not_be_approved_again():
    coe = submitted(severity=3, reviewers=[make.bob()])
    decide(coe, APPROVED, make.bob())
    reviewing.reopen(coe, make.alice(), LATER)
    save(coe, "38 % for 27  minutes!")

    reviewing.submit(coe, make.alice(), [], LATER)

    assert coe.state == "approved"
    assert coe.moved_by is None


def test_whoever_writes_after_approving_has_not_approved():
    coe = submitted(severity=2)
    decide(coe, APPROVED, mia())
    editing.save_section(coe, "lucky", "Quiet.", 0, by=mia(), now=LATER)

    decide(coe, APPROVED, rosa())

    assert coe.state == "in_review"


def test_a_round_of_somebody_who_left_goes_to_the_next_and_the_owner_is_told():
    coe = submitted(severity=2)
    make.bar_raiser(make.person("Remy Barr"))

    leave(rosa(), coe)

    assert asked(coe)["bar_raiser"] == "Remy Barr"
    assert "Rosa Barr has left" in Notice.objects.get(user=make.alice()).detail


def test_a_review_is_handed_on_with_a_reason_and_keeps_its_time():
    coe = submitted(severity=2)
    make.bar_raiser(make.person("Remy Barr"))
    review = coe.reviews.get(role="bar_raiser")

    taken = delegating.delegate(review, None, "On leave", by=rosa(), now=NEXT_DAY)

    assert (taken.reviewer.name, taken.role, taken.due_at) == ("Remy Barr", "bar_raiser", review.due_at)
    ended = coe.reviews.get(verdict="handed_on")
    assert delegating.chain_of(taken, [ended]) == [ended]
    assert ReviewNotice.objects.filter(review=taken, kind="asked").exists()
    with pytest.raises(NotAllowed):
        decide(coe, APPROVED, rosa())


@pytest.mark.parametrize(
    ("to", "sentence"),
    [(make.alice, "wrote part of it"), (make.carol, "cannot review it as"), (mia, "reviews it already")],
)
def test_not_everybody_can_take_a_review(to, sentence):
    coe = submitted(severity=2)

    with pytest.raises(ValidationError, match=sentence):
        delegating.delegate(coe.reviews.get(role="bar_raiser"), to(), "On leave", by=rosa(), now=LATER)


def test_strangers_hand_nothing_on_and_an_answer_is_not_handed_on():
    coe = submitted(severity=2)
    review = coe.reviews.get(role="manager")
    with pytest.raises(NotAllowed):
        delegating.delegate(review, make.bob(), "So", by=make.person("Erin Stranger"), now=LATER)
    decide(coe, APPROVED, mia())

    with pytest.raises(Conflict, match="answered already"):
        delegating.delegate(review, make.bob(), "So", by=mia(), now=LATER)


@pytest.mark.parametrize(
    ("days", "told"), [(1, []), (2, ["tomorrow"]), (3, ["today"]), (4, ["today"]), (5, ["2 days late", "2 days late"])]
)
def test_reminders_come_the_day_before_on_the_day_and_then_every_second_day(days, told):
    coe = submitted(severity=3, reviewers=[make.carol()])
    Review.objects.update(due_at=LATER + timedelta(days=3))

    for _ in range(2):
        chasing.make_due((LATER + timedelta(days=days)).replace(hour=18))

    letters = Notice.objects.filter(kind="review_due").order_by("pk")
    assert [word for letter, word in zip(letters, told, strict=True) if word in letter.detail] == told
    if len(told) == 2:
        assert {letter.user for letter in letters} == {make.carol(), coe.owner}


def test_what_is_submitted_again_after_the_only_reviewer_left_asks_somebody_else():
    make.team("Payments", make.bob())
    coe = submitted(severity=3, reviewers=[make.carol()])

    leave(make.carol(), coe)

    assert asked(coe) == {"peer": "Bob Kimani"}
    assert COE.objects.get().state == "in_review"


def test_what_was_typed_this_second_is_not_approved_by_a_colleague_who_left():
    """Nothing but an objection is in the way; with it gone, the clock must not approve what nobody has read."""
    coe = submitted(severity=2)
    decide(coe, CHANGES, rosa(), "Say how many.")
    reviewing.submit(coe, make.alice(), [], LATER)
    decide(coe, APPROVED, mia())
    make.bar_raiser(make.person("Remy Barr"))
    typed = "Nobody knows how many cards were declined, or for how long."
    type_into(coe, f" {typed}", now=NEXT_DAY)

    leave(rosa(), coe)

    assert typed in coe.sections.get(key="summary").text
    assert Review.objects.get(overtaken_at__isnull=False).reviewer == mia()
