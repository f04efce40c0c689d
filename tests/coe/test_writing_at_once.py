"""Several people in the same moment: one draft, one winner, one publication."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, transaction

from coe import delegating, drafting, editing, mailing, publishing, reminding, reviewing
from coe.drafting import refreshing
from coe.models import COE, Reminder
from oncall.exceptions import Conflict, NotAllowed
from oncall.models import Incident
from tests import make
from tests.coe.test_reminding import at
from tests.coe.writers import APPROVED, LATER, approved, finished_incident, in_review, published
from tests.make import MONDAY
from tests.stack import eventually

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*jobs):
    """Run all jobs from threads that start together; returns what they returned, or what refused them."""
    gate = Barrier(len(jobs))

    def run(job):
        gate.wait()
        try:
            return job()
        except Conflict:
            return "Conflict"
        except NotAllowed:
            return "NotAllowed"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as threads:
        return list(threads.map(run, jobs))


def while_held(coe, act, *jobs):
    """Act while all of these wait for the row of the COE, then let them go on; returns what `at_once` returns."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

    def wait_there():
        with connection.cursor() as cursor:
            # Within a transaction the view stands still otherwise.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(waiting)
            return cursor.fetchone()[0] == len(jobs)

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            COE.objects.select_for_update().get(pk=coe.pk)
            answers = threads.submit(at_once, *jobs)
            eventually(wait_there)
            act()
        return answers.result()


def test_many_starts_at_once_are_one_coe():
    incident, alice = finished_incident(), make.alice()

    started = at_once(*[lambda: drafting.draft_for(Incident.objects.get(pk=incident.pk), alice, LATER).pk] * 8)

    assert len(set(started)) == 1
    assert COE.objects.count() == 1


def test_of_many_saves_of_one_section_one_wins_and_the_others_are_told():
    coe, alice = make.coe(), make.alice()

    def save(number):
        mine = COE.objects.get(pk=coe.pk)
        return editing.save_section(mine, "summary", f"Version {number}", 0, by=alice, now=LATER).text

    answers = at_once(*[lambda number=number: save(number) for number in range(8)])

    assert Counter(answers)["Conflict"] == 7
    assert coe.sections.get(key="summary").text in answers
    assert coe.revisions.count() == 1


def test_edits_of_different_parts_at_once_are_all_kept_in_numbered_revisions():
    coe, alice = make.coe(), make.alice()

    def add(number):
        mine = COE.objects.get(pk=coe.pk)
        return editing.add_cause(mine, f"Cause {number}", "trigger", by=alice, now=LATER).position

    positions = at_once(*[lambda number=number: add(number) for number in range(8)])

    assert sorted(positions) == list(range(8))
    assert sorted(coe.revisions.values_list("number", flat=True)) == list(range(1, 9))


def test_of_two_verdicts_at_once_one_counts():
    bob, carol = make.bob(), make.carol()
    coe = in_review(None, bob, carol)

    def decide(by):
        return reviewing.decide(COE.objects.get(pk=coe.pk), APPROVED, "", by=by, now=LATER).verdict

    assert sorted(at_once(lambda: decide(bob), lambda: decide(carol))) == ["Conflict", APPROVED]


def test_whoever_is_relieved_while_deciding_decides_no_more():
    """Carol is nobody but a reviewer; the owner hands her round on while her verdict waits."""
    coe, carol = in_review(None, make.carol()), make.carol()

    def decide():
        return reviewing.decide(COE.objects.get(pk=coe.pk), APPROVED, "", by=carol, now=LATER).verdict

    def hand_on():
        delegating.delegate(coe.reviews.get(), make.bob(), "On leave", by=make.alice(), now=LATER)

    assert while_held(coe, hand_on, decide) == ["NotAllowed"]
    assert COE.objects.get().state == "in_review"


def test_two_refreshes_at_once_add_each_line_once():
    coe, alice = drafting.draft_for(finished_incident(), make.alice(), LATER), make.alice()
    incident = coe.incidents.get()
    for minute in (50, 55):
        incident.timeline.write("note", f"Note at {minute}", at=MONDAY + timedelta(minutes=minute), actor=alice)
    keys, before = {one.key for one in refreshing.news_of(coe, alice)}, coe.timeline.count()
    assert len(keys) == 2

    def refresh():
        return refreshing.refresh(COE.objects.get(pk=coe.pk), keys, by=alice, now=LATER)

    assert sorted(while_held(coe, lambda: None, refresh, refresh)) == [0, 2]
    assert coe.timeline.count() == before + 2


def test_two_publications_at_once_are_one():
    coe, alice = approved(), make.alice()

    def publish():
        return publishing.publish(COE.objects.get(pk=coe.pk), alice, LATER).reason

    assert sorted(at_once(publish, publish)) == ["Conflict", "published"]
    assert coe.revisions.publications().count() == 1


def test_ticks_at_once_send_each_reminder_once(mailoutbox):
    coe = published()
    for number in range(10):
        make.action(f"Another {number}", of=coe, due_in=30)

    at_once(*[lambda: reminding.tick(at(16, 9))] * 4)

    assert Reminder.objects.filter(tries=1, sent_at__isnull=False).count() == 11
    assert mailing.lease(Reminder, at(16, 10), 50) == []
    assert Counter(mail.subject for mail in mailoutbox if "Due today" in mail.subject).most_common(1)[0][1] == 1
