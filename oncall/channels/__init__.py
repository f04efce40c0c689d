"""The ways a page goes out: one file per channel, and this registry.

A channel is a `Channel` record (`oncall/channels/message.py`). Adding one is a file, a line here, a member of
`oncall.models.contacts.Channel`, a test file and a row in `docs/operating.md`.
"""

from oncall.channels import apprise, email, mattermost, ntfy, push, slack, sms, teams, telegram, voice, webhook
from oncall.channels.message import Channel, DeliveryFailed, DeliveryUncertain, Message, Receipt

REGISTRY: dict[str, Channel] = {
    one.name: one
    for one in (
        email.CHANNEL,
        sms.CHANNEL,
        voice.CHANNEL,
        webhook.CHANNEL,
        slack.CHANNEL,
        telegram.CHANNEL,
        mattermost.CHANNEL,
        teams.CHANNEL,
        ntfy.CHANNEL,
        push.CHANNEL,
        apprise.CHANNEL,
    )
}

__all__ = ["REGISTRY", "Channel", "DeliveryFailed", "DeliveryUncertain", "Message", "Receipt", "usable"]


def usable() -> list[Channel]:
    """The channels for which this installation has everything, in the order of the registry."""
    return [channel for channel in REGISTRY.values() if not channel.missing()]
