"""What a person may hand over by mistake: each named with file and line, and nothing stored."""

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from cli.homes import make_export, rows, tree
from conftest import TODAY, Result
from hrvctl.samples.people import draw_people
from hrvctl.samples.simulation import simulate_until
from hrvctl.store.home import Home
from whoop_zip import write_zip

Hrvctl = Callable[..., Result]
HRV = "Heart rate variability (ms)"
WAKE = "Wake onset"


def cell(export: Path, tmp_path: Path, column: str, value: str) -> Path:
    """The export's cycles with one cell of line 6 replaced."""
    lines = (export / "physiological_cycles.csv").read_text(encoding="utf-8").splitlines()
    cells = lines[5].split(",")
    cells[lines[0].split(",").index(column)] = value
    lines[5] = ",".join(cells)
    path = tmp_path / "edited.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def empty(_: Path, tmp_path: Path) -> Path:
    """A file of no bytes."""
    path = tmp_path / "empty.csv"
    path.touch()
    return path


def truncated_zip(_: Path, tmp_path: Path) -> Path:
    """A download that broke off."""
    (traits,) = draw_people(1, 4)
    person = simulate_until(traits, last_day=TODAY, n_days=20, seed=4)
    path = tmp_path / "export.zip"
    write_zip(person, path)
    path.write_bytes(path.read_bytes()[:-200])
    return path


def picture(_: Path, tmp_path: Path) -> Path:
    """A PNG with the wrong name."""
    path = tmp_path / "picture.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)))
    return path


def another_vendor(_: Path, __: Path) -> Path:
    """A table of a vendor nobody here reads."""
    return Path(__file__).parents[1] / "data" / "sources" / "foreign" / "sleep_as_android.csv"


def without_hrv(export: Path, tmp_path: Path) -> Path:
    """The export with the HRV column under another name."""
    text = (export / "physiological_cycles.csv").read_text(encoding="utf-8")
    path = tmp_path / "edited.csv"
    path.write_text(text.replace(HRV, "Something else"), encoding="utf-8")
    return path


def gone(_: Path, tmp_path: Path) -> Path:
    """No file at all."""
    return tmp_path / "gone.csv"


def with_cell(column: str, value: str) -> Callable[[Path, Path], Path]:
    """The export with one bad cell."""
    return lambda export, tmp_path: cell(export, tmp_path, column, value)


