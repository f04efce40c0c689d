"""What becomes of an attempt: sent once, tried again, uncertain, withdrawn."""

from datetime import timedelta

import pytest

from oncall import delivering, dispatching, paging
from oncall.models import Attempt, ContactMethod, User
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
    return list(Attempt.objects.order_by("pk").values_list("state", flat=True))


def take_and_die(now=MONDAY):
    """A sender takes an attempt and never says what became of it."""
    return next(iter(dispatching.take("email", now)), None)


AFTER_LAPSE = MONDAY + Attempt.LEASE + SECOND


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


def test_a_failed_attempt_is_tried_again_after_a_pause_under_the_same_key(incident, settings, mailoutbox):
    backend = settings.EMAIL_BACKEND
    refuse_connections(settings)
    paging.tick(now=MONDAY)
    assert states() == ["failed", "pending"]

    settings.EMAIL_BACKEND = backend
    dispatching.send_due(now=MONDAY + SECOND)
    assert not mailoutbox

    dispatching.send_due(now=MONDAY + 5 * SECOND)
    assert states() == ["failed", "sent"]
    assert len(set(Attempt.objects.values_list("key", flat=True))) == 1


def test_when_every_try_failed_the_escalation_moves_on_at_once(incident, settings):
    refuse_connections(settings)
    paging.open_due(now=MONDAY)
    for seconds in (0, 5, 20, 60, 130, 290):
        dispatching.send_due(now=MONDAY + seconds * SECOND)

    incident.refresh_from_db()
    assert states() == ["failed"] * delivering.MOST_TRIES
    assert MONDAY + 290 * SECOND <= incident.page_after < MONDAY + 291 * SECOND
    assert "Could not reach Alice Moreau by e-mail" in incident.timeline.get(kind="delivery").text


def test_the_failure_of_an_earlier_step_leaves_the_next_person_their_time(settings):
    """Bob was paged a minute ago and has five: Alice's broken address must not wake a third person."""
    alice, bob = make.alice(), make.bob()
    incident = make.incident(of=make.service("ledger", escalation_policy=make.policy(alice, bob, delay=1)))
    paging.tick(now=MONDAY)
    paging.tick(now=MONDAY + timedelta(minutes=1))
    first = Attempt.objects.get(page__user=alice)
    Attempt.objects.filter(pk=first.pk).update(state="pending", contact_method=None)

    dispatching.send_due(now=MONDAY + timedelta(seconds=90))

    incident.refresh_from_db()
    assert incident.page_after == MONDAY + timedelta(minutes=2)


def test_a_method_that_was_removed_is_not_used_and_the_escalation_moves_on(incident, mailoutbox):
    paging.open_due(now=MONDAY)
    ContactMethod.objects.all().delete()

    dispatching.send_due(now=MONDAY)

    incident.refresh_from_db()
    assert states() == ["failed"]
    assert not mailoutbox
    assert incident.page_after < MONDAY + SECOND


def test_whoever_left_is_not_told_any_more(incident, mailoutbox):
    paging.open_due(now=MONDAY)
    User.objects.update(is_active=False)

    dispatching.send_due(now=MONDAY)

    assert states() == ["failed"]
    assert not mailoutbox


def test_an_attempt_whose_sender_died_goes_out_again(incident, mailoutbox):
    paging.open_due(now=MONDAY)
    take_and_die()

    paging.tick(now=AFTER_LAPSE)

    assert states() == ["uncertain", "sent"]
    assert len(mailoutbox) == 1


def test_an_uncertain_attempt_goes_out_through_another_method(incident, mailoutbox):
    paging.open_due(now=MONDAY)
    take_and_die()
    make.contact(make.alice(), address="alice@elsewhere.example")

    paging.tick(now=AFTER_LAPSE)

    assert [mail.to for mail in mailoutbox] == [["alice@elsewhere.example"]]


def test_another_method_is_found_although_the_one_tried_was_removed(incident, mailoutbox):
    paging.open_due(now=MONDAY)
    take_and_die()
    ContactMethod.objects.all().delete()
    make.contact(User.objects.get(), address="alice@elsewhere.example")

    paging.tick(now=AFTER_LAPSE)

    assert [mail.to for mail in mailoutbox] == [["alice@elsewhere.example"]]


def test_the_last_uncertain_try_moves_the_escalation_on(incident):
    paging.open_due(now=MONDAY)
    Attempt.objects.update(number=delivering.MOST_TRIES)
    take_and_die()

    delivering.give_up_lapsed(now=AFTER_LAPSE)

    incident.refresh_from_db()
    assert incident.page_after == AFTER_LAPSE


def test_an_uncertain_attempt_of_an_acknowledged_incident_does_not_go_out_again(incident):
    paging.open_due(now=MONDAY)
    take_and_die()
    incident.refresh_from_db()
    incident.acknowledge(by=make.alice(), at=MONDAY)

    delivering.give_up_lapsed(now=AFTER_LAPSE)

    assert states() == ["uncertain"]


def test_a_slow_sender_that_succeeds_after_its_lease_saves_the_repetition(incident, mailoutbox):
    paging.open_due(now=MONDAY)
    pk = take_and_die()
    attempt = Attempt.objects.select_related("page").get(pk=pk)
    delivering.give_up_lapsed(now=AFTER_LAPSE)

    delivering._settle_sent([attempt], "late", AFTER_LAPSE)
    dispatching.send_due(now=AFTER_LAPSE)

    assert states() == ["sent", "withdrawn"]
    assert not mailoutbox


def test_a_sender_that_comes_too_late_to_its_attempt_sends_nothing(incident, mailoutbox):
    paging.open_due(now=MONDAY)
    pk = take_and_die()
    Attempt.objects.update(state="uncertain", leased_until=None)

    delivering.send([pk], dispatching.Clock(MONDAY))

    assert not mailoutbox


def test_a_lease_taken_before_the_clock_was_put_back_lapses(incident):
    paging.open_due(now=MONDAY)
    take_and_die(now=MONDAY + timedelta(hours=1))

    assert delivering.give_up_lapsed(now=MONDAY) == 1


def test_two_leases_never_hold_the_same_attempt(incident):
    paging.open_due(now=MONDAY)

    assert take_and_die() is not None
    assert take_and_die() is None


def test_what_is_acknowledged_before_it_goes_out_is_withdrawn(incident, mailoutbox):
    paging.open_due(now=MONDAY)
    incident.refresh_from_db()
    incident.acknowledge(by=make.alice(), at=MONDAY)

    dispatching.send_due(now=MONDAY)

    assert states() == ["withdrawn"]
    assert not mailoutbox


def test_what_belongs_to_an_earlier_cycle_is_withdrawn(incident):
    paging.open_due(now=MONDAY)
    take_and_die()
    incident.refresh_from_db()
    incident.resolve(by=make.alice(), at=MONDAY)
    incident.trigger_again(by=None, at=MONDAY)

    paging.tick(now=AFTER_LAPSE)

    assert states() == ["uncertain", "sent"]
    assert [page.cycle for page in incident.pages.filter(attempts__state="sent")] == [2]
