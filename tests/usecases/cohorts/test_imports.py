"""Import into a cohort: what is new is added, what is faulty costs its person alone."""

import os
from datetime import UTC, datetime, timedelta

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hrvctl.engines.loop import Loop
from hrvctl.errors import DataError, UsageError
from hrvctl.samples.people import Traits
from hrvctl.samples.simulation import simulate_until
from hrvctl.samples.whoop_export import write_export
from hrvctl.store.cohorts.folder import CohortFolder, load_cohort
from hrvctl.store.cohorts.nights import list_files, load_nights
from hrvctl.usecases.cohorts.imports import (
    import_exports,
    import_tables,
)
from hrvctl.usecases.export_files import ImportOptions
from usecases.cohorts.made_up import AS_OF, NEW, NOW, make_cohort, nights_of, table_of


def stored(folder):
    """Every row of a cohort."""
    buckets = range(load_cohort(folder).buckets)
    tables = [load_nights(folder, list_files(folder, b)).to_pandas() for b in buckets]
    return pd.concat(tables).sort_values(["subject", "day"]).reset_index(drop=True)


def long_of(table):
    """A wide table as a long one."""
    keys = ["subject", "day", "source"]
    return table.melt(keys, var_name="metric", value_name="value").dropna()


def test_a_long_and_a_wide_table_are_the_same_nights(tmp_path) -> None:
    table = table_of(4)
    for name, rows in (("wide", table), ("long", long_of(table))):
        (tmp_path / name).mkdir()
        make_cohort(tmp_path / name, rows)
    wide, long = (stored(CohortFolder(str(tmp_path / n / "lions"))) for n in ("wide", "long"))
    pd.testing.assert_frame_equal(wide, long, check_like=True)
    assert len(wide) == len(table)


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet"])
def test_a_table_is_read_from_csv_and_parquet(tmp_path, ending) -> None:
    table, path = table_of(2), tmp_path / f"nights.{ending}"
    table.to_parquet(path) if ending == "parquet" else table.to_csv(path, index=False)
    folder = CohortFolder(str(tmp_path / "lions"))
    report = import_tables(folder, str(path), NEW, columns={}, now=NOW)
    assert (report.n_people, report.n_nights, report.n_new) == (2, len(table), len(table))


def test_importing_again_changes_nothing_and_a_new_value_wins(tmp_path) -> None:
    table = table_of(3)
    folder, _, first = make_cohort(tmp_path, table)
    before = [list_files(folder, b) for b in range(3)]
    _, _, again = make_cohort(tmp_path, table)
    assert (first.n_new, again.n_new) == (len(table), 0)
    assert [list_files(folder, b) for b in range(3)] == before
    table.iloc[-1, table.columns.get_loc("hrv_rmssd_ms")] = 77.0
    _, _, revised = make_cohort(tmp_path, table, now=NOW + timedelta(hours=1))
    assert revised.n_new == 1
    assert stored(folder).hrv_rmssd_ms.iloc[-1] == 77.0
    assert len(stored(folder)) == len(table)


@pytest.mark.parametrize(
    ("column", "value", "why"),
    [
        ("hrv_rmssd_ms", "4000", "hrv_rmssd_ms '4000.0' is not between 1 and 400"),
        ("hrv_rmssd_ms", "fast", "hrv_rmssd_ms 'fast' is no number"),
        ("day", "31.12.2025", "day '31.12.2025' is no date such as 2026-11-27"),
        ("day", "2027-01-01", "day '2027-01-01' is in the future"),
        ("subject", "Anna K.", "'Anna K.' is no name"),
    ],
)
def test_a_fault_costs_its_person_alone(tmp_path, column, value, why) -> None:
    table = table_of(3).astype(object).reset_index(drop=True)
    whose = "p001" if column != "subject" else value
    row = table.index[table.subject == "p001"][5]
    table.loc[row, column] = value
    _, _, report = make_cohort(tmp_path, table)
    assert list(report.failed) == [whose]
    assert why in report.failed[whose].message
    assert report.n_people == (3 if column == "subject" else 2)


def test_two_values_for_one_night_are_refused(tmp_path) -> None:
    table = table_of(2)
    twice = table[table.subject == "p000"].tail(1).assign(hrv_rmssd_ms=50.0)
    _, _, report = make_cohort(tmp_path, pd.concat([table, twice]))
    assert "has two rows from one source" in report.failed["p000"].message


def test_columns_may_have_other_names(tmp_path) -> None:
    table = nights_of("p0", 30, seed=1).rename(columns={"subject": "pid", "hrv_rmssd_ms": "rmssd"})
    path = tmp_path / "t.csv"
    table.assign(comment="x").to_csv(path, index=False)
    folder = CohortFolder(str(tmp_path / "lions"))
    names = {"subject": "pid", "hrv_rmssd_ms": "rmssd"}
    report = import_tables(folder, str(path), NEW, columns=names, now=NOW)
    assert (report.n_people, report.unknown_columns) == (1, ("comment",))
    with pytest.raises(DataError, match="no column subject"):
        import_tables(folder, str(path), NEW, columns={}, now=NOW)


