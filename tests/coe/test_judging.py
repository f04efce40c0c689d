"""Findings of a saved draft: names from the directory, waivers, mending, and what keeps a COE from review."""

import pytest
from django.core.exceptions import ValidationError

from coe import editing, judging, lacking, reviewing
from coe.models import Customer, Waiver
from oncall.exceptions import Conflict, NotAllowed
from oncall.models import AuditEntry
from tests import make
from tests.coe.writers import LATER, drafted, ready, type_into

pytestmark = pytest.mark.django_db


@pytest.fixture
def coe():
    return drafted()


def write(coe, text, key="summary"):
    section = coe.sections.filter(key=key).first()
    editing.save_section(coe, key, text, section.edits if section else 0, by=make.alice(), now=LATER)


def found(coe, rule):
    return [one for one in judging.findings_of(coe) if one.finding.rule == rule]


def waive(coe, one, reason="It is the name of a product", by=None):
    return judging.waive(coe, one.finding.rule, one.finding.fingerprint, reason, by or make.alice(), LATER)


def mend(coe, one):
    facts = {"by": make.alice(), "now": LATER}
    return judging.mend(coe, one.finding.rule, one.finding.fingerprint, **facts)


def test_people_are_called_by_the_role_they_had(coe):
    make.bob()
    write(coe, "Alice took it, and Bob Kimani helped. Bob is not known by his first name alone.")

    offers = [(one.finding.words, one.finding.offer) for one in found(coe, "personal-name")]

    assert offers == [("Alice", "The on-call engineer"), ("Bob Kimani", "a colleague")]


def test_customers_are_those_that_administrators_listed(coe):
    Customer.objects.create(name="Big Bank plc")
    write(coe, "Orders of Big Bank plc were lost.")

    assert [one.finding.words for one in found(coe, "customer-name")] == ["Big Bank plc"]


def test_a_drafted_coe_names_nobody(coe):
    assert found(coe, "personal-name") == []


def test_a_waiver_lets_a_finding_stand_and_survives_edits_elsewhere(coe):
    write(coe, "Alice took it.")
    waive(coe, found(coe, "personal-name")[0])

    write(coe, "Much more was written before. Alice took it.")

    (one,) = found(coe, "personal-name")
    assert (one.waiver.reason, one.blocks) == ("It is the name of a product", False)
    assert AuditEntry.objects.filter(verb="waived", after="personal-name").exists()


def test_a_waiver_is_taken_back(coe):
    write(coe, "Alice took it.")
    waive(coe, found(coe, "personal-name")[0])

    judging.unwaive(coe, Waiver.objects.get().fingerprint, make.alice(), LATER)

    assert found(coe, "personal-name")[0].blocks


def test_a_waiver_needs_a_reason_a_writer_and_a_finding(coe):
    write(coe, "Alice took it.")
    one = found(coe, "personal-name")[0]

    with pytest.raises(ValidationError):
        waive(coe, one, " ")
    with pytest.raises(NotAllowed):
        waive(coe, one, by=make.carol())
    write(coe, "The on-call engineer took it.")
    with pytest.raises(Conflict):
        waive(coe, one)
    assert not Waiver.objects.exists()


def test_what_is_offered_is_written(coe):
    write(coe, "Then Alice took it.")

    mend(coe, found(coe, "personal-name")[0])

    assert coe.sections.get(key="summary").text == "Then the on-call engineer took it."


def test_what_was_typed_meanwhile_stays_when_a_finding_is_mended(coe):
    write(coe, "Then Alice took it.")
    one = found(coe, "personal-name")[0]
    type_into(coe, " The pool was full.", by=make.alice())

    mend(coe, one)

    assert coe.sections.get(key="summary").text == "Then the on-call engineer took it. The pool was full."


def test_a_finding_whose_words_are_gone_mends_nothing(coe):
    write(coe, "Then Alice took it.")
    one = found(coe, "personal-name")[0]
    write(coe, "Then the on-call engineer took it.")

    with pytest.raises(Conflict):
        mend(coe, one)


@pytest.mark.parametrize("part", ["event", "cause", "action", "header"])
def test_titles_lines_causes_and_actions_are_mended_where_they_stand(coe, part):
    facts = {"by": make.alice(), "now": LATER}
    if part == "event":
        editing.add_event(coe, LATER, "Alice looked", **facts)
    elif part == "cause":
        editing.add_cause(coe, "Alice knew", "contributing", **facts)
    elif part == "action":
        editing.add_action(coe, title="Ask Alice", **facts)
    else:
        editing.save_header(coe, title="Alice paged", **facts)

    mend(coe, found(coe, "personal-name")[0])

    coe.refresh_from_db()
    assert found(coe, "personal-name") == []
    assert coe.revisions.filter(reason="saved").count() == 2


def test_musts_keep_it_from_review_until_they_are_waived():
    coe = ready()
    write(coe, "Alice took it.")

    with pytest.raises(lacking.NotReady) as refused:
        reviewing.submit(coe, make.alice(), [make.bob()], LATER)
    waive(coe, found(coe, "personal-name")[0])
    reviewing.submit(coe, make.alice(), [make.bob()], LATER)

    assert [item.anchor for item in refused.value.missing] == ["summary"]
    assert coe.state == "in_review"


def test_the_directory_is_asked_for_the_words_of_the_draft_alone(coe, django_assert_max_num_queries):
    for number in range(50):
        make.person(f"Person{number} Number{number}", reachable=False)
    write(coe, "Person7 Number7 was there.")

    with django_assert_max_num_queries(40):
        names = judging.names_in(coe, {"sections": {"summary": "Person7 Number7 was there."}})

    assert "Person7 Number7" in {person.name for person in names.people}
    assert len(names.people) < 10
