"""Rules, conditions and rooms in a real browser: by keyboard, without JavaScript, and as axe sees them."""

import pytest
from playwright.sync_api import expect

from oncall.models import NotificationRule
from tests import make
from tests.axe import assert_accessible
from tests.browsing import DESKTOP, PHONE, window
from tests.oncall.test_schedule_screens import running

pytestmark = pytest.mark.browser


@pytest.fixture
def policy(shared_stack):
    """Payments primary, then Bob."""
    team = make.team("Payments", make.alice(), make.bob())
    NotificationRule.objects.all().delete()
    return make.policy(running(make.alice(), owner=team), make.bob(), owner=team)


@pytest.fixture
def open_as(browser, shared_stack):
    """A window of somebody who is signed in; what the browser complains of is on `page.complaints`."""
    contexts = []

    def opened(user, path, width=DESKTOP, theme="light", **options):
        context = browser.new_context(**options) if options else window(browser, width, theme)
        contexts.append(context)
        context.add_cookies([{"name": "sessionid", "value": shared_stack.session_of(user), "url": shared_stack.url}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.complaints = []
        page.on("console", lambda message: page.complaints.append(message.text) if message.type == "error" else None)
        page.goto(shared_stack.url + path)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("width", "theme"), [(PHONE, "dark"), (DESKTOP, "light")])
def test_what_sets_paging_up_is_accessible(open_as, policy, width, theme):
    make.rule(make.alice(), 15)
    for path in ("/profile/", f"/policies/{policy.pk}/", f"/policies/{policy.pk}/edit/", "/teams/payments/"):
        page = open_as(make.alice(), path, width, theme)
        page.locator("main details.fold").evaluate_all("folds => folds.forEach((fold) => { fold.open = true; })")
        assert_accessible(page)
        assert page.complaints == []


def test_conditions_are_set_by_keyboard_and_said_in_words(open_as, policy):
    page = open_as(make.alice(), f"/policies/{policy.pk}/edit/")
    page.locator("#step-1 summary").focus()
    page.keyboard.press("Enter")

    page.locator("#pick-1").select_option("in_turn")
    page.get_by_role("button", name="Show the sentence").last.press("Enter")

    expect(page.locator("#policy .is-sunk")).to_contain_text("page one of Bob Kimani, each time the next")
    expect(page.locator("#step-1 details")).to_have_attribute("open", "")
    assert policy.steps.last().pick == "everybody"
    assert page.complaints == []


def test_without_javascript_a_rule_is_added(open_as, policy):
    page = open_as(make.alice(), "/profile/", java_script_enabled=False)
    page.locator("summary", has_text="Add a rule").click()
    page.get_by_label("After, in minutes").fill("5")
    page.get_by_role("button", name="Add the rule").click()

    expect(page.locator(".rule")).to_contain_text("after 5 minutes")


def test_only_the_hint_of_the_chosen_channel_is_shown(open_as, policy):
    page = open_as(make.alice(), "/profile/")

    page.get_by_label("How", exact=True).select_option("webhook")

    expect(page.get_by_text("The URL of a receiver of signed webhooks.")).to_be_visible()
    expect(page.locator('[data-hint="email"]')).to_be_hidden()
