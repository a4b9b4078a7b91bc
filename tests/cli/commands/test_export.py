"""`hrvctl export`: all data of one subject, in CSV, JSON or Parquet."""

import csv
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cli.homes import tree
from conftest import Result
from hrvctl.store.home import Home
from hrvctl.store.inspection import EXPORTED

Hrvctl = Callable[..., Result]

# Tables without a subject, and those derived from a person's files or made again by a run.
# The rows of the chain are in the view `ledger`, which is exported.
NOT_EXPORTED = {
    "artifacts",
    "evenings",
    "leftovers",
    "ledger_head",
    "notes_read",
    "pages",
    "unknown_words",
}
CHAIN = {"entries", "ledger_v1", "erased_rows"}


def test_every_table_of_a_subject_is_exported(home_with_two_runs: Home) -> None:
    """A new table is exported, or named here with why not."""
    with closing(sqlite3.connect(home_with_two_runs.database)) as database:
        names = {
            row[0]
            for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
    assert names - NOT_EXPORTED - CHAIN - set(EXPORTED) == {
        n for n in names if n.startswith("sqlite_")
    }


@pytest.mark.usefixtures("home_with_two_runs")
def test_csv_and_json_hold_the_same_rows_as_the_store(
    home: Home, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """Row for row, cell for cell, of this subject alone."""
    hrvctl("journal", "add", "--tag", "alcohol=2")
    counted = hrvctl("export", tmp_path / "c", "--json").data["n_rows"]
    assert hrvctl("export", tmp_path / "j", "--format", "json").code == 0
    content = json.loads((tmp_path / "j" / "hrvctl_export.json").read_text())
    assert content["subject"] == "me"
    with closing(sqlite3.connect(home.database)) as database:
        for name, n in counted.items():
            count = f"SELECT count(*) FROM {name}"  # noqa: S608 - the export's own names
            (stored,) = database.execute(count).fetchone()
            with (tmp_path / "c" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
            objects = content["tables"][name]
            assert stored == n == len(rows) == len(objects)
            for row, written in zip(rows, objects, strict=True):
                assert list(row) == list(written)
                assert {k: "" if v is None else str(v) for k, v in written.items()} == {
                    k: v.removeprefix("'") for k, v in row.items()
                }
    assert {"measurements", "journal", "ledger", "imports"} <= set(counted)


@pytest.mark.usefixtures("home_with_two_runs")
def test_an_export_never_writes_over_anything(hrvctl: Hrvctl, tmp_path: Path) -> None:
    """A folder that holds something is refused; so is a file."""
    (tmp_path / "mine.txt").write_text("mine")
    for place in (tmp_path, tmp_path / "mine.txt"):
        refused = hrvctl("export", place)
        assert refused.code == 2
        assert "not an empty folder" in refused.err
    assert (tmp_path / "mine.txt").read_text() == "mine"


@pytest.mark.usefixtures("home_with_two_runs")
def test_a_dry_run_counts_the_rows_and_writes_nothing(
    home: Home, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """And writes neither there nor in the home."""
    before = tree(home.root)
    said = hrvctl("export", tmp_path / "out", "--dry-run", "--json").data
    assert said["n_rows"]["measurements"] > 100
    assert not (tmp_path / "out").exists()
    assert tree(home.root) == before


@pytest.mark.usefixtures("home_with_two_runs")
def test_parquet_without_its_package_says_what_to_install(hrvctl: Hrvctl, tmp_path: Path) -> None:
    """Or writes a file a table, where the package is there."""
    result = hrvctl("export", tmp_path / "out", "--format", "parquet")
    try:
        import pyarrow  # noqa: F401 - whether it is there decides what is promised
    except ImportError:
        assert result.code == 2
        assert "pip install pyarrow" in result.err
        assert not (tmp_path / "out").exists()
    else:
        assert (tmp_path / "out" / "measurements.parquet").stat().st_size > 0


@pytest.mark.usefixtures("home_with_two_runs")
def test_an_unknown_subject_exports_nothing(hrvctl: Hrvctl, tmp_path: Path) -> None:
    """Nothing to do is its own code, and makes no folder."""
    assert hrvctl("--subject", "nobody", "export", tmp_path / "out").code == 4
    assert not (tmp_path / "out").exists()
