"""Web Push: what a browser reads, who it is that pushes, and what becomes of a browser that is gone."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client

from oncall import paging, verifying
from oncall.channels import Message, push, usable, vapid
from oncall.exceptions import Conflict
from oncall.forms.profile import channels_for_people
from oncall.models import Attempt, AuditEntry, InstallationKey
from tests import make
from tests.make import MONDAY
from tests.oncall.fakes.push import PushService, encoded

pytestmark = pytest.mark.django_db


@pytest.fixture
def service(settings):
    settings.ERRATA_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with PushService() as running:
        yield running


@pytest.fixture
def browser(service):
    return service.subscribe(vapid.public_key())


@pytest.fixture
def alice(browser):
    return register(make.person(reachable=False), browser)


def register(user, browser):
    method, _ = verifying.add(user, "push", browser.endpoint, MONDAY, json.dumps(browser.keys))
    method.verified_at = MONDAY
    method.save()
    return user


def incident(user, title="Card authorisations failing", name="payments-api"):
    return make.incident(title, of=make.service(name, escalation_policy=make.policy(user)))


def tick():
    paging.tick(now=MONDAY, at_once=1)


def test_a_page_is_read_by_its_browser_only_and_its_button_acknowledges(service, browser, alice):
    found = incident(alice)
    tick()
    (shown,) = browser.shown
    assert shown["title"] == "[SEV 2] payments-api: Card authorisations failing"
    assert shown["tag"] == found.number
    assert b"payments" not in service.received[0][2]

    answer = Client(enforce_csrf_checks=True).post(shown["acknowledge"])

    found.refresh_from_db()
    assert (found.state, found.timeline.get(kind="acknowledged").source) == ("acknowledged", "push")
    assert answer.content.decode() == f"{found.number} is yours.\n"


def test_the_push_service_is_told_how_urgent_it_is_and_how_long_it_counts(service, alice):
    found = incident(alice)

    tick()

    headers = service.headers[0]
    assert (headers["Urgency"], headers["TTL"], headers["Topic"]) == ("high", "14400", found.number)


def test_opening_the_link_of_a_notification_changes_nothing(browser, alice, client):
    found = incident(alice)
    tick()

    assert client.get(urlsplit(browser.shown[0]["url"]).path).status_code == 200
    found.refresh_from_db()
    assert found.state == "triggered"


def test_a_storm_is_one_notification_and_replaces_nothing_undelivered(service, browser, alice):
    for number in range(6):
        incident(alice, f"Trouble {number}", f"service-{number}")

    tick()

    (shown,) = browser.shown
    assert (shown["tag"], "6 incidents" in shown["title"]) == ("bundle", True)
    assert "Topic" not in service.headers[0]


@pytest.mark.parametrize("title", ["é漢字😀" * 120, '"\\</script>\x07' * 40])
def test_long_and_strange_titles_fit_into_a_push(browser, alice, title):
    incident(alice, title)

    tick()

    assert len(browser.shown) == 1


def test_the_longest_payload_is_within_the_limit():
    wide = Message(
        "bundle", "漢" * 4000, "漢" * 4000, "漢" * 4000, "", {}, "https://errata.example/p/" + "x" * 120, "t"
    )

    assert len(push.payload(wide)) <= push.MOST_BYTES


def test_the_code_comes_as_a_notification_and_verifies(browser):
    method, shown = verifying.add(make.person(), "push", browser.endpoint, MONDAY, json.dumps(browser.keys))
    verifying.send_code(method, MONDAY)

    assert shown == ""
    assert browser.keys["auth"] not in method.sealed_secret
    assert browser.shown[0]["acknowledge"] == ""
    assert verifying.check_code(method, browser.shown[0]["title"][:6], MONDAY)


def test_a_browser_that_is_gone_is_no_longer_verified_and_another_way_is_taken(service, browser, alice, mailoutbox):
    make.contact(alice)
    Attempt.objects.all().delete()
    service.unsubscribe(browser)
    found = incident(alice)

    tick()

    method = alice.contact_methods.get(channel="push")
    assert not method.is_verified
    assert AuditEntry.objects.get(verb="lost").detail == "The push service no longer knows this browser."
    assert "no longer knows this browser" in found.timeline.get(kind="delivery").text
    assert len(mailoutbox) == 1


def test_a_gone_browser_says_so_when_its_code_is_sent(service, browser):
    method, _ = verifying.add(make.person(), "push", browser.endpoint, MONDAY, json.dumps(browser.keys))
    service.unsubscribe(browser)

    with pytest.raises(Conflict, match="no longer knows this browser"):
        verifying.send_code(method, MONDAY)


def test_a_key_that_is_not_ours_is_refused_by_the_push_service(service):
    browser = service.subscribe("another key")
    incident(register(make.person(reachable=False), browser))

    tick()

    assert Attempt.objects.get().error.startswith("The push service answered 403.")


def test_a_signing_key_whose_secret_is_gone_is_a_failure_for_good(browser, alice):
    InstallationKey.objects.update(sealed_text="sealed by a key that is gone")
    incident(alice)

    tick()

    assert (Attempt.objects.get().state, "cannot be read any more" in Attempt.objects.get().error) == ("failed", True)


def test_an_address_without_a_dot_is_enough_to_push(browser, alice, settings):
    settings.DEFAULT_FROM_EMAIL = "Errata <errata@mailhost>"
    incident(alice)

    tick()

    assert browser.shown


@pytest.mark.django_db(transaction=True)
def test_two_processes_at_once_make_one_key():
    gate = threading.Barrier(2)

    def ask(_):
        try:
            gate.wait()
            return vapid.public_key()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        assert len(set(threads.map(ask, range(2)))) == 1
    assert "PRIVATE" not in InstallationKey.objects.get().sealed_text


@pytest.mark.parametrize("typed", ["http://127.0.0.1/push/1", "https://10.0.0.1/push", "ftp://example.com/"])
def test_an_endpoint_into_a_private_network_is_refused(typed):
    with pytest.raises(ValueError, match=r"not a public address|starts with https"):
        push.read_address(typed)


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [("", ""), ("AAAA", encoded(b"1" * 16)), (encoded(b"\x04" + b"1" * 64), encoded(b"1" * 16)), ("ü", "ü")],
)
def test_keys_that_are_none_are_refused(p256dh, auth):
    with pytest.raises(ValueError, match="keys that cannot be read"):
        push.read_keys(p256dh, auth)


def test_push_is_offered_by_its_button_and_not_in_the_list_of_addresses():
    assert "push" in {channel.name for channel in usable()}
    assert "push" not in dict(channels_for_people())


def test_the_profile_registers_a_browser_and_verifies_it_by_its_code(client, service):
    user = make.alice()
    client.force_login(user)
    key = client.post("/profile/push/key/").json()["key"]
    browser = service.subscribe(key)

    page = client.post("/profile/push/add/", {"endpoint": browser.endpoint, **browser.keys}, follow=True)

    method = user.contact_methods.get(channel="push")
    assert f"127.0.0.1 …{browser.endpoint[-6:]}" in page.content.decode()
    assert browser.keys["auth"] not in page.content.decode()
    client.post(f"/profile/contacts/{method.pk}/verify/", {"code": browser.shown[0]["title"][:6]})
    method.refresh_from_db()
    assert method.is_verified


def test_a_browser_that_gives_nonsense_is_told_so(client):
    client.force_login(make.alice())

    page = client.post("/profile/push/add/", {"endpoint": "https://10.0.0.1/"}, follow=True).content.decode()

    assert "The browser gave keys that cannot be read" in page


def test_the_worker_comes_from_the_root_and_the_app_can_be_installed(client):
    worker, manifest = client.get("/service-worker.js"), client.get("/manifest.webmanifest")

    assert worker["Content-Type"].startswith("text/javascript")
    assert "default-src 'self'" in worker["Content-Security-Policy"]
    assert worker["Cache-Control"] == "no-cache"
    about = manifest.json()
    assert (about["display"], about["scope"]) == ("standalone", "/")
    assert all(client.get(icon["src"]).status_code == 200 for icon in about["icons"])
    assert manifest["Content-Type"] == "application/manifest+json"
