"""Our own CSV: columns by name or by mapping, one row a day."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hrvctl.records import PLAUSIBLE, Metric, Reading
from hrvctl.sources import registry
from hrvctl.sources.table import Table
from sources.exports import by_day, document_of, open_one

TODAY = date(2025, 5, 10)
EXAMPLE = Path(__file__).parents[2] / "examples" / "hrv.csv"


def read(text: str, **columns: str) -> Reading:
    """Read a table, by mapping where one is given."""
    return Table(columns=columns).read(document_of(text), today=TODAY)


@pytest.mark.parametrize(
    ("column", "metric"),
    [
        ("hrv_ms", Metric.HRV_RMSSD_MS),
        ("rmssd_ms", Metric.HRV_RMSSD_MS),
        ("sdnn_ms", Metric.HRV_SDNN_MS),
        *[(metric.value, metric) for metric in Metric],
    ],
)
def test_every_metric_is_a_column_under_its_own_name(column: str, metric: Metric) -> None:
    """And the three short ones; a value amid its plausible range is kept as it stands."""
    value = sum(PLAUSIBLE[metric]) / 2
    reading = read(f"date,{column}\n2025-05-03,{value}\n")
    assert by_day(reading, metric) == {date(2025, 5, 3): value}


def test_rmssd_and_sdnn_stay_two_quantities() -> None:
    """One is never read as the other."""
    reading = read("date,rmssd_ms,sdnn_ms\n2025-05-03,58,71\n")
    assert by_day(reading, Metric.HRV_RMSSD_MS) == {date(2025, 5, 3): 58}
    assert by_day(reading, Metric.HRV_SDNN_MS) == {date(2025, 5, 3): 71}


@pytest.mark.parametrize(
    "stamp", ["2025-05-03", "2025-05-03 06:55:00", "2025-05-03T23:59:59Z", "2025-05-03T00:10+02:00"]
)
def test_a_date_is_taken_as_written(stamp: str) -> None:
    """A time beside it shifts nothing."""
    reading = read(f"date,hrv_ms\n{stamp},58\n")
    assert by_day(reading, Metric.HRV_RMSSD_MS) == {date(2025, 5, 3): 58}


@pytest.mark.parametrize(
    "stamp", ["03.05.2025", "5/3/2025", "3 May", "", "2025-13-01", "2025-W18-6"]
)
def test_a_date_in_another_order_is_a_fault(stamp: str) -> None:
    """With what to write instead."""
    (problem,) = read(f"date,hrv_ms\n2025-05-02,60\n{stamp},58\n").problems
    assert (problem.line, problem.column, problem.value) == (3, "date", stamp)
    assert "year, month and day" in problem.why


@pytest.mark.parametrize(
    "stamps",
    [
        ("20250503", "20250413"),
        ("5/3/2025", "4/13/2025"),
        ("03.05.2025", "13.04.2025"),
        ("3-5-25 6:12", "13-4-25 18:12"),
        ("3. Mai 2025", "13. April 2025"),
        ("May 3, 2025 at 6:30 AM", "Apr 13, 2025 at 12:05 AM"),
        ("2025/05/03 06:12", "2025/04/13"),
        ("1746252000", "1744524000"),
        ("1746252000000", "1744524000000"),
    ],
)
def test_a_date_may_have_any_usual_style(stamps: tuple[str, str]) -> None:
    """A number above 12 somewhere in the column says which is the day, in every row."""
    first, second = stamps
    reading = read(f"date;hrv_ms\n{first};58\n{second};61,5\n")
    assert reading.problems == ()
    assert by_day(reading, Metric.HRV_RMSSD_MS) == {date(2025, 5, 3): 58, date(2025, 4, 13): 61.5}


def test_a_date_that_may_be_read_both_ways_is_asked() -> None:
    """And the answer decides; where one way is in the future, the file has answered itself."""
    text = "date,hrv_ms\n03/05/2025,58\n04/05/2025,61\n"
    assert ["--dates" in p.why for p in read(text).problems] == [True, True]
    for order, days in {
        "day-first": [date(2025, 5, 3), date(2025, 5, 4)],
        "month-first": [date(2025, 3, 5), date(2025, 4, 5)],
    }.items():
        document = replace(document_of(text), date_order=order)
        reading = Table().read(document, today=TODAY)
        assert list(by_day(reading, Metric.HRV_RMSSD_MS)) == days
    eliminated = read("date,hrv_ms\n05/03/2025,58\n05/07/2025,61\n")
    assert list(by_day(eliminated, Metric.HRV_RMSSD_MS)) == [date(2025, 5, 3), date(2025, 5, 7)]
    assert "month first" in eliminated.warnings[0]
    contradictory = read("date,hrv_ms\n13/05/2024,58\n05/13/2024,61\n")
    assert len(contradictory.problems) == 2


def test_an_epoch_is_dated_by_utc_where_that_is_sure() -> None:
    """Late in UTC's day the morning may be the next date's, so the row is left out, with a word."""
    reading = read("date,hrv_ms\n1746252000,58\n1746399600,61\n")
    assert by_day(reading, Metric.HRV_RMSSD_MS) == {date(2025, 5, 3): 58}
    assert any("left out" in warning for warning in reading.warnings)
    assert any("dated by UTC" in warning for warning in reading.warnings)


@pytest.mark.parametrize(
    ("hour", "days"),
    [
        (0, [date(2025, 5, 1), date(2025, 5, 2), date(2025, 5, 3)]),
        (4, [date(2025, 5, 1), date(2025, 5, 2), date(2025, 5, 3)]),  # New York
        (22, [date(2025, 5, 2), date(2025, 5, 3), date(2025, 5, 4)]),  # Berlin
        (15, []),  # Tokyo, or mornings in California
    ],
)
def test_epochs_that_are_dates_have_the_date_that_begins_there(hour: int, days: list[date]) -> None:
    """Every one at the same hour; where it may be a date or a morning, it is left out."""
    first = int(datetime(2025, 5, 1, hour, tzinfo=UTC).timestamp())
    rows = "".join(f"{first + n * 86_400},5{n}\n" for n in range(3))
    assert list(by_day(read("date,hrv_ms\n" + rows), Metric.HRV_RMSSD_MS)) == days


def test_units_and_durations_in_cells_are_read() -> None:
    """Percent signs, ms in any script, and hours with minutes."""
    header = "date;hrv_ms;spo2_pct;respiratory_rate_rpm;asleep_min;deep_min;rem_min\n"
    reading = read(header + "2025-05-03;58 ms;97%;14,5 br/min;7h 31min;1:30;1,5 h\n")
    assert (reading.problems, reading.warnings) == ((), ())
    assert {m.metric: m.value for m in reading.measurements} == {
        Metric.HRV_RMSSD_MS: 58, Metric.SPO2_PCT: 97, Metric.RESPIRATORY_RATE_RPM: 14.5,
        Metric.ASLEEP_MIN: 451, Metric.DEEP_MIN: 90, Metric.REM_MIN: 90,
    }  # fmt: skip


def test_a_column_called_sdnn_is_not_taken_for_rmssd() -> None:
    """Given as the other of the two, its name contradicts."""
    reading = read("Day,SDNN\n2025-05-03,58\n", date="Day", hrv_ms="SDNN")
    assert "RMSSD or SDNN?" in reading.problems[0].why
    assert read("Day,SDNN\n2025-05-03,58\n", date="Day", sdnn_ms="SDNN").problems == ()


@pytest.mark.parametrize("stamp", ["1970-01-01", "2199-05-03", "2025-05-12"])
def test_a_day_nobody_measured_is_a_fault(stamp: str) -> None:
    """Before wearables, or after tomorrow."""
    (problem,) = read(f"date,hrv_ms\n{stamp},58\n").problems
    assert (problem.line, problem.value) == (2, stamp)


def test_a_day_that_stands_twice_names_both_lines() -> None:
    """Which of the two is right only the person knows."""
    reading = read("date,hrv_ms\n2025-05-03,58\n2025-05-02,60\n2025-05-03,71\n")
    (problem,) = reading.problems
    assert problem.line == 4
    assert "line 2" in problem.why


@pytest.mark.parametrize("hrv", ["-5", "5000", "900", "high"])
def test_an_impossible_hrv_is_a_fault(hrv: str) -> None:
    """An empty cell is how to say that there is none."""
    (problem,) = read(f"date,hrv_ms\n2025-05-03,{hrv}\n").problems
    assert (problem.line, problem.column, problem.value) == (2, "hrv_ms", hrv)
    assert "empty" in problem.why


@pytest.mark.parametrize("hrv", ["0", "0.0", "-1", "", "null", "n/a", "--"])
def test_an_hrv_that_means_nothing_was_measured_is_missing(hrv: str) -> None:
    """The other nights are read, and a 0 or -1 is counted."""
    reading = read(f"date,hrv_ms\n2025-05-02,60\n2025-05-03,{hrv}\n")
    assert by_day(reading, Metric.HRV_RMSSD_MS) == {date(2025, 5, 2): 60}
    assert reading.problems == reading.warnings == ()
    is_counted = hrv in ("0", "0.0", "-1")
    assert reading.skipped == ({"value of 0 or -1, which means missing": 1} if is_counted else {})


def test_logarithms_are_not_milliseconds() -> None:
    """An lnRMSSD under a name that says ms is refused; whole ms as low are a person's own."""
    rows = "2025-05-01,{}\n2025-05-02,{}\n2025-05-03,{}\n"
    reading = read("day,lnRMSSD\n" + rows.format(4.06, 3.9, 4), date="day", hrv_ms="lnRMSSD")
    (problem,) = reading.problems
    assert (problem.line, problem.column) == (1, "lnRMSSD")
    assert "ln(ms)" in problem.why
    assert reading.measurements == ()  # also for who leaves out what is faulty
    for values in ((5, 6, 4), (4.06, 3.9, 6.5)):
        assert read("date,hrv_ms\n" + rows.format(*values)).problems == ()


