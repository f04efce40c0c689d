"""What an import of catalogue files creates, changes and leaves alone."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from oncall.cataloguing import load
from oncall.models import AuditEntry, Dependency, Integration, Service, Team
from tests import make
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
FILE = b"""\
kind: Group
metadata: {name: payments}
spec: {parent: commerce, profile: {displayName: Payments team}}
---
kind: Group
metadata: {name: commerce}
---
kind: System
metadata: {name: shop, title: The shop}
---
kind: API
metadata: {name: rates}
spec: {type: openapi, owner: payments}
---
kind: Component
metadata: {name: ledger, labels: {tier: 1}}
spec: {type: service, owner: payments, lifecycle: production, providesApis: [rates]}
---
kind: Component
metadata: {name: checkout, links: [{url: "https://runbooks.example.com/c", title: Runbook}]}
spec:
  {type: website, owner: payments, lifecycle: beta, system: shop, consumesApis: [rates], dependsOn: [component:nowhere]}
"""


def import_file(content=FILE):
    return load({"catalog-info.yaml": content}, now=MONDAY)


def component(name, **spec):
    lines = "".join(f", {key}: {value}" for key, value in spec.items())
    return f"kind: Component\nmetadata: {{name: {name}}}\nspec: {{owner: payments{lines}}}\n".encode()


def test_teams_services_and_dependencies_are_created():
    report = import_file()

    checkout = Service.objects.get(slug="checkout")
    assert (checkout.team.name, checkout.team.parent.slug) == ("Payments team", "commerce")
    assert (checkout.kind, checkout.lifecycle, checkout.system) == ("website", "experimental", "The shop")
    assert checkout.runbook == "https://runbooks.example.com/c"
    assert Service.objects.get(slug="ledger").tier == 1
    assert report.created == ["team payments", "team commerce", "service ledger", "service checkout"]


def test_an_api_is_the_service_that_provides_it():
    import_file()

    assert not Service.objects.filter(slug="rates").exists()
    assert Dependency.objects.get().needs.slug == "ledger"


def test_an_api_that_nobody_provides_is_a_service():
    import_file(b"kind: API\nmetadata: {name: rates}\nspec: {owner: payments}\n")

    assert Service.objects.get().kind == "api"


def test_the_same_file_again_changes_nothing():
    import_file()
    written = AuditEntry.objects.count()

    report = import_file()

    assert (report.created, report.updated, len(report.unchanged)) == ([], [], 4)
    assert AuditEntry.objects.count() == written
    assert Dependency.objects.count() == 1


def test_what_changed_is_updated_and_audited():
    import_file(component("a", lifecycle="production"))

    report = import_file(component("a", lifecycle="deprecated"))

    assert report.updated == ["service a"]
    assert Service.objects.get().lifecycle == "deprecated"
    assert AuditEntry.objects.filter(verb="updated", detail="lifecycle", source="catalogue").exists()


def test_what_a_file_leaves_out_stays():
    make.service("a", owner=make.team("Payments"), tier=1, repository="acme/a")

    import_file(component("a"))

    assert (Service.objects.get().tier, Service.objects.get().repository) == (1, "acme/a")


def test_an_owner_that_no_file_describes_becomes_a_team():
    import_file(component("a"))

    assert Team.objects.get().name == "payments"


def test_problems_say_file_and_line():
    report = import_file()

    assert report.problems == ["catalog-info.yaml, line 19: the component nowhere, which it depends on, is not known."]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (component("a", owner="user:alice"), "its owner must be a group"),
        (component("a") + b"---\n" + component("a"), "the Component a is in catalog-info.yaml, line 1 already"),
        (component("'!!'"), "has no letter or digit"),
        (component("a", lifecycle="eternal"), "the lifecycle “eternal” is not known"),
        (b"kind: Group\nmetadata: {name: a}\nspec: {parent: a}\n", "cannot be above"),
        (b"kind: Group\nmetadata: {name: a}\nspec: {parent: b}\n", "the parent b is not known"),
    ],
)
def test_what_makes_no_sense_is_reported_and_the_rest_imported(content, words):
    report = import_file(content + b"---\n" + component("good"))

    assert words in report.problems[0]
    assert Service.objects.filter(slug="good").exists()


def test_teams_in_a_circle_are_refused():
    first, second = [
        f"kind: Group\nmetadata: {{name: {name}}}\nspec: {{parent: {parent}}}\n" for name, parent in ("ab", "ba")
    ]

    report = import_file(f"{first}---\n{second}".encode())

    assert len(report.problems) == 1
    assert Team.objects.filter(parent=None).count() == 1


def test_very_long_names_are_shortened():
    import_file(component("n" * 10_000))

    assert len(Service.objects.get().slug) == 80


def test_the_command_says_what_it_did(tmp_path):
    path = tmp_path / "catalog-info.yaml"
    path.write_bytes(FILE)
    said, complained = StringIO(), StringIO()

    call_command("import_catalogue", path, stdout=said, stderr=complained)

    assert said.getvalue().endswith("4 created, 0 updated, 0 unchanged, 1 not understood.\n")
    assert "nowhere" in complained.getvalue()


def test_a_file_that_cannot_be_read_is_one_clear_line(tmp_path):
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("import_catalogue", tmp_path / "missing.yaml")


@pytest.mark.parametrize(
    ("dialect", "path"),
    [
        ("alertmanager", "/integrations/v1/alertmanager/{key}/"),
        ("github", "/integrations/v1/github/{key}/"),
        ("pagerduty", "/v2/enqueue"),
        ("pagerduty-change", "/v2/change/enqueue"),
    ],
)
def test_a_door_is_made_on_the_command_line(dialect, path):
    make.service("checkout")
    said = StringIO()

    call_command("create_integration", "checkout", "--dialect", dialect, stdout=said)

    key, address = (line.split(": ")[1] for line in said.getvalue().splitlines())
    assert address == "http://testserver" + path.format(key=key)
    assert Integration.objects.keyed(key, dialect).get().service.slug == "checkout"


def test_no_door_is_made_for_a_service_that_is_not_known():
    with pytest.raises(CommandError, match="no service checkout"):
        call_command("create_integration", "checkout", "--dialect", "github")
