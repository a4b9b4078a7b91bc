"""The promises of a source, held by Apple Health and by Health Auto Export."""

from hrvctl.sources.apple.source import Apple
from hrvctl.sources.health_auto_export.source import HealthAutoExport
from sources.conformance import SourceConformance


class TestApple(SourceConformance):
    """The Health app's export."""

    source = Apple()


class TestHealthAutoExport(SourceConformance):
    """The app Health Auto Export, JSON and CSV."""

    source = HealthAutoExport()
