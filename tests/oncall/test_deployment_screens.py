"""The listing of deployments and the screen of one: order, filters, neighbours, suspicions, in few queries."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from oncall.models import Deployment, Ranking, RunningVersion, Suspect
from oncall.views.deployment_rhythm import rhythm_of
from tests import make
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def alice():
    return make.alice()


@pytest.fixture
def listing(client, alice):
    """The versions on one screenful, in order, and the answer itself."""
    client.force_login(alice)

    def listing(**query):
        answer = client.get("/deployments/", query)
        return [one.version for one in answer.context["deployments"]], answer

    return listing


def test_the_newest_deployment_comes_first(listing):
    for version, ago in (("1.1", 3), ("1.3", 1), ("1.2", 2)):
        make.deployment(version, at=MONDAY - ago * HOUR)

    assert listing()[0] == ["1.3", "1.2", "1.1"]


@pytest.mark.parametrize(
    "query",
    [
        {"service": "ledger-api"},
        {"service": "Ledger-API"},
        {"team": "ledger"},
        {"environment": "gamma"},
        {"state": "failed"},
        {"kind": "config"},
        {"day": "2026-11-17"},
    ],
    ids=str,
)
def test_the_listing_is_narrowed(listing, query):
    ledger = make.service("ledger-api", owner=make.team("Ledger"))
    late = datetime(2026, 11, 16, 23, 30, tzinfo=UTC)  # the 17th in Paris, where Alice is
    make.deployment("wanted", of=ledger, environment=make.environment("gamma"), state="failed", kind="config", at=late)
    make.deployment("other")

    assert listing(**query)[0] == ["wanted"]


@pytest.mark.parametrize(
    "query",
    [
        {"day": "yesterday"},
        {"day": "9999-12-31"},
        {"before": "x"},
        {"after": "9" * 30},
        {"state": "lost"},
        {"service": "?"},
    ],
    ids=str,
)
def test_senseless_filters_never_break_the_listing(listing, query):
    assert listing(**query)[1].status_code == 200


def test_one_walks_to_older_and_back_without_gap_or_repetition(listing):
    """Forty of them at the same instant, so that the number decides."""
    for number in range(120):
        make.deployment(f"v{number:03}", at=MONDAY + max(number - 40, 0) * HOUR)
    first, answer = listing()
    second, answer = listing(before=answer.context["older_than"])
    third, answer = listing(before=answer.context["older_than"])

    assert [*first, *second, *third] == [f"v{number:03}" for number in range(119, -1, -1)]
    assert answer.context["older_than"] is None
    assert listing(after=answer.context["newer_than"])[0] == second


def test_the_listing_takes_the_same_queries_for_one_deployment_and_for_fifty(listing):
    make.deployment("first")
    with CaptureQueriesContext(
        connection,
    ) as one:
        listing()
    for number in range(60):
        make.deployment(f"v{number}", of=make.service(f"service-{number}"))

    with CaptureQueriesContext(connection) as many:
        listing()

    assert len(many) == len(one) <= 20


def test_the_listing_of_a_service_shows_what_runs_where(listing):
    made = make.deployment("1.42.0", at=MONDAY)
    RunningVersion.objects.create(
        service=made.service, environment=made.environment, deployment=made, since=made.reached_at
    )

    text = listing(service="payments-api")[1].content.decode()

    assert "What runs where" in text
    assert "The last thirty days" in text


def test_an_empty_listing_says_how_deployments_come_in(listing):
    assert "Point your delivery tool" in listing()[1].content.decode()
    assert "No deployment matches" in listing(state="failed")[1].content.decode()


def screen(client, deployment, by):
    client.force_login(by)
    return client.get(deployment.get_absolute_url())


def test_a_deployment_is_shown_among_its_neighbours_in_that_environment(client, alice):
    before, one, after = (make.deployment(f"1.{number}", at=MONDAY + number * HOUR) for number in range(3))
    make.deployment("elsewhere", environment=make.environment("us-east-1"))

    answer = screen(client, one, alice)

    assert answer.context["neighbours"] == [after, one, before]


def test_a_deployment_names_the_incidents_it_is_suspected_of_by_their_newest_ranking(client, alice):
    deployment, incident = make.deployment(at=MONDAY), make.incident("Declines")
    for minute, probability in ((0, 0.2), (3, 0.86)):
        made_at = MONDAY + timedelta(minutes=minute)
        ranking = Ranking.objects.create(incident=incident, made_at=made_at, p_no_change=1 - probability)
        Suspect.objects.create(ranking=ranking, deployment=deployment, probability=probability)

    text = screen(client, deployment, alice).content.decode()

    assert "Declines" in text
    assert "86\u00a0%" in text
    assert "20\u00a0%" not in text


def test_a_verdict_is_shown_with_who_passed_it(client, alice):
    deployment, incident = make.deployment(), make.incident()
    incident.verdicts.pass_on(incident, deployment, "ruled_out", by=make.bob(), at=MONDAY)

    text = screen(client, deployment, alice).content.decode()

    assert "Ruled out" in text
    assert "Bob Kimani" in text


def test_a_deployment_of_which_little_is_known_has_its_screen_too(client, alice):
    bare = Deployment.objects.create(service=make.service(), environment=make.environment(), external_id="x")

    answer = screen(client, bare, alice)

    assert answer.status_code == 200
    assert "#x" in answer.content.decode()


def test_strangers_are_asked_to_sign_in(client):
    for path in ("/deployments/", make.deployment().get_absolute_url()):
        assert client.get(path).status_code == 302


def test_the_rhythm_counts_days_of_the_viewer():
    service = make.service()
    make.deployment(at=datetime(2026, 11, 15, 23, 30, tzinfo=UTC), state="failed")
    make.incident(at=MONDAY)

    with timezone.override("Europe/Paris"):
        days = {day.on: day for day in rhythm_of(service, MONDAY)}

    assert len(days) == 30
    monday = days[date(2026, 11, 16)]
    assert (monday.deployments, monday.troubled, monday.incidents) == (1, 1, 1)
    assert days[date(2026, 11, 15)].deployments == 0
