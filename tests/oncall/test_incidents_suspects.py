"""What changed? Suspects with their reasons, verdicts that beat them, and what ran where when the impact began."""

from datetime import timedelta

import pytest

from oncall.models import Deployment, Ranking, RunningVersion, Suspect, Verdict
from oncall.surveying import stages_at, stages_now
from oncall.views.incident_suspects import what_changed
from tests import make
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def alice():
    return make.alice()


@pytest.fixture
def incident():
    return make.incident(environment=make.environment())


def ranked(incident, *probabilities, at=MONDAY):
    """A ranking with a deployment for each probability; what is left is "not a change"."""
    ranking = Ranking.objects.create(incident=incident, made_at=at, p_no_change=1 - sum(probabilities))
    found = [make.deployment(f"1.{place}.0", at=MONDAY - 9 * MINUTE) for place, _ in enumerate(probabilities)]
    for deployment, probability in zip(found, probabilities, strict=True):
        reasons = [f"reached eu-west-1 nine minutes before {deployment.version}"]
        Suspect.objects.create(ranking=ranking, deployment=deployment, probability=probability, reasons=reasons)
    return found


def screen(client, incident, by):
    client.force_login(by)
    return client.get(incident.get_absolute_url()).content.decode()


def test_each_suspect_is_shown_with_its_likelihood_and_reasons(client, incident, alice):
    ranked(incident, 0.86, 0.05)

    text = screen(client, incident, alice)

    assert "86\u00a0%" in text
    assert "reached eu-west-1 nine minutes before 1.0.0" in text
    assert "9\u00a0%" in text.partition('id="no-change"')[2]


def test_below_one_half_nobody_is_named(client, incident, alice):
    ranked(incident, 0.49, 0.1)

    assert what_changed(incident).leading is None
    assert "No confident suspect." in screen(client, incident, alice)


def test_when_no_change_is_likeliest_it_comes_first_and_crumbs_are_folded(client, incident, alice):
    ranked(incident, 0.2, 0.01)

    text = screen(client, incident, alice)

    assert text.index('id="no-change"') < text.index("payments-api 1.0.0")
    assert "1 less likely" in text


def test_without_candidates_the_screen_says_that_nothing_was_put_out(client, incident, alice):
    ranked(incident)

    assert "No deployment reached this service" in screen(client, incident, alice)


def test_before_the_first_ranking_the_screen_says_that_it_is_coming(client, incident, alice):
    incident.rank_after = MONDAY
    incident.save()

    assert "are being weighed" in screen(client, incident, alice)


def test_only_the_newest_ranking_counts(incident):
    ranked(incident, 0.9)
    _, newer = ranked(incident, 0.2, 0.7, at=MONDAY + 3 * MINUTE)

    assert what_changed(incident).leading.deployment == newer


def test_a_confirmed_suspect_beats_a_likelier_one(client, incident, alice):
    likelier, confirmed = ranked(incident, 0.8, 0.1)
    client.force_login(alice)

    client.post(f"/incidents/{incident.pk}/suspects/{confirmed.pk}/confirm/")

    assert what_changed(incident).leading.deployment == confirmed
    assert what_changed(incident).deployments == [confirmed, likelier]


def test_the_verdict_shows_who_passed_it_and_what_was_computed(client, incident, alice):
    (deployment,) = ranked(incident, 0.86)
    client.force_login(alice)

    text = client.post(f"/incidents/{incident.pk}/suspects/{deployment.pk}/confirm/", headers=HTMX).content.decode()

    assert "It was this" in text
    assert "computed 86\N{NO-BREAK SPACE}%" in text
    assert Verdict.objects.get().by == alice
    assert incident.timeline.get(kind="verdict").actor == alice


def test_what_is_ruled_out_comes_last_and_leads_no_more(client, incident, alice):
    first, second = ranked(incident, 0.86, 0.05)
    client.force_login(alice)

    answer = client.post(f"/incidents/{incident.pk}/suspects/{first.pk}/rule-out/")

    assert answer.status_code == 303
    assert what_changed(incident).leading is None
    assert what_changed(incident).deployments == [second, first]


def test_a_verdict_may_be_changed_and_the_timeline_keeps_both(client, incident, alice):
    (deployment,) = ranked(incident, 0.86)
    client.force_login(alice)

    for ruling in ("rule-out", "confirm"):
        client.post(f"/incidents/{incident.pk}/suspects/{deployment.pk}/{ruling}/")

    assert Verdict.objects.get().ruling == "confirmed"
    assert incident.timeline.filter(kind="verdict").count() == 2


