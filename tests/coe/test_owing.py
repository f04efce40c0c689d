"""COEs that are owed: made, settled, waived, adjusted, and told of once."""

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from coe import drafting, dunning, owing, publishing, reviewing, templating
from coe.models import Notice, Owed
from coe.template import BUILT_IN
from oncall.exceptions import Conflict, NotAllowed
from oncall.models import AuditEntry
from tests import make
from tests.coe.writers import ready
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def mitigated(severity=2, *, at=MONDAY, **facts):
    return make.incident(severity=severity, state="mitigated", mitigated_at=at, at=at, **facts)


def owed_after(*incidents, now=MONDAY):
    owing.tick(now)
    return Owed.objects.all()


def verbs():
    return list(AuditEntry.objects.filter(kind="coe.owed").order_by("pk").values_list("verb", flat=True))


def test_a_mitigated_incident_of_a_grave_severity_owes_a_coe():
    incident = mitigated()
    owing.tick(MONDAY)
    owing.tick(MONDAY)

    row = Owed.objects.get()
    assert (row.incident, row.draft_by, row.publish_by) == (incident, MONDAY + 72 * HOUR, MONDAY + 14 * DAY)
    assert verbs() == ["owed"]


@pytest.mark.parametrize(
    "facts", [{"severity": 3}, {"is_practice": True}, {"at": MONDAY - 31 * DAY}], ids=["light", "practice", "old"]
)
def test_other_incidents_owe_nothing(facts):
    mitigated(**facts)
    make.incident("Still open")

    assert not owed_after()


def test_the_default_template_says_what_is_owed():
    made = templating.adopt(make.dora(), MONDAY)
    demands = {**BUILT_IN.demands, 3: BUILT_IN.demands[2]}
    templating.save_version(made, type(BUILT_IN)(BUILT_IN.sections, BUILT_IN.checklist, demands), make.dora(), MONDAY)
    mitigated(3)

    assert owed_after().get().template == made.current


def test_seventy_two_hours_stay_seventy_two_across_the_change_of_clocks():
    night = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)
    mitigated(at=night)

    assert owed_after(now=night).get().draft_by == datetime(2026, 10, 27, 20, 0, tzinfo=UTC)


def test_submission_and_publication_settle_it():
    incident = mitigated()
    owing.tick(MONDAY)
    coe = ready(drafting.draft_for(incident, make.alice(), MONDAY))
    owing.tick(MONDAY)
    assert Owed.objects.get().coe == coe
    make.team("Payments", make.bob())
    reviewing.submit(coe, make.alice(), [make.bob()], MONDAY + HOUR)
    owing.tick(MONDAY + 2 * HOUR)
    assert Owed.objects.get().drafted_at == MONDAY + HOUR
    coe.state = "approved"
    coe.save()
    publishing.publish(coe, make.alice(), MONDAY + DAY)
    owing.tick(MONDAY + DAY)

    assert not Owed.objects.standing().exists()
    assert verbs() == ["owed", "drafted", "published"]


def test_a_lower_severity_owes_none_and_a_higher_one_again():
    incident = mitigated()
    owing.tick(MONDAY)
    incident.change_severity(3, make.alice(), MONDAY)
    owing.tick(MONDAY)
    assert Owed.objects.get().waived_because == owing.LOWERED
    incident.change_severity(1, make.alice(), MONDAY)
    owing.tick(MONDAY)

    assert Owed.objects.standing().exists()
    assert verbs() == ["owed", "waived", "owed again"]


def test_what_was_asked_for_stays_owed_at_any_severity():
    incident = mitigated(4)
    owing.request(incident, make.alice(), "A near miss of the ledger", MONDAY)
    owing.tick(MONDAY)

    assert Owed.objects.standing().get().because == "A near miss of the ledger"
    with pytest.raises(Conflict):
        owing.request(incident, make.alice(), "Again", MONDAY)


def test_an_incident_that_is_back_counts_anew_from_its_next_mitigation():
    incident = mitigated()
    owing.tick(MONDAY)
    incident.trigger_again(make.alice(), MONDAY + HOUR)
    owing.tick(MONDAY + HOUR)
    assert Owed.objects.get().waived_because == owing.OPEN_AGAIN
    incident.mitigate(make.alice(), MONDAY + 5 * HOUR)
    owing.tick(MONDAY + 5 * HOUR)

    assert Owed.objects.standing().get().draft_by == MONDAY + 77 * HOUR


def test_managers_waive_with_a_reason_and_take_it_back():
    mia = make.person("Mia Fontaine")
    make.team("Payments", make.alice(), managers=(mia,))
    mitigated()
    owing.tick(MONDAY)
    row = Owed.objects.get()
    with pytest.raises(NotAllowed):
        owing.waive(row, make.alice(), "No", MONDAY)
    with pytest.raises(ValidationError):
        owing.waive(row, mia, "  ", MONDAY)
    owing.waive(row, mia, "Covered by the COE of last week", MONDAY)
    owing.tick(MONDAY)
    assert not Owed.objects.standing().exists()

    owing.demand_again(row, mia, MONDAY)
    assert Owed.objects.standing().exists()


def test_a_tick_asks_as_many_questions_for_many_as_for_one(django_assert_max_num_queries):
    for number in range(12):
        mitigated(title=f"Incident {number}")
    owing.tick(MONDAY)
    with django_assert_max_num_queries(12):
        owing.tick(MONDAY + DAY)
    with django_assert_max_num_queries(6):
        assert dunning.make_due(MONDAY) == 0


@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_make_one_row_each():
    for number in range(5):
        mitigated(title=f"Incident {number}")

    def run():
        owing.tick(MONDAY)
        connection.close()

    threads = [Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Owed.objects.count() == 5
    assert verbs() == ["owed"] * 5


def told(now):
    before = set(Notice.objects.values_list("pk", flat=True))
    dunning.make_due(now)
    return sorted(Notice.objects.exclude(pk__in=before).values_list("user__name", flat=True))


def test_the_writer_is_reminded_first_and_the_manager_when_it_is_late():
    mia = make.person("Mia Fontaine")
    make.team("Payments", make.alice(), managers=(mia,))
    mitigated(acknowledged_by=make.alice())
    owing.tick(MONDAY)

    assert told(MONDAY + 47 * HOUR) == []
    assert told(MONDAY + 49 * HOUR) == ["Alice Moreau"]
    assert told(MONDAY + 71 * HOUR) == []
    assert told(MONDAY + 73 * HOUR) == ["Alice Moreau", "Mia Fontaine"]
    assert told(MONDAY + 80 * HOUR) == []
    assert told(MONDAY + 10 * DAY + HOUR) == ["Alice Moreau", "Mia Fontaine"]


def test_letters_to_managers_never_name_a_restricted_coe():
    mia, carla = make.person("Mia Fontaine"), make.carol()
    make.team("Payments", managers=(mia,))
    incident = mitigated()
    coe = make.coe(
        "Passwords in the log",
        owner=carla,
        team=make.team("Security"),
        audience="restricted",
        restricted_because="secrets",
    )
    coe.incidents.add(incident)
    owing.tick(MONDAY)
    dunning.make_due(MONDAY + 73 * HOUR)

    letter = Notice.objects.get(user=mia)
    assert letter.coe is None
    assert "Passwords" not in letter.detail + letter.path
    assert Notice.objects.get(user=carla).coe == coe
