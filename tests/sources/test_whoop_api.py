"""WHOOP's API: a recovery has no date, so its sleep, its cycle, or its own clock must give one."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrvctl.records import Metric, Reading
from hrvctl.sources import registry
from hrvctl.sources.whoop_api.source import WhoopApi
from sources.exports import by_day, document_of

TODAY = date(2025, 5, 10)
HRV = Metric.HRV_RMSSD_MS


def recovery(**changes: Any) -> dict[str, Any]:
    """Write one recovery; a dotted name changes the score."""
    score = {"user_calibrating": False, "recovery_score": 64.0, "resting_heart_rate": 52.0,
             "hrv_rmssd_milli": 70.5}  # fmt: skip
    record = {"cycle_id": 1, "sleep_id": "s1", "created_at": "2025-05-04T05:25:10.000Z",
              "updated_at": "2025-05-04T05:27:00.000Z", "score_state": "SCORED"}  # fmt: skip
    return record | {"score": score} | changes


def sleep(start: str, end: str, offset: str, **changes: Any) -> dict[str, Any]:
    """Write one sleep of 400 minutes."""
    stages = {"total_light_sleep_time_milli": 24_000_000}
    return {"id": "s1", "cycle_id": 1, "start": start, "end": end, "timezone_offset": offset,
            "nap": False, "score_state": "SCORED", "score": {"stage_summary": stages},
            "updated_at": "2025-05-04T05:27:00.000Z"} | changes  # fmt: skip


def read(*records: Mapping[str, Any]) -> Reading:
    """Read a dump of these objects."""
    return WhoopApi().read(document_of(json.dumps(list(records)), "dump.json"), today=TODAY)


@pytest.mark.parametrize(
    ("start", "end", "offset", "day"),
    [
        ("2025-05-03T21:40:00Z", "2025-05-04T05:20:00Z", "+02:00", date(2025, 5, 4)),
        ("2025-05-03T22:18:00Z", "2025-05-04T05:20:00Z", "+02:00", date(2025, 5, 4)),
        ("2025-05-04T09:30:00Z", "2025-05-04T17:00:00Z", "+14:00", date(2025, 5, 5)),
        ("2025-05-04T09:30:00Z", "2025-05-04T17:00:00Z", "-10:00", date(2025, 5, 4)),
        ("2025-05-03T22:10:00Z", "2025-05-04T06:00:00Z", "Z", date(2025, 5, 4)),
    ],
)
def test_a_recovery_belongs_to_the_local_date_its_sleep_ended(
    start: str, end: str, offset: str, day: date
) -> None:
    """Joined by the sleep's id, in the sleep's own zone; neither UTC's date nor the onset's."""
    reading = read(recovery(), sleep(start, end, offset))
    assert by_day(reading, HRV) == {day: 70.5}
    assert not reading.warnings


def test_the_nights_around_a_flight_over_the_date_line_keep_their_own_days() -> None:
    """Kiritimati at UTC+14, then Honolulu at UTC-10: two nights, one date apart, none lost."""
    reading = read(
        recovery(),
        sleep("2025-05-03T09:00:00Z", "2025-05-03T16:30:00Z", "+14:00"),
        recovery(cycle_id=2, sleep_id="s2", score={"hrv_rmssd_milli": 44.0}),
        sleep("2025-05-05T09:00:00Z", "2025-05-05T15:00:00Z", "-10:00", id="s2", cycle_id=2),
    )
    assert by_day(reading, HRV) == {date(2025, 5, 4): 70.5, date(2025, 5, 5): 44.0}


def test_files_of_one_download_explain_each_other() -> None:
    """Recoveries in one file, sleeps of version 1 (without a cycle) and cycles in others."""
    v1 = sleep("2025-05-04T12:00:00Z", "2025-05-04T19:30:00Z", "+10:00", id=900)
    del v1["cycle_id"]
    cycle = {"id": 1, "start": "2025-05-04T12:00:00Z", "end": "2025-05-05T13:00:00Z",
             "timezone_offset": "+10:00", "score_state": "SCORED",
             "score": {"strain": 9.5, "kilojoule": 8368.0}}  # fmt: skip
    files = {"recovery.json": recovery(sleep_id=900), "sleep.json": v1, "cycle.json": cycle}
    documents = [document_of(json.dumps([record]), name) for name, record in files.items()]
    readings = registry.read_all(documents, today=TODAY).readings
    day = date(2025, 5, 5)  # 05:30 in Sydney
    assert [reading.kind for reading in readings] == ["recovery", "sleep", "cycle"]
    assert by_day(readings[0], HRV) == {day: 70.5}
    assert by_day(readings[1], Metric.ASLEEP_MIN) == {day: 400}
    assert by_day(readings[2], Metric.STRAIN) == {day: 9.5}
    assert by_day(readings[2], Metric.ENERGY_KCAL) == {day: pytest.approx(2000)}
    (strain,) = (m for m in readings[2].measurements if m.metric is Metric.STRAIN)
    assert str(strain.start_at) == "2025-05-05 05:30:00+10:00"  # from the waking on


def test_without_its_sleep_a_recovery_is_dated_where_its_cycle_was() -> None:
    """Written at waking: 22:20 UTC is 07:20 of the next day in Tokyo."""
    cycle = {"id": 1, "start": "2025-05-03T14:00:00Z", "end": None, "timezone_offset": "+09:00",
             "score_state": "SCORED", "score": {"strain": 1.0}}  # fmt: skip
    reading = read(recovery(created_at="2025-05-03T22:20:00Z"), cycle)
    assert by_day(reading, HRV) == {date(2025, 5, 4): 70.5}
    assert reading.skipped == {"open cycle": 1}


@given(
    offset_h=st.integers(-12, 13),
    local_h=st.integers(5, 11),
    minute=st.integers(0, 59),
)
@settings(max_examples=200, deadline=None)
def test_without_any_zone_a_night_is_dated_rightly_or_left_out(
    offset_h: int, local_h: int, minute: int
) -> None:
    """For whoever wakes in the morning, wherever: never the wrong day, and always a warning."""
    utc_h = local_h - offset_h
    day = 4 + utc_h // 24
    created = f"2025-05-{day:02d}T{utc_h % 24:02d}:{minute:02d}:00Z"
    reading = read(recovery(created_at=created))
    assert by_day(reading, HRV) in ({date(2025, 5, 4): 70.5}, {})
    assert len(reading.warnings) == 1


@pytest.mark.parametrize("value", [0, 0.0, None, "", -1])
def test_a_sentinel_is_no_resting_heart_rate(value: object) -> None:
    """Zero and null are missing, and minus one is left out; the night's HRV stands."""
    reading = read(recovery(score={"hrv_rmssd_milli": 70.5, "resting_heart_rate": value}))
    assert by_day(reading, HRV) == {date(2025, 5, 4): 70.5}
    assert by_day(reading, Metric.RESTING_HR_BPM) == {}


