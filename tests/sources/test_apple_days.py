"""Apple Health: the day of a night, wherever the person slept and wherever they exported."""

from datetime import date

import pytest

from hrvctl.records import Metric, Reading
from hrvctl.sources.apple.source import Apple
from sources.apple_tags import export, hrv, sleep, zoned
from sources.exports import by_day, document_of


def read(*records: str) -> Reading:
    """Read an export of these records."""
    reading = Apple().read(document_of(export(records)), today=date(2025, 5, 10))
    assert not reading.problems
    return reading


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2025-03-29 23:30:00 +0100", "2025-03-30 07:30:00 +0200", 420),
        ("2024-10-26 23:30:00 +0200", "2024-10-27 06:30:00 +0100", 480),
    ],
)
def test_a_night_of_a_clock_change_is_as_long_as_it_was(start: str, end: str, minutes: int) -> None:
    """Spring forward and fall back, each with the offset of its own moment."""
    reading = read(sleep(start, end))
    day = date.fromisoformat(end[:10])
    assert by_day(reading, Metric.ASLEEP_MIN) == {day: minutes}
    first = reading.measurements[0]
    assert str(first.start_at)[:19] == start[:19]
    assert str(first.end_at)[:19] == end[:19]


def test_a_night_belongs_to_the_date_where_it_was_slept() -> None:
    """Exported in Berlin, slept in Kiritimati (UTC+14): woken on the next date there."""
    start, end = "2025-04-01 07:00:00 +0200", "2025-04-01 15:00:00 +0200"
    spots = hrv("2025-04-01 08:00:00 +0200", 50) + hrv("2025-04-01 14:00:00 +0200", 60)
    there = read(sleep(start, end, zone="Pacific/Kiritimati"), spots)
    assert by_day(there, Metric.HRV_SDNN_MS) == {date(2025, 4, 2): 55}
    assert str(there.measurements[0].end_at) == "2025-04-02 03:00:00+14:00"
    here = read(sleep(start, end), spots)
    assert by_day(here, Metric.HRV_SDNN_MS) == {date(2025, 4, 1): 55}


def test_over_the_date_line_two_nights_may_end_on_one_date() -> None:
    """Kiritimati, then Honolulu: the longer is the night, and its samples alone count."""
    west = sleep(
        "2025-04-01 11:00:00 +0200", "2025-04-01 19:00:00 +0200", zone="Pacific/Kiritimati"
    )
    east = sleep("2025-04-02 11:00:00 +0200", "2025-04-02 17:30:00 +0200", zone="Pacific/Honolulu")
    spots = "".join(
        hrv(f"2025-04-0{day} {hour}:00:00 +0200", 50 + 10 * day)
        for day in (1, 2)
        for hour in (12, 14)
    )
    reading = read(west, east, spots)
    assert by_day(reading, Metric.HRV_SDNN_MS) == {date(2025, 4, 2): 60}
    assert by_day(reading, Metric.ASLEEP_MIN) == {date(2025, 4, 2): 480}


def test_without_sleep_the_zone_of_the_sample_says_what_is_before_nine() -> None:
    """Its own zone where it is named, else the offset as written."""
    samples = [("2025-04-01 20:00:00 +0200", 40), ("2025-04-01 21:00:00 +0200", 50)]
    named = [hrv(at, value, inside=zoned("Asia/Tokyo")) for at, value in samples]
    assert by_day(read(*named), Metric.HRV_SDNN_MS) == {date(2025, 4, 2): 45}
    assert by_day(read(*[hrv(*s) for s in samples]), Metric.HRV_SDNN_MS) == {}


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "Europe", "", "/etc/passwd"])
def test_a_zone_that_is_none_leaves_the_offset_as_written(zone: str) -> None:
    """It is nobody's fault, and no path is followed."""
    night = sleep("2025-05-03 23:00:00 +0200", "2025-05-04 07:00:00 +0200").replace("/>", ">")
    night += zoned(zone) + " </Record>\n"
    assert by_day(read(night), Metric.ASLEEP_MIN) == {date(2025, 5, 4): 480}


def test_a_zone_belongs_to_its_own_record_alone() -> None:
    """What a workout or the next record says of its zone is not the night's."""
    night = sleep("2025-05-03 23:00:00 +0200", "2025-05-04 07:00:00 +0200")
    workout = f' <Workout duration="9">\n{zoned("Pacific/Kiritimati")} </Workout>\n'
    boring = f' <Record type="HKOther" value="1">\n{zoned("Pacific/Kiritimati")} </Record>\n'
    for after in (workout, boring):
        assert str(read(night, after).measurements[0].end_at) == "2025-05-04 07:00:00+02:00"
