"""`hrvctl cohort show`: the board in the terminal, as a page, as a table, and in numbers."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from cli.test_envelope import check
from cli.test_outside_text import HOSTILE, raw
from conftest import Result
from hrvctl.cli import output
from hrvctl.store.cohorts.evenings import forecasts_path
from hrvctl.store.cohorts.folder import CohortFolder
from usecases.cohorts.made_up import (
    AS_OF,
    make_cohort,
    nights_of,
    run_evening,
    run_evenings,
    table_of,
)

Hrvctl = Callable[..., Result]
EVENING = datetime(2026, 3, 10, 20, tzinfo=UTC)
LONG = "Maximiliana Charlotte of Somewhere"


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight people in two groups, one of them without a night for five days, one never seen."""
    root = tmp_path_factory.mktemp("cohort")
    late = nights_of("late", 60, seed=90, last=AS_OF - timedelta(days=5))
    folder, settings, _ = make_cohort(root, pd.concat([table_of(6, 60), late]))
    people = f"p000,{LONG},U19\np001,Ben,U17\nlate,=1+1,U17\nnever,Zoe,U19\n"
    folder.write("people.csv", f"subject,name,group\n{people}".encode())
    run_evening(folder, settings)
    return Path(folder.address)


def show(hrvctl: Hrvctl, cohort: Path, *words: object) -> Result:
    """The board on its evening."""
    return hrvctl("cohort", "show", cohort, *words, at=EVENING)


