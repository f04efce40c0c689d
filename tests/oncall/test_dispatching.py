"""Who sends what at the same time: no page twice, no provider in the way of another, no lease lost while one works."""

import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from oncall import delivering, dispatching, paging
from oncall.models import Attempt, Page
from oncall.sealing import seal
from tests import make
from tests.make import MONDAY
from tests.oncall.receivers import WebhookServer
from tests.stack import eventually

SECRET = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0"


def storm(*people, count=6):
    """Incidents of as many services, each paging one of these people."""
    for number in range(count):
        policy = make.policy(people[number % len(people)])
        make.incident(f"Trouble {number}", of=make.service(f"service-{number}", escalation_policy=policy))


def together(*calls):
    """Run in threads that begin at the same moment; errors are raised."""
    gate = threading.Barrier(len(calls))

    def run(call):
        try:
            gate.wait()
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


@pytest.fixture
def receiver(settings):
    settings.ERRATA_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with WebhookServer() as server:
        yield server


def hook(person, url):
    person.contact_methods.create(channel="webhook", address=url, sealed_secret=seal(SECRET), verified_at=MONDAY)


@pytest.mark.django_db
def test_one_address_never_occupies_all_senders():
    alice, bob = make.alice(), make.bob()
    hook(alice, "https://hooks.example/alice")
    hook(bob, "https://hooks.example/bob")
    storm(alice, count=6)
    make.incident(of=make.service("last", escalation_policy=make.policy(bob)))
    paging.open_due(now=MONDAY)

    taken = [pk for _ in range(6) for pk in dispatching.take("webhook", MONDAY)]

    addresses = Attempt.objects.filter(pk__in=taken).values_list("address", flat=True)
    assert Counter(address[-5:] for address in addresses) == {"alice": dispatching.MOST_PER_ADDRESS, "e/bob": 1}


@pytest.mark.django_db
def test_a_channel_that_no_longer_exists_does_not_keep_other_pages_back(mailoutbox):
    storm(make.alice(), make.bob(), count=2)
    paging.open_due(now=MONDAY)
    Attempt.objects.filter(page__user=make.alice()).update(channel="pigeon")

    paging.tick(now=MONDAY, at_once=1)
    assert [mail.to for mail in mailoutbox] == [["bob@example.com"]]
    paging.tick(now=MONDAY + timedelta(minutes=3), at_once=1)
    assert Attempt.objects.get(channel="pigeon").state == "failed"


@pytest.mark.django_db
def test_an_attempt_that_cannot_be_given_up_keeps_no_other_from_being_sent(mailoutbox):
    with connection.cursor() as cursor:
        words = "text NOT LIKE 'Could not reach%'"
        cursor.execute(f"ALTER TABLE oncall_timelineentry ADD CONSTRAINT poisoned CHECK ({words})")
    incident = make.incident(of=make.service(escalation_policy=make.policy(make.alice())))
    paging.open_due(now=MONDAY)
    Attempt.objects.update(channel="pigeon")
    later = MONDAY + delivering.UNKNOWN_FOR
    well = make.incident("Well", of=incident.service, at=later)

    paging.tick(now=later)

    assert [mail.subject for mail in mailoutbox] == [f"[SEV 2] payments-api: {well.title}"]


@pytest.mark.django_db(transaction=True)
def test_four_ticks_at_once_page_everybody_exactly_once(mailoutbox):
    alice, bob = make.alice(), make.bob()
    make.contact(alice, address="alice@elsewhere.example")
    storm(alice, bob, count=20)

    together(*[lambda: paging.tick(now=MONDAY)] * 4)

    assert Page.objects.count() == 20
    told = Counter(
        (trouble, mail.to[0]) for mail in mailoutbox for trouble in re.findall(r"Trouble \d+", mail.body + mail.subject)
    )
    assert len(told) == 30
    bundles = Attempt.objects.filter(bundle__isnull=False).values("bundle", "address").distinct().count()
    assert len(mailoutbox) == Attempt.objects.filter(bundle=None).count() + bundles
    assert not Attempt.objects.exclude(state="sent").exists()


@pytest.mark.django_db(transaction=True)
def test_an_acknowledgement_during_ticks_is_never_lost_and_stops_paging():
    alice = make.alice()
    incident = make.incident(of=make.service(escalation_policy=make.policy(alice, make.bob())))

    together(lambda: paging.tick(now=MONDAY), lambda: incident.acknowledge(by=alice, at=MONDAY))
    paging.tick(now=MONDAY + timedelta(hours=1))

    incident.refresh_from_db()
    assert (incident.state, incident.page_after) == ("acknowledged", None)
    assert Page.objects.count() <= 1


@pytest.mark.django_db(transaction=True)
def test_two_ways_that_fail_for_good_at_once_move_the_escalation_on():
    alice = make.alice()
    make.contact(alice, address="alice@elsewhere.example")
    incident = make.incident(of=make.service(escalation_policy=make.policy(alice, make.bob())))
    paging.open_due(now=MONDAY)
    alice.contact_methods.all().delete()
    clock = dispatching.Clock(MONDAY)
    taken = [dispatching.take("email", MONDAY) for _ in range(2)]

    together(*[lambda one=one: delivering.send(one, clock) for one in taken])

    incident.refresh_from_db()
    assert incident.page_after < MONDAY + timedelta(minutes=1)


@pytest.mark.django_db(transaction=True)
def test_a_provider_that_hangs_delays_nobody_else(receiver, mailoutbox):
    alice, bob = make.alice(), make.bob()
    hook(alice, receiver.url)
    receiver.release.clear()
    storm(alice, count=12)
    first = threading.Thread(target=together, args=(lambda: paging.tick(now=MONDAY),))
    first.start()
    eventually(lambda: len(receiver.received) == dispatching.MOST_PER_ADDRESS, 40)

    make.incident("Ledger lags", of=make.service("ledger", escalation_policy=make.policy(bob)))
    paging.tick(now=MONDAY)

    assert [mail.subject for mail in mailoutbox if mail.to == ["bob@example.com"]] == ["[SEV 2] ledger: Ledger lags"]
    receiver.release.set()
    first.join()
    paging.tick(now=MONDAY)
    assert len(receiver.received) == 12


@pytest.mark.django_db(transaction=True)
def test_a_lease_is_renewed_while_its_sender_works_but_not_for_ever():
    storm(make.alice(), count=1)
    paging.open_due(now=MONDAY)
    (pk,) = dispatching.take("email", MONDAY)

    def until():
        return Attempt.objects.get(pk=pk).leased_until

    with dispatching.Leases(dispatching.Clock(MONDAY), every=0.02, patience=1) as leases, leases.held([pk]):
        eventually(lambda: until() > MONDAY + Attempt.LEASE + timedelta(seconds=0.5), 5)
        eventually(lambda: (before := until()) and not threading.Event().wait(0.3) and until() == before, 5)


@pytest.mark.django_db(transaction=True)
def test_a_failing_sender_gives_its_place_back():
    storm(make.alice(), make.bob(), count=4)
    paging.open_due(now=MONDAY)
    Attempt.objects.update(channel="pigeon")

    dispatching.send_due(now=MONDAY)

    assert not +dispatching._places
