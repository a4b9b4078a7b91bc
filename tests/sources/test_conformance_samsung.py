"""The promises of a source, held by Samsung's."""

from hrvctl.sources.samsung import Samsung
from sources.conformance import SourceConformance


class TestSamsung(SourceConformance):
    """The tables of HRV and sleep, and the values beside them."""

    source = Samsung()
    parts = frozenset({"hrv", "bins"})
