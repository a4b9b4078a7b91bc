"""The promises of a source, held by each of ours."""

from importlib import import_module
from pathlib import Path

from hrvctl.sources import registry
from hrvctl.sources.table import Table
from hrvctl.sources.whoop.source import Whoop
from sources.conformance import SourceConformance


class TestWhoop(SourceConformance):
    """The WHOOP app export."""

    source = Whoop()


class TestTable(SourceConformance):
    """Our own CSV."""

    source = Table()


def test_every_source_is_held_to_its_promises() -> None:
    """Each registered source has its own class in one of these files."""
    for path in Path(__file__).parent.glob("test_conformance*.py"):
        import_module(f"sources.{path.stem}")
    held = [case.source.name for case in SourceConformance.__subclasses__()]
    assert sorted(set(held)) == sorted(source.name for source in registry.SOURCES)
