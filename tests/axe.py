"""Accessibility, judged by axe-core in the browser: WCAG 2.2 A and AA, and its best practices."""

from functools import cache
from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Page

# What can differ from theme to theme.
COLOURS = ["color-contrast", "link-in-text-block"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@cache
def _source() -> str:
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()


def violations(page: Page) -> list[str]:
    """One line per element that breaks a rule: the rule, the element, why."""
    return _broken(page, {"type": "tag", "values": RULES})


def pale(page: Page) -> list[str]:
    """The same for the rules about colours alone: what is left to ask once the screen was judged in another theme."""
    return _broken(page, {"type": "rule", "values": COLOURS})


def _broken(page: Page, asked: dict[str, object]) -> list[str]:
    # Evaluated by the debugger, not by the page: the Content-Security-Policy stays as strict as it is.
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(_source())
    # Preloading would fetch style sheets anew, for rules that are not asked.
    options = {"runOnly": asked, "preload": False, "resultTypes": ["violations"]}
    found = page.evaluate("options => axe.run(options)", options)
    return [
        f"{rule['id']}: {' '.join(node['target'][0]) if isinstance(node['target'][0], list) else node['target'][0]}"
        f" — {' '.join(node['failureSummary'].split())}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def assert_accessible(page: Page) -> None:
    """Fail with every violation on this screen, as it stands now."""
    found = violations(page)
    assert not found, f"{page.url} breaks {len(found)} rules:\n" + "\n".join(found)
