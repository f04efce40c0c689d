"""Taking a shift, covering and removing an override, by screen."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from oncall import paging
from oncall.models import AuditEntry, Override
from tests import make
from tests.oncall.test_schedule_screens import running

pytestmark = pytest.mark.django_db


@pytest.fixture
def schedule():
    """Alice alone is on call; Bob is in the team."""
    team = make.team("Payments", make.alice(), make.bob())
    return running(make.alice(), owner=team)


def typed(**changes):
    return {
        "user": "bob@example.com",
        "zone": "Europe/Paris",
        "starts": "2099-06-01T09:00",
        "ends": "2099-06-01T17:00",
        "reason": "Dentist",
        **changes,
    }


def test_one_click_takes_the_running_shift(client, schedule):
    bob = make.bob()
    client.force_login(bob)

    answer = client.post(f"{schedule.get_absolute_url()}take/")

    assert answer.status_code == 303
    assert paging.on_call(schedule, timezone.now()) == [bob]
    assert AuditEntry.objects.filter(verb="created", actor=bob, kind="oncall.override").exists()


def test_whoever_is_on_call_already_is_told_so(client, schedule):
    client.force_login(make.alice())

    answer = client.post(f"{schedule.get_absolute_url()}take/")

    assert answer.status_code == 409
    assert "on call in Payments primary already" in answer.content.decode()


def test_in_a_gap_taking_lasts_until_the_next_shift(client, schedule):
    starts_on = timezone.now().date() + timedelta(days=2)
    schedule.layers.update(starts_on=starts_on)
    client.force_login(make.bob())

    client.post(f"{schedule.get_absolute_url()}take/")

    assert Override.objects.get().ends_at.date() == starts_on


def test_another_team_takes_nothing(client, schedule):
    client.force_login(make.carol())

    answer = client.post(f"{schedule.get_absolute_url()}take/")

    assert answer.status_code == 403
    assert "Only members of Payments" in answer.content.decode()


def test_an_override_is_made_in_the_stated_zone(client, schedule):
    client.force_login(make.bob())

    answer = client.post(f"{schedule.get_absolute_url()}cover/", typed(zone="Africa/Nairobi"))

    assert answer.status_code == 303
    assert Override.objects.get().starts_at == datetime(2099, 6, 1, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("starts", "instant", "note"),
    [
        ("2099-03-29T02:30", datetime(2099, 3, 29, 1, 30, tzinfo=UTC), "02:30 does not exist on 29 Mar"),
        ("2099-10-25T02:30", datetime(2099, 10, 25, 0, 30, tzinfo=UTC), "02:30 comes twice on 25 Oct"),
    ],
)
def test_local_times_on_days_of_clock_changes_follow_the_rule_and_say_so(client, schedule, starts, instant, note):
    client.force_login(make.alice())

    answer = client.post(
        f"{schedule.get_absolute_url()}cover/", typed(starts=starts, ends="2099-11-01T09:00"), follow=True
    )

    assert Override.objects.get().starts_at == instant
    assert note in answer.content.decode()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"ends": "2099-06-01T08:00"}, "The end must lie after the start."),
        ({"starts": "2001-06-01T08:00", "ends": "2001-06-01T09:00"}, "This span is over already."),
        ({"ends": "2101-06-01T08:00"}, "An override lasts a year at most."),
        ({"user": "nobody"}, "Nobody here is called “nobody”."),
        ({"starts": "9999-12-31T23:59"}, "Choose a year from 1970 to 2999."),
    ],
)
def test_a_refused_override_keeps_what_was_typed(client, schedule, changes, sentence):
    client.force_login(make.bob())

    answer = client.post(f"{schedule.get_absolute_url()}cover/", typed(**changes))

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert "Dentist" in answer.content.decode()
    assert not Override.objects.exists()


def test_a_name_that_two_have_asks_for_the_address(client, schedule):
    make.person("Bob Kimani", "other.bob@example.com")
    client.force_login(make.alice())

    answer = client.post(f"{schedule.get_absolute_url()}cover/", typed(user="bob kimani"))

    assert "other.bob@example.com" in answer.content.decode()


def test_a_gap_offers_itself_as_the_span(client, schedule):
    client.force_login(make.alice())

    page = client.get(
        f"{schedule.get_absolute_url()}cover/", {"from": "2099-06-01T07:00:00Z", "to": "2099-06-01T15:00:00Z"}
    ).content.decode()

    assert 'value="2099-06-01T09:00"' in page
    assert 'value="2099-06-01T17:00"' in page


def test_removing_a_running_override_ends_it_and_keeps_its_past(client, schedule):
    now = timezone.now()
    override = Override.objects.create(
        schedule=schedule, user=make.bob(), starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1)
    )
    client.force_login(make.alice())

    client.post(f"{schedule.get_absolute_url()}overrides/{override.pk}/remove/")

    override.refresh_from_db()
    assert override.ends_at <= timezone.now()
    assert paging.on_call(schedule, timezone.now()) == [make.alice()]


def test_an_override_ahead_is_removed_whole(client, schedule):
    ahead = timezone.now() + timedelta(days=3)
    override = Override.objects.create(
        schedule=schedule, user=make.bob(), starts_at=ahead, ends_at=ahead + timedelta(hours=1)
    )
    client.force_login(make.alice())

    client.post(f"{schedule.get_absolute_url()}overrides/{override.pk}/remove/")

    assert not Override.objects.exists()


def test_an_override_is_not_removed_by_a_get(client, schedule):
    client.force_login(make.alice())

    assert client.get(f"{schedule.get_absolute_url()}overrides/1/remove/").status_code == 405
    assert client.get(f"{schedule.get_absolute_url()}take/").status_code == 405
