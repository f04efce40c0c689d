"""What people type while they write a COE: header, sections, lines of the timeline, causes, action items.

Each form takes its COE, because times are typed in its zone. They judge shape; what a change means is `coe/editing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from coe import tagging, template
from coe.forms.fields import MOST_INCIDENTS, IncidentsField, PersonField, ReadTextField, ServiceField, TeamField
from coe.forms.moments import WallClockField
from coe.forms.tags import KnownTagsField, TagsField, united
from coe.models import COE, ActionItem, Cause, TimelineEvent
from oncall.models import Incident, Service, User
from oncall.models.incidents import Severity
from oncall.models.people import validate_zone
from oncall.times import local

PEOPLE, TEAMS, SERVICES, ZONES, INCIDENTS = "people", "teams", "services", "zones", "incidents"


class KeepsInstants(forms.Form):
    """A time that was not touched stays the instant it was, to the microsecond."""

    def clean(self) -> dict[str, Any]:
        for name, field in self.fields.items():
            is_time = isinstance(field, WallClockField)
            if is_time and name in self.cleaned_data and name not in self.changed_data:
                self.cleaned_data[name] = self.initial.get(name)
        return self.cleaned_data

    @property
    def converted(self) -> str:
        """What times of other zones became: "09:05 America/New_York = 13:05 UTC"."""
        times = [field for name, field in self.fields.items() if name in self.changed_data]
        return "; ".join(one.converted for one in times if isinstance(one, WallClockField) and one.converted)


def base_field(edits: int | None) -> forms.IntegerField:
    """The counter of the row that the writer read: whoever saves on an older one is shown both versions."""
    return forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1, initial=edits, widget=forms.HiddenInput)


def rebase(form: forms.BaseForm, edits: int | str) -> None:
    """The form has shown what was saved meanwhile: saving it again is meant."""
    data = cast(QueryDict, form.data).copy()
    data["base"] = str(edits)
    form.data = data


def day_of(coe: COE) -> date | None:
    """The day that a time without a date is of, where no line is near: that of the impact, else of the first line."""
    at = coe.header.impact_started_at or coe.header.impact_ended_at or coe.timeline.values_list("at", flat=True).first()
    return local(at, coe.header.zone).date() if at else None


class HeaderForm(KeepsInstants):
    """The header."""

    title = forms.CharField(
        max_length=300,
        help_text="The impact, not the cause: “38 % of card checkouts were declined for 27 minutes”.",
        widget=forms.Textarea(attrs={"rows": 1}),
    )
    severity = forms.TypedChoiceField(coerce=int, choices=Severity.choices)
    team = TeamField(suggestions=TEAMS)
    owner = PersonField(suggestions=PEOPLE)
    zone = forms.CharField(
        max_length=64,
        label="Time zone of the document",
        validators=[validate_zone],
        widget=forms.TextInput(attrs={"list": ZONES, "autocomplete": "off"}),
    )
    services = forms.ModelMultipleChoiceField(
        Service.objects.none(), required=False, widget=forms.CheckboxSelectMultiple, label="Services affected"
    )
    add_service = ServiceField(required=False, label="Another service", suggestions=SERVICES)
    incidents = forms.ModelMultipleChoiceField(
        Incident.objects.none(), required=False, widget=forms.CheckboxSelectMultiple, label="Incidents it is about"
    )
    add_incidents = IncidentsField(
        required=False,
        max_length=300,
        label="Another incident",
        help_text="By its number: “INC-12”. Save the header by its button to add it.",
        widget=forms.TextInput(attrs={"list": INCIDENTS, "autocomplete": "off"}),
    )
    seen_incidents = forms.CharField(required=False, max_length=1_000, widget=forms.HiddenInput)
    tags = TagsField(
        required=False,
        help_text="What others will look for, apart by commas: “dns, expired-certificate”.",
    )
    known_tags = KnownTagsField(required=False, label="Tags that others use")

    def __init__(self, coe: COE, data: Any = None, *, user: User) -> None:
        names = ("title", "severity", "team", "zone", "impact_started_at", "impact_ended_at")
        header = coe.header
        borne = [tag.name for tag in header.tags.all()]
        initial = {name: getattr(header, name) for name in names} | {"owner": coe.owner, "tags": borne}
        initial["services"] = header.services.all()
        self._borne = list(header.incidents.order_by("pk"))
        super().__init__(data, initial=initial, auto_id="id_header_%s")
        day = day_of(coe)
        for name, label in (("impact_started_at", "Impact from"), ("impact_ended_at", "Impact to")):
            self.fields[name] = WallClockField(zone=header.zone, day=day, required=False, label=label)
        affected = {service.pk for service in initial["services"]}
        services = Service.objects.filter(pk__in=[*affected, *self._posted("services")])
        cast(forms.ModelMultipleChoiceField, self.fields["services"]).queryset = services
        visible = Incident.objects.visible_to(user)
        cast(IncidentsField, self.fields["add_incidents"]).candidates = visible
        borne_here = {incident.pk for incident in self._borne}
        known = cast(forms.ModelMultipleChoiceField, self.fields["incidents"])
        known.queryset = visible.filter(pk__in=[*borne_here, *self._posted("incidents")]).order_by("pk")
        # Read once: the field would ask for them anew with each look at them.
        known.choices = [(incident.pk, str(incident)) for incident in known.queryset]
        shown = [pk for pk, _ in known.choices if pk in borne_here]
        self.initial.update({"incidents": shown, "seen_incidents": " ".join(map(str, shown))})
        offered = [(name, name) for name in tagging.offered() if name not in borne]
        cast(forms.MultipleChoiceField, self.fields["known_tags"]).choices = offered
        self.fields["base"] = base_field(coe.header_edits)

    def _posted(self, name: str) -> list[int]:
        """Numbers that the browser sent: one that was unticked, saved so, and is ticked again is none of the COE's."""
        sent = self.data.getlist(name) if isinstance(self.data, QueryDict) else self.data.get(name, ())
        return [int(one) for one in map(str, sent) if one.isdecimal() and len(one) < 10]

    def clean_title(self) -> str:
        return " ".join(self.cleaned_data["title"].split())

    def clean_add_incidents(self) -> list[Incident]:
        """No more than anybody writes about in one document."""
        added: list[Incident] = self.cleaned_data["add_incidents"]
        if len({*self._borne, *added}) > max(MOST_INCIDENTS, len(self._borne)):
            raise ValidationError(f"A COE is about at most {MOST_INCIDENTS} incidents.", code="many")
        return added

    def clean(self) -> dict[str, Any]:
        """The impact ends after it began, and no COE bears more tags than anybody reads."""
        facts = super().clean()
        try:
            united(facts.get("tags", ()), facts.get("known_tags", ()))
        except ValidationError as error:
            self.add_error("tags", error)
        started, ended = facts.get("impact_started_at"), facts.get("impact_ended_at")
        if started and ended and ended < started:
            self.add_error("impact_ended_at", "This is before the impact began. Was it the day after? Write the date.")
        return facts

    def facts(self) -> dict[str, Any]:
        """What `editing.save_header` takes."""
        facts = dict(self.cleaned_data)
        added = facts.pop("add_service")
        facts["tags"] = united(facts["tags"], facts.pop("known_tags"))
        facts["services"] = [*facts["services"], *([added] if added else [])]
        facts["incidents"] = self._about(
            facts.pop("seen_incidents"), [*facts["incidents"], *facts.pop("add_incidents")]
        )
        return facts

    def ticked_incidents(self) -> str:
        """Those that stand ticked on the screen, as `seen_incidents` says it."""
        return " ".join(str(incident.pk) for incident in self.cleaned_data["incidents"])

    def _about(self, seen: str, chosen: list[Incident]) -> list[Incident]:
        """What is ticked and typed, and what did not stand on the screen: added meanwhile, or not to be seen."""
        unseen = [incident for incident in self._borne if str(incident.pk) not in seen.split()]
        return list(dict.fromkeys([*chosen, *unseen]))


