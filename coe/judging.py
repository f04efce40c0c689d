"""What the linter finds in a draft, which of it stands by a waiver, and mending it by what a finding offers.

Decides whose names may occur in a draft, and by what role each is called. What is wrong with a text is decided by
`coe/linting`; findings are computed and never kept, waivers are. A *must* that nobody mended or waived keeps a COE from
review (`coe/reviewing.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Lower

from coe import documents, inheriting, linting, templating
from coe.cowriting import drawing
from coe.drafting.roles import Roles
from coe.editing.sections import save_header, save_section
from coe.editing.writing import part_of, writing
from coe.linting import Finding, Names, Person, Severity
from coe.models import COE, Customer, Waiver
from coe.permissions import require_edit
from oncall.exceptions import Conflict
from oncall.models import AuditEntry, User

LONGEST_REASON = 300
# The rule whose finding is waived where the question stands: readers see the reason too.
QUESTION = "question-open"
# Of a directory however large, those who have a word of the draft as a name or an address.
MOST_PEOPLE, MOST_CUSTOMERS = 2_000, 5_000


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding, and the waiver that lets it stand, if there is one."""

    finding: Finding
    waiver: Waiver | None = None

    @property
    def is_open(self) -> bool:
        return self.waiver is None

    @property
    def blocks(self) -> bool:
        """Whether it keeps the COE from review."""
        return self.waiver is None and self.finding.severity == Severity.MUST


def findings_of(coe: COE, content: Mapping[str, Any] | None = None) -> list[Judged]:
    """Everything the linter says of the draft as it is saved, or of `content`; musts first, then in reading order."""
    content = content if content is not None else documents.content_of(coe)
    waivers = {waiver.fingerprint: waiver for waiver in coe.waivers.select_related("by")}
    found = _as_inherited(coe, linting.lint(content, names_in(coe, content)))
    return [Judged(finding, waivers.get(finding.fingerprint)) for finding in found]


def _as_inherited(coe: COE, found: list[Finding]) -> list[Finding]:
    """A question that the publication before a re-issue left open is no must in the re-issue."""
    if not any(finding.rule == QUESTION for finding in found):
        return found
    known = inheriting.lacked_by(coe).questions
    weighed = [
        replace(finding, severity=Severity.SHOULD) if finding.rule == QUESTION and finding.place in known else finding
        for finding in found
    ]
    return sorted(weighed, key=lambda finding: linting.WEIGHTS.index(finding.severity))


def blocking(coe: COE, judged: Iterable[Judged] | None = None) -> list[Finding]:
    """The musts that are neither mended nor waived, each fingerprint once; `judged` where the findings are known."""
    found = findings_of(coe) if judged is None else judged
    return list({one.finding.fingerprint: one.finding for one in found if one.blocks}.values())


def names_in(coe: COE, content: Mapping[str, Any]) -> Names:
    """The people and customers of the directory who may be named in the draft."""
    words = linting.candidates(content)
    customers = Customer.objects.values_list("name", flat=True)[:MOST_CUSTOMERS]
    return Names(tuple(_people(coe, words)), tuple(customers))


def _people(coe: COE, words: set[str]) -> Iterable[Person]:
    near = _roles(coe)
    name_words: Func = Func(
        Lower("name"), Value(" "), function="string_to_array", output_field=ArrayField(models.TextField())
    )
    mailbox: Func = Func(F("email"), Value("@"), Value(1), function="split_part", output_field=models.TextField())
    users = User.objects.alias(name_words=name_words, mailbox=mailbox).filter(
        Q(name_words__overlap=sorted(words)) | Q(mailbox__in=words)
    )
    for user in users[:MOST_PEOPLE]:
        yield Person(user.name, user.email, near.get(user.pk, "a colleague"), is_near=user.pk in near)


def _roles(coe: COE) -> dict[int, str]:
    """By what role each is called who had a part in the incidents, or is of the team."""
    called = {member.pk: f"a member of {coe.team.name}" for member in coe.team.members.all()}
    called.setdefault(coe.owner_id, "the owner of this COE")
    for incident in coe.incidents.all():
        roles = Roles(incident)
        took_part = Q(pages__incident=incident) | Q(pk=incident.acknowledged_by_id)
        entries = incident.timeline.exclude(actor=None).values("actor")
        for user in User.objects.filter(took_part | Q(pk__in=entries)).distinct()[:MOST_PEOPLE]:
            called[user.pk] = roles.of(user)
    return called


