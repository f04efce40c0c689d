"""Schedules on screen: who is on call now, the timeline, findings."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from oncall.models import Override, Schedule
from tests import make

pytestmark = pytest.mark.django_db


def running(*people, owner=None, zone="Europe/Paris", name="Payments primary") -> Schedule:
    """A weekly rotation that began years ago, so that somebody is on call whenever the test runs."""
    schedule = make.schedule(name, *people, owner=owner or make.team("Payments", *people), zone=zone)
    schedule.layers.update(starts_on=date(2020, 1, 6))
    return schedule


@pytest.fixture
def alice(client):
    """Signed in, on call, in Payments."""
    user = make.alice()
    client.force_login(user)
    return user


def test_a_stranger_is_sent_to_sign_in(client):
    schedule = running(make.alice())

    answer = client.get(schedule.get_absolute_url())

    assert answer.status_code == 302
    assert answer.url.startswith("/account/login/")


def test_the_listing_says_who_is_on_call_everywhere(client, alice):
    running(alice)
    running(make.carol(), owner=make.team("Checkout", make.carol()), name="Checkout primary")

    page = client.get("/schedules/").content.decode()

    assert "You are on call" in page
    assert "Carol Osei" in page


def test_ones_own_schedules_stand_first(client, alice):
    running(make.carol(), owner=make.team("Aardvarks", make.carol()), name="Aardvark primary")
    mine = running(alice)

    page = client.get("/schedules/").content.decode()

    assert page.index(mine.get_absolute_url()) < page.index("Aardvark primary")


def test_a_schedule_without_people_is_shown_as_nobody(client, alice):
    running()

    assert "Nobody" in client.get("/schedules/").content.decode()


def test_the_listing_is_found_by_team_and_by_name(client, alice):
    running(make.carol(), owner=make.team("Checkout"), name="Checkout primary")
    other = running(alice, name="Ledger primary")

    page = client.get("/schedules/", {"q": "check"}).content.decode()

    assert "Checkout primary" in page
    assert other.get_absolute_url() not in page


def test_the_listing_asks_the_database_no_more_for_more_schedules(client, alice, django_assert_max_num_queries):
    for number in range(15):
        running(alice, make.bob(), name=f"Schedule {number}")

    with django_assert_max_num_queries(30):
        client.get("/schedules/")


def test_one_schedule_stays_within_its_queries(client, alice, django_assert_max_num_queries):
    schedule = running(alice, make.bob(), make.carol())

    with django_assert_max_num_queries(25):
        assert client.get(schedule.get_absolute_url()).status_code == 200


def test_the_timeline_marks_days_on_which_clocks_change(client, alice):
    schedule = running(alice)

    spring = client.get(schedule.get_absolute_url(), {"from": "2027-03-28", "span": "week"}).content.decode()
    autumn = client.get(schedule.get_absolute_url(), {"from": "2027-10-31", "span": "week"}).content.decode()

    assert "23 h" in spring
    assert "25 h" in autumn


def test_a_hand_over_keeps_its_local_time_over_a_clock_change(client, alice):
    schedule = running(alice, make.bob())

    page = client.get(schedule.get_absolute_url(), {"from": "2027-03-22", "span": "fortnight"}).content.decode()

    assert "Mon 29 Mar 2027, 09:00 CEST" in page
    assert "Mon 22 Mar 2027, 09:00 CET" in page


def test_the_viewer_sees_it_on_the_own_clock_or_on_that_of_the_schedule(client, alice):
    schedule = running(alice, make.bob(), zone="Asia/Tokyo")
    window = {"from": "2027-06-14", "span": "week"}

    own = client.get(schedule.get_absolute_url(), window).content.decode()
    its = client.get(schedule.get_absolute_url(), {**window, "zone": "schedule"}).content.decode()

    assert "02:00 CEST" in own
    assert "09:00 JST" in its


@pytest.mark.parametrize("span", ["week", "fortnight", "month", "century"])
@pytest.mark.parametrize("start", ["2027-01-31", "nonsense", "9999-12-31", ""])
def test_any_window_in_the_address_shows_something(client, alice, span, start):
    schedule = running(alice)

    assert client.get(schedule.get_absolute_url(), {"span": span, "from": start}).status_code == 200


def test_a_gap_is_drawn_and_found(client, alice):
    schedule = running(alice)
    schedule.layers.update(ends_on=timezone.now().date() + timedelta(days=3))

    page = client.get(schedule.get_absolute_url()).content.decode()

    assert "nobody" in page
    assert "Nobody is on call</strong> from" in page
    assert "Let somebody cover" in page


def test_people_whom_a_page_would_not_reach_are_found(client, alice):
    silent = make.person("Silent Sam", reachable=False)
    schedule = running(alice, silent)

    page = client.get(schedule.get_absolute_url()).content.decode()

    assert "<strong>Silent Sam</strong> has no verified contact method" in page


def test_members_make_a_schedule_for_their_own_team_only(client, alice):
    mine, other = make.team("Payments", alice), make.team("Checkout", make.carol())

    made = client.post("/schedules/new/", {"name": "Nights", "team": mine.pk, "zone": "paris"})
    refused = client.post("/schedules/new/", {"name": "Days", "team": other.pk, "zone": "Europe/Paris"})

    assert made.status_code == 303
    assert Schedule.objects.get(name="Nights").zone == "Europe/Paris"
    assert refused.status_code == 422
    assert not Schedule.objects.filter(name="Days").exists()


def test_what_was_typed_stays_when_the_zone_is_wrong(client, alice):
    team = make.team("Payments", alice)

    answer = client.post("/schedules/new/", {"name": "Nights", "team": team.pk, "zone": "Europe/Pariss"})

    assert answer.status_code == 422
    assert "Do you mean Europe/Paris" in answer.content.decode()
    assert 'value="Nights"' in answer.content.decode()


def test_two_schedules_of_the_same_name_have_addresses_of_their_own(client, alice):
    team = make.team("Payments", alice)
    for _ in range(2):
        client.post("/schedules/new/", {"name": "New", "team": team.pk, "zone": "UTC"})

    assert set(Schedule.objects.values_list("slug", flat=True)) == {"new-2", "new-3"}


def test_overrides_that_overlap_are_drawn_under_one_another(client, alice):
    schedule, now = running(alice), timezone.now()
    for user in (make.bob(), make.carol()):
        Override.objects.create(schedule=schedule, user=user, starts_at=now, ends_at=now + timedelta(hours=30))

    page = client.get(schedule.get_absolute_url()).content.decode()

    assert page.count('class="schedule-row') == 4
