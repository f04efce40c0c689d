"""Marks in the text, in a real browser: findings and threads; and the tools that put pictures and mentions in."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from coe import commenting, editing
from tests import make
from tests.axe import assert_accessible
from tests.browser.writers import Hand
from tests.coe.writers import LATER, drafted

pytestmark = pytest.mark.browser
TEXT = "We were lucky that Alice Moreau was there."


@pytest.fixture
def coe(shared_stack):
    coe = drafted()
    make.team("Payments", make.bob())
    editing.save_section(coe, "lucky", TEXT, 0, by=make.alice(), now=LATER)
    return coe


@pytest.fixture
def alice(browser, shared_stack, coe):
    hand = Hand(browser, shared_stack, make.alice(), coe)
    yield hand
    hand.close()


def mark(hand, kind="finding", words=None):
    return hand.page.locator(f"#lucky .cm-{kind}", has_text=words or "Alice")


def test_a_finding_is_underlined_and_follows_what_is_typed_before_it(alice):
    expect(mark(alice)).to_have_text("Alice Moreau")

    alice.editor("lucky").focus()
    alice.page.keyboard.press("Control+Home")
    alice.page.keyboard.type("😀 Once more: ")

    expect(mark(alice)).to_have_text("Alice Moreau")
    alice.page.wait_for_timeout(3000)
    expect(mark(alice)).to_have_text("Alice Moreau")
    assert not alice.refused


def test_a_finding_whose_words_change_is_not_shown_at_others(alice):
    mark(alice).wait_for()
    alice.editor("lucky").fill("Luck had a name.")

    expect(alice.page.locator("#lucky .cm-finding", has_text="Luck had")).to_have_count(0, timeout=1)


def test_by_keyboard_alone_one_goes_to_a_finding_and_mends_it(alice):
    mark(alice).wait_for()
    alice.editor("lucky").focus()
    alice.page.keyboard.press("F8")
    assert alice.page.evaluate("getSelection().toString()") == "Alice Moreau"
    alice.page.keyboard.press("Alt+Enter")
    expect(alice.page.locator(".cm-card button").first).to_be_focused()
    expect(alice.page.locator(".cm-card")).to_contain_text("To mend it:")
    assert_accessible(alice.page)

    alice.page.keyboard.press("Enter")

    expect(mark(alice)).to_have_count(0)
    assert alice.text("lucky") != TEXT
    assert "Alice" not in alice.text("lucky")
    assert not alice.refused


def test_a_finding_is_waived_in_its_card(alice):
    mark(alice).click()
    card = alice.page.locator(".cm-card")
    card.get_by_role("button", name="Waive").first.click()
    card.get_by_label("Why it stands as it is").fill("She agreed")
    alice.page.keyboard.press("Enter")

    expect(mark(alice)).to_have_count(0)
    assert alice.coe.waivers.get().reason == "She agreed"


def test_a_thread_opens_from_its_passage_and_leads_back(alice, coe):
    given = {"by": make.bob(), "now": LATER, "quote": "was there", "suggestion": "answered"}
    thread, _ = commenting.start(coe, "lucky", "Say what she did.", **given)
    alice.page.reload()
    passage = mark(alice, "thread", "was there")
    passage.hover()
    expect(alice.page.locator(".cm-card ins")).to_have_text("answered")

    passage.click()
    expect(alice.page.locator(f"#thread-{thread.pk}")).to_be_focused()
    alice.page.locator(f"#thread-{thread.pk} [data-thread-goes]").click()

    assert alice.page.evaluate("getSelection().toString()") == "was there"


def test_a_picture_is_chosen_and_says_what_it_shows(alice):
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(file, "PNG")
    alice.page.locator("#lucky [data-md=picture]").click()
    chosen = {"name": "a.png", "mimeType": "image/png", "buffer": file.getvalue()}
    alice.page.locator("#picture-file").set_input_files(chosen)
    alice.page.locator("#picture-alt").fill("Declines rise")
    alice.page.get_by_role("button", name="Put it into the text").click()

    expect(alice.page.locator("#lucky textarea")).to_have_value(re.compile(r"!\[Declines rise\]\("))


def test_the_at_button_offers_roles(alice):
    alice.editor("lucky").focus()
    alice.page.keyboard.press("Control+End")
    alice.page.locator("#lucky [data-md=mention]").click()
    option = alice.page.locator(".cm-tooltip-autocomplete li", has_text="incident commander")
    option.click()

    assert alice.text("lucky").endswith("@incident commander")
