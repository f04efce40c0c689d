"""The COE application: Corrections of Error from draft to verified action item."""

from django.apps import AppConfig


class CoeConfig(AppConfig):
    name = "coe"
    verbose_name = "Corrections of Error"

    def ready(self) -> None:
        """Pages may name a COE, /metrics counts what is owed, verdicts change what is found; on-call knows none."""
        from coe import noticing
        from coe.metering import OwedCollector
        from coe.recalling import precedent_of
        from oncall import metering, recalling

        recalling.register(precedent_of)
        noticing.register()
        if OwedCollector not in metering.COLLECTORS:
            metering.COLLECTORS.append(OwedCollector)
