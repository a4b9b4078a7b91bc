"""`hrvctl data`: choose the series that counts, leave days out, trace a value to its file."""

import csv
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from cli.homes import make_export, tree
from conftest import TODAY, Result
from hrvctl.store.home import Home

Hrvctl = Callable[..., Result]


def table(path: Path, column: str, values: dict[date, float]) -> Path:
    """A table of a person's own."""
    path.write_text("\n".join([f"date,{column}", *(f"{d},{v}" for d, v in values.items())]))
    return path


@pytest.fixture
def nights() -> dict[date, float]:
    """Eighty ordinary mornings, the last one today."""
    return {TODAY - timedelta(days=i): 60 + (i * 7) % 11 for i in range(80)}


@pytest.fixture
def two_kinds(tmp_path: Path, hrvctl: Hrvctl, nights: dict[date, float]) -> None:
    """RMSSD of every morning and SDNN of the last ten, from one table each."""
    few = {day: 2 * ms for day, ms in nights.items() if day > TODAY - timedelta(days=10)}
    hrvctl("import", table(tmp_path / "rmssd.csv", "rmssd_ms", nights))
    hrvctl("import", table(tmp_path / "sdnn.csv", "sdnn_ms", few))


@pytest.mark.usefixtures("two_kinds")
def test_the_chosen_series_counts_until_auto_is_chosen(hrvctl: Hrvctl) -> None:
    """Seen in the list, in the status, and gone with `auto`."""
    before = hrvctl("data", "list", "--json").data
    assert [(s["metric"], s["standing"]) for s in before["series"]] == [
        ("RMSSD", "counts"),
        ("SDNN", "kept, not mixed in"),
    ]
    assert hrvctl("data", "prefer", "table", "--metric", "sdnn").code == 0
    first = hrvctl("data", "list", "--json").data["series"][0]
    assert (first["metric"], first["standing"]) == ("SDNN", "counts: chosen by you")
    assert hrvctl("status", "--json").data["metric"] == "hrv_sdnn_ms"
    assert hrvctl("data", "prefer", "auto").code == 0
    assert hrvctl("status", "--json").data["metric"] == "hrv_rmssd_ms"


@pytest.mark.usefixtures("two_kinds")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("prefer", "oura"), "there is no HRV from 'oura'"),
        (("prefer", "table"), "table has more than one HRV metric"),
        (("exclude", "2026-03-01", "--reason", "lazy"), "'lazy' is not a reason"),
        (("exclude", "2026-03-05", "2026-03-01", "--reason", "sick"), "is after"),
        (("exclude", "2026-04-01", "--reason", "sick"), "is in the future"),
        (("days", "--from", "2026-03-05", "--to", "2026-03-01"), "is after"),
        (("why", "soon"), "not a date"),
    ],
)
def test_invalid_arguments_are_refused_with_a_hint(
    hrvctl: Hrvctl, words: tuple[str, ...], message: str
) -> None:
    """Exit code 2, what is wrong, and what to write instead."""
    result = hrvctl("data", *words)
    assert result.code == 2
    assert message in result.err
    assert len(result.err.strip().splitlines()) > 1


def test_an_ill_week_leaves_the_normal_range_and_not_the_record(
    tmp_path: Path, hrvctl: Hrvctl, nights: dict[date, float]
) -> None:
    """The range is that of a person who did not measure then; the nights stay counted."""
    ill = {TODAY - timedelta(days=i) for i in range(10, 17)}
    low = {day: 20 if day in ill else ms for day, ms in nights.items()}
    hrvctl("import", table(tmp_path / "low.csv", "hrv_ms", low))
    dropped = hrvctl("status", "--json").data
    first, last = min(ill), max(ill)
    assert hrvctl("data", "exclude", first, last, "--reason", "sick", "--note", "flu").code == 0
    rested = hrvctl("status", "--json").data
    assert rested["n_nights"] == dropped["n_nights"]
    without = {day: ms for day, ms in nights.items() if day not in ill}
    hrvctl("--subject", "well", "import", table(tmp_path / "well.csv", "hrv_ms", without))
    well = hrvctl("--subject", "well", "status", "--json").data
    assert rested["baseline"] == well["baseline"]
    assert rested["baseline"]["low_ms"] != dropped["baseline"]["low_ms"]
    assert hrvctl("data", "include", first, last).code == 0
    assert hrvctl("status", "--json").data == {**dropped, "subjects": ["me", "well"]}
    assert hrvctl("data", "include", first, last).code == 4


def test_a_sensor_fault_is_not_used_at_all(
    tmp_path: Path, hrvctl: Hrvctl, nights: dict[date, float]
) -> None:
    """The forecast is that of a person without that night."""
    glitch = TODAY - timedelta(days=3)
    hrvctl("import", table(tmp_path / "a.csv", "hrv_ms", {**nights, glitch: 255}))
    hrvctl("data", "exclude", glitch, "--reason", "sensor")
    without = {day: ms for day, ms in nights.items() if day != glitch}
    hrvctl("--subject", "well", "import", table(tmp_path / "b.csv", "hrv_ms", without))
    said, well = (
        hrvctl("--subject", who, "daily", "--json").data["agent"]["forecast"]
        for who in ("me", "well")
    )
    assert said == well


