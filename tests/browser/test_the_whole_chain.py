"""The whole chain, with real processes and a real browser wherever a person acts.

signal → alert → incident → page → suspect deployment → COE → action item → reminder.
"""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from coe.models import COE
from oncall.models import Deployment, Incident
from tests import make
from tests.alertmanager import Alertmanager
from tests.browser.chain import (
    VERSION,
    GitHub,
    Windows,
    letter,
    link_in,
    minutes_ago,
    people,
    service_of,
    text_of,
    written,
)
from tests.stack import eventually

pytestmark = pytest.mark.browser

SUMMARY = "Card payments are declined"
TITLE = "38 % of card payments were declined for nine minutes"
IMPACT = "1,904 of 5,010 card payments were declined within nine minutes."
STORY = "A release shortened the timeout towards the issuer, so slow issuers were taken for **dead** ones."
CORRECTION = "Refuse timeouts below the issuer's own in the configuration check"


@pytest.fixture
def alice_bob_carol(live_stack):
    return people()


@pytest.fixture
def service(alice_bob_carol):
    return service_of(alice_bob_carol[0])


@pytest.fixture
def github(live_stack, service):
    return GitHub(live_stack.url, service)


@pytest.fixture
def alertmanager(live_stack, service, tmp_path):
    _, key = make.integration("alertmanager", service)
    address = f"{live_stack.url}/integrations/v1/alertmanager/{key}/"
    with Alertmanager(tmp_path, f"webhook_configs: [{{url: '{address}'}}]") as running:
        yield running


@pytest.fixture
def windows(browser, live_stack):
    opened = Windows(browser, live_stack)
    yield opened
    opened.close()


def test_an_alert_becomes_a_coe_that_anyone_finds_and_a_correction_that_is_reminded(
    live_stack, alice_bob_carol, github, alertmanager, windows
):
    alice, bob, carol = alice_bob_carol
    github.deploys(minutes_ago(10))
    an_alert_fires(alertmanager)

    acknowledges_by_the_link(windows.stranger(), letter(live_stack, alice, SUMMARY))
    hers = confirms_the_suspect(windows, alice)
    mitigates_and_resolves(hers)
    starts_the_coe(hers)
    writes_it(hers, alice)
    asks_for_review(hers, bob)
    his, theirs = windows.of(bob), windows.of(carol)
    approves(his, link_in(letter(live_stack, bob, "Please review"), "Read and review"), "It waits for others")
    approves(theirs, link_in(letter(live_stack, carol, "Please review"), "Read and review"), "Approved.")
    publishes(hers, link_in(letter(live_stack, alice, "is approved"), "Open and publish"))

    finds_and_reads(theirs)
    is_reminded(live_stack, alice)
    assert live_stack.manage("audit").strip() == "Every invariant holds."


def an_alert_fires(alertmanager):
    """A minute ago by its own clock, nine minutes after the release was live."""
    labels = {"severity": "critical", "environment": "production", "error": "IssuerTimeout"}
    alertmanager.add("CardPaymentsDeclined", summary=SUMMARY, start=written(minutes_ago(1)), **labels)


def acknowledges_by_the_link(page, mail):
    assert VERSION in text_of(mail), "the page names the suspect"
    page.goto(link_in(mail, "Acknowledge"))
    expect(page.get_by_role("heading", name=SUMMARY)).to_be_visible()
    assert Incident.objects.get().state == "triggered", "opening a link changes nothing"

    page.get_by_role("button", name="Acknowledge").click()

    expect(page.get_by_role("status")).to_contain_text("You have it")
    assert Incident.objects.get().acknowledged_by.email == "alice@example.com"


def confirms_the_suspect(windows, alice):
    page, deployment = windows.of(alice), Deployment.objects.get()
    page.goto(Incident.objects.get().get_absolute_url())
    suspect = page.locator(f"#suspect-{deployment.pk}")
    expect(suspect).to_have_class(re.compile("is-leading"))
    expect(suspect).to_contain_text("a new error appeared after it: IssuerTimeout")
    expect(suspect).to_contain_text(VERSION)

    suspect.get_by_role("button", name="It was this").click()

    expect(suspect).to_contain_text(f"says {alice.name}")
    return page


def mitigates_and_resolves(page):
    for move, state in (("Mitigated", "Mitigated"), ("Resolve", "Resolved")):
        page.get_by_role("button", name=move).click()
        expect(page.locator("#incident-head .meta")).to_contain_text(state)


