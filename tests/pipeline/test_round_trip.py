"""There and back: what was exported and imported into a new home is what was stored before."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import TODAY, ZONE, Result
from hrvctl.cli.main import run
from hrvctl.records import PLAUSIBLE, JournalEntry, Measurement, Metric, Workout
from hrvctl.store.database import open_store
from hrvctl.store.home import Home
from hrvctl.store.ledger import load_chain, load_guesses
from hrvctl.store.measurements import (
    Imported,
    load_journal,
    save_import,
    save_journal,
    save_measurements,
    save_workouts,
)
from hrvctl.store.notes import load_notes
from hrvctl.usecases.journal import reread_all, save_notes, undo_last_notes
from hrvctl.usecases.vocabulary import load_vocabulary
from hrvctl.usecases.workspace import Workspace
from pipeline.made_up import nights, write_table

WORDS = load_vocabulary("")
# What a new home numbers and dates for itself, and what was withdrawn and stays so.
OF_THE_HOME = {"id", "batch", "import_id", "first_seen_at", "revised_at"}
OF_THE_HOME |= {"withdrawn_at", "withdrawn_by"}
TABLES = ("measurements", "journal", "workouts", "notes")
SOURCES = st.sampled_from(["whoop", "oura", "table", "apple"])

# The last hundred days; offsets of every kind there is (tz database: whole minutes since 1972).
days = st.integers(0, 99).map(lambda n: TODAY - timedelta(days=n))
zones = st.integers(-12 * 60, 14 * 60).map(lambda n: timezone(timedelta(minutes=n)))
clocks = st.times(min_value=time(0, 1))
# Whatever can be typed, and often what a spreadsheet would run. SQLite keeps every character; a
# NUL is the one a CSV cannot hold, and a shell cannot pass.
lines = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
texts = st.builds(
    lambda sign, *rest: sign + "".join(rest),
    st.sampled_from(["", "", "=", "+", "-", "@", "\t", "\n", "'", "'=", "''@", '"']),
    lines,
    st.sampled_from(["", "\n", "\r\n", ";", ","]),
    lines,
)
said = st.sampled_from(
    ["two beers", "alcohol=2", "#sick", "sick=no", "- stress: 7/10", "late dinner, @home", "zworp",
     "=1+1", "'=1", "🍺🍺\nslept badly", "", " ", "tomorrow 62 ms"]
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Life:
    """What a made-up store holds."""

    measurements: Sequence[Measurement]
    journal: Sequence[JournalEntry]
    workouts: Sequence[Workout]
    notes: Sequence[tuple[date, Sequence[str]]]
    is_undone: bool


@st.composite
def a_measurement(draw: st.DrawFn) -> Measurement:
    """A value any source could have read, with its window or without."""
    day, metric = draw(days), draw(st.sampled_from(Metric))
    zone = draw(zones)
    start = datetime.combine(day - timedelta(days=1), draw(clocks), tzinfo=zone)
    is_timed = draw(st.booleans())
    return Measurement(
        day=day,
        metric=metric,
        value=draw(st.floats(PLAUSIBLE[metric].low, PLAUSIBLE[metric].high)),
        source=draw(SOURCES),
        start_at=start if is_timed else None,
        end_at=start + timedelta(minutes=draw(st.integers(1, 900))) if is_timed else None,
    )


answers = st.builds(
    JournalEntry,
    day=days,
    tag=st.sampled_from(["alcohol", "strain", "late_meal", "käse"]),
    value=st.floats(0, 1e6),
    text=texts,
    source=st.sampled_from(["whoop", "folder"]),
    note=texts,
    unit=st.sampled_from(["", "drinks", "="]),
    at=st.sampled_from(["", "00:00", "21:30"]),
)


@st.composite
def a_workout(draw: st.DrawFn) -> Workout:
    """An activity with whatever its source knows of it."""
    start = datetime.combine(draw(days), draw(clocks), tzinfo=draw(zones))
    return Workout(
        day=start.date(),
        start_at=start,
        end_at=start + timedelta(seconds=draw(st.integers(0, 9000))),
        name=draw(texts),
        source=draw(SOURCES),
        strain=draw(st.none() | st.floats(0, 21)),
        energy_kcal=draw(st.none() | st.floats(0, 20_000)),
        average_hr_bpm=draw(st.none() | st.floats(25, 220)),
        max_hr_bpm=draw(st.none() | st.floats(25, 250)),
    )


lives = st.builds(
    Life,
    measurements=st.lists(
        a_measurement(), unique_by=lambda m: (m.day, m.metric, m.source), max_size=8
    ),
    journal=st.lists(answers, unique_by=lambda e: (e.day, e.tag, e.source), max_size=6),
    workouts=st.lists(a_workout(), unique_by=lambda w: (w.start_at, w.source), max_size=3),
    notes=st.lists(st.tuples(days, st.lists(said | lines, min_size=1, max_size=3)), max_size=4),
    is_undone=st.booleans(),
)


def evening(day: date = TODAY) -> Callable[[], datetime]:
    """A clock at nine."""
    return lambda: datetime.combine(day, time(21), tzinfo=ZONE)


def live(workspace: Workspace, life: Life) -> None:
    """Store a life as the pipeline would have."""
    at = workspace.clock()
    with open_store(workspace.home, write=True) as store:
        line = Imported(file="x.zip", source="whoop", kind="cycles", n_new=1, n_revised=0)
        number = save_import(store, "me", line, at=at)
        save_measurements(store, "me", life.measurements, import_id=number, at=at)
        save_journal(store, "me", life.journal, at=at)
        save_workouts(store, "me", life.workouts, at=at)
        for day, typed in life.notes:
            save_notes(store, workspace, "me", day, typed, WORDS)
        if life.is_undone:
            undo_last_notes(store, workspace, "me", WORDS)


def call(home: Home, *words: object, on: date = TODAY) -> Result:
    """Give a command in a home."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(["--home", str(home.root), *map(str, words)], clock=evening(on))
    return Result(int(code), out.getvalue(), err.getvalue())


