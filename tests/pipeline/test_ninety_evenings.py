"""Living with it: ninety evenings after an upgrade, through the real commands."""

import csv
import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path

import pytest

from hrvctl.cli.main import run
from hrvctl.domain.tracking import verify
from hrvctl.errors import HrvctlError
from hrvctl.records import NO_HASH, Forecast, Metric, SealedForecast
from hrvctl.samples.people import Traits
from hrvctl.samples.simulation import simulate
from hrvctl.samples.whoop_export import write_export
from hrvctl.store.database import open_store
from hrvctl.store.home import Home, create_home
from hrvctl.store.ledger import load_chain, load_head
from hrvctl.store.schema import APPLICATION_ID, MIGRATIONS

pytestmark = pytest.mark.slow

ZONE = timezone(timedelta(hours=1))
# The last schema that overwrote what was revised.
OLD_SCHEMA = 4
# Metric and lead of *the* forecast.
HRV = ("hrv_rmssd_ms", 1)
VITALS = ("resting_hr_bpm", "respiratory_rate_rpm")
OF_HRV = (
    "SELECT target, source, lead, mean_ms, quantiles_ms FROM ledger WHERE metric = 'hrv_rmssd_ms'"
)
BORN = date(2025, 12, 1)
FIRST_EVENING = date(2026, 1, 15)
EVENINGS = [FIRST_EVENING + timedelta(days=i) for i in range(90)]
# Verified thousands of times: a ledger of four evenings.
EARLY = EVENINGS[3]
PERSON = simulate(Traits(), first_day=BORN, n_days=150, seed=20)


