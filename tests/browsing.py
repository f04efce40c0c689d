"""A real Chromium for tests and tools: how it is launched, sized and signed in. It asserts nothing."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE, DESKTOP = 360, 1440
HEIGHTS = {PHONE: 780, DESKTOP: 900}
THEMES = ("light", "dark")


def chromium(playwright: Playwright) -> Browser:
    """Debian's Chromium when it is there, else the one `playwright install chromium` brought."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    return playwright.chromium.launch(executable_path=found, args=FLAGS)


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser for as long as the block runs."""
    with sync_playwright() as playwright:
        started = chromium(playwright)
        try:
            yield started
        finally:
            started.close()


def window(browser: Browser, width: int = DESKTOP, theme: str = "light", base_url: str = "") -> BrowserContext:
    """A fresh profile of this width and system theme, in Paris."""
    return browser.new_context(
        base_url=base_url or None,
        viewport={"width": width, "height": HEIGHTS.get(width, 900)},
        color_scheme=theme,
        has_touch=width == PHONE,
        timezone_id="Europe/Paris",
        locale="en-GB",
        reduced_motion="reduce",
    )


def sign_in(page: Page, email: str, password: str) -> None:
    """Through the sign-in screen, as a person does."""
    page.goto("/account/login/")
    page.get_by_label(re.compile("E-?mail")).first.fill(email)
    page.get_by_label("Password", exact=False).first.fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/account/login" not in url)
