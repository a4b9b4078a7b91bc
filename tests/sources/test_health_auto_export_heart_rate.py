"""Health Auto Export's heart rate: samples, or the means of minutes, hours or calendar days."""

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from hrvctl.records import Measurement, Metric, Reading
from hrvctl.sources.health_auto_export.source import HealthAutoExport
from sources.exports import by_day, document_of

TODAY = date(2025, 5, 5)
DAY = date(2025, 5, 4)
WOKE = datetime.fromisoformat("2025-05-04T07:00:00+02:00")
NIGHT = {
    "date": "2025-05-04 00:00:00 +0200", "totalSleep": 7.5, "inBed": 8,
    "sleepStart": "2025-05-03 23:00:00 +0200", "sleepEnd": "2025-05-04 07:00:00 +0200",
}  # fmt: skip


def read(rows: list[dict[str, Any]], *, today: date = TODAY, **lists: Any) -> Reading:
    """Read heart rates, the night before them and other lists."""
    lists = {"heart_rate": rows, "sleep_analysis": [NIGHT]} | lists
    metrics = [{"name": name, "units": "?", "data": data} for name, data in lists.items()]
    document = document_of(json.dumps({"data": {"metrics": metrics}}), "export.json")
    return HealthAutoExport().read(document, today=today)


def rows(step: timedelta, until_h: float = 12, **names: str) -> list[dict[str, Any]]:
    """Heart rates of 50 before waking and of 70 after it, the last two hours 85."""
    name = names.get("name", "Avg")
    found: list[dict[str, Any]] = []
    at = WOKE - timedelta(hours=3)
    while at < WOKE + timedelta(hours=until_h):
        bpm = 50 if at < WOKE else 70 if at < WOKE + timedelta(hours=until_h - 2) else 85
        found.append({"date": f"{at:%Y-%m-%d %H:%M:%S} +0200", name: bpm, "source": "Watch"})
        at += step
    return found


def waking(reading: Reading) -> Measurement:
    """The one waking heart rate."""
    (found,) = [m for m in reading.measurements if m.metric is Metric.WAKING_HR_BPM]
    return found


@pytest.mark.parametrize("name", ["Avg", "avg", "qty", "value"])
@pytest.mark.parametrize("step", [timedelta(minutes=1), timedelta(hours=1)])
def test_samples_and_hourly_means_give_the_hours_awake(step: timedelta, name: str) -> None:
    """An hour's mean covers its hour."""
    found = waking(read(rows(step, name=name)))
    assert found.day == DAY
    assert found.value == pytest.approx((10 * 70 + 2 * 85) / 12)
    assert (found.start_at, found.end_at) == (WOKE, WOKE + timedelta(hours=12))


def test_the_mean_of_a_calendar_day_is_stored_once_the_day_is_over() -> None:
    """Until then it is of fewer hours; which of them were slept is left to the forecast."""
    day = [{"date": "2025-05-04 00:00:00 +0200", "Min": 44, "Avg": 64, "Max": 150}]
    assert by_day(read(day), Metric.AVERAGE_HR_BPM) == {DAY: 64}
    for reading in (read(day), read(day, today=DAY)):
        assert by_day(reading, Metric.WAKING_HR_BPM) == {}
    assert by_day(read(day, today=DAY), Metric.AVERAGE_HR_BPM) == {}


def test_the_csv_has_the_mean_of_calendar_days() -> None:
    """Under the unit the app is set to."""
    for unit in ("bpm", "count/min"):
        text = (
            f"Date,Heart Rate [Avg] ({unit}),Heart Rate Variability (ms)\n"
            "2025-05-03 00:00:00,64,40\n2025-05-05 00:00:00,64,40\n"
        )
        reading = HealthAutoExport().read(document_of(text), today=TODAY)
        assert reading.unknown_columns == ()
        assert by_day(reading, Metric.AVERAGE_HR_BPM) == {date(2025, 5, 3): 64}


def test_without_a_night_a_warning_says_what_is_missing() -> None:
    """Samples alone do not say when the person woke."""
    reading = read(rows(timedelta(minutes=5)), sleep_analysis=[])
    assert reading.measurements == ()
    assert any("import the sleep files together" in warning for warning in reading.warnings)
