"""Apple Health's heart rates: the mean of the hours awake, by the zone of the sleep."""

from datetime import date, datetime, timedelta

import pytest

from hrvctl.records import Metric, Reading
from hrvctl.sources.apple.source import Apple
from sources.apple_tags import export, hrv, record, sleep
from sources.exports import document_of

HEART_RATE = "HKQuantityTypeIdentifierHeartRate"
TODAY = date(2025, 5, 5)
NIGHT = sleep("2025-05-03 23:00:00 +0200", "2025-05-04 07:00:00 +0200")


def rate(at: datetime, bpm: object, **more: str) -> str:
    """One heart rate by the clock of Berlin."""
    return record(HEART_RATE, f"{at:%Y-%m-%d %H:%M:%S} +0200", value=bpm, unit="count/min", **more)


def read(*records: str) -> Reading:
    """Read an export of these."""
    return Apple().read(document_of(export(records)), today=TODAY)


def spread(first_h: float, last_h: float, bpm: object, every_s: int = 300) -> list[str]:
    """Heart rates of 4 May between two hours."""
    start = datetime(2025, 5, 4) + timedelta(hours=first_h)  # noqa: DTZ001 - a wall clock
    n = int((last_h - first_h) * 3600 / every_s)
    return [rate(start + timedelta(seconds=every_s * i), bpm) for i in range(n)]


def values(reading: Reading) -> dict[Metric, float]:
    """The day's values."""
    return {m.metric: m.value for m in reading.measurements}


def test_the_hours_awake_alone_count() -> None:
    """Neither the night nor a workout's many samples weigh more than their time."""
    reading = read(NIGHT, *spread(0, 7, 50), *spread(7, 17, 70), *spread(17, 18, 140, every_s=5))
    found = {m.metric: m for m in reading.measurements}
    assert found[Metric.WAKING_HR_BPM].value == pytest.approx((10 * 70 + 140) / 11)
    assert found[Metric.EVENING_HR_BPM].value == pytest.approx((2 * 70 + 140) / 3)
    end_at = found[Metric.WAKING_HR_BPM].end_at
    assert end_at is not None
    assert f"{end_at:%Y-%m-%d %H:%M %z}" == "2025-05-04 18:00 +0200"


def test_without_a_sleep_there_is_no_waking_heart_rate() -> None:
    """When the person woke is not known."""
    samples = [hrv(f"2025-05-04 0{hour}:00:00 +0200", 40) for hour in (2, 4)]
    assert set(values(read(*samples, *spread(7, 18, 70)))) == {Metric.HRV_SDNN_MS}


def test_what_cannot_be_read_is_counted_and_what_is_no_heart_rate_left_out() -> None:
    """A damaged record among hundreds refuses nothing."""
    noon = datetime(2025, 5, 4, 12)  # noqa: DTZ001 - a wall clock
    bad = [rate(noon, "many"), rate(noon, 0), rate(noon, 255), rate(noon, "nan")]
    reading = read(NIGHT, *spread(7, 18, 70), *bad)
    assert values(reading)[Metric.WAKING_HR_BPM] == pytest.approx(70)
    assert reading.skipped["heart rate that cannot be read"] == 1
    assert reading.problems == ()
