"""AutoSleep: the SDNN of the night, on the date of waking."""

from datetime import date

import pytest

from hrvctl.records import Metric, Reading
from hrvctl.sources.autosleep import AutoSleep
from sources.exports import by_day, document_of

TODAY = date(2025, 5, 10)
DAY = date(2025, 5, 4)
HEADER = "ISO8601,fromDate,toDate,waketime,asleep,sleepBPM,wakingBPM,hrv,hrvAvg7"
ROW = '2025-05-04T20:00:00-04:00,"Saturday, May 3","Sunday, May 4",{wake},07:00:00,52.4,55,{hrv},43'


def read(*rows: str, header: str = HEADER) -> Reading:
    """Read a history of these rows."""
    return AutoSleep().read(document_of("\n".join([header, *rows, ""])), today=TODAY)


def test_an_older_hrv_is_read_with_a_word() -> None:
    """It may be the mean of the night or that around waking."""
    reading = read(ROW.format(wake="2025-05-04 06:40:00", hrv=41))
    assert by_day(reading, Metric.HRV_SDNN_MS) == {DAY: 41}
    assert by_day(reading, Metric.ASLEEP_MIN) == {DAY: 420}
    assert "around waking" in reading.warnings[0]


def test_a_night_without_its_own_hrv_has_none_from_another_hour() -> None:
    """Where the mean of the night has a column, the other column is never read."""
    row = ROW.format(wake="2025-05-04 06:40:00", hrv=41)
    header = HEADER + ",sleepHRV"
    assert by_day(read(row + ",44.5", header=header), Metric.HRV_SDNN_MS) == {DAY: 44.5}
    reading = read(row + ",", header=header)
    assert by_day(reading, Metric.HRV_SDNN_MS) == {}
    assert by_day(reading, Metric.NIGHT_HR_BPM) == {DAY: 52.4}


def test_the_waking_pulse_is_no_resting_heart_rate() -> None:
    """It is one value, at one moment."""
    reading = read(ROW.format(wake="2025-05-04 06:40:00", hrv=41))
    assert by_day(reading, Metric.RESTING_HR_BPM) == {}


def test_dates_that_disagree_throughout_are_said() -> None:
    """The waking counts; which of the two is right is not known."""
    reading = read(ROW.format(wake="2025-05-03 06:40:00", hrv=41))
    assert by_day(reading, Metric.HRV_SDNN_MS) == {date(2025, 5, 3): 41}
    assert any("another date" in warning for warning in reading.warnings)


@pytest.mark.parametrize("wake", ["", "soon"])
def test_a_night_without_a_waking_is_dated_by_its_evening_or_not_at_all(wake: str) -> None:
    """A word in place of a date is a fault."""
    reading = read(ROW.format(wake=wake, hrv=41))
    assert bool(reading.problems) is bool(wake)
    assert by_day(reading, Metric.HRV_SDNN_MS) == ({} if wake else {DAY: 41})
