"""What becomes of an attempt: sent once, tried again, uncertain, withdrawn."""

from datetime import timedelta

import pytest

from oncall import delivering, paging
from oncall.models import Attempt
from tests import make
from tests.make import MONDAY

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def incident():
    return make.incident(of=make.service(escalation_policy=make.policy(make.alice())))


def refuse_connections(settings):
    """A port where no mail server listens."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1


def states():
    return list(Attempt.objects.order_by("number").values_list("state", flat=True))


def test_a_page_arrives_with_what_is_wrong_and_a_link(incident, mailoutbox):
    paging.tick(now=MONDAY)

    mail = mailoutbox[0]
    assert mail.subject == "[SEV 2] payments-api: Card authorisations failing"
    assert mail.to == ["alice@example.com"]
    assert "/p/" in mail.body
    assert states() == ["sent"]


def test_a_second_tick_sends_nothing_again(incident, mailoutbox):
    paging.tick(now=MONDAY)
    paging.tick(now=MONDAY)

    assert len(mailoutbox) == 1


def test_a_failed_attempt_is_tried_again_after_a_pause(incident, settings, mailoutbox):
    backend = settings.EMAIL_BACKEND
    refuse_connections(settings)
    paging.tick(now=MONDAY)
    assert states() == ["failed", "pending"]

    settings.EMAIL_BACKEND = backend
    delivering.send_due(now=MONDAY + SECOND)
    assert not mailoutbox

    delivering.send_due(now=MONDAY + 2 * SECOND)
    assert states() == ["failed", "sent"]
    assert len(mailoutbox) == 1


def test_when_every_try_failed_the_escalation_moves_on_at_once(incident, settings):
    refuse_connections(settings)
    for minutes in range(6):
        delivering.send_due(now=MONDAY + timedelta(minutes=minutes))
        if not minutes:
            paging.tick(now=MONDAY)

    incident.refresh_from_db()
    assert states() == ["failed"] * delivering.MOST_TRIES
    assert incident.page_after is not None
    assert incident.page_after <= MONDAY + timedelta(minutes=5)
    assert incident.timeline.filter(kind="delivery").exists()


def test_an_attempt_whose_sender_died_goes_out_again(incident, mailoutbox):
    paging.open_due(now=MONDAY)
    delivering.lease_sendable(now=MONDAY)

    delivering.give_up_lapsed(now=MONDAY + Attempt.LEASE + SECOND)
    delivering.send_due(now=MONDAY + Attempt.LEASE + SECOND)

    assert states() == ["uncertain", "sent"]
    assert len(mailoutbox) == 1


def test_an_uncertain_attempt_goes_out_through_another_method(incident, mailoutbox):
    paging.open_due(now=MONDAY)
    delivering.lease_sendable(now=MONDAY)
    make.contact(make.alice(), address="alice@elsewhere.example")

    delivering.give_up_lapsed(now=MONDAY + Attempt.LEASE + SECOND)
    delivering.send_due(now=MONDAY + Attempt.LEASE + SECOND)

    assert [mail.to for mail in mailoutbox] == [["alice@elsewhere.example"]]


def test_two_leases_never_hold_the_same_attempt(incident):
    paging.open_due(now=MONDAY)

    assert len(delivering.lease_sendable(now=MONDAY)) == 1
    assert delivering.lease_sendable(now=MONDAY) == []


def test_what_is_acknowledged_before_it_goes_out_is_withdrawn(incident, mailoutbox):
    paging.open_due(now=MONDAY)
    incident.refresh_from_db()
    incident.acknowledge(by=make.alice(), at=MONDAY)

    delivering.send_due(now=MONDAY)

    assert states() == ["withdrawn"]
    assert not mailoutbox


def test_the_short_form_fits_an_sms():
    from oncall.composing import short_form

    incident = make.incident("x" * 500, of=make.service("a-service-with-quite-a-long-name-" + "y" * 60))

    assert len(short_form(incident, None)) == 160
