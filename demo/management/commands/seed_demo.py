"""`manage.py seed_demo`: load the demonstration organisation into an empty database."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from demo import seeding


class Command(BaseCommand):
    help = "Load the demonstration organisation. Does nothing when there are people or teams already."

    def handle(self, *args: object, **options: object) -> None:
        made = seeding.seed(timezone.now())
        if made is None:
            self.stdout.write("There are people or teams already; the demonstration was not loaded.")
        else:
            self.stdout.write(f"Loaded the demonstration: {made}.")
