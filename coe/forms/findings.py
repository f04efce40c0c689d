"""What is sent about a finding: why it stands, or that it is to be mended."""

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
    """By which rule the finding is that is mended."""

    rule = forms.CharField(max_length=60)
