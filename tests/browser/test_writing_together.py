"""Two people write the same COE in real browsers; nothing typed is lost, whatever breaks."""

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from coe import editing, reviewing
from tests import make
from tests.axe import assert_accessible
from tests.browser.writers import Hand
from tests.coe.writers import APPROVED, LATER, drafted, in_review
from tests.stack import eventually

pytestmark = pytest.mark.browser


@pytest.fixture
def coe(shared_stack):
    made = drafted()
    make.team("Payments", make.bob())
    return made


@pytest.fixture
def hand(browser, shared_stack, coe):
    opened = []

    def hand(user=None, of=coe, **given):
        opened.append(Hand(browser, shared_stack, user or make.alice(), of, **given))
        return opened[-1]

    yield hand
    for one in opened:
        one.close()


def text_of(coe, key="summary"):
    return coe.sections.get(key=key).text


def test_both_see_what_the_other_types_and_where_they_are(hand, coe):
    alice, bob = hand(), hand(make.bob())

    alice.type("Cards were declined. ")
    expect(bob.editor()).to_contain_text("Cards were declined.")
    bob.type("For 27 minutes.")

    expect(alice.editor()).to_contain_text("For 27 minutes.")
    expect(alice.state()).to_contain_text("Saved")
    expect(alice.page.locator("[data-people]")).to_contain_text("Bob Kimani is here")
    expect(alice.page.locator("#summary .section-head")).to_contain_text("Bob Kimani is writing here")
    expect(alice.page.locator(".writer-name")).to_have_text("Bob Kimani")
    eventually(lambda: text_of(coe) == "Cards were declined. For 27 minutes.")
    assert_accessible(alice.page)
    assert not alice.refused + bob.refused


def test_what_is_typed_while_offline_is_saved_when_the_connection_is_back(hand, coe):
    alice, bob = hand(), hand(make.bob())
    alice.context.set_offline(True)
    alice.type("Offline. ")
    expect(alice.state()).to_contain_text("Offline: kept in this browser")
    bob.type("Online. ")

    alice.context.set_offline(False)

    expect(alice.state()).to_contain_text("Saved", timeout=20_000)
    eventually(lambda: alice.text() == bob.text(), what="both say the same")
    eventually(lambda: {"Offline.", "Online."} <= set(text_of(coe).split()))


def test_a_tab_closed_while_offline_loses_nothing(hand, coe):
    alice = hand()
    alice.context.set_offline(True)
    alice.type("Typed in the last moment")
    alice.page.close()
    alice.context.set_offline(False)

    alice.page = alice.open()

    expect(alice.editor()).to_contain_text("Typed in the last moment")
    eventually(lambda: text_of(coe) == "Typed in the last moment")


def test_a_lost_session_keeps_the_text_until_somebody_signs_in_again(hand, coe, shared_stack):
    alice = hand()
    Session.objects.all().delete()
    alice.type("Signed out")
    expect(alice.state()).to_contain_text("You are signed out. What you typed is kept in this browser")

    alice.sign_in()

    expect(alice.state()).to_contain_text("Saved", timeout=20_000)
    eventually(lambda: text_of(coe) == "Signed out")


def test_a_restarted_server_loses_nothing(browser, live_stack):
    coe = drafted()
    alice = Hand(browser, live_stack, make.alice(), coe)
    alice.type("Before. ")
    live_stack.kill("web")
    alice.type("While it was away. ")
    expect(alice.state()).to_contain_text("Offline")

    live_stack.start("web")

    expect(alice.state()).to_contain_text("Saved", timeout=30_000)
    eventually(lambda: text_of(coe) == "Before. While it was away.")
    alice.close()


def test_what_is_refused_stays_and_can_be_copied(hand):
    coe = in_review(make.coe(), make.dora())
    alice = hand(of=coe)
    reviewing.decide(coe, APPROVED, "", by=make.dora(), now=LATER)

    alice.type(" Too late")

    expect(alice.page.locator("[data-cowriting-state]")).to_contain_text("cannot be edited: it is “approved”")
    expect(alice.page.get_by_role("button", name="Copy what is not saved")).to_be_visible()
    expect(alice.editor()).to_contain_text("Too late")


def test_five_megabytes_are_not_put_in_and_what_was_there_stays(hand, coe):
    alice = hand()
    alice.type("Kept")
    alice.page.evaluate(
        """() => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", "x ".repeat(2_500_000));
            const paste = new ClipboardEvent("paste", { clipboardData, bubbles: true });
            document.querySelector("#summary .cm-content").dispatchEvent(paste);
        }"""
    )

    expect(alice.state()).to_contain_text("A section holds at most 200 KB")
    assert alice.text() == "Kept"


def test_two_tabs_of_one_person_are_one_text(hand, coe):
    alice = hand()
    first, alice.page = alice.page, alice.open()
    alice.type("Second tab. ")
    expect(first.locator("#summary .cm-content")).to_contain_text("Second tab.")


def test_what_others_change_in_the_parts_appears_unless_something_is_typed_there(hand, coe):
    alice = hand()
    editing.add_event(coe, LATER, "Somebody looked", by=make.bob(), now=LATER)
    expect(alice.page.locator("#timeline .lines")).to_contain_text("Somebody looked")

    alice.page.locator("#header").get_by_label("Title").fill("Half a ti")
    editing.save_header(coe, severity=1, by=make.bob(), now=LATER)

    expect(alice.page.locator("#header [data-changed-by]")).to_contain_text("Changed by Bob Kimani.")
    expect(alice.page.locator("#header").get_by_label("Title")).to_have_value("Half a ti", timeout=1)


def test_the_toolbar_and_the_keyboard_work_in_the_editor(hand, coe):
    alice = hand()
    alice.type("bold")
    alice.page.keyboard.press("Control+a")
    alice.page.keyboard.press("Control+b")
    assert alice.text() == "**bold**"
    alice.page.keyboard.press("Control+z")
    assert alice.text() == "bold"
    alice.page.locator("#summary").get_by_role("button", name="Table").click()
    assert "| When | What |" in alice.text()

    alice.editor().focus()
    alice.page.keyboard.press("Tab")
    assert alice.page.evaluate("document.activeElement.closest('.cm-editor')") is None


def test_roles_and_numbers_are_suggested(hand, coe):
    alice = hand()
    alice.type("Then @command")
    alice.page.locator(".cm-tooltip").get_by_text("@incident commander").click()
    alice.type(", see COE-")
    alice.page.locator(f".cm-tooltip >> text=COE-{coe.pk} ").first.click()

    assert alice.text() == f"Then @incident commander, see COE-{coe.pk}"


def test_pictures_and_mends_go_into_the_shared_text(hand, coe):
    alice, bob = hand(), hand(make.bob())
    alice.type("It was Bob. ")
    told = "([name, detail]) => document.querySelector(name === 'picture' ? '#write-summary' : '#summary')"
    told += ".dispatchEvent(new CustomEvent(name, { bubbles: true, cancelable: true, detail }))"

    alice.page.evaluate(told, ["errata:finding", {"words": "Bob", "start": 0, "offer": "a responder"}])
    # Behind the words that were mended, where the cursor is now.
    alice.page.evaluate(told, ["picture", {"markdown": "![](/pictures/1/)"}])

    expect(bob.editor()).to_contain_text("It was a responder![](/pictures/1/)")


def test_the_preview_follows_what_is_typed(hand):
    alice = hand()
    alice.type("**38 %** of checkouts", "impact")
    alice.page.locator("#impact").get_by_role("tab", name="Preview").click()

    expect(alice.page.locator("#preview-impact strong")).to_have_text("38 %")
