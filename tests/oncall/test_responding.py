"""What people do beside moving an incident: come in numbers, ask others, hand over, snooze, send another way."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from oncall import paging, responding
from oncall.calling import Directory
from oncall.exceptions import Conflict
from oncall.models import Attempt, Incident, Page
from tests import make
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def alice():
    return make.alice()


@pytest.fixture
def bob():
    return make.bob()


@pytest.fixture
def incident(alice, bob):
    return make.incident(of=make.service(escalation_policy=make.policy(alice, bob)))


def wanting_two(*people):
    """An incident whose only step wants two of these people."""
    policy = make.policy(people[0])
    step = policy.current.steps.get()
    step.acknowledgements = 2
    step.save()
    for person in people[1:]:
        step.targets.create(user=person)
    return make.incident(of=make.service("ledger", escalation_policy=policy))


def paged(incident):
    return [page.user.name.split()[0] for page in incident.pages.order_by("opened_at", "pk")]


def sent(mailoutbox):
    return [mail.to[0].partition("@")[0] for mail in mailoutbox]


def test_until_enough_people_come_paging_goes_on_for_the_others(alice, bob):
    incident = wanting_two(alice, bob)
    paging.open_due(now=MONDAY)
    incident.refresh_from_db()

    incident.acknowledge(by=alice, at=MONDAY)

    assert (incident.state, incident.page_after) == ("triggered", MONDAY + 5 * MINUTE)
    assert incident.timeline.filter(text__contains="1 more wanted").exists()
    incident.acknowledge(by=bob, at=MONDAY)
    assert (incident.state, incident.acknowledged_by, incident.page_after) == ("acknowledged", bob, None)


def test_whoever_comes_already_is_not_paged_again(alice, bob, mailoutbox):
    incident = wanting_two(alice, bob)
    paging.open_due(now=MONDAY)
    incident.refresh_from_db()
    incident.acknowledge(by=alice, at=MONDAY)

    paging.tick(now=MONDAY, at_once=1)

    assert sent(mailoutbox) == ["bob"]


def test_the_same_person_twice_is_one(alice, bob):
    incident = wanting_two(alice, bob)
    paging.open_due(now=MONDAY)
    incident.refresh_from_db()

    incident.acknowledge(by=alice, at=MONDAY)
    incident.acknowledge(by=alice, at=MONDAY)

    assert incident.state == "triggered"


def test_a_step_cannot_want_more_people_than_it_reaches(alice):
    incident = wanting_two(alice, make.person("Mo Mute", reachable=False))
    paging.open_due(now=MONDAY)
    incident.refresh_from_db()

    incident.acknowledge(by=alice, at=MONDAY)

    assert incident.state == "acknowledged"


def test_somebody_asked_by_name_is_paged_although_another_has_it(incident, alice, bob, mailoutbox):
    incident.acknowledge(by=alice, at=MONDAY)
    carol = make.carol()

    responding.add_responder(incident, carol, by=alice, now=MONDAY)
    paging.tick(now=MONDAY, at_once=1)

    assert sent(mailoutbox) == ["carol"]
    incident.acknowledge(by=carol, at=MONDAY)
    assert incident.acknowledged_by == alice
    assert incident.timeline.filter(kind="responder", text=f"{carol} is on it").exists()


def test_somebody_asked_by_name_is_paged_three_times_and_then_said_not_to_answer(incident, alice, mailoutbox):
    incident.acknowledge(by=alice, at=MONDAY)
    responding.add_responder(incident, make.carol(), by=alice, now=MONDAY)

    for minutes in range(0, 60, 5):
        paging.tick(now=MONDAY + minutes * MINUTE, at_once=1)

    assert sent(mailoutbox) == ["carol"] * 3
    assert incident.timeline.filter(text__contains="does not answer").count() == 1


def test_an_answer_ends_the_pages_to_whoever_was_asked(incident, alice, mailoutbox):
    incident.acknowledge(by=alice, at=MONDAY)
    carol = make.carol()
    responding.add_responder(incident, carol, by=alice, now=MONDAY)
    paging.tick(now=MONDAY, at_once=1)
    incident.acknowledge(by=carol, at=MONDAY)

    paging.tick(now=MONDAY + 10 * MINUTE, at_once=1)

    assert sent(mailoutbox) == ["carol"]


def test_nobody_who_is_on_it_or_has_left_is_asked(incident, alice):
    incident.acknowledge(by=alice, at=MONDAY)

    with pytest.raises(Conflict, match="on it already"):
        responding.add_responder(incident, alice, by=alice, now=MONDAY)
    with pytest.raises(Conflict, match="has left"):
        responding.add_responder(incident, make.person("Lee Gone", is_active=False), by=alice, now=MONDAY)


def test_whoever_it_is_reassigned_to_is_paged_at_once(incident, alice, mailoutbox):
    incident.acknowledge(by=alice, at=MONDAY)
    carol = make.carol()

    responding.reassign(incident, carol, by=alice, now=MONDAY + MINUTE)
    paging.tick(now=MONDAY + MINUTE, at_once=1)

    assert sent(mailoutbox) == ["carol"]
    assert incident.state == "triggered"
    incident.acknowledge(by=carol, at=MONDAY + MINUTE)
    assert (incident.state, incident.acknowledged_by) == ("acknowledged", carol)


def test_when_whoever_it_is_reassigned_to_does_not_answer_the_policy_goes_on(incident, alice, mailoutbox):
    paging.tick(now=MONDAY, at_once=1)
    incident.refresh_from_db()
    incident.acknowledge(by=alice, at=MONDAY)
    responding.reassign(incident, make.carol(), by=alice, now=MONDAY + MINUTE)
    paging.tick(now=MONDAY + MINUTE, at_once=1)

    paging.tick(now=MONDAY + 6 * MINUTE, at_once=1)

    assert sent(mailoutbox)[:2] == ["alice", "carol"]
    assert "bob" in sent(mailoutbox)


def test_what_is_resolved_or_pages_nobody_cannot_be_handed_over(incident, alice, bob):
    incident.resolve(by=alice, at=MONDAY)
    quiet = make.incident("Slow", of=incident.service, severity=4, page_after=None)

    with pytest.raises(Conflict, match="resolved"):
        responding.reassign(incident, bob, by=alice, now=MONDAY)
    with pytest.raises(Conflict, match="SEV 4"):
        responding.reassign(quiet, bob, by=alice, now=MONDAY)


def test_a_snooze_ends_by_paging_from_the_first_step(incident, alice):
    incident.snooze(MONDAY + 30 * MINUTE, by=alice, at=MONDAY)
    paging.tick(now=MONDAY + 29 * MINUTE, at_once=1)
    assert not Page.objects.exists()

    paging.tick(now=MONDAY + 30 * MINUTE, at_once=1)

    assert paged(incident) == ["Alice"]
    assert incident.timeline.filter(text="The snooze is over").exists()


def test_whoever_moves_a_snoozed_incident_ends_the_snooze(incident, alice):
    incident.snooze(MONDAY + 30 * MINUTE, by=alice, at=MONDAY)
    incident.resolve(by=alice, at=MONDAY)

    paging.tick(now=MONDAY + 31 * MINUTE, at_once=1)

    incident.refresh_from_db()
    assert (incident.state, incident.snoozed_until) == ("resolved", None)


def test_a_snooze_into_the_past_or_of_what_is_over_is_refused(incident, alice):
    with pytest.raises(Conflict, match="later than now"):
        incident.snooze(MONDAY, by=alice, at=MONDAY)
    incident.resolve(by=alice, at=MONDAY)
    with pytest.raises(Conflict, match="cannot be snoozed"):
        incident.snooze(MONDAY + MINUTE, by=alice, at=MONDAY)


def test_a_rerouted_incident_follows_the_other_policy_from_its_first_step(incident, alice, mailoutbox):
    paging.open_due(now=MONDAY)
    carol = make.carol()

    responding.reroute(incident, make.policy(carol), by=alice, now=MONDAY + MINUTE)
    paging.tick(now=MONDAY + MINUTE, at_once=1)

    assert sent(mailoutbox) == ["carol"]
    assert Attempt.objects.get(page__user=alice).state == "withdrawn"


def test_a_rerouted_incident_wants_as_many_people_as_its_new_policy(alice, bob):
    incident = wanting_two(alice, bob)
    paging.open_due(now=MONDAY)
    carol = make.carol()

    responding.reroute(incident, make.policy(carol), by=alice, now=MONDAY + MINUTE)
    paging.open_due(now=MONDAY + MINUTE)
    incident.refresh_from_db()
    incident.acknowledge(by=carol, at=MONDAY + 2 * MINUTE)

    assert incident.state == "acknowledged"


def test_what_is_handed_over_at_the_end_of_its_policy_begins_it_again_when_nobody_answers(incident, alice, mailoutbox):
    for minutes in (0, 5, 10):
        paging.tick(now=MONDAY + minutes * MINUTE, at_once=1)
    incident.refresh_from_db()
    assert incident.exhausted_at
    mailoutbox.clear()

    responding.reassign(incident, make.carol(), by=alice, now=MONDAY + 11 * MINUTE)
    for minutes in (11, 16):
        paging.tick(now=MONDAY + minutes * MINUTE, at_once=1)

    assert sorted(set(sent(mailoutbox))) == ["alice", "carol"]


def test_whoever_hands_it_over_is_not_told_by_their_later_rules(incident, alice, mailoutbox):
    for after, method in ((0, alice.contact_methods.get()), (5, make.contact(alice, address="late@example.com"))):
        alice.notification_rules.create(contact_method=method, urgency="high", after_minutes=after)
    paging.tick(now=MONDAY, at_once=1)
    incident.refresh_from_db()
    incident.acknowledge(by=alice, at=MONDAY + MINUTE)

    responding.reassign(incident, make.carol(), by=alice, now=MONDAY + 2 * MINUTE)
    paging.tick(now=MONDAY + 5 * MINUTE, at_once=1)

    assert sent(mailoutbox) == ["alice", "carol"]


@pytest.mark.parametrize(
    "answer",
    [
        lambda incident, carol: incident.snooze(MONDAY + 30 * MINUTE, by=carol, at=MONDAY),
        lambda incident, carol: incident.mitigate(by=carol, at=MONDAY),
        lambda incident, carol: incident.escalate(by=carol, at=MONDAY),
        lambda incident, carol: responding.reassign(incident, make.dora(), by=carol, now=MONDAY),
    ],
    ids=["snooze", "mitigate", "escalate", "reassign"],
)
def test_whoever_was_asked_and_did_something_else_than_acknowledge_is_not_asked_again(
    incident, alice, mailoutbox, answer
):
    incident.acknowledge(by=alice, at=MONDAY)
    carol = make.carol()
    responding.add_responder(incident, carol, by=alice, now=MONDAY)
    paging.tick(now=MONDAY, at_once=1)

    answer(incident, carol)
    paging.tick(now=MONDAY + 5 * MINUTE, at_once=1)

    assert sent(mailoutbox).count("carol") == 1


@pytest.mark.django_db(transaction=True)
def test_who_is_paged_by_name_never_waits_for_who_answers_nor_the_other_way_round(incident, alice):
    """Both change the incident and the responder; locked in different orders they would wait for each other."""
    responder = responding.add_responder(incident, make.carol(), by=alice, now=MONDAY)
    is_locked, may_end = threading.Event(), threading.Event()

    def hold_the_incident():
        with transaction.atomic():
            Incident.objects.select_for_update().get(pk=incident.pk)
            is_locked.set()
            may_end.wait(10)
        connection.close()

    holder = threading.Thread(target=hold_the_incident)
    holder.start()
    is_locked.wait(10)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")
    try:
        assert not responding.page_responder(responder.pk, Directory(MONDAY), MONDAY)
    finally:
        may_end.set()
        holder.join()
        connection.close()
    assert responding.page_responder(responder.pk, Directory(MONDAY), MONDAY)


def test_what_gets_worse_ends_its_snooze(incident, alice):
    incident.snooze(MONDAY + 30 * MINUTE, by=alice, at=MONDAY)

    incident.change_severity(1, by=None, at=MONDAY + MINUTE)

    assert (incident.state, incident.page_after) == ("triggered", MONDAY + MINUTE)


def test_nobody_whom_no_page_reaches_is_asked(incident, alice):
    with pytest.raises(Conflict, match="no verified contact method"):
        responding.add_responder(incident, make.person("Mo Mute", reachable=False), by=alice, now=MONDAY)
