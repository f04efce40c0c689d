"""What a person's word does to paging: escalate, change the severity, trigger again."""

from datetime import timedelta

import pytest

from oncall import paging
from oncall.exceptions import Conflict
from oncall.models import Attempt
from tests import make
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def alice():
    return make.alice()


@pytest.fixture
def incident(alice):
    return make.incident(of=make.service(escalation_policy=make.policy(alice)))


@pytest.fixture
def exhausted(incident):
    """The only step was paged, the last resort found nobody."""
    for minutes in (0, 5):
        paging.tick(now=MONDAY + minutes * MINUTE)
    incident.refresh_from_db()
    assert incident.exhausted_at
    return incident


def pages(incident):
    return [(page.user.name, page.cycle) for page in incident.pages.all()]


def test_escalating_at_the_end_of_the_policy_pages_everybody_again(exhausted, mailoutbox):
    exhausted.escalate(by=make.bob(), at=MONDAY + 6 * MINUTE)
    paging.tick(now=MONDAY + 6 * MINUTE)

    assert pages(exhausted) == [("Alice Moreau", 1), ("Alice Moreau", 2)]
    assert len(mailoutbox) == 2


def test_a_worse_severity_at_the_end_of_the_policy_pages_everybody_again(exhausted):
    exhausted.change_severity(1, by=None, at=MONDAY + 6 * MINUTE)
    paging.tick(now=MONDAY + 6 * MINUTE)

    assert pages(exhausted)[-1] == ("Alice Moreau", 2)


def test_a_milder_severity_at_the_end_of_the_policy_pages_nobody(exhausted):
    exhausted.change_severity(3, by=None, at=MONDAY + 6 * MINUTE)
    paging.tick(now=MONDAY + 6 * MINUTE)

    assert len(pages(exhausted)) == 1


def test_a_severity_that_pages_nobody_is_not_escalated(incident, alice):
    incident.change_severity(4, by=alice, at=MONDAY)

    with pytest.raises(Conflict, match="SEV 4 pages nobody"):
        incident.escalate(by=alice, at=MONDAY)


def test_lowering_the_severity_withdraws_what_has_not_gone_out(incident, alice, mailoutbox):
    paging.open_due(now=MONDAY)
    incident.refresh_from_db()
    incident.change_severity(5, by=alice, at=MONDAY)

    paging.tick(now=MONDAY)

    assert Attempt.objects.get().state == "withdrawn"
    assert not mailoutbox


def test_the_first_page_of_an_incident_that_is_back_goes_before_second_pages(incident, alice):
    paging.open_due(now=MONDAY)
    incident.refresh_from_db()
    incident.resolve(by=alice, at=MONDAY)
    incident.trigger_again(by=None, at=MONDAY + MINUTE)

    paging.open_due(now=MONDAY + MINUTE)

    assert Attempt.objects.latest("pk").priority == 0


def test_an_incident_that_is_back_keeps_when_the_impact_began(incident, alice):
    incident.resolve(by=alice, at=MONDAY + MINUTE)
    incident.trigger_again(by=None, at=MONDAY + 2 * MINUTE)

    assert incident.impact_started_at == MONDAY
    assert (incident.mitigated_at, incident.resolved_at) == (None, None)


def test_a_refusal_says_the_day_too(incident):
    incident.resolve(by=make.bob(), at=MONDAY)

    with pytest.raises(Conflict, match="resolved by Bob Kimani at 14:02:00 UTC on 16 November 2026"):
        incident.acknowledge(by=make.alice(), at=MONDAY + timedelta(days=3))
