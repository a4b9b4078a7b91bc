"""Oura's heart rates: in a file apart from the sleeps, in UTC; the sleeps have the zone."""

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from hrvctl.records import Metric, Reading
from hrvctl.sources import registry
from hrvctl.sources.kit.protocol import Document
from sources.exports import document_of

TODAY = date(2025, 5, 10)
NIGHT = {
    "average_hrv": 61, "lowest_heart_rate": 49, "day": "2025-05-04", "type": "long_sleep",
    "bedtime_start": "2025-05-03T23:00:00+02:00", "bedtime_end": "2025-05-04T07:00:00+02:00",
    "total_sleep_duration": 27000, "time_in_bed": 28800,
}  # fmt: skip
NAP = NIGHT | {
    "type": "late_nap", "day": "2025-05-05", "total_sleep_duration": 1800, "time_in_bed": 1800,
    "bedtime_start": "2025-05-04T14:00:00+02:00", "bedtime_end": "2025-05-04T14:30:00+02:00",
}  # fmt: skip


def samples() -> list[dict[str, Any]]:
    """A heart rate of 50 asleep and of 70 in the ten hours after, every five minutes."""
    start = datetime.fromisoformat("2025-05-03T21:00:00+00:00")
    times = [start + timedelta(minutes=5 * i) for i in range(18 * 12)]
    return [
        {
            "timestamp": f"{at:%Y-%m-%dT%H:%M:%S}.000Z",
            "bpm": 50 if at < start + timedelta(hours=8) else 70,
            "source": "awake",
        }
        for at in times
    ]


def as_csv(rows: list[dict[str, Any]]) -> Document:
    """The file of the account's export."""
    lines = [f"{row['timestamp']};{row['bpm']};good;{row['source']};TRUE" for row in rows]
    head = "timestamp;bpm;quality;source;restorative"
    return document_of("\n".join([head, *lines, ""]), "heartrate.csv")


def as_json(rows: list[dict[str, Any]]) -> Document:
    """An answer of the API."""
    return document_of(json.dumps({"data": rows, "next_token": None}), "heartrate.json")


def nights(*sleeps: dict[str, Any]) -> Document:
    """A page of sleeps."""
    return document_of(json.dumps({"data": sleeps}), "sleep.json")


def read(*documents: Document) -> tuple[Reading, ...]:
    """Read files of one import."""
    return registry.read_all(documents, today=TODAY).readings


@pytest.mark.parametrize("written", [as_csv, as_json])
def test_the_hours_awake_count_by_the_zone_of_the_sleep(written: Any) -> None:
    """Whichever file is opened first; a nap does not begin the day again."""
    heart = written(samples())
    for documents in ([nights(NIGHT, NAP), heart], [heart, nights(NIGHT, NAP)]):
        (reading,) = [r for r in read(*documents) if r.kind == "heart_rate"]
        found = {m.metric: m for m in reading.measurements}
        waking = found[Metric.WAKING_HR_BPM]
        assert waking.value == found[Metric.EVENING_HR_BPM].value == pytest.approx(70)
        assert waking.day == date(2025, 5, 4)
        assert waking.end_at == datetime.fromisoformat("2025-05-04T17:00:00+02:00")
        assert str(waking.start_at) == "2025-05-04 07:00:00+02:00"


def test_the_whole_export_in_one_file_has_them_too() -> None:
    """Its lists stand beside each other."""
    whole = {"daily_activity": [], "heartrate": samples(), "sleep": [NIGHT]}
    (reading,) = read(document_of(json.dumps(whole), "export.json"))
    found = {m.metric: m.value for m in reading.measurements}
    assert found[Metric.WAKING_HR_BPM] == pytest.approx(70)


def test_without_the_sleeps_a_warning_says_what_is_missing() -> None:
    """And nothing is made up."""
    (reading,) = read(as_csv(samples()))
    assert reading.measurements == ()
    assert any("import the sleep files together" in warning for warning in reading.warnings)


def test_what_cannot_be_read_is_counted() -> None:
    """A time without its offset, and a heart rate that is no number."""
    rows = samples()
    rows[0] |= {"timestamp": "2025-05-03T21:00:00"}
    rows[1] |= {"bpm": "many"}
    rows[2] |= {"bpm": None}
    readings = read(nights(NIGHT), as_json(rows))
    assert readings[1].skipped == {"heart rate that cannot be read": 2}
    assert readings[1].problems == ()
