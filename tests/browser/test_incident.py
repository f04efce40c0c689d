"""An incident in a real browser: several people at once, what is being typed, double clicks, no JavaScript."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from oncall.models import Incident, Ranking, Suspect
from tests import make
from tests.browsing import PHONE, window

pytestmark = pytest.mark.browser


@pytest.fixture
def incident(shared_stack):
    return make.incident("Checkouts declined", at=timezone.now(), page_after=None)


@pytest.fixture
def open_as(browser, shared_stack):
    """A window of somebody who is signed in."""
    contexts = []

    def open_as(user, path, **options):
        context = window(browser, base_url=shared_stack.url, **options)
        contexts.append(context)
        if user:
            cookie = {"name": "sessionid", "value": shared_stack.session_of(user), "url": shared_stack.url}
            context.add_cookies([cookie])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.goto(path)
        return page

    yield open_as
    for context in contexts:
        context.close()


@pytest.fixture
def alice_sees(open_as, incident):
    """The incident on Alice's screen, listening."""
    page = open_as(make.alice(), incident.get_absolute_url())
    expect(page.locator("[data-connection]")).to_have_text("Live")
    return page


@pytest.fixture
def bob_sees(open_as, incident):
    return open_as(make.bob(), incident.get_absolute_url())


def test_a_second_persons_acknowledgement_appears_without_reload(alice_sees, bob_sees):
    alice_sees.evaluate("window.hasStayed = true")

    bob_sees.get_by_role("button", name="Acknowledge").click()

    expect(alice_sees.locator("#incident-head")).to_contain_text("Bob Kimani has it")
    expect(alice_sees.get_by_role("button", name="Acknowledge")).to_have_count(0)
    assert alice_sees.evaluate("window.hasStayed")


def test_what_is_being_typed_survives_what_others_do(alice_sees, bob_sees):
    box = alice_sees.get_by_label("Add a note")
    box.press_sequentially("Rolling back ")

    bob_sees.get_by_label("Add a note").fill("Issuer confirms timeouts")
    bob_sees.get_by_role("button", name="Add note").click()
    expect(alice_sees.locator("#timeline")).to_contain_text("Issuer confirms timeouts")
    alice_sees.keyboard.type("eu-west-1")

    expect(box).to_have_value("Rolling back eu-west-1")
    expect(box).to_be_focused()


def test_a_note_that_was_sent_leaves_its_box(alice_sees):
    box = alice_sees.get_by_label("Add a note")
    box.fill("Rolled back")

    alice_sees.get_by_role("button", name="Add note").click()

    expect(alice_sees.locator("#timeline .event-text").last).to_have_text("Rolled back")
    expect(box).to_have_value("")


def test_a_note_that_could_not_be_sent_stays_in_its_box(alice_sees):
    alice_sees.route("**/note/", lambda route: route.abort())
    alice_sees.get_by_label("Add a note").fill("Written in a tunnel")

    alice_sees.get_by_role("button", name="Add note").click()

    expect(alice_sees.locator("[data-toasts]")).to_contain_text("could not be reached")
    expect(alice_sees.get_by_label("Add a note")).to_have_value("Written in a tunnel")


def test_a_session_that_ended_meanwhile_costs_no_word(alice_sees):
    alice_sees.get_by_label("Add a note").fill("Half an hour of thought")
    alice_sees.context.clear_cookies(name="sessionid")

    alice_sees.get_by_role("button", name="Add note").click()

    expect(alice_sees.locator("[data-toasts]")).to_contain_text("You are signed out")
    expect(alice_sees.get_by_label("Add a note")).to_have_value("Half an hour of thought")


def test_whoever_is_too_late_sees_in_place_who_was_faster(open_as, incident):
    page = open_as(make.alice(), "/healthz")
    page.route("**/live/**", lambda route: route.abort())
    page.goto(incident.get_absolute_url())
    incident.acknowledge(by=make.bob())

    page.get_by_role("button", name="Acknowledge").click()

    expect(page.locator("#problem")).to_contain_text("acknowledged by Bob Kimani")
    expect(page.locator("#incident-head")).to_contain_text("Bob Kimani has it")


