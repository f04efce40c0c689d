"""Rooms of a team: added, tested and removed by its members; told by policies."""

import pytest

from oncall import opening
from oncall.models import AuditEntry, Room, StepTarget
from oncall.sealing import unseal
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def payments(client):
    """Alice, a member, is signed in."""
    client.force_login(make.alice())
    return make.team("Payments", make.alice())


def add(client, **changes):
    fields = {"name": "#payments", "channel": "email", "address": "payments@example.com"} | changes
    return client.post("/teams/payments/rooms/add/", fields, follow=True)


def test_a_member_adds_a_room(client, payments):
    page = add(client).content.decode()

    room = payments.rooms.get()
    assert (room.name, room.channel, room.address) == ("#payments", "email", "payments@example.com")
    assert "payments@example.com" in page
    assert AuditEntry.objects.get().verb == "created"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "This field is required"),
        ({"name": "#taken"}, "Payments has a room of this name already."),
        ({"address": "nowhere"}, "is not an e-mail address"),
        ({"channel": "pigeon"}, "Select a valid choice"),
        ({"channel": "webhook", "address": "http://10.1.2.3/x"}, "which is not a public address"),
    ],
)
def test_a_refused_room_is_said_at_the_field_and_kept_as_typed(client, payments, changes, sentence):
    make.room("#taken", owner=payments)

    answer = add(client, **changes)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert f'value="{changes.get("address", "payments@example.com")}"' in answer.content.decode()
    assert payments.rooms.count() == 1


def test_the_secret_of_a_room_is_shown_once(client, payments, settings):
    settings.ERRATA_ALLOWED_NETWORKS = ["127.0.0.1/32"]

    first = add(client, channel="webhook", address="http://127.0.0.1:9/hook").content.decode()

    assert "whsec_" in first
    assert "whsec_" not in client.get("/teams/payments/").content.decode()


def test_a_test_is_sent_to_a_room_and_says_who_asked(client, payments, mailoutbox):
    room = make.room(owner=payments)

    page = client.post(f"/teams/payments/rooms/{room.pk}/test/", follow=True).content.decode()

    assert mailoutbox[0].to == ["alerts@example.com"]
    assert "Alice Moreau asked for a test" in mailoutbox[0].body
    assert "#payments-alerts: Handed over within" in page


def test_a_room_is_removed_unless_a_policy_tells_it(client, payments):
    room, policy = make.room(owner=payments), make.policy(make.alice(), owner=payments)
    StepTarget.objects.create(step=policy.steps.get(), room=room)

    refused = client.post(f"/teams/payments/rooms/{room.pk}/remove/")
    StepTarget.objects.filter(room=room).delete()
    client.post(f"/teams/payments/rooms/{room.pk}/remove/")

    assert refused.status_code == 409
    assert f"is told by {policy.name}" in refused.content.decode()
    assert not Room.objects.kept().exists()


def test_a_removed_room_stays_in_the_ledger_and_its_name_is_free(client, payments):
    room, incident = make.room(owner=payments), make.incident()
    sheaf = opening.Sheaf(make.MONDAY)
    opening.tell_rooms(sheaf, incident, [room])
    sheaf.bind()

    client.post(f"/teams/payments/rooms/{room.pk}/remove/")

    assert incident.pages.get().room == room
    assert make.room(owner=payments).name == room.name


def test_other_teams_see_the_name_but_neither_address_nor_buttons(client, payments):
    room = make.room(owner=payments)
    client.force_login(make.carol())

    page = client.get("/teams/payments/").content.decode()

    assert "#payments-alerts" in page
    assert "alerts@example.com" not in page
    for tail in ("add/", f"{room.pk}/test/", f"{room.pk}/remove/"):
        assert client.post(f"/teams/payments/rooms/{tail}").status_code == 403


def test_a_room_of_another_team_is_not_there(client, payments):
    other = make.room(owner=make.team("Checkout"))

    assert client.post(f"/teams/payments/rooms/{other.pk}/remove/").status_code == 404


def test_an_address_that_is_a_secret_is_kept_sealed(client, payments):
    add(client, channel="apprise", address="discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js")

    room = payments.rooms.get()
    assert "JHMHI8qBe7bk2ZwO5U711o3dV" not in room.address
    assert unseal(room.sealed_secret).startswith("discord://")


def test_a_member_says_whether_a_room_is_told_of_coes(client, payments):
    room = make.room(owner=payments)
    assert "Told of COEs" in client.get("/teams/payments/").content.decode()

    for told in ("no", "no", "yes"):
        client.post(f"/teams/payments/rooms/{room.pk}/coes/", {"told": told})
        room.refresh_from_db()
        assert room.is_told_of_coes == (told == "yes")

    changes = [(entry.verb, entry.after) for entry in AuditEntry.objects.order_by("pk")]
    assert changes == [("changed", "not told of COEs"), ("changed", "told of COEs")]


def test_what_is_neither_yes_nor_no_changes_nothing(client, payments):
    room = make.room(owner=payments)

    page = client.post(f"/teams/payments/rooms/{room.pk}/coes/", {"told": "perhaps"}, follow=True).content.decode()

    room.refresh_from_db()
    assert room.is_told_of_coes
    assert "Choose whether the room is told of COEs." in page


def test_a_room_is_made_that_is_told_of_no_coes(client, payments):
    add(client)
    add(client, name="#news", is_told_of_coes="on")

    assert list(payments.rooms.order_by("name").values_list("name", "is_told_of_coes")) == [
        ("#news", True),
        ("#payments", False),
    ]


def test_a_stranger_to_the_team_says_nothing_about_its_rooms(client, payments):
    room = make.room(owner=payments)
    client.force_login(make.carol())

    assert client.post(f"/teams/payments/rooms/{room.pk}/coes/", {"told": "no"}).status_code == 403
    room.refresh_from_db()
    assert room.is_told_of_coes
