"""Makes the search index anew from what is published, while the old one goes on answering."""

from typing import Any

from django.core.management.base import BaseCommand

from coe import searching


class Command(BaseCommand):
    help = "Make the search index anew from what is published. Searches are answered from the old one meanwhile."

    def handle(self, *args: Any, **options: Any) -> None:
        size = searching.rebuild()
        self.stdout.write(f"The search index holds {size} COEs.")
