"""The promises of a source, held by StrapLog's."""

from hrvctl.sources.straplog import StrapLog
from sources.conformance import SourceConformance


class TestStrapLog(SourceConformance):
    """Its databases."""

    source = StrapLog()
