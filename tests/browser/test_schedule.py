"""Schedules, policies, teams and services in a real browser: previews, take a shift, keys shown once, no JavaScript."""

from datetime import date, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from oncall.models import Incident, Override, Schedule, Team
from tests import make
from tests.axe import assert_accessible
from tests.browsing import DESKTOP, PHONE, THEMES, window

pytestmark = pytest.mark.browser


@pytest.fixture
def schedule(shared_stack) -> Schedule:
    """Alice, then Bob, week by week for years; the next gap is three weeks away."""
    Incident.objects.all().delete()
    Schedule.objects.filter(escalation_targets=None).delete()
    team = make.team("Payments", make.alice(), make.bob(), managers=(make.dora(),), parent=make.team("Commerce"))
    made = make.schedule("Payments primary", make.alice(), make.bob(), owner=team)
    made.layers.update(starts_on=date(2020, 1, 6), ends_on=timezone.now().date() + timedelta(weeks=3))
    return made


@pytest.fixture
def open_as(browser, shared_stack):
    """A window of somebody who is signed in; what the browser complains of is on `page.complaints`."""
    contexts = []

    def opened(user, path, width=DESKTOP, theme="light", **options):
        context = window(browser, width, theme, shared_stack.url) if not options else browser.new_context(**options)
        contexts.append(context)
        context.add_cookies([{"name": "sessionid", "value": shared_stack.session_of(user), "url": shared_stack.url}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.complaints = []
        page.on("console", lambda message: page.complaints.append(message.text) if message.type == "error" else None)
        page.goto(shared_stack.url + path)
        return page

    yield opened
    for context in contexts:
        context.close()


def layer_path(schedule):
    return f"{schedule.get_absolute_url()}rotations/{schedule.layers.get().pk}/"


def test_an_order_is_changed_and_previewed_before_anything_is_saved(open_as, schedule):
    page = open_as(make.alice(), layer_path(schedule))

    page.get_by_role("button", name="Move Bob Kimani earlier").click()

    expect(page.locator(".turn").first).to_contain_text("Bob Kimani")
    expect(page.locator("#preview")).to_contain_text("This changes who is on call at this moment")
    assert schedule.layers.get().participants.first().user == make.alice()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"**{schedule.get_absolute_url()}")
    assert schedule.layers.get().participants.first().user == make.bob()
    assert page.complaints == []


def test_the_preview_follows_the_rule_while_it_is_typed(open_as, schedule):
    page = open_as(make.alice(), layer_path(schedule))

    page.get_by_label("Hands over", exact=True).select_option("daily")

    expect(page.locator("#preview .schedule-row").nth(1).locator(".shift").nth(9)).to_be_attached()
    assert page.complaints == []


def test_a_person_is_added_and_can_share_a_turn(open_as, schedule):
    make.carol()
    page = open_as(make.alice(), layer_path(schedule))

    page.get_by_label("Add a person").fill("carol@example.com")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Put Carol Osei on call together").click()

    expect(page.locator(".turn").nth(1)).to_contain_text("Carol Osei")
    expect(page.get_by_label("Add a person")).to_have_value("")


def test_a_shift_is_taken_with_one_click(open_as, schedule):
    not_on_call = make.bob() if make.alice().pk in on_call(schedule) else make.alice()
    page = open_as(not_on_call, schedule.get_absolute_url())

    page.get_by_role("button", name="Take the shift").click()

    expect(page.locator(".meta")).to_contain_text(f"{not_on_call.name} now")
    assert Override.objects.get(schedule=schedule).user == not_on_call


def on_call(schedule):
    from oncall import shifts

    return shifts.on_call_at(schedule.definition(), timezone.now())


def test_everything_about_a_rotation_works_without_javascript(open_as, schedule, shared_stack):
    page = open_as(make.alice(), layer_path(schedule), java_script_enabled=False, base_url=shared_stack.url)

    page.get_by_role("button", name="Move Bob Kimani earlier").click()
    page.get_by_label("Add a person").fill("dora@example.com")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Save").click()

    names = list(schedule.layers.get().participants.values_list("user__name", flat=True))
    assert names == ["Bob Kimani", "Alice Moreau", "Dora Lindqvist"]


def test_steps_of_a_policy_are_added_and_refused_at_their_place(open_as, schedule):
    policy = make.policy(schedule, owner=schedule.team)
    page = open_as(make.alice(), f"/policies/{policy.pk}/edit/")

    page.get_by_role("button", name="Add a step").click()
    expect(page.get_by_role("heading", name="Step 2")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Step 2: This step pages nobody.")
    page.locator("#person-1").fill("bob@example.com")
    page.get_by_role("button", name="Save").click()

    expect(page.locator(".policy-summary")).to_contain_text("after 5 minutes page Bob Kimani")


def test_the_key_of_a_door_is_gone_when_the_screen_is_loaded_anew(open_as, schedule):
    service = make.service(owner=schedule.team)
    page = open_as(make.alice(), f"{service.get_absolute_url()}doors/add/")

    page.get_by_role("button", name="Make the door").click()
    key = page.locator("#door-key").inner_text()
    page.reload()

    assert len(key) == 32
    assert key not in page.content()


def screens(schedule):
    """Every screen of teams, services, schedules and policies."""
    policy = make.policy(schedule, make.bob(), owner=schedule.team)
    service = make.service(owner=schedule.team, slug=f"api-{policy.pk}", escalation_policy=policy)
    other = make.service("ledger", owner=schedule.team)
    other.needed_by.get_or_create(service=service)
    team = Team.objects.get(slug="payments").get_absolute_url()
    own = schedule.get_absolute_url()
    return [
        "/schedules/", "/schedules/new/", own, f"{own}cover/", f"{own}rotations/new/", layer_path(schedule),
        f"{layer_path(schedule)}remove/", "/teams/", team, f"{team}members/", f"/policies/{policy.pk}/",
        f"/policies/{policy.pk}/edit/", "/services/", "/services/new/", service.get_absolute_url(),
        f"{service.get_absolute_url()}parts/", f"{service.get_absolute_url()}doors/add/", "/catalogue/", "/profile/",
    ]  # fmt: skip


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_every_screen_is_accessible_fits_and_keeps_the_policy(open_as, schedule, shared_stack, width, theme):
    paths = screens(schedule)
    page = open_as(make.dora(), paths[0], width, theme)

    for path in paths:
        page.goto(path)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert page.complaints == []
