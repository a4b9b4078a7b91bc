"""The promises of a source, held by Kubios's."""

from hrvctl.sources.kubios import Kubios
from sources.conformance import SourceConformance


class TestKubios(SourceConformance):
    """Reports of three versions and countries."""

    source = Kubios()
