"""Make an API token for a person and print it once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from oncall.models import ApiToken, AuditEntry, User


class Command(BaseCommand):
    """`create_token EMAIL [--name NAME] [--read-only]`."""

    help = "Make an API token for a person. The token is printed once and never kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="made on the command line")
        parser.add_argument("--read-only", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].strip().lower(), is_active=True).first()
        if user is None:
            raise CommandError(f"Nobody has the address {options['email']}.")
        scope = ApiToken.Scope.READ if options["read_only"] else ApiToken.Scope.WRITE
        token, text = ApiToken.issue(user, options["name"][:80], scope)
        AuditEntry.objects.write(token, "created", actor=None, source="command")
        self.stdout.write(text)
