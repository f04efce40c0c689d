"""Latencies, health and backlog, from rows; and that asking stays cheap when there are many."""

from datetime import timedelta

import pytest
from django.db import connection

from oncall import measuring, paging
from oncall.models import Attempt, Page
from oncall.models.contacts import NotificationRule
from tests import make
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


def attempt(incident=None, *, user=None, after=1.0, arrived=None, **facts):
    """Of a page opened at MONDAY, sent `after` seconds later."""
    incident = incident or make.incident()
    page = Page.objects.create(
        incident=incident, user=user or make.alice(), cycle=1, round=0, step=0, reason="a test", opened_at=MONDAY
    )
    sent = MONDAY + after * SECOND if after is not None else None
    if arrived:
        facts |= {"delivered_at": MONDAY + arrived * SECOND, "state": "delivered"}
    about = {"channel": "email", "address": "a@example.com", "state": "sent", "send_after": MONDAY, "sent_at": sent}
    return Attempt.objects.create(page=page, created_at=MONDAY, **{**about, **facts})


def latency(what="sent"):
    return next((one for one in measuring.latencies(MONDAY - MINUTE) if one.what == what), None)


def test_the_time_from_accepted_to_sent_and_to_delivered_is_measured_by_channel():
    for seconds in (0.2, 0.4, 3):
        attempt(after=seconds, arrived=2 * seconds)

    sent, delivered = latency(), latency("delivered")

    assert (sent.channel, sent.count, sent.counts[1], sent.counts[2]) == ("email", 3, 1, 1)
    assert sent.quantiles[0.5] == pytest.approx(0.4)
    assert delivered.quantiles[0.5] == pytest.approx(0.8)


def test_the_first_message_about_an_incident_counts():
    incident = make.incident()
    attempt(incident, after=1)
    attempt(incident, user=make.bob(), after=100)
    assert (latency().count, latency().quantiles[0.99]) == (1, 1)


def test_a_try_that_follows_a_failure_counts_with_the_time_that_was_lost():
    failed = attempt(after=None, state="failed", contact_method=make.alice().contact_methods.get())
    Attempt.objects.create(
        page=failed.page, contact_method=failed.contact_method, channel="email", address="a", number=2, state="sent",
        created_at=MONDAY, send_after=MONDAY + 10 * SECOND, sent_at=MONDAY + 11 * SECOND,
    )  # fmt: skip
    assert latency().quantiles[0.5] == 11


def test_what_waits_on_purpose_is_not_late(mailoutbox):
    alice = make.alice()
    NotificationRule.objects.create(
        user=alice, urgency="high", contact_method=alice.contact_methods.get(), after_minutes=5
    )
    incident = make.incident(of=make.service(escalation_policy=make.policy(alice)))
    paging.tick(MONDAY, at_once=1)
    Attempt.objects.update(created_at=MONDAY)
    paging.tick(MONDAY + 5 * MINUTE, at_once=1)
    assert len(mailoutbox) == 1
    assert latency() is None

    held = make.incident()
    held.timeline.write("held", "Nobody is paged before 15:00", at=MONDAY)
    attempt(held, after=3600)
    assert latency() is None
    assert incident.pages.exists()


def test_the_health_of_a_channel_names_its_last_error():
    now = MONDAY + MINUTE
    attempt()
    attempt(state="failed", after=None, error="The mail server answered 421 busy")
    old = attempt(state="failed", after=None, error="older")
    Attempt.objects.filter(pk=old.pk).update(created_at=now - timedelta(hours=3))

    (email,) = measuring.health(now)

    assert (email["sent_hour"], email["failed_hour"], email["failed_day"]) == (1, 1, 2)
    assert email["last_success"] == MONDAY + SECOND
    assert email["last_error"]["error"] == "The mail server answered 421 busy"


def test_the_backlog_says_how_much_and_since_when():
    make.incident(page_after=MONDAY)
    attempt(state="pending", after=None, send_after=MONDAY + MINUTE)

    owed = {one.kind: (one.count, one.since) for one in measuring.backlog(MONDAY + 2 * MINUTE)}

    assert owed["attempts"] == (1, MONDAY + MINUTE)
    assert owed["incidents"][1] == MONDAY
    assert owed["responders"] == (0, None)


FILL = """
INSERT INTO oncall_attempt (page_id, channel, address, key, number, rule, priority, state, provider_id, error,
    created_at, send_after, sent_at)
SELECT %s, 'email', 'a@example.com', gen_random_uuid(), 1, 0, 0, 'sent', '', '', at, at, at
FROM generate_series(1, 40000) AS place, LATERAL (SELECT %s - place * interval '2 minutes') AS moment (at)
"""


def test_a_long_history_is_read_through_its_index():
    """40 000 attempts over 55 days. A million differ only in the height of the tree: what is read is the last hour."""
    page = attempt().page
    with connection.cursor() as cursor:
        cursor.execute(FILL, [page.pk, MONDAY])
        cursor.execute("ANALYZE oncall_attempt")
        values = {"since": MONDAY - measuring.HOUR, "bounds": list(measuring.BOUNDS)}
        cursor.execute(f"EXPLAIN {measuring.LATENCIES}", values)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    by_state = Attempt.objects.filter(created_at__gte=MONDAY - measuring.HOUR).explain()

    assert "attempts_by_age" in plan
    assert "attempts_by_age" in by_state
    assert "Seq Scan on oncall_attempt" not in plan + by_state
