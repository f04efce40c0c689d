"""Every finding has words to act on, in the product and in the docs, under the same anchor."""

import re
from pathlib import Path

import pytest
import yaml

from oncall import foreseeing, metering
from oncall.runbooks import RUNBOOKS, runbook_of

ROOT = Path(__file__).resolve().parents[2]
OPERATING = (ROOT / "docs/operating.md").read_text()
RULES = [
    rule for group in yaml.safe_load((ROOT / "docs/alert-rules.yml").read_text())["groups"] for rule in group["rules"]
]
ANCHORS = {
    re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in re.findall(r"^#+ (.+)$", OPERATING, re.M)
}
FORESEEN = {foreseeing.CIRCLE, foreseeing.REACHES_NOBODY, foreseeing.UNREACHABLE_ON_CALL, foreseeing.NO_ADMINISTRATOR}


def test_every_number_that_a_check_gives_has_a_runbook():
    assert {0, 1, 2, 3, 4, 5} | FORESEEN == set(RUNBOOKS)


def test_an_unknown_number_reads_as_a_check_that_could_not_be_made():
    assert runbook_of(99) == RUNBOOKS[0]


@pytest.mark.parametrize("number", RUNBOOKS)
def test_every_runbook_has_a_section_for_operators_under_its_anchor(number):
    assert RUNBOOKS[number].anchor in ANCHORS
    assert f"### {RUNBOOKS[number].title}\n" in OPERATING


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alert_rule_asks_for_metrics_there_are_and_leads_to_a_section(rule):
    source = Path(metering.__file__).read_text()
    for name in re.findall(r"errata_\w+", rule["expr"]):
        assert name in source or name.removesuffix("_quantile_seconds") in source
    assert rule["annotations"]["runbook"].partition("#")[2] in ANCHORS