def test_two_columns_for_one_metric_are_a_fault() -> None:
    """``hrv_ms`` and ``rmssd_ms`` are the same quantity."""
    (problem,) = read("date,hrv_ms,rmssd_ms\n2025-05-03,58,59\n").problems
    assert problem.line == 1


@pytest.mark.parametrize(
    "header", ["date,strain", "day,hrv_ms", "hrv_ms", "date,hrv", "date,average_hrv", "date"]
)
def test_a_header_without_date_or_hrv_is_not_ours(header: str) -> None:
    """A metric without its unit in the name could be anything."""
    assert Table().identify(document_of(header + "\n")) is None


def test_a_mapping_reads_a_foreign_header() -> None:
    """With any spelling of the names, and only the columns named."""
    text = "Datum;HFV;Ruhepuls;strain\n2025-05-03;52,5;51;9\n"
    columns = {"date": "datum", "hrv_rmssd_ms": "hfv", "resting_hr_bpm": "Ruhepuls"}
    sources = registry.find_sources(columns=columns)
    reading = registry.read(document_of(text), today=TODAY, sources=sources)
    assert {(m.metric, m.value) for m in reading.measurements} == {
        (Metric.HRV_RMSSD_MS, 52.5),
        (Metric.RESTING_HR_BPM, 51),
    }
    assert reading.unknown_columns == ("strain",)


