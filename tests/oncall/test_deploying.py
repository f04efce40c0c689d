"""What messages about deployments leave behind, whatever their order."""

from datetime import timedelta
from itertools import permutations

import pytest

from oncall.changes.change import Change
from oncall.deploying import record
from oncall.models import Deployment, Environment, RunningVersion
from oncall.payloads import Malformed
from oncall.surveying import stages_now
from tests import make
from tests.make import MONDAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def door():
    return make.integration("github")[0]


def minutes(number):
    return MONDAY + timedelta(minutes=number)


def change(state="succeeded", at=0, number="1", **facts):
    facts.setdefault("environment", "production")
    return Change(external_id=number, state=state, occurred_at=minutes(at), **facts)


def deploy(door, version, at, **facts):
    return record(change(at=at, number=f"{version}@{at}", version=version, **facts), integration=door, now=minutes(at))


def test_a_deployment_goes_from_queued_to_succeeded(door):
    for at, state in enumerate(["queued", "started", "succeeded"]):
        record(change(state, at), integration=door, now=minutes(at))

    found = Deployment.objects.get()
    assert (found.state, found.service) == ("succeeded", door.service)
    assert (found.queued_at, found.started_at, found.finished_at) == (minutes(0), minutes(1), minutes(2))
    assert found.reached_at == minutes(1)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_of_arrival_means_nothing(door, order):
    said = [change("queued", 0), change("started", 1, version="1.2"), change("succeeded", 2, commit="abc")]

    for position in order:
        record(said[position], integration=door, now=minutes(9))

    found = Deployment.objects.get()
    assert (found.state, found.version, found.commit) == ("succeeded", "1.2", "abc")
    assert (found.queued_at, found.started_at, found.finished_at) == (minutes(0), minutes(1), minutes(2))
    assert RunningVersion.objects.get().deployment == found


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_of_failure_and_success_the_later_one_counts_whichever_comes_last(door, order):
    said = [change("failed", 1), change("succeeded", 2)]

    for position in order:
        record(said[position], integration=door, now=minutes(9))

    assert Deployment.objects.get().state == "succeeded"


def test_the_same_message_twice_changes_nothing(door):
    first = record(change(), integration=door, now=minutes(0))
    again = record(change(), integration=door, now=minutes(5))

    assert first.pk == again.pk
    assert again.finished_at == minutes(0)


def test_previous_is_what_succeeded_last_in_the_same_place(door):
    first = deploy(door, "1", 0)
    deploy(door, "9", 5, environment="staging")
    record(change("failed", 6, "broken"), integration=door, now=minutes(6))

    assert deploy(door, "2", 10).previous == first


def test_a_latecomer_takes_its_place_between_the_others(door):
    first, last = deploy(door, "1", 0), deploy(door, "3", 20)

    middle = deploy(door, "2", 10)

    last.refresh_from_db()
    assert (middle.previous, last.previous) == (first, middle)
    assert RunningVersion.objects.get().deployment == last


def test_what_runs_now_is_kept_for_each_environment(door):
    deploy(door, "1", 0)
    newest = deploy(door, "2", 10)
    elsewhere = deploy(door, "1", 5, environment="staging")

    assert {row.environment.name: row.deployment for row in RunningVersion.objects.all()} == {
        "production": newest,
        "staging": elsewhere,
    }


@pytest.mark.parametrize("kind", ["config", "flag", "schema", "infrastructure", "os_patch", "manual"])
def test_what_is_no_code_is_no_version_that_runs(door, kind):
    version = deploy(door, "1", 0)
    deploy(door, "setting 7", 5, kind=kind)

    assert RunningVersion.objects.get().deployment == version
    assert deploy(door, "2", 10).previous == version
    assert [stage["version"] for stage in stages_now(door.service, minutes(11))] == ["2"]


def test_a_setting_follows_the_setting_before_it(door):
    on = deploy(door, "flag on", 0, kind="flag")
    deploy(door, "1", 5)
    off = deploy(door, "flag off", 10, kind="flag")

    back = deploy(door, "flag on", 20, kind="flag")

    assert (off.previous, back.previous, back.rollback_of) == (on, off, off)


@pytest.mark.parametrize("fact", ["version", "commit", "artifact"])
def test_putting_back_what_ran_before_is_a_rollback(door, fact):
    good, bad = [
        record(change(number=number, at=at, **{fact: number}), integration=door, now=minutes(at))
        for at, number in enumerate(["good", "bad"])
    ]

    back = record(change(number="back", at=9, **{fact: "good"}), integration=door, now=minutes(9))

    bad.refresh_from_db()
    assert (back.rollback_of, back.previous, bad.state) == (bad, bad, "rolled_back")
    assert RunningVersion.objects.get().deployment == back
    assert good.state == "succeeded"


def test_what_was_rolled_back_and_goes_out_again_is_no_rollback(door):
    deploy(door, "1", 0)
    deploy(door, "2", 10)
    deploy(door, "1", 20)

    assert deploy(door, "2", 30).rollback_of is None


def test_the_same_version_again_is_no_rollback(door):
    deploy(door, "1", 0)
    deploy(door, "2", 10)

    assert deploy(door, "2", 20).rollback_of is None


def test_a_failed_rollback_leaves_what_runs(door):
    deploy(door, "1", 0)
    bad = deploy(door, "2", 10)

    record(change("failed", 20, "back", version="1"), integration=door, now=minutes(20))

    bad.refresh_from_db()
    assert bad.state == "succeeded"
    assert RunningVersion.objects.get().deployment == bad


def test_the_service_is_the_one_that_is_named(door):
    named = make.service("search")

    assert deploy(door, "1", 0, service_hint="Search").service == named


def test_else_the_only_one_with_that_repository(door):
    theirs = make.service("shop", repository="Acme/Shop")

    assert deploy(door, "1", 0, repository="acme/shop").service == theirs


def test_else_the_integrations_own(door):
    for name in ("a", "b"):
        make.service(name, repository="acme/monorepo")

    assert deploy(door, "1", 0, repository="acme/monorepo").service == door.service
    assert deploy(door, "2", 1, repository="acme/unheard-of", service_hint="nobody").service == door.service


def test_without_any_service_the_change_is_refused():
    with pytest.raises(Malformed):
        record(change(), now=MONDAY)


@pytest.mark.parametrize(
    ("name", "tier", "region"),
    [("eu-west-1", "production", "eu-west-1"), ("Staging", "staging", ""), ("preview-7", "development", "")],
)
def test_a_new_environment_is_made_with_a_guess_at_its_tier(door, name, tier, region):
    deploy(door, "1", 0, environment=name)
    deploy(door, "2", 1, environment=name.upper())

    found = Environment.objects.get()
    assert (found.name, found.tier, found.region) == (name, tier, region)


def test_an_upsert_costs_the_same_however_much_ran_before(door, django_assert_max_num_queries):
    for at in range(12):
        deploy(door, str(at), at)

    with django_assert_max_num_queries(26):
        deploy(door, "new", 50)
