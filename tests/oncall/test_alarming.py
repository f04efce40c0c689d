"""Administrators are told of a broken invariant at once, seldom, and once when it is over."""

import logging
from datetime import timedelta

import pytest

from oncall import alarming, auditing, foreseeing, runbooks
from oncall.models import AuditEntry, Incident, Violation
from tests import make
from tests.make import MONDAY
from tests.oncall.receivers import WebhookServer

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def dora():
    return make.dora()


def minutes(mailoutbox, *numbers):
    """Let the audit of each of these minutes run; what it sent, as subjects."""
    before = len(mailoutbox)
    for number in numbers:
        auditing.audit(auditing.CHECKS, MONDAY + number * MINUTE)
        alarming.tell(MONDAY + number * MINUTE)
    return [mail.subject for mail in mailoutbox[before:]]


def broken(title="Cards declined", **facts):
    return make.incident(title, page_after=None, **facts)


def test_nothing_is_said_while_all_holds(mailoutbox):
    assert minutes(mailoutbox, 1, 2, 3) == []


def test_an_administrator_is_told_within_a_minute_what_it_means_and_what_to_do(mailoutbox, dora):
    incident = broken()

    (subject,) = minutes(mailoutbox, 2)

    assert incident.number in subject
    assert mailoutbox[0].to == [dora.email]
    assert runbooks.RUNBOOKS[2].do in mailoutbox[0].body
    assert "http://testserver/operations/#an-incident-reaches-nobody" in mailoutbox[0].body


def test_links_lead_to_the_runbook_of_the_installation(mailoutbox, settings):
    settings.ERRATA_RUNBOOK_URL = "https://docs.example/operating.html"
    broken()
    minutes(mailoutbox, 2)
    assert "https://docs.example/operating.html#an-incident-reaches-nobody" in mailoutbox[0].body


def test_the_same_violation_is_told_once(mailoutbox):
    broken()
    assert len(minutes(mailoutbox, *range(2, 60))) == 1


def test_what_is_found_soon_after_comes_as_one_summary(mailoutbox):
    broken()
    assert len(minutes(mailoutbox, 2)) == 1
    for number in range(7):
        broken(f"Another {number}")

    assert minutes(mailoutbox, *range(3, 17)) == []
    (summary,) = minutes(mailoutbox, 17, 18)

    assert "and 7 more" in summary
    assert "8 things that must not be, 7 of them new" in mailoutbox[-1].body
    assert "And 3 more" in mailoutbox[-1].body


def test_the_end_is_told_once(mailoutbox):
    broken()
    minutes(mailoutbox, 2)
    Incident.objects.update(state="resolved")

    (subject,) = minutes(mailoutbox, 3, 4, 5)

    assert "All clear" in subject


def test_a_second_trouble_is_told_again(mailoutbox):
    incident = broken()
    minutes(mailoutbox, 2)
    Incident.objects.update(state="resolved")
    minutes(mailoutbox, 3)

    Incident.objects.filter(pk=incident.pk).update(state="triggered", moved_at=MONDAY)

    assert minutes(mailoutbox, 4, 16) == []
    assert len(minutes(mailoutbox, 17)) == 1


def test_every_way_of_every_administrator_is_taken(mailoutbox, dora, settings):
    settings.ERRATA_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    make.person("Erik Holm", is_staff=True)
    make.contact(make.person("Nils Berg", is_staff=True, reachable=False), "email", "nils@new.example", verified=False)
    with WebhookServer() as server:
        hook = make.contact(dora, "webhook", server.url)
        hook.sealed_secret = alarming_secret()
        hook.save()
        broken()
        minutes(mailoutbox, 2)

        assert b'"errata.alarm"' in server.received[0][1]
    assert sorted(mail.to[0] for mail in mailoutbox) == [dora.email, "erik@example.com"]


def alarming_secret():
    from oncall.channels.webhook import make_secret
    from oncall.sealing import seal

    return seal(make_secret())


def test_what_reached_nobody_is_told_again_a_minute_later(mailoutbox, settings, caplog):
    settings.EMAIL_BACKEND, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", 1
    broken()
    with caplog.at_level(logging.CRITICAL):
        assert minutes(mailoutbox, 2) == []
    assert "audit.alarm_unheard" in caplog.text

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    assert len(minutes(mailoutbox, 3)) == 1


def test_who_was_told_is_written_down(mailoutbox):
    broken()
    minutes(mailoutbox, 2)
    entry = AuditEntry.objects.get(verb="told")
    assert entry.object_id == Violation.objects.get().pk
    assert entry.detail == "Dora Lindqvist by email"


def test_what_is_only_foreseen_wakes_nobody(mailoutbox):
    make.service(escalation_policy=make.policy(make.person("Erik Holm", reachable=False)))
    assert auditing.audit(foreseeing.CHECKS, MONDAY, "foresight")
    assert minutes(mailoutbox, 1, 2) == []
