"""One message about many incidents, for a person to whom a storm would otherwise send hundreds.

It decides what such a message names: the five worst and the count, never silence; where there is room, all of them.
When many pages become one is decided by `oncall/dispatching.py`.
"""

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from oncall import linking
from oncall.channels.message import Message
from oncall.models import Incident, Page
from oncall.payloads import cut
from oncall.shortening import cut_to_fit, for_sms, one_line

WORST = 5
# Lines of a mail.
MOST_LINES = 200


def bundle_message(pages: Sequence[Page], bundle: UUID) -> Message:
    """The message about these pages of one person or room; a person gets one link that takes all of them."""
    incidents = sorted({page.incident for page in pages}, key=lambda one: (one.severity, one.triggered_at, one.pk))
    user = pages[0].user
    token = linking.token_of_bundle(bundle, user) if user else ""
    link = linking.link_of(token) if token else f"{settings.ERRATA_URL}{reverse('oncall:incidents')}"
    count = len(incidents)
    context = {
        "headline": f"{count} incidents wait for you" if user else f"{count} incidents",
        "wish": "See and acknowledge them" if user else "See them",
        "is_personal": user is not None,
        "are_practices": all(one.is_practice for one in incidents),
        "worst": incidents[:WORST],
        "others": incidents[WORST:MOST_LINES],
        "untold": max(count - MOST_LINES, 0),
        "link": link,
        "services": sorted({one.service.name for one in incidents}),
    }
    return Message(
        kind="bundle",
        subject=_subject(incidents),
        short=short_form(incidents),
        text=render_to_string("emails/bundle.txt", context),
        html=render_to_string("emails/bundle.html", context),
        facts={"count": count, "link": link, "incidents": [_as_json(one) for one in incidents]},
        link=link,
        token=token,
    )


def _subject(incidents: Sequence[Incident]) -> str:
    worst = incidents[0]
    services = {one.service_id for one in incidents}
    where = worst.service.name if len(services) == 1 else f"{len(services)} services"
    practice = "[Practice] " if all(one.is_practice for one in incidents) else ""
    return cut(one_line(f"{practice}[SEV {worst.severity}] {len(incidents)} incidents in {where}: {worst.title}"), 200)


def short_form(incidents: Sequence[Incident]) -> str:
    """One SMS: how many, how bad, and the numbers of the five worst."""
    named = ", ".join(f"{one.number} SEV{one.severity}" for one in incidents[:WORST])
    practice = "PRACTICE " if all(one.is_practice for one in incidents) else ""
    head = for_sms(f"{practice}{len(incidents)} incidents. Worst: {named}.") + " "
    return cut_to_fit(head + for_sms(incidents[0].title))


def _as_json(incident: Incident) -> dict[str, object]:
    return {
        "incident": incident.number,
        "title": incident.title,
        "severity": incident.severity,
        "service": incident.service.slug,
    }
