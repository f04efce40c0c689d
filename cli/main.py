"""The program `errata`: its commands, and how each of them ends."""

import sys
from typing import Any

import typer
from typer.core import TyperGroup

from cli.commands import holding, incidents, moving, people, telling_of_changes
from cli.stopping import Stopped
from cli.telling import complain


class Commands(TyperGroup):
    """Turns what stopped a command into its sentence on stderr and its exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except Stopped as why:
            complain(str(why))
            raise typer.Exit(why.exit_code) from None


# Tracebacks would show local variables, the token among them.
app = typer.Typer(
    name="errata",
    cls=Commands,
    help="Errata from a terminal: who is on call, what is broken, what was deployed.",
    epilog="Exit codes: 0 done, 1 refused, 2 wrong usage, 3 not reachable, 4 not signed in.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (people, incidents, moving, holding, telling_of_changes):
    for name, command in module.COMMANDS.items():
        app.command(name)(command)


@app.callback()
def prepare() -> None:
    """Print what the terminal can show, and something in place of what it cannot."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
