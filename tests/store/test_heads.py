"""The file of the heads seen: it counts what was sealed once and is not in the ledger any more."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrvctl.errors import DataError
from hrvctl.store.heads import find_lost, load_heads, note_head, note_restored
from hrvctl.store.home import Home

FIRST = datetime(2026, 1, 1, 20, tzinfo=UTC)


@dataclass
class Chain:
    """A chain of hashes in memory, in the tables that the heads are read from."""

    rows: list[str] = field(default_factory=list)
    n_ever: int = 0

    def seal(self, n: int) -> None:
        """Append rows that no other chain has, a day apart."""
        for _ in range(n):
            self.n_ever += 1
            self.rows.append(hashlib.sha256(str(self.n_ever).encode()).hexdigest())

    @contextmanager
    def opened(self) -> Iterator[sqlite3.Connection]:
        """The tables with its rows."""
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.row_factory = sqlite3.Row
            connection.execute("CREATE TABLE ledger_v1 (seq, hash, created_at)")
            connection.execute("CREATE TABLE entries (seq, hash, created_at)")
            connection.execute("CREATE TABLE erased_rows (seq, prev_hash, hash)")
            connection.execute("CREATE TABLE ledger_head (n, hash)")
            for n, one in enumerate(self.rows, 1):
                at = (FIRST + timedelta(days=n)).isoformat()
                connection.execute("INSERT INTO entries VALUES (?, ?, ?)", (n, one, at))
            if self.rows:
                head = (len(self.rows), self.rows[-1])
                connection.execute("INSERT INTO ledger_head VALUES (?, ?)", head)
            yield connection


def note(home: Home, chain: Chain) -> None:
    with chain.opened() as connection:
        note_head(home, connection)


def lost(home: Home, chain: Chain) -> list[tuple[int, bool]]:
    """How many rows each time, and whether by a restore."""
    with chain.opened() as connection:
        found = find_lost(connection, load_heads(home))
    return [(one.n, one.restored_on is not None) for one in found]


@settings(max_examples=40)
@given(
    n_first=st.integers(1, 5),
    steps=st.lists(
        st.tuples(st.integers(1, 9), st.integers(1, 9), st.booleans(), st.booleans()), max_size=4
    ),
)
def test_rows_taken_back_are_counted_once_each(
    tmp_path_factory: pytest.TempPathFactory,
    n_first: int,
    steps: list[tuple[int, int, bool, bool]],
) -> None:
    """Whatever is sealed, taken back and sealed again: all that is gone, and nothing else.

    Each step seals rows and goes back by as many as it can below the first ones; with a restore or
    by hand, and the next command comes before the next row is sealed or is the one that seals it.
    """
    home, chain, gone = Home(tmp_path_factory.mktemp("home")), Chain(), 0
    chain.seal(n_first)
    note(home, chain)
    for n_sealed, n_back, is_restored, is_seen in steps:
        chain.seal(n_sealed)
        note(home, chain)
        back = min(n_back, n_sealed)
        del chain.rows[len(chain.rows) - back :]
        gone += back
        if is_restored:
            note_restored(home, (len(chain.rows), chain.rows[-1]), at=FIRST)
        if is_seen:
            assert sum(n for n, _ in lost(home, chain)) == gone
        note(home, chain)  # every command that writes does so first
    assert sum(n for n, _ in lost(home, chain)) == gone
    chain.seal(20)
    note(home, chain)
    assert sum(n for n, _ in lost(home, chain)) == gone


def test_a_chain_that_only_grows_has_lost_nothing_and_takes_one_line(tmp_path: Path) -> None:
    """The file does not grow with the ledger, and is private."""
    home, chain = Home(tmp_path), Chain()
    note(home, chain)
    assert not home.heads.exists()
    for _ in range(5):
        chain.seal(3)
        note(home, chain)
        assert len(home.heads.read_text().splitlines()) == 1
    assert lost(home, chain) == []
    assert home.heads.stat().st_mode & 0o777 == 0o600


def test_rows_that_come_back_are_not_lost_any_more(tmp_path: Path) -> None:
    """An older backup, and then the newer database again."""
    home, chain = Home(tmp_path), Chain()
    chain.seal(6)
    note(home, chain)
    older = Chain(chain.rows[:4])
    note(home, older)
    assert lost(home, older) == [(2, False)]
    assert lost(home, chain) == []


def test_a_chain_rewritten_as_a_whole_has_lost_every_row(tmp_path: Path) -> None:
    """Not one of the rows that were seen is in it."""
    home, chain = Home(tmp_path), Chain()
    chain.seal(6)
    note(home, chain)
    other = Chain(n_ever=100)
    other.seal(9)
    assert lost(home, other) == [(6, False)]


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"x\n", b"2026-13-01 1 " + b"0" * 64 + b" sealed\n"]
)
def test_a_damaged_file_is_named_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    """What it has seen may be all that is left of it."""
    home, chain = Home(tmp_path), Chain()
    chain.seal(1)
    home.heads.write_bytes(content)
    note(home, chain)
    assert home.heads.read_bytes() == content
    with pytest.raises(DataError, match=r"ledger-heads\.txt, line 1"):
        load_heads(home)
