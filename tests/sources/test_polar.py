"""Polar: the night is named by its wake date, and only sleep files know its hours."""

import json
from datetime import date
from typing import Any

import pytest

from hrvctl.records import Metric, Reading
from hrvctl.sources import registry
from hrvctl.sources.polar import Polar
from sources.exports import DATA, by_day, document_of, open_one

TODAY = date(2025, 5, 10)
HRV = Metric.HRV_RMSSD_MS


def recovery(**changes: Any) -> dict[str, Any]:
    """Write one night of the account's export."""
    return {"night": "2025-05-04", "meanNightlyRecoveryRri": 1200, "meanNightlyRecoveryRmssd": 52,
            "meanNightlyRecoveryRespirationInterval": 4000} | changes  # fmt: skip


def read(*nights: dict[str, Any]) -> Reading:
    """Read an export of these nights."""
    return Polar().read(document_of(json.dumps(list(nights)), "n.json"), today=TODAY)


def test_the_night_is_dated_as_the_file_says() -> None:
    """``night`` is the wake date; nothing is shifted."""
    assert by_day(read(recovery()), HRV) == {date(2025, 5, 4): 52}


def test_four_hours_of_sleep_give_no_resting_heart_rate() -> None:
    """60,000 / RRI is a mean heart rate asleep; the breathing interval gives a rate."""
    reading = read(recovery())
    assert by_day(reading, Metric.RESTING_HR_BPM) == {}
    assert by_day(reading, Metric.NIGHT_HR_BPM) == {date(2025, 5, 4): 50}
    assert by_day(reading, Metric.RESPIRATORY_RATE_RPM) == {date(2025, 5, 4): 15}


def test_the_baseline_is_no_nights_hrv() -> None:
    """A night without its own RMSSD has none, whatever Polar's mean of many nights is."""
    night = recovery(meanBaselineRmssd=47)
    del night["meanNightlyRecoveryRmssd"]
    assert by_day(read(night), HRV) == {}


@pytest.mark.parametrize("value", [0, -1, None, ""])
def test_a_sentinel_is_no_hrv(value: object) -> None:
    """Nothing measured is nothing read, and no fault."""
    reading = read(recovery(meanNightlyRecoveryRmssd=value))
    assert by_day(reading, HRV) == {}
    assert reading.problems == ()


@pytest.mark.parametrize("value", [-4, 4000, "much"])
def test_an_impossible_hrv_makes_the_file_faulty(value: object) -> None:
    """What cannot be is told with its place."""
    assert "meanNightlyRecoveryRmssd" in str(
        read(recovery(meanNightlyRecoveryRmssd=value)).problems[0]
    )


def test_the_sleeps_of_the_same_export_give_the_recovery_its_hours() -> None:
    """Together, the HRV of 4 May carries when that sleep began and ended, with its offset."""
    folder = DATA / "polar"
    documents = [open_one(folder / f"{n}.json") for n in ("nightly_recovery", "sleep_result")]
    recoveries = registry.read_all(documents, today=TODAY).readings[0]
    windows = {m.day: (m.start_at, m.end_at) for m in recoveries.measurements if m.metric is HRV}
    assert windows[date(2025, 5, 3)] == (None, None)
    start, end = windows[date(2025, 5, 4)]
    assert (str(start), str(end)) == ("2025-05-04 00:18:30+02:00", "2025-05-04 08:03:30+02:00")


def test_a_sleep_over_the_change_of_clocks_keeps_both_offsets() -> None:
    """From UTC+1 into UTC+2: the hours are the instants', not the wall clock's difference."""
    reading = Polar().read(open_one(DATA / "polar" / "sleep_v3.json"), today=TODAY)
    (asleep,) = (m for m in reading.measurements if m.metric is Metric.ASLEEP_MIN)
    assert asleep.day == date(2025, 3, 30)
    assert asleep.value == 420
    assert asleep.start_at
    assert asleep.end_at
    assert (asleep.end_at - asleep.start_at).total_seconds() == 7.5 * 3600


@pytest.mark.parametrize(
    ("written", "minutes"),
    [("PT7H30M", 450), ("PT26730S", 445.5), ("P0DT6H", 360), ("27000s", 450), ("PT90.6S", 1.51)],
)
def test_durations_are_read_in_every_spelling(written: str, minutes: float) -> None:
    """ISO 8601 with any of its parts, or plain seconds."""
    night = {"night": "2025-05-04", "evaluation": {"asleepDuration": written}}
    assert by_day(read(night), Metric.ASLEEP_MIN) == {date(2025, 5, 4): minutes}


def test_a_night_that_is_no_date_makes_the_file_faulty() -> None:
    """A date with its day and month changed over is not guessed at."""
    assert "night '04.05.2025'" in str(read(recovery(night="04.05.2025")).problems[0])