def test_the_board_says_who_needs_you_and_shows_everybody(hrvctl: Hrvctl, cohort: Path) -> None:
    """The one without nights with a sentence; the figures' legend; the seal."""
    done = show(hrvctl, cohort)
    assert done.code == 0, done.err
    assert done.out.startswith("Lions, evening of Tue 10 Mar 2026: 8 people, 2 without a night for")
    assert "  =1+1: no night for 5 days\n" in done.out
    assert "  Zoe: nothing was imported of them yet\n" in done.out
    assert "\nBen  " in done.out
    assert "Sealed: root " in done.out
    assert "old" not in done.out
    groups = [line.split()[:2] for line in done.out.splitlines() if line.startswith(("U1", "no g"))]
    assert groups == [["U17", "2"], ["U19", "2"], ["no", "group"]]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_every_line_fits(
    hrvctl: Hrvctl, cohort: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    """With the words of the pipe; a longer name is cut, and a table that is too wide goes on."""
    piped = show(hrvctl, cohort)
    monkeypatch.setattr(output, "terminal_width", lambda _=None: width)
    shown = show(hrvctl, cohort)
    assert [line for line in shown.out.splitlines() if len(line) > width] == []
    assert set(shown.out.split()) == set(piped.out.split())
    assert "Maximiliana C..." in shown.out
    assert LONG not in shown.out


def test_by_name_and_by_group(hrvctl: Hrvctl, cohort: Path, tmp_path: Path) -> None:
    """The order is that of the table, too; a group alone; and one that is not there."""
    file = tmp_path / "board.csv"
    assert show(hrvctl, cohort, "--sort", "name", "--csv", file).code == 0
    with file.open() as rows:
        names = [row["name"] for row in csv.DictReader(rows)]
    assert names == ["'=1+1", "Ben", LONG, "p002", "p003", "p004", "p005", "Zoe"]
    data = show(hrvctl, cohort, "--group", "U17", "--json").data
    assert (data["n_people"], data["n_needs"], data["group"]) == (2, 1, "U17")
    wrong = show(hrvctl, cohort, "--group", "u17")
    assert (wrong.code, "groups: U17, U19" in wrong.err) == (2, True)


def test_json_has_counts_and_files_and_nobody(hrvctl: Hrvctl, cohort: Path, tmp_path: Path) -> None:
    """No row a person, no name, no subject."""
    page, table = tmp_path / "board.html", tmp_path / "board.csv"
    done = show(hrvctl, cohort, "--json", "--html", page, "--csv", table)
    assert check(done, command="cohort show", status="done")["data"] == done.data
    data = done.data
    assert (data["n_people"], data["n_needs"], data["n_groups"]) == (8, 2, 3)
    assert data["needs"]["no_data"] == 2
    assert list(data["needs"]) == ["red_light", "failed", "no_data", "far", "withheld"]
    assert sum(data["lights"].values()) == 8
    assert data["files"] == {"html": str(page), "csv": str(table)}
    assert len(data["root"]) == 64
    for name in ("Ben", "p001", "Zoe", "U17", "=1+1"):
        assert name not in json.dumps({**data, "files": None})
    assert "Ben" in page.read_text()


def test_the_table_has_every_figure_and_no_formula(
    hrvctl: Hrvctl, cohort: Path, tmp_path: Path
) -> None:
    """A line a person, with all digits."""
    file = tmp_path / "board.csv"
    assert show(hrvctl, cohort, "--csv", file).out.endswith(f"Wrote {file}.\n")
    with file.open() as lines:
        rows = {row["subject"]: row for row in csv.DictReader(lines)}
    assert len(rows) == 8
    assert rows["late"]["name"] == "'=1+1"
    assert (rows["late"]["age_days"], rows["late"]["needs"]) == ("5", "no night for 5 days")
    ben = rows["p001"]
    low, middle, high = (float(ben[f"tomorrow_{end}ms"]) for end in ("p10_", "", "p90_"))
    assert low < middle < high
    assert float(ben["range_low_ms"]) < float(ben["range_high_ms"])


def test_a_run_keeps_the_record_of_the_mornings_that_came(hrvctl: Hrvctl, tmp_path: Path) -> None:
    """And a board that is not complete says so."""
    folder, _ = run_evenings(tmp_path, table_of(3, 40), 3)
    assert "intervals held" not in show(hrvctl, Path(folder.address)).out
    hrvctl("cohort", "run", folder.address, at=EVENING)
    done = show(hrvctl, Path(folder.address))
    assert "2026-03-09 to 2026-03-10: 80 % intervals held " in done.out
    assert "are not shown" not in done.out
    folder.delete([forecasts_path(AS_OF, 0)])
    assert "whose people are not shown: 1." in show(hrvctl, Path(folder.address)).out


def test_an_evening_that_is_past_says_its_age(hrvctl: Hrvctl, cohort: Path) -> None:
    """The board is that of the latest evening, also days later."""
    done = hrvctl("cohort", "show", cohort, at=EVENING + timedelta(days=2))
    assert "This evening is 2 days old" in done.out


def test_what_is_not_there_is_refused_in_words(
    hrvctl: Hrvctl, cohort: Path, tmp_path: Path
) -> None:
    """No cohort, no evening, one file for two things, a folder that does not exist."""
    assert "holds no cohort" in hrvctl("cohort", "show", tmp_path, at=EVENING).err
    a_file = tmp_path / "a-file"
    a_file.touch()
    done = hrvctl("cohort", "show", a_file, at=EVENING)
    assert (done.code, "cannot be read: " in done.err, "a bug" in done.err) == (1, True, False)
    make_cohort(tmp_path, table_of(1, 5))
    young = hrvctl("cohort", "show", tmp_path / "lions", at=EVENING)
    assert (young.code, "has 0 evenings, need 1" in young.err) == (1, True)
    gone = show(hrvctl, cohort, "--as-of", "2026-03-01")
    assert (gone.code, "the latest is of 2026-03-10" in gone.err) == (1, True)
    file = tmp_path / "one"
    assert show(hrvctl, cohort, "--html", file, "--csv", file).code == 2
    assert not file.exists()
    assert "cannot write" in show(hrvctl, cohort, "--html", tmp_path / "no" / "b.html").err


def test_a_large_cohort_shows_the_first_and_says_how_many_more(
    hrvctl: Hrvctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the queue and of everybody, and how to see them."""
    from hrvctl.cli.commands import cohort_show

    monkeypatch.setattr(cohort_show, "MOST_NEEDS", 2)
    monkeypatch.setattr(cohort_show, "MOST_LINES", 3)
    folder, settings, _ = make_cohort(tmp_path, table_of(1, 20))
    names = "".join(f"q{n},q{n}\n" for n in range(8))
    folder.write("people.csv", f"subject,name\n{names}".encode())
    run_evening(folder, settings)
    done = hrvctl("cohort", "show", folder.address, at=EVENING)
    assert "Needs you: 8\n" in done.out
    assert "  and 6 more people\n" in done.out
    assert done.out.rstrip().endswith("Everybody: --html FILE, --csv FILE, or --group NAME")
    assert done.out.count("nothing was imported") == 2
    assert len([line for line in done.out.splitlines() if line.startswith(("p000 ", "q"))]) == 3


@pytest.mark.parametrize("text", HOSTILE, ids=map(ascii, HOSTILE))
def test_no_output_has_text_from_outside_raw(hrvctl: Hrvctl, tmp_path: Path, text: str) -> None:
    """A person, a group and a cohort of any name: in the terminal, as JSON, and in errors."""
    folder, settings, _ = make_cohort(tmp_path, table_of(1, 20))
    run_evening(folder, settings)
    quoted = text.replace('"', '""')
    rows = f'subject,name,group\np000,"{quoted}","{quoted}"\n"{quoted}","{quoted}",\n'
    folder.write("people.csv", rows.encode())
    settings_file = CohortFolder(folder.address).read("cohort.toml").decode()
    folder.write("cohort.toml", settings_file.replace('"Lions"', json.dumps(text)).encode())
    for words in ((), ("--json",), ("--group", text), ("--group", "x" + text)):
        done = show(hrvctl, Path(folder.address), *words)
        assert not raw(done.out + done.err), words
        assert "\nhrvctl: all is well" not in done.out + done.err, words