class SectionForm(forms.Form):
    """One written section, and the state it was typed on."""

    text = forms.CharField(required=False, strip=False, widget=forms.Textarea(attrs={"rows": 8}))
    base = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, asks: template.SectionForm, data: Any = None, *, text: str = "", base: int = 0) -> None:
        super().__init__(data, initial={"text": text, "base": base}, auto_id=f"id_{asks.key}_%s")
        self.fields["text"].label = asks.title


class EventForm(KeepsInstants):
    """A line of the timeline. A new one has the line it is typed beside (`near`): its day is meant without a date."""

    def __init__(self, coe: COE, data: Any = None, *, event: TimelineEvent | None = None, place: str = "new") -> None:
        initial = {"at": event.at, "text": event.text, "anchor": event.anchor} if event else {}
        super().__init__(data, initial=initial, auto_id=f"id_event_{event.pk if event else place}_%s")
        self.event = event
        if event:
            self.fields["base"] = base_field(event.edits)
        self.near = event or self._near(coe)
        day = local(self.near.at, coe.header.zone).date() if self.near else day_of(coe)
        self.fields["at"] = WallClockField(zone=coe.header.zone, day=day, label="When")
        self.fields["anchor"] = forms.ChoiceField(
            required=False, choices=[("", "No anchor"), *TimelineEvent.Anchor.choices], label="Anchor"
        )
        self.fields["text"] = forms.CharField(
            max_length=1000, label="What happened", widget=forms.Textarea(attrs={"rows": 2})
        )

    def _near(self, coe: COE) -> TimelineEvent | None:
        near = str(self.data.get("near", ""))
        return coe.timeline.filter(pk=int(near)).first() if near.isdecimal() and len(near) < 19 else None

    def clean_text(self) -> str:
        return " ".join(self.cleaned_data["text"].split())


