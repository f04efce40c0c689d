"""Who reviews in the demonstration: the pool of bar raisers, the approvals each severity needs, a talk on a draft."""

from __future__ import annotations

from datetime import timedelta

from coe import anchoring
from coe.models import COE, BarRaiser, Comment, Review, Section, Thread
from coe.template import BUILT_IN, Role
from demo.organisation import Organisation
from demo.writings import Opinion
from oncall.models import Team, User

# Each with a team whose COEs they do not judge, if there is one.
POOL = {"Carol Osei": "", "Priya Nair": "", "Lindiwe Khumalo": "", "Yusuf Demir": "payments", "Elena Petrova": ""}
# On one that is in review: passage, words, what is suggested instead, and whose answer.
TALK = (
    ("One of six partitions of the change stream had no", "Alice Moreau", "Say which one: nobody can tell.", None, ""),
    ("The lag of the stream was green", "Alice Moreau", "", "The graph of the stream's lag was green", ""),
    ("35 minutes.", "Camila Duarte", "From when to when, and what found it?", None, "The lag of each one; I add it."),
)  # fmt: skip


def pool(made: Organisation) -> None:
    """The bar raisers; one states a conflict."""
    since = made.now - timedelta(days=200)
    for name, team in POOL.items():
        raiser = BarRaiser.objects.create(user=made.people[name], added_at=since)
        if team:
            raiser.conflicts.add(made.teams[team])


def approvals(made: Organisation, team: Team, owner: User, severity: int, approver: User) -> list[Opinion]:
    """An approval for every role that this severity needs, and the reviewer's who was asked."""
    said, found = Review.Verdict.APPROVED, {}
    for role in BUILT_IN.demands_of(severity).approvals:
        person = _person(made, role, team, owner, approver)
        if person and person not in found:
            found[person] = Opinion(person, said, "", role)
    if approver not in found:
        found[approver] = Opinion(approver, said, "", Role.PEER)
    found[approver].comment = "Reads well, and every branch ends at a correction."
    return list(found.values())


def _person(made: Organisation, role: Role, team: Team, owner: User, approver: User) -> User | None:
    if role == Role.MANAGER:
        manager = made.manager(team)
        return manager if manager != owner else None
    if role == Role.DIRECTOR:
        return made.manager(team.parent) if team.parent else None
    if role == Role.BAR_RAISER:
        able = (made.people[name] for name in POOL)
        return next((one for one in able if one != owner and not one.teams.filter(pk=team.pk).exists()), None)
    return approver


def talk(made: Organisation) -> None:
    """Threads on the COE that waits for Alice's review: one to answer, one suggestion, one answered."""
    coe = COE.objects.get(state=COE.State.IN_REVIEW)
    sections = list(Section.objects.filter(coe=coe))
    for number, (quote, who, text, suggestion, answer) in enumerate(TALK):
        section = next((one for one in sections if quote in one.text), None)
        if section is None:
            continue
        at, start = made.now - timedelta(hours=20 - number), section.text.index(quote)
        passage = anchoring.passage(section.text, start, start + len(quote))
        thread = Thread.objects.create(
            coe=coe, place=section.key, quote=quote, prefix=passage.prefix, suffix=passage.suffix, start=start,
            started_by=made.people[who], started_at=at,
        )  # fmt: skip
        Comment.objects.create(thread=thread, by=made.people[who], text=text, suggestion=suggestion, at=at)
        if answer:
            Comment.objects.create(thread=thread, by=coe.owner, text=answer, at=at + timedelta(hours=2))
