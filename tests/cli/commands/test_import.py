"""``hrvctl import``: many files of one kind are summed up."""

from collections.abc import Callable
from pathlib import Path

from conftest import Result


def test_files_of_a_day_are_summed_up(tmp_path: Path, hrvctl: Callable[..., Result]) -> None:
    """A Takeout has thousands; their faults are still named one by one."""
    folder = tmp_path / "takeout"
    folder.mkdir()
    for day in range(1, 23):
        rows = f"2024-05-{day:02}T00:00:00,{30 + day},50,2\n"
        text = f"timestamp,rmssd,nremhr,entropy\n{rows}"
        (folder / f"{day:02}.csv").write_text(text)
    result = hrvctl("import", str(folder))
    assert result.code == 0
    assert (
        "takeout/01.csv and 21 more: fitbit hrv_summary, 22 rows: 22 new, 0 revised, 0 unchanged"
        in result.out
    )
    assert "02.csv" not in result.out
    (folder / "22.csv").unlink()
    (folder / "21.csv").unlink()
    assert "takeout/02.csv: fitbit" in hrvctl("import", str(folder)).out


def test_dates_that_are_open_are_asked(tmp_path: Path, hrvctl: Callable[..., Result]) -> None:
    """Nothing is stored before the person says what comes first."""
    table = tmp_path / "mine.csv"
    table.write_text("date,hrv_ms\n03/05/2025,58\n04/05/2025,61\n")
    refused = hrvctl("import", table)
    assert refused.code == 1
    assert "--dates day-first" in refused.err
    told = hrvctl("import", table, "--dates", "month-first", "--dry-run")
    assert "read as: 2025-03-05: hrv_rmssd_ms 58" in told.out
    assert "read as: 2025-04-05: hrv_rmssd_ms 61" in told.out
    done = hrvctl("import", table, "--dates", "day-first")
    assert "2 days 2025-05-03 to 2025-05-04" in done.out
    assert hrvctl("import", table, "--dates", "year-first").code == 2


def test_parts_without_values_of_their_own_share_a_line(
    tmp_path: Path, hrvctl: Callable[..., Result]
) -> None:
    """Samsung Health has a file of bins for every night."""
    folder = tmp_path / "samsunghealth"
    folder.mkdir()
    for n in range(3):
        start = 1_746_252_000_000 + n
        bins = f'[{{"start_time": {start}, "end_time": {start + 1}, "sdnn": 40, "rmssd": 41}}]'
        (folder / f"{n}.binning_data.json").write_text(bins)
    (folder / "nights.csv").write_text("date,hrv_ms\n2025-05-03,58\n")
    out = hrvctl("import", folder).out
    assert "0.binning_data.json and 2 more: samsung bins" in out
    assert out.count("import the whole folder") == 1
    assert "2.binning_data.json" not in out
