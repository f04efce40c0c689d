"""Restoring in real browsers: whoever writes meanwhile sees it come, keeps what they type, and it can be undone."""

import pytest
from playwright.sync_api import expect

from coe import editing
from tests import make
from tests.browser.writers import Hand, hands
from tests.coe.writers import LATER, drafted
from tests.stack import eventually

pytestmark = pytest.mark.browser


def text_of(coe, key="summary"):
    return coe.sections.get(key=key).text


def test_whoever_writes_sees_a_restored_text_and_it_can_be_undone(browser, shared_stack):
    coe = drafted()
    make.team("Payments", make.bob())
    whom = {"by": make.alice(), "now": LATER}
    editing.save_section(coe, "summary", "It took 20 minutes.", 0, **whom)
    then = coe.revisions.first().number
    editing.save_section(coe, "summary", "Nobody knows.", 1, **whom)

    with hands(Hand(browser, shared_stack, make.alice(), coe), Hand(browser, shared_stack, make.bob(), coe)) as (
        alice,
        bob,
    ):
        bob.type("Typed by Bob.", key="impact")
        alice.page.goto(f"/coes/{coe.pk}/revisions/{then}/")
        alice.page.get_by_role("link", name="Restore from it").click()
        expect(alice.page.locator("#section-summary del")).to_have_text("Nobody knows")
        alice.page.get_by_role("button", name="Restore “Summary”").click()

        expect(alice.page.get_by_text("Restored from revision")).to_be_visible()
        expect(bob.editor()).to_have_text("It took 20 minutes.")
        bob.type(" Still.", key="impact")
        eventually(lambda: text_of(coe, "impact") == "Typed by Bob. Still.")
        assert text_of(coe) == "It took 20 minutes."

        alice.page.goto(f"/coes/{coe.pk}/revisions/{then + 1}/restore/")
        alice.page.get_by_role("button", name="Restore “Summary”").click()
        expect(bob.editor()).to_have_text("Nobody knows.")
        assert not alice.refused + bob.refused


def test_what_was_added_and_removed_is_told_to_whoever_hears_the_page(browser, shared_stack):
    coe = drafted()
    whom = {"by": make.alice(), "now": LATER}
    editing.save_section(coe, "summary", "It took 20 minutes.", 0, **whom)
    editing.save_section(coe, "summary", "It took 27 minutes.", 1, **whom)
    new = coe.revisions.first().number

    with hands(Hand(browser, shared_stack, make.alice(), coe)) as (alice,):
        alice.page.goto(f"/coes/{coe.pk}/revisions/?from={new - 1}&to={new}")
        heard = alice.page.locator("#change-summary").aria_snapshot()

    assert "removed: 20" in heard.replace("\n", " ")
    assert "added: 27" in heard.replace("\n", " ")
