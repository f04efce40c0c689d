"""Push in a real browser: the worker shows what is pushed, its button acknowledges, the profile registers a device."""

import json
import time
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from oncall.channels import push
from oncall.composing import page_message
from oncall.linking import link_of, token_of
from oncall.models import Page
from tests import make
from tests.browsing import DESKTOP, window
from tests.make import MONDAY
from tests.oncall.fakes.push import PushService
from tests.stack import eventually

pytestmark = pytest.mark.browser
REGISTER = """async () => {
  await navigator.serviceWorker.register("/service-worker.js");
  const registration = await navigator.serviceWorker.ready;
  const worker = registration.active;
  const changed = () => new Promise((done) => worker.addEventListener("statechange", done, { once: true }));
  if (worker.state !== "activated") await changed();
  return worker.state;
}"""
SHOWN = """async () => {
  const shown = await (await navigator.serviceWorker.ready).getNotifications();
  return shown.map(({ title, body, tag, requireInteraction, actions, data }) =>
    ({ title, body, tag, requireInteraction, actions: actions.map((one) => one.action), data }));
}"""
# What the browser does when somebody presses a button of the notification.
PRESS = """async (action) => {
  const [notification] = await self.registration.getNotifications();
  self.dispatchEvent(new NotificationEvent("notificationclick", { notification, action }));
}"""
# No push service of a browser's vendor is called from tests: the subscription is one of the fake's.
SUBSCRIBED = """(given) => {
  PushManager.prototype.subscribe = async function (options) {
    window.subscribedWith = btoa(String.fromCharCode(...new Uint8Array(options.applicationServerKey)));
    return { toJSON: () => given };
  };
  PushManager.prototype.getSubscription = async () => null;
}"""


@pytest.fixture
def alice(shared_stack):
    user = make.alice()
    user.contact_methods.filter(channel="push").delete()
    return user


@pytest.fixture
def context(browser, shared_stack, alice):
    opened = window(browser, DESKTOP, base_url=shared_stack.url)
    opened.grant_permissions(["notifications"], origin=shared_stack.url)
    opened.add_cookies([{"name": "sessionid", "value": shared_stack.session_of(alice), "url": shared_stack.url}])
    yield opened
    opened.close()


@pytest.fixture
def page(context):
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto("/profile/")
    return page


@pytest.fixture
def paged(alice, shared_stack, settings):
    """A page of Alice's that the paging of the stack leaves alone."""
    settings.ERRATA_URL = shared_stack.url
    incident = make.incident("<b>Card</b> authorisations failing", page_after=None)
    where = {"cycle": 1, "round": 0, "step": 0, "opened_at": MONDAY}
    return Page.objects.create(incident=incident, user=alice, reason="on call", **where)


def deliver(page, payload, until):
    """Have Chromium hand the worker a push until this is so; returns what `until` said.

    Chromium answers at once and may drop what comes while the worker starts: push services repeat, and so does this.
    A repetition carries the same tag, so that it shows nothing more.
    """
    hand_over = handing(page, payload)
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        hand_over()
        for _ in range(40):
            if found := until():
                return found
            page.wait_for_timeout(100)
    raise AssertionError(f"nothing came of the push; shown: {page.evaluate(SHOWN)}")


def handing(page, payload):
    """What hands the push over, once."""
    devtools = page.context.new_cdp_session(page)
    found = []
    devtools.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
    devtools.send("ServiceWorker.enable")
    living = lambda: [one for one in found if not one["isDeleted"]]  # noqa: E731
    registration = eventually(lambda: page.wait_for_timeout(50) or living())[-1]
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(page.url))
    known = {"origin": origin, "registrationId": registration["registrationId"], "data": payload}
    return lambda: devtools.send("ServiceWorker.deliverPushMessage", known)


def shown_after(page, payload):
    return deliver(page, payload, lambda: page.evaluate(SHOWN))


def titles(page):
    return [one["title"] for one in page.evaluate(SHOWN)]


def test_a_pushed_page_is_shown_and_its_button_acknowledges(page, paged, alice):
    assert page.evaluate(REGISTER) == "activated"
    told = push.payload(page_message(paged, MONDAY)).decode()
    (shown,) = shown_after(page, told)
    assert shown["title"] == "[SEV 2] payments-api: <b>Card</b> authorisations failing"
    assert (shown["tag"], shown["requireInteraction"]) == (paged.incident.number, True)
    assert shown["actions"] == ["acknowledge", "open"]

    page.context.service_workers[0].evaluate(PRESS, "acknowledge")

    eventually(lambda: titles(page) == [f"{paged.incident.number} is yours."])
    paged.incident.refresh_from_db()
    assert paged.incident.acknowledged_by == alice
    assert paged.incident.timeline.get(kind="acknowledged").source == "push"


def test_a_repeated_page_takes_the_place_of_the_first(page, paged):
    page.evaluate(REGISTER)
    told = json.loads(push.payload(page_message(paged, MONDAY)))

    shown_after(page, json.dumps({**told, "body": "first"}))

    bodies = lambda: [one["body"] for one in page.evaluate(SHOWN)]  # noqa: E731
    deliver(page, json.dumps({**told, "body": "second"}), until=lambda: bodies() == ["second"])


def test_a_click_opens_the_page_and_changes_nothing(page, paged):
    page.evaluate(REGISTER)
    (shown,) = shown_after(page, push.payload(page_message(paged, MONDAY)).decode())

    assert shown["data"]["url"].startswith(link_of(token_of(paged)).rpartition(":")[0][:30])
    paged.incident.refresh_from_db()
    assert paged.incident.state == "triggered"


def test_what_cannot_be_read_or_acknowledged_says_so(page, paged):
    page.evaluate(REGISTER)
    (shown,) = shown_after(page, "no JSON at all")
    assert "cannot be read" in shown["body"]

    told = {"title": "T", "body": "b", "tag": "unreadable", "url": "/", "acknowledge": "/p/1:x:y/"}
    deliver(page, json.dumps(told), until=lambda: titles(page) == ["T"])
    page.context.service_workers[0].evaluate(PRESS, "acknowledge")

    eventually(lambda: titles(page) == ["Not acknowledged"])


def test_a_device_is_registered_by_a_button_and_verified_by_the_code_it_shows(page, alice):
    with PushService() as service:
        browser = service.subscribe()
        page.evaluate(SUBSCRIBED, {"endpoint": browser.endpoint, "keys": browser.keys})
        page.get_by_role("button", name="Push on this device").click()
        code = eventually(lambda: page.wait_for_timeout(50) or browser.shown)[0]["title"][:6]
        page.get_by_label("Code of six digits").fill(code)
        page.get_by_role("button", name="Verify").click()

        row = page.locator(".contact", has_text="127.0.0.1 …")
        expect(row).to_contain_text("Verified")
        assert alice.contact_methods.get(channel="push").is_verified


def test_without_javascript_the_button_is_not_there(browser, shared_stack, alice):
    plain = browser.new_context(base_url=shared_stack.url, java_script_enabled=False)
    plain.add_cookies([{"name": "sessionid", "value": shared_stack.session_of(alice), "url": shared_stack.url}])
    page = plain.new_page()
    page.goto("/profile/")

    expect(page.get_by_role("heading", name="How pages reach you")).to_be_visible()
    expect(page.get_by_role("button", name="Push on this device")).to_be_hidden()
    plain.close()
