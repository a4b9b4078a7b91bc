"""The promises of a source, held by our own export."""

from hrvctl.sources.hrvctl_export.source import OwnExport
from sources.conformance import SourceConformance


class TestOwnExport(SourceConformance):
    """Our own export; its rows keep the names of the vendors they once came from."""

    source = OwnExport()
    keeps_origins = True
