"""The promises of a source, held by RingConn's."""

from hrvctl.sources.ringconn import RingConn
from sources.conformance import SourceConformance


class TestRingConn(SourceConformance):
    """The file of vital signs."""

    source = RingConn()
