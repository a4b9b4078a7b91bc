"""A cohort exported as tables that describe themselves: whole, readable anywhere, with no names."""

import csv
import hashlib
import json
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from hrvctl.engines.loop import Loop
from hrvctl.errors import DataError, UsageError
from hrvctl.records.choices import ExportFormat
from hrvctl.store.cohorts.nights import bucket_of
from hrvctl.usecases.cohorts import export
from hrvctl.usecases.cohorts.evening import Options, forecast_evening, plan_evening
from hrvctl.usecases.cohorts.export import export_cohort
from usecases.cohorts.made_up import AS_OF, NEW, NOW, make_cohort, table_of

CSV, PARQUET = ExportFormat.CSV, ExportFormat.PARQUET
N_PEOPLE = 5
# A source that a spreadsheet would run.
FORMULA = "=cmd()"


def nights():
    table = table_of(N_PEOPLE, 45)
    other = table[table["subject"] == "p001"].assign(source=FORMULA, resting_hr_bpm=50.0)
    return pd.concat([table, other])


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    """A cohort with an evening, and the table it was imported from."""
    table = nights()
    folder, settings, _ = make_cohort(tmp_path_factory.mktemp("cohort"), table)
    plan = plan_evening(folder, settings, AS_OF, Options(), now=NOW)
    forecast_evening(folder, plan, Loop())
    return folder, table


def read(out: Path, name: str, file_format=PARQUET):
    if file_format is PARQUET:
        return pd.read_parquet(out / f"{name}.parquet")
    return pd.read_csv(out / f"{name}.csv", keep_default_na=False, na_values=[""])


