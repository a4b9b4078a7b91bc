"""The promises of a source, held by Eight Sleep's."""

from hrvctl.sources.eight_sleep import EightSleep
from sources.conformance import SourceConformance


class TestEightSleep(SourceConformance):
    """Saved trends."""

    source = EightSleep()
