"""The promises of a source, held by Zepp's."""

from hrvctl.sources.zepp import Zepp
from sources.conformance import SourceConformance


class TestZepp(SourceConformance):
    """The export's sleeps and the cloud's answers."""

    source = Zepp()
    parts = frozenset({"hrv_samples"})
