"""An HRV that means "not measured" is missing in the files of every vendor."""

from collections.abc import Callable
from datetime import date

import pytest

from hrvctl.records import HRV_METRICS, Reading
from hrvctl.sources import registry
from sources.exports import document_of
from sources.whoop_rows import HEADER, cycle

TODAY = date(2025, 5, 10)
DAY = date(2025, 5, 4)


def csv(header: str, row: str) -> Callable[[str], str]:
    """Make a file of one row with the HRV in place of ``HRV``."""
    return lambda hrv: f"{header}\n{row.replace('HRV', hrv)}\n"


FILES: dict[str, Callable[[str], str]] = {
    "table": csv("date,hrv_ms", "2025-05-04,HRV"),
    "intervals": csv("date,hrv,restingHR", "2025-05-04,HRV,51"),
    "trainingpeaks": csv("Timestamp,Type,Value", "2025-05-04 06:50:00,HRV_TYPE,HRV"),
    "elitehrv": csv(
        "Date Time Start,Type,lnRMSSD,RMSSD,HR", "2025-05-04 06:50:00,readiness,4.1,HRV,51"
    ),
    "hrv4training": csv(
        "date,rMSSD,HR,HRV4T_Recovery_Points", "2025-30-04,60,51,8\n2025-04-05,HRV,51,8"
    ),
    "fitbit": csv("timestamp,rmssd,nremhr,entropy", "2025-05-04T00:00:00,HRV,52,2.8"),
    "garmin": csv(
        "Date,Overnight HRV,Baseline,7d Avg",
        "4 May 2025,HRV,49ms - 68ms,57ms\n3 May 2025,60ms,49ms - 68ms,57ms",
    ),
    "oura": csv(
        "id;average_hrv;bedtime_end;bedtime_start;day;type",
        "a;HRV;2025-05-04T07:00:00+02:00;2025-05-03T23:00:00+02:00;2025-05-04;long_sleep",
    ),
    "whoop": lambda hrv: f"{HEADER}\n{cycle(hrv=hrv)}\n",
    "intervals JSON": lambda hrv: f'[{{"id": "2025-05-04", "hrv": {hrv}, "restingHR": 51}}]',
    "polar JSON": lambda hrv: (
        f'[{{"night": "2025-05-04", "meanNightlyRecoveryRmssd": {hrv},'
        ' "meanNightlyRecoveryRri": 1100}]'
    ),
}


def read(name: str, hrv: str) -> Reading:
    """Read a vendor's file of the night with this HRV."""
    text = FILES[name](hrv).replace("HRV_TYPE", "HRV").replace(f"{hrv}_TYPE", "HRV")
    reading = registry.read(document_of(text), today=TODAY)
    assert reading.source == name.split()[0]
    return reading


def hrv_of_the_night(reading: Reading) -> list[float]:
    """List the HRV of the night."""
    return [m.value for m in reading.measurements if m.metric in HRV_METRICS and m.day == DAY]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("hrv", ["0", "-1"])
def test_an_hrv_of_zero_or_minus_one_is_missing_and_counted(name: str, hrv: str) -> None:
    """It refuses no file, and the person sees how many there were."""
    reading = read(name, hrv)
    assert reading.problems == ()
    assert hrv_of_the_night(reading) == []
    assert reading.skipped["value of 0 or -1, which means missing"] == 1


@pytest.mark.parametrize("name", FILES)
def test_an_empty_hrv_is_missing(name: str) -> None:
    """So is a null, or a word such as n/a in a table."""
    for hrv in ["null"] if "JSON" in name else ["", "null", "NaN", "n/a", "--"]:
        reading = read(name, hrv)
        assert reading.problems == ()
        assert hrv_of_the_night(reading) == []


@pytest.mark.parametrize("name", FILES)
def test_an_hrv_that_can_be_is_read_and_one_that_cannot_is_a_problem(name: str) -> None:
    """900 ms is not a way to write nothing."""
    assert hrv_of_the_night(read(name, "57")) == [57]
    (problem,) = read(name, "900").problems
    assert (problem.value, "not within 1 to 400" in problem.why) == ("900", True)
