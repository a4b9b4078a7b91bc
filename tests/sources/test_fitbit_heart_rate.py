"""Fitbit's heart rate: samples in UTC, nights by the person's clock, and the zone between them."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

import pytest

from hrvctl.errors import DataError
from hrvctl.records import Measurement, Metric, Reading
from hrvctl.sources import registry
from hrvctl.sources.kit.documents import open_documents
from hrvctl.sources.kit.protocol import Document
from sources.exports import document_of, saved, zipped

TODAY = date(2025, 5, 10)
STEP = timedelta(minutes=1)
BERLIN = ZoneInfo("Europe/Berlin")


def person(days: Iterable[tuple[date, tzinfo]]) -> tuple[list[tuple[datetime, int]], list[object]]:
    """A made-up person's minutes in UTC, and the nights: 23:00 to 7:00, 50 bpm asleep, then 75.

    An hour after waking it is 95, by which a wrong hour would show.
    """
    samples, nights = [], []
    for n, (day, zone) in enumerate(days):
        woke = datetime(day.year, day.month, day.day, 7, tzinfo=zone)
        at = woke - timedelta(hours=8)
        while at < woke + timedelta(hours=15, minutes=30):
            bpm = 50 if at < woke else 95 if at < woke + timedelta(hours=1) else 75
            samples.append((at.astimezone(UTC), bpm))
            at = at + STEP if at.utcoffset() == (at + STEP).utcoffset() else _after(at)
        nights.append(
            {
                "logId": n + 1,
                "dateOfSleep": str(day),
                "minutesAsleep": 440,
                "minutesAwake": 40,
                "timeInBed": 480,
                "efficiency": 92,
                "type": "classic",
                "mainSleep": True,
                "startTime": f"{woke - timedelta(hours=8):%Y-%m-%dT%H:%M:%S.000}",
                "endTime": f"{woke:%Y-%m-%dT%H:%M:%S.000}",
            }
        )
    return samples, nights


def _after(at: datetime) -> datetime:
    return (at.astimezone(UTC) + STEP).astimezone(at.tzinfo)


def old_files(samples: Iterable[tuple[datetime, int]]) -> dict[str, bytes]:
    """The old folder's files of a day."""
    by_day: dict[date, list[object]] = {}
    for at, bpm in samples:
        entry = {"dateTime": f"{at:%m/%d/%y %H:%M:%S}", "value": {"bpm": bpm, "confidence": 2}}
        by_day.setdefault(at.date(), []).append(entry)
    return {f"heart_rate-{d}.json": json.dumps(e, indent=1).encode() for d, e in by_day.items()}


def new_file(samples: Iterable[tuple[datetime, int]], *, has_source: bool = True) -> bytes:
    """A file of the new folder."""
    head = "timestamp,beats per minute" + (",data source" if has_source else "")
    rows = [
        f"{at:%Y-%m-%dT%H:%M:%SZ},{bpm}" + (",Fitbit" if has_source else "") for at, bpm in samples
    ]
    return "\n".join([head, *rows, ""]).encode()


def waking(readings: Iterable[Reading]) -> dict[date, Measurement]:
    """The waking heart rates, each of which is in one file alone."""
    found = [m for r in readings for m in r.measurements if m.metric is Metric.WAKING_HR_BPM]
    assert len({m.day for m in found}) == len(found)
    return {m.day: m for m in found}


def read(path: Path) -> tuple[Reading, ...]:
    """Read an export from disk."""
    return registry.read_all(open_documents(path), today=TODAY).readings


@pytest.mark.parametrize("layout", ["old", "new", "new without a source", "both"])
def test_the_waking_heart_rate_is_read_from_either_folder(tmp_path: Path, layout: str) -> None:
    """From waking to bed, on the wake date, by the person's clock."""
    first = date(2025, 4, 1)
    samples, nights = person((first + timedelta(days=n), BERLIN) for n in range(4))
    files = {"sleep-2025-04-01.json": json.dumps(nights).encode()}
    if layout in ("old", "both"):
        files |= old_files(samples)
    if layout != "old":
        files["heart_rate_2025-04-01.csv"] = new_file(samples, has_source="without" not in layout)
    found = waking(read(saved(tmp_path / "takeout.zip", zipped(files))))
    assert sorted(found) == [first + timedelta(days=n) for n in range(4)]
    for day, m in found.items():
        assert m.value == pytest.approx((95 + 14.5 * 75) / 15.5, abs=0.1)
        assert m.start_at == datetime(day.year, day.month, day.day, 7, tzinfo=BERLIN)
        assert m.end_at == datetime(day.year, day.month, day.day, 22, 30, tzinfo=BERLIN)
        assert m.source == "fitbit"


def test_the_zone_is_found_through_a_clock_change_and_a_flight(tmp_path: Path) -> None:
    """No file names it: the heart beats slowest in the night."""
    zones: list[tzinfo] = [BERLIN] * 12 + [timezone(timedelta(hours=-5))] * 8 + [BERLIN] * 8
    days = [(date(2025, 3, 24) + timedelta(days=n), zone) for n, zone in enumerate(zones)]
    samples, nights = person(days)
    files = {"sleep.json": json.dumps(nights).encode(), "heart_rate.csv": new_file(samples)}
    found = waking(read(saved(tmp_path / "takeout.zip", zipped(files))))
    for day, zone in days:
        assert found[day].start_at == datetime(day.year, day.month, day.day, 7, tzinfo=zone), day


