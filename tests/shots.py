"""Takes pictures of screens, to be looked at: phone and desktop, light and dark, into screenshots/.

    python -m tests.shots http://127.0.0.1:8000 --as oncall@example.com /incidents/ /incidents/1/

Writes one PNG per screen, width and theme and prints its path; says so when a screen answers 4xx or 5xx, logs an error
to the console (a refused inline style, say) or is wider than the window.
"""

import argparse
import re
import sys
from pathlib import Path

from playwright.sync_api import Page

from tests.browsing import DESKTOP, PHONE, THEMES, browser, sign_in, window

FOLDER = Path(__file__).resolve().parent.parent / "screenshots"


def main() -> int:
    """Parse the arguments, take the pictures; 1 when something was wrong with a screen."""
    asked = parser().parse_args()
    folder = Path(asked.into)
    folder.mkdir(parents=True, exist_ok=True)
    wrong = 0
    with browser() as started:
        for width in asked.width or [DESKTOP, PHONE]:
            for theme in asked.theme or THEMES:
                context = window(started, width, theme, asked.base)
                page = context.new_page()
                if asked.email:
                    sign_in(page, asked.email, asked.password)
                for path in asked.paths:
                    wrong += shoot(page, path, folder / f"{name_of(path)}-{width}-{theme}.png", whole=not asked.fold)
                context.close()
    return 1 if wrong else 0


def shoot(page: Page, path: str, target: Path, whole: bool) -> int:
    """One picture; returns how many things were wrong with the screen."""
    complaints: list[str] = []
    listen = lambda message: complaints.append(message.text) if message.type == "error" else None  # noqa: E731
    page.on("console", listen)
    answer = page.goto(path, wait_until="load")
    page.wait_for_timeout(150)
    if answer and answer.status >= 400:
        complaints.append(f"answered {answer.status}")
    if (wide := page.evaluate("document.documentElement.scrollWidth")) > page.viewport_size["width"]:
        complaints.append(f"is {wide} px wide")
    page.screenshot(path=target, full_page=whole)
    page.remove_listener("console", listen)
    sys.stdout.write(f"{target}\n")
    for complaint in complaints:
        sys.stderr.write(f"  {path}: {complaint}\n")
    return len(complaints)


def name_of(path: str) -> str:
    """The file name of a screen: /incidents/1/ → incidents-1."""
    return re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "home"


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("base", help="address of the running program, http://127.0.0.1:8000")
    made.add_argument("paths", nargs="+", help="screens, /incidents/")
    made.add_argument("--as", dest="email", default="", help="sign in as this person first")
    made.add_argument("--password", default="errata-demo")
    made.add_argument("--width", type=int, action="append", help="default: 1440 and 360")
    made.add_argument("--theme", choices=THEMES, action="append", help="default: both")
    made.add_argument("--fold", action="store_true", help="only what fits the window")
    made.add_argument("--into", default=str(FOLDER))
    return made


if __name__ == "__main__":
    sys.exit(main())
