"""Who is paged when, and who is not."""

from datetime import timedelta

import pytest

from oncall import paging
from oncall.calling import Directory
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
    """Of a service whose policy pages whoever is on call, then Bob by name."""
    rota = make.schedule("Payments primary", alice, bob)
    return make.incident(of=make.service(escalation_policy=make.policy(rota, bob)))


def paged(incident):
    return [page.user.name for page in incident.pages.all()]


def test_whoever_is_on_call_is_paged_first(incident):
    paging.open_due(now=MONDAY)

    assert paged(incident) == ["Alice Moreau"]
    assert Attempt.objects.get().address == "alice@example.com"


def test_the_second_step_waits_its_delay(incident):
    paging.open_due(now=MONDAY)
    paging.open_due(now=MONDAY + 4 * MINUTE)
    assert paged(incident) == ["Alice Moreau"]

    paging.open_due(now=MONDAY + 5 * MINUTE)
    assert paged(incident) == ["Alice Moreau", "Bob Kimani"]


def test_an_acknowledged_incident_pages_nobody(incident, alice):
    incident.acknowledge(by=alice, at=MONDAY)

    paging.open_due(now=MONDAY + timedelta(hours=1))

    assert not Page.objects.exists()


def test_a_step_that_reaches_nobody_is_passed_at_once(incident, alice):
    alice.contact_methods.all().delete()

    paging.open_due(now=MONDAY)

    assert paged(incident) == ["Alice Moreau", "Bob Kimani"]
    assert Attempt.objects.get().address == "bob@example.com"
    assert incident.timeline.filter(kind="unreachable").exists()


def test_an_unverified_method_is_not_used(incident, alice):
    alice.contact_methods.update(verified_at=None)

    paging.open_due(now=MONDAY)

    assert not Attempt.objects.filter(page__user=alice).exists()


def test_a_policy_at_its_end_pages_administrators_and_says_so(incident):
    dora = make.dora()
    for minutes in (0, 5, 10):
        paging.open_due(now=MONDAY + minutes * MINUTE)

    incident.refresh_from_db()
    assert incident.exhausted_at == MONDAY + 10 * MINUTE
    assert incident.page_after is None
    assert paged(incident)[-1] == dora.name


def test_a_policy_repeats_before_it_ends(alice):
    policy = make.policy(alice, repeats=2)
    incident = make.incident(of=make.service(escalation_policy=policy))
    for minutes in (0, 5, 10, 15):
        paging.open_due(now=MONDAY + minutes * MINUTE)

    assert paged(incident) == ["Alice Moreau"] * 3
    assert Incident.objects.get().exhausted_at == MONDAY + 15 * MINUTE


def test_a_policy_that_reaches_nobody_ends_at_once(alice):
    dora = make.dora()
    alice.contact_methods.all().delete()
    incident = make.incident(of=make.service(escalation_policy=make.policy(alice, repeats=9)))

    paging.open_due(now=MONDAY)

    assert paged(incident) == ["Alice Moreau", dora.name]


def test_a_service_without_a_policy_pages_the_teams_managers(bob):
    owner = make.team("Payments", managers=(bob,))
    incident = make.incident(of=make.service(owner=owner))

    paging.open_due(now=MONDAY)

    assert paged(incident) == ["Bob Kimani"]


def test_escalating_pages_the_next_step_now(incident, alice):
    paging.open_due(now=MONDAY)
    incident.refresh_from_db()
    incident.escalate(by=alice, at=MONDAY + MINUTE)

    paging.open_due(now=MONDAY + MINUTE)

    assert paged(incident) == ["Alice Moreau", "Bob Kimani"]


def test_an_incident_triggered_again_starts_at_the_first_step(incident, alice):
    paging.open_due(now=MONDAY)
    incident.resolve(by=alice, at=MONDAY + MINUTE)
    incident.trigger_again(by=None, at=MONDAY + 2 * MINUTE)

    paging.open_due(now=MONDAY + 2 * MINUTE)

    assert [page.cycle for page in incident.pages.all()] == [1, 2]
    assert paged(incident) == ["Alice Moreau", "Alice Moreau"]


def test_an_incident_below_sev_3_pages_nobody(alice):
    incident = make.incident(severity=4, page_after=None, of=make.service(escalation_policy=make.policy(alice)))
    paging.open_due(now=MONDAY)
    assert not incident.pages.exists()

    incident.change_severity(1, by=alice, at=MONDAY + MINUTE)
    paging.open_due(now=MONDAY + MINUTE)
    assert paged(incident) == ["Alice Moreau"]


def test_first_pages_go_before_second_ones(incident, alice):
    paging.open_due(now=MONDAY)
    Attempt.objects.update(state="sent")
    later = MONDAY + 5 * MINUTE
    other = make.incident("Ledger lags", of=make.service("ledger", escalation_policy=make.policy(alice)), at=later)

    paging.open_due(now=later)

    first = Attempt.objects.sendable(later).first()
    assert first.page.incident == other


def test_a_policy_made_shorter_meanwhile_goes_on_with_its_next_round(alice, bob):
    policy = make.policy(alice, bob, repeats=1)
    incident = make.incident(of=make.service(escalation_policy=policy))
    paging.open_due(now=MONDAY)
    policy.steps.last().delete()

    paging.open_due(now=MONDAY + 5 * MINUTE)

    assert [(page.user.name, page.round) for page in incident.pages.all()] == [("Alice Moreau", 0), ("Alice Moreau", 1)]


def test_a_policy_is_read_in_two_statements(django_assert_num_queries, alice, bob):
    """One for the version, one for all of its steps."""
    policy = make.policy(alice, bob)

    with django_assert_num_queries(2):
        _, steps = Directory(MONDAY).version(policy.current_id)

    assert [[target.user for target in step.targets] for step in steps] == [[alice.pk], [bob.pk]]


def test_an_incident_that_cannot_be_paged_keeps_no_other_from_its_page(alice, mailoutbox):
    """Its step was paged already, which the walk believes it was not."""
    service = make.service(escalation_policy=make.policy(alice))
    poison, well = make.incident("Poison", of=service), make.incident("Well", of=service)
    Page.objects.create(incident=poison, user=alice, cycle=1, round=0, step=0, reason="before", opened_at=MONDAY)

    paging.tick(now=MONDAY)

    assert [mail.subject for mail in mailoutbox] == [f"[SEV 2] payments-api: {well.title}"]


def test_in_a_storm_the_first_pages_go_out_before_the_last_are_opened(alice, mailoutbox):
    service = make.service(escalation_policy=make.policy(alice))
    for number in range(paging.BATCH + 5):
        make.incident(f"Trouble {number}", of=service)

    paging.tick(now=MONDAY, at_once=1)

    assert [mail.subject.partition(" in ")[0] for mail in mailoutbox] == ["[SEV 2] 25 incidents", "[SEV 2] 5 incidents"]
    first_sent = Attempt.objects.order_by("sent_at").first().sent_at
    assert first_sent < Page.objects.latest("opened_at").opened_at


def test_a_tick_opens_pages_in_few_queries(django_assert_max_num_queries, alice):
    service = make.service(escalation_policy=make.policy(make.schedule("Payments primary", alice)))
    for _ in range(10):
        make.incident(of=service)

    with django_assert_max_num_queries(25):
        paging.open_due(now=MONDAY)
