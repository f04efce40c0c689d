"""Which deployments are suspected, and what a person's word does."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from oncall import suspecting
from oncall.models import Alert, Incident, Verdict
from tests import make
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def incident():
    return make.incident(environment=make.environment())


def suspects(incident):
    return [suspect.deployment.version for suspect in suspecting.rank(incident, MONDAY).suspects.all()]


def with_alert(incident, **labels):
    door, _ = make.integration(of=incident.service)
    return Alert.objects.create(
        integration=door,
        service=incident.service,
        incident=incident,
        dedup_key=f"{labels}{incident.pk}",
        title="x",
        labels=labels,
        started_at=incident.triggered_at,
        opened_at=incident.triggered_at,
        last_signal_at=incident.triggered_at,
    )


def test_the_latest_change_of_the_service_is_the_top_suspect(incident):
    make.deployment("1.41.0", at=MONDAY - 30 * HOUR)
    make.deployment("1.42.0", at=MONDAY - 9 * MINUTE)

    assert suspects(incident) == ["1.42.0", "1.41.0"]


def test_a_change_elsewhere_is_no_candidate(incident):
    make.deployment("1.42.0", at=MONDAY - 9 * MINUTE, environment=make.environment("us-east-1"))
    make.deployment("7", of=make.service("unrelated"), at=MONDAY - 9 * MINUTE)

    ranking = suspecting.rank(incident, MONDAY)
    assert not ranking.suspects.exists()
    assert ranking.p_no_change == 1


def test_changes_two_hops_upstream_are_candidates_and_three_are_not(incident):
    first, second, third = (make.service(name) for name in ("risk", "rules", "storage"))
    make.needs(incident.service, first)
    make.needs(first, second)
    make.needs(second, third)
    for service in (first, second, third):
        make.deployment(service.name, of=service, at=MONDAY - 9 * MINUTE)

    assert suspects(incident) == ["risk", "rules"]


def test_a_change_after_the_impact_or_days_before_is_no_candidate(incident):
    make.deployment("later", at=MONDAY + 10 * MINUTE)
    make.deployment("ancient", at=MONDAY - 97 * HOUR)

    assert suspects(incident) == []


def test_an_error_that_is_new_with_a_change_makes_it_a_confident_suspect(incident):
    make.deployment("1.42.0", at=MONDAY - 9 * MINUTE)
    with_alert(incident, error="IssuerTimeout")

    top = suspecting.rank(incident, MONDAY).suspects.get()
    assert top.probability > 0.7
    assert any("IssuerTimeout" in reason for reason in top.reasons)


def test_an_error_known_before_a_change_speaks_for_it(incident):
    make.deployment("1.42.0", at=MONDAY - 9 * MINUTE)
    earlier = make.incident("before", at=MONDAY - 5 * HOUR)
    with_alert(earlier, error="IssuerTimeout")
    with_alert(incident, error="IssuerTimeout")

    assert suspecting.rank(incident, MONDAY).suspects.get().probability < 0.3


def test_a_failed_deployment_weighs_more(incident):
    make.deployment("1.42.0", at=MONDAY - 9 * MINUTE, state="failed")

    assert suspecting.rank(incident, MONDAY).suspects.get().probability > 0.7


def test_every_ranking_is_kept_and_the_next_one_owed(incident):
    incident.rank_after = MONDAY
    incident.save()

    suspecting.rank_due(MONDAY)
    suspecting.rank_due(MONDAY + 1 * MINUTE)

    incident.refresh_from_db()
    assert incident.rankings.count() == 2
    assert incident.rank_after == MONDAY + 3 * MINUTE


def test_an_incident_that_cannot_be_ranked_keeps_no_other_from_its_suspects(incident):
    other = make.incident("Ledger lags", of=make.service("ledger"), rank_after=MONDAY)
    with_alert(incident)
    Alert.objects.update(labels=["not", "a", "mapping"])
    Incident.objects.filter(pk=incident.pk).update(rank_after=MONDAY - MINUTE)

    assert suspecting.rank_due(MONDAY) == 1

    assert other.rankings.count() == 1
    incident.refresh_from_db()
    assert incident.rank_after == MONDAY + MINUTE


@pytest.mark.django_db(transaction=True)
def test_an_incident_that_is_being_ranked_by_another_is_left_alone(incident):
    Incident.objects.update(rank_after=MONDAY)
    gate = threading.Barrier(2)

    def rank(_):
        try:
            gate.wait()
            return suspecting.rank_due(MONDAY)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        assert sum(threads.map(rank, range(2))) == 1


def test_a_change_within_the_skew_of_clocks_after_the_impact_is_weighed_too(incident):
    suspecting.evidence_came(make.deployment("1.42.0", at=MONDAY + MINUTE), MONDAY + 5 * MINUTE)

    incident.refresh_from_db()
    assert incident.rank_after == MONDAY + 5 * MINUTE


def test_a_change_that_fails_later_is_weighed_at_once(incident):
    late = make.deployment("1.42.0", at=MONDAY - 9 * MINUTE)
    suspecting.evidence_came(late, MONDAY + 5 * MINUTE)

    incident.refresh_from_db()
    assert incident.rank_after == MONDAY + 5 * MINUTE


def test_a_later_verdict_replaces_the_earlier_one(incident):
    change = make.deployment("1.42.0", at=MONDAY - 9 * MINUTE)
    incident.verdicts.pass_on(incident, change, "ruled_out", make.alice(), MONDAY)
    incident.verdicts.pass_on(incident, change, "confirmed", make.bob(), MONDAY)

    assert Verdict.objects.get().by == make.bob()
    assert incident.timeline.filter(kind="verdict").count() == 2


def test_ranking_takes_few_queries_whatever_the_number_of_services(incident, django_assert_max_num_queries):
    for number in range(30):
        upper = make.service(f"upstream-{number}")
        make.needs(incident.service, upper)
        make.deployment("1", of=upper, at=MONDAY - 9 * MINUTE)

    with django_assert_max_num_queries(13):
        suspecting.rank(incident, MONDAY)