def exported(home: Home, folder: Path, format_: str) -> dict[str, list[dict[str, object]]]:
    """Export, and lay the rows by table, without what is the home's own."""
    code = call(home, "export", folder, "--format", format_).code
    if format_ == "json":
        path = folder / "hrvctl_export.json"
        tables = json.loads(path.read_text())["tables"] if code == 0 else {}
    else:
        tables = {path.stem: read_table(path) for path in folder.glob("*.csv")}
    return {name: list(plain(tables.get(name, ()))) for name in TABLES}


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV as any program reads them."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def plain(rows: Iterable[Mapping[str, object]]) -> Iterable[dict[str, object]]:
    """Rows that stand, without what a new home makes anew."""
    for row in rows:
        if not row.get("withdrawn_at"):
            yield {name: cell for name, cell in row.items() if name not in OF_THE_HOME}


@pytest.mark.parametrize("format_", ["csv", "json"])
def test_an_export_comes_back_as_it_went(
    tmp_path_factory: pytest.TempPathFactory, format_: str
) -> None:
    """Measurements, journal, workouts and notes, cell for cell; and nothing by importing again."""

    @settings(max_examples=15)
    @given(lives)
    def law(life: Life) -> None:
        root = tmp_path_factory.mktemp("there-and-back")
        old, new = (Home(root / name / "home") for name in ("old", "new"))
        live(Workspace(old, evening()), life)
        before = exported(old, root / "before", format_)
        done = call(new, "import", root / "before", on=TODAY + timedelta(days=1))
        assert done.code == (0 if any(before.values()) else 4)
        assert exported(new, root / "after", format_) == before
        again = call(new, "import", root / "before", on=TODAY + timedelta(days=2))
        assert (again.code, exported(new, root / "again", format_)) == (4, before)
        assert_read_again_loses_nothing(Workspace(new, evening()))

    law()


def assert_read_again_loses_nothing(workspace: Workspace) -> None:
    """With other words every day is read anew out of its notes, and with ours once more."""
    own = workspace.home.root / "own.toml"
    own.write_text('[tags.alcohol]\nwords = ["flumming"]\n')
    with open_store(workspace.home, write=True) as store:
        known = load_journal(store, "me")
        for path in (str(own), ""):
            reread_all(store, workspace, "me", load_vocabulary(path))
        assert load_journal(store, "me") == known


