"""Every screen in a real browser, phone and desktop, light and dark: accessible, within the policy, never wider.

The screens are listed in `tests/browser/screens.py`; what they look like is for people to judge (`tests/shots.py`).
"""

import pytest

from tests import axe
from tests.browser.screens import SCREENS, address, organisation
from tests.browsing import DESKTOP, HEIGHTS, PHONE, window
from tests.conftest import models_of, server
from tests.stack import Stack

pytestmark = pytest.mark.browser
FADING = "document.getAnimations().filter((one) => one instanceof CSSTransition).length"
DRAWN = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.fixture(scope="module")
def stack(postgres, django_db_blocker):
    """The program with a small organisation in it, for all screens."""
    with Stack(postgres, server.home) as stack, models_of(stack, django_db_blocker):
        stack.things = organisation()
        yield stack


@pytest.fixture(scope="module")
def windows(stack, browser):
    """One window per person; what the browser complains of is on `page.complaints`."""
    pages = {}
    for who, user in stack.things.lookers.items():
        context = window(browser, base_url=stack.url)
        if user:
            context.add_cookies([{"name": "sessionid", "value": stack.session_of(user), "url": stack.url}])
        pages[who] = listened_to(context.new_page())
    yield pages
    for page in pages.values():
        page.context.close()


def listened_to(page):
    page.complaints = []

    def note(message):
        # A screen that says 403 or 404 is no fault of the screen.
        if message.type == "error" and message.location.get("url") != page.url:
            page.complaints.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    return page


def look(page, path):
    """What is wrong with a screen, in both widths and both themes."""
    resize(page, DESKTOP)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.goto(path)
    found = [*page.complaints, *judged(page, "desktop, light", axe.violations)]
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    found += judged(page, "desktop, dark", axe.pale)
    resize(page, PHONE)
    return found + judged(page, "phone, dark", axe.violations) + too_wide(page)


def resize(page, width):
    page.set_viewport_size({"width": width, "height": HEIGHTS[width]})


def judged(page, where, by):
    # Whoever asked for less motion sees no colour pass from one theme to the other.
    fading = page.evaluate(FADING)
    page.evaluate(DRAWN)
    faults = [f"{fading} values in transition", *by(page)] if fading else by(page)
    return [f"{where}: {fault}" for fault in faults]


def too_wide(page):
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [f"phone: {wide} px wide"] if wide > PHONE else []


@pytest.mark.parametrize(("who", "path"), SCREENS, ids=[f"{who} {path}" for who, path in SCREENS])
def test_a_screen_is_accessible_fits_and_keeps_the_policy(windows, stack, who, path):
    page = windows[who]
    page.complaints.clear()

    found = look(page, address(path, stack.things))

    assert not found, "\n".join(found)
