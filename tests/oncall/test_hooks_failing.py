"""Providers that answer wrongly, late or with far too much: nothing is lost, and the ledger says it in words."""

import json
from datetime import timedelta

import pytest

from oncall import dispatching, outgoing, paging
from oncall.models import Attempt
from oncall.sealing import seal
from tests import make
from tests.make import MONDAY
from tests.oncall.fakes.ntfy import Ntfy
from tests.oncall.fakes.provider import Provider
from tests.oncall.fakes.push import PushService
from tests.oncall.fakes.teams import Teams

pytestmark = pytest.mark.django_db
PAGE = b"<!doctype html><title>Sign in</title>"
TEN_MB = b"x" * 10_000_000
CHANNELS = ["teams", "ntfy", "push", "apprise"]


def place(channel, server):
    """Address and secret of a contact method at this provider."""
    if channel == "push":
        browser = server.subscribe()
        return browser.endpoint, json.dumps(browser.keys)
    if channel == "apprise":
        return "json://… (1)", f"json://127.0.0.1:{server.server_port}/hook"
    return server.address, ""


@pytest.fixture(params=CHANNELS)
def provider(request, settings):
    """A provider of each channel in turn, with an incident that pages Alice there."""
    settings.ERRATA_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    kinds = {"teams": Teams, "ntfy": Ntfy, "push": PushService, "apprise": Provider}
    with kinds[request.param]() as server:
        alice = make.person(reachable=False)
        address, secret = place(request.param, server)
        sealed = seal(secret) if secret else ""
        alice.contact_methods.create(channel=request.param, address=address, sealed_secret=sealed, verified_at=MONDAY)
        make.incident(of=make.service(escalation_policy=make.policy(alice)))
        server.channel = request.param
        yield server


def outcome():
    """State and words of the first try, and how many are still to come."""
    first = Attempt.objects.order_by("pk").first()
    return first.state, first.error, Attempt.objects.filter(state="pending").count()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_provider_in_trouble_is_asked_again(provider, status):
    provider.broken = (status, {"Retry-After": "1"}, b"later")
    paging.tick(now=MONDAY)
    state, words, waiting = outcome()
    assert (state, waiting) == ("failed", 1)
    assert f"answered {status}" in words

    provider.broken = None
    dispatching.send_due(now=MONDAY + timedelta(seconds=30))

    assert Attempt.objects.order_by("pk").last().state == "sent"


def test_a_provider_that_asks_us_to_wait_is_waited_for(provider):
    provider.broken = (429, {"Retry-After": "40"}, b"slow down")
    paging.tick(now=MONDAY)
    wait = Attempt.objects.get(state="pending").send_after - MONDAY
    expected = 2 if provider.channel == "apprise" else 40  # the library does not say what the answer's headers were

    assert timedelta(seconds=expected) <= wait < timedelta(seconds=expected + 10)


@pytest.mark.parametrize("status", [400, 401, 410])
def test_a_provider_that_refuses_is_not_asked_again(provider, status):
    provider.broken = (status, {}, b"no")

    paging.tick(now=MONDAY)

    state, words, waiting = outcome()
    assert (state, waiting) == ("failed", 0)
    assert "answered" in words or "no longer knows" in words


def test_ten_megabytes_are_not_read(provider):
    provider.broken = (500, {}, TEN_MB)

    paging.tick(now=MONDAY)

    state, words, waiting = outcome()
    assert (state, waiting) == ("failed", 1)
    assert len(words) < 1000


def test_a_web_page_in_place_of_an_answer_is_told_apart_where_it_can_be(provider):
    provider.broken = (200, {"Content-Type": "text/html"}, PAGE)

    paging.tick(now=MONDAY)

    assert outcome()[0] == ("sent" if provider.channel == "apprise" else "failed")


def test_a_provider_that_hangs_is_uncertain_and_asked_again(provider, monkeypatch):
    monkeypatch.setitem(outgoing.TIMEOUT, "read", 0.2)
    provider.release.clear()

    paging.tick(now=MONDAY)

    state, words, waiting = outcome()
    assert (state, waiting) == ("uncertain", 1)
    assert "did not answer in time" in words


def test_a_provider_that_is_away_is_asked_again(provider):
    provider.shutdown()
    provider.server_close()

    paging.tick(now=MONDAY)

    state, words, waiting = outcome()
    assert (state, waiting) == ("failed", 1)
    assert "could not be reached" in words


def test_an_address_that_leads_inside_is_not_called(provider, settings):
    settings.ERRATA_ALLOWED_NETWORKS = []

    paging.tick(now=MONDAY)

    assert not provider.received
    assert outcome()[0::2] == ("failed", 0)
