"""Generate random commands and check by plain SQL that what they reported as stored is there."""

import copy
import random
import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from invariants import database_faults

# The query that finds each kind of stored value, as a text that is unique per command.
WHERE = {
    "ledger": "SELECT hash FROM ledger",
    "notes": "SELECT text FROM notes",
    "guesses": "SELECT printf('%.9f', hrv_ms) FROM guesses",
    "outcomes": "SELECT reason FROM outcomes WHERE origin = 'manual'",
    "excluded": "SELECT note FROM excluded_days",
    "measured": "SELECT day || ' ' || printf('%.9f', value) FROM measurements"
    " WHERE source = 'table'",
}
# Long before any night of the simulated person, so that no day collides.
OLD_DAY = date(2014, 1, 1)
# Relative frequency of each command.
WEIGHTS = {
    "import": 3,
    "daily": 6,
    "reconcile": 2,
    "journal": 3,
    "guess": 2,
    "exclude": 1,
    "backup": 2,
    "restore": 2,
    "prune": 2,
}
UNFINISHED = ("NOT_STARTED", "STARTING", "STARTED", "CANCELING")

Facts = dict[str, set[str]]


class Commands:
    """Draws commands, and keeps a record of what the successful ones have stored."""

    def __init__(self, home: Path, scratch: Path, draw: random.Random) -> None:
        self.home, self.scratch, self._draw = home, scratch, draw
        self.n = 0
        self.facts: Facts = {name: set() for name in WHERE}
        self.backups: list[tuple[str, Facts]] = []
        self._promised = ("", "")
        self._restoring: Facts | None = None
        self._waiting: dict[Path, str] = {}

    def draw(self) -> tuple[str, list[str]]:
        """Draw the next command: its kind and its arguments."""
        kinds = [kind for kind in WEIGHTS if kind != "restore" or self.backups]
        (kind,) = self._draw.choices(kinds, [WEIGHTS[kind] for kind in kinds])
        self.n += 1
        self._promised, self._restoring = ("", ""), None
        return kind, getattr(self, f"_{kind}")()

    def keep(self, kind: str, words: list[str], data: Mapping[str, Any]) -> None:
        """Record what a command that ended with 0 reported as stored."""
        table, token = self._promised
        if table:
            self.facts[table].add(token)
        if kind == "restore" and self._restoring is not None:
            self.facts = copy.deepcopy(self._restoring)
        if kind == "backup":
            faults = database_faults(Path(data["file"]))
            if faults:
                raise SystemExit(f"{words}: {faults}")
            self.backups.append((data["file"], copy.deepcopy(self.facts)))
        if kind == "daily":
            self.settle()

    def settle(self) -> None:
        """After a run: the inbox was imported, and every ledger row seen must stay."""
        self.facts["measured"] |= set(self._waiting.values())
        self._waiting.clear()
        self.facts["ledger"] = set(self._present(self.home / "hrvctl.db", "ledger"))

    def may_be_restored(self) -> None:
        """After a killed `restore`: either the old or the new database is expected."""
        if self.missing() and self._restoring is not None:
            self.facts = copy.deepcopy(self._restoring)

    def missing(self) -> list[str]:
        """List recorded values that are missing, and any that are there twice."""
        faults = []
        for table, promised in self.facts.items():
            present = self._present(self.home / "hrvctl.db", table)
            faults += [f"{table}: {token!r} is lost" for token in promised if not present[token]]
            faults += [f"{table}: {token!r} {n} times" for token, n in present.items() if n > 1]
        for path, token in self._waiting.items():
            done = path.parent / "done" / path.name
            if not path.exists() and not done.exists():
                faults.append(f"inbox: {path.name} ({token}) is gone")
        return faults

    def _present(self, database: Path, table: str) -> Counter[str]:
        with closing(sqlite3.connect(database, timeout=60)) as connection:
            return Counter(row[0] for row in connection.execute(WHERE[table]))

    def _table(self, folder: Path) -> tuple[Path, str]:
        """Write a table with one night of its own."""
        day, hrv = OLD_DAY + timedelta(days=self.n), 30 + self.n / 128
        path = folder / f"table-{self.n}.csv"
        path.write_text(f"date,hrv_ms\n{day},{hrv!r}\n")
        return path, f"{day} {hrv:.9f}"

    def _import(self) -> list[str]:
        path, token = self._table(self.scratch)
        self._promised = "measured", token
        return ["import", str(path)]

    def _daily(self) -> list[str]:
        if self._draw.random() < 0.5:
            path, token = self._table(self.home / "inbox")
            self._waiting[path] = token
        return ["daily"]

    def _reconcile(self) -> list[str]:
        self._promised = "outcomes", f"token {self.n}"
        yesterday = date.today() - timedelta(days=1)  # noqa: DTZ011 - the person's own
        words = ["reconcile", "--date", str(yesterday), "--actual", repr(40 + self.n / 128)]
        return [*words, "--reason", f"token {self.n}"]

    def _journal(self) -> list[str]:
        # A day's amounts add up: a sum above the tag's limit would leave the answer out, and an
        # earlier state would come back, which is rightly sealed anew.
        text = f"{self.n / 20_000:.5f} beers, token {self.n}"
        self._promised = "notes", text
        return ["journal", "add", text]

    def _guess(self) -> list[str]:
        self._promised = "guesses", f"{40 + self.n / 128:.9f}"
        return ["guess", repr(40 + self.n / 128)]

    def _exclude(self) -> list[str]:
        self._promised = "excluded", f"token {self.n}"
        day = OLD_DAY + timedelta(days=self.n)
        return ["data", "exclude", str(day), "--reason", "sick", "--note", f"token {self.n}"]

    def _backup(self) -> list[str]:
        # Two in the same second would get the same default name.
        return ["backup", str(self.scratch / f"backup-{self.n}.db")]

    def _restore(self) -> list[str]:
        # One of the latest, so that most of the work is kept.
        file, self._restoring = self._draw.choice(self.backups[-3:])
        return ["restore", "--force", file]

    def _prune(self) -> list[str]:
        return ["prune"]


def unfinished_runs(home: Path) -> set[str]:
    """Runs whose status is unfinished although no process runs."""
    return {run for run, status in _runs(home).items() if status in UNFINISHED}


def badly_closed_runs(home: Path, dead: set[str]) -> list[str]:
    """List runs of dead processes that the next run did not close as it should."""
    faults = []
    runs = _runs(home)
    for run in dead:
        if run not in runs:
            continue  # pruned since
        shard = home / "dagster" / "history" / "runs" / f"{run}.db"
        with closing(sqlite3.connect(shard, timeout=60)) as connection:
            events = " ".join(r[0] for r in connection.execute("SELECT event FROM event_logs"))
        if runs[run] != "FAILURE" or "its process died" not in events:
            faults.append(f"run {run} is {runs[run]} and not closed with its reason")
    return faults + [f"run {run} is left open" for run in unfinished_runs(home)]


def _runs(home: Path) -> dict[str, str]:
    history = home / "dagster" / "history" / "runs.db"
    if not history.exists():
        return {}
    with closing(sqlite3.connect(history, timeout=60)) as connection:
        tables = {r[0] for r in connection.execute("SELECT name FROM sqlite_master")}
        if "runs" not in tables:
            return {}
        return dict(connection.execute("SELECT run_id, status FROM runs").fetchall())
