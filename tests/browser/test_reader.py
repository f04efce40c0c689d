"""Reading a COE in a real browser: diagrams are drawn in a page of their own, and no policy is broken by it."""

import pytest
from playwright.sync_api import expect

from coe.models import Section
from tests import make
from tests.axe import assert_accessible
from tests.browsing import window
from tests.coe.writers import drafted

pytestmark = pytest.mark.browser
TEXT = """# Inside

```mermaid
graph LR
  A[Deploy] --> B["<img src=x onerror=alert(1)>"]
```

```mermaid
this is none
```
"""


@pytest.fixture
def page(browser, shared_stack):
    """The draft, before Alice; what the browser complains of is on `page.complaints`."""
    coe = drafted()
    Section.objects.filter(coe=coe, key="summary").update(text=TEXT)
    context = window(browser, base_url=shared_stack.url)
    session = shared_stack.session_of(make.alice())
    context.add_cookies([{"name": "sessionid", "value": session, "url": shared_stack.url}])
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda message: message.type == "error" and page.complaints.append(message.text))
    page.on("dialog", lambda dialog: page.complaints.append(dialog.message))
    page.goto(f"/coes/{coe.pk}/")
    yield page
    context.close()


def test_a_diagram_is_drawn_and_nothing_in_it_runs(page):
    picture = page.locator(".diagram img")

    expect(picture).to_have_js_property("complete", True, timeout=15_000)
    assert picture.evaluate("one => one.naturalWidth") > 100
    expect(page.locator(".diagram-error")).to_contain_text("cannot be drawn")
    assert not page.complaints
    assert_accessible(page)


def test_a_heading_can_be_linked_to(page):
    link = page.get_by_role("link", name="Link to Inside")

    link.click()

    assert page.url.endswith("#summary-inside")
