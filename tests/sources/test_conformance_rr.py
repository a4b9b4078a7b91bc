"""The promises of a source, held by that of raw RR intervals."""

from datetime import date

from hrvctl.records import Reading
from hrvctl.sources.rr.source import Rr
from sources.conformance import SourceConformance
from sources.exports import document_of


class TestRr(SourceConformance):
    """Plain text, whose date is the file's name in most."""

    source = Rr()

    def read(self, content: bytes, today: date) -> Reading:
        """Read bytes under a name that dates them."""
        document = document_of(content, "2025-05-05 06-12-04.txt")
        return self.source.read(document, today=today)
