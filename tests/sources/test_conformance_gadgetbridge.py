"""The promises of a source, held by Gadgetbridge's."""

from hrvctl.sources.gadgetbridge.source import Gadgetbridge
from sources.conformance import SourceConformance


class TestGadgetbridge(SourceConformance):
    """Its database."""

    source = Gadgetbridge()
