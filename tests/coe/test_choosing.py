"""The COE of the month: one for a month, for everybody, with why, and offered by what stirred in it."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from coe import choosing, reading
from coe.models import COE, Collection
from oncall.exceptions import Conflict, NotAllowed
from tests import make
from tests.coe import reading_lists
from tests.coe.reading_lists import published, window
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
NOVEMBER = date(2026, 11, 1)


@pytest.fixture
def mia():
    return reading_lists.mia()


def choose(coe, by, month=NOVEMBER, why="Everybody has such a pool.", now=MONDAY):
    return choosing.choose(month, coe, why, by=by, now=now)


def test_managers_and_administrators_choose(mia):
    coe = published()

    for person in (mia, make.dora()):
        choose(coe, person)
    for person in (make.alice(), make.carol()):
        with pytest.raises(NotAllowed):
            choose(coe, person)


def test_another_choice_takes_the_place_of_the_one_before(mia):
    first, second = published("First"), published("Second")
    choose(first, mia)
    choose(second, mia, month=date(2026, 11, 20))

    assert [entry.coe for entry in choosing.chosen_for(mia)] == [second]


def test_the_database_keeps_one_choice_for_a_month(mia):
    choose(published(), mia)

    with pytest.raises(IntegrityError, match="one_choice_per_month"), transaction.atomic():
        Collection.objects.create(name="Another", month=NOVEMBER, owner=mia, made_at=MONDAY)


def test_what_is_restricted_or_to_come_or_without_a_reason_is_refused(mia):
    secret = published("Secret", audience="restricted", restricted_because="Personnel")

    with pytest.raises(ValidationError, match="restricted"):
        choose(secret, mia)
    with pytest.raises(ValidationError, match="this month or one before"):
        choose(published(), mia, month=date(2026, 12, 1))
    with pytest.raises(ValidationError, match="in a sentence"):
        choose(published(), mia, why="  ")
    with pytest.raises(Conflict):
        choose(make.coe("A draft"), mia)


def test_it_stands_on_home_above_the_library_and_among_the_months(mia):
    now = timezone.now()
    choose(published("The pool was shared", at=now), mia, month=now.date(), why="Read its causes twice.", now=now)
    carol = window(make.carol())

    for path in ("/", "/coes/", "/collections/months/"):
        assert "Read its causes twice." in carol.get(path).text
    assert "Read its causes twice." not in carol.get("/coes/?severity=3").text


def test_one_that_became_restricted_is_shown_to_nobody_who_may_not_read_it(mia):
    now = timezone.now()
    coe = published(at=now)
    choose(coe, mia, month=now.date(), now=now)
    COE.objects.filter(pk=coe.pk).update(audience="restricted", restricted_because="Personnel")

    assert choosing.current(make.carol(), now) is None
    assert choosing.current(mia, now).coe == coe


def test_a_choice_of_long_ago_is_not_shown_as_news(mia):
    choose(published(), mia)

    assert choosing.current(mia, MONDAY + timedelta(days=40)) is not None
    assert choosing.current(mia, MONDAY + timedelta(days=70)) is None


def test_candidates_are_ordered_by_what_they_stirred_in_the_month(mia):
    old = MONDAY - timedelta(days=90)
    thanked, read, quiet = published("Thanked", at=old), published("Read", at=old), published("Quiet", at=old)
    new = published("New")
    reading.thank(thanked, make.carol(), MONDAY)
    for person in (make.bob(), make.carol()):
        reading.mark_read(read, person, MONDAY)
    reading.mark_read(quiet, make.bob(), old)

    found = choosing.candidates(NOVEMBER, mia)

    assert [(one.coe, one.readers, one.thanks, one.is_new) for one in found] == [
        (thanked, 1, 1, False),
        (read, 2, 0, False),
        (new, 0, 0, True),
    ]


def test_what_is_restricted_is_no_candidate_not_even_for_who_reads_it(mia):
    secret = published("Secret", audience="restricted", restricted_because="Personnel")
    reading.thank(secret, make.dora(), MONDAY)

    assert choosing.candidates(NOVEMBER, make.dora()) == []


def test_a_candidate_is_taken_with_one_click_and_chosen_with_a_sentence(mia):
    now = timezone.now()
    coe, month = published(at=now), now.date().replace(day=1)
    client = window(mia)

    assert f'value="{coe.number}"' in client.get(f"/collections/months/choose/?month={month}&coe={coe.number}").text
    answer = client.post("/collections/months/choose/", {"month": month, "coe": coe.number, "why": "Read it."})

    assert answer["Location"] == "/collections/months/"
    assert choosing.current(mia, now).note == "Read it."
    client.post(f"/collections/months/{Collection.objects.get().pk}/withdraw/")
    assert choosing.current(mia, now) is None


@pytest.mark.parametrize("asked", ["", "9999-12-31", "nonsense", "1999-01-01"])
def test_a_month_that_makes_no_sense_is_this_one(mia, asked):
    answer = window(mia).get("/collections/months/choose/", {"month": asked})

    assert answer.context["month"].day == 1
    assert answer.context["month"].year == timezone.now().year
