"""The promises of a source, held by tables of Apple Health."""

from hrvctl.sources.apple.tables import AppleTables
from sources.conformance import SourceConformance


class TestAppleTables(SourceConformance):
    """One file a type, of two programs; the series is that of Apple's own export."""

    source = AppleTables()
    keeps_origins = True