BAD = {
    "empty file": (empty, ["empty.csv: the file is empty"]),
    "truncated zip": (truncated_zip, ["export.zip", "damaged"]),
    "picture": (picture, ["picture.csv: not recognised", "not a text file"]),
    "another vendor": (another_vendor, ["sleep_as_android.csv: not recognised", "Rating"]),
    "without HRV": (without_hrv, ["edited.csv, line 1", HRV, "missing"]),
    "no file": (gone, ["gone.csv: no such file"]),
    "text as HRV": (with_cell(HRV, "abc"), ["edited.csv, line 6", HRV, "'abc'", "not a number"]),
    "HRV 900": (with_cell(HRV, "900"), ["edited.csv, line 6", HRV, "'900'", "1 to 400"]),
    "HRV -5": (with_cell(HRV, "-5"), ["edited.csv, line 6", HRV, "'-5'", "1 to 400"]),
    "HRV 5000": (with_cell(HRV, "5000"), ["edited.csv, line 6", HRV, "'5000'", "1 to 400"]),
    "year 1970": (
        with_cell(WAKE, "1970-01-02 07:00:00"),
        ["edited.csv, line 6", WAKE, "'1970-01-02 07:00:00'", "clock"],
    ),
    "year 2199": (
        with_cell(WAKE, "2199-01-02 07:00:00"),
        ["edited.csv, line 6", WAKE, "'2199-01-02 07:00:00'", "clock"],
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_file_is_named_and_nothing_is_stored(
    imported: Home, hrvctl: Hrvctl, export: Path, tmp_path: Path, name: str
) -> None:
    """Exit 1, the file, the line and the value on stderr, and the store as it was."""
    make, parts = BAD[name]
    before = rows(imported)
    done = hrvctl("import", make(export, tmp_path))
    assert (done.code, done.out) == (1, "")
    for part in parts:
        assert part in done.err
    assert "Traceback" not in done.err
    assert rows(imported) == before


def test_export_of_another_person_is_refused(
    imported: Home, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """Nights that disagree with most of those stored are not mixed in."""
    other = make_export(tmp_path / "other", last_day=TODAY, seed=9)
    before = rows(imported)
    done = hrvctl("import", other)
    assert done.code == 1
    assert "another person's export" in done.err
    assert "--subject NAME" in done.err
    assert rows(imported) == before
    assert hrvctl("--subject", "ana", "import", other).code == 0


def test_faulty_row_can_be_left_out(hrvctl: Hrvctl, export: Path, tmp_path: Path) -> None:
    """`--skip-faulty` takes the sound rows and says how many it left."""
    bad = cell(export, tmp_path, HRV, "abc")
    done = hrvctl("import", "--skip-faulty", bad)
    assert done.code == 0
    assert "left out: faulty (1)" in done.out


@pytest.mark.parametrize("nothing", ["0", "-1"])
def test_hrv_that_means_not_measured_is_missing_and_counted(
    hrvctl: Hrvctl, export: Path, tmp_path: Path, nothing: str
) -> None:
    """The nights around it are imported, and one line says what was left out."""
    done = hrvctl("import", cell(export, tmp_path, HRV, nothing))
    assert done.code == 0
    assert "left out: value of 0 or -1, which means missing (1)" in done.out


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (("reconcile", "--date", "2026-13-01"), 2, "'2026-13-01' is not a date"),
        (("reconcile", "--date", ""), 2, "'' is not a date"),
        (("reconcile", "--date", "2026-03-11"), 2, "has not come yet"),
        (("reconcile", "--date", "0001-01-01"), 2, "before the first wearables"),
        (("reconcile", "--from", "2026-03-09", "--to", "2026-03-01"), 2, "is after"),
        (("reconcile", "--to", "2026-03-01"), 2, "--to needs --from"),
        (("reconcile", "--date", "2026-03-01", "--from", "2026-03-01"), 2, "exclude each other"),
        (("reconcile", "--date", "2026-03-09", "--actual", "abc", "--reason", "x"), 2, "--actual"),
        (("reconcile", "--date", "2026-03-09", "--actual", "63"), 2, "needs a reason"),
        (("reconcile", "--date", "2026-03-09", "--reason", "x"), 2, "--reason needs"),
        (("reconcile", "--actual", "63", "--reason", "x"), 2, "needs the morning"),
        (("reconcile", "--date", "2026-03-09", "--actual", "5000", "--reason", "x"), 1, "5000 ms"),
        (("daily", "--model", "best"), 2, "'best' is not one of 'auto'"),
        (("daily", "--profile", "best"), 2, "'best' is not one of 'robust60'"),
        (("daily", "--as-of", "2026-03-11"), 2, "in the future"),
        (("daily", "--as-of", ""), 2, "'' is not a date"),
        (("effects", "--as-of", ""), 2, "'' is not a date"),
        (("fork", "--as-of", "someday", "--branch", "a:alcohol=0"), 2, "'someday' is not a date"),
        (("what-if", "alcohol=0", "--as-of", "1999-01-01"), 2, "before the first wearables"),
        (("daily", "--as-of", "2026-03-01", "--guess", "60"), 2, "a guess belongs to tonight"),
        (("guess", "abc"), 2, "'abc' is not an HRV in ms"),
        (("guess", "nan"), 2, "'nan' is not an HRV in ms"),
        (("guess", "60", "--for", "2026-03-10"), 1, "has begun"),
        (("guess", "60", "--for", "3/4"), 2, "may be 3 Apr or 4 Mar"),
        (("journal", "add", "--tag", "alcohol=lots"), 2, "neither a number nor yes or no"),
        (("journal", "add", "--tag", "alcohol=-1"), 2, "zero or more"),
        (("journal", "add", "--tag", "alcohol=nan"), 2, "zero or more"),
        (("journal", "add", "--tag", "=1"), 2, "is not a tag"),
        (("journal", "add", "--tag", "sick", "--tag", "sick=no"), 2, "more than once"),
        (("journal", "add", "--tag", "sick", "--date", "2026-03-11"), 2, "is in the future"),
        (("journal", "add"), 2, "--tag"),
        (("import",), 2, "PATH"),
        (("import", "x.csv", "--source", "nokia"), 1, "no source is called 'nokia'"),
        (("import", "x.csv", "--column", "hrv"), 2, "is not of the form OURS=THEIRS"),
        (("runs", "--limit", "0"), 2, "--limit"),
        (("config", "set", "modle", "ses"), 12, "did you mean 'model'?"),
        (("config", "set", "model", "best"), 12, "use one of: auto"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_bad_words_are_named_and_change_nothing(
    imported: Home, hrvctl: Hrvctl, words: tuple[str, ...], code: int, part: str
) -> None:
    """What was wrong and what to do on stderr, the right exit code, and the store as it was."""
    before = rows(imported)
    done = hrvctl(*words)
    assert (done.code, done.out) == (code, "")
    assert part in done.err
    assert "a bug" not in done.err
    assert rows(imported) == before


COMMANDS = (
    ("import", "{export}"),
    ("daily",),
    ("daily", "--dry-run"),
    ("reconcile",),
    ("guess", "60"),
    ("journal", "add", "--tag", "sick"),
    ("journal", "list"),
    ("status",),
    ("show", "forecast"),
    ("ledger", "verify"),
    ("runs",),
    ("env",),
    ("config", "set", "model", "ses"),
)


@pytest.mark.parametrize("name", ["file", "file/sub", "per%20cent", "quest?ion", "full"])
def test_home_that_cannot_be_one_stops_every_command(
    hrvctl: Hrvctl, export: Path, tmp_path: Path, name: str
) -> None:
    """Exit 10 with the path, from commands that read and from those that write; nothing is made."""
    (tmp_path / "file").write_text("here")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").touch()
    before = tree(tmp_path)
    for words in COMMANDS:
        done = hrvctl("--home", tmp_path / name, *(word.format(export=export) for word in words))
        assert (done.code, done.out) == (10, ""), words
        assert str(tmp_path / name) in done.err
        assert "\n  " in done.err  # and what to do
    assert tree(tmp_path) == before


def test_home_without_a_name_is_refused(hrvctl: Hrvctl) -> None:
    """`--home "$UNSET"` must not take the working directory for a home."""
    done = hrvctl("--home", "", "status")
    assert (done.code, "--home is empty" in done.err) == (2, True)


def test_home_that_others_made_read_only_is_still_read(
    home_with_two_runs: Home, hrvctl: Hrvctl
) -> None:
    """A backup on a medium that cannot be written can be looked at."""
    expected = hrvctl("status").out
    for path in (home_with_two_runs.database, home_with_two_runs.root):
        path.chmod(path.stat().st_mode & 0o555)
    before = tree(home_with_two_runs.root)
    try:
        assert hrvctl("status").out == expected
        assert hrvctl("ledger", "verify").code == 0
        if os.geteuid():  # permission bits do not bind root
            assert hrvctl("guess", "60").code == 10
        assert tree(home_with_two_runs.root) == before
    finally:
        home_with_two_runs.root.chmod(0o700)


def test_day_is_the_persons_own(hrvctl: Hrvctl, export: Path) -> None:
    """At nine in the evening two hours east of UTC it is still today, and not tomorrow."""
    hrvctl("import", export)
    assert hrvctl("status", "--json").data["last_night"] == str(TODAY)
    assert hrvctl("guess", "60", "--json").data["guess"]["target"] == str(date(2026, 3, 11))
