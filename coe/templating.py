"""Templates as rows: made, copied, changed by new versions, archived; and a draft that moves on to a newer one.

Decides who may change what an organisation asks of its COEs, and what becomes of a draft whose template was changed.
It does not decide what a valid template is (`coe/template.py`). As long as there is no row, the built-in form holds.
"""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, OuterRef, Subquery

from coe.editing.writing import judge_text, writing
from coe.models import COE, CheckedItem, Section, Template, TemplateVersion
from coe.permissions import require
from coe.template import BUILT_IN, ChecklistItem, Demands, Form, problems_of
from oncall.exceptions import Conflict
from oncall.models import AuditEntry, User

STANDARD = "Standard"
ADOPTED = "The built-in form, as it was"


def may_change(user: User) -> bool:
    """Templates bind every team: administrators only."""
    return user.is_administrator


def require_change(user: User) -> None:
    """Raises NotAllowed unless the person may change templates."""
    require(may_change(user), "Only administrators change templates.")


def adopt(by: User, now: datetime) -> Template:
    """Make rows of the built-in form, which is the default from then on; the default there is already is returned."""
    require_change(by)
    if found := Template.objects.filter(is_default=True).first():
        return found
    made = create(STANDARD, BUILT_IN, by, now, note=ADOPTED)
    make_default(made, by, now)
    return made


def create(name: str, form: Form, by: User, now: datetime, *, description: str = "", note: str = "") -> Template:
    """A new template with its first version. Raises NotAllowed, and ValidationError by field."""
    require_change(by)
    form = _judged(form)
    try:
        with transaction.atomic():
            made = Template.objects.create(name=_name(name), description=description.strip()[:300])
            _version(made, 1, form, by, now, note)
            AuditEntry.objects.write(made, "created", actor=by, at=now, after="1")
    except IntegrityError as error:
        raise ValidationError({"name": f"There is a template called “{name.strip()}” already."}) from error
    return made


def copy(template: Template, name: str, by: User, now: datetime) -> Template:
    """A new template that asks what this one asks today."""
    form = template.current.form if template.current else BUILT_IN
    return create(name, form, by, now, description=template.description, note=f"Copied from {template.name}")


def save_version(
    template: Template, form: Form, by: User, now: datetime, note: str = "", *, seen: int | None = None
) -> TemplateVersion:
    """Say anew what a template asks; the newest version, which is an old one when nothing changed.

    `seen` is the number of the version that was changed, if it is known: Conflict when another one came meanwhile.
    Raises NotAllowed, and ValidationError with every problem.
    """
    require_change(by)
    form = _judged(form)
    with transaction.atomic():
        template = Template.objects.select_for_update().get(pk=template.pk)
        newest = template.current
        if newest and newest.form == form:
            return newest
        if newest and seen not in (None, newest.number):
            raise Conflict(f"{template.name} was changed meanwhile: version {newest.number} is new.")
        number = newest.number + 1 if newest else 1
        version = _version(template, number, form, by, now, note)
        before = str(newest.number) if newest else ""
        AuditEntry.objects.write(template, "changed", actor=by, at=now, before=before, after=str(number), detail=note)
    return version


def rename(template: Template, name: str, description: str, by: User, now: datetime) -> None:
    """Another name and description. Raises NotAllowed, and ValidationError for a name that is taken."""
    require_change(by)
    before, name, description = template.name, _name(name), description.strip()[:300]
    if (name, description) == (before, template.description):
        return
    if Template.objects.filter(name=name).exclude(pk=template.pk).exists():
        raise ValidationError({"name": f"There is a template called “{name}” already."})
    with transaction.atomic():
        template.name, template.description = name, description
        template.save(update_fields=["name", "description"])
        AuditEntry.objects.write(template, "renamed", actor=by, at=now, before=before[:40], after=name[:40])


def archive(template: Template, by: User, now: datetime) -> None:
    """No COE is started with it any more; those that were keep it. Raises Conflict for the default one."""
    require_change(by)
    with transaction.atomic():
        template.refresh_from_db(from_queryset=Template.objects.select_for_update())
        if template.is_default:
            raise Conflict(f"{template.name} is the default. Make another one the default first.")
        if template.archived_at is None:
            _set_archived(template, by, now, "archived")


def restore(template: Template, by: User, now: datetime) -> None:
    """COEs may be started with it again."""
    require_change(by)
    with transaction.atomic():
        template.refresh_from_db(from_queryset=Template.objects.select_for_update())
        if template.archived_at is not None:
            _set_archived(template, by, now, "restored")


def _set_archived(template: Template, by: User, now: datetime, verb: str) -> None:
    template.archived_at = now if verb == "archived" else None
    template.save(update_fields=["archived_at"])
    AuditEntry.objects.write(template, verb, actor=by, at=now)


