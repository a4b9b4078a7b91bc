"""Elite HRV's summary: readiness in milliseconds, never the score."""

from datetime import date

import pytest

from hrvctl.records import ASKED_AFTER_THE_NIGHT, Metric, Reading
from hrvctl.sources.elitehrv import EliteHrv
from sources.exports import DATA, by_day, document_of, open_one

HEADER = "Member,Type,Date Time Start,HRV,HR,lnRmssd,Rmssd,Nn50,Pnn50,Sdnn"
DAY = date(2025, 5, 3)


def read(*rows: str) -> Reading:
    """Read a summary of these rows."""
    document = document_of("\n".join([HEADER, *rows]) + "\n")
    assert EliteHrv().identify(document) == "summary"
    return EliteHrv().read(document, today=date(2025, 5, 10))


def row(start: str, rmssd: object, kind: str = "readiness") -> str:
    """A row; its score of 61 is not 61 ms."""
    return f"Sam,{kind},{start},61,58.2,3.95,{rmssd},48,33.1,64.2"


def test_the_score_is_not_the_hrv() -> None:
    """RMSSD, SDNN, heart rate and pNN50, each from its own column."""
    reading = read(row("2025-05-03 06:31:07", 51.9))
    assert {m.metric: m.value for m in reading.measurements} == {
        Metric.HRV_RMSSD_MS: 51.9,
        Metric.HRV_SDNN_MS: 64.2,
        Metric.MORNING_HR_BPM: 58.2,
        Metric.PNN50_PCT: 33.1,
    }
    assert {m.day for m in reading.measurements} == {DAY}


def test_the_first_readiness_of_a_day_counts() -> None:
    """By the clock, not by the order of rows; open readings and trainings never."""
    reading = read(
        row("2025-05-03 07:10:00", 43.4),
        row("2025-05-03 06:40:00", 49.4),
        row("2025-05-03 05:10:00", 35.9, "open"),
    )
    assert by_day(reading, Metric.HRV_RMSSD_MS) == {DAY: 49.4}
    assert reading.skipped == {
        "measurement of another type": 1,
        "recording after the first of its day": 1,
    }


def test_a_file_without_readiness_says_so() -> None:
    """Nothing is read from it, and why is told."""
    reading = read(row("2025-05-03 05:10:00", 35.9, "open"))
    assert reading.measurements == ()
    assert "no measurement of type readiness" in reading.warnings[0]


def test_a_measurement_that_failed_is_passed_over() -> None:
    """Elite writes zeros."""
    reading = read(row("2025-05-03 06:40:00", 0), row("2025-05-04 06:40:00", 50))
    assert by_day(reading, Metric.HRV_RMSSD_MS) == {date(2025, 5, 4): 50}
    assert reading.warnings == ()


@pytest.mark.parametrize(
    "line",
    [
        row("2025-05-03 06:40:00", 4000),
        row("03/05/2025 06:40", 50),
        row("", 50),
        row("2026-05-03 06:40:00", 50),
    ],
)
def test_a_fault_in_the_hrv_or_its_date_refuses_the_file(line: str) -> None:
    """Each with its line."""
    assert [problem.line for problem in read(line).problems] == [2]


def test_tags_are_answers_of_the_day_before_or_of_the_morning() -> None:
    """Each a yes with the note of the morning; tags of other measurements are not read."""
    reading = EliteHrv().read(
        open_one(DATA / "elitehrv" / "summary_tags.csv"), today=date(2025, 5, 10)
    )
    found = [(e.day.day, e.tag, e.value, e.note) for e in reading.journal]
    assert found == [
        (1, "alcohol", 1, "two glasses"), (1, "late_meal", 1, "two glasses"),
        (2, "sick", 1, "two glasses"),
    ]  # fmt: skip
    assert "tags are set in the morning" in reading.warnings[0]
    assert {e.source for e in reading.journal} <= ASKED_AFTER_THE_NIGHT