def test_a_folder_of_exports_has_a_person_each(tmp_path) -> None:
    for n, name in enumerate(("anna", "ben")):
        person = simulate_until(Traits(), last_day=AS_OF, n_days=40, seed=n)
        write_export(person, tmp_path / "exports" / name, as_of=AS_OF)
    (tmp_path / "exports" / "cara").mkdir()
    (tmp_path / "exports" / "cara" / "notes.csv").write_text("hello\n")
    folder = CohortFolder(str(tmp_path / "lions"))
    calls = []
    report = import_exports(
        folder,
        tmp_path / "exports",
        NEW,
        engine=Loop(),
        now=NOW,
        options=ImportOptions(vocabulary=""),
        on_person=lambda *counts: calls.append(counts),
    )
    assert report.n_people == 2
    assert list(report.failed) == ["cara"]
    assert calls[-1] == (3, 3)
    assert set(stored(folder).subject) == {"anna", "ben"}


def test_the_number_of_buckets_is_fixed(tmp_path) -> None:
    folder, _, _ = make_cohort(tmp_path, table_of(2))
    other = type(NEW)(**{**{f: getattr(NEW, f) for f in NEW.__slots__}, "buckets": 5})
    with pytest.raises(UsageError, match="3 buckets"):
        import_tables(folder, str(tmp_path / "nights.csv"), other, columns={}, now=NOW)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"subject": [{"id": 1}] * 2}, "'subject' holds values of type struct<id: int64>, not nam"),
        ({"subject": [None] * 2}, "'' is no name"),
        ({"day": [1.5, 2.5]}, "'day' holds values of type double, not dates"),
        ({"day": pa.array([2**31 - 1] * 2, pa.int32()).cast(pa.date32())}, "is in the future"),
        ({"hrv_rmssd_ms": [True, True]}, "'hrv_rmssd_ms' holds values of type bool, not numbers"),
        ({"hrv_rmssd_ms": [[60.0]] * 2}, "holds values of type list<"),
        ({"tag:alcohol": [1.0, float("inf")]}, "tag:alcohol 'inf' is no number"),
    ],
)
def test_a_column_of_no_use_is_said_in_words(tmp_path, changes, why) -> None:
    nights = {"subject": ["anna"] * 2, "day": ["2026-03-01", "2026-03-02"]}
    table = pa.table(nights | {"hrv_rmssd_ms": [60.0, 61.0]} | changes)
    pq.write_table(table, tmp_path / "nights.parquet")
    said = []
    try:
        said += [each.message for each in load(tmp_path, "nights.parquet").failed.values()]
    except DataError as error:
        said.append(error.message)
    assert [why in each for each in said] == [True]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"\xff\xfe\xd8",
        b'subject,day,hrv_rmssd_ms\n"anna,2026-03-01,60\n',
        "subject,day,hrv_rmssd_ms,gr\xf6\xdfe\n".encode("latin-1"),
        # Arrow looks at the first million bytes alone before it begins.
        b"subject,day,hrv_rmssd_ms\n" + b"anna,2026-03-01,60\n" * 80_000 + b"too,few\n",
    ],
)
def test_what_is_no_csv_is_said_in_words(tmp_path, content) -> None:
    (tmp_path / "nights.csv").write_bytes(content)
    with pytest.raises(DataError, match=r"nights.csv cannot be read"):
        load(tmp_path, "nights.csv")


def test_what_would_be_waited_for_is_refused(tmp_path) -> None:
    os.mkfifo(tmp_path / "nights.csv")
    with pytest.raises(DataError, match="it is not a regular file"):
        load(tmp_path, "nights.csv")


def test_a_table_without_columns_is_said_in_words(tmp_path) -> None:
    pq.write_table(pa.table({}), tmp_path / "nights.parquet")
    with pytest.raises(DataError, match="has no column subject and no day"):
        load(tmp_path, "nights.parquet")


@pytest.mark.parametrize(
    "days",
    [
        pa.array([datetime(2026, 3, 9, 23, tzinfo=UTC)], pa.timestamp("us", "Europe/Berlin")),
        pa.array(["2026-03-10T00:00:00+01:00"]),
        pa.array(["2026-03-10 23:59:59.5-0500"]),
        pa.array(["2026-03-10T12:00Z"]),
        pa.array([20260310]),
        pa.array(["2026-03-10"]).dictionary_encode(),
        pa.array([AS_OF], pa.date64()),
    ],
)
def test_a_day_is_that_of_the_clock_where_it_was_written(tmp_path, days) -> None:
    pq.write_table(
        pa.table({"subject": ["anna"], "day": days, "hrv_rmssd_ms": [60.0]}),
        tmp_path / "nights.parquet",
    )
    load(tmp_path, "nights.parquet")
    folder = CohortFolder(str(tmp_path / "lions"))
    (path,) = [path for bucket in range(NEW.buckets) for path in list_files(folder, bucket)]
    assert load_nights(folder, [path])["day"].to_pylist() == [AS_OF]


def load(tmp_path, name):
    """Import a table of a folder into a cohort."""
    folder = CohortFolder(str(tmp_path / "lions"))
    return import_tables(folder, str(tmp_path / name), NEW, columns={}, now=NOW)