def make_default(template: Template, by: User, now: datetime) -> None:
    """New COEs are started with it, and what an incident owes is what it says. Raises Conflict for an archived one."""
    require_change(by)
    with transaction.atomic():
        # All rows in one order: two administrators who choose different ones queue up.
        list(Template.objects.select_for_update().order_by("pk").values_list("pk", flat=True))
        template.refresh_from_db()
        if template.archived_at:
            raise Conflict(f"{template.name} is archived. Restore it first.")
        if template.is_default:
            return
        Template.objects.filter(is_default=True).update(is_default=False)
        template.is_default = True
        template.save(update_fields=["is_default"])
        AuditEntry.objects.write(template, "made default", actor=by, at=now)


def _judged(form: Form) -> Form:
    if problems := problems_of(form):
        raise ValidationError(problems)
    return form


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > 80:
        raise ValidationError({"name": "A template needs a name of at most 80 characters."})
    return name


def _version(template: Template, number: int, form: Form, by: User, now: datetime, note: str) -> TemplateVersion:
    note = " ".join(note.split())[:300]
    return TemplateVersion.objects.create(
        template=template, number=number, content=form.to_json(), change_note=note, made_by=by, made_at=now
    )


def default_version() -> TemplateVersion | None:
    """What new COEs are started with; None while the built-in form holds."""
    return TemplateVersion.objects.filter(template__is_default=True).select_related("template").first()


def offered() -> list[Template]:
    """The templates a COE may be started with, the default first."""
    return list(Template.objects.offered())


def newer_for(coe: COE) -> TemplateVersion | None:
    """The version that this draft could move on to; None when it has the newest, or cannot be edited."""
    if not coe.is_editable:
        return None
    newest = coe.template.template.current if coe.template else default_version()
    return newest if newest and newest.pk != coe.template_id else None


def move_on(coe: COE, by: User, now: datetime) -> TemplateVersion:
    """Give a draft the newest version of its template; returns it.

    Sections of the same key keep their text, new ones are empty, and what the new version lacks stays at the end as
    long as it says anything. Raises NotAllowed, and Conflict when there is nothing newer.
    """
    with writing(coe, by, now):
        newest = newer_for(coe)
        if newest is None:
            raise Conflict(f"{coe.number} has the newest version of its template.")
        coe.template = newest
        coe.save(update_fields=["template"])
        form = newest.form
        coe.sections.exclude(key__in=form.forms).filter(text="", waived_because="").delete()
        Section.objects.bulk_create([Section(coe=coe, key=key) for key in form.forms], ignore_conflicts=True)
        coe.checked_items.exclude(key__in=[item.key for item in form.checklist]).delete()
        coe.__dict__.pop("form", None)
        AuditEntry.objects.write(coe, "template", actor=by, at=now, after=str(newest)[:40])
    return newest


def waive(coe: COE, key: str, because: str, by: User, now: datetime, base: str | None = None) -> str:
    """Say why a question is not answered; without a reason it is asked again. Returns what is saved now.

    `base` is the reason that the writer read: RowConflict when somebody gave another one since.

    Raises KeyError for what is no question of the COE, ValidationError for a reason that is too long, NotAllowed, and
    Conflict.
    """
    asked = coe.form.forms[key]
    if not asked.is_question:
        raise KeyError(key)
    because = " ".join(because.split())
    if len(because) > 300 or "\x00" in because:
        raise ValidationError({"because": "A reason has at most 300 characters."})
    with writing(coe, by, now):
        section, _ = Section.objects.get_or_create(coe=coe, key=key)
        judge_text("reason", "it is not answered because", section.waived_because, because, base)
        coe.sections.filter(key=key).update(waived_because=because)
    return because


def unticked(coe: COE) -> list[ChecklistItem]:
    """The items of the checklist that concern its severity and are not ticked, in their order; one query."""
    ticked = set(CheckedItem.objects.filter(coe=coe).values_list("key", flat=True))
    return [item for item in coe.form.checklist_of(coe.header.severity) if item.key not in ticked]


def demands_of(severity: int, version: TemplateVersion | None) -> Demands:
    """What an incident of this severity owes by a version, None for the built-in form."""
    return (version.form if version else BUILT_IN).demands_of(severity)


def with_counts() -> list[Template]:
    """Every template with the number of its newest version and when it was made; the default first, archived last."""
    newest = TemplateVersion.objects.filter(template=OuterRef("pk")).order_by("-number")
    found = Template.objects.annotate(
        newest=Subquery(newest.values("number")[:1]), changed_at=Subquery(newest.values("made_at")[:1])
    )
    return list(found.order_by("-is_default", F("archived_at").asc(nulls_first=True), "name"))
