"""The library: published COEs by facets with counts, chips that take a filter away, and a way out of nothing."""

import pytest
from django.test import Client

from coe import publishing, searching, tagging
from coe.models import COE, Cause, Review
from coe.searching import Reader, parse
from coe.views.results import results_of
from tests import make
from tests.coe.writers import publish
from tests.make import MONDAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def index(settings, tmp_path):
    settings.ERRATA_SEARCH_DIR = tmp_path / "search"


@pytest.fixture
def carol():
    client = Client()
    client.force_login(make.carol())
    return client


def published(title, *tags, cause="", **facts):
    coe = make.coe(title, state="approved", **facts)
    tagging.put(coe, tags)
    if cause:
        Cause.objects.create(coe=coe, text="Why", kind=cause)
    publish(coe, MONDAY)
    return coe


def change_triggered(coe):
    """A deployment is confirmed to have caused the incident the COE is about."""
    incident = make.incident()
    coe.incidents.add(incident)
    publishing.note_change(coe, MONDAY)
    incident.verdicts.pass_on(incident, make.deployment(), "confirmed", make.alice(), MONDAY)


def titles(client, query):
    return [hit.title for hit in client.get(f"/coes/?{query}").context["results"].hits]


@pytest.mark.parametrize(
    "query",
    ["severity=1", "team=payments&tag=dns", "cause=trigger", "change=yes", "source=imported", "q=tag:dns", "year=2026"],
)
def test_each_filter_narrows_and_they_combine(carol, query):
    wanted = published("Wanted", "dns", cause="trigger", severity=1, source="https://r.example/")
    change_triggered(wanted)
    other = published("Other", "tls", cause="response_gap", severity=3, team=make.team("Orders"))
    COE.objects.filter(pk=other.pk).update(published_at=MONDAY.replace(year=2025))
    publishing.note_change(other, MONDAY)

    assert titles(carol, query) == ["Wanted"]


def test_each_filter_that_is_on_is_a_chip_that_takes_it_away(carol):
    published("Wanted", "dns", severity=1)

    chips = carol.get("/coes/?q=wanted&severity=1&tag=dns&page=2").context["chips"]

    assert [(chip["name"], chip["value"], chip["without"]) for chip in chips] == [
        ("Severity", "SEV 1", "?q=wanted&tag=dns"),
        ("Tag", "dns", "?q=wanted&severity=1"),
    ]


def test_a_filter_that_makes_no_sense_is_noted_and_no_chip(carol):
    published("Wanted")

    answer = carol.get("/coes/?severity=9&change=perhaps&source=moon&tag=")

    assert answer.context["chips"] == []
    assert "is not a filter and was ignored" in answer.text


def test_nothing_found_has_a_way_out(carol):
    published("Wanted", "dns")

    assert 'href="/coes/"' in carol.get("/coes/?tag=tls").text.split("Nothing found")[1]


def test_what_is_restricted_is_in_no_count_of_whoever_may_not_read_it():
    published("Open", "dns")
    published("Secret", "layoffs", severity=1, audience="restricted", restricted_because="Personnel")

    def facets(reader):
        return searching.search(parse(""), reader).facets

    assert facets(Reader.of(make.carol()))["tag"] == [("dns", 1)]
    assert "1" not in dict(facets(Reader.of(make.carol()))["severity"])
    assert dict(facets(Reader.of(make.alice()))["tag"]) == {"dns": 1, "layoffs": 1}


def test_whoever_handed_a_review_on_finds_the_restricted_coe_no_more():
    coe = published("Secret", audience="restricted", restricted_because="Personnel")
    rosa = make.person("Rosa Barr")
    asked = Review.objects.create(coe=coe, reviewer=rosa, revision=coe.revisions.first(), asked_at=MONDAY)

    assert searching.search(parse("secret"), Reader.of(rosa)).total == 1
    asked.verdict, asked.decided_at = Review.Verdict.HANDED_ON, MONDAY
    asked.save()
    assert searching.search(parse("secret"), Reader.of(rosa)).total == 0


def test_a_chosen_value_that_is_rare_stands_in_sight():
    for number in range(8):
        published(f"Number {number}", f"tag-{number}", "common")
    request = Client().request().wsgi_request
    request.GET = request.GET.copy()
    request.GET["tag"] = "tag-7"

    options = {name: options for name, _, options in results_of(make.carol(), request.GET)["facets"]}["tag"]

    assert options[0] == ("tag-7", "tag-7", 1)


def test_the_library_needs_as_many_queries_for_many_as_for_few(carol, django_assert_max_num_queries):
    for number in range(25):
        published(f"Number {number}", "dns", cause="trigger")
    carol.get("/coes/")

    with django_assert_max_num_queries(22):
        assert carol.get("/coes/").context["results"].total == 25
