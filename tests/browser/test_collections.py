"""A reading list is put in order in a real browser: by the keyboard, by a click, and without JavaScript."""

import pytest
from playwright.sync_api import expect

from coe import collecting
from tests import make
from tests.coe.writers import publish
from tests.make import MONDAY

pytestmark = pytest.mark.browser


@pytest.fixture
def collection(shared_stack):
    """Alice's, with three COEs."""
    made = collecting.make("First week", by=make.alice(), now=MONDAY)
    for title in ("One", "Two", "Three"):
        coe = make.coe(title, state="approved")
        publish(coe, MONDAY)
        collecting.add(made, coe, by=make.alice(), now=MONDAY)
    return made


@pytest.fixture
def open_collection(browser, shared_stack, collection):
    """Opens it before Alice, with or without JavaScript."""
    contexts = []

    def open_collection(**options):
        context = browser.new_context(base_url=shared_stack.url, **options)
        contexts.append(context)
        cookie = {"name": "sessionid", "value": shared_stack.session_of(make.alice()), "url": shared_stack.url}
        context.add_cookies([cookie])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.goto(collection.get_absolute_url())
        return page

    yield open_collection
    for context in contexts:
        context.close()


def titles(page):
    return page.locator(".entry .row-title")


def test_alt_with_an_arrow_moves_an_entry_and_the_focus_stays_with_it(open_collection):
    page = open_collection()
    page.get_by_role("button", name="down").first.focus()

    page.keyboard.press("Alt+ArrowDown")

    expect(titles(page)).to_have_text(["Two", "One", "Three"])
    moved = page.locator(".entry", has_text="One").get_by_role("button", name="down")
    expect(moved).to_be_focused()
    page.keyboard.press("Alt+ArrowDown")
    expect(titles(page)).to_have_text(["Two", "Three", "One"])


def test_without_javascript_the_arrows_are_buttons(open_collection):
    page = open_collection(java_script_enabled=False)

    page.locator(".entry", has_text="Three").get_by_role("button", name="up").click()

    expect(titles(page)).to_have_text(["One", "Three", "Two"])
