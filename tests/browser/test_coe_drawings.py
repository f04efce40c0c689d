"""The graph of causes and pictures in a real browser: by keyboard, by mouse, by paste, and without JavaScript."""

import base64

import pytest
from playwright.sync_api import expect

from coe import editing
from coe.models import Section
from tests import make
from tests.coe.writers import LATER, drafted
from tests.stack import eventually

pytestmark = pytest.mark.browser
PASTE = """([place, data]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], "graph.png", { type: "image/png" }));
  document.querySelector(place).dispatchEvent(
    new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def coe(shared_stack):
    """With three causes, of which none explains another."""
    coe = drafted()
    for text in ("The pool was shared", "Calls were retried", "Gamma refuses nothing"):
        editing.add_cause(coe, text, "contributing", by=make.alice(), now=LATER)
    return coe


@pytest.fixture
def open_editor(browser, shared_stack, coe):
    """Opens the editor before Alice, with or without JavaScript."""
    contexts = []

    def open_editor(**options):
        context = browser.new_context(base_url=shared_stack.url, **options)
        contexts.append(context)
        cookie = {"name": "sessionid", "value": shared_stack.session_of(make.alice()), "url": shared_stack.url}
        context.add_cookies([cookie])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.goto(f"/coes/{coe.pk}/edit/")
        return page

    yield open_editor
    for context in contexts:
        context.close()


def edges(coe):
    return {(link.cause.text, link.effect.text) for link in coe.cause_links.select_related("cause", "effect")}


def node(page, text):
    return page.locator(".cause-graph [data-node]").filter(has_text=text).first


def test_pressing_a_node_writes_at_its_row(open_editor):
    page = open_editor()

    node(page, "Calls were").press("Enter")

    expect(page.get_by_text("Calls were retried").and_(page.locator("textarea"))).to_be_focused()


def test_dragging_a_node_onto_another_joins_them_and_a_circle_is_refused(open_editor, coe):
    page = open_editor()

    node(page, "Gamma").drag_to(node(page, "Calls were"))
    expect(page.locator(".why-reference")).to_have_count(1)
    assert edges(coe) == {("Gamma refuses nothing", "Calls were retried")}

    node(page, "Calls were").drag_to(node(page, "Gamma"))
    expect(page.locator("#cause-link")).to_contain_text("round in a circle")
    assert len(edges(coe)) == 1


def test_the_graph_follows_what_is_typed_in_the_list(open_editor):
    page = open_editor()

    page.locator(".why textarea").first.fill("Every issuer shared one pool")

    expect(page.locator(".cause-graph")).to_contain_text("Every issuer shared", timeout=15_000)


def test_causes_are_joined_and_parted_without_javascript(open_editor, coe):
    page = open_editor(java_script_enabled=False)

    page.get_by_label("This cause").select_option(label="3 Gamma refuses nothing")
    page.get_by_label("also explains").select_option(label="1 The pool was shared")
    page.get_by_role("button", name="Join the two").click()
    eventually(lambda: edges(coe) == {("Gamma refuses nothing", "The pool was shared")})

    page.get_by_role("button", name="Take this link away").click()
    eventually(lambda: edges(coe) == set())


def test_a_pasted_picture_is_in_the_text_and_saved(open_editor, coe):
    page = open_editor()

    page.evaluate(PASTE, ["#summary textarea", base64.b64encode(make.picture()).decode()])

    expect(page.locator("#summary .picture-state")).to_contain_text("is in the text")
    picture = coe.pictures.get()
    eventually(lambda: str(picture.key) in Section.objects.get(coe=coe, key="summary").text)


def test_a_pasted_bomb_is_refused_at_the_text(open_editor, coe):
    page = open_editor()

    svg = base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>").decode()
    page.evaluate(PASTE, ["#summary textarea", svg])

    expect(page.locator("#summary .picture-state")).to_contain_text("SVG can run programs")
    assert not coe.pictures.exists()


def test_a_graph_is_plotted_from_pasted_csv(open_editor, coe):
    page = open_editor()
    page.locator("#graphs").get_by_text("Add a graph").click()
    form = page.locator("#new-graph-0")

    form.get_by_label("Title").fill("Declines")
    form.locator("[name=csv]").fill("time,declines\n2026-11-16 15:00,1\nnoon,38")
    form.get_by_role("button", name="Add the graph").click()
    expect(form).to_contain_text("Line 3: “noon” is not a time")
    form.locator("[name=csv]").fill("time,declines\n2026-11-16 15:00,1\n2026-11-16 15:30,38")
    form.get_by_role("button", name="Add the graph").click()

    expect(page.locator("#graphs svg.plot")).to_be_visible()
    assert coe.graphs.get().title == "Declines"
