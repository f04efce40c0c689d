"""Fields that COE forms share: people, teams, services by their names.

They judge shape and find what is named; who may be named is the verbs' business.
"""

from __future__ import annotations

import re
from email.utils import getaddresses, parseaddr
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

from oncall.models import Incident, Service, Team, User

# As many people can be named in one field.
MOST_PEOPLE = 50
MOST_TEAMS = 30
MOST_INCIDENTS = 20
_NUMBER = re.compile(r"(?:INC-)?(\d{1,9})", re.IGNORECASE)


class ReadTextField(forms.CharField):
    """The hidden text that stood on the screen, by which a save tells whether somebody else wrote there since."""

    widget = forms.HiddenInput

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, strip=False, max_length=1_000, **options)


class NamedField(forms.CharField):
    """One object by its name; thousands are too many for a select."""

    noun = "thing"

    def __init__(self, *, suggestions: str = "", **options: Any) -> None:
        options.setdefault("max_length", 300)
        super().__init__(**options)
        if suggestions:
            self.widget.attrs |= {"list": suggestions, "autocomplete": "off"}

    def prepare_value(self, value: Any) -> Any:
        return self.name_of(value) if isinstance(value, Model) else value

    def name_of(self, found: Any) -> str:
        return str(found.name)

    def candidates(self, typed: str) -> list[QuerySet[Any]]:
        """Where to look, the most certain first."""
        raise NotImplementedError

    def clean(self, value: Any) -> Any:
        """The one object of this name; ValidationError when there is none, or several."""
        typed = super().clean(value)
        if not typed:
            return None
        for candidates in self.candidates(typed):
            found = list(candidates[:2])
            if len(found) == 1:
                return found[0]
            if found:
                raise ValidationError(f"There are several: {self.noun} “{typed[:80]}” is not enough.", code="ambiguous")
        raise ValidationError(f"There is no {self.noun} called “{typed[:80]}”.", code="unknown")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (self.prepare_value(initial) or "") != (data or "")


class PersonField(NamedField):
    """A person, as "Alice Moreau <alice@example.com>", by address or by name."""

    noun = "person"

    def name_of(self, found: Any) -> str:
        return f"{found.name} <{found.email}>"

    def candidates(self, typed: str) -> list[QuerySet[User]]:
        address = parseaddr(typed)[1] or typed
        people = User.objects.filter(is_active=True)
        return [people.filter(email=address.lower()), people.filter(name__iexact=typed)]


class PeopleField(forms.CharField):
    """Several people by their addresses, apart by commas or lines."""

    def clean(self, value: Any) -> list[User]:
        """The people, in the order typed. ValidationError names every address nobody has."""
        typed = super().clean(value)
        pairs = getaddresses([part for part in typed.replace(";", ",").replace("\n", ",").split(",") if part.strip()])
        addresses = [address.lower() for _, address in pairs if address]
        if len(addresses) > MOST_PEOPLE:
            raise ValidationError(f"Name at most {MOST_PEOPLE} people.", code="many")
        found = {user.email: user for user in User.objects.filter(email__in=addresses, is_active=True)}
        if strangers := [address for address in addresses if address not in found]:
            raise ValidationError(f"Nobody has the address {', '.join(strangers)[:300]}.", code="unknown")
        if typed.strip() and not addresses:
            raise ValidationError("Write e-mail addresses, apart by commas or lines.", code="invalid")
        return [found[address] for address in addresses]

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) or value is None else "\n".join(user.email for user in value)


class TeamField(NamedField):
    noun = "team"

    def candidates(self, typed: str) -> list[QuerySet[Team]]:
        return [Team.objects.filter(slug=typed.lower()), Team.objects.filter(name__iexact=typed)]


class TeamsField(forms.CharField):
    """Several teams by their names or short names, one a line."""

    def clean(self, value: Any) -> list[Team]:
        """The teams, each once, in the order typed. ValidationError names every line that is no team."""
        typed = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        if len(typed) > MOST_TEAMS:
            raise ValidationError(f"Name at most {MOST_TEAMS} teams.", code="many")
        found = [(name, Team.objects.filter(Q(slug=name.lower()) | Q(name__iexact=name))[:2]) for name in typed]
        if unknown := [name for name, teams in found if not teams]:
            raise ValidationError(f"There is no team called {', '.join(unknown)[:300]}.", code="unknown")
        if several := [name for name, teams in found if len(teams) > 1]:
            raise ValidationError(f"Several teams are called {', '.join(several)[:300]}.", code="ambiguous")
        return list(dict.fromkeys(teams[0] for _, teams in found))

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) or value is None else "\n".join(team.name for team in value)


class ServiceField(NamedField):
    noun = "service"

    def candidates(self, typed: str) -> list[QuerySet[Service]]:
        return [Service.objects.filter(slug=typed.lower()), Service.objects.filter(name__iexact=typed)]


class IncidentsField(forms.CharField):
    """Several incidents by their numbers, "INC-12", apart by commas or spaces; `candidates` are those to look among."""

    candidates: QuerySet[Incident] = Incident.objects.none()

    def clean(self, value: Any) -> list[Incident]:
        """The incidents, in the order typed. ValidationError names every number that is none, and practices."""
        typed = super().clean(value).replace(",", " ").replace(";", " ").split()
        if odd := [word for word in typed if not _NUMBER.fullmatch(word)]:
            raise ValidationError(f"Write the number of an incident, as INC-12, not “{odd[0][:40]}”.", code="invalid")
        numbers = list(dict.fromkeys(int(_NUMBER.fullmatch(word)[1]) for word in typed))  # type: ignore[index]
        if len(numbers) > MOST_INCIDENTS:
            raise ValidationError(f"Name at most {MOST_INCIDENTS} incidents.", code="many")
        found = {incident.pk: incident for incident in self.candidates.filter(pk__in=numbers)}
        if unknown := [f"INC-{number}" for number in numbers if number not in found]:
            raise ValidationError(f"There is no incident {', '.join(unknown)}.", code="unknown")
        if practices := [incident.number for incident in found.values() if incident.is_practice]:
            said = f"{practices[0]} is a practice: nothing failed, so there is nothing to correct."
            raise ValidationError(said, code="practice")
        return [found[number] for number in numbers]
