"""Samsung Health: UTC with an offset beside it, and a night's HRV out of its bins."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrvctl.records import Metric, Reading
from hrvctl.sources import registry
from hrvctl.sources.kit.documents import open_documents
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.samsung import Samsung
from sources.exports import by_day, document_of, fixtures

TODAY = date(2025, 5, 10)
HRV = Metric.HRV_RMSSD_MS
HEADER = "com.samsung.health.hrv,6001,4\nstart_time,end_time,time_offset,binning_data,datauuid\n"
SLEEP_HEADER = (
    "com.samsung.shealth.sleep,84,1\nefficiency,com.samsung.health.sleep.start_time,"
    "com.samsung.health.sleep.end_time,com.samsung.health.sleep.time_offset\n"
)
START = datetime(2025, 5, 3, 22, 0, tzinfo=UTC)
END = datetime(2025, 5, 4, 5, 0, tzinfo=UTC)


def stamp(moment: datetime) -> str:
    """Write an instant as the tables do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.000")


def table(offset: str = "UTC+0200", start: datetime = START, end: datetime = END) -> Document:
    """Write the table of HRV with one row; rows end with a comma too many."""
    row = f"{stamp(start)},{stamp(end)},{offset},a1.binning_data.json,a1,\n"
    return document_of(HEADER + row, "export/com.samsung.health.hrv.csv")


def sleeps(*windows: tuple[datetime, datetime]) -> Document:
    """Write the table of sleep."""
    rows = [f"93,{stamp(start)},{stamp(end)},UTC+0200,\n" for start, end in windows]
    return document_of(SLEEP_HEADER + "".join(rows), "export/com.samsung.shealth.sleep.csv")


def bins(*values: tuple[float, float]) -> Document:
    """Write the file of bins: hours after the start, and the RMSSD of those five minutes."""
    rows = [
        {
            "start_time": round((START + timedelta(hours=hours)).timestamp() * 1000),
            "end_time": round((START + timedelta(hours=hours, minutes=5)).timestamp() * 1000),
            "rmssd": value,
            "sdnn": value + 10,
        }
        for hours, value in values
    ]
    return document_of(
        json.dumps(rows), "export/jsons/com.samsung.health.hrv/a/a1.binning_data.json"
    )


def read(*documents: Document) -> Reading:
    """Read files of one export; the reading of the first."""
    return Samsung().read_together(documents, today=TODAY)[0]


@pytest.mark.parametrize(
    ("offset", "day"),
    [
        ("UTC+0200", date(2025, 5, 4)),
        ("UTC+1400", date(2025, 5, 4)),
        ("UTC-1000", date(2025, 5, 3)),
        ("UTC+0530", date(2025, 5, 4)),
        ("UTC", date(2025, 5, 4)),
    ],
)
def test_the_day_is_the_local_date_of_the_end(offset: str, day: date) -> None:
    """The stamps are UTC; the offset beside them tells what the person's calendar said."""
    reading = read(table(offset), bins((1, 40)))
    assert by_day(reading, HRV) == {day: 40}
    (m,) = reading.measurements
    assert (m.start_at, m.end_at) == (START, END)


@pytest.mark.parametrize(
    ("start", "end", "offset"),
    [
        ("2025-03-29T22:00:00", "2025-03-30T05:00:00", "UTC+0200"),
        ("2024-10-26T21:00:00", "2024-10-27T06:00:00", "UTC+0100"),
    ],
)
def test_a_night_in_which_the_clocks_change_ends_on_its_date(
    start: str, end: str, offset: str
) -> None:
    """Lost or gained, the hour does not move the night."""
    first, last = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (start, end))
    row = f"93,{stamp(first)},{stamp(last)},{offset},\n"
    reading = read(document_of(SLEEP_HEADER + row))
    assert by_day(reading, Metric.IN_BED_MIN) == {last.date(): (last - first).seconds / 60}


def test_without_an_offset_no_day_is_guessed() -> None:
    """The row is left out, and that is said."""
    reading = read(table(""), bins((1, 40)))
    assert reading.measurements == ()
    assert "time_offset" in reading.warnings[0]


VALUES = st.lists(st.tuples(st.integers(0, 6), st.floats(5, 200)), min_size=1, max_size=7)


