"""People typed by name or address: an organisation has too many for a select."""

from typing import Any

from django import forms
from django.db.models import Exists, OuterRef

from oncall.models import Membership, Team, User

# More suggestions than this make a list that nobody reads.
MOST_SUGGESTIONS = 400


class PersonField(forms.CharField):
    """An active person by e-mail address, or by a name that only one has; offers the datalist `people`."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 254)
        options.setdefault("widget", forms.TextInput(attrs={"list": "people", "autocomplete": "off"}))
        super().__init__(**options)

    def clean(self, value: Any) -> User | None:
        """The person. ValidationError says why there is none, or which there are."""
        typed = super().clean(value)
        if not typed:
            return None
        found = User.objects.filter(is_active=True)
        if person := found.filter(email__iexact=typed).first():
            return person
        named = list(found.filter(name__iexact=typed)[:4])
        if len(named) == 1:
            return named[0]
        if named:
            addresses = ", ".join(person.email for person in named)
            raise forms.ValidationError(f"Several people have this name: {addresses}. Type the address.", code="many")
        raise forms.ValidationError(f"Nobody here is called “{typed[:80]}”. Type a name or an address.", code="unknown")


def suggested_people(team: Team | None) -> list[User]:
    """People to offer while typing: those of the team first."""
    found = User.objects.filter(is_active=True)
    if team:
        own = Membership.objects.filter(team=team, user=OuterRef("pk"))
        found = found.annotate(is_own=Exists(own)).order_by("-is_own", "name", "pk")
    return list(found[:MOST_SUGGESTIONS])
