"""Make a keyed door of a service and print its key and address once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from oncall.models import AuditEntry, Integration, Service
from oncall.views.door_addresses import DOORS, address_of


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
