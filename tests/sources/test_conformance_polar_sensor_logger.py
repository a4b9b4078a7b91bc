"""The promises of a source, held by Polar Sensor Logger's."""

from datetime import date

from hrvctl.records import Reading
from hrvctl.sources.polar_sensor_logger import PolarSensorLogger
from sources.conformance import SourceConformance
from sources.exports import document_of


class TestPolarSensorLogger(SourceConformance):
    """RR and PPI; a file whose stamps are times alone is dated by its name."""

    source = PolarSensorLogger()

    def read(self, content: bytes, today: date) -> Reading:
        """Read bytes under a name that dates them."""
        document = document_of(content, "Polar_H10_12345678_20250503_064108_RR.txt")
        return self.source.read(document, today=today)
