"""Restrictions are judged again: whoever answers for one is asked on its day, at nine by the owner's clock, once."""

from datetime import UTC, date, datetime, timedelta

import pytest

from coe import publishing, reminding
from coe.models import COE, Notice
from oncall.models import AuditEntry
from tests import make
from tests.coe.writers import LATER, drafted, published

pytestmark = pytest.mark.django_db
DAY = date(2027, 1, 11)
# Nine in Paris on that day.
NINE = datetime(2027, 1, 11, 8, tzinfo=UTC)
RECONSIDER = Notice.Kind.RECONSIDER


@pytest.fixture
def coe():
    """Alice's, restricted by Dora until DAY."""
    coe = published(drafted())
    publishing.set_audience(coe, "restricted", reason="Keys leaked", reconsider_on=DAY, by=make.dora(), now=LATER)
    return coe


def told():
    return sorted(Notice.objects.filter(kind=RECONSIDER).values_list("user__name", flat=True))


def test_owner_and_whoever_restricted_it_are_asked_at_nine_of_the_owners_clock(coe, mailoutbox):
    reminding.tick(NINE - timedelta(minutes=1))
    assert told() == []

    reminding.tick(NINE)

    assert told() == ["Alice Moreau", make.dora().name]
    mail = next(mail for mail in mailoutbox if "restriction" in mail.subject and mail.to == [make.alice().email])
    assert "Keys leaked" in mail.body
    assert f"/coes/{coe.pk}/audience/" in mail.body


@pytest.mark.parametrize(
    ("zone", "instant"),
    [
        ("Pacific/Auckland", datetime(2027, 1, 10, 20, tzinfo=UTC)),  # summer there
        ("America/New_York", datetime(2027, 1, 11, 14, tzinfo=UTC)),
    ],
)
def test_nine_is_that_of_the_owner(coe, zone, instant):
    coe.owner.zone = zone
    coe.owner.save()

    reminding.tick(instant - timedelta(minutes=1))
    assert told() == []
    reminding.tick(instant)
    assert "Alice Moreau" in told()


def test_on_the_day_when_clocks_change_nine_is_nine():
    coe = published(drafted())
    spring = date(2027, 3, 28)
    publishing.set_audience(coe, "restricted", reason="x", reconsider_on=spring, by=make.alice(), now=LATER)

    reminding.tick(datetime(2027, 3, 28, 6, 59, tzinfo=UTC))
    assert told() == []
    reminding.tick(datetime(2027, 3, 28, 7, tzinfo=UTC))
    assert told() == ["Alice Moreau"]


def test_each_day_is_told_of_once_and_another_day_anew(coe):
    for _ in range(3):
        reminding.tick(NINE)
    assert len(told()) == 2
    new = {"reason": "Keys leaked", "note": "One key is still in use", "reconsider_on": date(2027, 2, 1)}
    publishing.set_audience(coe, "restricted", by=make.alice(), now=NINE, **new)

    reminding.tick(datetime(2027, 2, 1, 8, tzinfo=UTC))

    assert told().count("Alice Moreau") == 2
    entry = AuditEntry.objects.filter(verb="audience").order_by("pk").last()
    assert entry.detail == "One key is still in use · Keys leaked · To be reconsidered on 2027-02-01."


def test_a_restriction_that_was_lifted_is_not_told_of(coe):
    publishing.set_audience(coe, "organisation", note="Replaced", by=make.alice(), now=LATER)

    reminding.tick(NINE)

    assert told() == []


def test_when_both_have_left_the_managers_are_asked(coe):
    mia = make.person("Mia Fontaine")
    make.team("Payments", managers=(mia,))
    for user in (make.alice(), make.dora()):
        user.is_active = False
        user.save()

    reminding.tick(NINE)

    assert told() == ["Mia Fontaine"]


@pytest.mark.parametrize("screen", ["", "edit/", "audience/"])
def test_its_screens_say_that_it_is_to_be_reconsidered(client, coe, screen):
    COE.objects.filter(pk=coe.pk).update(reconsider_on=date(2020, 1, 1), state="draft")
    client.force_login(make.alice())

    assert "o be reconsidered" in client.get(f"/coes/{coe.pk}/{screen}").content.decode()


def test_an_older_restriction_without_a_day_asks_for_one(client, coe):
    COE.objects.filter(pk=coe.pk).update(reconsider_on=None)
    client.force_login(make.alice())

    assert "no day was named" in client.get(f"/coes/{coe.pk}/").content.decode()
