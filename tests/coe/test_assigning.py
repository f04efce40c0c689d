"""Bar raisers: fairly chosen, never near the COE, never twice at once for the same load."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from coe import reviewing
from coe.models import Review
from tests import make
from tests.coe.writers import LATER, approvers, ready

pytestmark = pytest.mark.django_db


def raiser(name, **facts):
    return make.bar_raiser(make.person(name), **facts)


def submitted(title="One", now=LATER):
    coe = make.coe(title, severity=2)
    make.team("Payments", managers=(make.person("Mia Fontaine"),))
    reviewing.submit(ready(coe), make.alice(), [], now)
    return coe


def chosen(coe):
    return coe.reviews.get(role="bar_raiser").reviewer.name


def test_the_load_is_shared():
    for name in ("Ada", "Ben", "Cleo"):
        raiser(name)

    found = [chosen(submitted(f"COE {number}", LATER + timedelta(hours=number))) for number in range(6)]

    assert found == ["Ada", "Ben", "Cleo", "Ada", "Ben", "Cleo"]


@pytest.mark.parametrize(
    "near",
    [
        lambda one: make.team("Payments", one.user),
        lambda one: make.team("Pilots", one.user, make.alice()),
        lambda one: one.conflicts.add(make.team("Payments")),
        lambda one: type(one).objects.update(away_until=(LATER + timedelta(days=3)).date()),
        lambda one: type(one).objects.update(most_at_once=0),
    ],
)
def test_nobody_near_it_in_conflict_away_or_busy_is_asked(near):
    make.team("Payments", make.alice())
    near(raiser("Ada"))
    raiser("Zoe")

    type_of = make.BarRaiser.objects
    type_of.filter(user__name="Zoe").update(away_until=None, most_at_once=3)

    assert chosen(submitted()) == "Zoe"


def test_when_all_are_busy_it_waits_instead_of_asking_an_administrator():
    make.dora()
    raiser("Ada", most_at_once=1)
    assert chosen(submitted("First")) == "Ada"

    second = submitted("Second")

    assert not second.reviews.filter(role="bar_raiser").exists()


def test_when_all_are_away_an_administrator_stands_in():
    make.dora()
    raiser("Ada", away_until=(LATER + timedelta(days=30)).date())

    review = submitted().reviews.get(role="bar_raiser")

    assert (review.reviewer.name, review.is_stand_in) == ("Dora Lindqvist", True)


@pytest.mark.django_db(transaction=True)
def test_two_submissions_at_once_share_the_load():
    for name in ("Ada", "Ben"):
        raiser(name)
    coes = [ready(approvers(make.coe(f"COE {number}", severity=2))) for number in range(2)]
    make.BarRaiser.objects.filter(user__name="Rosa Barr").delete()

    def submit(coe):
        try:
            reviewing.submit(coe, make.alice(), [], LATER)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(submit, coes))

    asked = Review.objects.filter(role="bar_raiser").values_list("reviewer__name", flat=True)
    assert sorted(asked) == ["Ada", "Ben"]
