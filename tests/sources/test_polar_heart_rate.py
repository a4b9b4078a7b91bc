"""Polar's heart rates by the person's clock, in the zone of the night before."""

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from hrvctl.records import Metric, Reading
from hrvctl.sources import registry
from hrvctl.sources.kit.protocol import Document
from sources.exports import document_of

TODAY = date(2025, 5, 10)
DAY = date(2025, 5, 4)


def sleep(offset: str, *, v3: bool = False) -> Document:
    """The night before DAY, 23:00 to 7:00."""
    start, end = f"2025-05-03T23:00:00{offset}", f"2025-05-04T07:00:00{offset}"
    night: dict[str, Any] = {
        "night": str(DAY), "evaluation": {"asleepDuration": "PT7H30M", "sleepSpan": "PT8H"},
        "sleepResult": {"hypnogram": {"sleepStart": start, "sleepEnd": end}},
    }  # fmt: skip
    if v3:
        night = {
            "date": str(DAY), "sleep_start_time": start, "sleep_end_time": end, "sleep_charge": 3,
            "continuity": 3.2, "light_sleep": 15000, "deep_sleep": 5400, "rem_sleep": 6600,
        }  # fmt: skip
    return document_of(json.dumps({"nights": [night]} if v3 else [night]), "sleep.json")


def rates(until_h: int, *, v3: bool = False) -> Document:
    """DAY's heart rates by its clock: 50 until 7:00, then 70, from 17:00 on 90."""
    samples = [
        (second, 50 if second < 7 * 3600 else 70 if second < 17 * 3600 else 90)
        for second in range(0, until_h * 3600, 300)
    ]
    content: Any = {
        "deviceDays": [
            {
                "date": str(DAY),
                "samples": [{"heartRate": b, "secondsFromDayStart": s} for s, b in samples],
            }
        ]
    }
    if v3:
        clock = [(f"{s // 3600:02}:{s % 3600 // 60:02}:{s % 60:02}", b) for s, b in samples]
        content = {
            "date": str(DAY),
            "heart_rate_samples": [{"heart_rate": b, "sample_time": at} for at, b in clock],
        }
    return document_of(json.dumps(content), "heart.json")


def read(*documents: Document) -> dict[Metric, Any]:
    """The measurements of DAY."""
    readings = registry.read_all(documents, today=TODAY).readings
    return {m.metric: m for r in readings for m in r.measurements}


@pytest.mark.parametrize("v3", [False, True])
@pytest.mark.parametrize("offset", ["+02:00", "-10:00", "+13:00"])
def test_the_clock_of_the_samples_is_that_of_the_night(offset: str, v3: bool) -> None:
    """Wherever the person is."""
    found = read(rates(20, v3=v3), sleep(offset, v3=v3))
    waking = found[Metric.WAKING_HR_BPM]
    assert waking.value == pytest.approx((10 * 70 + 3 * 90) / 13)
    assert found[Metric.EVENING_HR_BPM].value == pytest.approx(90)
    assert waking.start_at == datetime.fromisoformat(f"2025-05-04T07:00:00{offset}")
    assert waking.end_at == waking.start_at + timedelta(hours=13)


def test_without_the_sleep_a_warning_says_what_is_missing() -> None:
    """When the person woke is not known."""
    reading: Reading = registry.read(rates(20), today=TODAY)
    assert reading.measurements == ()
    assert any("import the sleep files together" in warning for warning in reading.warnings)


@pytest.mark.parametrize(
    "sample",
    [
        {},
        7,
        {"heartRate": 60},
        {"heartRate": None, "secondsFromDayStart": 5},
        {"heart_rate": 60, "sample_time": "noon"},
    ],
)
def test_a_damaged_sample_is_counted(sample: object) -> None:
    """It refuses nothing."""
    whole = {"heartRate": 60, "secondsFromDayStart": 40_000}
    content = {"deviceDays": [{"date": str(DAY), "samples": [sample, whole]}]}
    reading = registry.read(document_of(json.dumps(content), "heart.json"), today=TODAY)
    assert reading.skipped == {"heart rate that cannot be read": 1}
    assert reading.problems == ()
