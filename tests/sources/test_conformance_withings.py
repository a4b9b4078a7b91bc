"""The promises of a source, held by Withings'."""

from hrvctl.sources.withings import Withings
from sources.conformance import SourceConformance


class TestWithings(SourceConformance):
    """Sleep summaries."""

    source = Withings()
