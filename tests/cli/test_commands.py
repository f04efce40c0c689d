"""What `errata` does from a terminal, against a running server."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from oncall.models import Alert, Deployment, Incident, Maintenance, Mute, Responder
from tests import make


@pytest.fixture
def incident(alice):
    return make.incident(of=make.service(owner=make.team()), at=timezone.now())


def done(answer):
    """Its output, when it did what it was asked."""
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_an_incident_is_acknowledged_and_the_timeline_says_from_where(errata, incident):
    said = done(errata("ack", incident.number))

    assert said.startswith(f"{incident.number} is acknowledged: Card authorisations failing (SEV ")
    entry = incident.timeline.last()
    assert (entry.kind, entry.actor.name, entry.source) == ("acknowledged", "Alice Moreau", "cli")


def test_what_is_too_late_is_refused_with_the_sentence(errata, incident):
    incident.resolve(by=make.bob())
    answer = errata("ack", incident.pk)

    assert answer.returncode == 1
    assert "resolved by Bob Kimani at" in answer.stderr
    assert answer.stdout == ""


def test_the_moves_of_an_incident(errata, incident):
    for command, state in (("mitigate", "mitigated"), ("trigger", "triggered"), ("resolve", "resolved")):
        done(errata(command, incident.pk))
        incident.refresh_from_db()
        assert incident.state == state


def test_a_snooze_lasts_as_long_as_typed(errata, incident):
    assert "snoozed until" in done(errata("snooze", incident.pk, "--for", "1h30m"))

    incident.refresh_from_db()
    left = incident.snoozed_until - timezone.now()
    assert timedelta(minutes=89) < left <= timedelta(minutes=90)


def test_an_incident_is_handed_over_and_others_are_asked_by_address(errata, incident):
    make.bob(), make.carol()
    done(errata("assign", incident.pk, "BOB@example.com"))
    assert "Carol Osei is asked to help" in done(errata("add", incident.pk, "carol@example.com"))

    assert set(Responder.objects.values_list("user__name", flat=True)) == {"Bob Kimani", "Carol Osei"}


def test_an_address_of_nobody_is_refused(errata, incident):
    answer = errata("add", incident.pk, "nobody@example.com")

    assert answer.returncode == 1
    assert answer.stderr == "Nobody here has the address nobody@example.com.\n"


def test_escalating_and_the_severity(errata, incident):
    done(errata("severity", incident.pk, 1))
    done(errata("escalate", incident.pk))

    assert [entry.kind for entry in incident.timeline.all()][-2:] == ["severity", "escalated"]


def test_a_practice_is_declared(errata, incident):
    said = done(errata("declare", "Fire drill", "--service", "payments-api", "--sev", 2, "--practice"))

    made = Incident.objects.get(title="Fire drill")
    assert (made.is_practice, made.severity) == (True, 2)
    assert said == f"{made.number} is triggered: Fire drill (SEV 2, payments-api, a practice)\n"


def test_an_unknown_service_is_refused_by_name(errata, incident):
    answer = errata("declare", "x", "--service", "paymints")

    assert answer.returncode == 1
    assert answer.stderr.startswith("service: ")
    assert "paymints" in answer.stderr


@pytest.mark.parametrize(
    ("arguments", "typed"), [(["Pool is full"], ""), ([], "Pool is full\n"), (["-"], "Pool is full")]
)
def test_a_note_is_typed_or_piped(errata, incident, arguments, typed):
    done(errata("note", incident.pk, *arguments, typed=typed))
    assert incident.timeline.last().text.strip() == "Pool is full"


def test_an_incident_is_shown_with_its_timeline(errata, incident):
    incident.note("\x1b[2J[red]Pool\x07 is full", by=make.alice())
    said = done(errata("show", incident.pk))

    assert f"/incidents/{incident.pk}/\n" in said
    assert "Alice Moreau  [2J[red]Pool is full" in said
    assert "\x1b" not in said
    assert "\x07" not in said


def test_json_is_the_answer_of_the_api(errata, incident):
    incident.acknowledge(by=make.alice())

    listed = json.loads(done(errata("incidents", "--open", "--mine", "--team", "payments", "--json")))
    assert [one["number"] for one in listed["results"]] == [incident.number]
    shown = json.loads(done(errata("show", incident.pk, "--json")))
    assert shown["timeline"][-1]["kind"] == "acknowledged"
    assert (shown["suspects"], len(shown["responders"])) == ([], 1)


def test_incidents_are_listed_in_local_time_and_narrowed(errata, incident):
    Incident.objects.update(triggered_at="2025-07-01T12:00:00Z", severity=2)
    make.incident("Something else", severity=4)

    head, row = done(errata("incidents", "--sev", 2)).splitlines()
    assert head.split() == ["INCIDENT", "SEV", "STATE", "SERVICE", "SINCE", "TAKEN", "BY", "TITLE"]
    assert "01 Jul 2025 14:00 CEST" in row


def test_who_is_on_call_for_my_teams_for_a_team_and_on_a_schedule(errata, alice):
    schedule = make.schedule("Payments primary", alice)

    for arguments in ([], ["payments"], [schedule.slug]):
        assert "Alice Moreau" in done(errata("oncall", *arguments))
    assert json.loads(done(errata("oncall", "--json")))[0]["people"][0]["email"] == alice.email
    assert errata("oncall", "ledger").returncode == 1


def test_a_deployment_starts_and_succeeds_as_one(errata, alice):
    make.service(owner=make.team())
    for state in ("started", "succeeded"):
        done(errata("deployed", "payments-api", "1.42.0", "--env", "eu-west-1", "--state", state, "--id", "run-8812"))

    made = Deployment.objects.get()
    assert (made.state, made.version, made.environment.name) == ("succeeded", "1.42.0", "eu-west-1")


def test_a_started_deployment_needs_an_id_to_be_finished_by(errata, alice):
    assert errata("deployed", "payments-api", "1.42.0", "--state", "started").returncode == 2


def test_the_open_alerts_of_an_incident_are_muted(errata, incident):
    door, _ = make.integration(of=incident.service)
    times = dict.fromkeys(("started_at", "opened_at", "last_signal_at"), timezone.now())
    about = {"integration": door, "service": incident.service, "incident": incident}
    Alert.objects.create(**about, dedup_key="latency", title="Latency", **times)

    assert "Latency" in done(errata("mute", incident.pk, "--for", "2h", "--reason", "known"))
    assert Mute.objects.get().reason == "known"


def test_maintenance_is_scheduled_and_its_limits_are_told(errata, incident):
    done(errata("maintenance", "payments-api", "--for", "2h", "--reason", "upgrade"))
    assert Maintenance.objects.get().created_by == make.alice()

    answer = errata("maintenance", "payments-api", "--for", "60d", "--reason", "holiday")
    assert answer.returncode == 1
    assert "30 days at most" in answer.stderr
