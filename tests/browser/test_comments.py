"""Comments beside a text, in a real browser: select, comment, suggest, accept."""

import pytest
from playwright.sync_api import expect

from coe import commenting, editing
from coe.models import Thread
from tests import make
from tests.coe.writers import LATER, in_review

pytestmark = pytest.mark.browser
TEXT = "The pool was **shared** by all issuers.\n\nThe timeout was two seconds."


@pytest.fixture
def coe(shared_stack):
    coe = in_review()
    section = coe.sections.get(key="summary")
    editing.save_section(coe, "summary", TEXT, section.edits, by=make.alice(), now=LATER)
    return coe


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


def test_a_reviewer_comments_on_what_was_selected_in_the_rendered_text(coe, sign_in, page):
    sign_in(make.bob())
    page.goto(f"/coes/{coe.pk}/review/")

    select(page, "summary", "was shared by all")
    page.get_by_role("button", name="Comment", exact=True).first.click()
    page.locator("[data-thread-start]").get_by_label("Comment").fill("Say which four.")
    page.locator("[data-thread-start]").get_by_role("button", name="Comment", exact=True).click()

    expect(page.locator(".thread")).to_contain_text("Say which four.")
    assert Thread.objects.get().quote == "was **shared** by all"


def test_a_suggestion_is_accepted_in_one_click_where_one_writes(coe, sign_in, page):
    given = {"by": make.bob(), "now": LATER, "quote": "two seconds", "suggestion": "2 seconds"}
    commenting.start(coe, "summary", "", **given)
    sign_in(make.alice())
    page.goto(f"/coes/{coe.pk}/edit/")

    page.locator(".thread").get_by_role("button", name="Accept").click()

    expect(page.locator(".comments-resolved summary")).to_have_text("1 resolved")
    assert "was 2 seconds." in coe.sections.get(key="summary").text


def test_what_somebody_else_says_appears_by_itself(coe, sign_in, page):
    sign_in(make.bob())
    page.clock.install()
    page.goto(f"/coes/{coe.pk}/review/")
    expect(page.locator(".comments")).to_contain_text("Nothing is open")
    page.wait_for_load_state("networkidle")

    commenting.start(coe, "impact", "How many?", by=make.alice(), now=LATER)
    page.clock.fast_forward(25_000)

    expect(page.locator(".thread")).to_contain_text("How many?")
