"""Feeds that are asked for all the time: what that costs, when a reader is asked to wait, and many saved searches."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from coe import publishing, searching, subscribing
from coe.searching import Reader, parse
from coe.searching.finding import newest_of_any
from oncall.models import ApiToken
from tests import make
from tests.coe.indexes import ANYBODY, document, searcher_of
from tests.coe.test_feeds import key_of, reissued, titles
from tests.coe.writers import LATER, drafted, published, ready

pytestmark = pytest.mark.django_db
WORDS = ("cards", "refunds", "queue", "disk", "certificate", "leader", "cache", "quota", "replica", "kernel")


@pytest.fixture
def coe():
    return published(drafted())


def asked(client, key, **headers):
    return client.get(f"/feeds/{key}/coes.atom", headers=headers)


def test_whoever_has_it_already_costs_no_look_at_a_document(client, coe, django_assert_max_num_queries):
    key = key_of(make.carol())
    tag = asked(client, key)["ETag"]

    with django_assert_max_num_queries(3) as questions:
        again = asked(client, key, **{"If-None-Match": tag})

    assert (again.status_code, again["ETag"]) == (304, tag)
    assert not [one for one in questions.captured_queries if "content" in one["sql"]]


def test_a_reissue_is_news_to_whoever_has_the_feed(client, coe):
    key = key_of(make.carol())
    tag = asked(client, key)["ETag"]
    reissued(coe)

    assert asked(client, key, **{"If-None-Match": tag}).status_code == 200


def test_whoever_lost_the_right_to_read_it_is_not_told_that_nothing_changed(client, coe):
    key = key_of(make.carol())
    tag = asked(client, key)["ETag"]
    publishing.set_audience(coe, "restricted", reason="Personnel", by=make.alice(), now=LATER)

    answer = asked(client, key, **{"If-None-Match": tag})

    assert answer.status_code == 200
    assert coe.number not in answer.content.decode()


def test_a_program_may_ask_for_dozens_at_once_and_then_waits(client, coe):
    key, most = key_of(make.carol()), ApiToken.AHEAD // ApiToken.PACE

    answers = [asked(client, key).status_code for _ in range(most)]
    refused = [answer for answer in (asked(client, key) for _ in range(3)) if answer.status_code == 429]

    assert set(answers) == {200}
    assert refused
    assert refused[0]["Retry-After"] == "60"
    assert refused[0]["Cache-Control"] == "private, no-cache"


def test_whoever_is_asked_to_wait_costs_one_question_and_writes_nothing(client, coe, django_assert_num_queries):
    key = key_of(make.carol())
    ApiToken.objects.update(paced_until=timezone.now() + timedelta(hours=1))

    with django_assert_num_queries(1):
        assert asked(client, key).status_code == 429


def test_one_key_that_asks_too_often_keeps_no_other_from_its_feed(client, coe):
    busy, other = key_of(make.carol()), key_of(make.bob())
    ApiToken.objects.filter(user=make.carol()).update(paced_until=timezone.now() + timedelta(hours=1))

    assert asked(client, busy).status_code == 429
    assert asked(client, other).status_code == 200


def test_after_a_while_it_is_answered_again():
    now, facts = LATER, {"paced_until": LATER + ApiToken.AHEAD + timedelta(seconds=3)}
    key = ApiToken.issue(make.carol(), "reader", ApiToken.Scope.FEED)[0]
    ApiToken.objects.update(**facts)
    key.refresh_from_db()

    assert key.spend(now) == 3
    assert key.spend(now + timedelta(seconds=3)) == 0
    key.refresh_from_db()
    assert key.paced_until == now + ApiToken.AHEAD + timedelta(seconds=8)


def test_many_saved_searches_are_one_question_to_the_index(client, coe, django_assert_max_num_queries):
    carol = make.carol()
    for word in WORDS:
        subscribing.follow(carol, "weekly", LATER, query=word)
    key = key_of(carol)
    searching.catch_up()

    with django_assert_max_num_queries(8):
        assert titles(client, key, "following.atom") == [coe.public_title]


def test_a_person_follows_only_so_many_saved_searches():
    carol = make.carol()
    for number in range(subscribing.MOST_SEARCHES):
        subscribing.follow(carol, "daily", LATER, query=f"word{number}")

    with pytest.raises(ValidationError, match="At most 20 saved searches"):
        subscribing.follow(carol, "daily", LATER, query="one more")
    subscribing.follow(carol, "weekly", LATER, query="word1")
    subscribing.follow(carol, "daily", LATER, severity=1)


def test_what_narrows_a_saved_search_stands_beside_what_is_typed_in_it():
    published(ready(make.coe("Refunds came late", severity=3)))
    carol = make.carol()
    other = make.service("orders", owner=make.team("Fulfilment"))
    wish = subscribing.follow(carol, "daily", LATER, query="refunds team:payments", service=other)

    found = subscribing.followed([wish], publishing.COE.objects.published(), Reader.of(carol))
    assert not found.exists()


def test_any_of_several_wishes_is_found_newest_first_and_only_among_those_that_matter():
    days = [make.MONDAY + timedelta(days=day) for day in range(4)]
    texts = ("disk full", "certificate expired", "leader lost", "disk slow")
    dated = zip(texts, days, strict=True)
    documents = [document(pk, text, published_at=day) for pk, (text, day) in enumerate(dated, 1)]
    wishes = [(parse("disk", sort="date"),), (parse("certificate", sort="date"),)]

    with searcher_of(*documents) as searcher:
        assert newest_of_any(searcher, wishes, ANYBODY, limit=9) == [4, 2, 1]
        assert newest_of_any(searcher, wishes, ANYBODY, limit=1) == [4]
        assert newest_of_any(searcher, wishes, ANYBODY, limit=9, among=[1, 3]) == [1]
        assert newest_of_any(searcher, wishes, ANYBODY, limit=9, among=[]) == []
        assert newest_of_any(searcher, wishes, Reader(None), limit=9) == []
