"""Invariant 5: every published COE is in the change table, and the index has applied it."""

from datetime import timedelta

import pytest

from coe import auditing, tasks
from coe.models import SearchChange
from tests.coe.publishing import published
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
LATER = MONDAY + timedelta(minutes=10)


@pytest.fixture(autouse=True)
def directory(settings, tmp_path):
    settings.ERRATA_SEARCH_DIR = tmp_path / "search"


def subjects():
    return [finding.subject for finding in auditing.publications_are_findable(LATER)]


def test_a_publication_that_no_index_was_told_of_is_found():
    coe = published()
    SearchChange.objects.all().delete()

    assert subjects() == [coe.number]


def test_an_index_that_is_behind_is_found_until_it_has_caught_up():
    published()
    SearchChange.objects.update(at=MONDAY)
    assert subjects() == ["search index"]

    tasks.catch_up_search()

    assert subjects() == []


def test_what_has_just_been_published_is_not_late():
    published()
    SearchChange.objects.update(at=LATER)

    assert subjects() == []
