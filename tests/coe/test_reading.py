"""Readings, thanks, questions, "does this apply to us?", re-issues, subscriptions and digests."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from coe import applying, digesting, editing, publishing, reading, reminding, reviewing, subscribing
from coe.models import COE, Notice, Reading, Tag
from oncall.exceptions import Conflict, NotAllowed
from tests import make
from tests.coe.writers import LATER, approve, drafted, published, ready

pytestmark = pytest.mark.django_db
NEXT_DAY = datetime(2026, 11, 17, 20, 0, tzinfo=UTC)


@pytest.fixture
def coe():
    return published(drafted())


def kinds(user):
    return sorted(Notice.objects.filter(user=user).values_list("kind", flat=True))


def reissued(coe, note):
    publishing.begin_reissue(coe, make.alice(), LATER)
    section = coe.sections.get(key="summary")
    editing.save_section(coe, "summary", "Put right.", section.edits, by=make.alice(), now=LATER)
    reviewing.submit(coe, make.alice(), [make.bob()], LATER)
    approve(coe)
    return publishing.publish(coe, make.alice(), LATER + timedelta(days=1), change_note=note)


def test_reading_twice_is_one_reading_of_the_newest_publication(coe):
    first = reading.mark_read(coe, make.carol(), LATER)
    again = reading.mark_read(coe, make.carol(), NEXT_DAY)

    assert (first.pk, again.first_at, again.last_at) == (again.pk, LATER, NEXT_DAY)


def test_a_draft_cannot_be_marked_as_read():
    with pytest.raises(Conflict, match="not published"):
        reading.mark_read(make.coe(), make.carol(), LATER)


def test_a_question_reaches_the_owner_and_its_answer_whoever_asked(coe):
    question = reading.ask(coe, "question", "Why one pool?", make.carol(), LATER)
    reading.answer(question, "It was simpler.", make.alice(), LATER)

    assert "question" in kinds(make.alice())
    assert kinds(make.carol()) == ["answer"]
    with pytest.raises(Conflict):
        reading.answer(question, "Once more", make.alice(), LATER)


def test_only_those_who_may_edit_answer(coe):
    question = reading.ask(coe, "question", "Why?", make.carol(), LATER)

    with pytest.raises(NotAllowed):
        reading.answer(question, "Because.", make.carol(), LATER)


def test_a_team_that_needs_the_service_is_asked_and_a_yes_is_its_action_item(coe):
    fulfilment = make.team("Fulfilment", make.carol())
    make.needs(make.service("orders", owner=fulfilment), coe.services.first())
    assert [(one.team, one.readers, one.answer) for one in reading.coverage_of(coe)] == [(fulfilment, 0, None)]

    promise = applying.Promise("Split our pool too", make.carol(), NEXT_DAY.date(), "A drill")
    made = applying.apply(coe, fulfilment, "yes", "", make.carol(), LATER, promise=promise)

    assert (made.action.title, made.action.team, made.action.owner) == ("Split our pool too", fulfilment, make.carol())
    (covered,) = reading.coverage_of(coe)
    assert (covered.readers, covered.answer.answer) == (1, "yes")
    assert applying.apply(coe, fulfilment, "yes", "", make.carol(), LATER).action == made.action


def test_a_doubt_asks_the_owner_and_strangers_do_not_speak_for_a_team(coe):
    fulfilment = make.team("Fulfilment", make.carol())
    applying.apply(coe, fulfilment, "unsure", "", make.carol(), LATER)

    assert "question" in kinds(make.alice())
    with pytest.raises(NotAllowed):
        applying.apply(coe, make.team("Payments"), "no", "", make.carol(), LATER)


def test_a_reissue_is_a_draft_beside_what_is_published(coe, client):
    publishing.begin_reissue(coe, make.alice(), LATER)
    client.force_login(make.carol())

    assert (coe.state, coe.is_published) == (COE.State.DRAFT, True)
    assert "Cards were declined." in client.get(f"/coes/{coe.pk}/").content.decode()
    assert COE.objects.published().get() == coe


def test_a_reissue_says_what_changed_to_those_who_read_the_earlier_one(coe):
    reading.mark_read(coe, make.carol(), LATER)

    with pytest.raises(ValidationError, match="Say what changed"):
        reissued(coe, " ")
    publishing.publish(coe, make.alice(), LATER + timedelta(days=1), change_note="The rate was 38 %")

    assert kinds(make.carol()) == ["reissued"]
    assert [one.change_note for one in coe.revisions.publications()] == ["The rate was 38 %", ""]
    assert coe.published_at == LATER


def test_whoever_follows_the_team_is_told_at_once_and_not_of_what_is_restricted():
    subscribing.follow(make.carol(), "at_once", LATER, team=make.team("Payments"))
    subscribing.follow(make.bob(), "at_once", LATER, severity=1)
    coe = published(drafted())

    assert kinds(make.carol()) == ["published"]
    assert "published" not in kinds(make.bob())
    assert Notice.objects.get(user=make.carol()).coe == coe


def test_a_letter_about_a_publication_says_what_stands_in_it_and_of_a_reissue_what_changed(mailoutbox):
    subscribing.follow(make.carol(), "at_once", LATER, team=make.team("Payments"))
    coe = published(drafted())
    reminding.tick(LATER)
    reissued(coe, "The rate was 38 %")
    reminding.tick(LATER + timedelta(days=1))

    first, second = (mail for mail in mailoutbox if mail.to == [make.carol().email])
    assert first.subject == f"Published: {coe.number} {coe.title}"
    for said in (first.body, first.alternatives[0].content):
        assert "SEV 2 · Payments" in said
        assert "Cards were declined." in said
    assert "What changed: The rate was 38 %" in second.body


@pytest.mark.parametrize(
    ("wish", "is_told"),
    [({}, True), ({"severity": 2}, True), ({"severity": 1}, False), ({"tag": "tls"}, False), ({"tag": "pools"}, True)],
)
def test_a_digest_tells_what_is_followed(coe, wish, is_told, mailoutbox):
    coe.tags.add(Tag.objects.create(name="pools"))
    wish = {**wish, "tag": Tag.objects.get_or_create(name=wish["tag"])[0]} if "tag" in wish else wish
    subscribing.follow(make.carol(), "daily", LATER, **wish)

    reminding.tick(NEXT_DAY)

    told = [mail for mail in mailoutbox if mail.to == [make.carol().email]]
    assert [coe.title in mail.body for mail in told] == [True] * is_told


def test_a_digest_comes_at_nine_on_the_readers_clock_in_winter_and_summer():
    auckland = make.person("Hana Ruru", zone="Pacific/Auckland")
    winter, summer = datetime(2026, 6, 16, 12, tzinfo=UTC), datetime(2026, 12, 16, 12, tzinfo=UTC)

    assert digesting.latest_due("daily", auckland, winter) == datetime(2026, 6, 15, 21, tzinfo=UTC)
    assert digesting.latest_due("daily", auckland, summer) == datetime(2026, 12, 15, 20, tzinfo=UTC)
    assert digesting.latest_due("weekly", auckland, summer) == datetime(2026, 12, 13, 20, tzinfo=UTC)


def test_after_a_standstill_one_digest_goes_out_and_none_twice(coe, mailoutbox):
    subscribing.follow(make.carol(), "daily", LATER - timedelta(hours=1))
    for day in (9, 9, 9):
        reminding.tick(LATER + timedelta(days=day))

    (mail,) = [mail for mail in mailoutbox if mail.to == [make.carol().email]]
    assert mail.subject == "1 new COE"
    assert coe.title in mail.body


def test_who_flew_west_on_the_day_of_a_digest_reads_the_next_day_what_came_in_between(coe, mailoutbox):
    hana = make.person("Hana Ruru", zone="Pacific/Auckland")
    subscribing.follow(hana, "daily", LATER - timedelta(minutes=1))
    reminding.tick(datetime(2026, 11, 16, 20, 1, tzinfo=UTC))
    hana.zone = "America/Los_Angeles"
    hana.save()
    later = published(ready(make.coe("Refunds came late", severity=3)), at=datetime(2026, 11, 16, 23, tzinfo=UTC))

    # Nine o'clock of 17 November once more, and of the 18th.
    reminding.tick(datetime(2026, 11, 17, 17, 1, tzinfo=UTC))
    reminding.tick(datetime(2026, 11, 18, 17, 1, tzinfo=UTC))

    told = [mail.body for mail in mailoutbox if mail.to == [hana.email]]
    assert [(coe.title in body, later.title in body) for body in told] == [(True, False), (False, True)]


def test_what_became_restricted_after_the_digest_was_made_is_not_in_it(coe, mailoutbox):
    subscribing.follow(make.carol(), "daily", LATER)
    digesting.make_due(NEXT_DAY)
    publishing.set_audience(coe, "restricted", reason="Personnel", by=make.alice(), now=NEXT_DAY)

    reminding.tick(NEXT_DAY)

    assert [mail for mail in mailoutbox if mail.to == [make.carol().email]] == []
    assert Reading.objects.count() == 0
