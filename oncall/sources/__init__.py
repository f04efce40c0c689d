"""The alert dialects, by name. A new one is a file here, a line below, a test file, a page in docs/integrations/."""

from oncall.sources import alertmanager, pagerduty
from oncall.sources.events import Dialect

REGISTRY: dict[str, Dialect] = {dialect.name: dialect for dialect in (alertmanager.DIALECT, pagerduty.DIALECT)}
