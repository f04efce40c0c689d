"""What people do with an incident beside moving it: snooze, reassign, ask for help, another policy, mutes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from oncall import holding, paging
from oncall.forms.responding import SnoozeForm
from oncall.models import Alert, Incident, Mute
from tests import make
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def alice():
    user = make.alice()
    make.team("Payments", user)
    return user


@pytest.fixture
def incident(alice, now):
    return make.incident(of=make.service(escalation_policy=make.policy(alice)), at=now)


@pytest.fixture
def press(client, alice, incident):
    client.force_login(alice)

    def press(verb, headers=None, **sent):
        answer = client.post(f"/incidents/{incident.pk}/{verb}/", sent, headers=headers)
        incident.refresh_from_db()
        return answer

    return press


@pytest.fixture
def screen(client, alice, incident):
    client.force_login(alice)
    return lambda: " ".join(client.get(incident.get_absolute_url()).content.decode().split())


@pytest.mark.parametrize(("span", "minutes"), [("30", 30), ("60", 60), ("240", 240)])
def test_a_snooze_takes_it_and_says_until_when(press, screen, incident, now, span, minutes):
    answer = press("snooze", span=span)

    assert answer.status_code == 303
    assert incident.state == "acknowledged"
    assert abs(incident.snoozed_until - now - timedelta(minutes=minutes)) < timedelta(minutes=1)
    assert "Snoozed until" in screen()
    assert "Wake now" in screen()


@pytest.mark.parametrize(
    ("hours_later", "expected"), [(0, "Tue 09:00"), (-7, "Mon 09:00")], ids=["in the afternoon", "before nine"]
)
def test_until_nine_is_the_next_nine_on_my_clock(hours_later, expected):
    at = MONDAY + timedelta(hours=hours_later)
    form = SnoozeForm({"span": "morning"}, zone="Europe/Paris", now=at)

    assert form.is_valid()
    assert f"{make.alice().local(form.cleaned_data['ends_at']):%a %H:%M}" == expected


def test_until_nine_stays_nine_in_the_night_the_clocks_change():
    before = MONDAY.replace(month=3, day=28, hour=21)
    form = SnoozeForm({"span": "morning"}, zone="Europe/Paris", now=before)

    assert form.is_valid()
    assert form.cleaned_data["ends_at"] == before.replace(day=29, hour=7, minute=0)


def test_a_typed_time_is_on_my_clock(press, incident, alice, now):
    until = (now + timedelta(hours=2)).replace(second=0, microsecond=0)

    press("snooze", until=f"{alice.local(until):%Y-%m-%dT%H:%M}")

    assert incident.snoozed_until == until


def test_a_time_that_is_over_is_refused_at_its_field_and_kept(press, incident):
    answer = press("snooze", until="2020-01-01T10:00")

    assert answer.status_code == 422
    assert "over already" in answer.content.decode()
    assert 'value="2020-01-01T10:00"' in answer.content.decode()
    assert incident.state == "triggered"


def test_wake_now_triggers_it_again(press, incident):
    press("snooze", span="60")
    press("trigger-again")

    assert (incident.state, incident.snoozed_until) == ("triggered", None)


def test_a_snooze_that_comes_too_late_is_told_who_was_faster(press, incident):
    incident.resolve(by=make.bob())

    answer = press("snooze", HTMX, span="60")

    assert answer.status_code == 409
    assert "it was resolved by Bob Kimani" in answer.content.decode()


def test_whoever_it_is_given_to_is_paged_now(press, incident, mailoutbox):
    make.bob()
    assert press("reassign", HTMX, taker="bob@example.com").status_code == 200

    paging.tick(timezone.now())

    assert [mail.to for mail in mailoutbox] == [["bob@example.com"]]
    assert incident.timeline.get(kind="reassigned").actor == make.alice()


def test_a_person_nobody_knows_is_refused_in_words(press, incident):
    answer = press("reassign", HTMX, taker="Nobody")

    assert answer.status_code == 422
    assert "Nobody here is called" in answer.content.decode()


def test_the_screen_says_who_was_asked_and_who_answered(press, screen, incident):
    bob, carol = make.bob(), make.carol()
    press("ask", helper="bob@example.com")
    press("ask", helper=carol.name)
    incident.acknowledge(by=bob)
    incident.responders.filter(user=carol).update(page_after=None, rounds=3)

    text = screen()

    assert "On it" in text
    assert "No answer" in text
    assert "Bob Kimani" in text


def test_asking_twice_is_refused_in_words(press, incident):
    make.bob()
    press("ask", helper="bob@example.com")
    incident.acknowledge(by=make.bob())

    assert "Bob Kimani is on it already." in press("ask", HTMX, helper="bob@example.com").content.decode()


def test_only_managers_send_it_another_way(client, press, incident):
    other = make.policy(make.bob())
    assert press("reroute", policy=other.pk).status_code == 403

    mia = make.person("Mia Fontaine")
    make.team("Payments", managers=(mia,))
    client.force_login(mia)
    client.post(f"/incidents/{incident.pk}/reroute/", {"policy": other.pk})

    incident.refresh_from_db()
    assert incident.policy_version == other.current
    assert incident.timeline.get(kind="rerouted").text == f"Follows {other} from here on"


def test_more_people_wanted_are_counted(screen, incident):
    Incident.objects.update(acknowledgements_wanted=3)
    incident.acknowledge(by=make.bob())

    assert "2 more acknowledgements wanted." in screen()


def test_what_is_held_says_why_and_can_be_paged_now(press, screen, incident, now):
    span = (now - timedelta(minutes=5), now + timedelta(hours=2))
    holding.schedule_maintenance(incident.service, span, reason="database upgrade", by=make.alice(), now=now)
    paging.tick(timezone.now())
    assert "maintenance: database upgrade" in screen()

    press("escalate")

    assert incident.ignores_holds
    assert 'id="held"' not in screen()


def alert_of(incident, now):
    door, _ = make.integration(of=incident.service)
    times = {"started_at": now, "opened_at": now, "last_signal_at": now}
    about = {"integration": door, "service": incident.service, "incident": incident, "dedup_key": "7"}
    return Alert.objects.create(title="Declines", **about, **times)


def test_an_alert_is_muted_with_an_end_and_a_reason(client, screen, incident, alice, now):
    alert = alert_of(incident, now)
    path = f"/incidents/{incident.pk}/alerts/{alert.pk}/mute/"
    assert path in screen()

    until = f"{alice.local(now + timedelta(hours=3)):%Y-%m-%dT%H:%M}"
    assert client.post(path, {"until": until, "reason": ""}).status_code == 422
    assert client.post(path, {"until": until, "reason": "known since Friday"}).status_code == 303

    assert Mute.objects.get().reason == "known since Friday"
    assert "known since Friday" in screen()
    assert path not in screen()


def test_a_mute_for_a_year_is_refused_and_people_of_other_teams_mute_nothing(client, incident, alice, now):
    path = f"/incidents/{incident.pk}/alerts/{alert_of(incident, now).pk}/mute/"
    client.force_login(alice)
    refused = client.post(path, {"until": f"{now.year + 1}-12-24T10:00", "reason": "noise"})
    assert "30 days at most" in refused.content.decode()

    client.force_login(make.carol())
    assert client.get(path).status_code == 403


def test_what_is_rare_is_on_a_screen_of_its_own_without_javascript(client, press, incident):
    text = client.get(f"/incidents/{incident.pk}/more/").content.decode() or ""
    press("snooze", span="60")

    text = client.get(f"/incidents/{incident.pk}/more/").content.decode()

    assert "Ask for help" in text
    assert "Reassign" in text
    assert "Follow another policy" not in text
