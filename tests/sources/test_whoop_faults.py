"""WHOOP: every fault named where it stands, and nothing impossible imported."""

from collections.abc import Callable
from datetime import date

import pytest

from hrvctl.records import Metric, Reading
from hrvctl.sources.whoop.source import Whoop
from sources.exports import DATA, by_day, document_of
from sources.whoop_rows import HEADER, TODAY, cycle, read

HRV = Metric.HRV_RMSSD_MS

FAULTS: dict[str, tuple[Callable[[], Reading], int, str, str, str]] = {
    "text": (lambda: read(cycle(), cycle(hrv="high")), 3, HRV, "high", "not a number"),
    "negative": (lambda: read(cycle(hrv="-5")), 2, HRV, "-5", "not within 1 to 400"),
    "too high": (lambda: read(cycle(hrv="5000")), 2, HRV, "5000", "not within 1 to 400"),
    "infinite": (lambda: read(cycle(hrv="inf")), 2, HRV, "inf", "not a number"),
    "thousands": (lambda: read(cycle(hrv='"1,234"')), 2, HRV, "1,234", "not a number"),
    "1970": (
        lambda: read(cycle(wake="1970-01-01 07:00:00")),
        2, "Wake onset", "1970-01-01 07:00:00", "before 2005-01-01",
    ),
    "2199": (
        lambda: read(cycle(wake="2199-05-04 07:00:00")),
        2, "Wake onset", "2199-05-04 07:00:00", "after 2025-05-11",
    ),
    "spreadsheet date": (
        lambda: read(cycle(wake="04.05.2025 07:22")),
        2, "Wake onset", "04.05.2025 07:22", "not a date and time",
    ),
    "31 June": (
        lambda: read(cycle(wake="2025-06-31 07:22:00")),
        2, "Wake onset", "2025-06-31 07:22:00", "spreadsheet",
    ),
    "backwards": (
        lambda: read(cycle(wake="2025-05-03 22:00:00")),
        2, "Wake onset", "2025-05-03 22:00:00", "not within 24 hours after the sleep onset",
    ),
    "no start": (
        lambda: read(cycle()[len("2025-05-03 23:41:07"):]),
        2, "Cycle start time", "", "must have a start",
    ),
    "cut row": (lambda: read(cycle()[:-20]), 2, "", "", "cells under a header of 26"),
    "long row": (lambda: read(cycle() + ",9"), 2, "", "", "27 cells under a header of 26"),
    "open quote": (lambda: read(cycle(), '"' + cycle()), 3, "", "", "quotes"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_with_line_column_and_value(name: str) -> None:
    """Nothing impossible is imported, and the person is told where it stands."""
    make, line, column, value, why = FAULTS[name]
    column = "Heart rate variability (ms)" if column == HRV else column
    (problem,) = make().problems
    assert (problem.file, problem.line) == ("export.csv", line)
    assert (problem.column, problem.value) == (column, value)
    assert why in problem.why


def test_all_faults_are_told_at_once() -> None:
    """Two faults in one row and one in another make three problems, in order of line."""
    reading = read(cycle(hrv="900", wake="yesterday"), cycle(), cycle(hrv="x"))
    assert [problem.line for problem in reading.problems] == [2, 2, 4]


def test_a_day_after_tomorrow_is_a_fault_and_tomorrow_is_not() -> None:
    """The user's today decides, not the machine's clock; a zone ahead may be a day on."""
    wakes_4_may = cycle(end="")
    assert read(wakes_4_may, today=date(2025, 5, 3)).problems == ()
    assert read(wakes_4_may, today=date(2025, 5, 2)).problems != ()


def test_a_cycles_file_without_hrv_says_so_of_its_header() -> None:
    """Without the one column we came for, the first line is at fault."""
    header = HEADER.replace("Heart rate variability (ms)", "Something else")
    (problem,) = read(cycle(), header=header).problems
    assert problem.line == 1
    assert problem.column == "Heart rate variability (ms)"
    assert Whoop().identify(document_of(f"{header}\n{cycle()}\n")) == "cycles"


def test_other_implausible_values_are_left_out_with_a_warning() -> None:
    """A heart rate of 500 costs that value, not the night."""
    reading = read(cycle(rhr="500"))
    assert by_day(reading, Metric.RESTING_HR_BPM) == {}
    assert by_day(reading, HRV) == {date(2025, 5, 4): 71}
    (warning,) = reading.warnings
    assert "line 2: Resting heart rate (bpm) '500': not within 25 to 150" in warning
    assert reading.problems == ()


def test_many_warnings_of_one_column_are_summed_up() -> None:
    """Ten equal faults make three lines and a count."""
    rows = [
        cycle(f"2025-04-{day:02} 00:10:00", f"2025-04-{day:02} 07:00:00", end="", rhr="fast")
        for day in range(1, 11)
    ]
    warnings = read(*rows).warnings
    assert len(warnings) == 4
    assert "7 more" in warnings[-1]


@pytest.mark.parametrize("missing", ["", "-", "--", "—", "NaN", "null", "None", "N/A", "n/a", " "])
def test_missing_stays_missing(missing: str) -> None:
    """No spelling of nothing becomes a number or a fault."""
    reading = read(cycle(hrv=missing, rhr=missing))
    assert by_day(reading, HRV) == by_day(reading, Metric.RESTING_HR_BPM) == {}
    assert (reading.problems, reading.warnings) == ((), ())


def test_zero_is_missing_where_no_living_person_has_it() -> None:
    """A resting heart rate of 0 says that nothing was measured."""
    reading = read(cycle(rhr="0"))
    assert by_day(reading, Metric.RESTING_HR_BPM) == {}
    assert reading.warnings == ()
    assert reading.skipped == {"value of 0 or -1, which means missing": 1}


def test_an_hrv_without_a_waking_is_not_dated_by_guess() -> None:
    """The wake date is the day; where it is missing the value is left out and told."""
    reading = read(cycle(wake=""))
    assert by_day(reading, HRV) == {}
    assert "no wake onset" in reading.warnings[0]


def test_a_workout_without_a_zone_is_left_out_and_told() -> None:
    """Its start is its key and must be an instant."""
    header = (DATA / "whoop" / "workouts_en.csv").read_text().splitlines()[0]
    row = "2025-05-03 00:18:44,,,2025-05-03 17:30:00,2025-05-03 18:15:29,45,Run,10,431,171,142"
    reading = Whoop().read(document_of(f"{header}\n{row}{',' * 9}\n"), today=TODAY)
    assert reading.workouts == ()
    assert "line 2: Cycle timezone ''" in reading.warnings[0]


def test_a_file_that_lost_its_header_is_not_recognised():
    """Read by place its first night would be taken for the header and lost without a word."""
    headless = document_of(cycle() + "\n" + cycle() + "\n")
    assert Whoop().identify(headless) is None
