"""No command replaces a file that it did not make."""

from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Result

Hrvctl = Callable[..., Result]

# Every command that writes a file or a folder that a person names, and where.
WRITERS = (
    "demo {folder}",
    "export {folder}",
    "backup {file}",
    "backtest --models naive --csv {file}",
    "bug-report {file}",
    "ledger anchor {file}",
    "report {file}",
    "report {file} --pdf",
)
NAMES = (
    "journal_entries.csv",
    "physiological_cycles.csv",
    "measurements.csv",
    "hrvctl_export.json",
)


@pytest.mark.usefixtures("home_with_two_runs")
@pytest.mark.parametrize("words", WRITERS)
@pytest.mark.parametrize("content", [b"mine\n", b"\x00\xff", b"subject;date;mean\n"])
def test_a_foreign_file_stays_as_it_is(
    hrvctl: Hrvctl, tmp_path: Path, words: str, content: bytes
) -> None:
    """Refused in words, with every byte in its place."""
    folder, file = tmp_path / "export", tmp_path / "file"
    folder.mkdir()
    places = [file, *(folder / name for name in NAMES)]
    for place in places:
        place.write_bytes(content)
    done = hrvctl(*(word.format(folder=folder, file=file) for word in words.split()))
    assert done.code in {1, 2, 3}
    assert done.err
    assert {place: place.read_bytes() for place in places} == dict.fromkeys(places, content)
    assert sorted(folder.iterdir()) == sorted(folder / name for name in NAMES)


@pytest.mark.usefixtures("home_with_two_runs")
def test_a_backtest_replaces_its_own_file(hrvctl: Hrvctl, tmp_path: Path) -> None:
    """A script that runs every week needs no new name."""
    words = ("backtest", "--models", "naive", "--csv", tmp_path / "naive.csv")
    assert hrvctl(*words).code == 0
    before = (tmp_path / "naive.csv").read_bytes()
    assert hrvctl(*words).code == 0
    assert (tmp_path / "naive.csv").read_bytes() == before
