"""The promises of a source, held by Google Health's."""

from hrvctl.sources.google_health import GoogleHealth
from sources.conformance import SourceConformance


class TestGoogleHealth(SourceConformance):
    """Saved answers of the API: values of days, samples and sleeps."""

    source = GoogleHealth()
