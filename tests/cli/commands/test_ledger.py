"""`hrvctl ledger verify`: a whole chain passes, a changed row is named."""

import csv
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from cli.homes import make_export
from conftest import TODAY, Result
from hrvctl.domain.forecast.version import MODEL_VERSION
from hrvctl.records import NO_HASH
from hrvctl.records.chain import payload_hash, row_hash
from hrvctl.store.database import open_store
from hrvctl.store.home import Home
from hrvctl.store.ledger import load_sealed

CHANGED = "UPDATE entries SET payload = json_set(payload, '$.mean', 1) WHERE seq = 2"

Hrvctl = Callable[..., Result]


def test_ledger_of_sealed_evenings_verifies(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """The number of rows and the last hash are those of the file."""
    with closing(sqlite3.connect(home_with_two_runs.database)) as connection:
        (n,) = connection.execute("SELECT count(*) FROM entries").fetchone()
        (head,) = connection.execute("SELECT hash FROM entries WHERE seq = ?", (n,)).fetchone()
    data = hrvctl("ledger", "verify", "--json").data
    assert data == {
        "n_rows": n,
        "head": head,
        "n_seen": 0,
        "oddities": [],
        "in_question": [],
        "excluded": [],
        "lost": [],
        "n_unchained": 0,
        "n_forgotten": 0,
    }
    out = hrvctl("ledger", "verify").out
    assert out.startswith(
        f"The ledger is intact: {n} rows, head {head[:16]}.\nNot seen from here: "
    )


def test_ledger_that_was_touched_does_not_verify(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """One changed value behind its back is found, with the row; status 1."""
    with closing(sqlite3.connect(home_with_two_runs.database)) as connection:
        connection.execute("DROP TRIGGER entries_no_update")
        connection.execute(CHANGED)
        connection.commit()
    done = hrvctl("ledger", "verify")
    assert (done.code, done.out) == (1, "")
    assert "row 2" in done.err


def rewrite(home: Home, statement: str) -> None:
    """Change the ledger past its triggers, and make every hash anew, the heads too."""
    home.heads.unlink()
    with closing(sqlite3.connect(home.database)) as connection:
        triggers = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.executescript(statement)
        last = NO_HASH
        entries = connection.execute(
            "SELECT seq, v, kind, created_at, salt, payload FROM entries ORDER BY seq"
        ).fetchall()
        for seq, v, kind, created_at, salt, payload in entries:
            header = [seq, v, kind, created_at, payload_hash(salt, payload), last]
            last = row_hash(header)
            connection.execute(
                "UPDATE entries SET payload_sha256 = ?, prev_hash = ?, hash = ? WHERE seq = ?",
                (*header[4:], last, seq),
            )
        connection.execute("UPDATE ledger_head SET n = ?, hash = ?", (len(entries), last))
        for _, sql in triggers:
            connection.execute(sql)
        connection.commit()


@pytest.mark.parametrize(
    "statement",
    [
        CHANGED.replace("seq = 2", "seq = 3"),
        # Both, with the outcomes: one without an entry would be named.
        "DELETE FROM entries WHERE seq > (SELECT max(seq) - 4 FROM entries);"
        " DELETE FROM outcomes WHERE NOT EXISTS (SELECT 1 FROM entries"
        "  WHERE kind = 'outcome' AND (target, metric) = (outcomes.day, outcomes.metric))",
    ],
    ids=["rewritten", "cut"],
)
def test_a_chain_rewritten_with_its_head_is_found_by_each_witness(
    home_with_two_runs: Home, hrvctl: Hrvctl, tmp_path: Path, statement: str
) -> None:
    """By itself it verifies, and says what it does not see; a hash, a backup, an anchor see it."""
    head = hrvctl("ledger", "verify", "--json").data["head"]
    assert hrvctl("ledger", "anchor", tmp_path / "anchors").code == 0
    assert hrvctl("backup", tmp_path / "before.db").code == 0
    witnesses = (
        ("--head", head[:16]),
        ("--against", tmp_path / "before.db"),
        ("--anchors", tmp_path / "anchors"),
    )
    assert [hrvctl("ledger", "verify", *words).code for words in witnesses] == [0, 0, 0]
    rewrite(home_with_two_runs, statement)
    alone = hrvctl("ledger", "verify")
    assert alone.code == 0
    assert (
        "Not seen from here: a chain rewritten or cut together with ledger-heads.txt" in alone.out
    )
    for words in witnesses:
        done = hrvctl("ledger", "verify", *words)
        assert done.code == 1
        assert "which is not in the chain: it was rewritten or cut" in done.err


def touch(home: Home, statement: str) -> None:
    """Change rows past the triggers, which are then as they were."""
    with sqlite3.connect(home.database) as connection:
        triggers = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
            " AND tbl_name IN ('outcomes', 'guesses')"
        ).fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        assert connection.execute(statement).rowcount == 1
        for _, sql in triggers:
            connection.execute(sql)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        (
            "UPDATE outcomes SET value_ms = 61.5 WHERE revision = 1 AND metric LIKE 'hrv%'",
            r"row \d+: the outcome of 2026-03-10 \(me, hrv_rmssd_ms by whoop, revision 1\) is 61.5,"
            r" and was [\d.]+ \(value\)",
        ),
        (
            "UPDATE outcomes SET reason = 'better' WHERE revision = 2",
            r"revision 2\) is 'better', and was 'sensor slipped' \(reason\)",
        ),
        ("DELETE FROM outcomes WHERE revision = 2", r"row \d+: .* revision 2\), 70, is gone"),
        (
            "INSERT INTO outcomes SELECT subject, day, metric, measured_by, 3, 61, recorded_at,"
            " 'manual', 'forged' FROM outcomes WHERE revision = 2",
            r"revision 3\), 61, is not in the chain",
        ),
        (
            "UPDATE guesses SET hrv_ms = 99",
            r"row \d+: the guess of 64 ms for 2026-03-11 \(me\) is not among the guesses",
        ),
    ],
)
def test_an_outcome_or_a_guess_that_was_touched_is_named(
    home_with_two_runs: Home, hrvctl: Hrvctl, statement: str, named: str
) -> None:
    """A score is made of forecasts, guesses and outcomes; each has its entry in the chain."""
    assert hrvctl("guess", 64).code == 0
    words = ("--date", TODAY, "--actual", 70, "--reason", "sensor slipped")
    assert hrvctl("reconcile", *words).code == 0
    assert hrvctl("ledger", "verify").code == 0
    touch(home_with_two_runs, statement)
    done = hrvctl("ledger", "verify")
    assert done.code == 1
    assert re.search(named, done.err), done.err


