"""Import COEs from Markdown files, folders of them, or archives."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from coe.importing import bringing, working
from coe.interchange import files
from coe.models import Import, ImportFile
from oncall.models import Team, User

State = ImportFile.State


class Command(BaseCommand):
    """`import_coes PATH… --team SLUG --owner EMAIL [--publish]`: one line per file; exits with 1 if one was refused.

    What it has begun is a row as any other import: when it is ended, the workers go on.
    """

    help = "Import COEs from Markdown: files, folders, or .zip archives. As drafts, unless --publish is given."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path)
        parser.add_argument("--team", required=True, help="Slug of the team they are for.")
        parser.add_argument("--owner", required=True, help="E-mail address of their owner, who imports them.")
        parser.add_argument("--zone", default="UTC", help="Time zone of files that name none.")
        parser.add_argument("--source", default="", help="Where they come from, and their licence.")
        parser.add_argument("--publish", action="store_true", help="As published on their date; for administrators.")
        parser.add_argument("--again", action="store_true", help="Also what is here already.")

    def handle(self, *args: Any, **options: Any) -> None:
        team = Team.objects.filter(slug=options["team"]).first()
        owner = User.objects.filter(email__iexact=options["owner"], is_active=True).first()
        if team is None or owner is None:
            raise CommandError("There is no such team." if team is None else "There is no such person.")
        facts = {"team": team, "by": owner, "zone": options["zone"], "source": options["source"], "through": "command"}
        wish = {"is_published": options["publish"], "is_repeated": options["again"]}
        refused = 0
        for found in _uploads(options["paths"]):
            try:
                brought = bringing.bring_and_begin(files.read(found), now=timezone.now(), **facts, **wish)
            except (ValueError, ValidationError) as error:
                raise CommandError(error.messages[0] if isinstance(error, ValidationError) else str(error)) from error
            refused += self._follow(brought)
        if refused:
            raise SystemExit(1)

    def _follow(self, brought: Import) -> int:
        """Work until every file is settled, workers helping; tells each in its order, and returns how many failed."""
        told = refused = 0
        while brought.is_running:
            if not working.work(timezone.now(), 1, brought):
                time.sleep(0.2)  # a worker holds the last of them
            brought.refresh_from_db()
            for file in brought.files.defer("text").select_related("coe")[told:]:
                if file.state in ImportFile.WAITING:
                    break
                told += 1
                refused += self._tell(file)
        return refused

    def _tell(self, file: ImportFile) -> bool:
        if file.state == State.REFUSED:
            self.stderr.write(f"{file.name}: not imported. {file.problem}")
            return True
        number = file.coe.number if file.coe else "imported"
        if file.state == State.KNOWN:
            self.stdout.write(f"{file.name}: here already as {number}")
            return False
        report = file.report
        known = f", {report['understood']} of {report['lines']} lines understood" if report["lines"] else ""
        self.stdout.write(f"{file.name}: {number}{known}")
        for remark in report["remarks"]:
            self.stdout.write(f"  {remark}")
        return False


def _uploads(paths: list[Path]) -> Iterator[list[tuple[str, bytes]]]:
    """As much at a time as one import holds: each archive by itself; pictures travel in archives alone."""
    loose: list[tuple[str, bytes]] = []
    size = 0
    for name, raw in _found(paths):
        if name.lower().endswith(".zip"):
            yield [(name, raw)]
        elif loose and (len(loose) >= files.MOST_FILES or size + len(raw) > files.LARGEST_TOGETHER):
            yield loose
            loose, size = [(name, raw)], len(raw)
        else:
            loose.append((name, raw))
            size += len(raw)
    if loose:
        yield loose


def _found(paths: list[Path]) -> Iterator[tuple[str, bytes]]:
    """Files as they are, folders by what is in them."""
    wanted = [inner for path in paths for inner in (sorted(path.rglob("*")) if path.is_dir() else [path])]
    try:
        for path in wanted:
            if path.is_file() and path.name.lower().endswith((*files.NAMES, ".zip")):
                yield path.name, path.read_bytes()
    except OSError as error:
        raise CommandError(str(error)) from error
