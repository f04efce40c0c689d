"""Snoozing and asking others in a real browser, and axe with everything open."""

from datetime import timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.utils import timezone

from oncall.linking import link_of, token_of_bundle
from oncall.models import Alert, Attempt, Maintenance, Membership, Page
from tests import make
from tests.axe import assert_accessible
from tests.browsing import DESKTOP, PHONE, THEMES, window

pytestmark = pytest.mark.browser
DIALOGS = ("Snooze until…", "Ask for help…", "Reassign…", "Follow another policy…")


@pytest.fixture
def incident(shared_stack):
    """A held incident with a responder, a practice, and an alert; Alice manages its team."""
    now, alice = timezone.now(), make.alice()
    Membership.objects.update_or_create(team=make.team(), user=alice, defaults={"role": Membership.Role.MANAGER})
    service = make.service(f"held-{next(make.number)}", escalation_policy=make.policy(make.bob()))
    make.policy(make.carol())
    span = {"starts_at": now, "ends_at": now + timedelta(hours=2)}
    Maintenance.objects.create(service=service, reason="database upgrade", created_by=alice, **span)
    incident = make.incident("Drill", of=service, at=now, page_after=span["ends_at"], is_practice=True)
    incident.responders.create(user=make.carol(), added_by=alice, added_at=now, rounds=1)
    door, _ = make.integration(of=service)
    times = {"started_at": now, "opened_at": now, "last_signal_at": now}
    Alert.objects.create(title="Declines", incident=incident, service=service, integration=door, dedup_key="1", **times)
    return incident


@pytest.fixture
def opened(browser, shared_stack, incident):
    """A screen of Alice's in a window of this width and theme."""
    contexts = []

    def opened(width=DESKTOP, theme="light"):
        context = window(browser, width, theme, shared_stack.url)
        session = shared_stack.session_of(make.alice())
        context.add_cookies([{"name": "sessionid", "value": session, "url": shared_stack.url}])
        contexts.append(context)
        page = context.new_page()
        page.goto(incident.get_absolute_url())
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_everybody_can_use_it_with_everything_open(opened, width, theme):
    page = opened(width, theme)
    page.locator("#more > summary").click()
    assert_accessible(page)
    for name in DIALOGS:
        if not page.locator("#more").evaluate("menu => menu.open"):
            page.locator("#more > summary").click()
        page.get_by_role("link", name=name).click()
        assert_accessible(page)
        page.get_by_role("button", name="Close").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_two_presses_snooze_on_a_phone_and_the_menu_closes(opened, incident):
    page = opened(PHONE)
    page.locator("#more > summary").click()
    page.get_by_role("button", name="1 h", exact=True).click()

    page.locator("#snoozed").wait_for()
    assert not page.locator("#more").evaluate("menu => menu.open")
    incident.refresh_from_db()
    assert incident.state == "acknowledged"


def test_a_mistyped_person_is_told_in_the_dialog_and_the_right_one_closes_it(opened, incident):
    page = opened()
    page.locator("#more > summary").click()
    page.get_by_role("link", name="Ask for help…").click()
    dialog = page.locator("#dialog-help")
    dialog.get_by_label("Whom to ask").fill("Nobody")
    dialog.get_by_role("button", name="Ask them").click()
    dialog.get_by_text("Nobody here is called").wait_for()
    assert dialog.is_visible()

    dialog.get_by_label("Whom to ask").fill("bob@example.com")
    dialog.get_by_role("button", name="Ask them").click()
    page.locator("#responders").get_by_text("Bob Kimani").wait_for()
    dialog.wait_for(state="hidden")


def test_page_now_ends_the_hold(opened, incident):
    page = opened()
    page.get_by_role("button", name="Page now").click()

    page.locator("#held").wait_for(state="detached")
    incident.refresh_from_db()
    assert incident.ignores_holds


@pytest.fixture
def bundle(incident):
    """The link of a message about two incidents."""
    name, pages = uuid4(), []
    for one in (incident, make.incident("Ledger drift", of=incident.service, severity=1)):
        place = {"cycle": 1, "round": 0, "step": 0, "reason": "named", "opened_at": timezone.now()}
        pages.append(Page.objects.create(incident=one, user=make.alice(), **place))
    for page in pages:
        facts = {"channel": "email", "address": "a@example.com", "send_after": timezone.now(), "state": "sent"}
        Attempt.objects.create(page=page, bundle=name, **facts)
    return urlsplit(link_of(token_of_bundle(name, make.alice()))).path


@pytest.mark.parametrize(("width", "theme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_everybody_can_use_the_screens_around_it(opened, incident, bundle, width, theme):
    page = opened(width, theme)
    alert, service = incident.alerts.get(), incident.service
    paths = (
        bundle,
        f"{incident.get_absolute_url()}more/",
        f"{incident.get_absolute_url()}alerts/{alert.pk}/mute/",
        service.get_absolute_url(),
        f"{service.get_absolute_url()}maintenance/",
        "/incidents/declare/",
        "/schedules/",
        "/",
    )
    for path in paths:
        page.goto(path)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