class CauseForm(forms.Form):
    """A cause."""

    text = forms.CharField(max_length=500, label="Why", widget=forms.Textarea(attrs={"rows": 1}))
    kind = forms.ChoiceField(choices=Cause.Kind.choices, initial=Cause.Kind.CONTRIBUTING, label="Kind")
    parent = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, cause: Cause | None = None, parent: int | None = None, place: str = ""
    ) -> None:
        initial: dict[str, Any] = {"text": cause.text, "kind": cause.kind} if cause else {"parent": parent}
        auto_id = f"id_cause_{cause.pk}_%s" if cause else f"id_cause_new{parent or ''}{place}_%s"
        super().__init__(data, initial=initial, auto_id=auto_id)
        self.cause = cause
        if cause:
            self.fields["base"] = base_field(cause.edits)

    def clean_text(self) -> str:
        return " ".join(self.cleaned_data["text"].split())


class ActionForm(forms.Form):
    """An action item of a draft."""

    title = forms.CharField(
        max_length=300,
        label="Correction",
        help_text="Starts with a verb, and corrects the class, not the instance.",
        widget=forms.Textarea(attrs={"rows": 1}),
    )
    exit_test = forms.CharField(
        required=False,
        max_length=10_000,
        label="Exit test",
        help_text="What shows that it works: a test, an alarm, a drill, a dashboard.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    owner = PersonField(required=False, suggestions=PEOPLE)
    due_on = forms.DateField(
        required=False, label="Due on", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    priority = forms.ChoiceField(choices=ActionItem.Priority.choices, initial=ActionItem.Priority.MEDIUM)
    kind = forms.ChoiceField(choices=ActionItem.Kind.choices)
    tracker_url = forms.URLField(required=False, max_length=500, label="Ticket", assume_scheme="https")

    corrects = forms.TypedMultipleChoiceField(
        coerce=int, required=False, widget=forms.CheckboxSelectMultiple, label="Corrects these causes"
    )

    def __init__(
        self,
        data: Any = None,
        *,
        action: ActionItem | None = None,
        place: str = "new",
        causes: Sequence[tuple[int, str]] = (),
    ) -> None:
        initial = {name: getattr(action, name) for name in self.base_fields if name != "corrects"} if action else {}
        if action:
            initial["corrects"] = [cause.pk for cause in action.corrects.all()]
        super().__init__(data, initial=initial, auto_id=f"id_action_{action.pk if action else place}_%s")
        cast(forms.TypedMultipleChoiceField, self.fields["corrects"]).choices = list(causes)
        self.action = action
        if action:
            self.fields["base"] = base_field(action.edits)

    def clean_title(self) -> str:
        return " ".join(self.cleaned_data["title"].split())

    def clean_due_on(self) -> Any:
        due_on = self.cleaned_data["due_on"]
        if due_on and not 2000 <= due_on.year < 2100:
            raise ValidationError("This year cannot be right.", code="invalid")
        return due_on


class ReasonForm(forms.Form):
    """Why nothing is to be corrected."""

    no_actions_because = forms.CharField(
        required=False,
        max_length=300,
        label="Why nothing is to be corrected",
        help_text="Only when there is no action item at all.",
    )
    base = ReadTextField()

    def __init__(self, coe: COE, data: Any = None) -> None:
        saved = coe.header.no_actions_because
        super().__init__(data, initial={"no_actions_because": saved, "base": saved})


class ChecklistForm(forms.Form):
    """The ticks, and those that stood on the screen."""

    items = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple, label="Checklist")
    seen = forms.CharField(required=False, max_length=3_000, widget=forms.HiddenInput)

    def __init__(self, coe: COE, data: Any = None) -> None:
        super().__init__(data, initial={"items": list(coe.checked_items.values_list("key", flat=True))})
        choices = [(item.key, item.text) for item in coe.form.checklist_of(coe.header.severity)]
        cast(forms.MultipleChoiceField, self.fields["items"]).choices = choices

    def ticks(self) -> dict[str, Any]:
        """What the verb takes; a form that does not say what was seen means every item."""
        seen = self.cleaned_data["seen"].split() if "seen" in self.data else None
        return {"keys": set(self.cleaned_data["items"]), "seen": seen}
