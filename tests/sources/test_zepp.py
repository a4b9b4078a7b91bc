"""Zepp: the HRV of the sleep in texts within JSON, and sleeps whose zone is not known."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from hrvctl.records import Metric, Reading
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.zepp import Zepp
from sources.exports import by_day, document_of
from sources.nights_abroad import ms

TODAY = date(2025, 5, 10)
DAY = date(2025, 5, 3)
HRV, LIGHT, ASLEEP = Metric.HRV_RMSSD_MS, Metric.LIGHT_MIN, Metric.ASLEEP_MIN
SLEEP = "date,deepSleepTime,shallowSleepTime,wakeTime,start,stop,REMTime,naps\n"


def readiness(at: datetime, value: object) -> Reading:
    """Read one answer of the cloud."""
    item = {"eventType": "readiness", "timestamp": ms(at), "value": value}
    document = document_of(json.dumps({"items": [item]}))
    assert Zepp().identify(document) == "readiness"
    return Zepp().read(document, today=TODAY)


@pytest.mark.parametrize("as_text", [True, False])
def test_the_hrv_of_the_sleep_may_be_a_text_within_the_json(as_text: bool) -> None:
    """Scores are not read, and a -1 or 0 is missing."""
    value = {"sleepHRV": 46, "sleepRHR": -1, "rdnsScore": 82, "skinTempCalibrated": 0}
    reading = readiness(datetime(2025, 5, 3, tzinfo=UTC), json.dumps(value) if as_text else value)
    assert [(m.day, m.metric, m.value) for m in reading.measurements] == [(DAY, HRV, 46)]


@pytest.mark.parametrize(("hours", "day"), [(0, 3), (5, 3), (-8, 3), (10.3, 3), (17.1, None)])
def test_a_midnight_of_any_zone_begins_its_day(hours: float, day: int | None) -> None:
    """Another time is a waking, whose date late in UTC's day is not known."""
    reading = readiness(datetime(2025, 5, 3, tzinfo=UTC) + timedelta(hours=hours), {"sleepHRV": 46})
    assert by_day(reading, HRV) == ({date(2025, 5, day): 46} if day else {})


@pytest.mark.parametrize(("shallow", "light"), [(250, 250), (320, 250)])
def test_rem_counts_once_in_either_way_of_writing(shallow: int, light: int) -> None:
    """Beside the shallow sleep or in it: the sum that fits the window is right."""
    row = f"2025-05-03,95,{shallow},12,2025-05-02 21:40:00+0000,2025-05-03 04:47:00+0000,70,\n"
    reading = Zepp().read(document_of(SLEEP + row), today=TODAY)
    assert by_day(reading, LIGHT) == {DAY: light}
    assert by_day(reading, ASLEEP) == {DAY: 415}


def samples(values: Sequence[tuple[float, float]], key: str = "hrv") -> Document:
    """Samples of hours after 22 UTC."""
    begun = datetime(2025, 5, 2, 22, tzinfo=UTC)
    rows = [{"s": round(hours * 3_600_000), key: value} for hours, value in values]
    return document_of(json.dumps([{"value": {"startTime": ms(begun), "samples": rows}}]))


def test_samples_count_inside_the_sleep_of_the_export() -> None:
    """A key of its own says that they are SDNN."""
    row = "2025-05-03,95,250,12,2025-05-02 21:40:00+0000,2025-05-03 04:47:00+0000,70,\n"
    for key, metric in (("hrv", HRV), ("sdnn", Metric.HRV_SDNN_MS)):
        files = [samples([(0, 50), (1, 54), (14, 99)], key), document_of(SLEEP + row)]
        of_samples, _ = Zepp().read_together(files, today=TODAY)
        assert by_day(of_samples, metric) == {DAY: 52}
        assert of_samples.skipped["HRV outside the night"] == 1
