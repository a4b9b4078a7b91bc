"""Every fixture is recognised by exactly one source and reads as a person once looked over."""

import json
from datetime import date
from pathlib import Path

import pytest

from hrvctl.errors import DataError
from hrvctl.sources import registry
from sources.exports import GOLDEN, fixtures, open_one, written

OURS = [path for path in fixtures() if path.parent.name != "foreign"]


@pytest.mark.parametrize("path", OURS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_fixture_reads_as_its_golden_file(
    path: Path, today: date, request: pytest.FixtureRequest
) -> None:
    """Nothing about a reading changes unless someone has looked at the change."""
    golden = path.with_name(path.name + GOLDEN)
    text = written(registry.read(open_one(path), today=today))
    if request.config.getoption("--regenerate", default=False):
        golden.write_text(text, encoding="utf-8", newline="")
    assert json.loads(golden.read_text(encoding="utf-8")) == json.loads(text)


@pytest.mark.parametrize("path", OURS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_fixture_is_recognised_by_its_own_source_alone(path: Path) -> None:
    """Every fixture times every source: all say no but the one whose folder it lies in."""
    kinds = {source.name: source.identify(open_one(path)) for source in registry.SOURCES}
    assert [name for name, kind in kinds.items() if kind] == [path.parent.name]


@pytest.mark.parametrize("path", fixtures("foreign"), ids=lambda path: path.name)
def test_a_foreign_file_is_nobodys(path: Path) -> None:
    """A file of no format we know is refused by name, and its first line is shown."""
    with pytest.raises(DataError, match=f"{path.name}: not recognised") as caught:
        registry.identify(open_one(path))
    first_word = path.read_text().split(",")[0]
    assert first_word in caught.value.message
    assert "date" in caught.value.hint
