"""E-mail at a real SMTP server that is slow, strict, silent or away."""

import email
from email.policy import default

import pytest

from config.mail_catcher import MailCatcher
from oncall.channels import DeliveryFailed, DeliveryUncertain, Message
from oncall.channels import email as channel
from tests.oncall.receivers import Postmaster, use_mail_server

MESSAGE = Message("page", "[SEV 1] Zahlungen: Störung", "short", "It is broken.", "<p>It is broken.</p>")


@pytest.fixture
def postmaster(settings):
    handler = Postmaster()
    with MailCatcher(handler) as catcher:
        use_mail_server(settings, catcher)
        yield handler


def send(address="alice@example.com", message=MESSAGE, key="key-1"):
    return channel.send(message, address, key)


def test_a_mail_arrives_as_text_first_and_html_beside_it(postmaster):
    receipt = send()

    mail = email.message_from_bytes(postmaster.messages[0], policy=default)
    assert mail["Subject"] == MESSAGE.subject
    assert (mail["Message-ID"], mail["Auto-Submitted"]) == (receipt.provider_id, "auto-generated")
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_the_same_key_is_the_same_mail(postmaster):
    assert send().provider_id == send().provider_id


@pytest.mark.parametrize(("answer", "is_permanent"), [("550 No such user", True), ("451 Greylisted", False)])
def test_a_refused_recipient_is_final_only_with_5xx(postmaster, answer, is_permanent):
    postmaster.recipient_answer = answer

    with pytest.raises(DeliveryFailed, match=answer) as failure:
        send()
    assert failure.value.is_permanent is is_permanent


def test_a_refused_message_is_worth_another_try(postmaster):
    postmaster.answer = "554 Transaction failed"

    with pytest.raises(DeliveryFailed, match="554") as failure:
        send()
    assert not failure.value.is_permanent
    assert not isinstance(failure.value, DeliveryUncertain)


def test_a_server_that_hangs_up_after_the_message_leaves_us_uncertain(postmaster):
    postmaster.answer = None

    with pytest.raises(DeliveryUncertain):
        send()
    assert len(postmaster.messages) == 1


def test_a_server_that_is_away_certainly_got_nothing(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    with pytest.raises(DeliveryFailed) as failure:
        send()
    assert not isinstance(failure.value, DeliveryUncertain)


@pytest.mark.parametrize("address", ["", "a@example.com\nBcc: b@example.com"])
def test_an_address_that_is_none_fails_for_good(postmaster, address):
    with pytest.raises(DeliveryFailed) as failure:
        send(address)

    assert failure.value.is_permanent
    assert not postmaster.messages


def test_an_address_with_other_scripts_arrives_at_its_domain_in_ascii(postmaster):
    send("alice@bücher.example")

    assert b"alice@xn--bcher-kva.example" in postmaster.messages[0]


def test_an_address_whose_name_is_not_ascii_travels_encoded(postmaster):
    """The server may refuse it, then its code never comes and it never counts; we do not fail over it."""
    send("jörg@example.com")

    assert b"=?utf-8?" in postmaster.messages[0]


def test_a_line_break_in_a_subject_becomes_a_space(postmaster):
    send(message=Message("page", "one\r\nBcc: all@example.com", "s", "t", "h"))

    mail = email.message_from_bytes(postmaster.messages[0], policy=default)
    assert mail["Subject"] == "one Bcc: all@example.com"
    assert mail["Bcc"] is None
