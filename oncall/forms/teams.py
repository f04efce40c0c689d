"""What people type about teams: who joins, with which job and role."""

from django import forms

from oncall.forms.people import PersonField
from oncall.models import Membership


class MemberForm(forms.Form):
    """Job and role of a member."""

    job = forms.ChoiceField(choices=Membership.Job)
    role = forms.ChoiceField(choices=Membership.Role)


class JoinForm(MemberForm):
    """A person who joins."""

    user = PersonField(label="Person", help_text="A name or an e-mail address. The person needs an account.")
    field_order = ["user", "job", "role"]
