"""The promises of a source, held by Oura's."""

from hrvctl.sources.oura.source import Oura
from sources.conformance import SourceConformance


class TestOura(SourceConformance):
    """Account export, API answers and Trends."""

    source = Oura()
    parts = frozenset({"heart_rate"})