@pytest.mark.usefixtures("two_kinds")
def test_days_show_each_series_and_what_is_left_out(
    hrvctl: Hrvctl, nights: dict[date, float]
) -> None:
    """One row a calendar day, missing ones too, the counting series first."""
    hrvctl("data", "exclude", TODAY, "--reason", "travel", "--note", "night train")
    shown = hrvctl("data", "days", "--from", TODAY - timedelta(days=11), "--json").data["days"]
    assert [row["day"] for row in shown] == [
        (TODAY - timedelta(days=i)).isoformat() for i in range(11, -1, -1)
    ]
    assert shown[0]["hrv_ms"] == {
        "RMSSD table": nights[TODAY - timedelta(days=11)],
        "SDNN table": None,
    }
    assert shown[-1]["left_out"] == "travel: night train"


def test_why_names_the_file_the_revision_and_the_correction(
    tmp_path: Path, hrvctl: Hrvctl, nights: dict[date, float]
) -> None:
    """A value can be traced to its file, its revision and the person's correction."""
    day = TODAY - timedelta(days=2)
    first = hrvctl("import", table(tmp_path / "first.csv", "hrv_ms", nights), on=TODAY)
    assert first.code == 0
    newer = {**nights, day: nights[day] + 1}
    later = TODAY + timedelta(days=1)
    hrvctl("import", table(tmp_path / "newer.csv", "hrv_ms", newer), on=later)
    hrvctl("reconcile", "--date", day, "--actual", 55, "--reason", "strap slipped", on=later)
    trace = hrvctl("data", "why", day, "--json", on=later).data
    (value,) = trace["values"]
    assert (value["value"], value["file"], value["source"]) == (newer[day], "newer.csv", "table")
    assert value["first_seen_at"].startswith(TODAY.isoformat())
    assert value["revised_at"].startswith(later.isoformat())
    (correction,) = trace["corrections"]
    assert (correction["value"], correction["reason"]) == (55, "strap slipped")
    assert "strap slipped" in hrvctl("data", "why", day, on=later).out
    assert "Nothing was measured" in hrvctl("data", "why", "2025-01-01", on=later).out


@pytest.mark.usefixtures("two_kinds")
@pytest.mark.parametrize(
    "words",
    [
        ("prefer", "table", "--metric", "sdnn"),
        ("exclude", "2026-03-01", "--reason", "sick"),
        ("include", "2026-03-01"),
    ],
)
def test_a_dry_run_writes_nothing(home: Home, hrvctl: Hrvctl, words: tuple[str, ...]) -> None:
    """Not a byte of the home changes."""
    hrvctl("data", "exclude", "2026-03-01", "--reason", "other")
    before = tree(home.root)
    assert hrvctl("data", *words, "--dry-run").code == 0
    assert tree(home.root) == before


def test_night_that_whoop_withdrew_is_shown_and_no_longer_counts(
    home_with_two_runs: Home, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """A newer export without it: `why` says when, and sealed rows are made again with it."""
    folder = make_export(tmp_path / "newer", last_day=TODAY)
    (cycles,) = folder.rglob("physiological_cycles.csv")
    with cycles.open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    wake = next(i for i, name in enumerate(header) if "Wake" in name)
    day = TODAY - timedelta(days=10)
    kept = [row for row in rows if not row[wake].startswith(str(day))]
    assert len(kept) == len(rows) - 1
    with cycles.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *kept])
    for other in folder.rglob("sleeps.csv"):
        other.unlink()
    before = hrvctl("ledger", "reproduce", "--json").data
    later = TODAY + timedelta(days=1)
    done = hrvctl("import", folder, on=later)
    assert (done.code, "withdrawn" in done.out) == (0, True)
    assert f"withdrawn {later}" in hrvctl("data", "why", day, on=later).out
    days = {row["day"]: row for row in hrvctl("data", "days", "--json", on=later).data["days"]}
    assert set(days[str(day)]["hrv_ms"].values()) == {None}
    assert hrvctl("ledger", "reproduce", "--json", on=later).data == before
    assert home_with_two_runs.exists()


def test_after_an_old_import_the_list_says_when_the_data_end(
    tmp_path: Path, hrvctl: Hrvctl
) -> None:
    """Fourteen empty mornings do not look as if nothing had been stored."""
    hrvctl("import", table(tmp_path / "old.csv", "rmssd_ms", {date(2024, 5, 3): 58}))
    out = hrvctl("data", "days").out
    assert "The data end on 2024-05-03" in out
    command = out.rsplit("`hrvctl ", 1)[1].split("`")[0].split()
    assert "58" in hrvctl(*command).out


def test_a_gap_takes_one_line_of_the_mornings(tmp_path: Path, hrvctl: Hrvctl) -> None:
    """One or two mornings without a night are listed; the days of `--json` are all there."""
    nights = {TODAY - timedelta(days=i): 60 + i for i in (0, 3, 40)}
    hrvctl("import", table(tmp_path / "few.csv", "rmssd_ms", nights))
    words = ("data", "days", "--from", TODAY - timedelta(days=40))
    lines = hrvctl(*words).out.splitlines()[1:]
    assert [line.split("  ")[0] for line in lines] == [
        "2026-01-29",
        "2026-01-30 to 2026-03-06",
        "2026-03-07",
        "2026-03-08",
        "2026-03-09",
        "2026-03-10",
    ]
    assert len(hrvctl(*words, "--json").data["days"]) == 41
