"""The demonstration organisation: whole, plausible, the same every time, and never loaded twice."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db.models import Count

from coe import covering
from coe.models import COE, ActionItem, Review, SearchChange
from coe.template import Role
from demo import seeding
from demo.showpieces import FOLDER
from oncall import shifts
from oncall.models import (
    Deployment,
    Incident,
    Page,
    RunningVersion,
    Schedule,
    Service,
    Signal,
    Team,
    User,
    Verdict,
)

NOW = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)
ACCOUNTS = tuple(f"{who}@example.com" for who in ("oncall", "second", "other", "admin", "manager", "director"))

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def _seeded(django_db_setup, django_db_blocker):
    """The organisation, made once for this module and taken back at its end."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        seeding.seed(NOW)
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _organisation(_seeded):
    return _seeded


def scene() -> Incident:
    return Incident.objects.get(title__startswith="Card authorisations failing")


def people_on_call(team: str, role: str = "primary", at: datetime = NOW) -> list[str]:
    definition = Schedule.objects.with_definition().get(team__slug=team).definition()
    return [User.objects.get(pk=pk).name for pk in shifts.on_call_at(definition, at, role)]


def test_loading_it_again_does_nothing_and_says_so(capsys):
    people = User.objects.count()

    call_command("seed_demo")

    assert "was not loaded" in capsys.readouterr().out
    assert User.objects.count() == people


@pytest.mark.parametrize("email", ACCOUNTS)
def test_the_accounts_can_sign_in_and_be_reached(client, email):
    person = User.objects.get(email=email)

    assert client.login(username=email, password="errata-demo")
    assert person.contact_methods.verified().exists()
    assert person.emailaddress_set.filter(verified=True, primary=True).exists()


def test_nobody_else_has_a_password():
    others = User.objects.exclude(email__in=ACCOUNTS)

    assert not any(person.has_usable_password() for person in others)


def test_only_dora_is_an_administrator():
    assert list(User.objects.filter(is_staff=True).values_list("name", flat=True)) == ["Dora Lindqvist"]


def test_alice_is_on_call_for_payments_and_bob_is_second_and_next():
    definition = Schedule.objects.with_definition().get(team__slug="payments").definition()
    after = shifts.next_shift(definition, NOW)

    assert people_on_call("payments") == ["Alice Moreau"]
    assert people_on_call("payments", "secondary") == ["Bob Kimani"]
    assert User.objects.get(pk=after.people[0]).name == "Bob Kimani"
    assert after.starts_at - NOW > timedelta(days=2)


def test_carol_is_of_another_team():
    assert list(User.objects.get(name="Carol Osei").teams.values_list("slug", flat=True)) == ["checkout"]


def test_somebody_is_on_call_for_every_service_for_the_last_ninety_days():
    for schedule in Schedule.objects.with_definition():
        assert not shifts.gaps(schedule.definition(), NOW - timedelta(days=90), NOW + timedelta(days=30))
    assert not Service.objects.filter(escalation_policy=None).exists()


def test_the_organisation_has_the_promised_size():
    assert 12 <= Team.objects.count() <= 16
    assert 40 <= Service.objects.count() <= 45
    assert 30 <= User.objects.count() <= 36
    assert 15_000 <= Deployment.objects.count() <= 25_000
    assert 110 <= Incident.objects.count() <= 140
    # One more is drafted by the product itself.
    assert COE.objects.count() == 399 + len(list(FOLDER.glob("*.yaml"))) + 1


def test_nothing_happened_in_the_future():
    assert not Deployment.objects.filter(finished_at__gt=NOW).exists()
    assert not Incident.objects.filter(triggered_at__gt=NOW).exists()
    assert not Incident.objects.filter(resolved_at__gt=NOW).exists()
    assert not COE.objects.filter(published_at__gt=NOW).exists()


def test_friday_is_quieter_than_tuesday_and_the_weekend_is_quiet():
    gamma = Deployment.objects.filter(environment__name="gamma")
    by_day = dict(gamma.values_list("reached_at__week_day").annotate(Count("pk")))
    sunday, tuesday, friday = by_day.get(1, 0), by_day[3], by_day[6]

    assert friday < tuesday / 2
    assert sunday < tuesday / 10


def test_what_runs_where_is_the_newest_succeeded_deployment():
    for running in RunningVersion.objects.select_related("deployment")[:40]:
        newest = (
            Deployment.objects.succeeded()
            .versions()
            .filter(service=running.service, environment=running.environment)
            .order_by("-finished_at")
            .first()
        )
        assert running.deployment.version == newest.version


def test_a_rollback_names_what_it_took_back():
    back = Deployment.objects.filter(rollback_of__isnull=False).select_related("rollback_of")

    assert back.count() > 20
    assert all(row.rollback_of.state == "rolled_back" for row in back)


def test_the_open_incident_is_triggered_and_its_page_is_owed_now():
    incident = scene()

    assert (incident.number, incident.state, incident.page_after) == ("INC-812", "triggered", NOW)
    assert not Page.objects.filter(incident=incident).exists()


