"""The promises of a source, held by HRV4Training's."""

from hrvctl.sources.hrv4training import Hrv4Training
from sources.conformance import SourceConformance


class TestHrv4Training(SourceConformance):
    """MyMeasurements of both phones."""

    source = Hrv4Training()
