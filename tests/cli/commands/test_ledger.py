"""`hrvctl ledger verify`: a whole chain passes, a changed row is named."""

import sqlite3
from collections.abc import Callable
from contextlib import closing

from conftest import Result
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
