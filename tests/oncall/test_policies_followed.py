"""What an incident follows: the version of its policy, the conditions of its steps, turns, and the last resort."""

from datetime import time, timedelta

import pytest

from oncall import paging, planning
from oncall.exceptions import Conflict
from oncall.models import EscalationStep, Page
from oncall.planning import StepPlan, TargetPlan
from tests import make
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def paged(incident):
    """Who was paged about it, in order."""
    return [page.user.name.split()[0] for page in incident.pages.filter(room=None).order_by("opened_at", "pk")]


def texts(incident, kind="unreachable"):
    return list(incident.timeline.filter(kind=kind).values_list("text", flat=True))


def planned(*people, **facts):
    """A step of a plan that names these people."""
    return StepPlan(5, tuple(TargetPlan(user=person.pk) for person in people), **facts)


def following(*steps, severity=2, repeats=0, last_resort=None, at=MONDAY):
    """An incident whose policy was saved with these steps, and that policy."""
    policy = make.policy(repeats=repeats)
    policy.last_resort = last_resort
    planning.save_policy(policy, steps, by=make.alice(), now=MONDAY)
    return make.incident(of=make.service(f"s-{policy.pk}", escalation_policy=policy), severity=severity, at=at), policy


def test_a_running_incident_keeps_the_version_it_was_triggered_under():
    alice, bob, carol = make.alice(), make.bob(), make.carol()
    incident, policy = following(planned(alice), planned(bob))
    paging.open_due(now=MONDAY)
    planning.save_policy(policy, (planned(carol),), by=alice, now=MONDAY)

    paging.open_due(now=MONDAY + 5 * MINUTE)

    assert paged(incident) == ["Alice", "Bob"]
    later = make.incident(of=incident.service, at=MONDAY + 6 * MINUTE)
    paging.open_due(now=MONDAY + 6 * MINUTE)
    assert paged(later) == ["Carol"]


def test_an_incident_triggered_again_follows_the_policy_as_it_is_now():
    alice, carol = make.alice(), make.carol()
    incident, policy = following(planned(alice))
    incident.resolve(by=alice, at=MONDAY)
    planning.save_policy(policy, (planned(carol),), by=alice, now=MONDAY)

    incident.trigger_again(by=None, at=MONDAY)
    paging.open_due(now=MONDAY)

    assert paged(incident) == ["Carol"]


def test_what_an_older_release_opened_is_paged_by_the_current_version():
    incident, policy = following(planned(make.alice()))
    type(incident).objects.update(policy_version=None)

    paging.open_due(now=MONDAY)

    incident.refresh_from_db()
    assert (paged(incident), incident.policy_version) == (["Alice"], policy.current)


def test_an_older_version_is_never_changed():
    alice, bob = make.alice(), make.bob()
    _, policy = following(planned(alice))
    first = policy.current

    planning.save_policy(policy, (planned(bob), planned(alice)), by=alice, now=MONDAY)

    assert [step.targets.get().user for step in first.steps.all()] == [alice]
    assert policy.current.number == first.number + 1


def test_a_step_for_worse_incidents_is_passed_over_at_once():
    incident, _ = following(planned(make.alice(), lowest_severity=1), planned(make.bob()), severity=2)

    paging.open_due(now=MONDAY)

    assert paged(incident) == ["Bob"]
    assert texts(incident) == ["Step 1 is passed over: it is for SEV 1"]


@pytest.mark.parametrize(
    ("hours", "weekdays", "zone", "expected"),
    [
        ((time(9), time(17)), "01234", "Europe/Paris", "Alice"),  # MONDAY is 15:02 in Paris
        ((time(9), time(17)), "01234", "America/New_York", "Alice"),  # 09:02
        ((time(9), time(17)), "01234", "Asia/Tokyo", "Bob"),  # 23:02
        ((time(22), time(7)), "0123456", "Asia/Tokyo", "Alice"),  # across midnight
        ((time(9), time(17)), "56", "Europe/Paris", "Bob"),  # weekends only
    ],
)
def test_a_step_outside_its_hours_is_passed_over(hours, weekdays, zone, expected):
    first = planned(make.alice(), hours_from=hours[0], hours_until=hours[1], weekdays=weekdays, zone=zone)
    incident, _ = following(first, planned(make.bob()))

    paging.open_due(now=MONDAY)

    assert paged(incident) == [expected]


