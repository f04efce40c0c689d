"""What is sent about a finding: why it stands, or the counter of edits on which it is mended."""

from django import forms

from coe.judging import LONGEST_REASON


class WaiveForm(forms.Form):
    """Why a finding stands as it is."""

    rule = forms.CharField(max_length=60)
    reason = forms.CharField(
        max_length=LONGEST_REASON,
        error_messages={
            "required": "Say why it stands as it is.",
            "max_length": f"A reason has at most {LONGEST_REASON} characters.",
        },
    )


class MendForm(forms.Form):
    """Which finding is mended, on top of which save of its section."""

    rule = forms.CharField(max_length=60)
    base = forms.IntegerField(min_value=0, max_value=2**31 - 1)
