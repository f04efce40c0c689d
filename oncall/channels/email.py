"""E-mail by SMTP: plain text first, a designed twin beside it."""

import smtplib
from contextlib import suppress
from email.utils import parseaddr

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.validators import validate_email

from oncall.channels.message import Channel, DeliveryFailed, DeliveryUncertain, Message, Receipt

# Seconds for the server to answer once it has the message: RFC 5321, section 4.5.3.2, allows it minutes. One that is
# slow would otherwise be sent the same again and again.
ANSWER_TIMEOUT = 60
# Seconds for the good-bye; the message is accepted by then.
QUIT_TIMEOUT = 2


def send(message: Message, address: str, key: str, secret: str = "") -> Receipt:
    """Hand the message to the SMTP server. The key becomes the Message-ID, so that a repetition is one mail.

    Raises DeliveryFailed: permanent when the server refused the address for good (5xx), else worth another try.
    Raises DeliveryUncertain when the server fell silent after it was given the message.
    """
    message_id = f"<{key}@{_domain()}>"
    connection = get_connection()
    try:
        connection.open()
    except smtplib.SMTPResponseException as error:
        raise _refused(error) from error
    except OSError as error:  # smtplib's own errors are of this kind too
        raise DeliveryFailed("The mail server did not answer.", detail=str(error)) from error
    try:
        _wait_for_answers(connection, ANSWER_TIMEOUT)
        _hand_over(connection, _mail(message, address, message_id))
    finally:
        _wait_for_answers(connection, QUIT_TIMEOUT)
        with suppress(OSError):  # whether it was accepted is known by now
            connection.close()
    return Receipt(message_id)


def _mail(message: Message, address: str, message_id: str) -> EmailMultiAlternatives:
    mail = EmailMultiAlternatives(
        # A line break would end the header: the mail library refuses it, and nobody would be paged.
        subject=" ".join(message.subject.split()),
        body=message.text,
        to=[address],
        headers={
            "Message-ID": message_id,
            "Auto-Submitted": "auto-generated",  # RFC 3834: no holiday replies to a machine
            "X-Priority": "1" if message.kind in {"page", "bundle", "alarm"} else "3",
            **message.headers,
        },
    )
    mail.attach_alternative(message.html, "text/html")
    return mail


def _hand_over(connection: BaseEmailBackend, mail: EmailMultiAlternatives) -> None:
    try:
        taken = connection.send_messages([mail])
    except smtplib.SMTPRecipientsRefused as error:
        code, reason = next(iter(error.recipients.values()))
        raise DeliveryFailed(_words(code, reason), is_permanent=500 <= code < 600) from error
    except smtplib.SMTPResponseException as error:
        raise _refused(error) from error
    except OSError as error:
        raise DeliveryUncertain("The mail server fell silent.", detail=str(error)) from error
    except ValueError as error:  # the mail library refuses to write such a header or address
        raise DeliveryFailed("The message cannot be sent there.", is_permanent=True, detail=str(error)) from error
    if not taken:
        raise DeliveryFailed("The mail has no recipient.", is_permanent=True)


def _wait_for_answers(connection: BaseEmailBackend, seconds: float) -> None:
    """Let the server take this long for each answer."""
    smtp = getattr(connection, "connection", None)
    if isinstance(smtp, smtplib.SMTP) and smtp.sock is not None:
        smtp.sock.settimeout(seconds)


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"


def _refused(error: smtplib.SMTPResponseException) -> DeliveryFailed:
    return DeliveryFailed(_words(error.smtp_code, error.smtp_error))


def _words(code: int, reason: bytes | str) -> str:
    text = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
    return f"The mail server answered {code} {text}"


def read_address(typed: str) -> str:
    """The address, lower-cased. Raises ValueError when it is none."""
    address = typed.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise ValueError(f"“{address[:80]}” is not an e-mail address.") from error
    return address


CHANNEL = Channel(name="email", send=send, read_address=read_address, hint="An e-mail address.")