def test_outcomes_of_an_older_version_join_the_chain_once(
    home_with_two_runs: Home, hrvctl: Hrvctl
) -> None:
    """Until then they are counted as not in it; afterwards one more without an entry is named."""
    with sqlite3.connect(home_with_two_runs.database) as connection:
        (n,) = connection.execute("SELECT count(*) FROM outcomes").fetchone()
        assert n
        trigger = connection.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'entries_no_delete'"
        ).fetchone()[0]
        connection.execute("DROP TRIGGER entries_no_delete")
        connection.execute("DELETE FROM entries WHERE kind = 'outcome'")
        last = connection.execute("SELECT max(seq), hash FROM entries").fetchone()
        connection.execute("UPDATE ledger_head SET n = ?, hash = ?", last)
        home_with_two_runs.heads.unlink()
        connection.execute(trigger)
        connection.commit()
    assert hrvctl("ledger", "verify", "--json").data["n_unchained"] == n
    told = f"{n} outcomes of an older version: not in the chain until the next evening."
    assert told in hrvctl("ledger", "verify").out
    words = ("--date", TODAY, "--actual", 70, "--reason", "sensor slipped")
    assert hrvctl("reconcile", *words).code == 0
    with sqlite3.connect(home_with_two_runs.database) as connection:
        kinds = connection.execute(
            "SELECT kind, count(*) FROM entries WHERE kind IN ('outcome', 'correction') GROUP BY 1"
        ).fetchall()
    assert dict(kinds) == {"outcome": n, "correction": 1}


