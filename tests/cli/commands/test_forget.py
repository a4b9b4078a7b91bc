"""`hrvctl data forget`: nothing is left of what is forgotten, and the chain stands."""

import itertools
import os
import shutil
import struct
from collections.abc import Callable, Iterable
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import TODAY, ZONE, Result
from hrvctl.cli.main import run
from hrvctl.domain import tracking
from hrvctl.records import Forecast, Metric, SealedForecast
from hrvctl.records.choices import Vendor
from hrvctl.sources.kit.documents import Document
from hrvctl.sources.registry import ReadFiles
from hrvctl.store.connections import Connection, ConnectionFile
from hrvctl.store.database import open_store
from hrvctl.store.home import Home
from hrvctl.store.inspection import schema_faults
from hrvctl.store.ledger import load_chain, load_head, load_outcomes, load_sealed
from hrvctl.store.measurements import load_measurements
from hrvctl.store.selection import OF_SUBJECT
from hrvctl.usecases import erasure

Hrvctl = Callable[..., Result]

# A made-up person whose values are found nowhere else.
NAME, FILE, WORD = "petronella", "quixotic-nights", "zanzibarite"
NIGHT_MS, GUESS_MS, FIRST_MS = 61.8273, 63.7351, 58.4519


def moment(day: date, minute: int = 0) -> datetime:
    """A minute of the evening of a day: each import has its own."""
    return datetime.combine(day, time(20, minute), tzinfo=ZONE)


