"""Tear files of a home at random, and see that every command ends in a sentence about it.

    python benchmarks/torn.py [--files 2000] [--seed 1] [--workers 1]

Each trial copies a simulated person's home and damages one file: cut short, emptied, bits flipped,
a block of zeros or of noise, another file's content; or one value of one row of the database. Then
some commands run. Each may succeed, or fail with a code and a message of its own; a traceback, "a
bug", a code that is not documented, or no end within a minute is a fault. At the end one line per
kind of damage counts files, commands and faults; the program exits with 1 when there are faults.
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from multiprocessing.pool import ThreadPool
from pathlib import Path

from commands import run_at

from hrvctl.errors import ExitCode
from hrvctl.samples.people import draw_people
from hrvctl.samples.simulation import simulate_until
from hrvctl.samples.whoop_export import write_export

EVENING = datetime(2026, 3, 10, 21, tzinfo=UTC)
N_DAYS, PERSON_SEED = 30, 4
# Longest that one trial may take before it counts as waiting for good, seconds.
PATIENCE_S = 60
# How many commands run on each damaged home, besides `daily` on every so many.
N_COMMANDS, DAILY_EVERY = 5, 3
COMMANDS = (
    *("status", "show forecast", "show ledger", "show metrics", "guess 60", "journal list"),
    *("journal add two beers", "journal undo", "data list", "data why 2026-03-09", "data days"),
    *("data exclude 2026-03-02 --reason sick", "reconcile", "score", "effects", "ledger verify"),
    *("doctor", "runs", "config show", "config check", "config set keep_runs 5", "prune"),
    *("ledger exclude 2027-03-10 --reason ahead", "ledger include 2027-03-10 --reason slip"),
    *("export out", "backup", "rebuild", "bug-report report.txt", "daily --dry-run", "import x"),
)
SETTINGS = 'subject = "me"\nkeep_runs = 30\nvocabulary = "vocabulary.toml"\n'
VOCABULARY = '[tags.kombucha]\nwords = ["kombucha"]\n'


def call(home: Path, words: str, at: datetime = EVENING) -> tuple[int, str]:
    """Run one command in this process; returns its code and all that it printed."""
    with contextlib.chdir(home.parent):
        code, out, err = run_at(home, at, *words.split())
    return code, out + err


def make_home(root: Path) -> Path:
    """A home with two evenings, a journal, guesses, choices, a backup, an exclusion, settings."""
    home, (traits,) = root / "home", draw_people(1, PERSON_SEED)
    for back in (1, 0):
        at = EVENING - timedelta(days=back)
        person = simulate_until(traits, last_day=at.date(), n_days=N_DAYS, seed=PERSON_SEED)
        write_export(person, root / f"export-{back}")
        for words in (
            *(f"import export-{back}", "journal add two beers, slept badly", "guess 61", "daily"),
            *(f"data exclude {date(2026, 3, 1 + back)} --reason sick", "data prefer whoop"),
        ):
            call(home, words, at)
    ahead = EVENING + timedelta(days=365)
    call(home, "guess 62", ahead)
    call(home, f"ledger exclude {ahead.date()} --reason ahead")
    call(home, "journal undo")
    call(home, "reconcile --date 2026-03-10 --actual 63 --reason sensor")
    call(home, "backup")
    (home / "config.toml").write_text(SETTINGS)
    (home / "vocabulary.toml").write_text(VOCABULARY)
    (home / "lock.json").write_text(
        json.dumps({"pid": 1, "host": "elsewhere", "since": EVENING.isoformat()})
    )
    return home


def cut(content: bytes, draw: random.Random) -> bytes:
    """The beginning of it."""
    return content[: draw.randrange(len(content) + 1)]


def flip(content: bytes, draw: random.Random) -> bytes:
    """A few bits flipped."""
    torn = bytearray(content)
    for _ in range(draw.choice((1, 3, 30)) if torn else 0):
        torn[draw.randrange(len(torn))] ^= 1 << draw.randrange(8)
    return bytes(torn)


def overwrite(content: bytes, draw: random.Random) -> bytes:
    """A block of zeros or of noise in it."""
    first, n = draw.randrange(len(content) + 1), draw.choice((16, 512, 4096))
    block = bytes(n) if draw.random() < 0.5 else draw.randbytes(n)
    return content[:first] + block + content[first + n :]


def grow(content: bytes, draw: random.Random) -> bytes:
    """Something after its end."""
    return content + draw.choice((b"\0" * 100, b"}]", content[:300], draw.randbytes(50)))


def nest(_: bytes, draw: random.Random) -> bytes:
    """What parsers are afraid of."""
    return draw.choice((b"[" * 100_000, b"9" * 5000, b'{"a":1e400}', b"\xff\xfe", b"null", b""))


DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (cut, flip, overwrite, grow, nest)


def damage_value(database: Path, draw: random.Random) -> str:
    """Change one value of one row to another of its kind or of none; returns where."""
    with contextlib.closing(sqlite3.connect(database)) as db:
        triggers = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        kept = list(triggers)
        for name, _ in kept:
            db.execute(f'DROP TRIGGER "{name}"')
        names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        tables = [name for (name,) in db.execute(f"{names} ORDER BY name")]
        full = [t for t in tables if db.execute(f'SELECT count(*) FROM "{t}"').fetchone()[0]]  # noqa: S608 - our own names
        table = draw.choice(full)
        columns = [row[1] for row in db.execute(f'PRAGMA table_info("{table}")')]
        column = draw.choice(columns)
        rows = db.execute(f'SELECT rowid, "{column}" FROM "{table}" ORDER BY rowid').fetchall()  # noqa: S608
        # The newest row is read by most commands.
        rowid, value = rows[-1] if draw.random() < 0.5 else draw.choice(rows)
        old = value if isinstance(value, bytes) else str(value).encode()
        new: object = flip(old, draw) if draw.random() < 0.5 else draw.choice(DAMAGES)(old, draw)
        if draw.random() < 0.3:
            new = draw.choice((None, "", -1, 2**62, 1e308, float("inf"), "x", b"\xff"))
        # As text, whether it is UTF-8 or not.
        is_blob = isinstance(value, bytes) or not isinstance(new, bytes)
        how = "?" if is_blob else "CAST(? AS TEXT)"
        db.execute("PRAGMA ignore_check_constraints = ON")
        with contextlib.suppress(sqlite3.Error):
            db.execute(f'UPDATE "{table}" SET "{column}" = {how} WHERE rowid = ?', (new, rowid))  # noqa: S608
        for _, sql in kept:
            db.execute(sql)
        db.commit()
    return f"{table}.{column}"


def files_of(home: Path) -> list[Path]:
    """Every file of a home but the exports in its inbox."""
    return sorted(path for path in home.rglob("*") if path.is_file() and "inbox" not in path.parts)


def damage(home: Path, draw: random.Random) -> str:
    """Damage one thing in a home; returns what and how."""
    if draw.random() < 0.35:
        return f"value {damage_value(home / 'hrvctl.db', draw)}"
    files = files_of(home)
    path = draw.choice([home / "hrvctl.db", *files] if draw.random() < 0.3 else files)
    how = draw.choice(DAMAGES)
    path.write_bytes(how(path.read_bytes(), draw))
    return f"{how.__name__} {path.relative_to(home)}"


def faults(home: Path, commands: list[str]) -> Iterator[str]:
    """What is wrong with how commands end on a damaged home."""
    for words in commands:
        code, said = call(home, words)
        if code not in set(ExitCode):
            yield f"{words}: code {code}"
        if "a bug" in said or "Traceback" in said or "bug-report and report" in said:
            yield f"{words}: {said.strip().splitlines()[0][:200]}"
        if code not in (0, 4) and words != "import x" and not said.strip():
            yield f"{words}: code {code} without a word"


def trial(template: Path, seed: int) -> tuple[str, int, list[str]]:
    """Damage a copy of the home and run some commands; returns damage, their number, faults."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        shutil.copytree(template, home)
        what = damage(home, draw)
        commands = draw.sample(COMMANDS, N_COMMANDS)
        commands += ["daily"] if seed % DAILY_EVERY == 0 else []
        return what, len(commands), list(faults(home, commands))


