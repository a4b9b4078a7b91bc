"""`hrvctl ledger verify`: a whole chain passes, a changed row is named."""

import csv
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from cli.homes import make_export
from conftest import TODAY, Result
from hrvctl.store.home import Home

Hrvctl = Callable[..., Result]


def test_ledger_of_sealed_evenings_verifies(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """The number of rows and the last hash are those of the file."""
    with closing(sqlite3.connect(home_with_two_runs.database)) as connection:
        (n,) = connection.execute("SELECT count(*) FROM ledger").fetchone()
        (head,) = connection.execute("SELECT hash FROM ledger WHERE seq = ?", (n,)).fetchone()
    assert hrvctl("ledger", "verify", "--json").data == {"n_rows": n, "head": head}
    assert hrvctl("ledger", "verify").out == f"The ledger is intact: {n} rows, head {head[:16]}.\n"


def test_ledger_that_was_touched_does_not_verify(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """One changed value behind its back is found, with the row; status 1."""
    with closing(sqlite3.connect(home_with_two_runs.database)) as connection:
        connection.execute("DROP TRIGGER ledger_no_update")
        connection.execute("UPDATE ledger SET mean_ms = mean_ms + 0.001 WHERE seq = 2")
        connection.commit()
    done = hrvctl("ledger", "verify")
    assert (done.code, done.out) == (1, "")
    assert "row 2" in done.err


def change(home: Home, *statements: str) -> None:
    """Change the database past its triggers."""
    with closing(sqlite3.connect(home.database)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in names.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_sealed_rows_are_made_again_to_the_last_digit(
    home_with_two_runs: Home, hrvctl: Hrvctl
) -> None:
    """Every row but the guesses; none from what was stored after its evening."""
    with closing(sqlite3.connect(home_with_two_runs.database)) as connection:
        (n,) = connection.execute("SELECT count(*) FROM ledger WHERE source <> 'guess'").fetchone()
    done = hrvctl("ledger", "reproduce", "--json")
    assert done.code == 0, done.out
    assert (done.data["n_equal"], done.data["n_evenings"], done.data["n_close"]) == (n, 2, 0)
    assert set(done.data["apart"]) <= {"guesses"}


def test_rescored_nights_do_not_change_what_is_made_again(
    home_with_two_runs: Home, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """A new export with other values of past nights leaves earlier evenings as they were."""
    before = hrvctl("ledger", "reproduce", "--json").data
    assert before["n_evenings"] == 2
    folder = make_export(tmp_path / "rescored", last_day=TODAY)
    (cycles,) = folder.rglob("physiological_cycles.csv")
    with cycles.open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    place = next(i for i, name in enumerate(header) if "variability" in name)
    for row in rows:
        row[place] = row[place] and str(int(float(row[place])) + 3)
    with cycles.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    later = TODAY + timedelta(days=1)
    assert hrvctl("import", folder, "--force", on=later).code == 0
    with closing(sqlite3.connect(home_with_two_runs.database)) as connection:
        (n,) = connection.execute("SELECT count(*) FROM measurement_history").fetchone()
    assert n > 10
    assert hrvctl("ledger", "reproduce", "--json", on=later).data == before


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        (
            "UPDATE measurements SET value = value + 1 WHERE rowid = 3",
            "a value, an answer or a choice",
        ),
        (
            "UPDATE measurements SET first_seen_at = '2030-01-01T00:00:00+00:00' WHERE rowid = 3",
            "was stored was changed",
        ),
        ("UPDATE ledger_made SET model_version = '1'", "the model version noted"),
        ("UPDATE ledger SET mean_ms = mean_ms + 1 WHERE seq = 2", "row 2: changed after"),
    ],
    ids=["value", "first-seen time", "model version", "row"],
)
def test_what_was_changed_is_found_and_named(
    home_with_two_runs: Home, hrvctl: Hrvctl, statement: str, named: str
) -> None:
    """Each kind of change fails the reproduction, with its row and its kind."""
    change(home_with_two_runs, statement)
    done = hrvctl("ledger", "reproduce")
    assert (done.code, done.out) == (1, "")
    assert named in done.err
    assert "row " in done.err


def test_value_changed_past_the_import_is_named_with_its_day(
    home_with_two_runs: Home, hrvctl: Hrvctl
) -> None:
    """The database keeps what was overwritten, so the changed value is known."""
    with closing(sqlite3.connect(home_with_two_runs.database)) as connection:
        (day,) = connection.execute("SELECT day FROM measurements WHERE rowid = 3").fetchone()
        connection.execute("UPDATE measurements SET value = value + 1 WHERE rowid = 3")
        connection.commit()
    done = hrvctl("ledger", "reproduce")
    assert done.code == 1
    assert f"on {day} was changed in place" in done.err


def test_rows_of_another_version_are_counted_apart(
    home_with_two_runs: Home, hrvctl: Hrvctl
) -> None:
    """Rows without a noted version are no fault; they are counted by name."""
    change(home_with_two_runs, "DELETE FROM ledger_made")
    done = hrvctl("ledger", "reproduce", "--json")
    assert done.code == 0
    assert done.data["n_equal"] == 0
    assert done.data["apart"]["sealed before rows named their model version"] > 0
