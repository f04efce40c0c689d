"""A year after it was published a COE is remembered: once, by whoever follows it and may read it, on the day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from coe import commemorating, concerning, digesting, publishing, reminding, subscribing
from coe.models import COE, ActionItem, Notice, Subscription
from tests import make
from tests.coe.writers import LATER, drafted, published

pytestmark = pytest.mark.django_db
# Published on 16 November 2026, 16:02 UTC; a year later it is ten in Paris, seven in the evening in Auckland.
THEN = datetime(2027, 11, 16, 9, 0, tzinfo=UTC)
BEFORE = datetime(2027, 11, 16, 7, 59, tzinfo=UTC)


@pytest.fixture
def coe():
    return published(drafted())


def carol(zone="Europe/Paris"):
    user = make.carol()
    user.zone = zone
    user.save()
    return user


def letters(user):
    return list(Notice.objects.filter(user=user, kind="anniversary"))


def remembered(user, cadence, now):
    """What the digest of this moment says of a year ago."""
    digesting.make_due(now)
    letter = Notice.objects.filter(user=user, kind="digest", key__startswith=f"digest-{cadence}").order_by("pk").last()
    content = digesting.content_of(letter) if letter else None
    return [one.pk for one in content["anniversaries"]] if content else []


def test_whoever_follows_it_at_once_gets_a_letter_at_nine_once(coe, mailoutbox):
    subscribing.follow(carol(), "at_once", LATER, team=coe.team)
    for now in (BEFORE, THEN, THEN, THEN + timedelta(days=1)):
        reminding.tick(now)

    (mail,) = [mail for mail in mailoutbox if mail.to == [make.carol().email]]
    assert mail.subject == f"A year ago: {coe.number} {coe.title}"
    assert "SEV 2 · Payments" in mail.body
    assert "Cards were declined." in mail.body
    assert "Published on 16 November 2026. Of its corrections 0 of" in mail.body
    assert "You get this because you follow team Payments." in mail.body
    assert mail.extra_headers["List-Unsubscribe"]


def test_it_is_nine_on_the_clock_of_each():
    coe = published(drafted())
    for user in (carol("Pacific/Auckland"), make.bob()):
        subscribing.follow(user, "at_once", LATER, team=coe.team)

    commemorating.make_due(datetime(2027, 11, 15, 20, 0, tzinfo=UTC))

    assert (len(letters(make.carol())), len(letters(make.bob()))) == (1, 0)


def test_nobody_is_reminded_of_what_they_may_not_read_neither_then_nor_when_it_goes_out(coe, mailoutbox):
    subscribing.follow(carol(), "at_once", LATER, team=coe.team)
    commemorating.make_due(THEN)
    publishing.set_audience(coe, "restricted", reason="Personnel", by=make.alice(), now=THEN)

    for day in range(3):
        reminding.tick(THEN + timedelta(days=day))

    assert [mail for mail in mailoutbox if mail.to == [make.carol().email]] == []
    assert letters(make.carol()) == []


def test_after_a_standstill_it_is_told_a_day_late_but_not_weeks(coe):
    subscribing.follow(carol(), "at_once", LATER, team=coe.team)

    assert commemorating.make_due(THEN + timedelta(days=20)) == 0
    assert commemorating.make_due(THEN + timedelta(days=1)) == 1


def test_whoever_began_to_follow_that_day_is_told_of_nothing_past(coe):
    subscribing.follow(carol(), "at_once", THEN - timedelta(hours=1), team=coe.team)

    assert commemorating.make_due(THEN) == 0


def test_a_reissue_does_not_make_it_younger(coe):
    subscribing.follow(carol(), "at_once", LATER, team=coe.team)
    publishing.begin_reissue(coe, make.alice(), LATER + timedelta(days=200))

    assert commemorating.make_due(THEN) == 1


def test_how_many_of_its_corrections_are_verified_is_said(coe):
    subscribing.follow(carol(), "at_once", LATER, team=coe.team)
    coe.actions.update(state=ActionItem.State.VERIFIED)
    count = coe.actions.promised().count()

    commemorating.make_due(THEN)

    assert f"{count} of {count} are verified" in letters(make.carol())[0].detail


@pytest.mark.parametrize(
    ("published_on", "expected"),
    [(date(2026, 11, 16), date(2027, 11, 16)), (date(2028, 2, 29), date(2029, 3, 1))],
)
def test_the_day_a_year_after(published_on, expected):
    assert concerning.a_year_after(published_on) == expected


@pytest.mark.parametrize(("cadence", "now"), [("daily", THEN), ("weekly", datetime(2027, 11, 22, 9, 0, tzinfo=UTC))])
def test_a_digest_remembers_what_is_followed(coe, cadence, now):
    subscribing.follow(carol(), cadence, LATER, severity=2)
    Subscription.objects.update(told_until=now - timedelta(days=1 if cadence == "daily" else 7))

    assert remembered(make.carol(), cadence, now) == [coe.pk]


def test_a_digest_by_a_saved_search_remembers_too(coe):
    subscribing.follow(carol(), "daily", LATER, query="cards")
    subscribing.follow(make.bob(), "daily", LATER, query="kernel")
    Subscription.objects.update(told_until=THEN - timedelta(days=1))
    make.team("Payments").memberships.filter(user=make.bob()).delete()

    assert remembered(make.carol(), "daily", THEN) == [coe.pk]
    assert remembered(make.bob(), "daily", THEN) == []


def test_a_leap_day_is_remembered_by_one_digest_on_the_first_of_march():
    coe = published(drafted(), at=datetime(2028, 2, 29, 12, 0, tzinfo=UTC))
    subscribing.follow(carol(), "daily", LATER, team=coe.team)
    told = []
    for day in (27, 28, 29, 30):
        now = datetime(2029, 2, 1, 9, 0, tzinfo=UTC) + timedelta(days=day - 1)
        Subscription.objects.update(told_until=now - timedelta(days=1))
        told += [now.date()] * len(remembered(make.carol(), "daily", now))
        Notice.objects.update(sent_at=now)

    assert told == [date(2029, 3, 1)]


def test_it_is_told_once_by_the_letter_or_the_daily_or_the_weekly_digest(coe):
    monday = datetime(2027, 11, 22, 9, 0, tzinfo=UTC)
    for cadence, wish in (("at_once", {"severity": 1}), ("daily", {"severity": 2}), ("weekly", {})):
        subscribing.follow(carol(), cadence, LATER, **wish)
    Subscription.objects.filter(cadence="daily").update(told_until=THEN - timedelta(days=1))
    Subscription.objects.filter(cadence="weekly").update(told_until=monday - timedelta(days=7))

    assert remembered(make.carol(), "daily", THEN) == [coe.pk]
    assert remembered(make.carol(), "weekly", monday) == []
    COE.objects.update(severity=1)
    commemorating.make_due(THEN)
    assert remembered(make.carol(), "daily", THEN) == []


def test_nobody_who_follows_at_once_costs_one_question(coe, django_assert_num_queries):
    subscribing.follow(make.carol(), "weekly", LATER)

    with django_assert_num_queries(1):
        commemorating.make_due(THEN)
