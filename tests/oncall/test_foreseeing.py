"""What would go wrong with the next page is found, and weighs less than what has gone wrong."""

from datetime import time, timedelta

import pytest

from oncall import auditing, foreseeing
from oncall.foreseeing import CIRCLE, NO_ADMINISTRATOR, REACHES_NOBODY, UNREACHABLE_ON_CALL
from oncall.models import EscalationPolicy, EscalationStep, User, Violation
from tests import make
from tests.make import MONDAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def dora():
    return make.dora()


def found(now=MONDAY):
    return [finding.invariant for finding in auditing.audit(foreseeing.CHECKS, now, "foresight")]


def unreachable():
    return make.person("Erik Holm", reachable=False)


def test_a_policy_that_names_somebody_reachable_is_sound():
    make.service(escalation_policy=make.policy(make.schedule("Primary", make.alice())))
    assert found() == []


def test_a_policy_whose_people_cannot_be_told_reaches_nobody():
    make.service(escalation_policy=make.policy(unreachable()))
    assert found() == [REACHES_NOBODY]


def test_somebody_on_call_without_a_contact_method_is_found_with_the_service():
    make.service(escalation_policy=make.policy(make.schedule("Primary", unreachable())))
    assert found() == [REACHES_NOBODY, UNREACHABLE_ON_CALL]


def test_a_last_resort_that_reaches_somebody_is_enough():
    policy = make.policy(unreachable())
    EscalationPolicy.objects.filter(pk=policy.pk).update(last_resort=make.policy(make.alice()))
    make.service(escalation_policy=policy)
    assert found() == []


def test_a_step_for_other_hours_reaches_nobody_now_and_somebody_then():
    make.service(escalation_policy=make.policy(make.alice()))
    EscalationStep.objects.update(hours_from=time(22), hours_until=time(6))
    assert found() == [REACHES_NOBODY]
    assert found(MONDAY + timedelta(hours=9)) == []


def test_shadows_are_nobody():
    service = make.service(escalation_policy=make.policy(make.schedule("Shadows", make.alice())))
    service.escalation_policy.steps.get().targets.update(role="shadow")
    assert found() == [REACHES_NOBODY]


def test_an_installation_without_an_administrator_who_can_be_told_is_found(dora):
    dora.contact_methods.all().delete()
    assert found() == [NO_ADMINISTRATOR]


def test_a_circle_of_last_resorts_is_found_once():
    first, second = make.policy(make.alice()), make.policy(make.bob())
    EscalationPolicy.objects.filter(pk=first.pk).update(last_resort=second)
    EscalationPolicy.objects.filter(pk=second.pk).update(last_resort=first)
    assert found() == [CIRCLE]


@pytest.mark.parametrize(
    ("after", "circles"),
    [({}, []), ({1: 2, 2: 3}, []), ({3: 1, 1: 2, 2: 3}, [[1, 2, 3]]), ({1: 2, 2: 3, 3: 2, 5: 5}, [[2, 3], [5]])],
)
def test_circles(after, circles):
    assert foreseeing.circles(after) == circles


def test_what_is_foreseen_is_no_broken_invariant():
    User.objects.all().delete()
    found()
    assert Violation.objects.open().foreseen().exists()
    assert not Violation.objects.open().grave().exists()


def test_many_policies_are_judged_in_few_queries(django_assert_max_num_queries):
    for number in range(8):
        schedule = make.schedule(f"Primary {number}", make.alice())
        make.service(f"s{number}", escalation_policy=make.policy(schedule, unreachable()))
    with django_assert_max_num_queries(36):
        assert found() == []
