"""TrainingPeaks' metrics: values by type, and what it does not say."""

from datetime import date

import pytest

from hrvctl.records import Metric, Reading
from hrvctl.sources.trainingpeaks import TrainingPeaks
from sources.exports import by_day, document_of

DAY = date(2025, 5, 4)


def read(*rows: str) -> Reading:
    """Read a file of these rows."""
    text = "\n".join(["Timestamp,Type,Value", *rows]) + "\n"
    return TrainingPeaks().read(document_of(text), today=date(2025, 5, 10))


def test_each_type_is_its_own_metric() -> None:
    """Pulse is the resting heart rate, sleep is told in hours, and weight is not ours."""
    rows = ("HRV,57", "Pulse,50", "Sleep Hours,7.5", "Weight Kilograms,70")
    reading = read(*(f"2025-05-04 06:10:00,{row}" for row in rows))
    assert {m.metric: m.value for m in reading.measurements} == {
        Metric.HRV_RMSSD_MS: 57,
        Metric.RESTING_HR_BPM: 50,
        Metric.ASLEEP_MIN: 450,
    }
    assert reading.skipped == {"value of another type": 1}


def test_that_the_kind_of_hrv_is_not_told_is_said() -> None:
    """A person whose app sends SDNN must know; without HRV there is nothing to say."""
    assert "RMSSD or SDNN" in read("2025-05-04 06:10:00,HRV,57").warnings[0]
    assert read("2025-05-04 06:10:00,Pulse,50").warnings == ()


def test_the_last_value_of_a_day_counts() -> None:
    """A second measurement corrects the first."""
    reading = read("2025-05-04 06:10:00,HRV,57", "2025-05-04 06:30:00,HRV,60")
    assert by_day(reading, Metric.HRV_RMSSD_MS) == {DAY: 60}


@pytest.mark.parametrize("row", ["2025-05-04 06:10:00,HRV,4000", "04/05/2025,HRV,57", ",HRV,57"])
def test_a_fault_in_an_hrv_or_its_date_refuses_the_file(row: str) -> None:
    """Another order of day and month is not guessed at."""
    assert [problem.line for problem in read(row).problems] == [2]


def test_another_log_of_types_and_values_is_nobodys() -> None:
    """The three columns alone prove nothing."""
    document = document_of("timestamp,type,value\n2025-05-04,coffee,2\n")
    assert TrainingPeaks().identify(document) is None