def test_a_dropped_trigger_is_found(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """Without it rows can be changed."""
    change(home_with_two_runs)
    done = hrvctl("ledger", "verify")
    assert (done.code, "trigger ledger_no_update is missing" in done.err) == (1, True)


def test_anchors_are_added_and_other_files_are_left_alone(
    home_with_two_runs: Home, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """A line an evening; a file of something else is refused as it is."""
    assert home_with_two_runs.exists()
    file, other = tmp_path / "anchors", tmp_path / "notes.txt"
    other.write_text("my notes\n")
    assert [hrvctl("ledger", "anchor", file).code for _ in range(2)] == [0, 0]
    assert len(file.read_text().splitlines()) == 2
    done = hrvctl("ledger", "anchor", other)
    assert (done.code, other.read_text()) == (1, "my notes\n")
    assert "line 1: not an anchor" in done.err
    assert hrvctl("ledger", "verify", "--anchors", other).code == 1
    assert hrvctl("ledger", "verify", "--head", "not a hash").code == 2


def test_the_evening_shows_its_head(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """To be noted, or kept by a monitor or a command."""
    data = hrvctl("daily", "--json").data["ledger"]
    assert data["head"] == hrvctl("ledger", "verify", "--json").data["head"]
    assert f"Ledger: {data['n_rows']} rows, head {data['head'][:16]}\n" in hrvctl("daily").out
    assert home_with_two_runs.exists()


def test_a_clock_set_back_is_noted(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """A row sealed before the one before it, or in a far zone, is no fault, but is named."""
    rewrite(
        home_with_two_runs,
        "UPDATE entries SET created_at = '2026-03-01T08:00:00+14:00' WHERE seq = 2",
    )
    done = hrvctl("ledger", "verify")
    assert done.code == 0
    assert "Note: row 2 was sealed at 2026-03-01 08:00+14:00, before row 1" in done.out
    assert "Note: row 2 was sealed at UTC+1400, row 1 at UTC" in done.out


AHEAD = TODAY.replace(year=2027)
EXCLUDE = ("ledger", "exclude", AHEAD, "--reason", "the clock was a year ahead")
EXCLUDED = f"1 evening excluded by hand ({AHEAD}): the clock was a year ahead"


def in_registry(home: Home, column: str, sealed_on: date) -> set[str]:
    """One column of the rows sealed on a day."""
    with (home.artifacts("me") / "predictions_registry.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {row[column] for row in rows if row["created_at"].startswith(str(sealed_on))}


def test_an_evening_sealed_by_a_wrong_clock_is_put_right(
    home_with_two_runs: Home, hrvctl: Hrvctl
) -> None:
    """Named, and left out with its reason: nothing fails any more, and nothing is deleted."""
    hrvctl("guess", "60", on=AHEAD)
    hrvctl("journal", "add", "tea", on=AHEAD)
    failing = hrvctl("doctor")
    assert "2 waiting for their outcome" in hrvctl("score").out
    assert f"days in question: {AHEAD}" in failing.out
    command = f"hrvctl ledger exclude {AHEAD} --reason TEXT"
    assert command in failing.out
    verified = hrvctl("ledger", "verify")
    assert f"A wrong clock sealed on {AHEAD}." in verified.out
    assert command in verified.out
    assert "Dry run" in hrvctl(*EXCLUDE, "--dry-run").out
    assert hrvctl("ledger", "verify").out == verified.out
    done = hrvctl(*EXCLUDE)
    assert (done.code, done.err) == (0, "")
    assert f"{AHEAD}: 1 sealed row left out of every score" in done.out
    checked = hrvctl("doctor")
    assert "FAIL" not in checked.out
    assert EXCLUDED in checked.out
    verified = hrvctl("ledger", "verify")
    assert verified.code == 0
    assert f"Note: {EXCLUDED}." in verified.out
    assert "the clock was set back" not in verified.out
    assert "though its time agrees" not in verified.out
    assert f"Not counted: {EXCLUDED}." in hrvctl("score").out
    assert "1 waiting for their outcome" in hrvctl("score").out
    assert hrvctl("ledger", "reproduce").code == 0
    later = hrvctl("daily", "--guess", "66", on=TODAY + timedelta(days=1))
    assert "clock" not in later.err
    assert in_registry(home_with_two_runs, "counts", AHEAD) == {"no"}
    shown = hrvctl("show", "ledger", "--json").data
    assert [row["sealed at"][:10] for row in shown["excluded"]] == [str(AHEAD)]
    assert str(AHEAD) not in str(shown["rows"])


def test_excluded_evenings_are_made_again_as_all_others(
    home_with_two_runs: Home, hrvctl: Hrvctl
) -> None:
    """They keep their rows, and those sealed before and after the exclusion keep their records."""
    ahead, days = TODAY + timedelta(days=3), [TODAY + timedelta(days=n) for n in (1, 2)]
    assert hrvctl("daily", "--guess", "58", on=ahead).code == 5  # it takes the nights for old
    hrvctl("daily", "--guess", "59", on=days[0])
    done = hrvctl("ledger", "exclude", ahead, "--reason", "ahead", "--json", on=days[0])
    assert done.data["n_rows"] > 5
    hrvctl("daily", "--guess", "60", on=days[1])
    made = hrvctl("ledger", "reproduce", "--json", on=days[1]).data
    assert made["n_evenings"] == 5
    with open_store(home_with_two_runs, write=False) as store:
        rows = load_sealed(store, of_tomorrow=False, with_excluded=True)
    assert made["n_equal"] + sum(made["apart"].values()) == len(rows)
    assert in_registry(home_with_two_runs, "counts", ahead) == {"no"}


def test_what_was_excluded_can_be_counted_again(home_with_two_runs: Home, hrvctl: Hrvctl) -> None:
    """It takes another entry, and leaves the alarm where it was."""
    hrvctl("guess", "60", on=AHEAD)
    assert hrvctl(*EXCLUDE).code == 0
    back = hrvctl("ledger", "include", AHEAD, "--reason", "a slip")
    assert f"{AHEAD}: 1 sealed row counted again (a slip)." in back.out
    assert hrvctl("doctor").code == 1
    assert hrvctl("ledger", "verify").code == 0
    assert hrvctl("ledger", "include", AHEAD, "--reason", "a slip").code == 4
    with sqlite3.connect(home_with_two_runs.database) as connection:
        kinds = connection.execute("SELECT kind FROM entries ORDER BY seq DESC LIMIT 2").fetchall()
    assert kinds == [("exclusion",), ("exclusion",)]


@pytest.mark.usefixtures("home_with_two_runs")
def test_only_what_a_wrong_clock_sealed_can_be_excluded(hrvctl: Hrvctl) -> None:
    """A bad evening cannot be made to go away; nor can one without a reason."""
    hrvctl("guess", "60", on=AHEAD)
    refused = hrvctl("ledger", "exclude", TODAY, "--reason", "I was tired")
    assert refused.code == 2
    assert f"the clock was not wrong on {TODAY}" in refused.err
    assert f"days it can be said of: {AHEAD}" in refused.err
    assert hrvctl("ledger", "exclude", AHEAD, "--reason", " ").code == 1


@pytest.mark.usefixtures("home_with_two_runs")
def test_a_clock_set_back_to_exclude_an_evening_is_named(hrvctl: Hrvctl) -> None:
    """Afterwards the excluded evening stands in order between those before and after it."""
    before, after = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
    assert hrvctl("ledger", "exclude", TODAY, "--reason", "too bad", on=before).code == 0
    assert hrvctl("guess", "60", on=after).code == 0
    verified = hrvctl("ledger", "verify", on=after)
    assert f"Note: what was sealed on {TODAY} is excluded, though its time agrees" in verified.out
    assert "excluded by hand (2026-03-10): too bad" in hrvctl("score", on=after).out


@pytest.mark.usefixtures("home_with_two_runs")
def test_the_right_evening_of_the_same_date_still_counts(hrvctl: Hrvctl) -> None:
    """A clock two days ahead, then right: of that date only the wrong rows are left out."""
    days = [TODAY + timedelta(days=n) for n in (2, 0, 1, 2)]
    for ms, day in zip((50, 51, 52, 53), days, strict=True):
        assert hrvctl("guess", str(ms), on=day).code == 0
    done = hrvctl("ledger", "exclude", days[0], "--reason", "two days ahead", "--json", on=days[0])
    assert done.data["n_rows"] == 1
    shown = hrvctl("show", "ledger", "--json", on=days[0]).data
    assert [row["forecast"] for row in shown["excluded"]] == [50.0]
    guesses = [row["forecast"] for row in shown["rows"] if row["source"] == "guess"]
    assert guesses[-3:] == [51.0, 52.0, 53.0]
    again = hrvctl("guess", "50", on=days[0])
    assert again.code == 0
    assert "sealed" in again.out


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
        (
            "UPDATE entries SET payload = json_set(payload, '$.made.model_version', '1')",
            "the model version noted beside it (1) was changed",
        ),
        (CHANGED, "row 2: changed after"),
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
    home_with_two_runs: Home, hrvctl: Hrvctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of other arithmetic are no fault; they are counted by name."""
    monkeypatch.setattr("hrvctl.usecases.reproduction.MODEL_VERSION", "2099.1")
    done = hrvctl("ledger", "reproduce", "--json")
    assert done.code == 0
    assert done.data["n_equal"] == 0
    assert done.data["apart"][f"of another model version ({MODEL_VERSION})"] > 0
    assert home_with_two_runs.exists()
