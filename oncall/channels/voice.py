"""Phone calls by Twilio: a voice that says what is wrong, and keys that answer it.

It decides how a call is made. What it says and what the keys do is asked of us when somebody answers
(`oncall/views/talk_twilio.py`); codes and tests are said at once and ask for nothing.
"""

from django.conf import settings
from django.urls import reverse

from oncall.channels import twilio, twiml
from oncall.channels.message import Channel, Message, Receipt
from oncall.channels.numbers import read_number

# Seconds: shorter than most voice mailboxes wait.
RINGS_FOR = 30


def send(message: Message, address: str, key: str, secret: str = "") -> Receipt:
    """Have Twilio call; later its status callback says whether somebody answered.

    Raises DeliveryFailed and DeliveryUncertain as `oncall/channels/twilio.py` says.
    """
    fields = {
        "To": address,
        "From": settings.ERRATA_TWILIO_VOICE_FROM,
        "Timeout": str(RINGS_FOR),
        "StatusCallback": twilio.status_url(key),
    }
    return Receipt(twilio.create("Calls", fields | (_asking(message, key) if message.token else _telling(message))))


def _asking(message: Message, key: str) -> dict[str, str]:
    """Ask us what to say. Whether a machine answers is found out while the voice speaks: nobody waits in silence."""
    return {
        "Url": settings.ERRATA_URL + reverse("twilio-voice", args=[message.token]),
        "Method": "POST",
        "MachineDetection": "Enable",
        "AsyncAmd": "true",
        "AsyncAmdStatusCallback": twilio.status_url(key),
    }


def _telling(message: Message) -> dict[str, str]:
    """Said twice, then over."""
    text = _code_aloud(str(message.facts["code"])) if message.kind == "verification" else message.short
    again = twiml.say(f"Once more. {text}")
    return {"Twiml": twiml.document(twiml.say(text), again, twiml.say("Good-bye."), twiml.hang_up())}


def _code_aloud(code: str) -> str:
    """Digit by digit, with a pause after each."""
    return f"Your Errata code is: {'. '.join(code)}."


def missing() -> str:
    """The settings that this installation lacks; a messaging service cannot call."""
    if settings.ERRATA_TWILIO_VOICE_FROM.startswith("MG"):
        return twilio.lacking("ERRATA_TWILIO_FROM") or "ERRATA_TWILIO_VOICE_FROM"
    return twilio.lacking("ERRATA_TWILIO_VOICE_FROM")


CHANNEL = Channel(
    name="voice",
    send=send,
    read_address=read_number,
    hint="A phone number with its country code, as in +44 20 7946 0018.",
    missing=missing,
    tells_rooms=False,
)
