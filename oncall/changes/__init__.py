"""The deployment dialects, by name. A new one is a file here, a line below, a test file and a page of the docs."""

from oncall.changes import github, pagerduty_change
from oncall.changes.change import Dialect

REGISTRY: dict[str, Dialect] = {dialect.name: dialect for dialect in (github.DIALECT, pagerduty_change.DIALECT)}
