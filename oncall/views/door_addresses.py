"""Where senders of each dialect must post to, and the few lines that configure them."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from oncall.models import Integration

# Dialect → name of its URL, and whether the key stands in it.
DOORS = {
    "alertmanager": ("alertmanager-door", True),
    "github": ("github-door", True),
    "pagerduty": ("pagerduty-door", False),
    "pagerduty-change": ("pagerduty-change-door", False),
}

ALERTMANAGER = """\
receivers:
  - name: errata-{slug}
    webhook_configs:
      - url: {url}
        send_resolved: true

route:
  routes:
    - receiver: errata-{slug}
      matchers: ['service="{slug}"']
"""
GITHUB = """\
Payload URL:   {url}
Content type:  application/json
Secret:        {key}
Events:        Deployments, Deployment statuses
"""
PAGERDUTY = """\
curl -X POST {url} \\
  -H 'Content-Type: application/json' \\
  -d '{{"routing_key": "{key}", "event_action": "trigger", "payload": {{
        "summary": "Error rate above 5 %", "source": "{slug}", "severity": "critical"}}}}'
"""
PAGERDUTY_CHANGE = """\
curl -X POST {url} \\
  -H 'Content-Type: application/json' \\
  -d '{{"routing_key": "{key}", "payload": {{
        "summary": "Deployed 1.42.0 to production", "source": "{slug}"}}}}'
"""


@dataclass(frozen=True, slots=True)
class Snippet:
    """Lines to copy, and where they belong."""

    place: str
    text: str


PLACES = {
    "alertmanager": ("alertmanager.yml, merged with what is there", ALERTMANAGER),
    "github": ("the repository’s Settings, Webhooks, Add webhook", GITHUB),
    "pagerduty": ("any client of PagerDuty Events v2; this is a first event by hand", PAGERDUTY),
    "pagerduty-change": ("any client of PagerDuty change events; this is a first change by hand", PAGERDUTY_CHANGE),
}


def address_of(dialect: str, key: str) -> str:
    """Where the sender must post to."""
    name, is_in_path = DOORS[dialect]
    path = reverse(name, kwargs={"key": key} if is_in_path else {})
    # Written with its slash; the door opens without it too.
    return settings.ERRATA_URL + path.rstrip("/") + ("/" if is_in_path else "")


def snippet_of(integration: Integration, key: str) -> Snippet:
    """What to write where, with the key in it."""
    place, lines = PLACES[integration.dialect]
    facts = {"url": address_of(integration.dialect, key), "key": key, "slug": integration.service.slug}
    return Snippet(place, lines.format(**facts))
