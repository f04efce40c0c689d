"""What is drafted from an incident: facts, each with where it is known from, and no names."""

from datetime import timedelta

import pytest

from coe import drafting
from coe.models import Revision
from oncall.models import AuditEntry, Verdict
from tests import make
from tests.coe.writers import LATER, drafted, finished_incident
from tests.make import MONDAY

pytestmark = pytest.mark.django_db


def anchors(coe):
    return {event.anchor: event for event in coe.timeline.exclude(anchor="")}


def minutes(event):
    return (event.at - MONDAY) / timedelta(minutes=1)


def test_the_header_comes_from_the_incident():
    coe = drafted()

    assert coe.title == "Card authorisations failing for 27 minutes"
    assert (coe.severity, coe.team.name, coe.owner, coe.zone) == (2, "Payments", make.alice(), "Europe/Paris")
    assert (coe.impact_started_at, coe.impact_ended_at) == (MONDAY, MONDAY + timedelta(minutes=27))
    assert [service.name for service in coe.services.all()] == ["payments-api"]


def test_every_anchor_that_is_known_is_set():
    found = {anchor: minutes(event) for anchor, event in anchors(drafted()).items()}

    assert found == {
        "trigger": -9,
        "impact_started": 0,
        "detected": 0,
        "engaged": 3,
        "diagnosed": 5,
        "mitigated": 27,
        "resolved": 40,
    }


def test_every_line_says_where_it_is_known_from():
    coe = drafted()

    assert not coe.timeline.filter(source="")
    assert anchors(coe)["detected"].source == f"{coe.incidents.get().number}, alert from Prometheus Alertmanager"
    assert anchors(coe)["trigger"].deployment.version == "1.42.0"
    assert anchors(coe)["engaged"].entry.kind == "acknowledged"


def test_nobody_is_named():
    coe = drafted()

    texts = [*coe.timeline.values_list("text", flat=True), *coe.timeline.values_list("source", flat=True)]
    texts += coe.sections.values_list("text", flat=True)
    assert not [text for text in texts if "Alice" in text or "Moreau" in text]


def test_a_confirmed_deployment_is_told_with_likelihood_and_who_said_so():
    coe = drafted()

    prevention = coe.sections.get(key="prevention").text
    assert prevention.startswith("Triggered by a change: [payments-api 1.42.0](/deployments/")
    assert "9 minutes before the impact began. Confirmed by the on-call engineer; computed likelihood" in prevention


def test_a_deployment_that_was_ruled_out_is_no_trigger_but_told():
    coe = drafted(verdict="ruled_out")

    assert "trigger" not in anchors(coe)
    assert coe.sections.get(key="prevention").text == ""
    assert "Ruled out by the on-call engineer" in coe.sections.get(key="related").text


def test_a_verdict_passed_after_the_impact_is_no_diagnosis():
    incident = finished_incident(verdict="")
    deployment = incident.rankings.first().suspects.get().deployment
    Verdict.objects.pass_on(incident, deployment, "confirmed", make.alice(), LATER)

    coe = drafting.draft_for(incident, make.alice(), LATER)

    assert "diagnosed" not in anchors(coe)
    assert "trigger" in anchors(coe)


def test_a_storm_of_alerts_is_one_line_with_their_number():
    incident = finished_incident()
    for number in range(400):
        incident.timeline.write("alert", f"Alert {number}", at=MONDAY + timedelta(seconds=number))

    coe = drafting.draft_for(incident, make.alice(), LATER)

    assert anchors(coe)["detected"].text == "HighErrorRate, and 400 more alerts"
    assert coe.timeline.count() < 12


def test_anchors_survive_an_incident_with_more_notes_than_anybody_reads():
    incident = finished_incident()
    for number in range(450):
        incident.note(f"Note {number}", by=make.bob(), at=MONDAY + timedelta(seconds=number))

    coe = drafting.draft_for(incident, make.alice(), LATER)

    assert coe.timeline.count() == 200
    assert {"mitigated", "resolved"} <= set(anchors(coe))


def test_a_second_start_goes_on_with_the_first():
    incident = finished_incident()

    first = drafting.draft_for(incident, make.alice(), LATER)

    assert drafting.draft_for(incident, make.bob(), LATER) == first
    assert incident.timeline.filter(kind="coe").get().text == f"{first.number} started"


def test_a_start_leaves_an_audit_row_and_the_first_revision():
    coe = drafted()

    assert AuditEntry.objects.get(kind="coe.coe", object_id=coe.pk).verb == "started"
    assert coe.revisions.get().reason == Revision.Reason.DRAFTED


def test_a_long_title_is_cut_but_keeps_how_long_it_took():
    incident = finished_incident()
    incident.title = "x" * 500

    title = drafting.title_for(incident)

    assert len(title) == 300
    assert title.endswith("… for 27 minutes")


def test_a_title_that_says_how_long_already_is_kept():
    incident = finished_incident()
    incident.title = "search-api: no metrics for 16 minutes from us-east-1"

    assert drafting.title_for(incident) == incident.title


def test_an_incident_declared_by_hand_and_still_open_can_be_drafted():
    incident = make.incident()
    incident.timeline.write("declared", "Declared", at=MONDAY, actor=make.bob())

    coe = drafting.draft_for(incident, make.bob(), LATER)

    assert set(anchors(coe)) == {"impact_started", "detected"}
    assert (coe.zone, coe.impact_ended_at) == ("Africa/Nairobi", None)
