"""The promises of a source, held by Ultrahuman's."""

from hrvctl.sources.ultrahuman import Ultrahuman
from sources.conformance import SourceConformance


class TestUltrahuman(SourceConformance):
    """Saved answers."""

    source = Ultrahuman()
