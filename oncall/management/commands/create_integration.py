"""Make a keyed door of a service and print its key and address once."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from oncall.models import AuditEntry, Integration, Service

DOORS = {
    "alertmanager": ("alertmanager-door", True),
    "github": ("github-door", True),
    "pagerduty": ("pagerduty-door", False),
    "pagerduty-change": ("pagerduty-change-door", False),
}


def address_of(dialect: str, key: str) -> str:
    """Where the sender must post to."""
    name, is_in_path = DOORS[dialect]
    path = reverse(name, kwargs={"key": key} if is_in_path else {})
    # Written with its slash; the door opens without it too.
    return settings.ERRATA_URL + path.rstrip("/") + ("/" if is_in_path else "")


class Command(BaseCommand):
    """`create_integration SERVICE --dialect NAME [--name NAME]`."""

    help = "Make a keyed door of a service. Key and address are printed once; the key is never shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("service", help="the service's slug, as in its address")
        parser.add_argument("--dialect", required=True, choices=sorted(DOORS))
        parser.add_argument("--name", default="", help="what to call the door")

    def handle(self, *args: Any, **options: Any) -> None:
        service = Service.objects.filter(slug=options["service"]).first()
        if service is None:
            raise CommandError(f"There is no service {options['service']}.")
        integration, key = Integration.issue(service, options["dialect"], options["name"][:120])
        AuditEntry.objects.write(integration, "created", actor=None, source="command")
        self.stdout.write(f"Key: {key}")
        self.stdout.write(f"URL: {address_of(options['dialect'], key)}")
