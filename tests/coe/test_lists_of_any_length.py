"""Every list asks the database as often however much there is: nothing is looked up row by row."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coe import choosing, collecting, reading
from coe.models import Applicability, Import, Owed, Review, Revision, Subscription, Template
from oncall.models import Team
from tests import make
from tests.coe.reading_lists import published
from tests.coe.writers import LATER
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
SCREENS = (
    *("/", "/coes/", "/search/?q=Number", "/reviews/", "/reviews/pool/", "/actions/?list=all&state=any", "/coes/owed/"),
    *("/collections/", "/collections/months/", "/subscriptions/", "/coes/to-read/", "/coes/import/", "/templates/"),
    "/teams/search/",
)
API = ("coes", "actions", "reviews", "owed", "collections", "subscriptions", "questions", "applicability")
MORE_API = ("readings", "to-read", "imports")
ADDRESSES = (*SCREENS, *(f"/api/v1/{name}/" for name in (*API, *MORE_API)))


@pytest.fixture(autouse=True)
def index(settings, tmp_path):
    settings.ERRATA_SEARCH_DIR = tmp_path / "search"


@pytest.fixture
def dora(client):
    """An administrator, of Search, whose service needs all of those that fail."""
    make.team("Search", make.dora())
    client.force_login(make.dora())
    return client


def add(number):
    """One more of everything that is listed."""
    dora, alice, service = make.dora(), make.alice(), make.service(f"service-{number}")
    make.needs(make.service("search-api", owner=make.team("Search")), service)
    coe, waiting = published(f"Number {number}", f"tag-{number}"), make.coe(f"Waiting {number}", state="in_review")
    coe.services.add(service)
    make.action(f"Action {number}", of=coe, owner=dora)
    collecting.add(collecting.make(f"List {number}", by=alice, now=MONDAY), coe, by=alice, now=MONDAY)
    choosing.choose(MONDAY.date().replace(year=2025 - number), coe, "Read it.", by=dora, now=MONDAY)
    revision = Revision.objects.create(coe=waiting, number=1, reason="submitted", made_at=LATER, content={})
    Review.objects.create(coe=waiting, reviewer=dora, revision=revision, asked_by=alice, asked_at=LATER)
    incident = make.incident(f"Incident {number}", of=service)
    Owed.objects.create(incident=incident, coe=coe if number % 2 else None, draft_by=LATER, publish_by=LATER)
    Subscription.objects.create(user=dora, query=f"word {number}", made_at=LATER)
    reading.ask(coe, "question", "Why?", make.bob(), LATER)
    Applicability.objects.create(coe=coe, team=Team.objects.get(name="Payments"), answer="no", by=alice, at=LATER)
    if number % 2:
        reading.mark_read(coe, dora, LATER)
    Import.objects.create(team=make.team("Payments"), by=dora, made_at=LATER, moved_at=LATER)
    make.bar_raiser(make.person(f"Raiser {number}"))
    Template.objects.create(name=f"Template {number}")


def questions(client):
    """How often each address asks; the first visit fills what is kept."""
    found = {}
    for address in ADDRESSES:
        assert client.get(address).status_code == 200, address
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        found[address] = len(asked)
    return found


def test_no_list_asks_more_when_there_is_more(dora):
    # More than the short lists of home and of a team show, so that both times they say how many there are.
    for number in range(1, 7):
        add(number)
    few = questions(dora)
    for number in range(7, 25):
        add(number)

    many = questions(dora)

    assert {address: (few[address], many[address]) for address in ADDRESSES if many[address] > few[address]} == {}