def test_a_policy_none_of_whose_steps_applies_ends_at_the_last_resort():
    dora = make.dora()
    incident, _ = following(planned(make.alice(), lowest_severity=1), repeats=9)

    paging.open_due(now=MONDAY)

    assert paged(incident) == [dora.name.split()[0]]


def test_people_of_a_step_take_turns_and_each_incident_gets_the_next():
    alice, bob = make.alice(), make.bob()
    incident, _ = following(planned(alice, bob, pick=EscalationStep.Pick.IN_TURN))
    others = [make.incident(f"Other {number}", of=incident.service) for number in range(3)]

    paging.open_due(now=MONDAY)

    assert [paged(one) for one in (incident, *others)] == [["Alice"], ["Bob"], ["Alice"], ["Bob"]]


def test_whose_turn_it_is_but_cannot_be_reached_is_passed_over():
    mute = make.person("Mo Mute", reachable=False)
    incident, _ = following(planned(mute, make.bob(), pick=EscalationStep.Pick.IN_TURN))

    paging.open_due(now=MONDAY)

    assert paged(incident) == ["Mo", "Bob"]
    assert incident.page_after is not None


def test_shadows_are_paged_but_never_the_only_ones_reached():
    bob = make.bob()
    rota = make.schedule("Payments primary", make.alice())
    rota.layers.update(role="shadow")
    shadow = StepPlan(5, (TargetPlan(schedule=rota.pk, role="shadow"),))
    incident, _ = following(shadow, planned(bob))

    paging.open_due(now=MONDAY)

    assert paged(incident) == ["Alice", "Bob"]
    assert texts(incident) == ["Step 1 reaches nobody: it names shadows only"]


def test_two_people_on_call_at_once_are_both_paged():
    rota = make.schedule("Payments primary", make.alice())
    rota.layers.get().participants.create(user=make.bob(), slot=0)
    incident, _ = following(StepPlan(5, (TargetPlan(schedule=rota.pk),)))

    paging.open_due(now=MONDAY)

    assert sorted(paged(incident)) == ["Alice", "Bob"]


def test_a_last_resort_goes_on_with_another_policy_and_ends_at_the_administrators():
    resort = make.policy(make.bob())
    make.dora()
    incident, _ = following(planned(make.alice()), last_resort=resort)

    for minutes in (0, 5, 10, 15):
        paging.open_due(now=MONDAY + minutes * MINUTE)

    incident.refresh_from_db()
    assert paged(incident) == ["Alice", "Bob", "Dora"]
    assert incident.exhausted_at == MONDAY + 10 * MINUTE


def test_a_circle_of_last_resorts_is_refused_and_one_in_the_data_ends():
    alice = make.alice()
    make.dora()
    incident, policy = following(planned(alice))
    other = make.policy(make.bob())
    other.last_resort = policy
    planning.save_policy(other, (planned(make.bob()),), by=alice, now=MONDAY)
    policy.last_resort = other

    with pytest.raises(Conflict, match="circle"):
        planning.save_policy(policy, (planned(alice),), by=alice, now=MONDAY)

    policy.versions.update(last_resort=other)
    for minutes in range(0, 60, 5):
        paging.open_due(now=MONDAY + minutes * MINUTE)
    incident.refresh_from_db()
    assert incident.exhausted_at is not None
    assert Page.objects.filter(user__email="dora@example.com").count() == 1


def test_a_room_is_told_and_counts_for_nobody(mailoutbox):
    room = make.team().rooms.create(name="payments-alerts", channel="email", address="payments@example.com")
    policy = make.policy(make.alice())
    policy.current.steps.get().targets.create(room=room)
    incident = make.incident(of=make.service(escalation_policy=policy))

    paging.tick(now=MONDAY, at_once=1)

    by_address = {mail.to[0]: mail for mail in mailoutbox}
    assert set(by_address) == {"alice@example.com", "payments@example.com"}
    assert "/p/" not in by_address["payments@example.com"].body
    assert paged(incident) == ["Alice"]


def test_a_step_that_only_tells_a_room_reaches_nobody():
    room = make.team().rooms.create(name="payments-alerts", channel="email", address="payments@example.com")
    policy = make.policy(make.alice(), make.bob())
    policy.current.steps.first().targets.all().delete()
    policy.current.steps.first().targets.create(room=room)
    incident = make.incident(of=make.service(escalation_policy=policy))

    paging.open_due(now=MONDAY)

    assert paged(incident) == ["Bob"]
