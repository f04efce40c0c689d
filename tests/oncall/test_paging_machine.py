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

from oncall import auditing, delivering, dispatching, invariants, paging, planning
from oncall.exceptions import Conflict
from oncall.models import Attempt, ContactMethod, Incident, Page
from oncall.planning import StepPlan, TargetPlan
from tests import make
from tests.make import MONDAY
from tests.oncall.paging_model import FIRST, Model, Step

# Deaths of senders in one run: fewer than the tries of a method, and than the places of an address.
MOST_DEATHS = 3


PEOPLE = st.lists(st.sampled_from(["alice", "bob", "carol"]), min_size=1, max_size=3, unique=True).map(tuple)
STEPS = st.builds(
    Step, people=PEOPLE, wanted=st.integers(1, 3), in_turn=st.booleans(), lowest=st.sampled_from([1, 2, 3, 5, 5, 5])
)
POLICIES = st.lists(STEPS, min_size=1, max_size=3).map(tuple)


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
        self.people = {"alice": make.alice(), "bob": make.bob(), "carol": make.carol(), "dora": make.dora()}
        self.alice = self.people["alice"]
        self.policy = make.policy(repeats=Model.ROUNDS - 1)
        self.save(FIRST)
        self.incident = make.incident(of=make.service(escalation_policy=self.policy))

    def save(self, steps):
        """Save the policy with these steps."""
        plans = [
            StepPlan(
                5,
                tuple(TargetPlan(user=self.people[name].pk) for name in step.people),
                pick="in_turn" if step.in_turn else "everybody",
                acknowledgements=step.wanted,
                lowest_severity=step.lowest,
            )
            for step in steps
        ]
        planning.save_policy(self.policy, tuple(plans), by=self.alice, now=self.model.now)

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
        self.model.wake()
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
        taken = dispatching.take("email", self.model.now)
        assert taken
        for email, cycle in Attempt.objects.filter(pk__in=taken).values_list("address", "page__cycle"):
            page = (email.partition("@")[0], cycle)
            self.model.pending.remove(page)
            self.model.in_hand.append((page, self.model.now + Attempt.LEASE))
        self.deaths += 1

    @rule()
    def lapsed_leases_are_given_up(self):
        delivering.give_up_lapsed(self.model.now)
        self.model.give_up()

    @rule(name=st.sampled_from(["alice", "bob", "carol"]))
    def somebody_acknowledges(self, name):
        allowed = self.model.state == "triggered"
        with self.legal(allowed):
            self.incident.acknowledge(by=self.people[name], at=self.model.now)
        if allowed:
            self.model.acknowledge(name)

    @rule(minutes=st.sampled_from([1, 5, 30]))
    def somebody_snoozes_it(self, minutes):
        allowed = self.model.state in {"triggered", "acknowledged"}
        until = self.model.now + timedelta(minutes=minutes)
        with self.legal(allowed):
            self.incident.snooze(until, by=self.alice, at=self.model.now)
        if allowed:
            self.model.state, self.model.due, self.model.snoozed = "acknowledged", None, until

    @rule(steps=POLICIES)
    def somebody_changes_the_policy(self, steps):
        self.save(steps)
        self.model.save(steps)

    @rule(to=st.sampled_from(["mitigated", "resolved"]))
    def somebody_moves_it(self, to):
        move = {"mitigated": "mitigate", "resolved": "resolve"}[to]
        order = ["triggered", "acknowledged", "mitigated", "resolved"]
        allowed = order.index(to) > order.index(self.model.state)
        with self.legal(allowed):
            getattr(self.incident, move)(by=self.alice, at=self.model.now)
        if allowed:
            self.model.state, self.model.due, self.model.snoozed = to, None, None

    @rule()
    def it_is_back(self):
        allowed = self.model.state != "triggered"
        with self.legal(allowed):
            self.incident.trigger_again(by=None, at=self.model.now)
        if allowed:
            self.model.trigger()

    @rule()
    def somebody_escalates(self):
        allowed = self.model.state in {"triggered", "acknowledged"} and self.model.severity <= 3
        with self.legal(allowed):
            self.incident.escalate(by=self.alice, at=self.model.now)
        if allowed:
            if self.model.exhausted:
                self.model.begin_again()
            self.model.state, self.model.due, self.model.snoozed = "triggered", self.model.now, None

    @rule(severity=st.integers(1, 5))
    def the_severity_changes(self, severity):
        self.incident.change_severity(severity, by=self.alice, at=self.model.now)
        before, self.model.severity = self.model.severity, severity
        if self.model.snoozed is not None and severity < before and severity <= 3:
            self.model.trigger()
            return
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
        assert Counter(message.to[0].partition("@")[0] for message in mail.outbox) == +self.model.mails

    @invariant()
    def the_invariants_hold(self):
        later = self.model.now + 2 * auditing.GRACE
        assert not list(invariants.triggered_incidents_page(later))
        in_hand = Attempt.objects.filter(state="sending")
        assert in_hand.count() == len(self.model.in_hand) == in_hand.filter(leased_until__isnull=False).count()


@pytest.mark.django_db
def test_whatever_happens_exactly_the_right_people_are_paged():
    budget = settings(
        max_examples=40,
        stateful_step_count=25,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Paging, settings=budget)
