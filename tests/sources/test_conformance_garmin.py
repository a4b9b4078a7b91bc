"""The promises of a source, held by Garmin's and by FIT files."""

from hrvctl.sources.fit.hrv_status import Fit
from hrvctl.sources.garmin.source import Garmin
from sources.conformance import SourceConformance


class TestGarmin(SourceConformance):
    """Reports of Connect, the account's export, what API clients save, and GarminDB."""

    source = Garmin()


class TestFit(SourceConformance):
    """A watch's own file of a night's HRV status."""

    source = Fit()
