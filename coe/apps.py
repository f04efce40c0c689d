"""The COE application: Corrections of Error from draft to verified action item."""

from django.apps import AppConfig


class CoeConfig(AppConfig):
    name = "coe"
    verbose_name = "Corrections of Error"

    def ready(self) -> None:
        """Pages may name a COE; on-call itself knows none."""
        from coe.recalling import precedent_of
        from oncall import recalling

        recalling.register(precedent_of)