def write_table(path: Path, nights: dict[date, float]) -> Path:
    """A table of a person's own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["date,rmssd_ms", *(f"{d},{v}" for d, v in nights.items())]) + "\n")
    return path


def traces(home: Home, *values: float | str) -> list[str]:
    """Every file, and every name of one, that holds a value as text or as SQLite stores it."""
    needles = [
        needle
        for value in values
        for needle in (
            [value.encode()]
            if isinstance(value, str)
            else [repr(value).encode(), struct.pack(">d", value), struct.pack("<d", value)]
        )
    ]
    found = []
    for path in sorted(home.root.rglob("*")):
        name = str(path.relative_to(home.root))
        if not name.startswith("backups"):
            content = path.read_bytes() if path.is_file() else b""
            found += [name for needle in needles if needle in content or needle in name.encode()]
    return found


def check_chain(home: Home) -> None:
    """The ledger verifies, and the triggers stand as they were."""
    with open_store(home, write=False) as store:
        assert tracking.verify(load_chain(store), load_head(store)) == ()
        assert schema_faults(store) == []


@pytest.fixture(scope="module")
def _lived(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("forget")
    home = Home(folder / "home")

    def speak(*words: object, at: datetime) -> None:
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(StringIO()):
            for name in [name for name in os.environ if name.startswith("HRVCTL_")]:
                patch.delenv(name)
            argv = ["--home", str(home.root), *map(str, words)]
            assert run(argv, clock=lambda: at) in (0, 5)

    yesterday, who = TODAY - timedelta(days=1), ("--subject", NAME)
    nights = {TODAY - timedelta(days=i): 60.0 + (i * 7) % 11 for i in range(1, 40)}
    speak("import", write_table(folder / "me.csv", nights), at=moment(yesterday))
    nights[yesterday] = FIRST_MS
    for day, values in ((yesterday, nights), (TODAY, nights | {TODAY: NIGHT_MS})):
        write_table(home.inbox / f"{FILE}-{day}.csv", values)
        speak("journal", "add", f"2 beers, {WORD}", *who, at=moment(day, 10))
        speak("daily", "--guess", GUESS_MS, *who, at=moment(day, 20))
    speak("backup", at=moment(TODAY, 40))
    file = ConnectionFile(home, NAME, Vendor.OURA)
    at = moment(TODAY)
    file.save(Connection(vendor=Vendor.OURA, connected_at=at, folder_id=0, secret=str(at)))
    for value in (NAME, FILE, WORD, NIGHT_MS, GUESS_MS, FIRST_MS):
        assert traces(home, value), value
    return home


@pytest.fixture
def lived(home: Home, _lived: Home) -> Home:
    """A home in which a person lived for two evenings beside another one."""
    shutil.copytree(_lived.root, home.root)
    return home


def test_nothing_is_left_of_a_person(lived: Home, hrvctl: Hrvctl) -> None:
    """Not one byte under the home but in backups, which are named; everybody else stays."""
    others = hrvctl("data", "days", "--json").data
    done = hrvctl("data", "forget", "--subject", NAME, "--yes", at=moment(TODAY, 50))
    assert done.code == 0
    assert traces(lived, NAME, FILE, WORD, NIGHT_MS, GUESS_MS, FIRST_MS) == []
    backups = sorted(lived.backups.glob("*.db"))
    assert backups
    assert [line.split()[1] for line in done.err.splitlines()] == [str(p) for p in backups]
    assert not (lived.connections / NAME).exists()
    assert hrvctl("data", "days", "--json").data == others
    assert [one["subject"] for one in hrvctl("subjects", "--json").data["subjects"]] == ["me"]
    check_chain(lived)
    n = hrvctl("ledger", "verify", "--json").data["n_forgotten"]
    assert n > 20
    assert f"{n} rows were forgotten: the content is gone" in hrvctl("ledger", "verify").out
    assert hrvctl("daily", at=moment(TODAY, 55)).code == 5  # the other's nights end yesterday


def test_nothing_is_left_of_a_source(lived: Home, hrvctl: Hrvctl) -> None:
    """Its nights, its forecasts and its files go; what the person typed and guessed stays."""
    who = ("--subject", NAME)
    done = hrvctl("data", "forget", "--source", "table", *who, "--yes", at=moment(TODAY, 50))
    assert done.code == 0
    assert "oura is still connected" in done.err
    assert traces(lived, FILE, NIGHT_MS, FIRST_MS) == []
    assert traces(lived, WORD)
    assert traces(lived, GUESS_MS)
    (summary,) = (
        one for one in hrvctl("subjects", "--json").data["subjects"] if one["subject"] == NAME
    )
    assert (summary["n_nights"], summary["n_journal_days"], summary["n_evenings"]) == (0, 2, 0)
    check_chain(lived)
    hrvctl("data", "forget", "--source", "user", *who, "--yes", at=moment(TODAY, 51))
    assert traces(lived, WORD) == []


def test_nothing_is_left_of_an_import(lived: Home, hrvctl: Hrvctl) -> None:
    """The last night's import goes with the forecasts of that evening; earlier ones stay."""
    who = ("--subject", NAME)
    listed = hrvctl("data", "imports", *who, "--json").data["imports"]
    assert [(one["n_nights_new"], one["n_nights_changed"]) for one in listed] == [(39, 0), (1, 0)]
    number = listed[-1]["number"]
    assert hrvctl("data", "forget", "--import", number, "--yes").code == 2  # of somebody else
    done = hrvctl("data", "forget", "--import", number, *who, "--yes", "--json")
    assert done.data["n_rows"]["values"] == 1
    assert traces(lived, NIGHT_MS, f"{FILE}-{TODAY}") == []
    assert traces(lived, FIRST_MS)
    check_chain(lived)
    with open_store(lived, write=False) as store:
        days = {row.as_of for row in load_sealed(store, NAME) if row.forecast.source != "guess"}
    assert days == {TODAY - timedelta(days=1)}
    # What can be said of the rest is said.
    replayed = hrvctl("daily", "--as-of", TODAY - timedelta(days=1), *who)
    assert "what was forgotten since (2026-03-10) is not in it" in replayed.out + replayed.err
    made = hrvctl("ledger", "reproduce", *who)
    assert made.code == 0
    assert "Not made again, forgotten themselves (in this home)" in made.out
    for words in (("score",), ("export", lived.root.parent / "out")):
        assert "Rows of this home's ledger that were forgotten" in hrvctl(*words, *who).err


