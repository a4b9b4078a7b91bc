"""FIT files: what a watch wrote of a night, in UTC, read by a package that not everybody has."""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from garmin_fit_sdk import Encoder, Profile

from hrvctl.records import Metric, Reading
from hrvctl.sources.fit.file import EPOCH, INSTALL
from hrvctl.sources.fit.hrv_status import Fit
from sources.exports import DATA, by_day, document_of

TODAY = date(2025, 5, 10)
HRV = Metric.HRV_RMSSD_MS
NUMBERS: dict[str, int] = Profile["mesg_num"]


def fit_file(woke_at: datetime, *, offset_h: int | None = None, file_type: int = 68,
             average: float | None = 57.0) -> bytes:  # fmt: skip
    """Write the file of one night."""
    encoder = Encoder()
    encoder.on_mesg(NUMBERS["FILE_ID"], {"type": file_type, "manufacturer": "garmin"})
    if offset_h is not None:
        local = int((woke_at - EPOCH + timedelta(hours=offset_h)).total_seconds())
        info = {"timestamp": woke_at, "local_timestamp": local}
        encoder.on_mesg(NUMBERS["MONITORING_INFO"], info)
    summary: dict[str, Any] = {"timestamp": woke_at, "weekly_average": 55.0,
                               "last_night_5_min_high": 84.0}  # fmt: skip
    if average is not None:
        summary["last_night_average"] = average
    encoder.on_mesg(NUMBERS["HRV_STATUS_SUMMARY"], summary)
    return bytes(encoder.close())


def read(content: bytes) -> Reading:
    """Read a FIT file of these bytes."""
    return Fit().read(document_of(content, "1_HRV_STATUS.fit"), today=TODAY)


@pytest.mark.parametrize(
    ("woke_at", "offset_h", "day"),
    [
        (datetime(2025, 5, 4, 5, 15, tzinfo=UTC), 2, date(2025, 5, 4)),
        (datetime(2025, 5, 3, 17, 0, tzinfo=UTC), 14, date(2025, 5, 4)),
        (datetime(2025, 5, 4, 17, 0, tzinfo=UTC), -10, date(2025, 5, 4)),
        (datetime(2025, 5, 3, 22, 0, tzinfo=UTC), 9, date(2025, 5, 4)),
    ],
)
def test_a_night_is_dated_where_the_watch_was(woke_at: datetime, offset_h: int, day: date) -> None:
    """The file's two clocks name the zone, and the summary is written after waking."""
    reading = read(fit_file(woke_at, offset_h=offset_h))
    assert by_day(reading, HRV) == {day: 57}
    assert not reading.warnings


def test_without_a_zone_a_morning_in_europe_is_dated_by_utc_and_told() -> None:
    """05:15 UTC is the same date from Lisbon to Tokyo."""
    reading = read(fit_file(datetime(2025, 5, 4, 5, 15, tzinfo=UTC)))
    assert by_day(reading, HRV) == {date(2025, 5, 4): 57}
    assert "no time zone" in reading.warnings[0]


def test_without_a_zone_a_night_that_may_be_of_the_next_day_is_left_out() -> None:
    """22:00 UTC is a morning in Tokyo, of the day after."""
    reading = read(fit_file(datetime(2025, 5, 3, 22, 0, tzinfo=UTC)))
    assert reading.measurements == ()
    assert "depends on the time zone" in reading.warnings[0]


def test_neither_the_week_nor_the_highest_five_minutes_is_a_nights_hrv() -> None:
    """A summary without last night's mean says nothing of last night."""
    reading = read(fit_file(datetime(2025, 5, 4, 5, 15, tzinfo=UTC), average=None))
    assert reading.measurements == ()
    assert reading.skipped == {"night without an average": 1}


def test_other_files_of_a_watch_are_not_taken_for_one() -> None:
    """Thousands of monitoring files lie beside it in an export."""
    content = fit_file(datetime(2025, 5, 4, 5, 15, tzinfo=UTC), file_type=32)
    assert Fit().identify(document_of(content)) is None


def test_a_damaged_file_is_told_and_gives_nothing_unchecked() -> None:
    """A byte of the HRV changed: the checksum does not fit."""
    content = bytearray(fit_file(datetime(2025, 5, 4, 5, 15, tzinfo=UTC)))
    content[-6] ^= 0xFF
    assert "damaged" in read(bytes(content)).problems[0].why


def test_without_the_extra_the_file_is_named_with_what_to_install(
    program: Callable[..., Any], tmp_path: Path
) -> None:
    """A person who has not installed it reads the one line that helps, and no traceback."""
    (tmp_path / "garmin_fit_sdk.py").write_text("raise ImportError\n")
    paths = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    result = program("import", DATA / "fit" / "hrv_status.fit", PYTHONPATH=paths)
    assert result.code != 0
    assert "hrv_status.fit" in result.err
    assert INSTALL in " ".join(result.err.split())
    assert "Traceback" not in result.err
