"""What each channel asks for as an address, said where one is typed."""

from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from oncall.channels import REGISTRY, usable
from oncall.models import Channel


def channels_for_rooms() -> list[tuple[str, str]]:
    """The ways by which this installation can tell a room, with their names."""
    return [(one.name, Channel(one.name).label) for one in usable() if one.tells_rooms and one.is_typed]


def hints_of(channels: Iterable[tuple[str, str]], select_id: str) -> SafeString:
    """The hint of each channel; `static/js/hints.js` leaves only that of the chosen one."""
    rows = ((name, label, REGISTRY[name].hint) for name, label in channels)
    hints = format_html_join(" ", '<span data-hint="{}"><b>{}:</b> {}</span>', rows)
    return format_html('<span class="channel-hints" data-hints-of="{}">{}</span>', select_id, hints)
