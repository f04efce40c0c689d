"""What each alarm of the auditor means and what to do about it, in a few sentences; `docs/operating.md` has more.

Pure: the number of a finding in, words out. A number that nobody wrote about reads as the check that could not be made.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Runbook:
    """`anchor` is that of the section in `docs/operating.md` and of the place on the screen of operations."""

    title: str
    anchor: str
    means: str
    look: str
    do: str


RUNBOOKS = {
    0: Runbook(
        "A check could not be made",
        "a-check-could-not-be-made",
        "Nobody knows whether the invariant of this check holds.",
        "The log of the workers, at audit.check_failed.",
        "Mend what the log names, mostly a database that is away or a migration that was not applied.",
    ),
    1: Runbook(
        "A signal led to no alert",
        "a-signal-led-to-no-alert",
        "Something was accepted from a monitoring system, and nobody will be paged for it.",
        "The signal in the administration: its body says what broke.",
        "Declare the incident by hand now, then report it as a fault of Errata.",
    ),
    2: Runbook(
        "An incident reaches nobody",
        "an-incident-reaches-nobody",
        "An incident waits for somebody, and nobody was told or will be.",
        "The incident's ledger: it says why nobody was paged.",
        "Call whoever is on call, then press Escalate on the incident.",
    ),
    3: Runbook(
        "Something is owed for too long",
        "something-is-owed-for-too-long",
        "Pages, reminders or letters go out late.",
        "/readyz, the log of the workers, and the health of the channels on the screen of operations.",
        "Restart the workers; if a provider is down, nothing needs to be done: other ways are taken. Nothing is lost.",
    ),
    4: Runbook(
        "A sender is gone",
        "a-sender-is-gone",
        "A worker died while it sent a page, and no other has noticed.",
        "Whether a worker runs and ticks: /readyz.",
        "Start a worker; its first tick sends the page again.",
    ),
    5: Runbook(
        "A publication cannot be found",
        "a-publication-cannot-be-found",
        "A published COE is not in the search index.",
        "The log of the workers, at search, and the disk that holds the index.",
        "Run manage.py rebuild_search.",
    ),
    20: Runbook(
        "Last resorts go round in a circle",
        "last-resorts-go-round-in-a-circle",
        "Policies at their end hand over to each other instead of to somebody else.",
        "The policies that the sentence names.",
        "Edit one of them and choose another last resort, or none.",
    ),
    21: Runbook(
        "A policy reaches nobody now",
        "a-policy-reaches-nobody-now",
        "The next incident of this service goes to the administrators after a whole round without anybody.",
        "The policy's steps and hours, the schedule's gaps, the contact methods of the people named.",
        "Fill the gap or name a person who can be reached.",
    ),
    22: Runbook(
        "Somebody on call cannot be told",
        "somebody-on-call-cannot-be-told",
        "A person is on call and has no verified contact method: their pages go on to the next step.",
        "The person's profile.",
        "Ask them to verify a contact method, or let somebody else take the shift.",
    ),
    23: Runbook(
        "No administrator can be told",
        "no-administrator-can-be-told",
        "Alarms of the auditor and last resorts lead nowhere.",
        "The profiles of the administrators.",
        "Let at least one of them add and verify a contact method.",
    ),
}


def runbook_of(invariant: int) -> Runbook:
    """What to do about a finding of this number."""
    return RUNBOOKS.get(invariant, RUNBOOKS[0])
