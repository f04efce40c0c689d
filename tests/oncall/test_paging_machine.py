"""Whatever people do and whenever ticks come: nobody is paged who should not be, nobody who should be is missed.

A machine of hypothesis drives one incident; beside it a tiny model says who must have been paged by now.
"""

from collections import Counter
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from oncall import auditing, delivering, dispatching, paging
from oncall.exceptions import Conflict
from oncall.models import Attempt, ContactMethod, Incident, Page
from tests import make
from tests.make import MONDAY

DELAY = timedelta(minutes=5)
ROUNDS = 2
# Deaths of senders in one run: fewer than the tries of a method, and than the places of an address.
MOST_DEATHS = 3


class Model:
    """What must be: the walk through two steps, twice, then the administrator."""

    def __init__(self):
        self.now, self.state, self.severity = MONDAY, "triggered", 2
        self.cycle, self.position, self.due, self.exhausted = 1, 0, MONDAY, False
        self.walk = [["alice"], ["bob", "carol"]] * ROUNDS
        self.reachable = {"alice", "bob", "carol", "dora"}
        self.pages, self.mails = Counter(), Counter()
        self.pending, self.in_hand = [], []

    def open(self):
        """Pages of every step that is due; a step that reaches nobody is passed at once."""
        in_vain = 0
        while self.state == "triggered" and self.due is not None and self.due <= self.now:
            if self.position >= len(self.walk):
                self.due, self.exhausted = None, True
                self.page(["dora"])
                break
            in_vain = 0 if self.page(self.walk[self.position]) else in_vain + 1
            self.due = self.due if in_vain else self.now + DELAY
            self.position = len(self.walk) if in_vain >= len(self.walk) // ROUNDS else self.position + 1

    def page(self, people):
        self.pages.update((name, self.cycle) for name in people)
        reached = [(name, self.cycle) for name in people if name in self.reachable]
        self.pending += reached
        return reached

    def is_wanted(self, page):
        return self.state == "triggered" and page[1] == self.cycle and self.severity <= 3

    def send(self):
        self.mails.update(name for name, cycle in filter(self.is_wanted, self.pending))
        self.pending = []

    def give_up(self):
        self.pending += [page for page, until in self.in_hand if until < self.now and self.is_wanted(page)]
        self.in_hand = [(page, until) for page, until in self.in_hand if until >= self.now]

    def begin_again(self):
        self.cycle, self.position, self.exhausted = self.cycle + 1, 0, False


