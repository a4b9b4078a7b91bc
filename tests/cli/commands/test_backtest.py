"""`hrvctl backtest`: the past rehearsed, every model on the same mornings, nothing written."""

import csv
import io
import stat
from collections.abc import Callable
from contextlib import redirect_stderr
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from cli.homes import rows, tree
from conftest import TODAY, Result
from hrvctl.cli.render import progress_bar
from hrvctl.domain.forecast.registry import CANDIDATES
from hrvctl.samples.people import draw_people
from hrvctl.samples.simulation import simulate_until
from hrvctl.samples.whoop_export import write_export
from hrvctl.store.home import Home

Hrvctl = Callable[..., Result]
HEADER = ["subject", "date", "mean", "p10", "p90", "p2_5", "p97_5"]


def nights(export: Path) -> dict[date, float]:
    """HRV by the date of waking, read from the export as anyone would."""
    with (export / "physiological_cycles.csv").open(encoding="utf-8") as file:
        found = [row for row in csv.DictReader(file) if row["Heart rate variability (ms)"]]
    found.sort(key=lambda row: float(row["Asleep duration (min)"]))
    return {
        date.fromisoformat(row["Wake onset"][:10]): float(row["Heart rate variability (ms)"])
        for row in found
    }


@pytest.fixture
def long_export(tmp_path: Path) -> Path:
    """Three months of a made-up person: enough for every model to speak."""
    (traits,) = draw_people(1, 4)
    person = simulate_until(traits, last_day=TODAY, n_days=90, seed=4)
    write_export(person, tmp_path / "long")
    return tmp_path / "long"


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    assert header == HEADER
    return lines


def test_errors_of_the_plain_ones_equal_those_by_hand(
    imported: Home, export: Path, hrvctl: Hrvctl
) -> None:
    """The last value and the 7-day mean, rolled over the export with plain numpy."""
    assert imported.exists()
    hrv = nights(export)
    days = sorted(hrv)[1:]
    truth = np.array([hrv[d] for d in days])
    last = np.array([hrv[max(n for n in hrv if n < d)] for d in days])
    week = np.array(
        [
            np.mean([hrv[n] for n in hrv if d - timedelta(days=7) <= n < d] or [last[i]])
            for i, d in enumerate(days)
        ]
    )
    data = hrvctl("backtest", "--models", "ma7,naive", "--json").data
    naive, ma7 = data["models"]
    assert (data["n_mornings"], data["first_day"]) == (len(days), str(days[0]))
    for row, said in ((naive, last), (ma7, week)):
        assert row["mae_ms"] == pytest.approx(np.abs(said - truth).mean(), abs=1e-6)
        assert row["bias_ms"] == pytest.approx((said - truth).mean(), abs=1e-6)
    ratio = np.abs(week - truth).sum() / np.abs(last - truth).sum()
    assert ma7["relative_to_naive"] == pytest.approx(ratio, abs=1e-6)
    assert (ma7["relative_to_ma7"], naive["relative_to_naive"]) == (1, 1)


