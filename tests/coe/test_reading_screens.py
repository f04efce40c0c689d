"""Home, library, search and reader: what a person sees there, and in how many queries."""

from datetime import timedelta

import pytest
from django.utils import timezone

from coe.models import COE, Section
from tests import make
from tests.coe.writers import publish

pytestmark = pytest.mark.django_db
TEXT = "One timeout served all issuers, so one slow issuer exhausted the pool."


@pytest.fixture
def alice(client):
    user = make.alice()
    make.team("Payments", user)
    client.force_login(user)
    return user


def published(title="38 % of card checkouts were declined for 27 minutes", **facts) -> COE:
    coe = make.coe(title, state="approved", **facts)
    Section.objects.filter(coe=coe, key="summary").update(text=TEXT)
    publish(coe, timezone.now())
    return coe


def shown(client, url, **query):
    answer = client.get(url, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_home_names_the_incident_that_calls_and_until_when_one_is_on_call(client, alice):
    make.schedule("Payments primary", alice)
    make.incident("Cards are declined", of=make.service(owner=make.team("Payments")))

    screen = shown(client, "/")

    assert "You are on call for Payments primary until" in screen
    assert "Cards are declined" in screen
    assert "Acknowledge" in screen


def test_a_shift_that_never_ends_has_no_date(client, alice):
    make.schedule("Payments primary", alice)

    screen = shown(client, "/")

    assert screen.count("until further notice") >= 2
    assert " until <time" not in screen


def test_the_rail_leads_to_ones_teams_and_to_all_of_them(client, alice):
    screen = shown(client, "/")

    assert screen.count('href="/teams/payments/"') == 2
    assert screen.count('href="/teams/"') == 2
    assert screen.count('href="/services/"') == 2


def test_somebody_in_no_team_finds_all_teams_too(client, alice):
    client.force_login(make.person("Nadia New"))

    assert 'href="/teams/"' in shown(client, "/")


def test_home_shows_what_waits_for_somebody(client, alice):
    action = make.action("Give each issuer a pool", of=published(owner=make.carol()), owner=alice, due_in=-30)

    assert action.title in shown(client, "/")


def test_home_of_a_quiet_day_says_so(client, alice):
    screen = shown(client, "/")

    assert "You are not on call" in screen
    assert "Nothing waits for you" in screen


def test_the_auditors_findings_are_told_to_administrators_only(client, alice):
    from oncall import auditing

    make.incident(page_after=None)
    auditing.audit(auditing.CHECKS, timezone.now())
    assert "The auditor finds" not in shown(client, "/")

    client.force_login(make.dora())
    assert "The auditor finds 1 thing" in shown(client, "/")


def test_what_was_published_a_moment_ago_is_found_with_its_words_marked(client, alice):
    published()

    screen = shown(client, "/search/", q="issuers exhausted")

    assert "<mark>" in screen
    assert "1 COE" in screen


def test_the_library_shows_how_the_summary_begins(client, alice):
    coe = make.coe(state="approved")
    Section.objects.filter(coe=coe, key="lucky").update(text="It was a quiet Sunday.")
    Section.objects.filter(coe=coe, key="summary").update(text=TEXT)
    publish(coe, timezone.now())

    screen = shown(client, "/coes/")

    assert screen.index(TEXT) < screen.index("It was a quiet Sunday.")


def test_the_library_narrows_by_team_and_severity(client, alice):
    published("Cards declined", severity=2)
    published("Ledger late", severity=3, team=make.team("Ledger"))

    screen = shown(client, "/coes/", team="ledger")

    assert "Ledger late" in screen
    assert "Cards declined" not in screen
    assert "SEV 3" in screen


def test_a_number_leads_straight_to_its_screen(client, alice):
    coe, incident = published(), make.incident()

    assert client.get("/search/", {"q": f"coe-{coe.pk}"}).url == f"/coes/{coe.pk}/"
    assert client.get("/search/", {"q": f"INC-{incident.pk}"}).url == f"/incidents/{incident.pk}/"


def test_search_offers_more_than_coes(client, alice):
    make.incident("Ledger is late")
    make.service("ledger-api")

    screen = shown(client, "/search/", q="ledger")

    assert "Ledger is late" in screen
    assert "ledger-api" in screen


@pytest.mark.parametrize("query", ["", "((", '"', "a" * 5_000, "team:", "-", "\u0000x", "%00", "../../etc", "page"])
def test_no_search_fails(client, alice, query):
    assert client.get("/search/", {"q": query, "page": query, "severity": query}).status_code in {200, 400}


def test_the_reader_shows_the_published_text_while_actions_live_on(client, alice):
    coe = published()
    make.action("Give each issuer a pool", of=coe)
    Section.objects.filter(coe=coe).update(text="Rewritten afterwards.")

    screen = shown(client, f"/coes/{coe.pk}/")

    assert TEXT in screen
    assert "Rewritten afterwards." not in screen
    assert "Give each issuer a pool" in screen


def test_a_draft_says_that_it_is_one(client, alice):
    assert "Not published yet." in shown(client, f"/coes/{make.coe().pk}/")


def test_the_markdown_of_a_coe_can_be_taken_elsewhere(client, alice):
    coe = published()
    answer = client.get(f"/coes/{coe.pk}/markdown/")

    assert answer["Content-Disposition"] == f'attachment; filename="COE-{coe.pk}.md"'
    assert TEXT in answer.content.decode()


def test_what_is_measured_is_defined_beside_the_number(client, alice):
    coe = make.coe()
    for anchor, minutes in (("impact_started", 0), ("detected", 9)):
        coe.timeline.create(at=make.MONDAY + timedelta(minutes=minutes), text="Cards are declined", anchor=anchor)

    screen = shown(client, f"/coes/{coe.pk}/")

    assert "<dd>from the start of the impact to its detection</dd>" in screen


def test_times_stand_in_the_coes_own_zone_and_say_so(client, alice):
    coe = make.coe(zone="Asia/Tokyo")
    coe.timeline.create(at=make.MONDAY, text="Cards are declined", anchor="impact_started")

    screen = shown(client, f"/coes/{coe.pk}/")

    assert "23:02" in screen
    assert "Asia/Tokyo" in screen


@pytest.mark.parametrize(("url", "most"), [("/", 36), ("/coes/", 24), ("/search/?q=cards", 26)])
def test_screens_take_few_queries_when_there_is_much(client, alice, url, most, django_assert_max_num_queries):
    for number in range(8):
        published(f"Cards declined {number}", owner=make.carol(), team=make.team(f"Team {number}"))
        make.incident(f"Cards {number}", of=make.service(f"cards-{number}", owner=make.team("Payments")))
    client.get(url)

    with django_assert_max_num_queries(most):
        client.get(url)


def test_the_reader_takes_few_queries(client, alice, django_assert_max_num_queries):
    coe = published()
    for number in range(8):
        make.action(f"Action {number}", of=coe, owner=make.carol())

    with django_assert_max_num_queries(26):
        client.get(f"/coes/{coe.pk}/")
