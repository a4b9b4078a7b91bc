"""The promises of a source, held by AutoSleep's."""

from hrvctl.sources.autosleep import AutoSleep
from sources.conformance import SourceConformance


class TestAutoSleep(SourceConformance):
    """AutoSleep's history."""

    source = AutoSleep()