def test_an_impossible_hrv_makes_the_file_faulty() -> None:
    """900 ms is nobody's: the file is refused and the place is told."""
    reading = read(recovery(score={"hrv_rmssd_milli": 900}))
    assert "score.hrv_rmssd_milli '900'" in str(reading.problems[0])


def test_a_record_of_two_pages_counts_as_last_updated() -> None:
    """Whatever order the pages are in; the older score is not taken."""
    old, new = recovery(), recovery(
        updated_at="2025-05-04T09:00:00.000Z", score={"hrv_rmssd_milli": 73.25}
    )  # fmt: skip
    for records in ((old, new), (new, old)):
        pages = [{"records": [record], "next_token": None} for record in records]
        reading = WhoopApi().read(document_of(json.dumps(pages)), today=TODAY)
        assert by_day(reading, HRV) == {date(2025, 5, 4): 73.25}
        assert reading.skipped == {"repeated record": 1}


@pytest.mark.parametrize("state", ["PENDING_SCORE", "UNSCORABLE"])
def test_what_has_no_score_has_no_hrv(state: str) -> None:
    """A night WHOOP could not score is missing, whatever stands in it."""
    reading = read(recovery(score_state=state))
    assert reading.measurements == ()
    assert sum(reading.skipped.values()) == 1


def test_the_longest_sleep_of_a_day_gives_the_day_its_hrv() -> None:
    """Two sleeps end on one date; the short one's recovery does not overwrite the night's."""
    night = sleep("2025-05-03T21:40:00Z", "2025-05-04T05:20:00Z", "+02:00")
    nap = sleep("2025-05-04T11:00:00Z", "2025-05-04T12:30:00Z", "+02:00", id="s2", cycle_id=2,
                score={"stage_summary": {"total_light_sleep_time_milli": 4_800_000}})  # fmt: skip
    second = recovery(cycle_id=2, sleep_id="s2", score={"hrv_rmssd_milli": 90.0})
    reading = read(night, nap, recovery(), second)
    assert by_day(reading, HRV) == {date(2025, 5, 4): 70.5}
    assert by_day(reading, Metric.NAP_MIN) == {date(2025, 5, 4): 80}


@pytest.mark.parametrize(
    "shape",
    [
        lambda r: [r],
        lambda r: {"records": [r], "next_token": None},
        lambda r: [{"records": [r]}],
        lambda r: {"recovery": [r], "sleep": [], "cycle": [], "workout": []},
        lambda r: {"recovery": {"records": [r], "next_token": None}, "sleep": {"records": []}},
        lambda r: r,
    ],
    ids=["list", "page", "pages", "lists by name", "pages by name", "one object"],
)
def test_every_shape_of_a_dump_is_read(shape: Any) -> None:
    """A list, a page, pages, lists by name, pages by name, one object."""
    document = document_of(json.dumps(shape(recovery())))
    assert WhoopApi().identify(document) == "recovery"
    assert by_day(WhoopApi().read(document, today=TODAY), HRV) == {date(2025, 5, 4): 70.5}


def test_the_private_api_spoke_in_seconds() -> None:
    """0.0701 is 70.1 ms where all numbers are so small, and 70.1 is where they are not."""
    for written in (0.0701, 70.1):
        scores = {"heartRateVariabilityRmssd": written, "restingHeartRate": 51}
        day = {"days": ["2020-05-04"], "recovery": scores}
        assert by_day(read(day), HRV) == {date(2020, 5, 4): pytest.approx(70.1)}