def test_a_mapping_takes_only_a_header_that_has_all_its_names() -> None:
    """A mapping for one file does not half-read another."""
    table = Table(columns={"date": "Datum", "hrv_ms": "HFV", "strain": "Last"})
    assert table.identify(document_of("Datum,HFV\n")) is None
    assert table.identify(document_of("date,hrv_ms\n")) is None
    assert table.identify(document_of("Last,HFV,Datum,x\n")) == "nights"


def test_the_example_reads_as_a_month_of_nights() -> None:
    """The file a newcomer copies is sound: 30 days, two of them without a night."""
    reading = registry.read(open_one(EXAMPLE), today=TODAY)
    assert (reading.source, reading.problems, reading.warnings) == ("table", (), ())
    assert len(by_day(reading, Metric.HRV_RMSSD_MS)) == reading.n_rows == 28
    assert reading.unknown_columns == ()


def test_a_bar_parts_cells_where_nothing_else_does() -> None:
    """As reports in plain text and some databases write tables."""
    text = "date|hrv_ms|note\n2025-05-03|61|a, b\n2025-05-04|58|\n"
    assert {m.day.day: m.value for m in read(text).measurements} == {3: 61, 4: 58}


def test_a_spreadsheets_number_of_days_is_a_date_and_said_so() -> None:
    """45780 is 3 May 2025, with the hour behind the point; a wrong century would show."""
    reading = read("date,hrv_ms\n45780,61\n45781.2708,58\n")
    assert {m.day: m.value for m in reading.measurements} == {
        date(2025, 5, 3): 61,
        date(2025, 5, 4): 58,
    }
    assert "the first is read as 2025-05-03" in reading.warnings[0]
