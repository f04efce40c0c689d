"""Findings beside the text in a real browser: read again as one writes, selected, mended, waived, by keyboard too."""

import pytest
from playwright.sync_api import expect

from tests import make
from tests.axe import assert_accessible
from tests.browsing import window
from tests.coe.writers import drafted

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser, shared_stack):
    """The editor, before Alice, who has named herself."""
    coe = drafted()
    context = window(browser, base_url=shared_stack.url)
    session = shared_stack.session_of(make.alice())
    context.add_cookies([{"name": "sessionid", "value": session, "url": shared_stack.url}])
    page = context.new_page()
    page.goto(f"/coes/{coe.pk}/edit/")
    page.locator("#lucky .cm-content").fill("We were lucky that Alice Moreau was there.")
    yield page
    context.close()


def finding(page):
    """The fold of the name, opened."""
    fold = page.locator(".finding.is-must", has_text="Alice Moreau")
    fold.locator("summary").first.focus()
    page.keyboard.press("Enter")
    return fold


def test_a_finding_appears_as_one_writes_leads_to_its_words_and_is_mended(page):
    fold = finding(page)
    assert_accessible(page)
    fold.get_by_role("link", name="Go to it").click()
    assert page.evaluate("getSelection().toString()") == "Alice Moreau"

    fold.get_by_role("button", name="Write “the on-call engineer”").click()

    expect(page.locator("#lucky textarea")).to_have_value("We were lucky that the on-call engineer was there.")
    expect(page.locator(".finding", has_text="Alice Moreau")).to_have_count(0)


def test_a_finding_is_waived_where_it_stands(page):
    fold = finding(page)
    fold.get_by_text("Waive it").click()
    fold.get_by_label("Why it stands as it is").fill("She agreed to be thanked")
    fold.get_by_role("button", name="Waive").click()

    page.locator("#findings-waived > summary").click()
    expect(page.locator("#findings-waived")).to_contain_text("She agreed to be thanked")