def _in_child(job: tuple[Path, int]) -> tuple[int, str, int, list[str]]:
    """One trial in a process of its own, so that none can hang or end all others."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.alarm(PATIENCE_S)
        with os.fdopen(writing, "w") as pipe:
            try:
                json.dump(trial(*job), pipe)
            except BaseException as error:  # noqa: BLE001 - the parent reports it
                json.dump(["unknown", 0, [f"{type(error).__name__}: {error}"]], pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    os.waitpid(pid, 0)
    what, n, found = json.loads(text) if text else ("unknown", 0, ["no end within a minute"])
    return job[1], what, n, found


def main() -> None:
    """Run the trials and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    for name in [name for name in os.environ if name.startswith("HRVCTL_")]:
        del os.environ[name]
    files: Counter[str] = Counter()
    commands: Counter[str] = Counter()
    fell: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        template = make_home(Path(folder))
        jobs = [(template, options.seed * 1_000_000 + n) for n in range(options.files)]
        with ThreadPool(options.workers) as pool:
            for seed, what, n, found in pool.imap_unordered(_in_child, jobs):
                kind = what.split()[0]
                files[kind] += 1
                commands[kind] += n
                fell[kind] += bool(found)
                for fault in found:
                    print(f"seed {seed}, {what}: {fault}", flush=True)
    for kind in sorted(files):
        print(f"{kind:10} files {files[kind]:5} commands {commands[kind]:6} fell {fell[kind]:4}")
    print(f"{'all':10} files {files.total():5} commands {commands.total():6} fell {fell.total():4}")
    sys.exit(1 if fell.total() else 0)


if __name__ == "__main__":
    main()
