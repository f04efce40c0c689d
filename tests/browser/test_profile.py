"""The profile in a real browser: an address verified by its code, a token copied, the theme."""

import re

import pytest
from playwright.sync_api import expect

from tests import make
from tests.axe import assert_accessible
from tests.browsing import PHONE, window
from tests.stack import eventually

pytestmark = pytest.mark.browser


@pytest.fixture
def alice(shared_stack):
    """Reached by one address, without tokens."""
    user = make.alice()
    user.contact_methods.exclude(address=user.email).delete()
    user.api_tokens.all().delete()
    return user


@pytest.fixture
def page(browser, shared_stack, alice):
    context = window(browser, PHONE, base_url=shared_stack.url)
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=shared_stack.url)
    context.add_cookies([{"name": "sessionid", "value": shared_stack.session_of(alice), "url": shared_stack.url}])
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto("/profile/")
    yield page
    context.close()


def code_for(stack, address):
    """The code in the mail that really arrived."""
    mails = [mail for mail in stack.messages if address in mail["To"]]
    return re.search(r"\b(\d{6})\b", mails[-1]["Subject"])[1] if mails else ""


def test_an_address_is_verified_by_the_code_that_arrived_there(page, shared_stack, alice):
    page.get_by_label("Address").fill("night@example.com")
    page.get_by_role("button", name="Add and send a code").click()
    code = eventually(lambda: code_for(shared_stack, "night@example.com"))

    page.get_by_label("Code of six digits").fill("000000" if code != "000000" else "111111")
    page.get_by_role("button", name="Verify").click()
    expect(page.locator(".contact .errors")).to_contain_text("4 tries are left")
    assert_accessible(page)
    page.get_by_label("Code of six digits").fill(code)
    page.get_by_role("button", name="Verify").click()

    expect(page.locator(".contact", has_text="night@example.com")).to_contain_text("Verified")
    assert alice.contact_methods.get(address="night@example.com").is_verified


def test_a_private_address_is_refused_at_the_field_with_what_was_typed(page, alice):
    page.get_by_label("How", exact=True).select_option("webhook")
    page.get_by_label("Address").fill("http://10.1.2.3/hook")
    page.get_by_role("button", name="Add and send a code").click()

    expect(page.locator(".contact-form .errors")).to_contain_text("which is not a public address")
    expect(page.get_by_label("Address")).to_have_value("http://10.1.2.3/hook")


def test_a_token_is_copied_once_and_gone_afterwards(page, alice):
    page.locator("summary", has_text="Make a token").click()
    page.get_by_label("What it is for").fill("Deploy script")
    page.get_by_role("button", name="Make the token").click()

    page.get_by_role("button", name="Copy").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert_accessible(page)
    page.reload()

    assert copied.startswith("errata_")
    assert copied not in page.content()


def test_a_zone_is_found_by_its_city(page, alice):
    page.get_by_role("combobox", name="Time zone").fill("nairobi")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("combobox", name="Time zone")).to_have_value("Africa/Nairobi")
    alice.refresh_from_db()
    assert alice.zone == "Africa/Nairobi"
    type(alice).objects.filter(pk=alice.pk).update(zone="Europe/Paris")