def starts_the_coe(page):
    page.get_by_role("button", name="Start the COE").click()
    page.wait_for_url("**/edit/")
    timeline = page.locator("#timeline")
    expect(timeline).to_contain_text(VERSION)
    for anchor in ("Trigger", "Impact started", "Detected", "Engaged", "Mitigated", "Resolved"):
        expect(timeline.locator(".badge", has_text=anchor).first).to_be_visible()
    expect(page.locator("#prevention").get_by_role("textbox")).to_contain_text(VERSION)


def writes_it(page, alice):
    saves_by_itself(page, page.locator("#header"), "Title", TITLE)
    saves_by_itself(page, page.locator("#impact"), "Customer impact", IMPACT)
    saves_by_itself(page, page.locator("#summary"), "Summary", STORY)
    asks_why_twice(page.locator("#causes"))
    corrects(page.locator("#actions"), alice)
    answers_and_ticks(page)


def saves_by_itself(page, section, label, text):
    section.get_by_role("textbox", name=label).first.fill(text)
    expect(section.locator("[data-autosave-state]").first).to_contain_text("Saved")


def asks_why_twice(causes):
    causes.get_by_label("Why did it happen?").fill("Slow issuers were taken for dead ones")
    causes.get_by_role("button", name="Add a cause").last.click()
    expect(causes.locator(".why")).to_have_count(1)
    causes.get_by_text("Why?", exact=True).first.click()
    causes.get_by_label("Because", exact=True).fill("The timeout was shorter than the issuer's own")
    causes.get_by_role("button", name="Add a cause").first.click()
    expect(causes.locator(".why.depth-1")).to_have_count(1)


def corrects(actions, alice):
    today = alice.local(timezone.now()).date()
    actions.get_by_label("Correction").fill(CORRECTION)
    actions.get_by_label("Exit test").fill("A test with a timeout of one second is refused")
    actions.get_by_label("Owner").fill(f"{alice.name} <{alice.email}>")
    actions.get_by_label("Due on").fill(today.isoformat())
    actions.get_by_role("button", name="Add the action item").click()
    expect(actions.locator(".action-edit")).to_have_count(1)


def answers_and_ticks(page):
    for key, title in (("detection", "Detection"), ("diagnosis", "Diagnosis"), ("mitigation", "Mitigation")):
        saves_by_itself(page, page.locator(f"#{key}"), title, "By the alarm on declined cards, in two minutes.")
    for box in page.get_by_role("group", name="Before review").get_by_role("checkbox").all():
        box.check()
    expect(page.locator("#checklist [data-autosave-state]")).to_contain_text("Saved")
    expect(page.locator("#standing")).to_contain_text("Everything a review needs is there.")


def asks_for_review(page, bob):
    page.get_by_role("link", name="Ask for review").click()
    page.get_by_label(bob.name).check()
    page.get_by_role("button", name="Ask for review").click()
    expect(page.locator("[data-toasts]")).to_contain_text("is in review")


def approves(page, link, told):
    page.goto(link)
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    expect(page.locator("#actions")).to_contain_text(CORRECTION)
    page.locator("#decide").get_by_label("Comment").fill("Clear, and the correction is of the class.")
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("[data-toasts]")).to_contain_text(told)


def publishes(page, link):
    page.goto(link)
    page.locator("#publish").get_by_label("The teams that depend on the service").check()
    page.get_by_role("button", name="Publish").click()
    page.locator("[data-confirm-yes]").click()
    expect(page.locator("[data-toasts]")).to_contain_text("is published")
    assert COE.objects.get().revisions.publications().count() == 1


def finds_and_reads(page):
    page.get_by_label("Search", exact=True).fill("issuers taken for dead")
    page.keyboard.press("Enter")
    expect(page.locator(".found mark").first).to_be_visible()
    page.get_by_role("link", name=TITLE).click()
    expect(page.locator("#summary strong")).to_have_text("dead")
    expect(page.locator("#causes")).to_contain_text("The timeout was shorter")
    expect(page.locator("#timeline")).to_contain_text(VERSION)
    expect(page.get_by_role("link", name=CORRECTION)).to_be_visible()


def is_reminded(stack, alice):
    mail = letter(stack, alice, "Due today", seconds=75)
    assert mail["Subject"] == f"Due today: {CORRECTION}"
    assert TITLE in text_of(mail)
    eventually(lambda: COE.objects.get().actions.get().reminders.filter(sent_at__isnull=False).exists())
