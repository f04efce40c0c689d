"""A storm for one person: few messages that name the worst and the count, one link, and never silence."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from config.mail_catcher import MailCatcher
from oncall import dispatching, linking, paging
from oncall.models import Attempt, Incident
from oncall.shortening import fits
from oncall.summarising import short_form
from tests import make
from tests.make import MONDAY
from tests.oncall.receivers import Postmaster, use_mail_server

pytestmark = pytest.mark.django_db


def storm(person, count, severity=2):
    service = make.service(escalation_policy=make.policy(person))
    return [make.incident(f"Trouble {number}", of=service, severity=severity) for number in range(count)]


def test_a_few_pages_go_out_each_by_itself(mailoutbox):
    storm(make.alice(), dispatching.BUNDLE_FROM - 1)

    paging.tick(now=MONDAY, at_once=1)

    assert len(mailoutbox) == dispatching.BUNDLE_FROM - 1


def test_many_pages_become_one_message_that_names_the_worst_first_and_all_of_them(mailoutbox):
    alice = make.alice()
    storm(alice, 11, severity=2)
    worst = make.incident(
        "Everything is down", of=make.service("core", escalation_policy=make.policy(alice)), severity=1
    )

    paging.tick(now=MONDAY, at_once=1)

    (mail,) = mailoutbox
    assert mail.subject == "[SEV 1] 12 incidents in 2 services: Everything is down"
    assert mail.body.index(worst.number) < mail.body.index("Trouble 0")
    assert set(re.findall(r"Trouble \d+", mail.body)) == {f"Trouble {number}" for number in range(11)}
    assert len(set(Attempt.objects.values_list("bundle", "state"))) == 1


def test_pages_of_two_people_never_share_a_message(mailoutbox):
    for person in (make.alice(), make.bob()):
        storm(person, 0)
        service = make.service(f"of-{person.pk}", escalation_policy=make.policy(person))
        for number in range(6):
            make.incident(f"Trouble {number}", of=service)

    paging.tick(now=MONDAY, at_once=1)

    assert sorted(mail.to[0] for mail in mailoutbox) == ["alice@example.com", "bob@example.com"]


def test_the_link_of_a_bundle_shows_on_get_and_takes_all_on_post(mailoutbox):
    alice = make.alice()
    incidents = storm(alice, 6)
    incidents[0].resolve(by=alice, at=MONDAY)
    make.incident("Sixth", of=incidents[0].service)
    paging.tick(now=MONDAY, at_once=1)
    path = re.search(r"http://testserver(/p/\S+)", mailoutbox[0].body)[1]
    stranger = Client()

    assert "Acknowledge" in stranger.get(path).content.decode()
    assert Incident.objects.filter(state="triggered").count() == 6
    stranger.post(path)
    stranger.post(path)

    taken = Incident.objects.filter(state="acknowledged", acknowledged_by=alice)
    assert taken.count() == 6
    assert incidents[1].timeline.filter(kind="acknowledged", source="link").count() == 1


def test_a_forged_bundle_opens_nothing():
    alice, bob = make.alice(), make.bob()
    storm(alice, 6)
    paging.open_due(now=MONDAY)
    bundle = Attempt.objects.first().key
    Attempt.objects.update(bundle=bundle)
    token = linking.token_of_bundle(bundle, alice)

    assert len(linking.grant_of(token).incidents) == 6
    with pytest.raises(linking.Forged):
        linking.grant_of(linking.token_of_bundle(bundle, bob))
    with pytest.raises(linking.Forged):
        linking.grant_of(token.replace(f"-{alice.pk}", f"-{bob.pk}", 1))


def test_a_bundle_that_fails_is_tried_again_as_one_message_under_the_same_key(settings):
    storm(make.alice(), 6)
    postmaster = Postmaster()
    with MailCatcher(postmaster) as catcher:
        use_mail_server(settings, catcher)
        postmaster.answer = "451 Later"
        paging.tick(now=MONDAY, at_once=1)
        postmaster.answer = "250 Accepted"
        dispatching.send_due(now=MONDAY + timedelta(seconds=10), at_once=1)

    ids = [re.search(rb"Message-ID: (\S+)", message)[1] for message in postmaster.messages]
    assert len(ids) == 2
    assert len(set(ids)) == 1
    assert Attempt.objects.filter(state="sent").count() == 6


def test_what_was_acknowledged_before_it_went_out_is_not_named(mailoutbox):
    alice = make.alice()
    incidents = storm(alice, 7)
    paging.open_due(now=MONDAY)
    incidents[0].refresh_from_db()
    incidents[0].acknowledge(by=alice, at=MONDAY)

    dispatching.send_due(now=MONDAY, at_once=1)

    assert "Trouble 0\n" not in mailoutbox[0].body
    assert mailoutbox[0].subject.startswith("[SEV 2] 6 incidents")


def test_the_short_form_of_a_bundle_is_one_sms():
    service = make.service("a" * 80)
    incidents = [make.incident("Überlauf " * 30, of=service) for _ in range(9)]

    assert fits(short_form(incidents))
    assert short_form(incidents).startswith("9 incidents. Worst: INC-")
