"""Notification rules, quiet hours and the test page to oneself, on the profile."""

from datetime import time, timedelta

import pytest

from oncall import trying
from oncall.exceptions import Conflict
from oncall.models import AuditEntry, NotificationRule
from tests import make
from tests.make import MONDAY
from tests.oncall.receivers import WebhookServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(client):
    """Signed in, reached by e-mail."""
    user = make.alice()
    client.force_login(user)
    return user


def add(client, method, minutes="0", urgency="high"):
    fields = {"urgency": urgency, "contact_method": method.pk, "after_minutes": minutes}
    return client.post("/profile/rules/add/", fields)


def screen(client):
    return client.get("/profile/").content.decode()


def test_without_rules_the_default_is_said_in_words(client, alice):
    assert screen(client).count("Without rules every verified contact method is used at once.") == 2


def test_rules_are_listed_in_the_order_of_their_moments(client, alice):
    night = make.contact(alice, address="night@example.com")
    add(client, night, "5")
    add(client, alice.contact_methods.first(), "0")

    page = screen(client)

    assert 0 < page.index("at once</span>") < page.index("after 5 minutes</span>")
    assert set(AuditEntry.objects.values_list("verb", flat=True)) == {"added"}


def test_a_rule_is_removed(client, alice):
    rule = make.rule(alice)

    client.post(f"/profile/rules/{rule.pk}/remove/")

    assert not NotificationRule.objects.exists()


@pytest.mark.parametrize(
    ("minutes", "sentence"),
    [("-1", "greater than or equal to 0"), ("1441", "less than or equal to 1440"), ("soon", "Enter a whole number")],
)
def test_minutes_that_are_none_are_said_at_the_field_and_kept(client, alice, minutes, sentence):
    answer = add(client, alice.contact_methods.get(), minutes)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert f'value="{minutes}"' in answer.content.decode()
    assert not NotificationRule.objects.exists()


def test_the_same_rule_is_not_kept_twice(client, alice):
    add(client, alice.contact_methods.get(), "5")

    answer = add(client, alice.contact_methods.get(), "5")

    assert answer.status_code == 422
    assert "You have this rule already." in answer.content.decode()


def test_methods_and_rules_of_others_are_not_there(client, alice):
    bobs = make.rule(make.bob())

    assert add(client, bobs.contact_method).status_code == 422
    assert client.post(f"/profile/rules/{bobs.pk}/remove/").status_code == 404
    assert NotificationRule.objects.get() == bobs


def test_urgent_pages_that_come_late_are_warned_of(client, alice):
    make.rule(alice, 15)

    assert "The first of these comes after 15 minutes: nothing reaches you within ten minutes." in screen(client)


def test_a_rule_that_names_an_unverified_method_is_warned_of(client, alice):
    make.rule(alice, by=make.contact(alice, address="new@example.com", verified=False))

    page = screen(client)

    assert "Not verified: passed over" in page
    assert "None of these methods is verified, so every verified one is used at once." in page


def test_quiet_hours_are_set_and_taken_back(client, alice):
    client.post("/profile/quiet-hours/", {"quiet_from": "22:00", "quiet_until": "07:00"})
    alice.refresh_from_db()
    set_to = alice.quiet_from, alice.quiet_until

    client.post("/profile/quiet-hours/", {"quiet_from": "", "quiet_until": ""})

    alice.refresh_from_db()
    assert set_to == (time(22), time(7))
    assert (alice.quiet_from, alice.quiet_until) == (None, None)


@pytest.mark.parametrize(
    ("ends", "sentence"),
    [
        (("22:00", ""), "Quiet hours begin and end."),
        (("", "07:00"), "Quiet hours begin and end."),
        (("22:00", "22:00"), "That would be the whole day."),
        (("late", "07:00"), "Enter a valid time."),
    ],
)
def test_quiet_hours_with_one_end_are_refused_and_kept_as_typed(client, alice, ends, sentence):
    answer = client.post("/profile/quiet-hours/", {"quiet_from": ends[0], "quiet_until": ends[1]})

    alice.refresh_from_db()
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert f'value="{ends[0] or ends[1]}"' in answer.content.decode()
    assert alice.quiet_from is None


def test_a_test_page_goes_through_every_verified_method_and_says_how_long_it_took(client, alice, mailoutbox):
    make.contact(alice, address="night@example.com")
    make.contact(alice, address="new@example.com", verified=False)

    page = client.post("/profile/test/", follow=True).content.decode()

    assert {mail.to[0] for mail in mailoutbox} == {"alice@example.com", "night@example.com"}
    assert page.count("Handed over within") == 2
    assert "Handed over within" not in screen(client)


def test_what_refuses_a_test_is_said_beside_what_took_it(alice, mailoutbox, settings):
    settings.ERRATA_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with WebhookServer() as server:
        server.answer = 503
        hook = make.contact(alice, "webhook", server.url)
        trials = trying.send_test(alice, MONDAY)

    assert not trials[hook.pk].is_good
    assert len(mailoutbox) == 1
    assert sorted(trial.is_good for trial in trials.values()) == [False, True]


def test_a_test_is_not_sent_twice_within_half_a_minute(client, alice, mailoutbox):
    client.post("/profile/test/")

    page = client.post("/profile/test/", follow=True).content.decode()

    assert "Wait half a minute" in page
    assert len(mailoutbox) == 1


def test_no_more_than_ten_tests_go_out_within_an_hour(alice, mailoutbox):
    for number in range(trying.MOST_TESTS):
        trying.send_test(alice, MONDAY + number * timedelta(minutes=1))

    with pytest.raises(Conflict, match="within an hour"):
        trying.send_test(alice, MONDAY + timedelta(minutes=30))
    trying.send_test(alice, MONDAY + timedelta(minutes=61))


def test_without_a_verified_method_there_is_nothing_to_test(client, alice):
    alice.contact_methods.update(verified_at=None)

    page = client.post("/profile/test/", follow=True).content.decode()

    assert "there is nothing to test yet" in page
    assert "Send me a test page" not in page


def test_the_form_offers_each_channel_with_its_hint(client, alice):
    page = screen(client)

    assert 'data-hint="email"' in page
    assert "The URL of a receiver of signed webhooks." in page
