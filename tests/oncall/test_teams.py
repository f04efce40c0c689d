"""Microsoft Teams: what the card says, and that nothing of a title is taken for markup."""

import json

import pytest

from oncall import paging, verifying
from oncall.channels import teams
from oncall.models import Attempt, Room
from tests import make
from tests.make import MONDAY
from tests.oncall.fakes.teams import Teams, words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def workflow(settings):
    settings.ERRATA_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with Teams() as server:
        yield server


@pytest.fixture
def alice(workflow):
    user = make.person(reachable=False)
    make.contact(user, "teams", workflow.address)
    return user


def incident(user, title="Card authorisations failing", name="payments-api", **facts):
    service = make.service(name, escalation_policy=make.policy(user))
    return make.incident(title, of=service, **facts)


def buttons(card):
    return {action["title"]: action["url"] for action in card["actions"]}


def test_a_page_is_a_card_whose_button_leads_to_its_link(workflow, alice, client):
    found = incident(alice)

    paging.tick(now=MONDAY, at_once=1)

    card = workflow.cards[0]
    assert "Card authorisations failing" in words_of(card)
    assert "Service: payments-api" in words_of(card)
    assert "Since: 2026-11-16 14:02 UTC" in words_of(card)
    assert f"Number: {found.number}" in words_of(card)
    link = buttons(card)["Open and acknowledge"].removeprefix("http://testserver")
    client.get(link)
    assert Attempt.objects.get().state == "sent"
    found.refresh_from_db()
    assert found.state == "triggered"
    client.post(link)
    found.refresh_from_db()
    assert found.state == "acknowledged"


def test_the_likely_change_is_named_with_its_likelihood(workflow):
    facts = {"incident": "INC-7", "title": "x", "severity": 2, "service": "api", "impact_started_at": ""}
    suspect = {"deployment": "api 1.42.0", "probability": 0.81}

    card = teams.card(message(facts={**facts, "suspect": suspect, "runbook": "https://wiki.example/run"}))

    assert "Likely change: api 1.42.0 (81%)" in words_of(card)
    assert buttons(card)["Runbook"] == "https://wiki.example/run"


def message(**parts):
    from oncall.channels import Message

    given = {"kind": "page", "subject": "s", "short": "s", "text": "t", "html": "", "link": "https://x.example/p/1/"}
    return Message(**{**given, **parts})


def test_markup_in_a_title_stays_text(workflow, alice):
    incident(alice, "**Pay** [here](https://evil.example) <at>all</at> _now_ snake_case `x`")

    paging.tick(now=MONDAY, at_once=1)

    head = workflow.cards[0]["body"][0]["text"]
    assert head == r"\*\*Pay\*\* \[here\](https://evil.example) \<at\>all\</at\> \_now\_ snake_case \`x\`"


def test_a_very_long_title_fits(workflow, alice):
    incident(alice, "é" * 480)

    paging.tick(now=MONDAY, at_once=1)

    assert len(workflow.received[0][2]) < teams.MOST_BYTES
    assert workflow.cards


def test_a_storm_is_one_card_with_the_worst_and_the_count(workflow, alice):
    for number in range(12):
        incident(alice, f"Trouble {number} " + "x" * 400, name=f"service-{number}", severity=1 if number == 7 else 2)

    paging.tick(now=MONDAY, at_once=1)

    (card,) = workflow.cards
    lines = words_of(card).splitlines()
    assert lines[0] == "12 incidents"
    assert "Trouble 7 " in lines[1]
    assert lines[-1] == "… and 2 more"
    assert "/p/" in buttons(card)["Open and acknowledge"]


def test_in_a_room_the_button_only_opens(workflow):
    team = make.team()
    room = Room.objects.create(team=team, name="Payments room", channel="teams", address=workflow.address)
    policy = make.policy(make.alice())
    policy.current.steps.get().targets.create(room=room)
    found = make.incident(of=make.service(escalation_policy=policy))

    paging.tick(now=MONDAY, at_once=1)

    assert buttons(workflow.cards[0]) == {"Open": f"http://testserver{found.get_absolute_url()}"}


def test_the_code_arrives_and_verifies(workflow):
    method = make.contact(make.person(reachable=False), "teams", workflow.address, verified=False)

    verifying.send_code(method, MONDAY)

    code = words_of(workflow.cards[0])[:6]
    assert verifying.check_code(method, code, MONDAY)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("http://example.com/workflows", "starts with https"),
        ("https://127.0.0.1/workflows", "not a public address"),
        ("https://10.1.2.3/workflows", "not a public address"),
        ("teams", "starts with https"),
    ],
)
def test_other_addresses_are_refused(typed, sentence):
    with pytest.raises(ValueError, match=sentence):
        teams.read_address(typed)


def test_an_old_connector_that_says_no_with_200_has_not_taken_it(workflow, alice):
    words = b"Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429"
    workflow.broken = (200, {}, words)
    incident(alice)

    paging.tick(now=MONDAY, at_once=1)

    first = Attempt.objects.order_by("pk").first()
    assert (first.state, first.error[:35]) == ("failed", "Microsoft Teams did not take it. We")
    assert json.loads(workflow.received[0][2])["type"] == "message"