def waive(coe: COE, rule: str, fingerprint: str, reason: str, by: User, now: datetime, source: str = "screen") -> None:
    """Let a finding stand, for a reason; a second waiver replaces the first. An open question is itself waived.

    Raises NotAllowed, ValidationError without a reason, Conflict when the COE is not editable or the finding is gone.
    """
    require_edit(by, coe)
    reason = " ".join(reason.split())
    if not reason or "\x00" in reason:
        raise ValidationError({"reason": "Say why it stands as it is."})
    if len(reason) > LONGEST_REASON:
        raise ValidationError({"reason": f"A reason has at most {LONGEST_REASON} characters."})
    with transaction.atomic():
        coe.lock_for_edit()
        finding = _found(coe, rule, fingerprint)
        if rule == QUESTION:
            templating.waive(coe, finding.place, reason, by, now)
        else:
            known = {"rule": rule, "reason": reason, "by": by, "at": now}
            Waiver.objects.update_or_create(coe=coe, fingerprint=fingerprint, defaults=known)
        AuditEntry.objects.write(coe, "waived", actor=by, at=now, source=source, after=rule, detail=reason)


def unwaive(coe: COE, fingerprint: str, by: User, now: datetime, source: str = "screen") -> None:
    """Take a waiver back; what is not waived stays so. Raises NotAllowed and Conflict as `waive`."""
    require_edit(by, coe)
    with transaction.atomic():
        coe.lock_for_edit()
        waiver = coe.waivers.filter(fingerprint=fingerprint).first()
        if waiver:
            waiver.delete()
            AuditEntry.objects.write(coe, "unwaived", actor=by, at=now, source=source, before=waiver.rule)


def _found(coe: COE, rule: str, fingerprint: str) -> Finding:
    """In the draft as it is now, with what was typed up to now. The caller holds the row of the COE."""
    drawing.draw(coe)
    for judged in findings_of(coe):
        if judged.finding.fingerprint == fingerprint and judged.finding.rule == rule:
            return judged.finding
    raise Conflict("The text was changed meanwhile: this finding is gone. Nothing was changed.")


def mend(coe: COE, rule: str, fingerprint: str, *, by: User, now: datetime) -> str:
    """Put what a finding offers into its place; returns the place.

    The finding is looked for in the draft as it is now, wherever its words have moved to: nothing that others wrote
    meanwhile is overwritten. Raises NotAllowed, and Conflict when the finding is gone or offers nothing.
    """
    require_edit(by, coe)
    with transaction.atomic():
        coe.lock_for_edit()
        finding = _found(coe, rule, fingerprint)
        if finding.offer is None or finding.start is None:
            raise Conflict("This finding is mended by hand: it offers no words.")
        if finding.place == "header":
            save_header(coe, by=by, now=now, title=_mended(coe.header.title, finding))
        elif finding.place in coe.form.forms:
            section = coe.sections.get(key=finding.place)
            save_section(coe, finding.place, _mended(section.text, finding), section.edits, by=by, now=now)
        else:
            _mend_row(coe, finding, by, now)
    return finding.place


def _mend_row(coe: COE, finding: Finding, by: User, now: datetime) -> None:
    """A line of the timeline, a cause or an action item."""
    kind, _, pk = finding.place.partition("-")
    parts: dict[str, tuple[models.Manager[Any], str, str]] = {
        "event": (coe.timeline, "text", "line of the timeline"),
        "cause": (coe.causes, "text", "cause"),
        "action": (coe.actions, "title", "action item"),
    }
    rows, field, name = parts[kind]
    with writing(coe, by, now):
        row: Any = part_of(rows.all(), int(pk), name)
        text = _mended(getattr(row, field), finding)
        if len(text) > row._meta.get_field(field).max_length:
            raise Conflict(f"The {name} would become too long. Nothing was changed.")
        setattr(row, field, text)
        row.edits += 1
        row.save(update_fields=[field, "edits"])


def _mended(text: str, finding: Finding) -> str:
    return text[: finding.start] + (finding.offer or "") + text[finding.end :]
