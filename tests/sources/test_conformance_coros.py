"""The promises of a source, held by COROS's."""

from hrvctl.sources.coros import Coros
from sources.conformance import SourceConformance


class TestCoros(SourceConformance):
    """Saved answers of the Training Hub."""

    source = Coros()
