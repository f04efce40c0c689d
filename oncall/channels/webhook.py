"""Signed outgoing webhook, by the Standard Webhooks specification (https://www.standardwebhooks.com)."""

from datetime import UTC, datetime

import orjson
from standardwebhooks.webhooks import Webhook

from oncall import outgoing
from oncall.channels.message import DeliveryFailed, DeliveryUncertain, Message, Receipt


def send(message: Message, address: str, key: str, secret: str) -> Receipt:
    """POST the facts, signed with the contact method's secret. The key is the webhook-id: receivers drop repetitions.

    Raises DeliveryFailed: permanent for addresses we may not call and for 4xx answers other than 408, 425 and 429.
    Raises DeliveryUncertain when the receiver was given all of it and did not answer in time.
    """
    body = orjson.dumps({"type": f"errata.{message.kind}", "data": message.facts})
    signed_at = datetime.now(UTC)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Errata",
        "webhook-id": key,
        "webhook-timestamp": str(int(signed_at.timestamp())),
        "webhook-signature": Webhook(secret).sign(key, signed_at, body.decode()),
    }
    try:
        status, answer = outgoing.post(address, body, headers)
    except outgoing.Blocked as error:
        raise DeliveryFailed(str(error), is_permanent=True) from error
    except outgoing.Unanswered as error:
        raise DeliveryUncertain("The receiver did not answer in time.", detail=str(error)) from error
    except outgoing.Failed as error:
        raise DeliveryFailed("The receiver could not be reached.", detail=str(error)) from error
    if not 200 <= status < 300:
        is_permanent = 300 <= status < 500 and status not in {408, 425, 429}
        raise DeliveryFailed(f"The receiver answered {status}.", is_permanent=is_permanent, detail=answer[:200])
    return Receipt(key)
