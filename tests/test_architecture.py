"""The layers, the absence of circles, and the sizes of the house style."""

import ast
import itertools
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("oncall", "coe", "demo", "config", "cli")

# From the lowest to the highest. A module imports its own layer or a lower one.
LAYERS = ("pure", "models", "verbs", "tasks", "edges")
PURE = {
    "oncall": {
        "exceptions",
        "times",
        "hours",
        "shifts",
        "suspicion",
        "sealing",
        "payloads",
        "catalogue",
        "documents",
        "runbooks",
        "explaining",
        "masking",
    },
    "coe": {
        "anchoring",
        "approving",
        "comparing",
        "graphing",
        "interchange",
        "layering",
        "lettering",
        "linting",
        "materiality",
        "measuring",
        "recounting",
        "moments",
        "pasting",
        "plotting",
        "rendering",
        "tabulating",
        "template",
        "template_differences",
    },
}
EDGES = {"forms", "views", "api", "urls", "root_urls", "doors_urls", "admin", "templatetags", "management", "apps"}
# Words that say nothing about what a module decides.
EMPTY_NAMES = {"utils", "helpers", "services", "managers", "common", "base", "misc", "handlers"}
# Domain nouns that happen to be on the list above.
ALLOWED_NAMES = {"oncall.models.services", "oncall.views.services", "oncall.forms.services", "oncall.api.services"}


def modules():
    """Module name → path, without migrations."""
    paths = itertools.chain.from_iterable((ROOT / package).rglob("*.py") for package in PACKAGES)
    found = {}
    for path in paths:
        parts = path.relative_to(ROOT).with_suffix("").parts
        if "migrations" not in parts:
            found[".".join(part for part in parts if part != "__init__")] = path
    return found


MODULES = modules()
TREES = {name: ast.parse(path.read_text()) for name, path in MODULES.items()}


def layer(name):
    """The layer of a module of the two apps; None for config and demo, which stand above them, and cli, beside them."""
    app, _, rest = name.partition(".")
    if app in {"config", "demo", "cli"}:
        return None
    head = rest.partition(".")[0]
    if head in PURE[app]:
        return "pure"
    if head == "models":
        return "models"
    if head == "tasks":
        return "tasks"
    if head in EDGES or not head:
        return "edges"
    return "verbs"


def imports(name):
    """The modules of ours that a module imports, also inside functions."""
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in PACKAGES:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else node.module


GRAPH = {name: set(imports(name)) - {name} for name in MODULES}


def test_no_module_imports_a_higher_layer():
    wrong = [
        f"{name} ({layer(name)}) imports {target} ({layer(target)})"
        for name, targets in GRAPH.items()
        for target in targets
        if layer(name) and layer(target) and LAYERS.index(layer(target)) > LAYERS.index(layer(name))
    ]
    assert not wrong


def test_oncall_knows_nothing_of_coes():
    assert not [
        f"{name} imports {target}"
        for name, targets in GRAPH.items()
        for target in targets
        if name.startswith("oncall") and target.split(".")[0] in {"coe", "demo"}
    ]


def test_coe_uses_neither_tasks_nor_edges_of_oncall():
    assert not [
        f"{name} imports {target}"
        for name, targets in GRAPH.items()
        for target in targets
        if name.startswith("coe.") and target.startswith("oncall.") and layer(target) in {"tasks", "edges"}
    ]


def test_the_command_line_knows_the_api_alone():
    """It is installed where there is no server: of ours it imports itself, of others what cli/pyproject.toml names."""
    wanted = {"cli", "typer", "rich", "httpx2"} | sys.stdlib_module_names
    assert not [
        f"{name} imports {target}"
        for name, tree in TREES.items()
        if _is_cli(name)
        for target in imported(tree)
        if target.split(".")[0] not in wanted
    ]
    assert not [name for name, found in GRAPH.items() if not _is_cli(name) and any(map(_is_cli, found))]


def _is_cli(name):
    return name.split(".")[0] == "cli"


def imported(tree):
    """Every module that is imported, ours or not."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_there_is_no_circle():
    state, circles = {}, []

    def visit(name, path):
        if state.get(name) == "open":
            circles.append(" → ".join([*path[path.index(name) :], name]))
        elif name not in state:
            state[name] = "open"
            for target in sorted(GRAPH[name]):
                visit(target, [*path, name])
            state[name] = "done"

    for name in GRAPH:
        visit(name, [])
    assert not circles


def test_only_times_and_shifts_know_zones():
    knowing = {
        name
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        and "zoneinfo" in {getattr(node, "module", None), *(alias.name for alias in node.names)}
    }
    assert knowing <= {"oncall.times", "oncall.shifts"}


def test_what_decides_takes_the_time_as_an_argument():
    asking = {
        name
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "timezone.now"
    }
    assert not [name for name in asking if layer(name) in {"pure", "verbs"}]


def test_names_say_what_a_module_decides():
    empty = {name for name in MODULES if name.rpartition(".")[2] in EMPTY_NAMES}
    assert empty <= ALLOWED_NAMES


def test_every_module_says_what_it_decides():
    silent = [name for name, tree in TREES.items() if tree.body and not ast.get_docstring(tree)]
    assert not silent


def files(*patterns):
    """Our own files: neither vendored nor generated."""
    for pattern in patterns:
        for path in ROOT.glob(pattern):
            if not {"vendor", "migrations", ".venv", "var"} & set(path.parts):
                yield path


def too_long(patterns, most):
    return [
        f"{path.relative_to(ROOT)}: {lines}"
        for path in files(*patterns)
        if (lines := len(path.read_text().splitlines())) > most
    ]


@pytest.mark.parametrize(
    ("patterns", "most"),
    [
        ([f"{package}/**/*.py" for package in PACKAGES], 400),
        (["tests/**/*.py", "benchmarks/*.py"], 400),
        (["templates/**/*.html"], 150),
        (["static/css/**/*.css", "static/js/**/*.js"], 250),
    ],
)
def test_no_file_is_too_long(patterns, most):
    assert not too_long(patterns, most)


def test_no_function_or_class_is_too_long():
    limits = {ast.FunctionDef: 50, ast.AsyncFunctionDef: 50, ast.ClassDef: 250}
    assert not [
        f"{name}.{node.name}: {node.end_lineno - node.lineno + 1}"
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if type(node) in limits and node.end_lineno - node.lineno + 1 > limits[type(node)]
    ]


def test_templates_hold_no_inline_style_or_script():
    """Strict Content-Security-Policy; mails are no pages and need their styles inline."""
    found = [
        str(path.relative_to(ROOT))
        for path in files("templates/**/*.html")
        if "emails" not in path.parts
        and any(word in path.read_text() for word in (' style="', "<style", "<script>", ' onclick="', "javascript:"))
    ]
    assert not found
