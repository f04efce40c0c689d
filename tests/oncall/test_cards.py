"""Cards: what a chat shows of a message, and that cutting never breaks an escape."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.channels import Message, mattermost, slack, telegram
from oncall.channels.cards import card_of, fitted
from oncall.channels.mattermost import Sent
from tests.oncall.fakes.slack import is_fine
from tests.oncall.fakes.telegram import minds

FACTS = {
    "incident": "INC-12",
    "title": "Card authorisations failing",
    "severity": 2,
    "service": "payments-api",
    "state": "triggered",
    "impact_started_at": "2026-11-16T14:02:00+00:00",
    "person": "alice@example.com",
    "reason": "on call in Payments primary",
    "runbook": "https://wiki.example.com/runbook?a=1&b=(2)",
    "suspect": {
        "deployment": "payments-api 1.42.0",
        "probability": 0.623,
        "reasons": ["It reached eu-west-1 four minutes before."],
        "link": "https://errata.example.com/deployments/7/",
    },
}


def page(**facts):
    subject = "[SEV 2] payments-api: Card authorisations failing"
    return Message("page", subject, "s", "t", "<p>t</p>", FACTS | facts, "https://errata.example.com/p/x:y/", "x:y")


def test_a_card_names_the_suspect_and_links_to_what_helps():
    card = card_of(page())

    assert card.hints == ("Most likely payments-api 1.42.0 (62%). It reached eu-west-1 four minutes before.",)
    assert [label for label, _ in card.links] == ["Open", "Runbook", "Suspect"]
    assert (card.incident, card.text) == (12, "")
    assert ("You are", "on call in Payments primary") in card.facts


def test_every_chat_has_the_runbook_and_the_suspect():
    card = card_of(page())

    assert "https://wiki.example.com/runbook?a=1&b=(2)" in str(slack.written(card))
    assert "https://wiki.example.com/runbook?a=1&b=(2)" in str(telegram.written(card))
    assert "[Runbook](https://wiki.example.com/runbook?a=1&b=%282%29)" in str(mattermost.written(card, Sent(12, "u")))
    for written in (slack.written(card), telegram.written(card), mattermost.written(card, Sent(12, "u"))):
        assert "payments-api 1.42.0 (62%)" in str(written)


def test_a_card_says_what_helped_last_time_and_how_to_go_back():
    precedent = {
        "number": "COE-3",
        "title": "Cards declined",
        "url": "https://e.example/coes/3/",
        "mitigation": "A flag.",
    }
    card = card_of(page(suspect={**FACTS["suspect"], "rollback": "https://ci.example/7"}, precedent=precedent))

    assert card.hints[1] == "It happened before: COE-3 Cards declined. What ended it then: A flag."
    assert [label for label, _ in card.links] == ["Open", "Runbook", "Suspect", "Roll back", "Last time"]


@pytest.mark.parametrize(
    ("state", "verbs"),
    [
        ("triggered", ("acknowledge", "resolve", "escalate", "snooze")),
        ("acknowledged", ("resolve", "escalate", "snooze")),
        ("mitigated", ("resolve",)),
        ("resolved", ()),
    ],
)
def test_only_what_can_be_done_is_offered(state, verbs):
    assert card_of(page(state=state)).verbs == verbs


def test_links_that_lead_nowhere_are_left_out():
    card = card_of(page(runbook="see the wiki", suspect=None))

    assert [label for label, _ in card.links] == ["Open"]


def test_a_page_with_few_words_is_a_card_too():
    card = card_of(Message("page", "s", "s", "t", "t", {"incident": "INC-3", "title": "t", "severity": 1, "link": "l"}))

    assert (card.incident, card.since, card.hints) == (3, None, ())


@given(st.text(max_size=60), st.integers(2, 60))
def test_what_is_cut_is_a_beginning_and_fits(text, limit):
    found = fitted(text, limit, slack.escaped)

    assert len(found) <= limit
    whole = slack.escaped(text)
    assert found == whole or any(found == slack.escaped(text[:end]) + "…" for end in range(len(text)))


@given(st.text(min_size=1, max_size=600), st.text(max_size=600))
def test_whatever_stands_in_a_page_every_chat_takes_it(title, reason):
    suspect = {"deployment": title, "probability": 1, "reasons": [reason]}
    message = page(title=title, reason=reason, suspect=suspect, precedent={"number": "COE-1", "title": reason})
    card = card_of(message)

    assert all(is_fine(block) for block in slack.written(card, reason or "x")["blocks"])
    assert minds(telegram.written(card, reason)) is None
    assert "<" not in str(mattermost.written(card, Sent(12, "u"), reason))
