"""The database file: durable, migrated as a whole, and never a foreign one."""

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hrvctl.errors import HomeError
from hrvctl.records import JournalEntry
from hrvctl.store.database import Store, copy_database, open_store
from hrvctl.store.home import Home, create_home
from hrvctl.store.inspection import schema_faults
from hrvctl.store.measurements import load_journal, save_journal
from hrvctl.store.schema import APPLICATION_ID, MIGRATIONS, SCHEMA

AT = datetime(2026, 3, 10, 20, tzinfo=UTC)
ENTRY = JournalEntry(
    day=date(2026, 3, 9), tag="alcohol", value=2, text="alcohol=2", source="user", note="late"
)


def write_entry(home: Home) -> None:
    """Store one journal entry."""
    with open_store(home, write=True) as store, store.transaction():
        save_journal(store, "me", [ENTRY], at=AT)


def make_sqlite(path: Path, *statements: str) -> None:
    """Another program's database."""
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_writing_is_durable(home: Home) -> None:
    """WAL, a sync at every commit, and foreign keys are in force."""
    with open_store(home, write=True) as store:
        said = {
            name: store.connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "application_id")
        }
        version = store.connection.execute("PRAGMA user_version").fetchone()[0]
    full = 2
    assert said == {
        "journal_mode": "wal",
        "synchronous": full,
        "foreign_keys": 1,
        "application_id": APPLICATION_ID,
    }
    assert version == SCHEMA


def test_reading_creates_nothing(home: Home) -> None:
    """A home that is not there is not made by asking."""
    with pytest.raises(HomeError, match="nothing stored yet"), open_store(home, write=False):
        pass
    assert not home.root.exists()


def test_reading_cannot_write(home: Home) -> None:
    """What is opened for reading refuses every write."""
    write_entry(home)
    with (
        pytest.raises(HomeError, match="readonly"),
        open_store(home, write=False) as store,
    ):
        save_journal(store, "me", [ENTRY], at=AT)


def fail(why: str) -> None:
    """Go wrong."""
    raise RuntimeError(why)


def write_and_fail(store: Store) -> None:
    """Write in a transaction that goes wrong after it."""
    with store.transaction():
        save_journal(store, "me", [ENTRY], at=AT)
        fail("half way")


def write_and_fail_outside(store: Store) -> None:
    """Write in a transaction that ends well, in one that does not."""
    with store.transaction():
        with store.transaction():
            save_journal(store, "me", [ENTRY], at=AT)
        fail("outside")


def test_transaction_is_all_or_nothing(home: Home) -> None:
    """What failed half way leaves no half."""
    with open_store(home, write=True) as store:
        with pytest.raises(RuntimeError, match="half way"):
            write_and_fail(store)
        assert load_journal(store, "me") == []


def test_transaction_in_a_transaction_is_part_of_it(home: Home) -> None:
    """The outer one decides what is kept."""
    with open_store(home, write=True) as store:
        with pytest.raises(RuntimeError, match="outside"):
            write_and_fail_outside(store)
        assert load_journal(store, "me") == []


def foreign(path: Path) -> None:
    """A database of another program."""
    make_sqlite(path, "CREATE TABLE theirs (x)")


def foreign_with_id(path: Path) -> None:
    """One that says whose it is, and is empty."""
    make_sqlite(path, "PRAGMA application_id = 1", "PRAGMA user_version = 1")


def newer(path: Path) -> None:
    """Ours, by a later hrvctl."""
    make_sqlite(
        path,
        f"PRAGMA application_id = {APPLICATION_ID}",
        f"PRAGMA user_version = {SCHEMA + 1}",
        "CREATE TABLE measurements (x)",
    )


def text(path: Path) -> None:
    """No database at all."""
    path.write_text("dear diary\n" * 100)


def damaged(path: Path) -> None:
    """Ours, with its first pages overwritten."""
    make_sqlite(path, "CREATE TABLE t (x)")
    path.write_bytes(b"\0" * 4096 + path.read_bytes()[4096:])


