"""The documentation says what is true: links lead somewhere, settings, commands and states are all there."""

import re
from pathlib import Path

import pytest
from django.db.models import TextChoices

from coe.models import COE, ActionItem
from oncall.changes import REGISTRY as CHANGES
from oncall.models import Attempt, Deployment, Incident
from oncall.sources import REGISTRY as SOURCES

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+\s+(.+)$", re.MULTILINE)
# Set by the program for itself or for its tests, not by people who run it.
INTERNAL = {"DJANGO_SETTINGS_MODULE", "PYTEST_XDIST_WORKER", "HOME", "TMPDIR", "PATH", "VIRTUAL_ENV", "NOTIFY_SOCKET"}


def anchors_of(page):
    """How GitHub names the headings of a page."""
    titles = (re.sub(r"[^\w\- ]", "", title.lower()).strip() for title in HEADING.findall(page.read_text()))
    return {title.replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    broken = []
    for target in LINK.findall(re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)):
        if target.startswith(("http://", "https://", "mailto:", "/")):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and there.suffix == ".md" and anchor not in anchors_of(there)):
            broken.append(target)
    assert not broken


def test_every_variable_of_the_environment_is_documented():
    named = set()
    for path in (ROOT / "config").glob("*.py"):
        text = path.read_text()
        named |= set(re.findall(r"environ(?:\.get\(|\[|\.setdefault\()\s*\"([A-Z_]+)\"", text))
        named |= set(re.findall(r"\b(?:flag|words)\(\s*\"([A-Z_]+)\"", text))
    documented = (ROOT / "docs/operating.md").read_text()
    assert not [name for name in sorted(named - INTERNAL) if name not in documented]


def test_every_command_is_documented():
    commands = {path.stem for path in ROOT.glob("*/management/commands/*.py")} - {"__init__"}
    documented = (ROOT / "docs/operating.md").read_text()
    assert not [name for name in sorted(commands) if f"`{name}" not in documented]


@pytest.mark.parametrize(
    ("word", "states"),
    [
        ("incident", Incident.State),
        ("attempt", Attempt.State),
        ("deployment", Deployment.State),
        ("action item", ActionItem.State),
        ("COE", COE.State),
    ],
)
def test_the_glossary_names_every_state(word, states: type[TextChoices]):
    line = next(line for line in (ROOT / "docs/glossary.md").read_text().splitlines() if line.startswith(f"| {word} |"))
    assert not [state.label for state in states if state.label.lower() not in line.lower()]


@pytest.mark.parametrize("dialect", [*SOURCES, *CHANGES])
def test_every_door_has_a_page(dialect):
    page = {"pagerduty-change": "pagerduty-changes"}.get(dialect, dialect)
    assert (ROOT / "docs/integrations" / f"{page}.md").exists()


def test_every_decision_is_numbered_once():
    numbers = [path.name[:4] for path in (ROOT / "docs/decisions").glob("*.md")]
    assert len(numbers) == len(set(numbers))
    assert all(number.isdigit() for number in numbers)
