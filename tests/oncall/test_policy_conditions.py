"""Conditions and turns of steps on screen; what cannot be saved; what is found; versions."""

from datetime import time

import pytest

from oncall.models import EscalationPolicy
from oncall.planning import StepPlan, TargetPlan, plan_of, save_policy
from tests import make
from tests.make import MONDAY
from tests.oncall.test_schedule_screens import running

pytestmark = pytest.mark.django_db


@pytest.fixture
def policy(client):
    """Payments primary, then Bob after five minutes; Alice, a member, is signed in."""
    team = make.team("Payments", make.alice(), make.bob())
    client.force_login(make.alice())
    return make.policy(running(make.alice(), owner=team), make.bob(), owner=team, repeats=1)


def typed(policy, *codes, **changes):
    """One step of these targets, in working hours."""
    fields = {
        "name": policy.name, "team": policy.team_id, "repeats": "1", "save": "1", "delay-0": "5", "target-0": codes,
        "pick-0": "everybody", "acks-0": "1", "severity-0": "5", "from-0": "09:00", "until-0": "17:00",
        "day-0": list("01234"), "zone-0": "Europe/Paris",
    }  # fmt: skip
    return fields | changes


def save(client, policy, *codes, **changes):
    return client.post(f"/policies/{policy.pk}/edit/", typed(policy, *codes, **changes))


def screen(client, policy):
    return client.get(f"/policies/{policy.pk}/").content.decode()


def people():
    return f"user:{make.alice().pk}", f"user:{make.bob().pk}"


def test_conditions_and_turns_are_saved_and_read_as_a_sentence(client, policy):
    answer = save(client, policy, *people(), **{"pick-0": "in_turn", "severity-0": "2"})

    step = plan_of(EscalationPolicy.objects.with_steps().get())[0]
    assert answer.status_code == 303
    assert (step.pick, step.lowest_severity, step.hours_from, step.weekdays) == ("in_turn", 2, time(9), "01234")
    assert (
        "At once, on weekdays from 09:00 to 17:00 Paris time, for SEV 1 and SEV 2, "
        "page one of Alice Moreau and Bob Kimani, each time the next." in screen(client, policy)
    )


def test_a_plain_step_keeps_its_conditions_folded_and_a_set_one_shows_them(client, policy):
    plain = client.get(f"/policies/{policy.pk}/edit/").content.decode()
    save(client, policy, *people())

    assert '<details class="fold step-conditions">' in plain
    assert '<details class="fold step-conditions" open>' in client.get(f"/policies/{policy.pk}/edit/").content.decode()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"until-0": ""}, "These hours have one end only."),
        ({"from-0": "late"}, "Write times such as 09:00."),
        ({"zone-0": "Europe/Atlantis"}, "is not a time zone"),
        ({"zone-0": ""}, "Say on whose clock"),
        ({"day-0": []}, "Choose a day at least"),
        ({"acks-0": "10"}, "Write a number from 1 to 9."),
        ({"acks-0": "2", "pick-0": "in_turn"}, "One person is paged in turn"),
    ],
)
def test_conditions_that_make_no_sense_are_said_and_kept_as_typed(client, policy, changes, sentence):
    before = plan_of(EscalationPolicy.objects.with_steps().get())

    answer = save(client, policy, *people(), **changes)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    for name, value in changes.items():
        assert not value or not isinstance(value, str) or f'value="{value}"' in page, name
    assert plan_of(EscalationPolicy.objects.with_steps().get()) == before


def test_a_policy_of_rooms_alone_is_refused(client, policy):
    answer = save(client, policy, f"room:{make.room(owner=policy.team).pk}")

    assert answer.status_code == 422
    assert "It only tells rooms, and a room calls nobody." in answer.content.decode()


def test_a_policy_of_shadows_alone_is_refused(client, policy):
    schedule = policy.steps.first().targets.get().schedule
    schedule.layers.update(role="shadow")

    answer = save(client, policy, f"schedule:{schedule.pk}:shadow")

    assert "It only pages shadows" in answer.content.decode()


def test_a_policy_that_reaches_nobody_is_refused_with_the_reasons(client, policy):
    schedule = policy.steps.first().targets.get().schedule
    schedule.layers.all().delete()
    silent = make.person("Hana Sato", reachable=False)

    answer = save(client, policy, f"schedule:{schedule.pk}:primary", f"user:{silent.pk}")

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "It reaches nobody: Hana Sato has no verified contact method; nobody is on call in" in page


def test_a_circle_of_last_resorts_is_said_at_its_field(client, policy):
    other = make.policy(make.bob(), owner=policy.team)
    EscalationPolicy.objects.filter(pk=other.pk).update(last_resort=policy)

    answer = save(client, policy, *people(), last_resort=other.pk)

    policy.refresh_from_db()
    assert answer.status_code == 422
    assert "The last resorts lead round in a circle" in str(answer.context["form"]["last_resort"].errors)
    assert policy.last_resort is None


def test_a_room_is_told_beside_whoever_is_paged(client, policy):
    save(client, policy, *people(), **{"room-0": f"room:{make.room(owner=policy.team).pk}"})

    assert "page Alice Moreau and Bob Kimani, and tell #payments-alerts" in screen(client, policy)


def test_hours_without_a_step_are_found(client, policy):
    save(client, policy, *people())

    page = screen(client, policy)

    assert "For SEV 1, SEV 2 and SEV 3 no step applies from" in page
    assert "4 more times within a week" in page


def test_severities_without_a_step_are_found(client, policy):
    save(client, policy, *people(), **{"severity-0": "2", "from-0": "", "until-0": "", "day-0": list("0123456")})

    assert "For SEV 3 no step applies at any time." in screen(client, policy)


def test_people_whose_rules_come_late_are_found_on_policy_team_and_service(client, policy):
    make.rule(make.bob(), 20)
    service = make.service(owner=policy.team, escalation_policy=policy)

    for path in (f"/policies/{policy.pk}/", policy.team.get_absolute_url(), service.get_absolute_url()):
        page = client.get(path).content.decode()
        assert "is told of a SEV 1 only after 20 minutes" in page, path


def test_a_step_of_shadows_reaches_nobody(client, policy):
    policy.steps.first().targets.update(role="shadow")
    policy.steps.first().targets.get().schedule.layers.update(role="shadow")

    assert "Step 1 reaches nobody now." in screen(client, policy)


def test_versions_say_who_changed_what(client, policy):
    make.service(owner=policy.team, escalation_policy=policy)
    steps = plan_of(EscalationPolicy.objects.with_steps().get())
    policy.repeats = 0
    save_policy(policy, (steps[0], StepPlan(30, (TargetPlan(user=make.alice().pk),))), by=make.bob(), now=MONDAY)

    page = screen(client, policy)

    assert "Step 2 was: page Bob Kimani, then wait 5 minutes for an acknowledgement." in page
    assert "It is now: page Alice Moreau, then wait 30 minutes for an acknowledgement." in page
    assert "All of it once only, not once more." in page


def test_a_version_that_running_incidents_follow_says_so(client, policy):
    service = make.service(owner=policy.team, escalation_policy=policy)
    make.incident(of=service)
    make.incident("Another", of=service)
    save(client, policy, *people())

    page = screen(client, policy)

    assert "2 running incidents follow version 1" in page
    assert "2 incidents follow it" in page