@given(values=VALUES)
@settings(max_examples=50, deadline=None)
def test_the_night_is_the_mean_of_its_bins(values: list[tuple[float, float]]) -> None:
    """Each bin once, in whatever order they stand."""
    hours = dict(values)
    mean = sum(hours.values()) / len(hours)
    reading = read(table(), bins(*hours.items()))
    assert by_day(reading, HRV) == {date(2025, 5, 4): pytest.approx(mean)}
    assert by_day(read(table(), bins(*reversed(hours.items()))), HRV) == by_day(reading, HRV)


def test_bins_outside_the_sleep_do_not_count() -> None:
    """An hour of reading in bed is not the night."""
    asleep = sleeps((START + timedelta(hours=1), END))
    assert by_day(read(table(), asleep, bins((0.5, 90), (2, 40), (3, 44))), HRV) == {
        date(2025, 5, 4): 42
    }


def test_minus_one_is_no_value() -> None:
    """Nor is 0; an HRV that cannot be is a fault."""
    reading = read(table(), bins((1, -1), (2, 0), (3, 44)))
    assert by_day(reading, HRV) == {date(2025, 5, 4): 44}
    (_, of_bins) = Samsung().read_together([table(), bins((1, 4000))], today=TODAY)
    assert [problem.column for problem in of_bins.problems] == ["rmssd"]


def test_a_nap_is_not_the_night() -> None:
    """On a day whose night has no HRV, that of a nap does not stand for it."""
    nap = (datetime(2025, 5, 4, 12, 0, tzinfo=UTC), datetime(2025, 5, 4, 13, 0, tzinfo=UTC))
    recorded = table(start=nap[0], end=nap[1])
    reading = read(recorded, sleeps((START, END), nap), bins((14.2, 70)))
    assert reading.measurements == ()
    assert reading.skipped == {"recording outside the night": 1}
    assert read(recorded, sleeps(nap), bins((14.2, 70))).skipped["recording of less than a night"]


def test_an_hour_without_a_sleep_is_no_night() -> None:
    """Where the export has no sleep, a recording as long as a night stands for it, no shorter."""
    evening = (datetime(2025, 5, 4, 18, 0, tzinfo=UTC), datetime(2025, 5, 4, 19, 0, tzinfo=UTC))
    reading = read(table(start=evening[0], end=evening[1]), bins((20.2, 99)))
    assert reading.measurements == ()
    assert reading.skipped == {"recording of less than a night": 1}
    assert by_day(read(table(), bins((1, 40))), HRV) == {date(2025, 5, 4): 40}


def test_the_table_alone_says_where_its_values_are() -> None:
    """And so does a file of bins alone."""
    told = read(table()).warnings[0]
    assert "the values of 1 row are in the folder jsons/com.samsung.health.hrv" in told
    assert "import the whole folder" in read(bins((1, 40))).warnings[0]


def test_bins_at_another_time_than_their_row_are_told() -> None:
    """Never a silent night without its value."""
    reading = read(table(), bins((30, 40)))
    assert reading.measurements == ()
    assert "no value lies within" in reading.warnings[0]


def test_a_folder_is_imported_past_its_other_tables(tmp_path: Path) -> None:
    """Some eighty tables of Samsung's speak of no night; the three that do find each other."""
    folder = tmp_path / "samsunghealth_somebody_20250506071500"
    inner = folder / "jsons" / "com.samsung.health.hrv" / "a"
    inner.mkdir(parents=True)
    for path in fixtures("samsung"):
        (inner if path.suffix == ".json" else folder).joinpath(path.name).write_bytes(
            path.read_bytes()
        )
    other = (
        "com.samsung.health.floors_climbed,6001,4\nstart_time,floor\n2025-05-04 10:00:00.000,2,\n"
    )
    (folder / "com.samsung.health.floors_climbed.csv").write_text(other, encoding="utf-8")
    found = registry.read_all(open_documents(folder), today=TODAY)
    (table_reading,) = [reading for reading in found.readings if reading.kind == "hrv"]
    assert by_day(table_reading, HRV) == {date(2025, 5, 4): 42, date(2025, 5, 6): 32}
    assert len(found.unread) == 1
    assert all(reading.warnings == () for reading in found.readings)
