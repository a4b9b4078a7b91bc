"""Apple Health by type: the night's SDNN from one file, the night from another."""

from datetime import UTC, date, datetime, timedelta

import pytest

from hrvctl.records import Metric, Reading
from hrvctl.sources.apple.source import Apple
from hrvctl.sources.apple.tables import AppleTables
from hrvctl.sources.kit.protocol import Document
from sources import apple_tags
from sources.apple_table_rows import HRV, STAMP, sleep, spot, table
from sources.exports import by_day, document_of
from sources.nights_abroad import at

TODAY = date(2025, 5, 10)
DAY = date(2025, 5, 4)
ZONE = "America/New_York"
SDNN = Metric.HRV_SDNN_MS
ONSET, WAKE = at("2025-05-03T23:40", ZONE), at("2025-05-04T07:40", ZONE)
HOUR = timedelta(hours=1)


def read(*documents: Document) -> list[Reading]:
    """Read the files of one export."""
    return AppleTables().read_together(documents, today=TODAY)


def spots(*values: float) -> list[str]:
    """Write samples of a night, an hour apart."""
    return [spot(ONSET + n * HOUR, value) for n, value in enumerate(values, 1)]


@pytest.mark.parametrize("first", ["sep=,", ""])
def test_the_night_lies_in_another_file(first: str) -> None:
    """A sample of the afternoon is not part of it; the files may come in either order."""
    hrv = table([*spots(40, 43), spot(WAKE + 7 * HOUR, 120)], first=first)
    slept = table([sleep(ONSET, WAKE)], "sleep.csv", first=first)
    for documents in ((hrv, slept), (slept, hrv)):
        readings = {reading.kind: reading for reading in read(*documents)}
        found = readings["HeartRateVariabilitySDNN"]
        assert by_day(found, SDNN) == {DAY: 41.5}
        assert found.skipped["SDNN sample outside the night"] == 1
        assert by_day(readings["SleepAnalysis"], Metric.ASLEEP_MIN) == {DAY: 480}


@pytest.mark.parametrize("product", ['"Watch7,12"', "Watch7,12", "Watch7"])
def test_a_comma_in_the_name_of_a_device_moves_no_value(product: str) -> None:
    """Some versions of the app write it without quotes."""
    rows = [spot(ONSET + n * HOUR, 40, product=product) for n in (1, 2)]
    hrv, _ = read(table(rows), table([sleep(ONSET, WAKE)], "sleep.csv"))
    assert hrv.problems == ()
    assert by_day(hrv, SDNN) == {DAY: 40}


def test_two_sources_are_never_mixed() -> None:
    """The watch is read; an app on the phone is left out, with a word."""
    app = [spot(ONSET + n * HOUR, 90, source="App", product='"iPhone15,2"') for n in (3, 4, 5)]
    hrv, _ = read(table([*spots(40, 43), *app]), table([sleep(ONSET, WAKE)], "sleep.csv"))
    assert by_day(hrv, SDNN) == {DAY: 41.5}
    assert "left out: App" in hrv.warnings[0]


def test_the_zone_of_a_record_wins_over_its_offset() -> None:
    """A time in UTC with the name of the zone beside it has its local date."""
    start, end = (moment.astimezone(UTC) for moment in (ONSET, at("2025-05-04T21:30", ZONE)))
    text = f"{sleep(start, end)},{ZONE}"
    header = "type,sourceName,sourceVersion,productType,device,startDate,endDate,value,HKTimeZone"
    slept = document_of(f"{header}\n{text}\n", "sleep.csv")
    (reading,) = read(slept)
    assert end.date() != DAY
    assert by_day(reading, Metric.ASLEEP_MIN) == {DAY: (end - start).total_seconds() / 60}


def test_without_any_zone_a_night_late_in_utcs_day_is_left_out() -> None:
    """Its date is not known, and a night on a wrong day is worse than none."""
    start = datetime(2025, 5, 3, 10, tzinfo=UTC)
    rows = [spot(start + n * HOUR, 40) for n in (1, 2)]
    hrv, slept = read(table(rows), table([sleep(start, start + 8 * HOUR)], "sleep.csv"))
    assert hrv.measurements == slept.measurements == ()
    assert any("every time is in UTC" in warning for warning in hrv.warnings)


def test_a_table_with_types_in_words_is_read() -> None:
    """Other programs write the type without its prefix, behind the device."""
    header = "sourceName,sourceVersion,device,type,unit,creationDate,startDate,endDate,value"
    rows = [
        f'"W","5.1","<<HKDevice: 0x1>, name:Apple Watch>","HeartRateVariabilitySDNN","ms",'
        f"{moment:{STAMP}},{moment:{STAMP}},{moment:{STAMP}},{value}"
        for moment, value in ((ONSET + HOUR, 40), (ONSET + 2 * HOUR, 43))
    ]
    document = document_of("\n".join([header, *rows, ""]))
    assert AppleTables().identify(document) == "HeartRateVariabilitySDNN"
    hrv, _ = read(document, table([sleep(ONSET, WAKE)], "sleep.csv"))
    assert by_day(hrv, SDNN) == {DAY: 41.5}


def test_a_row_without_its_times_is_a_fault() -> None:
    """With its line."""
    (reading,) = read(table([*spots(40, 43), f"{HRV},Watch,26.2,Watch7,,,,ms,44"]))
    assert [problem.line for problem in reading.problems] == [5]


def test_a_header_without_the_start_is_a_fault_in_each_row() -> None:
    """As a damaged file may have it; nothing is raised."""
    whole = table(spots(40, 43)).load()
    (reading,) = read(document_of(whole.replace(b"startDate", b"sta\x01tDate")))
    assert [problem.line for problem in reading.problems] == [3, 4]
    assert reading.measurements == ()


def test_somebodys_table_with_such_columns_is_not_apples() -> None:
    """The type must be one of Apple's words."""
    text = "type,sourceName,startDate,endDate,value\nmy hrv,me,2025-05-04,2025-05-04,41\n"
    assert AppleTables().identify(document_of(text)) is None


def test_a_table_goes_on_the_series_of_the_export() -> None:
    """One watch is one series, whichever program wrote the file, which is named with its source."""
    readings = read(table(spots(40, 43)), table([sleep(ONSET, WAKE)], "sleep.csv"))
    assert {m.source for reading in readings for m in reading.measurements} == {Apple.name}
    assert [(r.source, r.file) for r in readings] == [
        ("apple_csv", "hrv.csv"),
        ("apple_csv", "sleep.csv"),
    ]
    tags = apple_tags.export(
        [
            *(apple_tags.hrv(f"{ONSET + n * HOUR:{STAMP}}", x) for n, x in ((1, 40), (2, 43))),
            apple_tags.sleep(f"{ONSET:{STAMP}}", f"{WAKE:{STAMP}}"),
        ]
    )
    exported = Apple().read(document_of(tags), today=TODAY)
    both = [m for reading in readings for m in reading.measurements]
    assert set(exported.measurements) == set(both)
