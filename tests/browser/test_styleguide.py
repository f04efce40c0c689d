"""Every component in a real browser: accessible in both themes and widths, within the policy, light enough."""

import gzip

import pytest

from tests import make
from tests.axe import assert_accessible
from tests.browsing import DESKTOP, PHONE, THEMES, window

pytestmark = pytest.mark.browser
FIRST_SCREEN_KILOBYTES = 60


@pytest.fixture
def dora(shared_stack):
    return make.dora()


@pytest.fixture
def open_screen(browser, shared_stack, dora):
    """Opens the style guide in a window of that width and theme; complaints of the browser are on `page.complaints`."""
    contexts = []

    def opened(width=DESKTOP, theme="light", path="/styleguide/"):
        context = window(browser, width, theme, shared_stack.url)
        context.add_cookies([{"name": "sessionid", "value": shared_stack.session_of(dora), "url": shared_stack.url}])
        contexts.append(context)
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda message: page.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_every_component_is_accessible_and_fits(open_screen, width, theme):
    page = open_screen(width, theme)

    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.complaints == []


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_what_opens_above_a_screen_is_accessible_too(open_screen, width, theme):
    page = open_screen(width, theme)

    for opener in ("link:Escalate", "button:Roll back"):
        role, name = opener.split(":")
        page.get_by_role(role, name=name).first.click()
        assert page.locator("dialog[open]").count() == 1
        assert_accessible(page)
        page.keyboard.press("Escape")
        assert page.locator("dialog[open]").count() == 0


def test_the_first_screen_weighs_little(open_screen, shared_stack, browser, dora):
    page = open_screen()
    addresses = page.eval_on_selector_all(
        "link[rel=stylesheet], script[src]", "all => all.map(one => one.href || one.src)"
    )

    weights = {address: len(gzip.compress(page.request.get(address).body())) for address in addresses}

    assert len(weights) > 20
    assert sum(weights.values()) <= FIRST_SCREEN_KILOBYTES * 1024, weights
    assert all(address.startswith(shared_stack.url) for address in weights)


def test_the_chosen_theme_is_in_the_first_byte_of_the_next_screen(open_screen):
    page = open_screen(theme="light")
    page.locator(".rail-person").click()
    page.get_by_role("button", name="Dark").click()

    assert page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"
    assert 'data-theme="dark"' in page.request.get("/styleguide/").text()


def test_the_guide_is_for_administrators_only(shared_stack, browser):
    alice = make.alice()
    context = window(browser, base_url=shared_stack.url)
    context.add_cookies([{"name": "sessionid", "value": shared_stack.session_of(alice), "url": shared_stack.url}])

    assert context.request.get("/styleguide/").status == 404
    context.close()
