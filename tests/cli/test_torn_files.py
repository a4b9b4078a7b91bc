"""Damaged files and values: each command ends in a sentence that names them, never as a bug."""

import contextlib
import json
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import torn

from conftest import Result
from hrvctl.store.damage import find_damage
from hrvctl.store.home import Home

Hrvctl = Callable[..., Result]

LIGHT = ("status", "show forecast", "show ledger", "guess 60", "journal list", "score", "data list")
# A value that its column cannot hold, and a command that reads it.
VALUES = (
    ("journal", "value", "x", "journal list"),
    ("journal", "first_seen_at", "x", "journal list"),
    ("entries", "payload", "[]", "status"),
    ("entries", "payload", {"target": "2026-13-45"}, "show ledger"),
    ("entries", "payload", {"quantiles": "{"}, "show ledger"),
    ("entries", "payload", {"quantiles": {"0.1": "a"}}, "score"),
    ("entries", "payload", {"mean": "1e999"}, "show ledger"),
    ("entries", "created_at", b"\xff", "show ledger"),
    ("outcomes", "metric", "x", "status"),
    ("outcomes", "revision", "x", "score"),
    ("outcomes", "value_ms", "x", "status"),
    ("measurements", "value", "x", "data why 2026-03-10"),
    ("measurements", "day", "", "data list"),
    ("measurements", "metric", "hrv", "data list"),
    ("imports", "imported_at", "yesterday", "doctor"),
)


def change(home: Home, table: str, column: str, value: object) -> None:
    """Give the last row of a table another value in one column, as far as the table takes it.

    Of a payload the keys given are changed.
    """
    with contextlib.closing(sqlite3.connect(home.database)) as database:
        triggers = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        kept = triggers.fetchall()
        for name, _ in kept:
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("PRAGMA ignore_check_constraints = ON")
        new = "CAST(? AS TEXT)" if isinstance(value, bytes) else "?"
        if isinstance(value, dict):
            new, value = f"json_patch({column}, ?)", json.dumps(value)
        where = f"rowid = (SELECT max(rowid) FROM {table})"  # noqa: S608 - our own names
        database.execute(f"UPDATE {table} SET {column} = {new} WHERE {where}", (value,))  # noqa: S608
        for _, sql in kept:
            database.execute(sql)
        database.commit()


def check(done: Result, words: str) -> None:
    """A code of ours, in words."""
    assert "a bug" not in done.err, (words, done.err)
    assert "Traceback" not in done.err, words
    assert done.code in {0, 1, 2, 3, 4, 5, 10, 11, 12}, (words, done.err)


@pytest.mark.parametrize(("table", "column", "value", "words"), VALUES)
def test_a_damaged_value_is_named_with_the_way_out(
    hrvctl: Hrvctl, home_with_two_runs: Home, table: str, column: str, value: object, words: str
) -> None:
    """Table, row, column, and the newest backup."""
    hrvctl("guess", "61")
    hrvctl("journal", "add", "two beers")
    hrvctl("backup")
    change(home_with_two_runs, table, column, value)
    assert f"table {table}, row " in find_damage(home_with_two_runs)
    for each in (words, *LIGHT):
        done = hrvctl(*each.split())
        check(done, each)
        if done.code == 10:
            assert f"column {column}" in done.err or "cannot use the database" in done.err, done.err
            assert "hrvctl restore" in done.err


def test_a_damaged_schema_is_named_with_the_way_out(
    hrvctl: Hrvctl, home_with_two_runs: Home, tmp_path: Path
) -> None:
    """SQLite quotes it in a message that is no text; a restore replaces such a database."""
    saved = tmp_path / "saved.db"
    assert hrvctl("backup", saved).code == 0
    with contextlib.closing(sqlite3.connect(home_with_two_runs.database)) as database:
        database.execute("PRAGMA writable_schema = ON")
        database.execute(
            "UPDATE sqlite_master SET name = CAST(x'a96e' AS TEXT), sql = 'CREATE TABLE ('"
            " WHERE name = 'notes'"
        )
        database.commit()
    for words in (*LIGHT, "ledger verify", "doctor", "backup", "daily"):
        done = hrvctl(*words.split())
        check(done, words)
        assert "its tables are no text" in done.out + done.err or done.code == 0, words
    refused = hrvctl("restore", home_with_two_runs.database, "--force")
    check(refused, "restore")
    assert "is not a backup: the names of its tables are no text" in refused.err
    assert hrvctl("restore", saved, "--force").code == 0
    assert hrvctl("ledger", "verify").code == 0


