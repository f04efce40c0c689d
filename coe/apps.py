"""The COE application: Corrections of Error from draft to verified action item."""

from django.apps import AppConfig


class CoeConfig(AppConfig):
    name = "coe"
    verbose_name = "Corrections of Error"
