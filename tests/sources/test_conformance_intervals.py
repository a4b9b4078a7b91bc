"""The promises of a source, held by Intervals.icu's."""

from hrvctl.sources.intervals import Intervals
from sources.conformance import SourceConformance


class TestIntervals(SourceConformance):
    """Wellness as JSON and CSV."""

    source = Intervals()