def test_a_corrected_morning_is_recorded_again_after_its_import_is_forgotten(
    home: Home, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """Its first revision is gone by the person's own wish, which is no damage."""
    before = {TODAY - timedelta(days=back): 50.0 + back % 7 for back in range(1, 40)}
    hrvctl("import", write_table(tmp_path / "before.csv", before), on=TODAY - timedelta(days=1))
    assert hrvctl("daily", on=TODAY - timedelta(days=1)).code == 0
    hrvctl("import", write_table(tmp_path / "wrong.csv", {TODAY: 60.0}))
    assert hrvctl("reconcile", "--date", TODAY).code == 0
    hrvctl("reconcile", "--date", TODAY, "--actual", 63, "--reason", "sensor")
    assert hrvctl("data", "forget", "--import", 2, "--yes").code == 0
    hrvctl("import", write_table(tmp_path / "right.csv", {TODAY: 61.0}))
    assert hrvctl("daily").code == 0
    with open_store(home, write=False) as store:
        of_morning = [one for one in load_outcomes(store, "me") if one.day == TODAY]
    assert [(one.revision, one.value_ms) for one in of_morning] == [(2, 63.0), (3, 61.0)]
    assert hrvctl("ledger", "verify").code == 0


def test_a_forecast_from_a_forgotten_night_is_counted_apart(
    home: Home, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """`reproduce` does not call it a lie that a night from the middle is gone."""
    nights = {TODAY - timedelta(days=i): 60.0 + (i * 7) % 11 for i in range(40)}
    middle = {TODAY - timedelta(days=5): nights.pop(TODAY - timedelta(days=5))}
    hrvctl("import", write_table(tmp_path / "a.csv", middle), at=moment(TODAY, 1))
    hrvctl("import", write_table(tmp_path / "b.csv", nights), at=moment(TODAY, 2))
    hrvctl("daily", at=moment(TODAY, 3))
    assert "equal to the last digit: 18" in hrvctl("ledger", "reproduce").out
    done = hrvctl("data", "forget", "--import", 1, "--yes", "--json", at=moment(TODAY, 4))
    assert done.data["n_sealed"] == 0
    made = hrvctl("ledger", "reproduce", at=moment(TODAY, 5))
    assert made.code == 0
    assert "equal to the last digit: 0" in made.out
    assert "Not made again, from values that may be forgotten since" in made.out
    check_chain(home)


def test_no_table_of_a_person_is_overlooked(lived: Home) -> None:
    """Every table that names a subject is emptied of it."""
    with open_store(lived, write=False) as store:
        names = [
            row["name"]
            for row in store.connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        found = {
            name
            for name in names
            for column in store.connection.execute(f"PRAGMA table_info({name})")
            if column["name"] == "subject"
        }
    assert found == {*OF_SUBJECT, "ledger_v1"}


def interrupted(n: int, call: Callable[..., object]) -> Callable[..., object]:
    """Let ``n`` calls through, then end as a kill does: between two steps."""
    count = itertools.count()

    def step(*given: object) -> object:
        if next(count) == n:
            raise KeyboardInterrupt
        return call(*given)

    return step


@pytest.mark.parametrize(
    ("place", "finish"),
    [
        ("_append_receipt", "the same command"),
        ("_delete 0", "the next run"),
        ("_delete 3", "the same command"),
        ("rewrite_file", "doctor"),
    ],
)
def test_a_kill_leaves_all_or_what_the_next_call_finishes(
    lived: Home, hrvctl: Hrvctl, monkeypatch: pytest.MonkeyPatch, place: str, finish: str
) -> None:
    """Until the rows are gone nothing is; then nothing comes back, and there is one receipt."""
    name, _, n = place.partition(" ")
    words = ("data", "forget", "--subject", NAME, "--yes")
    with monkeypatch.context() as patch:
        call = interrupted(int(n or 0), getattr(erasure, name))
        patch.setattr(erasure, name, call)
        assert hrvctl(*words, at=moment(TODAY, 50)).code == 130
    subjects = [one["subject"] for one in hrvctl("subjects", "--json").data["subjects"]]
    if place == "_append_receipt":
        assert subjects == ["me", NAME]
        assert traces(lived, NIGHT_MS)
    else:
        assert subjects == ["me"]
    if finish == "the next run":
        assert hrvctl("daily", at=moment(TODAY, 55)).code == 5
    elif finish == "doctor":  # its job is a run
        assert "was stopped before it had deleted" in hrvctl("doctor").out
    else:
        assert hrvctl(*words, at=moment(TODAY, 55)).code == 0
    assert traces(lived, NAME, FILE, WORD, NIGHT_MS, GUESS_MS, FIRST_MS) == []
    check_chain(lived)
    with open_store(lived, write=False) as store:
        kinds = [row[4] for row in load_chain(store)]
    assert kinds.count("receipt") == 1


def test_it_asks_first_and_says_what_there_is(lived: Home, hrvctl: Hrvctl) -> None:
    """Nobody to ask, nothing named, or nothing of that name: exit code 2, and nothing is gone."""
    before = traces(lived, NAME, NIGHT_MS)
    for words, message in (
        (("--subject", NAME), "nobody is here to ask"),
        ((), "say what to forget"),
        (("--subject", "anna", "--yes"), "nothing is stored of 'anna'"),
        (("--source", "oura", "--yes"), "there is something from: table"),
        (("--import", "99", "--yes"), "me has no import 99"),
        (("--import", "1", "--source", "table", "--yes"), "together"),
    ):
        result = hrvctl("data", "forget", *words)
        assert result.code == 2
        assert message in result.err
    assert traces(lived, NAME, NIGHT_MS) == before


def test_with_yes_the_inbox_is_read_once(
    lived: Home, hrvctl: Hrvctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long export takes its time once; and where there is no home, none is made."""
    read: list[object] = []
    read_all = erasure.registry.read_all

    def counted(documents: Iterable[Document], **options: Any) -> ReadFiles:
        read.append(documents)
        return read_all(documents, **options)

    monkeypatch.setattr(erasure.registry, "read_all", counted)
    words = ("data", "forget", "--source", "user", "--subject", NAME, "--yes")
    assert hrvctl(*words).code == 0
    assert len(read) == sum(path != lived.done for path in lived.inbox.rglob("*.csv"))
    shutil.rmtree(lived.root)
    assert hrvctl(*words).code == 10
    assert not lived.root.exists()


@pytest.mark.parametrize("answer", ["n", "y"])
def test_on_a_terminal_it_shows_what_would_go_and_asks(
    lived: Home, hrvctl: Hrvctl, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    """A no leaves everything, with the code of nothing done."""
    monkeypatch.setattr("hrvctl.cli.output.is_terminal", lambda _: True)
    monkeypatch.setattr("sys.stdin", StringIO(f"{answer}\n"))
    done = hrvctl("data", "forget", "--source", "user", "--subject", NAME)
    assert "Would be forgotten: all from user of petronella: " in done.out
    assert "Forget it for good?" in done.out
    assert (done.code, bool(traces(lived, WORD))) == {"n": (4, True), "y": (0, False)}[answer]


def test_a_file_that_waits_is_named_and_left(lived: Home, hrvctl: Hrvctl) -> None:
    """What the next run would bring back is not deleted unasked."""
    waiting = write_table(lived.inbox / "again.csv", {TODAY: NIGHT_MS})
    done = hrvctl("data", "forget", "--source", "table", "--subject", NAME, "--yes")
    assert f"{waiting} holds some of it" in done.err
    assert waiting.exists()


def test_a_row_of_the_old_format_leaves_its_hashes(lived: Home, hrvctl: Hrvctl) -> None:
    """It had no salt: the whole row goes, and the chain is verified without it."""
    row = SealedForecast(
        v=1,
        seq=1,
        subject=NAME,
        forecast=Forecast(
            target=TODAY, horizon_days=1, source="naive", mean_ms=NIGHT_MS, quantiles_ms={}
        ),
        metric=Metric.HRV_RMSSD_MS,
        measured_by="table",
        as_of=TODAY - timedelta(days=1),
        created_at=moment(TODAY - timedelta(days=1)),
        run_id="run",
        inputs_sha256="f" * 64,
        prev_hash="0" * 64,
    )
    old = Home(lived.root.parent / "old")
    with open_store(old, write=True) as store:
        (closed,) = store.connection.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'ledger_v1_closed'"
        ).fetchone()
        store.connection.execute("DROP TRIGGER ledger_v1_closed")
        marks = ", ".join("?" * 15)
        hashed = replace(row, hash=row.computed_hash())
        store.connection.execute(
            f"INSERT INTO ledger_v1 VALUES ({marks})",  # noqa: S608 - question marks alone
            (*hashed.stored(), hashed.hash),
        )
        store.connection.execute("INSERT INTO ledger_head VALUES (1, 1, ?)", (hashed.hash,))
        store.connection.execute(closed)
    check_chain(old)
    done = hrvctl("--home", old.root, "data", "forget", "--subject", NAME, "--yes")
    assert done.code == 0
    assert traces(old, NAME, NIGHT_MS) == []
    check_chain(old)
    with open_store(old, write=False) as store:
        assert load_chain(store)[0] == (1, "0" * 64, hashed.hash)


NIGHTS = st.dictionaries(st.integers(0, 9), st.integers(20, 120).map(float), min_size=1)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.lists(NIGHTS, max_size=3), last=NIGHTS)
def test_forgetting_the_last_import_is_as_if_it_had_not_been(
    hrvctl: Hrvctl, tmp_path: Path, before: list[dict[int, float]], last: dict[int, float]
) -> None:
    """Whatever it added or revised: the values that were there stand again, with their times."""
    minutes = iter(range(60))
    for name in ("with", "without"):
        shutil.rmtree(tmp_path / name, ignore_errors=True)

    def take(name: str, ages: dict[int, float]) -> None:
        nights = {TODAY - timedelta(days=age): ms for age, ms in ages.items()}
        path = write_table(tmp_path / "night.csv", nights)
        words = ("--home", tmp_path / name, "import", path, "--force")
        assert hrvctl(*words, at=moment(TODAY, next(minutes))).code in (0, 4)

    def stored(name: str) -> list[tuple[object, ...]]:
        with open_store(Home(tmp_path / name), write=False) as store:
            found = load_measurements(store, "me")
            return [
                *found,
                *store.connection.execute(
                    "SELECT day, value, ended_by FROM measurement_revisions"
                    " ORDER BY day, place IS NULL, place"
                ).fetchall(),
            ]

    for imported in before:
        for name in ("with", "without"):
            take(name, imported)
    take("with", last)
    listed = hrvctl("--home", tmp_path / "with", "data", "imports", "--json").data["imports"]
    n_before = len(listed) - 1
    if before:
        known = hrvctl("--home", tmp_path / "without", "data", "imports", "--json").data["imports"]
        n_before = len(known)
    if len(listed) == n_before:
        return  # it changed nothing, and was no import
    number = listed[-1]["number"]
    assert (
        hrvctl("--home", tmp_path / "with", "data", "forget", "--import", number, "--yes").code == 0
    )
    if before:
        assert [tuple(row) for row in stored("with")] == [tuple(row) for row in stored("without")]
    else:
        assert stored("with") == []
