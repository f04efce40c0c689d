"""A contact method counts once a code went there and came back; guessing and flooding lead nowhere."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from oncall import verifying
from oncall.exceptions import Conflict
from oncall.models import AuditEntry, ContactMethod
from tests import make
from tests.make import MONDAY
from tests.oncall.receivers import WebhookServer

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def alice():
    return make.person(reachable=False)


@pytest.fixture
def method(alice):
    return verifying.add(alice, "email", "alice@example.com", MONDAY)[0]


def code_in(mail):
    return re.match(r"\d{6}", mail.subject)[0]


def other_than(code):
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_the_code_that_was_sent_makes_the_method_count(method, mailoutbox):
    verifying.send_code(method, MONDAY)
    assert not method.is_verified

    assert verifying.check_code(method, code_in(mailoutbox[0]), MONDAY + MINUTE)
    assert ContactMethod.objects.verified().get() == method
    assert set(AuditEntry.objects.values_list("verb", flat=True)) == {"added", "code sent", "verified"}


def test_a_code_works_once(method, mailoutbox):
    verifying.send_code(method, MONDAY)
    code = code_in(mailoutbox[0])
    verifying.check_code(method, code, MONDAY)

    assert not verifying.check_code(method, code, MONDAY)


def test_a_code_grows_old(method, mailoutbox):
    verifying.send_code(method, MONDAY)

    assert not verifying.check_code(method, code_in(mailoutbox[0]), MONDAY + 31 * MINUTE)


def test_after_five_wrong_guesses_the_right_code_is_wrong_too(method, mailoutbox):
    verifying.send_code(method, MONDAY)
    code = code_in(mailoutbox[0])
    for _ in range(5):
        assert not verifying.check_code(method, other_than(code), MONDAY)

    assert not verifying.check_code(method, code, MONDAY)


def test_a_method_without_a_code_accepts_none(method):
    assert not verifying.check_code(method, "", MONDAY)
    assert not verifying.check_code(method, "000000", MONDAY)


def test_the_code_of_another_method_opens_nothing(method, mailoutbox):
    verifying.send_code(method, MONDAY)
    other = verifying.add(make.bob(), "email", "other@example.com", MONDAY)[0]
    verifying.send_code(other, MONDAY)

    assert not verifying.check_code(method, code_in(mailoutbox[1]), MONDAY)


def test_a_second_code_waits_half_a_minute_and_ends_the_first(method, mailoutbox):
    verifying.send_code(method, MONDAY)
    with pytest.raises(Conflict, match="a moment ago"):
        verifying.send_code(method, MONDAY + timedelta(seconds=29))

    verifying.send_code(method, MONDAY + timedelta(seconds=30))
    first, second = map(code_in, mailoutbox)
    assert first == second or not verifying.check_code(method, first, MONDAY + MINUTE)
    assert verifying.check_code(method, second, MONDAY + MINUTE)


def test_removing_and_adding_an_address_does_not_fill_its_mailbox(alice, mailoutbox):
    def send_to_victim(number):
        method = verifying.add(alice, "email", "victim@example.com", MONDAY)[0]
        verifying.send_code(method, MONDAY + number * timedelta(seconds=1))
        method.delete()

    for number in range(verifying.MOST_CODES):
        send_to_victim(number)
    with pytest.raises(Conflict, match="within an hour"):
        send_to_victim(verifying.MOST_CODES)

    assert len(mailoutbox) == verifying.MOST_CODES


def test_after_an_hour_codes_are_sent_again(method, mailoutbox):
    for number in range(verifying.MOST_CODES):
        verifying.send_code(method, MONDAY + number * MINUTE)

    verifying.send_code(method, MONDAY + 61 * MINUTE)

    assert len(mailoutbox) == verifying.MOST_CODES + 1


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_send_one_code(method, mailoutbox):
    gate = threading.Barrier(2)

    def ask(_):
        try:
            mine = ContactMethod.objects.get(pk=method.pk)
            gate.wait()
            verifying.send_code(mine, MONDAY)
            return "sent"
        except Conflict:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(ask, range(2)))

    assert sorted(answers) == ["refused", "sent"]
    assert len(mailoutbox) == 1


def test_what_a_person_has_is_not_added_twice(method, alice):
    with pytest.raises(Conflict, match=re.escape("You have E-mail alice@example.com already.")):
        verifying.add(alice, "email", "alice@example.com", MONDAY)


def test_a_code_that_cannot_be_sent_says_so_and_keeps_the_method(method, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    with pytest.raises(Conflict, match="could not be sent"):
        verifying.send_code(method, MONDAY)
    assert ContactMethod.objects.get() == method


def test_a_webhook_gets_a_secret_of_its_own_and_its_code_signed(alice, settings):
    settings.ERRATA_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with WebhookServer() as server:
        method, secret = verifying.add(alice, "webhook", server.url, MONDAY)
        verifying.send_code(method, MONDAY)

    headers, body = server.received[0]
    assert secret.startswith("whsec_")
    assert secret not in method.sealed_secret
    assert headers["webhook-signature"].startswith("v1,")
    assert verifying.check_code(method, re.search(rb'"code":"(\d{6})"', body)[1].decode(), MONDAY)


def test_a_webhook_into_a_private_network_is_not_kept(alice):
    with pytest.raises(ValueError, match="not a public address"):
        verifying.add(alice, "webhook", "http://127.0.0.1/hook", MONDAY)
    assert not ContactMethod.objects.exists()


def test_a_webhook_whose_secret_cannot_be_read_says_what_to_do(alice):
    method = ContactMethod.objects.create(
        user=alice, channel="webhook", address="https://192.0.2.1/", sealed_secret="sealed by a key that is gone"
    )
    with pytest.raises(Conflict, match="Remove it and add it anew"):
        verifying.send_code(method, MONDAY)
