"""The promises of a source, held by Elite HRV's."""

from hrvctl.sources.elitehrv import EliteHrv
from sources.conformance import SourceConformance


class TestEliteHrv(SourceConformance):
    """The summary of measurements."""

    source = EliteHrv()