def test_a_double_click_on_acknowledge_does_not_mitigate(alice_sees, incident):
    alice_sees.get_by_role("button", name="Acknowledge").dblclick()

    expect(alice_sees.locator("#moved-acknowledge")).to_contain_text("Acknowledged")
    incident.refresh_from_db()
    assert incident.state == "acknowledged"


def test_a_double_click_declares_one_incident(open_as, shared_stack):
    make.service("checkout-web", owner=make.team("Checkout"))
    page = open_as(make.alice(), "/incidents/declare/?service=checkout-web")
    page.get_by_label("What is wrong").fill("Twice as angry")

    page.get_by_role("button", name="Declare the incident").dblclick()
    page.wait_for_url("**/incidents/*/")

    assert Incident.objects.filter(title="Twice as angry").count() == 1


def test_escalating_asks_first(alice_sees, incident):
    alice_sees.get_by_role("button", name="Escalate").click()
    alice_sees.get_by_role("button", name="Keep things as they are").click()
    assert not incident.timeline.filter(kind="escalated").exists()

    alice_sees.get_by_role("button", name="Escalate").click()
    alice_sees.locator("#confirm [data-confirm-yes]").click()

    expect(alice_sees.locator("#timeline")).to_contain_text("Escalated to the next step")


def test_new_suspects_appear_as_evidence_comes_and_one_can_be_confirmed(alice_sees, incident):
    now = timezone.now()
    deployment = make.deployment("1.42.0", at=now)
    ranking = Ranking.objects.create(incident=incident, made_at=now, p_no_change=0.14)
    Suspect.objects.create(ranking=ranking, deployment=deployment, probability=0.86, reasons=["nine minutes before"])
    incident.note("Ranked", by=make.bob())

    suspect = alice_sees.locator(f"#suspect-{deployment.pk}")
    expect(suspect).to_contain_text("nine minutes before")
    suspect.get_by_role("button", name="It was this").click()

    expect(suspect).to_contain_text("Alice Moreau")
    expect(suspect).to_contain_text("computed 86 %")


def test_the_severity_is_changed_from_its_menu(alice_sees):
    alice_sees.locator(".menu summary", has_text="change the severity").click()
    alice_sees.get_by_role("button", name="SEV 1").click()

    expect(alice_sees.locator("#incident-head .sev").first).to_have_text("SEV 1")
    expect(alice_sees.locator(".severity-menu")).to_be_hidden()


def test_without_javascript_everything_works_by_reload(browser, shared_stack, incident):
    context = browser.new_context(base_url=shared_stack.url, java_script_enabled=False)
    session = shared_stack.session_of(make.alice())
    context.add_cookies([{"name": "sessionid", "value": session, "url": shared_stack.url}])
    page = context.new_page()
    page.goto(incident.get_absolute_url())

    page.get_by_role("button", name="Acknowledge").click()
    page.get_by_label("Add a note").fill("By hand")
    page.get_by_role("button", name="Add note").click()

    expect(page.locator("#incident-head")).to_contain_text("Alice Moreau has it")
    expect(page.locator("#timeline")).to_contain_text("By hand")
    context.close()


def test_the_listing_shows_a_new_incident_without_reload(open_as, shared_stack):
    page = open_as(make.alice(), "/incidents/?state=open")
    expect(page.locator("[data-connection]")).to_have_text("Live")

    incident = make.incident("Fresh trouble", at=timezone.now(), page_after=None)
    incident.note("Seen", by=make.bob())

    expect(page.locator(f"#row-{incident.pk}")).to_contain_text("Fresh trouble")


def test_on_a_phone_the_first_thing_to_press_is_in_sight(open_as, incident):
    page = open_as(make.alice(), incident.get_absolute_url(), width=PHONE)

    button = page.get_by_role("button", name="Acknowledge").bounding_box()
    changed = page.locator("#changed").bounding_box()

    assert button["y"] + button["height"] < 500
    assert button["width"] > 300
    assert changed["y"] < page.locator("#stats").bounding_box()["y"]