def test_a_running_day_is_read_so_far_and_revised_by_the_next_export() -> None:
    """Its end is the last sample, by which the hour it was read at is known."""
    day = date(2025, 4, 2)
    samples, nights = person([(day - timedelta(days=1), BERLIN), (day, BERLIN)])
    at_15 = [one for one in samples if one[0] < datetime(2025, 4, 2, 15, tzinfo=BERLIN)]
    sleep = document_of(json.dumps(nights), "sleep.json")
    for until, hour in ((at_15, 15), (samples, 22.5)):
        documents = [sleep, document_of(new_file(until), "heart_rate.csv")]
        m = waking(registry.read_all(documents, today=day).readings)[day]
        assert m.end_at == datetime(2025, 4, 2, tzinfo=BERLIN) + timedelta(hours=hour)
        assert m.value == pytest.approx((95 + (hour - 8) * 75) / (hour - 7), abs=0.1)


def test_the_new_folder_s_sleep_times_serve_where_there_is_no_json(tmp_path: Path) -> None:
    """By the person's clock, whatever offset they are written with; JSON comes before them."""
    first = date(2025, 4, 1)
    samples, nights = person((first + timedelta(days=n), BERLIN) for n in range(4))
    head = (
        "sleep_id,minutes_asleep,start_utc_offset,sleep_start,end_utc_offset,sleep_end,data_source"
    )
    rows = [head]
    for n in range(4):
        day = first + timedelta(days=n)
        rows += [
            f"1,440,+00:00,{day - timedelta(days=1)} 23:00:00+0000,+00:00,"
            f"{day} 07:00:00+0000,DERIVED",
            f"2,40,+00:00,{day} 13:00:00+0000,+00:00,{day} 14:00:00+0000,DERIVED",
            f"3,700,+00:00,{day} 01:00:00+0000,+00:00,{day} 15:00:00+0000,App Health Connect",
        ]
    files = {"hr.csv": new_file(samples), "UserSleeps.csv": "\n".join([*rows, ""]).encode()}
    found = waking(read(saved(tmp_path / "takeout.zip", zipped(files))))
    expected = [datetime(2025, 4, d, 7, tzinfo=BERLIN) for d in range(1, 5)]
    assert [found[day].start_at for day in sorted(found)] == expected
    files["UserSleeps.csv"] = files["UserSleeps.csv"].replace(b"07:00:00", b"09:00:00")
    files["sleep.json"] = json.dumps(nights).encode()
    found = waking(read(saved(tmp_path / "takeout.zip", zipped(files))))
    assert [found[day].start_at for day in sorted(found)] == expected


def test_another_devices_and_guessed_heart_rates_are_left_out() -> None:
    """Health Connect's are copies; Fitbit marks what it guessed by a confidence of 0."""
    samples, nights = person([(date(2025, 4, 1), BERLIN)])
    foreign = new_file([(at, 120) for at, _ in samples]).replace(b",Fitbit", b",Health Connect")
    guessed = b"".join(old_files((at, 120) for at, _ in samples).values())
    documents = [
        document_of(json.dumps(nights), "sleep.json"),
        document_of(new_file(samples), "heart_rate.csv"),
        document_of(foreign, "foreign.csv"),
        document_of(guessed.replace(b'"confidence": 2', b'"confidence": 0'), "guessed.json"),
    ]
    readings = registry.read_all(documents, today=TODAY).readings
    (m,) = waking(readings).values()
    assert m.value < 80
    assert readings[2].skipped == {"measured by another device": len(samples)}
    assert readings[3].skipped == {"heart rate without confidence": len(samples)}


def test_a_damaged_member_does_not_refuse_the_others() -> None:
    """What was read before the damage counts, and the file is named."""
    samples, nights = person([(date(2025, 4, 1), BERLIN)])
    damaged = document_of(new_file(samples), "damaged.csv")

    @contextmanager
    def opener() -> Iterator[IO[bytes]]:
        raise DataError("damaged.csv: the zip is damaged")
        yield

    documents = [
        document_of(json.dumps(nights), "sleep.json"),
        replace(damaged, opener=opener),
        document_of(new_file(samples), "whole.csv"),
    ]
    found = registry.read_all(documents, today=TODAY)
    assert not found.unread
    assert waking(found.readings)
    (warning,) = found.readings[1].warnings
    assert "damaged.csv: the zip is damaged" in warning


def test_a_year_of_members_opens_the_zip_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once to list it and once to read: listing 30,000 files takes a third of a second."""
    from hrvctl.sources.kit import documents as kit

    samples, nights = person((date(2025, 4, 1) + timedelta(days=n), BERLIN) for n in range(5))
    files = {**old_files(samples), "sleep.json": json.dumps(nights).encode()}
    path = saved(tmp_path / "x.zip", zipped(files))
    opened: list[object] = []
    real = kit.zipfile.ZipFile
    monkeypatch.setattr(
        kit.zipfile, "ZipFile", lambda stream: opened.append(stream) or real(stream)
    )
    assert waking(read(path))
    assert len(opened) == 2


def test_streams_keep_the_kind_they_were_recognised_by() -> None:
    """The head is let go, so the kind must not be asked of it again."""
    document = document_of(new_file(person([(date(2025, 4, 1), BERLIN)])[0]), "heart_rate.csv")
    reading = registry.read_all([document], today=TODAY).readings[0]
    assert isinstance(document, Document)
    assert reading.kind == "heart_rate_samples"
    assert any("sleep files together" in warning for warning in reading.warnings)
