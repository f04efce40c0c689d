"""Which incidents and services a COE is about is written in its header, by whoever writes it."""

import pytest

from coe import editing, materiality, owing, publishing
from coe.documents import content_of
from coe.models import COE, Owed
from tests import make
from tests.coe.writers import LATER, drafted, published, signed_in
from tests.make import MONDAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def coe():
    return drafted()


@pytest.fixture
def alice():
    return signed_in(make.alice())


@pytest.fixture
def other():
    """Another incident, that owes a COE."""
    incident = make.incident("Refunds stuck", severity=2, state="mitigated", mitigated_at=MONDAY)
    owing.tick(MONDAY)
    return incident


def typed(coe, **facts):
    """What the header's form sends when nothing is touched."""
    header, numbers = coe.header, [incident.pk for incident in coe.header.incidents.all()]
    known = {"title": header.title, "severity": header.severity, "team": header.team.slug, "owner": coe.owner.email}
    known |= {"zone": header.zone, "services": [service.pk for service in header.services.all()]}
    known |= {"incidents": numbers, "seen_incidents": " ".join(map(str, numbers)), "base": coe.header_edits}
    return known | facts


def about(coe):
    return set(COE.objects.get(pk=coe.pk).header.incidents.values_list("pk", flat=True))


def save(client, coe, *, headers=None, **facts):
    return client.post(f"/coes/{coe.pk}/edit/header/", typed(coe, **facts), headers=headers or {})


def test_an_incident_is_added_by_its_number_and_what_it_owed_is_known_to_be_begun(coe, alice, other):
    revisions, first = coe.revisions.count(), coe.incidents.get()

    answer = save(alice, coe, add_incidents=other.number.lower())

    assert answer.headers["Location"].endswith("/edit/refresh/")
    assert about(coe) == {first.pk, other.pk}
    assert coe.revisions.count() == revisions + 1
    assert Owed.objects.get(incident=other).coe == coe
    assert other.number in alice.get(answer.headers["Location"]).text


def test_an_incident_that_is_unticked_is_taken_away_and_owes_again(coe, alice, other):
    first = coe.incidents.get()
    save(alice, coe, add_incidents=other.number)
    coe.refresh_from_db()

    save(alice, coe, incidents=[first.pk])

    assert about(coe) == {first.pk}
    assert Owed.objects.get(incident=other).coe is None


def test_a_coe_without_an_incident_gets_one(alice, other):
    coe = make.coe()
    save(alice, coe, add_incidents=f"{other.number}")
    assert about(coe) == {other.pk}


@pytest.mark.parametrize(
    ("number", "said"), [("INC-99999", "There is no incident INC-99999"), ("the big one", "not “the”")]
)
def test_what_is_no_incident_is_said_at_the_field(coe, alice, number, said):
    answer = save(alice, coe, add_incidents=number)
    assert answer.status_code == 422
    assert said in answer.text
    assert number in answer.text


def test_a_practice_is_not_added(coe, alice):
    practice = make.incident("Drill", is_practice=True)
    answer = save(alice, coe, add_incidents=practice.number)
    assert answer.status_code == 422
    assert "is a practice" in answer.text


def test_half_a_number_does_not_save_itself(coe, alice, other):
    answer = save(alice, coe, add_incidents=other.number, headers={"X-Autosave": "1"})

    assert "is added when you save the header by its button" in answer.json()["said"]
    assert other.pk not in about(coe)


def test_an_incident_unticked_by_mistake_is_ticked_again(coe, alice):
    incident = coe.incidents.get()
    told = save(alice, coe, incidents=[], headers={"X-Autosave": "1"}).json()["fields"]
    assert about(coe) == set()

    again = save(alice, coe, incidents=[incident.pk], **told, headers={"X-Autosave": "1"})

    assert again.status_code == 200
    assert about(coe) == {incident.pk}


def test_a_service_unticked_by_mistake_is_ticked_again(coe, alice):
    service = make.service("refunds-api")
    editing.save_header(coe, services=[service], by=make.alice(), now=LATER)
    coe.refresh_from_db()
    told = save(alice, coe, services=[], headers={"X-Autosave": "1"}).json()["fields"]
    assert not coe.header.services.exists()

    again = save(alice, coe, services=[service.pk], **told, headers={"X-Autosave": "1"})

    assert again.status_code == 200
    assert coe.header.services.get() == service


def test_what_another_added_meanwhile_stays(coe, alice, other):
    mine = typed(coe)
    first = coe.incidents.get()
    editing.save_header(coe, incidents=[first, other], by=make.alice(), now=LATER)

    alice.post(f"/coes/{coe.pk}/edit/header/", mine)

    assert about(coe) == {first.pk, other.pk}


def test_what_another_took_away_meanwhile_is_shown_before_it_is_put_back(coe, alice):
    mine = typed(coe)
    editing.save_header(coe, incidents=[], by=make.alice(), now=LATER)

    answer = alice.post(f"/coes/{coe.pk}/edit/header/", mine)

    assert answer.status_code == 422
    assert "saved is: incidents “nothing”" in answer.text
    assert about(coe) == set()


def test_a_reissue_names_its_new_incident_to_readers_with_its_publication(coe, alice, other):
    coe = published(coe)
    publishing.begin_reissue(coe, make.alice(), LATER)
    first = coe.incidents.get()
    save(alice, coe, add_incidents=other.number)

    coe = COE.objects.get(pk=coe.pk)
    assert set(coe.incidents.all()) == {first}
    assert about(coe) == {first.pk, other.pk}
    assert Owed.objects.get(incident=other).coe is None


def test_another_incident_is_a_material_change(coe, other):
    before = content_of(coe)
    editing.save_header(coe, incidents=[*coe.incidents.all(), other], by=make.alice(), now=LATER)
    said = [change.sentence for change in materiality.changes(before, content_of(coe))]
    assert said == ["It is about other incidents."]


def test_recent_incidents_are_suggested_but_no_practice_and_none_it_has(coe, alice, other):
    make.incident("Drill of today", is_practice=True)
    page = alice.get(f"/coes/{coe.pk}/edit/").text
    offered = page[page.index('<datalist id="incidents">') :].split("</datalist>")[0]
    assert other.number in offered
    assert "Drill" not in offered
    assert coe.incidents.get().number + '"' not in offered
