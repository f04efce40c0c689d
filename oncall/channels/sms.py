"""SMS by Twilio: what is wrong in one message, and how to answer it.

It decides which hint still fits. What is wrong is said by `oncall/composing.py`, what an answer means is decided by
`oncall/replying.py`.
"""

from django.conf import settings

from oncall.channels import twilio
from oncall.channels.message import Channel, Message, Receipt
from oncall.channels.numbers import read_number
from oncall.shortening import cut_to_fit, fits, for_sms

FOR_ALL = " Reply ACK to take all."


def send(message: Message, address: str, key: str, secret: str = "") -> Receipt:
    """Hand it to Twilio; later its status callback says whether the phone has it.

    Raises DeliveryFailed and DeliveryUncertain as `oncall/channels/twilio.py` says.
    """
    sender = settings.ERRATA_TWILIO_FROM
    fields = {
        "To": address,
        "MessagingServiceSid" if sender.startswith("MG") else "From": sender,
        "Body": body_of(message),
        "StatusCallback": twilio.status_url(key),
    }
    return Receipt(twilio.create("Messages", fields))


def body_of(message: Message) -> str:
    """At most one SMS: a longer one costs more, and its parts may arrive one by one."""
    text = cut_to_fit(for_sms(message.short))
    if message.kind == "bundle" and message.token:
        # The title of one of many may be cut for it, the way to take all of them not.
        text = cut_to_fit(for_sms(message.short), FOR_ALL)
        return _with(text, f" {message.link}")
    if message.kind == "page" and message.token:
        return _with(text, f" Reply ACK {str(message.facts.get('incident', '')).removeprefix('INC-')}".rstrip())
    return text


def _with(text: str, more: str) -> str:
    return text + more if fits(text + more) else text


def missing() -> str:
    """The settings that this installation lacks."""
    return twilio.lacking("ERRATA_TWILIO_FROM")


CHANNEL = Channel(
    name="sms",
    send=send,
    read_address=read_number,
    hint="A mobile number with its country code, as in +33 6 12 34 56 78.",
    missing=missing,
    tells_rooms=False,
)