def hrv_by_hand(folder: Path) -> dict[date, float]:
    """The export as anyone would read it: HRV by the date of waking, the longer sleep first."""
    with (folder / "physiological_cycles.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["Heart rate variability (ms)"]]
    rows.sort(key=lambda row: float(row["Asleep duration (min)"]))
    return {
        date.fromisoformat(row["Wake onset"][:10]): float(row["Heart rate variability (ms)"])
        for row in rows
    }


def at_night(day: date) -> Callable[[], datetime]:
    """A clock that stands at half past nine."""
    return lambda: datetime.combine(day, time(21, 30), tzinfo=ZONE)


def make_old_home(home: Home, export: Path) -> None:
    """A home of schema 4: imported and sealed in by a version that kept no revisions."""
    day = FIRST_EVENING - timedelta(days=2)
    write_export(PERSON, export, as_of=day)
    newer = Home(export / "newer")
    assert (
        run(["--home", str(newer.root), "--quiet", "import", str(export)], clock=at_night(day)) == 0
    )
    create_home(home)
    with closing(sqlite3.connect(home.database, isolation_level=None)) as old:
        for migration in MIGRATIONS[:OLD_SCHEMA]:
            old.executescript(migration)
        old.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        old.execute(f"PRAGMA user_version = {OLD_SCHEMA}")
        old.execute("ATTACH ? AS newer", (str(newer.database),))
        for table in ("imports", "measurements", "journal", "workouts"):
            old.execute(f"INSERT INTO {table} SELECT * FROM newer.{table}")  # noqa: S608
        # One night was overwritten by a re-scored one.
        old.execute(
            "UPDATE measurements SET revised_at = replace(first_seen_at, 'T21:3', 'T21:4')"
            " WHERE day = '2026-01-02' AND metric = 'hrv_rmssd_ms'"
        )
        for row in old_rows(day):
            cells = (*row.stored(), row.hash)
            old.execute(f"INSERT INTO ledger VALUES ({', '.join('?' * len(cells))})", cells)  # noqa: S608
            old.execute("INSERT OR REPLACE INTO ledger_head VALUES (1, ?, ?)", (row.seq, row.hash))


def old_rows(day: date) -> list[SealedForecast]:
    """What an older version sealed on an evening, as it chained it."""
    rows, last_hash = [], NO_HASH
    for n, source in enumerate(("naive", "ma7"), 1):
        draft = SealedForecast(
            seq=n,
            subject="me",
            forecast=Forecast(
                target=day + timedelta(days=1),
                horizon_days=1,
                source=source,
                mean_ms=60.0,
                quantiles_ms={0.1: 50.0, 0.9: 70.0},
            ),
            metric=Metric.HRV_RMSSD_MS,
            measured_by="whoop",
            as_of=day,
            created_at=at_night(day)(),
            run_id="run",
            inputs_sha256="f" * 64,
            prev_hash=last_hash,
            v=1,
        )
        last_hash = draft.computed_hash()
        rows.append(replace(draft, hash=last_hash))
    return rows


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ninety evenings: the export of the day, `daily`; the next day's export, `reconcile`.

    They begin in the home of an older version, with forecasts sealed by it.
    """
    root = tmp_path_factory.mktemp("life")
    home = root / "home"
    make_old_home(Home(home), root / "export-before")
    last: date | None = None
    for day in EVENINGS:
        clock = at_night(day)
        export = root / f"export-{day}"
        write_export(PERSON, export, as_of=day)
        words = ["--home", str(home), "--quiet"]
        # 4: the strap lay on the table, the export has nothing new.
        assert run([*words, "import", str(export)], clock=clock) in (0, 4)
        if last is not None:
            assert run([*words, "reconcile", "--date", str(day)], clock=clock) in (0, 4)
        has_night = day in hrv_by_hand(export)
        assert run([*words, "daily"], clock=clock) == (0 if has_night else 5)
        if day == EARLY:
            shutil.copy(home / "hrvctl.db", root / "early.db")
        last = day
    return root


def rows_of(life: Path, question: str, file: str = "home/hrvctl.db") -> list[sqlite3.Row]:
    connection = sqlite3.connect(life / file)
    connection.row_factory = sqlite3.Row
    try:
        return connection.execute(question).fetchall()
    finally:
        connection.close()


def test_one_forecast_counts_for_each_morning_and_source(life):
    """Each evening seals one forecast a source for tomorrow; daily once means one row each."""
    rows = rows_of(life, "SELECT target, source, metric, lead FROM ledger WHERE v = 2")
    counted = Counter(tuple(row) for row in rows)
    assert set(counted.values()) == {1}
    mornings = {str(day + timedelta(days=1)) for day in EVENINGS}
    of_tomorrow = {(target, by) for target, by, metric, lead in counted if (metric, lead) == HRV}
    for source in ("naive", "ma7", "ses", "agent"):
        assert {target for target, by in of_tomorrow if by == source} == mornings


def test_the_week_ahead_and_the_vital_signs_are_sealed_every_evening(life):
    """Seven days by the last value, and tomorrow's heart rate and respiratory rate."""
    rows = rows_of(life, "SELECT as_of, target, lead FROM ledger WHERE source = 'naive'")
    ahead = {(row["as_of"], row["target"]) for row in rows if row["lead"] > 1}
    assert ahead == {
        (str(day), str(day + timedelta(days=n))) for day in EVENINGS for n in range(2, 8)
    }
    vitals = rows_of(life, "SELECT as_of, metric FROM ledger WHERE metric NOT LIKE 'hrv%'")
    evenings = {(row["as_of"], row["metric"]) for row in vitals}
    assert evenings == {(str(day), metric) for day in EVENINGS for metric in VITALS}


def test_nothing_is_sealed_after_the_fact(life):
    """Every row was sealed on a date before its target, from data dated before its target."""
    for row in rows_of(life, "SELECT target, created_at, as_of FROM ledger"):
        assert row["created_at"][:10] < row["target"]
        assert row["as_of"] < row["target"]


def test_reconciled_errors_are_those_computed_by_hand(life):
    """The registry's errors equal forecast minus the export's own number, for every morning."""
    truth = hrv_by_hand(life / f"export-{EVENINGS[-1]}")
    with (life / "home/dagster/artifacts/me/predictions_registry.csv").open() as file:
        registry = [row for row in csv.DictReader(file) if row["metric"] == HRV[0]]
    forecast = {
        (row["target"], row["source"], str(row["lead"])): row["mean_ms"]
        for row in rows_of(life, OF_HRV)
    }
    n_reconciled = 0
    for row in registry:
        day = date.fromisoformat(row["target"])
        if day in truth and day <= EVENINGS[-1]:
            n_reconciled += 1
            by_hand = forecast[row["target"], row["source"], row["lead"]] - truth[day]
            assert float(row["error"]) == pytest.approx(by_hand, abs=1e-6)
            assert float(row["actual"]) == truth[day]
        else:
            assert row["error"] == ""
    assert n_reconciled > 800


def test_the_scores_are_those_computed_by_hand(life, capsys):
    """`hrvctl score`: everyone's MAE and bias, from the ledger and the export alone."""
    assert run(["--home", str(life / "home"), "--json", "score"]) == 0
    found = json.loads(capsys.readouterr().out)["data"]
    (scored,) = found["series"]
    truth = hrv_by_hand(life / f"export-{EVENINGS[-1]}")
    rows = rows_of(life, OF_HRV)

    def check(figure: dict, own: list[sqlite3.Row]) -> None:
        days = [(date.fromisoformat(row["target"]), row["mean_ms"]) for row in own]
        errors = [mean - truth[day] for day, mean in days if day in truth]
        assert figure["n"] == len(errors) > 20
        assert figure["mae_ms"] == pytest.approx(sum(map(abs, errors)) / len(errors), abs=1e-5)
        assert figure["bias_ms"] == pytest.approx(sum(errors) / len(errors), abs=1e-5)

    for figure in scored["figures"]:
        check(figure, [r for r in rows if (r["source"], r["lead"]) == (figure["source"], 1)])
    assert [later["lead"] for later in found["later"]] == [2, 3, 4, 5, 6, 7]
    for later in found["later"]:
        served, naive = later["scores"]
        ahead = [row for row in rows if row["lead"] == later["lead"]]
        check(naive, [row for row in ahead if row["source"] == "naive"])
        check(served, [row for row in ahead if row["source"] != "naive"])
    assert [(vital["metric"], vital["unit"]) for vital in found["vitals"]] == [
        ("resting_hr_bpm", "bpm"),
        ("respiratory_rate_rpm", "rpm"),
    ]
    assert all(0.5 < vital["held_80"] <= 1 and vital["n"] > 20 for vital in found["vitals"])
    assert all(vital["relative_to_naive"] < 1 for vital in found["vitals"])


def test_the_ledger_verifies(life):
    """After ninety evenings the chain is whole, the rows of the older version in it."""
    assert run(["--home", str(life / "home"), "--quiet", "ledger", "verify"]) == 0


def test_any_byte_of_a_sealed_row_that_changes_is_found(life, tmp_path):
    """Behind hrvctl's back, byte by byte, in the file itself: verifying fails every time."""
    pristine = (life / "early.db").read_bytes()
    home = Home(tmp_path / "home")
    home.root.mkdir()
    rows = rows_of(life, "SELECT * FROM entries ORDER BY seq", "early.db")
    n_changed = 0
    for row in (rows[0], rows[len(rows) // 2], rows[-1]):
        end = f"{row['hash']}{row['salt']}{row['payload']}".encode()
        assert pristine.count(end) == 1
        stop = pristine.index(end) + len(end)
        start = pristine.rindex(f"{row['kind']}{row['created_at']}".encode(), 0, stop)
        for place in range(start, stop):
            changed = bytearray(pristine)
            changed[place] ^= 1
            home.database.write_bytes(changed)
            assert is_broken(home), f"row {row['seq']}, byte {place - start}"
            n_changed += 1
    assert n_changed > 3 * 300


def test_removing_rows_is_found(life, tmp_path):
    """Cutting the newest rows off, or one out of the middle, breaks the chain."""
    for question in (
        "DELETE FROM entries WHERE seq = (SELECT max(seq) FROM entries)",
        "DELETE FROM entries WHERE seq = 7",
    ):
        home = Home(tmp_path / question[-1])
        home.root.mkdir(exist_ok=True)
        home.database.write_bytes((life / "home" / "hrvctl.db").read_bytes())
        assert not is_broken(home)
        connection = sqlite3.connect(home.database)
        connection.execute("DROP TRIGGER entries_no_delete")
        connection.execute(question)
        connection.commit()
        connection.close()
        assert is_broken(home)


def is_broken(home: Home) -> bool:
    try:
        with open_store(home, write=False) as store:
            return bool(verify(load_chain(store), load_head(store)))
    except HrvctlError:
        return True


def reproduce(home: Path, capsys: pytest.CaptureFixture[str]) -> dict:
    """What `hrvctl ledger reproduce` says of a home."""
    capsys.readouterr()
    assert run(["--home", str(home), "--json", "ledger", "reproduce"]) == 0
    return json.loads(capsys.readouterr().out)["data"]


def test_every_evening_is_made_again_from_its_revisions(life, capsys):
    """Each row of the models and the agent, to the last digit, ninety evenings later."""
    done = reproduce(life / "home", capsys)
    (n_rows,) = rows_of(life, "SELECT count(*) FROM ledger WHERE v = 2")[0]
    assert (done["n_evenings"], done["n_equal"]) == (len(EVENINGS), n_rows)
    assert done["apart"] == {"sealed before rows named their model version": 2}


def test_evenings_are_made_again_after_newer_exports_and_a_restore(life, tmp_path, capsys):
    """The vendor re-scores a third of all nights and withdraws one; an old backup comes back."""
    home = tmp_path / "home"
    shutil.copytree(life / "home", home)
    before = reproduce(home, capsys)

    def do(*words: str) -> None:
        after = EVENINGS[-1] + timedelta(days=1)
        done = run(["--home", str(home), "--quiet", *words], clock=at_night(after))
        assert done in (0, 3), words

    export = tmp_path / "export"
    shutil.copytree(life / f"export-{EVENINGS[-1]}", export)
    rescore(export / "physiological_cycles.csv")
    do("import", str(export))
    ended = rows_of(tmp_path, "SELECT ended_by FROM measurement_history WHERE value IS NOT NULL")
    assert {row["ended_by"] for row in ended} == {"revision", "withdrawal"}
    assert len(ended) > len(EVENINGS) // 3
    assert reproduce(home, capsys) == before
    do("backup", str(tmp_path / "backup.db"))
    do("data", "exclude", str(EVENINGS[3]), "--reason", "sick")
    do("restore", str(tmp_path / "backup.db"), "--force")
    assert reproduce(home, capsys) == before


def rescore(file: Path) -> None:
    """Give every third night of an export another HRV, and take one night out."""
    with file.open(encoding="utf-8") as opened:
        reader = csv.DictReader(opened)
        rows, names = list(reader), reader.fieldnames
    assert names
    del rows[len(rows) // 2]
    for row in rows[::3]:
        if row["Heart rate variability (ms)"]:
            row["Heart rate variability (ms)"] = str(int(row["Heart rate variability (ms)"]) + 2)
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, names)
        writer.writeheader()
        writer.writerows(rows)


def test_the_claimed_record_is_the_sealed_record(life, tmp_path):
    """On the mornings that were sealed: the replay that is quoted says what the evening said."""
    home = tmp_path / "home"
    shutil.copytree(life / "home", home)
    table = tmp_path / "replay.csv"
    words = ["--quiet", "backtest", "--models", "hierarchical", "--csv", str(table)]
    assert run(["--home", str(home), *words], clock=at_night(EVENINGS[-1])) == 0
    with (tmp_path / "replay.hierarchical_evening.csv").open() as file:
        replayed = {row["date"]: row for row in csv.DictReader(file)}
    rows = rows_of(life, OF_HRV)
    own = [row for row in rows if (row["source"], row["lead"]) == ("hierarchical", 1)]
    shared = [row for row in own if row["target"] in replayed]
    assert len(shared) > 0.8 * len(EVENINGS)
    for row in shared:
        again, quantiles = replayed[row["target"]], json.loads(row["quantiles_ms"])
        assert float(again["mean"]) == pytest.approx(row["mean_ms"], abs=1e-6)
        assert float(again["p10"]) == pytest.approx(quantiles["0.1"], abs=1e-6)
        assert float(again["p90"]) == pytest.approx(quantiles["0.9"], abs=1e-6)
