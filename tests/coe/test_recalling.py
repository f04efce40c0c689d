"""Which past COE a page names, what it says of it, and that nothing restricted is ever named."""

from datetime import timedelta

import pytest

from coe import recalling as ours
from coe import searching
from coe.models import COE, Section, TimelineEvent
from oncall import composing, recalling
from oncall.models import Alert, Page
from oncall.shortening import fits
from tests import make
from tests.coe.publishing import publish
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
MITIGATION = "The release was rolled back by hand. It took eleven minutes because nobody knew the way."


@pytest.fixture(autouse=True)
def index(settings, tmp_path):
    settings.ERRATA_SEARCH_DIR = tmp_path / "search"


def published(title="Card authorisations failed for 27 minutes", *, about=None, mitigation=MITIGATION, **facts):
    """A published COE, found by the search."""
    coe = make.coe(title, state=COE.State.PUBLISHED, published_at=MONDAY, **facts)
    Section.objects.filter(coe=coe, key="mitigation").update(text=mitigation)
    if about:
        coe.incidents.add(about)
        coe.services.add(about.service)
    publish(coe)
    searching.catch_up()
    return coe


def past(title="Payments degraded", **facts):
    return make.incident(title, at=MONDAY - timedelta(days=30), state="resolved", resolved_at=MONDAY, **facts)


def alert(incident, door, key="declines"):
    times = {"started_at": incident.triggered_at, "opened_at": incident.triggered_at, "closed_at": MONDAY}
    facts = {"integration": door, "service": incident.service, "dedup_key": key, "state": "closed", "title": "Declines"}
    return Alert.objects.create(incident=incident, last_signal_at=MONDAY, **facts, **times)


def test_what_came_of_the_same_alert_is_named_with_what_ended_it():
    door, _ = make.integration()
    before, now = past("Unlike in every word"), make.incident()
    for incident in (before, now):
        alert(incident, door)
    coe = published("Nothing alike at all", about=before)

    found = recalling.best_precedent(now)

    assert (found.number, found.url, found.reason) == (coe.number, coe.get_absolute_url(), "the same alert")
    assert found.mitigation == "The release was rolled back by hand."


def test_an_incident_of_the_same_name_is_recalled_numbers_aside():
    coe = published("Something else", about=past("Disk full on db-7"))

    assert recalling.best_precedent(make.incident("Disk full on db-12")).number == coe.number


def test_a_short_name_of_another_service_says_nothing():
    published("Something else", about=past("Disk full", of=make.service("ledger")))

    assert recalling.best_precedent(make.incident("Disk full")) is None


def test_the_same_service_and_alike_in_words_is_enough():
    coe = published(about=past())

    found = recalling.best_precedent(make.incident("Card authorisations failing in eu-west-1"))

    assert found.number == coe.number
    assert "alike in words" in found.reason


@pytest.mark.parametrize("title", ["Queue of exports grows", "Latency is high", "Cards"])
def test_a_weak_likeness_is_not_named(title):
    published(about=past())

    assert recalling.best_precedent(make.incident(title)) is None


def test_alike_in_words_but_of_another_service_is_not_named():
    published(about=past(of=make.service("ledger")))

    assert recalling.best_precedent(make.incident("Card authorisations failing")) is None


@pytest.mark.parametrize("facts", [{"audience": "restricted", "restricted_because": "legal"}])
def test_a_restricted_coe_is_never_named_not_even_to_whoever_may_read_it(facts):
    before = past("Card authorisations failing")
    published(about=before, **facts)

    assert recalling.best_precedent(make.incident("Card authorisations failing")) is None


def test_what_has_become_restricted_a_moment_ago_is_not_named_though_the_index_knows_it_as_open():
    coe = published(about=past("Card authorisations failing"))
    COE.objects.filter(pk=coe.pk).update(audience="restricted", restricted_because="legal")

    assert searching.alike("Card authorisations failed", 3) == [coe.pk]
    assert recalling.best_precedent(make.incident("Card authorisations failing")) is None


def test_a_draft_is_not_named():
    coe = make.coe("Card authorisations failed")
    coe.incidents.add(past("Card authorisations failing"))

    assert recalling.best_precedent(make.incident("Card authorisations failing")) is None


def test_without_a_section_the_anchor_says_what_ended_it():
    coe = make.coe(state=COE.State.PUBLISHED, published_at=MONDAY)
    TimelineEvent.objects.create(coe=coe, at=MONDAY, text="Traffic moved to eu-north-1", anchor="mitigated")
    coe.incidents.add(past("Card authorisations failing"))
    publish(coe)

    assert recalling.best_precedent(make.incident()).mitigation == "Traffic moved to eu-north-1"


def message(incident):
    page = Page.objects.create(incident=incident, user=make.alice(), cycle=1, round=0, step=0, opened_at=MONDAY)
    return composing.page_message(page, MONDAY)


def test_a_page_names_it_in_every_form():
    coe = published(about=past())
    sent = message(make.incident("Card authorisations failing"))

    assert f"{coe.number} {coe.title}" in sent.text
    assert "What ended it then: The release was rolled back by hand." in sent.text
    assert f"{coe.get_absolute_url()}" in sent.html
    assert sent.facts["precedent"]["number"] == coe.number
    assert sent.short.endswith(f"Like {coe.number}.")
    assert fits(sent.short)


def test_a_memory_that_fails_or_is_slow_costs_a_page_nothing(monkeypatch):
    def sleeps(incident):
        with recalling.connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(30)")

    monkeypatch.setattr(recalling, "PATIENCE", 50)
    monkeypatch.setattr(recalling, "_sources", [lambda incident: 1 / 0, sleeps])

    assert "Card authorisations failing" in message(make.incident()).text


def test_it_takes_few_queries_however_many_coes_there_are(django_assert_max_num_queries):
    for number in range(30):
        published(f"Payments were down, part {number}", about=past(f"Unlike {number} things"))
    incident = make.incident("Card authorisations failing")

    with django_assert_max_num_queries(7):
        ours.precedent_of(incident)


def test_screens_name_it_too(client):
    coe = published(about=past())
    incident = make.incident("Card authorisations failing")
    client.force_login(make.alice())

    text = client.get(incident.get_absolute_url()).content.decode()

    assert coe.number in text
    assert "The release was rolled back by hand." in text