def test_payments_api_1_42_0_is_the_confident_suspect_of_the_open_incident():
    ranking = scene().rankings.first()
    top = ranking.suspects.first()

    assert top.deployment.version == "1.42.0"
    assert top.probability > 0.75
    assert any("nine minutes before" in reason for reason in top.reasons)


def test_the_guilty_version_has_not_reached_the_next_region():
    versions = dict(
        RunningVersion.objects.filter(service__slug="payments-api").values_list(
            "environment__name", "deployment__version"
        )
    )

    assert (versions["eu-west-1"], versions["us-east-1"]) == ("1.42.0", "1.41.7")


def test_every_signal_belongs_to_an_alert():
    assert Signal.objects.exists()
    assert not Signal.objects.filter(events=None).exists()


def test_people_confirmed_changes_that_the_ranking_found():
    confirmed = Verdict.objects.filter(ruling="confirmed").select_related("incident")
    found = sum(
        verdict.incident.rankings.first().suspects.first().deployment_id == verdict.deployment_id
        for verdict in confirmed
        if verdict.incident.rankings.first().suspects.exists()
    )

    assert confirmed.count() > 35
    assert found / confirmed.count() > 0.7


def test_two_incidents_besides_are_in_somebodys_hands():
    others = Incident.objects.open().exclude(pk=scene().pk)

    assert {incident.state for incident in others} == {"mitigated"}
    assert others.count() == 2


def test_there_is_a_coe_in_every_state():
    assert set(COE.objects.values_list("state", flat=True)) == {state.value for state in COE.State}


def test_the_restricted_coe_is_hidden_from_those_it_does_not_name():
    restricted = COE.objects.get(audience="restricted")

    assert restricted not in COE.objects.visible_to(User.objects.get(name="Alice Moreau"))
    assert restricted in COE.objects.visible_to(User.objects.get(name="Zainab Rahimi"))


def test_alice_has_a_review_to_do_and_an_overdue_action():
    alice = User.objects.get(name="Alice Moreau")

    assert Review.objects.pending().filter(reviewer=alice).exists()
    overdue = ActionItem.objects.promised().filter(owner=alice).overdue(NOW.date())
    assert any(action.title.startswith("Run a slow and a refusing issuer") for action in overdue)


def test_action_items_are_open_overdue_done_and_verified():
    promised = ActionItem.objects.promised().filter(coe__source="")

    assert {"open", "done", "verified"} <= set(promised.values_list("state", flat=True))
    assert promised.overdue(NOW.date()).count() >= 3


def test_every_published_coe_is_in_the_change_table_and_has_its_revision():
    published = COE.objects.published()

    assert set(published.values_list("pk", flat=True)) == set(SearchChange.objects.values_list("coe_id", flat=True))
    assert not published.exclude(revisions__reason="published").exists()


def test_what_is_published_or_approved_was_approved_in_every_role():
    passed = COE.objects.filter(state__in=["approved", "published", "closed"], source="")

    assert passed.count() >= 9
    assert {coe.number: covering.coverage(coe).missing for coe in passed} == {coe.number: [] for coe in passed}


def test_a_bar_raiser_can_be_found_for_every_team():
    for team in Team.objects.filter(services__isnull=False).distinct():
        coe = COE(team=team, owner=team.members.first(), pk=0)
        assert covering.able_people(coe, Role.BAR_RAISER).exists(), team


def test_nobody_approved_the_own_coe():
    assert not any(review.reviewer_id == review.coe.owner_id for review in Review.objects.select_related("coe"))


def test_handmade_coes_end_at_corrections_with_owner_date_and_exit_test():
    handmade = ActionItem.objects.filter(coe__source="")

    assert not handmade.filter(owner=None).exists()
    assert not handmade.filter(exit_test="").exists()
    assert not handmade.filter(due_on=None).exists()


def test_handmade_coes_name_no_person():
    # Not first names: Sofia is a city as well.
    names = {person.name.split()[-1] for person in User.objects.all()}
    texts = [section.text for coe in COE.objects.filter(source="") for section in coe.sections.all()]
    texts += [event.text for coe in COE.objects.filter(source="") for event in coe.timeline.all()]

    words = {word.strip(".,:;()“”") for text in texts for word in text.split()}
    assert not words & names


def test_a_draft_made_by_the_product_starts_at_the_guilty_deployment():
    drafted = COE.objects.filter(source="", revisions__reason="drafted", revisions__number=1).latest("pk")

    assert drafted.state == "draft"
    assert drafted.timeline.first().deployment is not None


def test_a_coe_says_its_impact_in_the_title_with_a_number():
    for coe in COE.objects.filter(source="").exclude(state="draft"):
        assert any(letter.isdigit() for letter in coe.title) or coe.title.startswith(("No alert", "Nobody", "A leaked"))


def test_imported_coes_say_where_they_come_from():
    imported = COE.objects.exclude(source="")

    assert imported.count() == 399
    assert all("https://github.com/" in coe.source and "(" in coe.source for coe in imported)
