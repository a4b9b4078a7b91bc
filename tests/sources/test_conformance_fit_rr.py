"""The promises of a source, held by that of beats in FIT files."""

from hrvctl.sources.fit.rr import FitRr
from sources.conformance import SourceConformance


class TestFitRr(SourceConformance):
    """Binary, and decoded by Garmin's own kit."""

    source = FitRr()
