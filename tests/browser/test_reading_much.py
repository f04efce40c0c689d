"""A COE with much in it, in a real browser: what it is about is in sight, and it is no wider than a phone."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from coe import editing
from coe.models import TimelineEvent
from tests import make
from tests.browsing import DESKTOP, PHONE, window
from tests.coe.writers import LATER, drafted
from tests.make import MONDAY

pytestmark = pytest.mark.browser
CAUSES, LINES = 16, 260
IN_SIGHT = """node => {
  const [inner, outer] = [node, node.closest(".graph-scroll")].map((one) => one.getBoundingClientRect());
  return inner.top >= outer.top && inner.bottom <= outer.bottom && inner.left < outer.right;
}"""


def reading(browser, stack, coe, width):
    """Alice's window of this width on the COE."""
    context = window(browser, width, base_url=stack.url)
    context.add_cookies([{"name": "sessionid", "value": stack.session_of(make.alice()), "url": stack.url}])
    page = context.new_page()
    page.goto(f"/coes/{coe.pk}/")
    return page


@pytest.fixture
def phone(browser, shared_stack):
    """The draft on Alice's phone: sixteen causes of one, and more lines than are shown without folds."""
    coe = drafted()
    first = editing.add_cause(coe, "The pool was shared", "trigger", by=make.alice(), now=LATER)
    for number in range(CAUSES):
        editing.add_cause(coe, f"Reason {number}", "contributing", by=make.alice(), now=LATER, parent_pk=first.pk)
    TimelineEvent.objects.bulk_create(
        TimelineEvent(coe=coe, at=MONDAY + timedelta(seconds=20 * line), text="Lag") for line in range(LINES)
    )
    page = reading(browser, shared_stack, coe, PHONE)
    yield page
    page.context.close()


def test_a_large_graph_opens_at_the_impact(phone):
    frame = phone.locator(".cause-figure .graph-scroll")

    assert frame.evaluate("one => one.scrollHeight > one.clientHeight")
    expect(frame.locator(".is-impact")).to_be_attached()
    assert frame.locator(".is-impact").evaluate(IN_SIGHT)


def test_a_graph_a_little_too_large_is_shown_whole_until_its_reader_wants_it_large(browser, shared_stack):
    coe = drafted()
    first = editing.add_cause(coe, "The pool was shared", "trigger", by=make.alice(), now=LATER)
    for number in range(4):
        editing.add_cause(coe, f"Reason {number}", "contributing", by=make.alice(), now=LATER, parent_pk=first.pk)
    desktop = reading(browser, shared_stack, coe, DESKTOP)
    frame, whole = desktop.locator(".cause-figure .graph-scroll"), desktop.locator("[data-whole]")
    expect(whole).to_have_attribute("aria-pressed", "true")

    assert frame.evaluate("one => one.scrollWidth === one.clientWidth")
    whole.click()
    assert frame.evaluate("one => one.scrollWidth > one.clientWidth")
    desktop.context.close()


def test_folds_of_a_long_timeline_fit_a_phone(phone):
    expect(phone.locator(".is-stretch").first).to_be_attached()

    assert phone.evaluate("document.documentElement.scrollWidth") == PHONE


def test_the_contents_stand_before_the_text_on_a_phone(phone):
    phone.locator(".contents-fold summary").click()

    phone.locator(".contents-fold").get_by_role("link", name="Causes").click()

    expect(phone.get_by_role("heading", name="Causes")).to_be_in_viewport()
