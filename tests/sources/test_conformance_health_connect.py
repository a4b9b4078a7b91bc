"""The promises of a source, held by Health Connect's."""

from hrvctl.sources.health_connect.source import HealthConnect
from sources.conformance import SourceConformance


class TestHealthConnect(SourceConformance):
    """Android's scheduled export."""

    source = HealthConnect()
