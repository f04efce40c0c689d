"""A COE with much in it, in a real browser: what it is about is in sight, and it is no wider than a phone."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from coe import editing
from coe.models import TimelineEvent
from tests import make
from tests.browsing import PHONE, window
from tests.coe.writers import LATER, drafted
from tests.make import MONDAY

pytestmark = pytest.mark.browser
CAUSES, LINES = 16, 260
IN_SIGHT = """node => {
  const [inner, outer] = [node, node.closest(".graph-scroll")].map((one) => one.getBoundingClientRect());
  return inner.top >= outer.top && inner.bottom <= outer.bottom && inner.left < outer.right;
}"""


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
    context = window(browser, PHONE, base_url=shared_stack.url)
    session = shared_stack.session_of(make.alice())
    context.add_cookies([{"name": "sessionid", "value": session, "url": shared_stack.url}])
    page = context.new_page()
    page.goto(f"/coes/{coe.pk}/")
    yield page
    context.close()


def test_a_large_graph_opens_at_the_impact(phone):
    frame = phone.locator(".cause-figure .graph-scroll")

    assert frame.evaluate("one => one.scrollHeight > one.clientHeight")
    expect(frame.locator(".is-impact")).to_be_attached()
    assert frame.locator(".is-impact").evaluate(IN_SIGHT)


def test_folds_of_a_long_timeline_fit_a_phone(phone):
    expect(phone.locator(".is-stretch").first).to_be_attached()

    assert phone.evaluate("document.documentElement.scrollWidth") == PHONE


def test_the_contents_stand_before_the_text_on_a_phone(phone):
    phone.locator(".contents-fold summary").click()

    phone.locator(".contents-fold").get_by_role("link", name="Causes").click()

    expect(phone.get_by_role("heading", name="Causes")).to_be_in_viewport()
