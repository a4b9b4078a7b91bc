"""Beats in a FIT file: recorded at rest, in seconds with padding, dated where the watch was."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from garmin_fit_sdk import Encoder, Profile

from hrvctl.records import Metric, Reading
from hrvctl.sources.fit.file import EPOCH
from hrvctl.sources.fit.rr import FitRr
from hrvctl.sources.kit.protocol import Document
from sources.exports import by_day, document_of
from sources.heartbeats import USUAL, beating, rmssd_of

TODAY = date(2025, 5, 10)
MORNING = datetime(2025, 5, 4, 5, 15, tzinfo=UTC)
DAY = date(2025, 5, 4)
BEATS = beating(USUAL, minutes=2, seed=4)
RMSSD = pytest.approx(rmssd_of(BEATS), abs=0.001)
NUMBERS: dict[str, int] = Profile["mesg_num"]
ARRAY = 5  # intervals in a message; what is not filled is padding


def activity(
    beats: Sequence[int] = BEATS,
    *,
    start: datetime = MORNING,
    offset_h: int | None = 2,
    sport: str = "generic",
    name: str = "HRV",
) -> bytes:
    """Write the file of a recording."""
    encoder = Encoder()
    encoder.on_mesg(
        NUMBERS["FILE_ID"], {"type": "activity", "manufacturer": "garmin", "time_created": start}
    )
    for i in range(0, len(beats), 2):
        pair = [*beats[i : i + 2]]
        if name == "HRV":
            padded = [beat / 1000 for beat in pair] + [65.535] * (ARRAY - len(pair))
            encoder.on_mesg(NUMBERS["HRV"], {"time": padded})
        else:
            encoder.on_mesg(NUMBERS["BEAT_INTERVALS"], {"timestamp": start, "time": pair})
    session: dict[str, Any] = {"timestamp": start, "start_time": start, "sport": sport}
    encoder.on_mesg(NUMBERS["SESSION"], session)
    if offset_h is not None:
        local = int((start - EPOCH + timedelta(hours=offset_h)).total_seconds())
        encoder.on_mesg(NUMBERS["ACTIVITY"], {"timestamp": start, "local_timestamp": local})
    return bytes(encoder.close())


def read(*contents: bytes) -> list[Reading]:
    """Read FIT files together."""
    documents = [document_of(content, f"{n}.fit") for n, content in enumerate(contents)]
    assert {FitRr().identify(document) for document in documents} == {"beats"}
    return FitRr().read_together(documents, today=TODAY)


@pytest.mark.parametrize("name", ["HRV", "BEAT_INTERVALS"])
def test_both_messages_give_the_hrv_of_their_beats(name: str) -> None:
    """Seconds of a strap, milliseconds of a watch; padding is no beat."""
    (reading,) = read(activity(name=name))
    assert by_day(reading, Metric.HRV_RMSSD_MS) == {DAY: RMSSD}
    assert by_day(reading, Metric.ARTEFACT_PCT) == {DAY: 0}
    assert {str(m.start_at) for m in reading.measurements} == {"2025-05-04 07:15:00+02:00"}
    assert reading.warnings == ()


def test_a_recording_is_dated_where_the_watch_was() -> None:
    """22:15 UTC is a morning of the day after in Tokyo; without the zone it is left out."""
    evening = MORNING.replace(day=3, hour=22)
    (reading,) = read(activity(start=evening, offset_h=9))
    assert by_day(reading, Metric.HRV_RMSSD_MS) == {DAY: RMSSD}
    (reading,) = read(activity(start=evening, offset_h=None))
    assert reading.measurements == reading.problems == ()
    (warning,) = reading.warnings  # and none that says that it was dated
    assert "2025-05-03 22:15 UTC is left out: its date depends on the time zone" in warning
    (reading,) = read(activity(offset_h=None))
    assert by_day(reading, Metric.HRV_RMSSD_MS) == {DAY: RMSSD}
    assert "no time zone" in reading.warnings[0]


def test_a_run_is_no_measurement_at_rest() -> None:
    """However short; breathing exercises are."""
    (reading,) = read(activity(sport="running"))
    assert reading.measurements == ()
    assert reading.skipped == {"recording of a sport": 1}
    (reading,) = read(activity(sport="meditation"))
    assert reading.measurements


def test_the_first_recording_of_a_day_counts() -> None:
    """In whichever order the files come."""
    later, first = read(activity(start=MORNING + timedelta(hours=1)), activity())
    assert later.measurements == ()
    assert by_day(first, Metric.HRV_RMSSD_MS) == {DAY: RMSSD}


def test_an_activity_without_beats_or_too_large_is_nobodys() -> None:
    """Years of trainings lie in an export, and decoding each takes a second."""
    encoder = Encoder()
    encoder.on_mesg(NUMBERS["FILE_ID"], {"type": "activity", "manufacturer": "garmin"})
    encoder.on_mesg(NUMBERS["SESSION"], {"timestamp": MORNING, "sport": "running"})
    assert FitRr().identify(document_of(bytes(encoder.close()))) is None
    large = replace(document_of(activity()), n_bytes=2_000_000)
    assert FitRr().identify(large) is None


def test_a_cut_or_damaged_file_gives_a_fault_or_nothing() -> None:
    """Wherever it is cut; identify never raises."""
    content = activity()
    for n in range(0, len(content), 7):
        document = Document("x.fit", content[:n], lambda n=n: content[:n])
        if FitRr().identify(document) == "beats":
            reading = FitRr().read(document, today=TODAY)
            assert "damaged" in reading.problems[0].why
            assert reading.measurements == ()
