"""WHOOP's open cycle: its mean heart rate so far is that of the day so far, its strain is not."""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from hrvctl.records import Metric, Reading
from hrvctl.sources import registry
from sources.exports import document_of

TODAY = date(2025, 5, 5)
DAY = date(2025, 5, 4)
RECOVERY = {
    "cycle_id": 1, "sleep_id": "s1", "created_at": "2025-05-04T05:25:10.000Z",
    "score_state": "SCORED",
    "score": {"recovery_score": 64.0, "resting_heart_rate": 50.0, "hrv_rmssd_milli": 70.5},
}  # fmt: skip
SLEEP = {
    "id": "s1", "cycle_id": 1, "start": "2025-05-03T21:00:00Z", "end": "2025-05-04T05:00:00Z",
    "timezone_offset": "+02:00", "nap": False, "score_state": "SCORED",
    "score": {"stage_summary": {"total_in_bed_time_milli": 8 * 3_600_000}},
}  # fmt: skip


def cycle(mean: float, updated: str, **changes: Any) -> dict[str, Any]:
    """The cycle that began with SLEEP, open unless an end is given."""
    score = {"strain": 6.4, "kilojoule": 5210.7, "average_heart_rate": mean}
    return {
        "id": 1, "start": "2025-05-03T21:00:00Z", "end": None, "timezone_offset": "+02:00",
        "updated_at": updated, "score_state": "SCORED", "score": score,
    } | changes  # fmt: skip


def read(*records: Mapping[str, Any]) -> tuple[Reading, ...]:
    """Read each object from a file of its own."""
    documents = [document_of(json.dumps([r]), f"{n}.json") for n, r in enumerate(records)]
    return registry.read_all(documents, today=TODAY).readings


def values(readings: tuple[Reading, ...]) -> dict[Metric, Any]:
    """The day's measurements."""
    return {m.metric: m for r in readings for m in r.measurements if m.day == DAY}


def test_the_open_cycle_gives_the_waking_heart_rate_so_far() -> None:
    """Of the hours from its start to when it was updated, without those in bed."""
    found = values(read(RECOVERY, SLEEP, cycle(64, "2025-05-04T18:00:00.000Z")))
    waking = found[Metric.WAKING_HR_BPM]
    assert waking.value == pytest.approx((21 * 64 - 8 * 1.06 * 50) / 13)
    assert waking.end_at == datetime.fromisoformat("2025-05-04T20:00:00+02:00")
    assert waking.start_at == datetime.fromisoformat("2025-05-04T07:00:00+02:00")
    assert not {Metric.STRAIN, Metric.ENERGY_KCAL, Metric.AVERAGE_HR_BPM} & set(found)


def test_the_ended_cycle_revises_it() -> None:
    """Its value is that of the whole day awake."""
    ended = cycle(66, "2025-05-05T05:00:00.000Z", end="2025-05-04T21:00:00Z")
    waking = values(read(RECOVERY, SLEEP, ended))[Metric.WAKING_HR_BPM]
    assert waking.value == pytest.approx((24 * 66 - 8 * 1.06 * 50) / 16)
    assert waking.end_at - waking.start_at == timedelta(hours=16)


@pytest.mark.parametrize(
    "changes",
    [
        {"updated_at": "2025-05-04T10:00:00.000Z"},  # 5 hours after waking
        {"updated_at": "2025-05-04T04:00:00.000Z"},  # before it
        {"updated_at": None},
        {"score_state": "PENDING_SCORE"},
        {"score": None},
        {"id": 2},
    ],
)
def test_it_is_not_defined(changes: dict[str, Any]) -> None:
    """Too early, not scored, or without its sleep."""
    open_cycle = cycle(64, "2025-05-04T18:00:00.000Z") | changes
    assert Metric.WAKING_HR_BPM not in values(read(RECOVERY, SLEEP, open_cycle))