@pytest.mark.parametrize("format_", ["csv", "json"])
def test_what_is_sealed_stays_behind_and_that_is_said(
    home: Home, tmp_path: Path, format_: str
) -> None:
    """A forecast anyone could have edited is none; the warning names the way it does move."""
    table = write_table(tmp_path / "mine.csv", nights(TODAY, 20))
    for words in (["import", table], ["guess", "60"], ["journal", "add", "two beers"]):
        assert call(home, *words).code == 0
    before = exported(home, tmp_path / "out", format_)
    new = Home(tmp_path / "new" / "home")
    done = call(new, "--json", "import", tmp_path / "out")
    assert done.code == 0
    warnings = [warning for file in done.data["files"] for warning in file["warnings"]]
    assert all("hrvctl backup" in warning for warning in warnings)
    assert len(warnings) == (1 if format_ == "json" else 2)
    assert exported(new, tmp_path / "after", format_) == before
    with open_store(new, write=False) as store:
        assert (load_guesses(store, "me"), load_chain(store)) == ([], [])


def test_notes_are_one_call_each_as_they_were(
    home: Home, workspace: Workspace, tmp_path: Path
) -> None:
    """Undo takes back what was typed last, not all that was imported."""
    with open_store(workspace.home, write=True) as store:
        save_notes(store, workspace, "me", TODAY, ["two beers", "late dinner"], WORDS)
        save_notes(store, workspace, "me", TODAY - timedelta(days=1), ["sick"], WORDS)
    call(home, "export", tmp_path / "out")
    new = Workspace(Home(tmp_path / "new" / "home"), evening())
    assert call(new.home, "import", tmp_path / "out").code == 0
    with open_store(new.home, write=True) as store:
        written = {note.written_at for note in load_notes(store, "me")}
        assert written == {workspace.clock()}
        assert undo_last_notes(store, new, "me", WORDS) is not None
        assert [note.text for note in load_notes(store, "me")] == ["two beers", "late dinner"]
        assert {entry.tag for entry in load_journal(store, "me")} >= {"alcohol"}


def test_a_text_typed_twice_is_two_notes_and_one_that_is_there_is_known(
    home: Home, workspace: Workspace, tmp_path: Path
) -> None:
    """Two beers and two beers are four; what the new home has already is not doubled."""
    with open_store(workspace.home, write=True) as store:
        for _ in range(2):
            save_notes(store, workspace, "me", TODAY, ["two beers"], WORDS)
    call(home, "export", tmp_path / "out")
    new = Workspace(Home(tmp_path / "new" / "home"), evening())
    with open_store(new.home, write=True) as store:
        save_notes(store, new, "me", TODAY, ["two beers"], WORDS)
    rehearsed = call(new.home, "--json", "import", tmp_path / "out", "--dry-run").data["files"]
    done = call(new.home, "--json", "import", tmp_path / "out").data["files"]
    counts = [[(f["n_new"], f["n_unchanged"]) for f in files] for files in (rehearsed, done)]
    assert counts[0] == counts[1]
    assert (1, 1) in counts[0]
    with open_store(new.home, write=False) as store:
        assert len(load_notes(store, "me")) == 2
        assert [(e.tag, e.value) for e in load_journal(store, "me")] == [("alcohol", 4)]


def test_an_evening_reads_the_notes_it_took_in_from_the_inbox(
    home: Home, workspace: Workspace, tmp_path: Path
) -> None:
    """With the person's own words, as every other note."""
    with open_store(workspace.home, write=True) as store:
        save_notes(store, workspace, "me", TODAY, ["three zworps", "sick"], WORDS)
    call(home, "export", tmp_path / "out", "--format", "json")
    new = Home(tmp_path / "new" / "home")
    new.inbox.mkdir(parents=True)
    (new.root / "vocabulary.toml").write_text('[tags.alcohol]\nwords = ["zworps"]\n')
    (tmp_path / "out" / "hrvctl_export.json").rename(new.inbox / "mine.json")
    assert call(new, "daily").code in (0, 3, 4, 5)
    with open_store(new, write=False) as store:
        assert {entry.tag for entry in load_journal(store, "me")} == {"alcohol", "sick"}
