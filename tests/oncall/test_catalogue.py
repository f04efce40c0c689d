"""What a catalog-info.yaml says, and what no file can do to us."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.catalogue import Link, Reference, parse

FILE = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: checkout
  title: Checkout
  description: Takes the money.
  annotations:
    github.com/project-slug: acme/checkout
    acme.example/tier: 1
  tags: [python]
  links:
    - {url: "https://runbooks.example.com/checkout", title: Runbook}
    - {url: "https://grafana.example.com/d/1", title: Board, icon: dashboard}
    - {url: "javascript:alert(1)"}
spec:
  type: service
  lifecycle: production
  owner: group:default/payments
  system: shop
  dependsOn: [component:ledger, resource:db]
  consumesApis: [rates]
  providesApis: [checkout-api]
---
kind: Group
metadata: {name: payments}
spec: {type: team, parent: commerce, profile: {displayName: Payments}}
---
kind: Widget
metadata: {name: w}
---
kind: Component
metadata: {}
"""
LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


def one(yaml):
    (entity,) = parse(yaml).entities
    return entity


def component(**spec):
    return one(
        f"kind: Component\nmetadata: {{name: a}}\nspec: {{owner: t, {', '.join(f'{k}: {v}' for k, v in spec.items())}}}"
    )


def test_a_component_is_understood_in_full():
    checkout = parse(FILE).entities[0]

    assert (checkout.name, checkout.title, checkout.type, checkout.lifecycle) == (
        "checkout",
        "Checkout",
        "service",
        "production",
    )
    assert (checkout.owner, checkout.system, checkout.tier) == (Reference("group", "payments"), "shop", 1)
    assert checkout.repository == "acme/checkout"
    assert checkout.depends_on == (Reference("component", "ledger"), Reference("api", "rates"))
    assert checkout.provides == ("checkout-api",)
    assert checkout.links == (
        Link("runbook", "Runbook", "https://runbooks.example.com/checkout"),
        Link("dashboard", "Board", "https://grafana.example.com/d/1"),
    )


def test_a_group_is_a_team_with_its_parent():
    group = parse(FILE).entities[1]

    assert (group.kind, group.title, group.parent, group.line) == ("Group", "Payments", "commerce", 24)


def test_what_is_not_understood_is_named_with_its_line():
    assert [(problem.line, problem.sentence.split(":")[0]) for problem in parse(FILE).problems] == [
        (1, "A link without an http or https address of at most 500 characters was left out."),
        (1, "The dependency on the resource db was passed over."),
        (28, "“Widget” is no kind that is known here."),
        (31, "This Component has no metadata.name."),
    ]


@pytest.mark.parametrize(
    ("metadata", "tier"),
    [("labels: {tier: '2'}", 2), ("tags: [tier-3]", 3), ("annotations: {x.y/tier: T1}", 1), ("tags: [tier9, 7]", None)],
)
def test_the_tier_comes_from_labels_annotations_or_tags(metadata, tier):
    assert one(f"kind: Component\nmetadata: {{name: a, {metadata}}}\nspec: {{owner: t}}").tier == tier


@pytest.mark.parametrize(
    "metadata",
    [
        "annotations: {backstage.io/source-location: 'url:https://github.com/acme/shop/tree/main/'}",
        "links: [{url: 'https://gitlab.com/acme/shop.git', title: Repository}]",
    ],
)
def test_the_repository_is_found_in_addresses_too(metadata):
    assert one(f"kind: Component\nmetadata: {{name: a, {metadata}}}\nspec: {{owner: t}}").repository == "acme/shop"


@pytest.mark.parametrize("bad", ["[]", "{a: b}", "7", "':'", "a/b/c"])
def test_a_reference_that_is_none_is_named_and_left_out(bad):
    found = parse(f"kind: Component\nmetadata: {{name: a}}\nspec: {{owner: t, dependsOn: [{bad}]}}")

    assert found.entities[0].depends_on == ()
    assert len(found.problems) == 1


def test_what_stands_before_a_broken_document_counts():
    found = parse("kind: Group\nmetadata: {name: a}\n---\nkind: [\n")

    assert len(found.entities) == 1
    assert found.problems[0].sentence.startswith("Not YAML from here on")


@pytest.mark.parametrize(
    "harmful",
    [
        LAUGHS,
        "&a [*a]",
        "- " * 20_000,
        "[" * 50_000,
        "\x07",
        "k: " + "9" * 6000,
        "a: !!python/object:os.system x",
        "x" * 2_000_000,
    ],
)
def test_a_file_made_to_do_harm_is_a_problem_and_takes_no_time(harmful):
    began = time.process_time()

    found = parse(harmful)

    assert found.problems
    assert not found.entities
    assert time.process_time() - began < 3


@given(st.binary() | st.text())
def test_any_file_is_read_without_failing(content):
    parse(content)


WORDS = st.sampled_from(["kind", "Component", "metadata", "name", "spec", "owner", "links", "url", "tags", "dependsOn"])
VALUES = st.recursive(WORDS | st.none() | st.integers() | st.dates(), lambda v: st.lists(v) | st.dictionaries(WORDS, v))


@given(st.dictionaries(WORDS, VALUES), st.dictionaries(WORDS, VALUES))
def test_any_descriptor_is_an_entity_or_a_problem(metadata, spec):
    import yaml

    found = parse(yaml.safe_dump({"kind": "Component", "metadata": {"name": "a"} | metadata, "spec": spec}))

    assert found.entities or found.problems
