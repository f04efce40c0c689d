"""Apprise: which of its services may be used, where it may call, and that its URLs stay secret."""

import inspect
import json
import logging
import sys

import pytest
import requests

from oncall import outgoing, paging, verifying
from oncall.channels import apprise
from oncall.channels.apprise_schemes import SCHEMES
from oncall.models import Attempt, AuditEntry, Room
from oncall.sealing import seal
from tests import make
from tests.make import MONDAY
from tests.oncall.fakes.provider import Provider

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings):
    settings.ERRATA_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with Provider() as running:
        yield running


@pytest.fixture
def url(server):
    return f"json://alice:pass-word-1@127.0.0.1:{server.server_port}/hook?+X-Token=t0k3n"


@pytest.fixture
def alice(url):
    user = make.person(reachable=False)
    method, _ = verifying.add(user, "apprise", url, MONDAY)
    method.verified_at = MONDAY
    method.save()
    return user


def incident(user, title="Card authorisations failing", name="payments-api"):
    return make.incident(title, of=make.service(name, escalation_policy=make.policy(user)))


def test_a_page_goes_out_with_its_link(server, alice):
    incident(alice)

    paging.tick(now=MONDAY)

    path, headers, body = server.received[0]
    told = json.loads(body)
    assert (path, headers["X-Token"]) == ("/hook", "t0k3n")
    assert told["title"] == "[SEV 2] payments-api: Card authorisations failing"
    assert "Acknowledge: http://testserver/p/" in told["message"]
    assert (Attempt.objects.get().state, Attempt.objects.get().provider_id) == ("sent", "")


def test_nothing_of_the_url_is_shown_or_logged(server, alice, client, caplog):
    server.broken = (500, {}, b"no")
    found = incident(alice)
    with caplog.at_level(logging.DEBUG):
        paging.tick(now=MONDAY)
    client.force_login(alice)

    seen = [
        client.get("/profile/").content.decode(),
        client.get(found.get_absolute_url()).content.decode(),
        caplog.text,
    ]
    seen += [str(row) for row in Attempt.objects.values()] + [str(row) for row in AuditEntry.objects.values()]
    seen += [str(row) for row in alice.contact_methods.values()] + [entry.text for entry in found.timeline.all()]

    assert not [text for text in seen if "pass-word-1" in text or "t0k3n" in text]
    assert "json://… (" in seen[0]


def test_a_storm_is_one_message(server, alice):
    for number in range(6):
        incident(alice, f"Trouble {number}", f"service-{number}")

    paging.tick(now=MONDAY, at_once=1)

    (only,) = server.received
    assert "6 incidents" in json.loads(only[2])["title"]


def test_a_room_keeps_its_url_sealed(server, url):
    address = apprise.read_address(url)
    room = Room.objects.create(
        team=make.team(), name="Night", channel="apprise", address=address, sealed_secret=seal(apprise.secret_in(url))
    )
    policy = make.policy(make.alice())
    policy.current.steps.get().targets.create(room=room)
    make.incident(of=make.service(escalation_policy=policy))

    paging.tick(now=MONDAY, at_once=1)

    assert "/incidents/" in json.loads(server.received[0][2])["message"]


def test_the_code_verifies_and_the_secret_is_not_shown(server, url, client):
    user = make.alice()
    client.force_login(user)

    page = client.post("/profile/contacts/add/", {"channel": "apprise", "address": url}, follow=True).content.decode()

    method = user.contact_methods.get(channel="apprise")
    assert "pass-word-1" not in page
    code = json.loads(server.received[0][2])["title"][:6]
    assert verifying.check_code(method, code, method.code_sent_at)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("dbus://", "dbus:// is not among"),
        ("syslog://", "syslog:// is not among"),
        ("gnome://", "gnome:// is not among"),
        ("windows://", "windows:// is not among"),
        ("macosx://", "macosx:// is not among"),
        ("file:///etc/passwd", "file:// is not among"),
        ("exec://rm", "exec:// is not among"),
        ("fcm://project/token?keyfile=/etc/passwd", "fcm:// is not among"),
        ("mailto://me:secret@example.com", "mailto:// is not among"),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/?template=/etc/passwd", "cannot name a template"),
        ("json://127.0.0.1/x", "not a public address"),
        ("xml://10.1.2.3/x", "not a public address"),
        ("gotifys://192.168.1.1/token", "not a public address"),
        ("matrix://me:secret@169.254.169.254/#room", "not a public address"),
        ("json://no-such-name.invalid/", "cannot be resolved"),
        ("discord://1", "not a complete discord:// address"),
        ("what is this", "not the URL of a service"),
    ],
)
def test_other_addresses_are_refused_in_words_without_the_url(typed, sentence):
    with pytest.raises(ValueError, match=sentence) as refusal:
        apprise.read_address(typed)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("typed", ["ntfy://my-secret-topic", "discord://123456789012345678/abcdefghijklmnopqrstuvwxyz"])
def test_a_token_in_the_place_of_a_host_is_looked_up_nowhere(typed):
    assert apprise.read_address(typed).startswith(typed.partition("/")[0] + "//… (")


def test_an_address_that_has_become_private_is_not_called(server, alice, settings):
    settings.ERRATA_ALLOWED_NETWORKS = []
    incident(alice)

    paging.tick(now=MONDAY)

    assert not server.received
    assert Attempt.objects.get().state == "failed"
    assert "may not be called" in Attempt.objects.get().error


def test_redirects_are_not_followed(server, alice):
    server.broken = (302, {"Location": f"{server.url}/other"}, b"")
    incident(alice)

    paging.tick(now=MONDAY)

    assert len(server.received) == 1
    assert Attempt.objects.get().error == "The service answered 302."


def test_proxies_of_the_machine_do_not_lead_round_the_check(server, alice, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    incident(alice)

    paging.tick(now=MONDAY)

    assert len(server.received) == 1


def test_outside_a_delivery_the_library_calls_nobody(server):
    apprise._library()

    with pytest.raises(requests.ConnectionError):
        requests.post(server.url, timeout=1)
    assert not server.received


def test_a_service_that_hangs_is_uncertain(server, alice, monkeypatch):
    monkeypatch.setitem(outgoing.TIMEOUT, "read", 0.2)
    server.release.clear()
    incident(alice)

    paging.tick(now=MONDAY)

    assert Attempt.objects.order_by("pk").first().state == "uncertain"


# What a service that is called over HTTP has no use for.
FOREIGN = {"socket", "subprocess", "smtplib", "dbus", "gi", "syslog", "paho", "slixmpp", "gntp", "pika", "ctypes"}


def test_every_service_of_the_list_speaks_through_requests_alone():
    library = apprise._library()
    plugins = library.manager_plugins.NotificationManager()
    for scheme in SCHEMES:
        module = sys.modules[plugins[scheme].__module__]
        source = inspect.getsource(module)
        assert "import requests" in source, scheme
        assert not [name for name in FOREIGN if f"import {name}\n" in source or f"from {name}" in source], scheme
