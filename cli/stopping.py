"""Why a command stops without having done what it was asked, and the exit code that says so to scripts."""


class Stopped(Exception):
    """Ends the program; the message is the sentence for whoever typed the command."""

    exit_code = 1


class Refused(Stopped):
    """Errata answered no, or knows nothing by that name."""


class Misused(Stopped):
    """The command or the configuration makes no sense."""

    exit_code = 2


class Unreachable(Stopped):
    """There was no answer, or none of Errata's."""

    exit_code = 3


class NotSignedIn(Stopped):
    """No token, or one that Errata does not take."""

    exit_code = 4