class Paging(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.rollback = transaction.atomic()
        self.rollback.__enter__()
        self.model = Model()
        self.deaths = 0

    def teardown(self):
        transaction.set_rollback(True)
        self.rollback.__exit__(None, None, None)

    @initialize()
    def an_incident_begins(self):
        mail.outbox = []
        alice, bob, carol, _ = (make.alice(), make.bob(), make.carol(), make.dora())
        policy = make.policy(alice, bob, repeats=ROUNDS - 1)
        policy.steps.last().targets.create(user=carol)
        self.incident = make.incident(of=make.service(escalation_policy=policy))
        self.alice = alice

    @contextmanager
    def legal(self, allowed):
        """What the model forbids is a conflict, and only that."""
        if allowed:
            yield
        else:
            with pytest.raises(Conflict):
                yield

    @rule(minutes=st.sampled_from([1, 2, 5, 6, 30]))
    def time_passes(self, minutes):
        self.model.now += timedelta(minutes=minutes)

    @rule()
    def tick(self):
        paging.tick(self.model.now, at_once=1)
        self.model.give_up()
        self.model.open()
        self.model.send()
        now = self.model.now
        assert not Incident.objects.due(now).exists()
        assert not Attempt.objects.sendable(now).exists()
        assert not Attempt.objects.lapsed(now).exists()

    @rule()
    def pages_are_opened_and_the_worker_dies(self):
        paging.open_due(self.model.now)
        self.model.open()

    @precondition(lambda self: self.model.pending and self.deaths < MOST_DEATHS)
    @rule()
    def a_sender_takes_one_and_dies(self):
        pk = next(iter(dispatching.take("email", self.model.now)), None)
        page = Page.objects.select_related("user").get(attempts=pk)
        taken = (page.user.email.partition("@")[0], page.cycle)
        self.model.pending.remove(taken)
        self.model.in_hand.append((taken, self.model.now + Attempt.LEASE))
        self.deaths += 1

    @rule()
    def lapsed_leases_are_given_up(self):
        delivering.give_up_lapsed(self.model.now)
        self.model.give_up()

    @rule(to=st.sampled_from(["acknowledged", "mitigated", "resolved"]))
    def somebody_moves_it(self, to):
        move = {"acknowledged": "acknowledge", "mitigated": "mitigate", "resolved": "resolve"}[to]
        order = ["triggered", "acknowledged", "mitigated", "resolved"]
        allowed = order.index(to) > order.index(self.model.state)
        with self.legal(allowed):
            getattr(self.incident, move)(by=self.alice, at=self.model.now)
        if allowed:
            self.model.state, self.model.due = to, None

    @rule()
    def it_is_back(self):
        allowed = self.model.state != "triggered"
        with self.legal(allowed):
            self.incident.trigger_again(by=None, at=self.model.now)
        if allowed:
            self.model.begin_again()
            self.model.state = "triggered"
            self.model.due = self.model.now if self.model.severity <= 3 else None

    @rule()
    def somebody_escalates(self):
        allowed = self.model.state in {"triggered", "acknowledged"} and self.model.severity <= 3
        with self.legal(allowed):
            self.incident.escalate(by=self.alice, at=self.model.now)
        if allowed:
            if self.model.exhausted:
                self.model.begin_again()
            self.model.state, self.model.due = "triggered", self.model.now

    @rule(severity=st.integers(1, 5))
    def the_severity_changes(self, severity):
        self.incident.change_severity(severity, by=self.alice, at=self.model.now)
        before, self.model.severity = self.model.severity, severity
        if severity > 3:
            self.model.due = None
        elif severity < before and self.model.state == "triggered" and (self.model.exhausted or before > 3):
            if self.model.exhausted:
                self.model.begin_again()
            self.model.due = self.model.now

    @rule(name=st.sampled_from(["alice", "bob", "carol", "dora"]))
    def somebody_can_no_longer_be_reached_or_can_again(self, name):
        self.model.reachable ^= {name}
        verified_at = MONDAY if name in self.model.reachable else None
        ContactMethod.objects.filter(user__email=f"{name}@example.com").update(verified_at=verified_at)

    @invariant()
    def the_incident_stands_where_the_model_stands(self):
        self.incident.refresh_from_db()
        is_so = (self.incident.state, self.incident.page_after, self.incident.cycle, bool(self.incident.exhausted_at))
        assert is_so == (self.model.state, self.model.due, self.model.cycle, self.model.exhausted)

    @invariant()
    def exactly_the_right_people_were_paged(self):
        pages = Page.objects.values_list("user__email", "cycle")
        assert Counter((email.partition("@")[0], cycle) for email, cycle in pages) == self.model.pages
        assert Counter(message.to[0].partition("@")[0] for message in mail.outbox) == self.model.mails

    @invariant()
    def the_invariants_hold(self):
        later = self.model.now + 2 * auditing.GRACE
        assert not list(auditing.triggered_incidents_page(later))
        in_hand = Attempt.objects.filter(state="sending")
        assert in_hand.count() == len(self.model.in_hand) == in_hand.filter(leased_until__isnull=False).count()


@pytest.mark.django_db
def test_whatever_happens_exactly_the_right_people_are_paged():
    budget = settings(
        max_examples=20,
        stateful_step_count=20,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Paging, settings=budget)
