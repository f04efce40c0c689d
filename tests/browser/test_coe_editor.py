"""Writing a COE in a real browser: it saves itself, loses nothing, works by keyboard and without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from coe import editing, publishing
from coe.models import COE, Section
from tests import make
from tests.axe import assert_accessible
from tests.browsing import DESKTOP, PHONE, THEMES, window
from tests.coe.writers import LATER, drafted, in_review, published, ready
from tests.stack import eventually

pytestmark = pytest.mark.browser


@pytest.fixture
def coe(shared_stack):
    return drafted()


@pytest.fixture
def sign_in(shared_stack):
    """Gives a context the session of somebody, or takes it away."""

    def sign_in(context, user):
        context.clear_cookies()
        if user:
            cookie = {"name": "sessionid", "value": shared_stack.session_of(user), "url": shared_stack.url}
            context.add_cookies([cookie])

    return sign_in


@pytest.fixture
def page(browser, shared_stack, sign_in, coe):
    """The editor, before Alice."""
    context = window(browser, base_url=shared_stack.url)
    sign_in(context, make.alice())
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto(f"/coes/{coe.pk}/edit/")
    yield page
    context.close()


def text_of(coe, key="summary"):
    return Section.objects.get(coe=coe, key=key).text


def state_of(page, key="summary"):
    return page.locator(f"#{key} [data-autosave-state]")


def test_a_section_saves_itself_and_goes_on_from_there(page, coe):
    box = page.locator("#summary .cm-content")

    box.press_sequentially("Cards were declined.")
    expect(state_of(page)).to_contain_text("Saved")
    box.press_sequentially(" For 27 minutes.")

    eventually(lambda: text_of(coe) == "Cards were declined. For 27 minutes.", what="the second pause saves too")
    expect(state_of(page)).to_contain_text("Saved")


def refuse_sockets(page):
    """As a proxy does that knows no WebSockets: the forms save themselves."""
    page.route_web_socket(re.compile("/ws/"), lambda socket: socket.close())
    page.reload()


def test_without_sockets_what_was_kept_does_not_overwrite_what_somebody_saved_meanwhile(page, coe, sign_in):
    refuse_sockets(page)
    sign_in(page.context, None)
    page.locator("#summary textarea").press_sequentially("Kept")
    expect(state_of(page)).to_contain_text("Kept in this browser")
    editing.save_section(coe, "summary", "Saved by another", 0, by=make.dora(), now=LATER)

    sign_in(page.context, make.alice())
    page.goto(f"/coes/{coe.pk}/edit/")

    expect(state_of(page)).to_contain_text("somebody else saved meanwhile")
    assert text_of(coe) == "Saved by another"


def test_without_sockets_two_writers_end_with_both_versions_side_by_side(page, coe):
    refuse_sockets(page)
    editing.save_section(coe, "summary", "Hers", 0, by=make.dora(), now=LATER)

    page.locator("#summary textarea").press_sequentially("Mine")
    expect(state_of(page)).to_contain_text("somebody else saved meanwhile")
    page.locator("#summary").get_by_role("button", name="Save").click()

    expect(page.locator("#version-theirs")).to_have_text("Hers")
    assert_accessible(page)
    page.get_by_label("Your text").fill("Hers and mine")
    page.get_by_role("button", name="Save your text instead").click()
    expect(page.locator("#summary textarea")).to_have_value("Hers and mine")


def test_preview_shows_what_was_typed(page):
    page.locator("#impact .cm-content").fill("**38 %** of checkouts")

    page.locator("#impact").get_by_role("tab", name="Preview").click()

    expect(page.locator("#preview-impact strong")).to_have_text("38 %")


def test_causes_are_written_and_moved_by_keyboard_alone(page, coe):
    new = page.locator("#causes > form")
    for text in ("The pool was exhausted", "One timeout served all"):
        new.get_by_label("Why did it happen?").fill(text)
        new.get_by_label("Why did it happen?").press("Enter")
        expect(page.locator(".why > form textarea").last).to_have_value(text)
    second = page.locator("#causes .why").last.locator("textarea").first
    second.focus()

    page.keyboard.press("Alt+ArrowRight")
    expect(page.locator("#causes .why").last).to_have_class("why depth-1")

    expect(second).to_be_focused()
    page.keyboard.press("Alt+ArrowLeft")
    expect(page.locator("#causes .why").last).to_have_class("why")
    eventually(lambda: not coe.causes.filter(parent__isnull=False).exists())


def test_a_line_is_added_without_losing_what_is_typed_elsewhere(page, coe):
    page.locator("#lucky .cm-content").press_sequentially("Half a sent")

    page.locator("#timeline").get_by_text("Add a line", exact=True).click()
    added = page.locator("#timeline > details form")
    added.get_by_label("When").fill("2026-11-16 15:10")
    added.get_by_label("What happened").fill("Graphs were looked at")
    added.get_by_role("button", name="Add the line").click()

    expect(page.locator("#timeline .lines")).to_contain_text("Graphs were looked at")
    expect(added.get_by_label("What happened")).to_have_value("")
    expect(page.locator("#lucky .cm-content")).to_have_text("Half a sent", timeout=1)


def test_what_is_refused_is_said_at_the_field_and_stays(page):
    added = page.locator("#add-action form")
    added.get_by_label("Correction").fill("Give each issuer a pool")
    added.get_by_label("Owner").fill("nobody@example.com")
    added.get_by_role("button", name="Add the action item").click()

    expect(added).to_contain_text("There is no person called “nobody@example.com”")
    expect(added.get_by_label("Correction")).to_have_value("Give each issuer a pool")


def test_the_panel_counts_down_as_the_writer_writes(page):
    expect(page.locator("#standing")).to_contain_text("13 things missing")

    page.locator("#summary .cm-content").fill("Cards were declined.")

    expect(page.locator("#standing")).to_contain_text("12 things missing")


def test_reviewers_are_chosen_where_one_writes(page, coe):
    ready(coe)
    make.bob()
    page.reload()

    page.get_by_role("link", name="Ask for review").click()
    page.get_by_role("dialog").get_by_label("Somebody else").fill("bob@example.com")
    page.get_by_role("dialog").get_by_role("button", name="Ask for review").click()

    page.wait_for_url(f"**/coes/{coe.pk}/review/")
    assert coe.reviews.filter(reviewer=make.bob()).exists()


def test_without_javascript_every_part_is_saved_by_its_button(browser, shared_stack, sign_in, coe):
    context = browser.new_context(base_url=shared_stack.url, java_script_enabled=False)
    sign_in(context, make.alice())
    page = context.new_page()
    page.goto(f"/coes/{coe.pk}/edit/")

    page.locator("#summary textarea").fill("By its button")
    page.locator("#summary").get_by_role("button", name="Save").click()
    expect(page.get_by_text("“Summary” is saved.")).to_be_visible()
    page.locator("#add-action form").get_by_label("Correction").fill("By a button too")
    page.get_by_role("button", name="Add the action item").click()

    expect(page.locator("#actions")).to_contain_text("By a button too")
    assert text_of(coe) == "By its button"
    context.close()


def test_it_is_reviewed_published_and_followed_up(browser, shared_stack, sign_in):
    coe = in_review()
    context = window(browser, base_url=shared_stack.url)
    page = context.new_page()
    sign_in(context, make.bob())
    page.goto("/reviews/")
    page.locator(f'a[href="/coes/{coe.pk}/review/"]').click()
    page.locator("#decide").get_by_label("Comment").fill("Reads well.")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)

    sign_in(context, make.alice())
    page.goto(f"/coes/{coe.pk}/review/")
    page.get_by_role("button", name="Publish").click()
    page.locator("dialog[open]").get_by_role("button").last.click()
    page.wait_for_url(f"**/coes/{coe.pk}/")
    page.goto(coe.actions.get().get_absolute_url())
    page.get_by_role("button", name="Mark as done").click()

    expect(page.locator(".page-head")).to_contain_text("Done")
    assert COE.objects.get(pk=coe.pk).state == "published"
    context.close()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_everybody_can_use_the_screens(browser, shared_stack, sign_in, coe, width, theme):
    editing.add_cause(coe, "The pool was exhausted", "trigger", by=make.alice(), now=LATER)
    reviewed, public = in_review(make.coe()), published(make.coe())
    publishing.set_audience(public, "restricted", reason="Security", by=make.alice(), now=LATER)
    context, refused = window(browser, width, theme, shared_stack.url), []
    sign_in(context, make.dora())
    page = context.new_page()
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)

    draft, other = f"/coes/{coe.pk}", f"/coes/{reviewed.pk}"
    for path in (
        *(f"{draft}/edit/", f"{draft}/submit/", f"{draft}/audience/", f"{draft}/revisions/"),
        *(f"{other}/submit/", f"{other}/review/", f"{other}/revisions/?from=1&to=2", f"/coes/{public.pk}/review/"),
        *("/reviews/", "/actions/", "/actions/?list=all&state=any", public.actions.get().get_absolute_url()),
    ):
        page.goto(path)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path

    assert not refused
    context.close()