def codebook(out: Path):
    with (out / "codebook.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_value_is_a_row(cohort, tmp_path) -> None:
    folder, table = cohort
    out = tmp_path / "out"
    done = export_cohort(folder, out, PARQUET, at=NOW)
    found = read(out, "nights")
    values = ["hrv_rmssd_ms", "resting_hr_bpm", "tag:alcohol"]
    expected = table.melt(["subject", "day", "source"], values, "metric").dropna()
    keys = ["subject", "day", "metric", "source"]
    both = [each.set_index(keys)["value"].sort_index() for each in (found, expected)]
    pd.testing.assert_series_equal(*both)
    assert done.n_nights == len(expected)
    assert not done.is_pseudonymised


def test_every_model_and_vital_sign_is_a_row(cohort, tmp_path) -> None:
    out = tmp_path / "out"
    done = export_cohort(cohort[0], out, PARQUET, at=NOW)
    found = read(out, "forecasts")
    assert len(found) == done.n_forecasts
    hrv = found[found["metric"] == "hrv_rmssd_ms"]
    assert set(hrv["model"]) == set(NEW.models)
    assert (hrv.groupby("subject").size() == len(NEW.models)).all()
    assert hrv["subject"].nunique() == N_PEOPLE
    assert (hrv.groupby("subject")["is_served"].sum() == 1).all()
    vitals = found[found["metric"] == "resting_hr_bpm"]
    assert len(vitals) == N_PEOPLE
    assert vitals["p50"].between(45, 60).all()
    stated = hrv.dropna(subset=["p10", "p90"])
    assert len(stated)
    assert (stated["p10"] < stated["p90"]).all()
    assert set(found["target"]) == {AS_OF + timedelta(days=1)}


@pytest.mark.parametrize("file_format", [CSV, PARQUET])
def test_the_package_describes_what_is_in_it(cohort, tmp_path, file_format) -> None:
    """Every file with its size and hash, every column with its type; keys name each row once."""
    out = tmp_path / "out"
    export_cohort(cohort[0], out, file_format, at=NOW)
    package = json.loads((out / "datapackage.json").read_text(encoding="utf-8"))
    assert package["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert (package["name"], package["title"]) == ("lions", "Lions")
    by_path = {resource["path"]: resource for resource in package["resources"]}
    files = {path.name for path in out.iterdir()}
    assert set(by_path) | {"datapackage.json"} == files
    for path, resource in by_path.items():
        content = (out / path).read_bytes()
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    for name in ("nights", "forecasts"):
        resource = by_path[f"{name}.{file_format.value}"]
        table = read(out, name, file_format)
        assert [field["name"] for field in resource["schema"]["fields"]] == list(table.columns)
        assert all(field["description"] for field in resource["schema"]["fields"])
        assert not table.duplicated(resource["schema"]["primaryKey"]).any()
        assert resource["rows"] == len(table)


def test_the_codebook_has_every_column_and_metric(cohort, tmp_path) -> None:
    """With unit and definition, and the sources of what was measured."""
    out = tmp_path / "out"
    export_cohort(cohort[0], out, PARQUET, at=NOW)
    rows = codebook(out)
    for name in ("nights", "forecasts"):
        columns = [row["name"] for row in rows if (row["table"], row["kind"]) == (name, "column")]
        assert columns == list(read(out, name).columns)
    metrics = {row["name"]: row for row in rows if row["kind"] == "metric"}
    assert set(metrics) == set(read(out, "nights")["metric"])
    assert metrics["hrv_rmssd_ms"]["unit"] == "ms"
    assert metrics["hrv_rmssd_ms"]["source"] == f"'{FORMULA}, whoop"
    assert metrics["tag:alcohol"]["definition"] == "Answers of the journal to alcohol"
    assert all(row["definition"] for row in rows)


def test_csv_says_the_same_as_parquet_and_runs_nothing(cohort, tmp_path) -> None:
    for file_format in (CSV, PARQUET):
        export_cohort(cohort[0], tmp_path / file_format.value, file_format, at=NOW)
    for name in ("nights", "forecasts"):
        ours, theirs = (
            read(tmp_path / each.value, name, each).astype("string") for each in (CSV, PARQUET)
        )
        column = "source" if name == "nights" else "measured_by"
        assert f"'{FORMULA}" in set(ours[column])
        ours[column] = ours[column].str.removeprefix("'")
        pd.testing.assert_frame_equal(ours, theirs)


def test_pseudonyms_replace_every_name(cohort, tmp_path) -> None:
    """The same with the same key, others with another; the values are all there."""
    folder, table = cohort
    keys = tmp_path / "key", tmp_path / "key", tmp_path / "other"
    outs = [tmp_path / f"out{n}" for n in range(3)]
    for out, key in zip(outs, keys, strict=True):
        assert export_cohort(folder, out, PARQUET, key_file=key, at=NOW).is_pseudonymised
    first, again, other = (read(out, "nights") for out in outs)
    assert first.equals(again)
    assert set(first["subject"]).isdisjoint(other["subject"])
    assert first["subject"].nunique() == N_PEOPLE
    plain = tmp_path / "plain"
    export_cohort(folder, plain, PARQUET, at=NOW)
    assert sorted(first["value"]) == sorted(read(plain, "nights")["value"])
    forecasts = read(outs[0], "forecasts")
    assert set(forecasts["subject"]) == set(first["subject"])
    for path in outs[0].iterdir():
        content = path.read_bytes()
        assert not [name for name in set(table["subject"]) if name.encode() in content]


@pytest.mark.parametrize("most_parts", [1, 2, 256])
def test_the_order_of_rows_tells_no_names(cohort, tmp_path, monkeypatch, most_parts) -> None:
    """Rows are in order of the pseudonyms, however many buckets the people were in."""
    monkeypatch.setattr(export, "MOST_PARTS", most_parts)
    folder, table = cohort
    assert len({bucket_of(subject, NEW.buckets) for subject in table["subject"]}) > 1
    export_cohort(folder, tmp_path / "out", PARQUET, key_file=tmp_path / "key", at=NOW)
    for name in ("nights", "forecasts"):
        assert read(tmp_path / "out", name)["subject"].is_monotonic_increasing


def test_the_key_stays_with_its_owner(cohort, tmp_path) -> None:
    out, key = tmp_path / "out", tmp_path / "key"
    export_cohort(cohort[0], out, PARQUET, key_file=key, at=NOW)
    assert key.stat().st_mode & 0o777 == 0o600
    text = key.read_text().strip()
    assert len(text) == 64
    assert not [p for p in out.iterdir() if text.encode() in p.read_bytes()]


@pytest.mark.parametrize("place", ["out/key", "out/deep/../key", "link/key"])
def test_a_key_inside_the_export_is_refused(cohort, tmp_path, place) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "out")
    with pytest.raises(UsageError, match="inside"):
        export_cohort(cohort[0], tmp_path / "out", PARQUET, key_file=tmp_path / place, at=NOW)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_key_that_others_may_read_is_refused(cohort, tmp_path) -> None:
    key = tmp_path / "key"
    key.write_text("00" * 32)
    key.chmod(0o644)
    with pytest.raises(UsageError, match="others"):
        export_cohort(cohort[0], tmp_path / "out", PARQUET, key_file=key, at=NOW)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", ["", "00" * 31, "no key", "ü"])
def test_another_file_is_no_key(cohort, tmp_path, content) -> None:
    key = tmp_path / "key"
    key.write_text(content)
    key.chmod(0o600)
    with pytest.raises(DataError, match="no key"):
        export_cohort(cohort[0], tmp_path / "out", PARQUET, key_file=key, at=NOW)
    assert key.read_text() == content


def test_a_folder_with_files_is_refused(cohort, tmp_path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="empty"):
        export_cohort(cohort[0], tmp_path, PARQUET, at=NOW)


def test_a_cohort_without_an_evening_has_no_forecasts(tmp_path) -> None:
    folder, _, _ = make_cohort(tmp_path, table_of(2, 10))
    done = export_cohort(folder, tmp_path / "out", CSV, key_file=tmp_path / "key", at=NOW)
    assert done.n_forecasts == 0
    assert list(read(tmp_path / "out", "forecasts", CSV).columns)[:2] == ["subject", "as_of"]


@pytest.mark.parametrize("is_new", [True, False])
def test_an_export_that_is_stopped_leaves_nothing(cohort, tmp_path, monkeypatch, is_new) -> None:
    out = tmp_path / "out"
    if not is_new:
        out.mkdir()

    def stopped(_) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(export, "_forecasts", stopped)
    with pytest.raises(KeyboardInterrupt):
        export_cohort(cohort[0], out, CSV, at=NOW)
    assert (list(tmp_path.iterdir()), out.exists()) == ([] if is_new else [out], not is_new)
    assert is_new or list(out.iterdir()) == []


def test_an_export_inside_the_cohort_is_refused(cohort) -> None:
    """Whoever is withdrawn later would stay in it."""
    inside = cohort[0].local / "export"
    with pytest.raises(UsageError, match="inside the cohort"):
        export_cohort(cohort[0], inside, CSV, at=NOW)
    assert not inside.exists()
