"""ntfy: the notification, its button that acknowledges, topics and tokens."""

from urllib.parse import urlsplit

import pytest
from django.test import Client

from oncall import paging, verifying
from oncall.channels import ntfy
from oncall.models import Attempt, Room
from oncall.sealing import seal
from tests import make
from tests.make import MONDAY
from tests.oncall.fakes.ntfy import Ntfy

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings):
    settings.ERRATA_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with Ntfy(token="tk_secret") as running:
        yield running


@pytest.fixture
def alice(server):
    user = make.person(reachable=False)
    user.contact_methods.create(
        channel="ntfy", address=server.address, sealed_secret=seal("tk_secret"), verified_at=MONDAY
    )
    return user


def incident(user, title="Card authorisations failing", name="payments-api", **facts):
    return make.incident(title, of=make.service(name, escalation_policy=make.policy(user)), **facts)


def press(message, label):
    """What the phone does when this button is pressed; it has no cookies and no token of a form."""
    (action,) = [one for one in message["actions"] if one["label"] == label]
    parts = urlsplit(action["url"])
    return Client(enforce_csrf_checks=True).generic(action["method"], f"{parts.path}?{parts.query}")


def test_a_page_rings_and_its_button_acknowledges_with_a_short_answer(server, alice):
    found = incident(alice)
    paging.tick(now=MONDAY, at_once=1)
    (message,) = server.messages
    assert (message["topic"], message["priority"]) == ("my-secret-topic", 4)
    assert message["title"] == "[SEV 2] payments-api: Card authorisations failing"
    assert "/p/" in message["click"]

    answer = press(message, "Acknowledge")

    found.refresh_from_db()
    assert (found.state, found.acknowledged_by) == ("acknowledged", alice)
    assert found.timeline.get(kind="acknowledged").source == "ntfy"
    assert answer.content.decode() == f"{found.number} is yours.\n"
    assert Attempt.objects.get().provider_id == "msg1"


def test_pressing_twice_or_after_the_end_changes_nothing(server, alice):
    found = incident(alice)
    paging.tick(now=MONDAY, at_once=1)
    press(server.messages[0], "Acknowledge")
    assert press(server.messages[0], "Acknowledge").content.decode() == f"{found.number} is yours.\n"

    found.refresh_from_db()
    found.resolve(by=make.bob(), at=MONDAY)
    assert found.timeline.filter(kind="acknowledged").count() == 1
    assert press(server.messages[0], "Acknowledge").content.decode() == f"{found.number} is resolved already.\n"


def test_somebody_elses_incident_says_so(server, alice):
    found = incident(alice)
    paging.tick(now=MONDAY, at_once=1)
    found.refresh_from_db()
    found.acknowledge(by=make.bob(), at=MONDAY)

    answer = press(server.messages[0], "Acknowledge").content.decode()

    assert answer == f"{found.number} is acknowledged already.\n"


def test_a_forged_link_is_refused(client):
    assert client.post("/p/1:forged:token/?by=ntfy").status_code == 404


@pytest.mark.parametrize(("severity", "priority"), [(1, 5), (2, 4), (3, 3)])
def test_the_worse_the_louder(server, alice, severity, priority):
    incident(alice, severity=severity)

    paging.tick(now=MONDAY, at_once=1)

    assert server.messages[0]["priority"] == priority


def test_a_storm_is_one_notification_that_takes_all(server, alice):
    found = [incident(alice, f"Trouble {number}", name=f"service-{number}") for number in range(6)]
    paging.tick(now=MONDAY, at_once=1)
    (message,) = server.messages
    assert "6 incidents" in message["title"]

    answer = press(message, "Acknowledge")

    assert answer.content.decode() == "6 of 6 incidents are yours.\n"
    assert {type(one).objects.get(pk=one.pk).state for one in found} == {"acknowledged"}


def test_long_titles_and_texts_fit(server, alice):
    incident(alice, "é漢" * 240)

    paging.tick(now=MONDAY, at_once=1)

    assert len(server.messages[0]["title"].encode()) <= 250


def test_a_room_is_told_without_a_button_that_acts(server):
    room = Room.objects.create(
        team=make.team(), name="Night", channel="ntfy", address=server.address, sealed_secret=seal("tk_secret")
    )
    policy = make.policy(make.alice())
    policy.current.steps.get().targets.create(room=room)
    make.incident(of=make.service(escalation_policy=policy))

    paging.tick(now=MONDAY, at_once=1)

    assert [action["label"] for action in server.messages[0]["actions"]] == ["Open"]


def test_the_token_a_person_brings_is_sealed_and_sent(server):
    method, shown = verifying.add(make.person(reachable=False), "ntfy", server.address, MONDAY, "tk_secret")
    verifying.send_code(method, MONDAY)

    assert shown == ""
    assert "tk_secret" not in method.sealed_secret
    assert verifying.check_code(method, server.messages[0]["title"][:6], MONDAY)


def test_a_wrong_token_is_a_failure_for_good(server, alice):
    server.token = "tk_other"
    incident(alice)

    paging.tick(now=MONDAY, at_once=1)

    assert Attempt.objects.get().state == "failed"
    assert "The ntfy server answered 403." in Attempt.objects.get().error


def test_the_token_is_asked_for_on_the_profile_and_only_ntfy_takes_one(client, server):
    user = make.alice()
    client.force_login(user)
    place = "/profile/contacts/add/"
    page = client.post(place, {"channel": "ntfy", "address": server.address, "secret": "tk_secret"}, follow=True)
    refused = client.post(place, {"channel": "email", "address": "a@b.example", "secret": "x"})

    assert "A code is on its way" in page.content.decode()
    assert "tk_secret" not in page.content.decode()
    assert server.messages
    assert "E-mail takes no access token." in refused.content.decode()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("https://ntfy.sh/", "a server and a topic"),
        ("https://ntfy.sh/a/b", "a server and a topic"),
        ("https://ntfy.sh/what?x=1", "a server and a topic"),
        ("my-topic", "a server and a topic"),
        ("ftp://example.com/topic", "starts with https"),
        ("http://192.168.1.2/topic", "not a public address"),
    ],
)
def test_other_addresses_are_refused(typed, sentence):
    with pytest.raises(ValueError, match=sentence):
        ntfy.read_address(typed)
