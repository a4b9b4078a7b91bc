"""The promises of a source, held by HRV Logger's."""

from hrvctl.sources.hrvlogger import HrvLogger
from sources.conformance import SourceConformance


class TestHrvLogger(SourceConformance):
    """Intervals and features."""

    source = HrvLogger()