def test_a_change_that_no_ranking_names_can_be_confirmed(client, incident, alice):
    deployment = make.deployment("7.0", at=MONDAY - timedelta(days=9))
    client.force_login(alice)

    client.post(f"/incidents/{incident.pk}/suspects/{deployment.pk}/confirm/")

    assert what_changed(incident).leading.deployment == deployment


def test_a_verdict_on_a_deployment_that_does_not_exist_is_not_found(client, incident, alice):
    client.force_login(alice)

    assert client.post(f"/incidents/{incident.pk}/suspects/99999999/confirm/").status_code == 404


def test_deployments_around_the_impact_stand_on_the_timeline(client, incident, alice):
    make.deployment("1.42.0", at=MONDAY - 9 * MINUTE)
    make.deployment("0.9", at=MONDAY - timedelta(days=3))

    text = screen(client, incident, alice)

    assert "payments-api 1.42.0</strong></a> reached eu-west-1" in text
    assert "payments-api 0.9</strong>" not in text


def put(version, place, ago, **facts):
    """A deployment of payments-api into an environment, so long before MONDAY."""
    made = make.deployment(version, environment=place, at=MONDAY - ago, **facts)
    if made.state == "succeeded":
        RunningVersion.objects.update_or_create(
            service=made.service, environment=place, defaults={"deployment": made, "since": made.reached_at}
        )
    return made


def test_the_service_is_shown_as_it_was_when_the_impact_began():
    one_box, europe = make.environment("one-box", wave=1), make.environment("eu-west-1", wave=2)
    put("1.42.0", one_box, 61 * MINUTE)
    put("1.41.7", europe, timedelta(days=2))
    put("1.42.0", europe, 9 * MINUTE)
    put("1.42.1", europe, -20 * MINUTE)

    stages = stages_at(make.service(), MONDAY, guilty={europe.pk})

    assert [(one["name"], one["version"], one["state"]) for one in stages] == [
        ("one-box", "1.42.0", ""),
        ("eu-west-1", "1.42.0", "bad"),
    ]
    assert stages[1]["detail"] == "9 minutes old"


def test_a_version_on_its_way_when_the_impact_began_is_shown_as_arriving():
    europe = make.environment()
    put("1.41.7", europe, timedelta(days=2))
    put("1.42.0", europe, 4 * MINUTE, state="started")

    (stage,) = stages_at(make.service(), MONDAY)

    assert (stage["version"], stage["detail"]) == ("1.42.0", "arriving for 4 minutes")


def test_where_a_deployment_failed_the_version_before_it_runs():
    europe = make.environment()
    before = put("1.41.7", europe, timedelta(days=2))
    put("1.42.0", europe, 9 * MINUTE, state="failed", previous=before)

    (stage,) = stages_at(make.service(), MONDAY)

    assert (stage["version"], stage["detail"]) == ("1.41.7", "1.42.0 failed")


def test_a_change_of_configuration_is_named_beside_the_version_it_changes():
    europe = make.environment()
    put("1.42.0", europe, timedelta(days=2))
    put("config 7", europe, 9 * MINUTE, kind="config")

    (stage,) = stages_at(make.service(), MONDAY)

    assert (stage["version"], stage["detail"]) == ("1.42.0", "2 days old; config 7 9 minutes old")


def test_what_was_rolled_back_since_ran_when_the_impact_began_and_runs_no_more():
    europe = make.environment()
    before = put("1.41.7", europe, timedelta(days=2))
    put("1.42.0", europe, 9 * MINUTE, state="rolled_back", previous=before)
    Deployment.objects.filter(version="1.42.0").update(finished_at=MONDAY - 8 * MINUTE)

    (then,), (now,) = stages_at(make.service(), MONDAY), stages_now(make.service(), MONDAY)

    assert (then["version"], now["version"]) == ("1.42.0", "1.41.7")
    assert now["detail"] == "1.42.0 was rolled back"


def test_environments_without_the_newest_version_are_told_apart():
    one_box, europe = make.environment("one-box", wave=1), make.environment("eu-west-1", wave=2)
    put("1.41.7", europe, timedelta(days=2))
    put("1.42.0", one_box, 9 * MINUTE)

    stages = stages_now(make.service(), MONDAY)

    assert [(one["name"], one["detail"]) for one in stages] == [
        ("one-box", "9 minutes old"),
        ("eu-west-1", "2 days old, without 1.42.0"),
    ]
