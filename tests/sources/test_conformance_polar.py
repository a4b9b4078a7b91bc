"""The promises of a source, held by Polar's."""

from hrvctl.sources.polar import Polar
from sources.conformance import SourceConformance


class TestPolar(SourceConformance):
    """Nightly Recharge and sleep, of the account's export and of AccessLink."""

    source = Polar()
    parts = frozenset({"heart_rate_v3", "heart_rate_247"})
