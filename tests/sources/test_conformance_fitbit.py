"""The promises of a source, held by Fitbit's."""

from hrvctl.sources.fitbit.source import Fitbit
from sources.conformance import SourceConformance


class TestFitbit(SourceConformance):
    """The daily files and the JSON of a Takeout."""

    source = Fitbit()
    parts = frozenset({"heart_rate", "heart_rate_samples", "sleep_times"})
