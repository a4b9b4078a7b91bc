"""The promises of a source, held by WHOOP's API dumps."""

from hrvctl.sources.whoop_api.source import WhoopApi
from sources.conformance import SourceConformance


class TestWhoopApi(SourceConformance):
    """Recoveries, sleeps, cycles and workouts, as JSON and flattened to CSV."""

    source = WhoopApi()
