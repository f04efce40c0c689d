"""What is installed as `errata` is what is tested here."""

import importlib
import tomllib

from tests.stack import ROOT

CLIENT = tomllib.loads((ROOT / "cli/pyproject.toml").read_text())
SERVER = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_the_client_is_installed_with_the_versions_it_is_tested_with():
    optional = SERVER["project"]["optional-dependencies"]["cli"]

    assert set(CLIENT["project"]["dependencies"]) <= {*SERVER["project"]["dependencies"], *optional}
    assert set(optional) <= set(SERVER["dependency-groups"]["dev"])
    assert CLIENT["project"]["version"] == SERVER["project"]["version"]


def test_every_package_of_the_client_is_installed():
    found = {".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "cli").rglob("__init__.py")}

    assert {package for package in found if not package.startswith("cli.build")} == set(
        CLIENT["tool"]["setuptools"]["packages"]
    )


def test_its_command_exists():
    module, _, name = CLIENT["project"]["scripts"]["errata"].partition(":")
    assert callable(getattr(importlib.import_module(module), name))


def test_every_command_is_explained():
    page = (ROOT / "docs/cli.md").read_text()
    names = [command.name for command in importlib.import_module("cli.main").app.registered_commands]

    assert names
    assert [name for name in names if f"errata {name}" not in page and f"`{name}`" not in page] == []