def test_a_missing_revision_of_an_outcome_stops_what_would_hide_it(
    hrvctl: Hrvctl, home_with_two_runs: Home
) -> None:
    """Recorded anew, the measured value would take the place of a person's correction."""
    words = ("--date", "2026-03-10", "--actual", "63", "--reason", "sensor slipped")
    assert hrvctl("reconcile", *words).code == 0
    with contextlib.closing(sqlite3.connect(home_with_two_runs.database)) as database:
        database.execute("DROP TRIGGER outcomes_no_update")
        database.execute(
            "UPDATE outcomes SET subject = 'm' WHERE (day, revision) = ('2026-03-10', 1)"
        )
        database.commit()
    for command in ("daily", "reconcile"):
        done = hrvctl(command)
        assert done.code == 1
        assert "the outcome of 2026-03-10 cannot be recorded: its revision 1 is missing" in done.err
        assert "hrvctl restore" in done.err
        assert "a bug" not in done.err
    assert "revision 1), " in hrvctl("doctor").out


def test_a_sound_home_has_no_damage(hrvctl: Hrvctl, home_with_two_runs: Home) -> None:
    """Every kind of row, as the commands write it."""
    for words in ("guess 61", "journal add two beers", "journal undo", "data prefer whoop"):
        assert hrvctl(*words.split()).code == 0
    hrvctl("data", "exclude", "2026-03-02", "--reason", "sick")
    assert find_damage(home_with_two_runs) == ""


def test_an_error_on_a_sound_home_stays_a_bug(
    hrvctl: Hrvctl, home_with_two_runs: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Damage is only claimed where it is found."""

    def broken(*_: object) -> None:
        raise ValueError("Invalid isoformat string: 'x'")

    monkeypatch.setattr("hrvctl.store.ledger.load_head", broken)
    monkeypatch.setattr("hrvctl.usecases.backup.load_head", broken)
    done = hrvctl("backup")
    assert (done.code, "a bug: ValueError" in done.err) == (1, True)
    assert home_with_two_runs.exists()


@pytest.mark.parametrize("seed", range(12))
def test_files_torn_at_random_end_in_words(
    hrvctl: Hrvctl, home_with_two_runs: Home, seed: int
) -> None:
    """As `benchmarks/torn.py` does it, thousands of times and with every command."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    for path in (home_with_two_runs.root / "lock.json", home_with_two_runs.root / "config.toml"):
        path.write_text('{"pid": 1}' if path.suffix == ".json" else torn.SETTINGS)
    (home_with_two_runs.root / "vocabulary.toml").write_text(torn.VOCABULARY)
    files = [path for path in torn.files_of(home_with_two_runs.root) if "history" not in path.parts]
    path, how = draw.choice(files), draw.choice(torn.DAMAGES)
    path.write_bytes(how(path.read_bytes(), draw))
    for words in LIGHT:
        check(hrvctl(*words.split()), f"{how.__name__} {path}: {words}")


def test_a_damaged_last_line_of_the_log_is_passed_over(
    hrvctl: Hrvctl, home_with_two_runs: Home
) -> None:
    """An impossible date is no date."""
    log = home_with_two_runs.log
    with log.open("a") as file:
        file.write("2026-99-99 20:00:00+02:00 INFO daily of me ended with 0 (done)\n")
    check(hrvctl("status"), "status")


@pytest.mark.slow
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"# Written by hrvctl.\n",
        b"telemetry: {enab",
        b"telemetry: {enabled: false}\ncompute_logs: {module: dagster, class: NoOp}\n",
        b"\xff\xfe",
        b"[" * 10_000,
    ],
)
def test_a_torn_dagster_yaml_is_written_again(
    hrvctl: Hrvctl, home_with_two_runs: Home, content: bytes
) -> None:
    """Telemetry stays off, and the evening goes on."""
    path = home_with_two_runs.dagster / "dagster.yaml"
    path.write_bytes(content)
    assert hrvctl("daily").code in {0, 4}
    assert b"telemetry: {enabled: false}" in path.read_bytes()
    (aside,) = home_with_two_runs.dagster.glob("damaged-*/dagster.yaml")
    assert aside.read_bytes() == content


@pytest.mark.slow
@pytest.mark.parametrize("name", ["runs.db", "runs/index.db"])
def test_a_page_of_the_run_history_that_only_some_queries_read_stops_no_evening(
    hrvctl: Hrvctl, home_with_two_runs: Home, name: str
) -> None:
    """Every page is checked when it is opened."""
    path = home_with_two_runs.dagster / "history" / name
    content = path.read_bytes()
    path.write_bytes(content[:-8192] + b"\xff" * 4096 + content[-4096:])
    for words in ("reconcile", "runs", "daily"):
        done = hrvctl(*words.split())
        check(done, words)
        assert done.code in {0, 4}, (words, done.err)
