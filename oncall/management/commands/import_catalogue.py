"""Import Backstage catalogue files and say what became of them."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from oncall import cataloguing


class Command(BaseCommand):
    """`import_catalogue FILE…`."""

    help = (
        "Import teams, services and dependencies from Backstage catalog-info.yaml files. Run it as often as you like."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            files = {str(path): path.read_bytes() for path in options["files"]}
        except OSError as error:
            raise CommandError(f"{error.filename} cannot be read: {error.strerror}.") from error
        report = cataloguing.load(files, now=timezone.now())
        for heading, names in (("Created", report.created), ("Updated", report.updated)):
            for name in names:
                self.stdout.write(f"{heading}: {name}")
        for problem in report.problems:
            self.stderr.write(problem)
        self.stdout.write(report.summary)
