"""axe on the ledger of an incident and on the screen of operations, in two widths and two themes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from oncall.models import Attempt, Page, Signal, Violation
from tests import make
from tests.axe import assert_accessible
from tests.browsing import DESKTOP, PHONE, THEMES, window

pytestmark = pytest.mark.browser


@pytest.fixture
def incident(shared_stack):
    """One with a message in every state, on an installation with findings and a refused signal."""
    now, dora = timezone.now(), make.dora()
    incident = make.incident("Checkouts declined", at=now, page_after=None, state="acknowledged")
    page = Page.objects.create(incident=incident, user=dora, cycle=1, round=0, step=0, reason="named", opened_at=now)
    facts = {"page": page, "channel": "email", "address": dora.email, "send_after": now}
    for number, state in enumerate(("failed", "uncertain", "withdrawn", "delivered"), 1):
        words = "The mail server answered 421 busy" if state == "failed" else ""
        made = Attempt.objects.create(state=state, number=number, error=words, sent_at=now, delivered_at=now, **facts)
        made.receipts.create(at=now, said=state, detail="of the provider")
    Signal.objects.create(dialect="pagerduty", received_at=now, body=b"{", state="refused", reason="no JSON")
    for number in (2, 21):
        about = {"auditor": "a test", "invariant": number, "found_at": now, "seen_at": now + timedelta(hours=1)}
        Violation.objects.get_or_create(subject="a test", ended_at=None, invariant=number, defaults=about)
    return incident


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_everybody_can_use_the_screens(browser, shared_stack, incident, width, theme):
    context = window(browser, width, theme, shared_stack.url)
    session = shared_stack.session_of(make.dora())
    context.add_cookies([{"name": "sessionid", "value": session, "url": shared_stack.url}])
    page, refused = context.new_page(), []
    page.on("console", lambda message: refused.append(message.text) if "Content Security" in message.text else None)

    for path in (f"/incidents/{incident.pk}/ledger/", "/operations/", "/operations/?span=day"):
        page.goto(path)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path

    assert not refused
    context.close()
