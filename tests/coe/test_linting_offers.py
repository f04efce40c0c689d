"""What the linter offers to write: it mends the finding, reads as a sentence, and is held back where it would not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coe.linting import Names, Person, lint

DIRECTORY = Names(
    (
        Person("Alice Moreau", "alice@example.com", "the on-call engineer", is_near=True),
        Person("Bob Nkemelu", "bob@example.com", "a member of Payments", is_near=True),
    ),
    ("Acme", "Big Bank plc"),
)


def found(rule, text, **content):
    return [one for one in lint({"sections": {"summary": text}, **content}, DIRECTORY) if one.rule == rule]


def mended(rule, text, **content):
    finding = found(rule, text, **content)[0]
    return text[: finding.start] + finding.offer + text[finding.end :]


@pytest.mark.parametrize(
    ("rule", "text", "result"),
    [
        ("personal-name", "Alice saw it.", "The on-call engineer saw it."),
        ("personal-name", "Then Alice's patch came.", "Then the on-call engineer's patch came."),
        ("personal-name", "- Bob: looked", "- A member of Payments: looked"),
        ("customer-name", "Orders of Acme were lost.", "Orders of a customer were lost."),
        ("estimate-unmarked", "10,000 customers saw it.", "About 10,000 customers saw it."),
        ("estimate-unmarked", "It hit 10,000 customers.", "It hit about 10,000 customers."),
        ("zone-missing", "It began at 14:05.", "It began at 14:05 Europe/Paris."),
    ],
)
def test_the_text_that_is_offered_is_a_sentence(rule, text, result):
    assert mended(rule, text, zone="Europe/Paris") == result


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("personal-name", "The engineer Alice saw it."),
        ("personal-name", "Later Alice de Vries saw it."),
        ("personal-name", "Thanks Alice for the patch."),
        ("customer-name", "The customer Acme complained."),
        ("customer-name", "Orders of Acme Holding were lost."),
        ("estimate-unmarked", "It hit the 10,000 customers."),
    ],
)
def test_nothing_is_offered_where_it_would_not_be_english(rule, text):
    assert [finding.offer for finding in found(rule, text)] == [None]


PIECES = [
    "Alice ", "Bob's ", "Alice Moreau ", "@bob ", "alice@example.com ", "Acme ", "Big Bank plc's ", "10,000 users ",
    "the ", "500 requests ", "14:05 ", "at 9:30 pm, ", "engineer ", "de ", "SRE ", "and ", "saw. ", "\n\n", "- ", "| ",
    "(", ") ", "“", "”", "`", "\u202e", "e\u0301", "\x00",
]  # fmt: skip
ZONES = st.sampled_from(["UTC", "Europe/Paris", "America/Argentina/Buenos_Aires", "Etc/GMT+3", "Cuba", "GB-Eire", ""])


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join), ZONES)
def test_what_is_offered_removes_the_finding_and_brings_no_new_one_there(text, zone):
    for finding in lint({"sections": {"summary": text}, "zone": zone}, DIRECTORY):
        if finding.offer is None:
            continue
        after = text[: finding.start] + finding.offer + text[finding.end :]
        end = finding.start + len(finding.offer)
        left = lint({"sections": {"summary": after}, "zone": zone}, DIRECTORY)

        assert not [
            one for one in left if one.rule == finding.rule and one.start is not None
            and one.start < end and finding.start < one.end
        ]  # fmt: skip