def test_the_evening_knew_less_than_the_closed_day(
    long_export: Path, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """Two rows of the main model: what covers the whole day is in one alone."""
    assert hrvctl("import", long_export).code == 0
    done = hrvctl("backtest", "--models", "hierarchical", "--csv", tmp_path / "f.csv")
    assert "hierarchical: with the day closed" in done.out
    assert "hierarchical_evening: as the evening knew it" in done.out
    closed, evening = (read(tmp_path / name) for name in ("f.csv", "f.hierarchical_evening.csv"))
    assert [line[:2] for line in closed] == [line[:2] for line in evening]
    assert sum(a != b for a, b in zip(closed, evening, strict=True)) > 40


def test_how_many_evenings_are_known_by_dates_alone(
    long_export: Path, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """All of a past that was imported at once, none that was lived."""
    assert hrvctl("import", long_export).code == 0
    data = hrvctl("backtest", "--models", "hierarchical", "--json").data
    assert data["n_evenings"] - data["n_by_date"] == 0
    assert data["n_evenings"] > 40
    words = f"{data['n_by_date']} of {data['n_evenings']} evenings were imported later"
    assert words in hrvctl("backtest", "--models", "hierarchical").out
    for n in range(1, 4):
        day = TODAY + timedelta(days=n)
        (tmp_path / f"{n}.csv").write_text(f"date,hrv_rmssd_ms\n{day},{60 + n}\n")
        assert hrvctl("import", tmp_path / f"{n}.csv", "--subject", "b", on=day).code == 0
    lived = hrvctl("backtest", "--models", "hierarchical", "--subject", "b", "--json", on=day)
    assert (lived.data["n_evenings"], lived.data["n_by_date"]) == (2, 0)


def test_the_week_ahead_is_scored_by_lead(long_export: Path, hrvctl: Hrvctl) -> None:
    """The last value two mornings ahead, rolled over the export by hand; tomorrow as above."""
    assert hrvctl("import", long_export).code == 0
    data = hrvctl("backtest", "--models", "naive,hierarchical", "--json").data
    assert [found["lead"] for found in data["leads"]] == list(range(1, 8))
    first = {row["source"]: row["mae_ms"] for row in data["leads"][0]["scores"]}
    assert first == pytest.approx({row["source"]: row["mae_ms"] for row in data["models"]})
    hrv, day = nights(long_export), timedelta(days=1)
    known = {d: [n for n in hrv if n < d - day] for d in hrv}
    errors = [abs(hrv[max(known[d])] - hrv[d]) for d in hrv if known[d]]
    (naive, *_) = data["leads"][1]["scores"]
    assert (naive["source"], naive["n"]) == ("naive", len(errors))
    assert naive["mae_ms"] == pytest.approx(np.mean(errors), abs=1e-6)
    assert "The week ahead:" in hrvctl("backtest", "--full").out


def test_the_verdict_is_about_the_forecast_to_expect_of_tonight(
    long_export: Path, hrvctl: Hrvctl
) -> None:
    """One sentence first: its error and that of the last value, as in the table."""
    assert hrvctl("import", long_export).code == 0
    done, data = hrvctl("backtest"), hrvctl("backtest", "--json").data
    found = {row["source"]: row for row in data["models"]}
    own, naive = found["hierarchical_evening"], found["naive"]
    assert done.out.startswith(
        f"The hierarchical model, by what the evening knew, was {own['mae_ms']:.1f} ms off on"
        f" {own['n']} mornings, the last value {naive['mae_ms']:.1f}"
    )


def test_all_models_are_tried_on_the_same_mornings(imported: Home, hrvctl: Hrvctl) -> None:
    """One table, a line a model, one number of mornings; nothing stored, no bar in a pipe."""
    before = rows(imported), tree(imported.root)
    done, full = hrvctl("backtest"), hrvctl("backtest", "--full")
    assert (done.code, done.err) == (0, "")
    for model in CANDIDATES:
        assert done.out.count(f"\n{model.name} ") == 1
        assert full.out.count(f"\n{model.name} ") == 2
    models = hrvctl("backtest", "--json").data["models"]
    shown = [*(model.name for model in CANDIDATES), "hierarchical_evening"]
    assert [row["source"] for row in models] == shown
    assert len({row["n"] for row in models if row["mae_ms"] is not None}) == 1
    assert (rows(imported), tree(imported.root)) == before


def test_a_span_is_a_part_of_the_whole(hrvctl: Hrvctl, long_export: Path, tmp_path: Path) -> None:
    """What was said of a morning does not depend on which mornings are asked for."""
    hrvctl("import", long_export)
    whole, part = tmp_path / "whole.csv", tmp_path / "part.csv"
    first, last = TODAY - timedelta(days=12), TODAY - timedelta(days=4)
    hrvctl("backtest", "--csv", whole)
    assert hrvctl("backtest", "--from", first, "--to", last, "--csv", part).code == 0
    for model in CANDIDATES:
        lines = read(tmp_path / f"whole.{model.name}.csv")
        inside = [line for line in lines if str(first) <= line[1] <= str(last)]
        assert read(tmp_path / f"part.{model.name}.csv") == inside
        assert inside


def test_no_model_sees_later_days(hrvctl: Hrvctl, long_export: Path, tmp_path: Path) -> None:
    """With the later cycles not even stored, each model says the very same of what was before."""
    cut = TODAY - timedelta(days=6)
    hrvctl("import", long_export)
    hrvctl("backtest", "--to", cut, "--csv", tmp_path / "late.csv")
    cycles = long_export / "physiological_cycles.csv"
    header, *lines = cycles.read_text("utf-8").splitlines(keepends=True)
    wake = header.split(",").index("Wake onset")
    known = [line for line in lines if line.split(",")[wake][:10] <= str(cut)]
    assert len(known) < len(lines)
    cycles.write_text("".join([header, *known]), "utf-8")
    hrvctl("--subject", "other", "import", cycles, long_export / "journal_entries.csv")
    hrvctl("--subject", "other", "backtest", "--csv", tmp_path / "early.csv", on=cut)
    for model in CANDIDATES:
        late, early = (read(tmp_path / f"{when}.{model.name}.csv") for when in ("late", "early"))
        assert [line[1:] for line in late] == [line[1:] for line in early]
        assert late


def test_csv_is_in_the_scorers_format(
    imported: Home, export: Path, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """One model goes to FILE itself; an interval that cannot be stated leaves its cells empty."""
    assert imported.exists()
    path = tmp_path / "ma7.csv"
    done = hrvctl("--subject", "me", "backtest", "--models", "ma7", "--csv", path)
    lines = read(path)
    assert f"Wrote {path}: {len(lines)} forecasts." in done.out
    assert [line[1] for line in lines] == [str(day) for day in sorted(nights(export))[1:]]
    assert {line[0] for line in lines} == {"me"}
    assert lines[0][3:] == [""] * 4
    *_, p10, p90, low, high = lines[-1]
    assert float(low) < float(p10) < float(lines[-1][2]) < float(p90) < float(high)


def test_the_folder_of_the_csv_is_left_as_it_is(
    imported: Home, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """A shared folder stays shared; the file in it is the person's alone; no half file is left."""
    assert imported.exists()
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o755)
    for _ in range(2):  # the second time over what the first wrote
        assert hrvctl("backtest", "--models", "naive", "--csv", folder / "n.csv").code == 0
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert stat.S_IMODE((folder / "n.csv").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["n.csv"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--models", "nope"), ("'nope'", "choose from: naive, ma7")),
        (("--models", "ma7,"), ("no model is called ''",)),
        (("--from", "2026-03-05", "--to", "2026-03-01"), ("--from 2026-03-05", "--to 2026-03-01")),
        (("--from", "2026-04-01"), ("is after today",)),
        (("--to", "2026-04-01"), ("is in the future", "2026-03-10")),
        (("--from", "3/4"), ("may be 3 Apr or 4 Mar",)),
        (("--csv", "no/such/folder/x.csv"), ("folder that does not exist",)),
        (("--csv", "."), ("is a folder",)),
    ],
    ids=" ".join,
)
def test_words_that_make_no_sense_are_usage_errors(
    imported: Home, hrvctl: Hrvctl, words: tuple[str, ...], said: tuple[str, ...]
) -> None:
    """It says what is wrong and what could be meant, before any work."""
    assert imported.exists()
    done = hrvctl("backtest", *words)
    assert (done.code, done.out) == (2, "")
    assert all(part in done.err for part in said)


def test_too_few_nights_say_have_and_need(hrvctl: Hrvctl, home: Home, tmp_path: Path) -> None:
    """Without nights there is nothing to backtest, and nothing is created."""
    done = hrvctl("backtest")
    assert (done.code, home.root.exists()) == (1, False)
    assert "have 0 nights, need 2" in done.err
    (tmp_path / "one.csv").write_text("date,hrv_ms\n2026-03-09,60\n")
    hrvctl("import", tmp_path / "one.csv")
    assert "have 1 night, need 2" in hrvctl("backtest").err


def test_span_without_a_night_says_so(imported: Home, hrvctl: Hrvctl) -> None:
    """A span from before the first night holds no morning to score."""
    assert imported.exists()
    done = hrvctl("backtest", "--from", "2025-01-01", "--to", "2025-02-01")
    assert done.code == 1
    assert "no morning to score" in done.err
    assert "have 0 nights" in done.err


def test_bar_is_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person sees which model is at work; a pipe, and who asked for quiet, sees nothing."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    seen = {}
    for name, stream, is_quiet in (
        ("terminal", Terminal(), False),
        ("quiet", Terminal(), True),
        ("pipe", io.StringIO(), False),
    ):
        with redirect_stderr(stream), progress_bar(2, is_quiet=is_quiet) as begin:
            begin("last value")
            begin("7-day mean")
        seen[name] = stream.getvalue()
    assert "7-day mean" in seen["terminal"]
    assert (seen["quiet"], seen["pipe"]) == ("", "")
