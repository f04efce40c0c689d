"""What the modules of static/js do, each on the smallest screen that has it; only the network is played here."""

import json

import pytest
from playwright.sync_api import expect

from tests.browsing import window

pytestmark = pytest.mark.browser
SCREEN = "/healthz?screen"


@pytest.fixture
def page(browser, shared_stack):
    context = window(browser, base_url=shared_stack.url)
    page = context.new_page()
    page.set_default_timeout(5_000)
    yield page
    context.close()


def show(page, body, *modules, htmx=False):
    """A screen with that body and those modules of the product, at an address of the product."""
    scripts = "".join(f'<script type="module" src="/static/js/{name}.js"></script>' for name in modules)
    library = '<script src="/static/django_htmx/htmx-4.min.js" defer></script>' if htmx else ""
    config = '<meta name="htmx-config" content=\'{"includeIndicatorCSS": false, "morphIgnore": ["open"]}\'>'
    html = f"<!doctype html><html><head>{config}{library}{scripts}</head><body>{body}</body></html>"
    page.route(lambda url: url.endswith(SCREEN), lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(SCREEN)


DRAFT = """<form data-autosave method="post" action="/draft/"><input type="hidden" name="base" value="1">
<textarea name="text" aria-label="Text"></textarea><span data-autosave-state></span></form>"""


def test_a_form_saves_itself_when_the_writer_pauses(page):
    answer = json.dumps({"fields": {"base": "2"}})
    page.route("**/draft/", lambda route: route.fulfill(body=answer, content_type="application/json"))
    show(page, DRAFT, "autosave")

    with page.expect_request("**/draft/") as sent:
        page.get_by_label("Text").fill("One slow issuer")

    assert "One slow issuer" in sent.value.post_data
    expect(page.locator("[data-autosave-state]")).to_contain_text("Saved")
    assert page.locator("[name=base]").input_value() == "2"
    assert page.evaluate("localStorage.length") == 0


def test_what_could_not_be_saved_is_there_again(page):
    page.route("**/draft/", lambda route: route.abort())
    show(page, DRAFT, "autosave")
    page.get_by_label("Text").fill("Written on a train")
    expect(page.locator("[data-autosave-state]")).to_contain_text("Kept in this browser")

    page.reload()

    expect(page.get_by_label("Text")).to_have_value("Written on a train")


def test_another_persons_save_is_told_and_nothing_is_lost(page):
    page.route("**/draft/", lambda route: route.fulfill(status=409))
    show(page, DRAFT, "autosave")

    page.get_by_label("Text").fill("My version")

    expect(page.locator("[data-autosave-state]")).to_contain_text("somebody else")
    assert "My version" in page.evaluate("Object.values(localStorage).join()")


LIVE = """<p data-connection hidden></p><div data-connection-banner hidden><p data-since></p></div>
<div id="live" data-live="/live/me/" data-live-refresh="/fragment/"><p id="state">{}</p>
<details id="more"><summary>More</summary>x</details><input id="note" aria-label="Note"></div>"""


def test_news_arrive_without_losing_what_is_being_typed(page):
    fragment = LIVE.partition("\n")[2].format("Acknowledged")
    page.route("**/fragment/", lambda route: route.fulfill(body=fragment, content_type="text/html"))
    show(page, LIVE.format("Triggered"), "live", htmx=True)
    page.get_by_label("Note").fill("half a sen")
    page.locator("#more").evaluate("fold => fold.open = true")

    page.evaluate("window.htmx.ajax('GET', '/fragment/', {target: '#live', swap: 'outerMorph'})")

    expect(page.locator("#state")).to_have_text("Acknowledged")
    expect(page.get_by_label("Note")).to_have_value("half a sen")
    expect(page.get_by_label("Note")).to_be_focused()
    assert page.locator("#more").evaluate("fold => fold.open")


def test_an_event_fetches_the_fragment(page):
    events = "retry: 60000\n\nevent: changed\ndata: {}\n\n"
    page.route("**/live/me/", lambda route: route.fulfill(body=events, content_type="text/event-stream"))
    fragment = LIVE.partition("\n")[2].format("Mitigated")
    page.route("**/fragment/", lambda route: route.fulfill(body=fragment, content_type="text/html"))

    show(page, LIVE.format("Triggered"), "live", htmx=True)

    expect(page.locator("#state")).to_have_text("Mitigated")


def test_a_lost_connection_is_told(page):
    page.route("**/live/me/", lambda route: route.abort())

    show(page, LIVE.format("Triggered"), "live", htmx=True)

    expect(page.locator("[data-connection]")).to_have_text("Connection lost", timeout=10_000)
    expect(page.locator("[data-connection-banner]")).to_be_visible()


CONFIRM = """<form data-confirm="1.42.0 leaves eu-west-1." method="post" action="/rollback/"><button>Roll back</button>
</form><dialog id="confirm"><form method="dialog"><p id="confirm-text"></p><button value="">Keep</button>
<button value="yes" data-confirm-yes></button></form></dialog>"""


def test_a_destructive_button_says_what_will_happen_first(page):
    page.route("**/rollback/", lambda route: route.fulfill(body="done", content_type="text/html"))
    posted = []
    page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    show(page, CONFIRM, "confirm", "busy")

    page.get_by_role("button", name="Roll back").click()
    expect(page.locator("#confirm-text")).to_have_text("1.42.0 leaves eu-west-1.")
    page.get_by_role("button", name="Keep").click()
    assert posted == []

    page.get_by_role("button", name="Roll back").click()
    page.locator("[data-confirm-yes]").click()
    page.wait_for_url("**/rollback/")
    assert len(posted) == 1


EDITOR = """<div data-markdown-editor><div class="md-tools" hidden><button class="md-tool" data-md="list">List</button>
<button class="md-tool" data-md="link">Link</button></div><textarea aria-label="Text"></textarea></div>"""


def test_markdown_shortcuts_change_the_selection_and_can_be_undone(page):
    show(page, EDITOR, "markdown")
    area = page.get_by_label("Text")
    area.fill("one slow issuer")
    area.evaluate("area => area.setSelectionRange(4, 8)")

    page.keyboard.press("Control+b")
    expect(area).to_have_value("one **slow** issuer")
    page.keyboard.press("Control+b")
    expect(area).to_have_value("one slow issuer")
    page.keyboard.press("Control+i")
    page.keyboard.press("Control+z")
    expect(area).to_have_value("one slow issuer")


def test_the_toolbar_makes_a_list_of_every_chosen_line(page):
    show(page, EDITOR, "markdown")
    area = page.get_by_label("Text")
    area.fill("pool\nissuer")
    area.select_text()

    page.get_by_role("button", name="List").click()

    expect(area).to_have_value("- pool\n- issuer")


PLACES = """<input data-search aria-label="Search"><a data-key="g i" href="#incidents">Incidents</a>
<dialog id="shortcuts">All shortcuts</dialog><ul data-rows><li><a class="row-title" href="#1">INC-1</a></li></ul>"""


def test_the_keyboard_goes_everywhere(page):
    show(page, PLACES, "keyboard")

    page.keyboard.press("j")
    expect(page.get_by_role("link", name="INC-1")).to_be_focused()
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.wait_for_url("**#incidents")
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_label("Search")).to_be_focused()


def test_shortcuts_are_letters_while_somebody_types(page):
    show(page, PLACES, "keyboard")
    page.get_by_label("Search").focus()

    page.keyboard.type("gi?/")

    expect(page.get_by_label("Search")).to_have_value("gi?/")
    expect(page.locator("#shortcuts")).not_to_be_visible()
