"""StrapLog: recordings at rest, in the zone where they were made."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from hrvctl.records import Metric
from hrvctl.sources.straplog import StrapLog
from sources.exports import by_day, document_of
from sources.heartbeats import USUAL, beating, rmssd_of
from sources.straplog_rows import Recorded, database

TODAY = date(2025, 5, 10)
HRV = Metric.HRV_RMSSD_MS
BEATS = beating(USUAL, minutes=2, seed=4)
RMSSD = pytest.approx(rmssd_of(BEATS), abs=0.001)


@pytest.mark.parametrize("east_h", [14, 0, -10])
def test_a_recording_has_the_date_of_its_own_zone(east_h: int) -> None:
    """Many recordings in one file are of their own mornings; the zone is in the file."""
    zone = timezone(timedelta(hours=east_h))
    first = datetime(2025, 5, 3, 6, 30, tzinfo=zone)
    content = database(*(Recorded(first + timedelta(days=n), BEATS) for n in range(2)))
    reading = StrapLog().read(document_of(content), today=TODAY)
    assert by_day(reading, HRV) == {date(2025, 5, 3): RMSSD, date(2025, 5, 4): RMSSD}
    assert {m.start_at for m in reading.measurements if m.day.day == 3} == {first}


def test_a_run_is_no_rest_and_of_a_morning_the_first_counts() -> None:
    """What a person did says so; a second recording of a day changes nothing."""
    at = datetime(2025, 5, 3, 6, 30, tzinfo=UTC)
    run = Recorded(at - timedelta(hours=1), [400.0, 420.0] * 90, "run")
    again = Recorded(at + timedelta(hours=1), [900.0, 990.0] * 60)
    reading = StrapLog().read(document_of(database(run, Recorded(at, BEATS), again)), today=TODAY)
    assert by_day(reading, HRV) == {at.date(): RMSSD}
    assert reading.skipped["recording of an activity"] == 1
