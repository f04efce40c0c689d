"""Bringing the index up to date: what is published is found at the next search, by those it is for."""

import pytest

from coe import searching
from coe.models import COE, ActionItem, Cause, SearchChange, Section
from coe.searching import Reader, parse
from tests import make
from tests.coe.publishing import ANYBODY, found, publish, published


@pytest.fixture(autouse=True)
def directory(settings, tmp_path):
    settings.ERRATA_SEARCH_DIR = tmp_path / "search"
    return settings.ERRATA_SEARCH_DIR


@pytest.mark.django_db
def test_what_is_published_is_found_at_the_next_search():
    assert found("connections") == []

    coe = published()

    assert found("connections") == [coe.pk]


@pytest.mark.django_db
def test_a_draft_is_not_found():
    coe = make.coe("Checkout was down")
    SearchChange.objects.create(coe_id=coe.pk)

    assert found("checkout") == []


@pytest.mark.django_db
def test_what_is_withdrawn_is_no_longer_found():
    coe = published()
    assert found("connections") == [coe.pk]

    COE.objects.filter(pk=coe.pk).update(published_at=None, state=COE.State.DRAFT)
    SearchChange.objects.create(coe_id=coe.pk)

    assert found("connections") == []


@pytest.mark.django_db
def test_the_published_text_is_found_and_not_the_draft_of_the_next_one():
    coe = published()
    Section.objects.filter(coe=coe, key="summary").update(text="An unfinished thought about penguins.")
    SearchChange.objects.create(coe_id=coe.pk)

    assert found("penguins") == []
    assert found("connections") == [coe.pk]


@pytest.mark.django_db
def test_a_reissue_replaces_the_earlier_text():
    coe = published()
    Section.objects.filter(coe=coe, key="summary").update(text="The pool was exhausted.")
    publish(coe, number=2)

    assert found("pool") == [coe.pk]
    assert found('"out of connections"') == []


@pytest.mark.django_db
def test_facts_of_a_coe_become_facets_and_filters():
    coe = make.coe("Checkout was down", state=COE.State.PUBLISHED, published_at=make.MONDAY, severity=1)
    coe.services.add(make.service("checkout"))
    Cause.objects.create(coe=coe, text="No limit", kind="missing_safeguard")
    ActionItem.objects.create(coe=coe, title="Limit the pool", team=coe.team)
    publish(coe)

    results = searching.search(parse("sev:1 team:payments has:open-actions published:2026-11"), ANYBODY)

    assert [hit.coe_id for hit in results.hits] == [coe.pk]
    assert results.facets == {
        "team": [("payments", 1)],
        "service": [("checkout", 1)],
        "severity": [("1", 1)],
        "year": [("2026", 1)],
        "cause": [("missing_safeguard", 1)],
        "tag": [],
        "change": [("no", 1)],
        "source": [("here", 1)],
    }


@pytest.mark.django_db
def test_a_restricted_coe_is_found_by_those_who_may_see_it_and_by_nobody_else():
    carol, manager, reader = make.carol(), make.person("Mia Chen"), make.bob()
    team = make.team("Payments", managers=(manager,))
    coe = make.coe(
        "Leaked keys", team=team, state="published", published_at=make.MONDAY, audience="restricted",
        restricted_because="security",
    )  # fmt: skip
    coe.readers.add(reader)
    publish(coe)

    for person in (carol, manager, reader, coe.owner, make.dora()):
        may_see = COE.objects.visible_to(person).filter(pk=coe.pk).exists()
        assert found("keys", Reader.of(person)) == ([coe.pk] if may_see else [])
    assert found("keys", Reader.of(carol)) == []
    assert found("keys", Reader(None)) == []


@pytest.mark.django_db
def test_who_stops_being_a_manager_finds_it_no_more_at_once():
    manager = make.person("Mia Chen")
    team = make.team("Payments", managers=(manager,))
    coe = published("Leaked keys", team=team, audience="restricted", restricted_because="security")
    assert found("keys", Reader.of(manager)) == [coe.pk]

    manager.memberships.update(role="member")

    assert found("keys", Reader.of(manager)) == []


@pytest.mark.django_db
def test_a_search_without_news_costs_one_query(django_assert_num_queries):
    published()
    found("connections")

    with django_assert_num_queries(1):
        found("connections")
