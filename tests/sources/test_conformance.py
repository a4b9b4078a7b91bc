"""The promises of a source, held by each of ours."""

from hrvctl.sources.table import Table
from hrvctl.sources.whoop.source import Whoop
from sources.conformance import SourceConformance


class TestWhoop(SourceConformance):
    """The WHOOP app export."""

    source = Whoop()


class TestTable(SourceConformance):
    """Our own CSV."""

    source = Table()
