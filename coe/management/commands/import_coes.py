"""Import COEs from Markdown files, folders of them, or archives."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from coe.importing.making import make
from coe.importing.proposing import propose
from coe.interchange import files
from oncall.models import Team, User


class Command(BaseCommand):
    """`import_coes PATH… --team SLUG --owner EMAIL [--publish]`: one line per file; exits with 1 if one was refused."""

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
        refused = 0
        for name, raw in _found(options["paths"]):
            try:
                read = files.read([(name, raw)])
            except ValueError as error:
                raise CommandError(str(error)) from error
            for proposal in propose(read, owner, options["zone"], options["source"]):
                refused += not self._import(proposal, team, owner, options)
        if refused:
            raise SystemExit(1)

    def _import(self, proposal: Any, team: Team, owner: User, options: dict[str, Any]) -> bool:
        if proposal.duplicate and not options["again"]:
            self.stdout.write(f"{proposal.name}: here already as {proposal.duplicate.number}")
            return True
        try:
            made = make(
                proposal,
                team=team,
                owner=owner,
                by=owner,
                now=timezone.now(),
                publish=options["publish"],
                source="command",
            )
        except ValidationError as error:
            self.stderr.write(f"{proposal.name}: not imported. {error.messages[0]}")
            return False
        known = f", {proposal.understood} of {len(proposal.lines)} lines understood" if proposal.lines else ""
        self.stdout.write(f"{proposal.name}: {made.coe.number}{known}")
        for remark in [*proposal.remarks, *made.remarks]:
            self.stdout.write(f"  {remark}")
        return True


def _found(paths: list[Path]) -> list[tuple[str, bytes]]:
    """Files as they are, folders by what is in them."""
    wanted = [inner for path in paths for inner in (sorted(path.rglob("*")) if path.is_dir() else [path])]
    try:
        return [
            (path.name, path.read_bytes())
            for path in wanted
            if path.is_file() and path.name.lower().endswith((*files.NAMES, ".zip"))
        ]
    except OSError as error:
        raise CommandError(str(error)) from error
