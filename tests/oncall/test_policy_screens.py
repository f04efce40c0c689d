"""Escalation policies on screen: in words, with findings, and changed step by step."""

from datetime import date

import pytest

from oncall.forms.steps import Steps
from oncall.models import EscalationPolicy
from oncall.planning import StepPlan, TargetPlan, plan_of
from tests import make
from tests.oncall.test_schedule_screens import running

pytestmark = pytest.mark.django_db


@pytest.fixture
def policy(client):
    """Payments primary, then Bob after five minutes; Alice, a member, is signed in."""
    team = make.team("Payments", make.alice(), make.bob())
    client.force_login(make.alice())
    return make.policy(running(make.alice(), owner=team), make.bob(), owner=team, repeats=1)


def typed(policy, *steps, **changes):
    """Each step is (delay, codes…)."""
    fields = {"name": policy.name, "team": policy.team_id, "repeats": "1", "save": "1"}
    for number, (delay, *codes) in enumerate(steps):
        fields |= {f"delay-{number}": delay, f"target-{number}": codes}
    return fields | changes


def test_a_policy_reads_as_a_sentence(client, policy):
    page = client.get(f"/policies/{policy.pk}/").content.decode()

    assert "At once page whoever is on call in Payments primary; after 5 minutes page Bob Kimani." in page
    assert "all of it once more" in page
    assert "last resort after 20 minutes" in page


def test_a_step_that_reaches_nobody_is_found(client, policy):
    make.bob().contact_methods.all().delete()

    page = client.get(f"/policies/{policy.pk}/").content.decode()

    assert "Bob Kimani has no verified contact method" in page
    assert page.count("This step reaches nobody now") == 1


def test_a_step_whose_schedule_has_a_gap_reaches_nobody(client, policy):
    policy.steps.first().targets.get().schedule.layers.update(ends_on=date(2020, 2, 1))

    assert "This step reaches nobody now" in client.get(f"/policies/{policy.pk}/").content.decode()


def test_a_policy_stays_within_its_queries(client, policy, django_assert_max_num_queries):
    with django_assert_max_num_queries(30):
        client.get(f"/policies/{policy.pk}/")
    with django_assert_max_num_queries(35):
        client.get(f"/policies/{policy.pk}/edit/")


def test_steps_are_saved_in_the_order_of_the_form(client, policy):
    schedule, bob = policy.steps.first().targets.get().schedule, make.bob()
    steps = [("1", f"user:{bob.pk}"), ("30", f"schedule:{schedule.pk}:secondary", f"user:{make.alice().pk}")]

    answer = client.post(f"/policies/{policy.pk}/edit/", typed(policy, *steps))

    assert answer.status_code == 303
    assert plan_of(EscalationPolicy.objects.with_steps().get()) == (
        StepPlan(1, (TargetPlan(user=bob.pk),)),
        StepPlan(30, (TargetPlan(schedule=schedule.pk, role="secondary"), TargetPlan(user=make.alice().pk))),
    )


def test_whoever_is_typed_or_chosen_is_added_on_saving(client, policy):
    fields = typed(policy, ("5",), **{"person-0": "bob@example.com"})

    client.post(f"/policies/{policy.pk}/edit/", fields)

    assert plan_of(EscalationPolicy.objects.with_steps().get()) == (StepPlan(5, (TargetPlan(user=make.bob().pk),)),)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"delay-0": "0", "person-0": "bob@example.com"}, "Write whole minutes from 1 to 1440."),
        ({"delay-0": "²", "person-0": "bob@example.com"}, "Write whole minutes from 1 to 1440."),
        ({"delay-0": "5"}, "This step pages nobody."),
        ({"delay-0": "5", "target-0": "user:999999"}, "This step pages nobody."),
        ({"delay-0": "5", "target-0": "schedule:1:boss"}, "This step pages nobody."),
        ({"delay-0": "5", "person-0": "Zzz"}, "Nobody here is called “Zzz”."),
        ({}, "A policy needs a step"),
        ({"delay-0": "5", "person-0": "bob@example.com", "repeats": "10"}, "less than or equal to 9"),
    ],
)
def test_what_cannot_be_saved_is_said_and_the_policy_stays(client, policy, fields, sentence):
    before = plan_of(EscalationPolicy.objects.with_steps().get())

    answer = client.post(f"/policies/{policy.pk}/edit/", typed(policy) | fields)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert plan_of(EscalationPolicy.objects.with_steps().get()) == before


def test_a_button_changes_the_form_and_saves_nothing(client, policy):
    fields = typed(policy, ("5", f"user:{make.bob().pk}"), change="add")
    del fields["save"]

    page = client.post(f"/policies/{policy.pk}/edit/", fields).content.decode()

    assert "Step 2" in page
    assert policy.steps.count() == 2


def test_a_member_makes_a_policy_for_the_own_team_only(client, policy):
    other = make.team("Checkout", make.carol())
    fields = typed(policy, ("5", f"user:{make.bob().pk}"), name="Nights")

    made = client.post("/policies/new/", fields)
    refused = client.post("/policies/new/", fields | {"team": other.pk, "name": "Days"})

    assert made.status_code == 303
    assert refused.status_code == 422
    assert set(EscalationPolicy.objects.values_list("name", flat=True)) == {policy.name, "Nights"}


def test_other_teams_see_a_policy_but_do_not_change_it(client, policy):
    client.force_login(make.carol())

    assert client.get(f"/policies/{policy.pk}/").status_code == 200
    assert client.get(f"/policies/{policy.pk}/edit/").status_code == 403
    assert client.post(f"/policies/{policy.pk}/edit/", typed(policy)).status_code == 403


def test_a_stranger_is_sent_to_sign_in(client, policy):
    client.logout()

    assert client.get(f"/policies/{policy.pk}/").status_code == 302


@pytest.mark.parametrize(
    ("button", "delays"),
    [
        ("up:1", ["2", "1", "3"]),
        ("down:1", ["1", "3", "2"]),
        ("remove:0", ["2", "3"]),
        ("add", ["1", "2", "3", "5"]),
        ("up:0", ["1", "2", "3"]),
        ("down:2", ["1", "2", "3"]),
        ("drop:0:user:4", ["1", "2", "3"]),
        ("fly:0", ["1", "2", "3"]),
        ("up:x", ["1", "2", "3"]),
    ],
)
def test_a_button_moves_steps_or_does_nothing(button, delays):
    steps = Steps.of_plan(tuple(StepPlan(minutes, ()) for minutes in (1, 2, 3)))

    assert [step.delay for step in steps.changed(button).steps] == delays


def test_dropping_takes_one_target_from_one_step():
    steps = Steps.of_plan((StepPlan(5, (TargetPlan(user=4), TargetPlan(schedule=7))),))

    assert steps.changed("drop:0:user:4").steps[0].targets == (TargetPlan(schedule=7),)


def test_two_people_do_not_undo_each_other_unseen(client, policy):
    seen = client.get(f"/policies/{policy.pk}/edit/").context["seen"]
    steps = [("5", f"user:{make.bob().pk}")]
    client.post(f"/policies/{policy.pk}/edit/", typed(policy, *steps, seen=seen))

    late = client.post(f"/policies/{policy.pk}/edit/", typed(policy, *steps, seen=seen, name="Mine"))
    knowing = client.post(f"/policies/{policy.pk}/edit/", typed(policy, *steps, seen=late.context["seen"], name="Mine"))

    assert late.status_code == 422
    assert "Somebody changed this policy while you were typing" in late.content.decode()
    assert knowing.status_code == 303
