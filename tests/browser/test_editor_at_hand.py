"""What one needs while one writes is at hand: on a phone the parts and what is missing, in long lists the line that
matters, beside a question what is known already."""

import pytest
from playwright.sync_api import expect

from coe import editing
from coe.models import Section
from tests import make
from tests.axe import assert_accessible
from tests.browsing import DESKTOP, PHONE, window
from tests.coe.writers import LATER, drafted
from tests.stack import eventually

pytestmark = pytest.mark.browser


@pytest.fixture
def coe(shared_stack):
    return drafted()


@pytest.fixture
def editor(browser, shared_stack, coe):
    """Opens the editor before Alice, in a window of some width."""
    opened = []

    def editor(width=DESKTOP):
        context = window(browser, width, base_url=shared_stack.url)
        opened.append(context)
        session = shared_stack.session_of(make.alice())
        context.add_cookies([{"name": "sessionid", "value": session, "url": shared_stack.url}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.goto(f"/coes/{coe.pk}/edit/")
        return page

    yield editor
    for context in opened:
        context.close()


def test_on_a_phone_every_part_and_what_is_missing_are_one_press_away(editor):
    page = editor(PHONE)
    page.get_by_role("button", name="Parts", exact=True).click()
    sheet = page.locator("#parts")
    expect(sheet.get_by_role("link", name="Summary 1 missing")).to_be_visible()
    assert_accessible(page)

    sheet.get_by_role("link", name="Action items").click()
    expect(sheet).to_be_hidden()
    expect(page.locator("#actions-title")).to_be_in_viewport()

    page.locator(".at-hand").get_by_role("link", name="Before review 13").click()
    expect(page.locator("#standing h2")).to_be_in_viewport()


def test_an_action_item_is_a_line_that_says_what_it_lacks_until_it_is_written(editor, coe):
    action = editing.add_action(coe, title="Give each issuer a pool", by=make.alice(), now=LATER)
    page = editor()
    row = page.locator(f"#action-{action.pk}")
    expect(row).to_contain_text("No due date")
    expect(row.get_by_label("Correction")).to_be_hidden()

    row.locator("summary").first.focus()
    page.keyboard.press("Enter")
    row.get_by_label("Correction").fill("Give each issuer a pool of its own")
    row.get_by_label("Due on").fill("2026-12-16")

    expect(row.locator("summary").first).to_contain_text("Give each issuer a pool of its own")
    expect(row.locator("summary").first).to_contain_text("16 Dec 2026")
    expect(row.get_by_text("No due date")).to_be_hidden()
    expect(row.locator("[data-autosave-state]")).to_contain_text("Saved")


def test_what_is_known_is_written_by_a_button_and_can_be_gone_on_with(editor, coe):
    page = editor()
    page.locator("#detection .cm-content").wait_for()
    page.get_by_role("button", name="Write it into Detection").click()
    page.keyboard.type("An alarm on the rate would have halved it.")

    expect(page.locator("#detection [data-known]")).to_be_hidden()

    def text():
        return Section.objects.get(coe=coe, key="detection").text

    eventually(lambda: text().startswith("Detected at") and text().endswith("halved it."), what="both are saved")


def test_a_large_graph_of_causes_begins_where_the_impact_is(editor, coe):
    for number in range(12):
        editing.add_cause(coe, text=f"Reason {number}", kind="contributing", by=make.alice(), now=LATER)
    page = editor()
    whole = page.get_by_role("button", name="Show the whole graph")
    scroll = page.locator("#cause-drawing .graph-scroll")

    expect(whole).to_be_visible()
    assert scroll.evaluate("one => one.scrollTop") > 0

    whole.click()
    assert scroll.evaluate("one => one.scrollHeight <= one.clientHeight + 1")
