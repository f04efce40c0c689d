"""E-mail by SMTP: plain text first, a designed twin beside it."""

import smtplib
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from oncall.channels.message import DeliveryFailed, Message, Receipt


def send(message: Message, address: str, key: str, secret: str = "") -> Receipt:
    """Hand the message to the SMTP server. The key becomes the Message-ID, so that a repetition is one mail.

    Raises DeliveryFailed: permanent when the server refused the address for good (5xx), else worth another try.
    """
    message_id = f"<{key}@{_domain()}>"
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body=message.text,
        to=[address],
        headers={
            "Message-ID": message_id,
            "Auto-Submitted": "auto-generated",  # RFC 3834: no holiday replies to a machine
            "X-Priority": "1" if message.kind == "page" else "3",
        },
    )
    mail.attach_alternative(message.html, "text/html")
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as error:
        code, reason = next(iter(error.recipients.values()))
        raise DeliveryFailed(_words(code, reason), is_permanent=500 <= code < 600) from error
    except smtplib.SMTPResponseException as error:
        raise DeliveryFailed(_words(error.smtp_code, error.smtp_error)) from error
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryFailed(f"The mail server did not answer: {error}") from error
    return Receipt(message_id)


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"


def _words(code: int, reason: bytes | str) -> str:
    text = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
    return f"The mail server answered {code} {text}"
