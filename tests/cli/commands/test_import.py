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