@pytest.mark.parametrize("write", [True, False], ids=["writing", "reading"])
@pytest.mark.parametrize(
    ("make", "why"),
    [
        (foreign, "another program"),
        (foreign_with_id, "another program"),
        (newer, f"has schema {SCHEMA + 1}, this version of hrvctl reads up to {SCHEMA}"),
        (text, "not a database"),
        (damaged, "not a database"),
    ],
)
def test_file_that_is_not_ours_is_refused_and_never_touched(
    home: Home, make: Callable[[Path], None], why: str, write: bool
) -> None:
    """A foreign, newer or damaged file is named, with what to do, and keeps every byte."""
    create_home(home)
    make(home.database)
    before = hashlib.sha256(home.database.read_bytes()).hexdigest()
    with pytest.raises(HomeError, match=why) as caught, open_store(home, write=write):
        pass
    assert str(home.database) in caught.value.message
    assert caught.value.hint
    assert hashlib.sha256(home.database.read_bytes()).hexdigest() == before
    assert not list(home.root.glob("hrvctl.db-*"))


def test_empty_file_becomes_a_database_when_written(home: Home) -> None:
    """A file that a kill left empty is started again; reading it says what is missing."""
    create_home(home)
    home.database.touch()
    with pytest.raises(HomeError, match="nothing stored yet"), open_store(home, write=False):
        pass
    write_entry(home)
    with open_store(home, write=False) as store:
        assert load_journal(store, "me") == [ENTRY]


def test_copy_holds_what_the_first_holds(home: Home, tmp_path: Path) -> None:
    """A copy for a dry run has the rows and the inbox, and writing to it changes nothing here."""
    write_entry(home)
    (home.inbox / "export.csv").write_text("x")
    before = home.database.read_bytes()
    other = copy_database(home, Home(tmp_path / "copy"))
    with open_store(other, write=True) as store, store.transaction():
        assert load_journal(store, "me") == [ENTRY]
        store.connection.execute("UPDATE journal SET value = 99")
    assert (other.inbox / "export.csv").read_text() == "x"
    assert home.database.read_bytes() == before


def test_copy_of_nothing_is_an_empty_home(home: Home, tmp_path: Path) -> None:
    """A dry run on a home that is not there works on an empty one, and makes none."""
    other = copy_database(home, Home(tmp_path / "copy"))
    assert other.inbox.is_dir()
    assert not other.exists()
    assert not home.root.exists()


def test_copy_is_consistent_while_another_writes(home: Home, tmp_path: Path) -> None:
    """What is not committed is not copied."""
    write_entry(home)
    with open_store(home, write=True) as store:
        store.connection.execute("BEGIN IMMEDIATE")
        store.connection.execute("UPDATE journal SET value = 99")
        other = copy_database(home, Home(tmp_path / "copy"))
        store.connection.execute("ROLLBACK")
    with open_store(other, write=False) as store:
        assert load_journal(store, "me") == [ENTRY]


def test_ledger_of_the_format_before_keeps_every_row(home: Home) -> None:
    """A home whose rows ended at midnight: every row and trigger, also a row tampered with."""
    create_home(home)
    columns = "subject, target, horizon_days, source, metric, measured_by, mean_ms, quantiles_ms"
    more = "as_of, created_at, run_id, inputs_sha256, prev_hash, hash"
    with closing(sqlite3.connect(home.database, isolation_level=None)) as old:
        for migration in MIGRATIONS[:6]:
            old.executescript(migration)
        old.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        old.execute("PRAGMA user_version = 6")
        old.execute("PRAGMA ignore_check_constraints = ON")
        for n, at in enumerate(("2026-03-10T21:00:00+01:00", "2026-03-13T21:00:00+01:00"), 1):
            row = ["me", "2026-03-11", 1, "ses", "hrv_rmssd_ms", "whoop", 60.1, '{"0.5": 60.1}']
            row += ["2026-03-10", at, "run", "f" * 64, "0" * 64, f"{n:064}"]
            old.execute(
                f"INSERT INTO ledger (seq, {columns}, {more}) VALUES ({', '.join('?' * 15)})",  # noqa: S608
                [n, *row],
            )
        old.execute("INSERT INTO guesses VALUES (7, 'me', '2026-03-11', 61.5, '2026-03-10T22:00')")
        before = [old.execute(f"SELECT * FROM {name}").fetchall() for name in ("ledger", "guesses")]  # noqa: S608
    with open_store(home, write=True) as store:
        store.connection.row_factory = None
        after = [
            store.connection.execute(f"SELECT * FROM {name}").fetchall()  # noqa: S608
            for name in ("ledger_v1", "guesses")
        ]
        assert schema_faults(store) == []
        for statement in ("DELETE FROM ledger_v1", "UPDATE guesses SET hrv_ms = 1"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                store.connection.execute(statement)
    assert after == before
