"""The documentation says what is true: its links lead somewhere, and it names everything an operator may set or run."""

import ast
import re
from pathlib import Path

import pytest

from coe.models import COE, ActionItem
from oncall import changes, sources
from oncall.models import Attempt, Deployment, Incident, Integration

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
OPERATING = (ROOT / "docs/operating.md").read_text()
# The environment of every program, not of this one.
NOT_OURS = {"PATH", "DJANGO_SETTINGS_MODULE"}
# What the glossary calls each state machine, and the states it has.
MACHINES = {
    "incident": Incident.State,
    "attempt": Attempt.State,
    "deployment": Deployment.State,
    "COE": COE.State,
    "action item": ActionItem.State,
}


def links():
    """(page, target) of every link that stays in the repository."""
    for page in PAGES:
        text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(), flags=re.DOTALL)
        for target in re.findall(r"\]\(<?([^)\s>]+)", text):
            if not re.match(r"[a-z]+:", target):
                yield page, target


def anchors(page):
    """The anchors that a page's headings make, as the usual renderers write them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def leads_nowhere(page, target):
    path, _, anchor = target.partition("#")
    place = (page.parent / path).resolve() if path else page
    return not place.exists() or bool(anchor and anchor not in anchors(place))


def test_every_link_leads_somewhere():
    broken = [f"{page.relative_to(ROOT)}: {target}" for page, target in links() if leads_nowhere(page, target)]

    assert broken == []


def variables_read_in(source):
    """The names of the environment variables that this file reads."""
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Call) and node.args and _reads_environment(node.func):
            first = node.args[0]
        elif isinstance(node, ast.Subscript) and _name_of(node.value) == "environ":
            first = node.slice
        else:
            continue
        if isinstance(first, ast.Constant) and re.fullmatch(r"[A-Z][A-Z_]+", str(first.value)):
            yield first.value


def _reads_environment(function):
    """`os.environ.get` and its like, `os.getenv`, and what config/settings.py makes of them."""
    if isinstance(function, ast.Attribute) and function.attr in {"get", "setdefault", "pop"}:
        return _name_of(function.value) == "environ"
    return _name_of(function) in {"getenv", "flag", "words"}


def _name_of(node):
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


@pytest.mark.parametrize("source", sorted((ROOT / "config").glob("*.py")), ids=lambda path: path.name)
def test_every_setting_is_explained_to_operators(source):
    read = set(variables_read_in(source)) - NOT_OURS

    assert {name for name in read if not re.search(rf"\b{name}\b", OPERATING)} == set()


def test_the_settings_that_are_read_are_found():
    """Lest the test above looks for nothing."""
    assert {"DATABASE_URL", "ERRATA_DEMO", "ALLOWED_HOSTS"} <= set(variables_read_in(ROOT / "config/settings.py"))


def test_no_setting_is_explained_that_nobody_reads():
    read = {name for source in (ROOT / "config").rglob("*.py") for name in variables_read_in(source)}
    rows = re.findall(r"^\| (`[A-Z_` ,]+`) \|", OPERATING, flags=re.MULTILINE)
    explained = {name for row in rows for name in re.findall(r"[A-Z_]{3,}", row)}

    assert explained - read == set()


def test_every_command_is_explained_to_operators():
    found = {path.stem for path in ROOT.glob("*/management/commands/*.py")} - {"__init__"}

    assert found
    assert {name for name in found if not re.search(rf"`{name}\b", OPERATING)} == set()


def glossary_row(word):
    """What the glossary says of this word."""
    text = (ROOT / "docs/glossary.md").read_text()
    return re.search(rf"^\| {word} \| (.+?) \|", text, flags=re.MULTILINE)[1]


@pytest.mark.parametrize("noun", MACHINES)
def test_the_glossary_and_the_product_know_the_same_states(noun):
    """States stand in italics, in the words of the screens."""
    italics = re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", glossary_row(noun))
    said = {word.strip() for part in italics for word in re.split(r"→|⇄|/|,", part) if word.strip()}

    assert said == {label.lower() for label in MACHINES[noun].labels}


def test_the_glossary_has_each_word_once():
    rows = re.findall(r"^\| ([^|]+?) \|", (ROOT / "docs/glossary.md").read_text(), flags=re.MULTILINE)
    words = [word for row in rows for word in row.split(", ")]

    assert sorted(words) == sorted(set(words))


def test_every_door_has_a_page():
    named = (ROOT / "docs/integrations/README.md").read_text()
    doors = {*sources.REGISTRY, *changes.REGISTRY}

    assert doors <= set(Integration.Dialect.values)
    for door in doors:
        row = re.search(rf"^\|.*`{door}`.*\]\((\S+\.md)\)", named, flags=re.MULTILINE)
        assert row, f"{door} has no row in docs/integrations/README.md"
        assert door in (ROOT / "docs/integrations" / row[1]).read_text()


def test_every_page_of_a_door_is_listed():
    listed = (ROOT / "docs/integrations/README.md").read_text()

    for page in (ROOT / "docs/integrations").glob("*.md"):
        assert page.name == "README.md" or f"]({page.name})" in listed
