"""Random walks through reviews: never approved by an author, never with an open role, never stuck."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from coe import chasing, covering, delegating, editing, materiality, reviewing
from coe.models import COE, BarRaiser, Review
from coe.permissions import authors
from oncall.exceptions import Conflict, NotAllowed
from oncall.models import User
from tests import make
from tests.coe.writers import LATER, ready

pytestmark = pytest.mark.django_db
VERDICTS = (Review.Verdict.APPROVED, Review.Verdict.CHANGES_REQUESTED)
REFUSED = (Conflict, NotAllowed, ValidationError)


class Reviews(RuleBasedStateMachine):
    """Alice's SEV 1 in a small organisation; everybody does what they may, and is refused what they may not."""

    def __init__(self):
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        self.now = LATER
        self.alice = make.alice()
        top = make.team("Commerce", managers=(make.person("Dirk Above"),))
        team = make.team("Payments", self.alice, make.bob(), managers=(make.person("Mia Fontaine"),), parent=top)
        make.bar_raiser(make.person("Rosa Barr"))
        make.bar_raiser(make.person("Remy Barr"))
        make.dora()
        make.person("Drew Admin", is_staff=True)
        self.coe = ready(make.coe(team=team, severity=1))
        self.people = list(User.objects.order_by("pk"))

    def teardown(self):
        transaction.set_rollback(True)
        self.outer.__exit__(None, None, None)

    def attempt(self, act, *args, **facts):
        self.now += timedelta(hours=1)
        self.coe = COE.objects.get(pk=self.coe.pk)
        try:
            with transaction.atomic():
                return act(*args, **facts)
        except REFUSED:
            return None

    who = st.integers(0, 7)

    @rule(who=who)
    def submit(self, who):
        self.attempt(lambda: reviewing.submit(self.coe, self.alice, [self.people[who]], self.now))

    @rule(who=who, verdict=st.sampled_from(VERDICTS))
    def decide(self, who, verdict):
        self.attempt(lambda: reviewing.decide(self.coe, verdict, "So", by=self.people[who], now=self.now))

    @rule(who=who)
    def answers_what_one_is_asked(self, who):
        """Most walks approve something, or nothing is learned."""
        asked = self.coe.reviews.open().filter(reviewer__is_active=True)
        if found := asked.order_by("pk")[who % 3 : who % 3 + 1]:
            self.attempt(lambda: reviewing.decide(self.coe, VERDICTS[0], "", by=found[0].reviewer, now=self.now))

    @rule(
        who=st.integers(0, 1),
        text=st.sampled_from(["Lucky.", "Luckly.", "A drill for all issuers is not held in 2027."]),
    )
    def edit(self, who, text):
        by = [self.alice, make.bob()][who]

        def save():
            section = self.coe.sections.get(key="lucky")
            editing.save_section(self.coe, "lucky", text, section.edits, by=by, now=self.now)

        self.attempt(save)

    @rule(who=who, to=who)
    def delegate(self, who, to):
        if review := self.coe.reviews.open().order_by("pk").first():
            self.attempt(
                lambda: delegating.delegate(review, self.people[to], "Away", by=self.people[who], now=self.now)
            )

    @rule(who=who)
    @precondition(lambda self: User.objects.filter(is_active=True).count() > 4)
    def leave(self, who):
        User.objects.filter(pk=self.people[who].pk).exclude(pk=self.alice.pk).exclude(pk=make.dora().pk).update(
            is_active=False
        )
        self.people = list(User.objects.order_by("pk"))

    @rule()
    def withdraw(self):
        self.attempt(lambda: reviewing.withdraw(self.coe, self.alice, self.now))

    @rule()
    def reopen(self):
        self.attempt(lambda: reviewing.reopen(self.coe, self.alice, self.now))

    @rule()
    def tick(self):
        self.attempt(lambda: chasing.make_due(self.now))

    @rule()
    def pool_empties(self):
        BarRaiser.objects.all().delete()

    @invariant()
    def what_is_approved_is_covered_by_people_who_wrote_none_of_it(self):
        coe = COE.objects.get(pk=self.coe.pk)
        if coe.state != COE.State.APPROVED:
            return
        cover = covering.coverage(coe)
        assert cover.is_complete
        assert [place.role for place in cover.places] == list(coe.form.demands_of(1).approvals)
        approvers = [place.review.reviewer_id for place in cover.places]
        assert len(set(approvers)) == len(approvers)
        assert not set(approvers) & authors(coe)
        newest = coe.revisions.first().content
        assert not any(materiality.changes(place.review.revision.content, newest) for place in cover.places)

    @invariant()
    def nothing_is_stuck(self):
        """In review somebody who is there is asked, once the clock came by; otherwise it can be submitted."""
        coe = COE.objects.get(pk=self.coe.pk)
        if coe.state != COE.State.IN_REVIEW:
            return
        with transaction.atomic():
            chasing.make_due(self.now.replace(minute=0) + timedelta(hours=1))
            coe.refresh_from_db()
            for place in covering.coverage(coe).missing if coe.state == COE.State.IN_REVIEW else ():
                assert any(review.reviewer.is_active for review in place.waits_for), place
            transaction.set_rollback(True)

    @invariant()
    def nobody_has_two_open_rounds_and_no_author_one_that_counts(self):
        assert not [place for place in covering.coverage(self.coe).places if place.review and place.review.overtaken_at]


class TestReviews(Reviews.TestCase):
    settings = settings(
        max_examples=12, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck)
    )  # fmt: skip
