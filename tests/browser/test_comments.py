"""Comments beside a text, in a real browser: select, comment, suggest, accept."""

import pytest
from playwright.sync_api import expect

from coe import commenting, editing
from tests import make
from tests.browsing import window
from tests.coe.writers import LATER, in_review

pytestmark = pytest.mark.browser
TEXT = "The pool was **shared** by all issuers.\n\nThe timeout was two seconds."


@pytest.fixture
def coe(shared_stack):
    coe = in_review()
    section = coe.sections.get(key="summary")
    editing.save_section(coe, "summary", TEXT, section.edits, by=make.alice(), now=LATER)
    return coe


@pytest.fixture
def window_of(browser, shared_stack):
    """A window of somebody who is signed in."""
    opened = []

    def window_of(user):
        context = window(browser, base_url=shared_stack.url)
        opened.append(context)
        cookie = {"name": "sessionid", "value": shared_stack.session_of(user), "url": shared_stack.url}
        context.add_cookies([cookie])
        page = context.new_page()
        page.set_default_timeout(10_000)
        return page

    yield window_of
    for context in opened:
        context.close()


def select(page, place, words):
    """As a mouse would: the range of these words inside the rendered place."""
    page.evaluate(
        """([place, words]) => {
          const walker = document.createTreeWalker(document.querySelector(`[data-place="${place}"]`), NodeFilter.SHOW_TEXT);
          const nodes = []; while (walker.nextNode()) nodes.push(walker.currentNode);
          const text = nodes.map((node) => node.data).join(""), start = text.indexOf(words);
          const at = (place) => { let left = place; for (const node of nodes) { if (left <= node.length) return [node, left]; left -= node.length; } };
          getSelection().setBaseAndExtent(...at(start), ...at(start + words.length));
        }""",  # noqa: E501
        [place, words],
    )


def test_a_reviewer_comments_on_what_was_selected_in_the_rendered_text(coe, window_of):
    page = window_of(make.bob())
    page.goto(f"/coes/{coe.pk}/review/")

    select(page, "summary", "was shared by all")
    page.get_by_role("button", name="Comment", exact=True).first.click()
    page.locator("[data-thread-start]").get_by_label("Comment").fill("Say which four.")
    page.locator("[data-thread-start]").get_by_role("button", name="Comment", exact=True).click()

    expect(page.locator(".thread")).to_contain_text("Say which four.")
    assert coe.threads.get().quote == "was **shared** by all"


def test_a_suggestion_is_accepted_in_one_click_where_one_writes(coe, window_of):
    given = {"by": make.bob(), "now": LATER, "quote": "two seconds", "suggestion": "2 seconds"}
    commenting.start(coe, "summary", "", **given)
    page = window_of(make.alice())
    page.goto(f"/coes/{coe.pk}/edit/")

    page.locator(".thread").get_by_role("button", name="Accept").click()

    expect(page.locator(".comments-resolved summary")).to_have_text("1 resolved")
    assert "was 2 seconds." in coe.sections.get(key="summary").text


def test_what_somebody_else_says_appears_by_itself(coe, window_of):
    page = window_of(make.bob())
    page.clock.install()
    page.goto(f"/coes/{coe.pk}/review/")
    expect(page.locator(".comments")).to_contain_text("Nothing is open")
    page.wait_for_load_state("networkidle")

    commenting.start(coe, "impact", "How many?", by=make.alice(), now=LATER)
    page.clock.fast_forward(25_000)

    expect(page.locator(".thread")).to_contain_text("How many?")
