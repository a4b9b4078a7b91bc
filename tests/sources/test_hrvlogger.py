"""HRV Logger: intervals before features, epoch milliseconds in UTC."""

import math
from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import pytest

from hrvctl.records import Metric, Reading
from hrvctl.sources.hrvlogger import HrvLogger
from hrvctl.sources.kit.protocol import Document
from sources.exports import by_day, document_of
from sources.heartbeats import USUAL, beating, rmssd_of

TODAY = date(2025, 5, 10)
DAY = date(2025, 5, 3)
MORNING_MS = 1746248531400  # 2025-05-03 05:02:11.4 UTC
EVENING_MS = MORNING_MS + 15 * 3_600_000
BEATS = beating(USUAL, minutes=2, seed=4)
RMSSD = pytest.approx(rmssd_of(BEATS), abs=0.001)


def intervals(start_ms: int = MORNING_MS, beats: Sequence[int] = BEATS) -> Document:
    """The file of intervals."""
    rows = (f"{start_ms + sum(beats[:i])}, {beat}, {i}\n" for i, beat in enumerate(beats))
    text = f"timestamp, rr, since_start \n\n{''.join(rows)}"
    return document_of(text, "a_RRIntervals.csv")


def features(
    windows: Sequence[Sequence[int]], start_ms: int = MORNING_MS, step_s: int = 30
) -> Document:
    """The app's own figures of each window."""
    rows = []
    for i, window in enumerate(windows):
        mean = sum(window) / len(window)
        sdnn = math.sqrt(sum((x - mean) ** 2 for x in window) / len(window))
        pnn50 = 100 * sum(abs(b - a) > 50 for a, b in pairwise(window)) / len(window)
        cells = (
            i,
            start_ms + 1000 * step_s * i,
            60_000 / mean,
            mean,
            sdnn,
            rmssd_of(window),
            pnn50,
        )
        rows.append(", ".join(map(str, cells)) + ", 0.03, 0.02, 1.1, 0.9, 0.0\n")
    header = (
        "index, timestamp, HR, AVNN, SDNN, rMSSD, pNN50, LF, HF, LFHF, alpha_1, artifacts_removed "
    )
    return document_of(f"{header}\n\n{''.join(rows)}", "a_Features.csv")


def read(*documents: Document) -> list[Reading]:
    """Read files of one export."""
    assert all(HrvLogger().identify(document) for document in documents)
    return HrvLogger().read_together(documents, today=TODAY)


def test_intervals_are_measured_on_their_date_in_utc() -> None:
    """Which is a guess, and said to be one."""
    (reading,) = read(intervals())
    assert by_day(reading, Metric.HRV_RMSSD_MS) == {DAY: RMSSD}
    assert "no time zone" in reading.warnings[0]
    assert {m.start_at.isoformat() for m in reading.measurements if m.start_at} == {
        "2025-05-03T05:02:11.400000+00:00"
    }


def test_late_in_utcs_day_the_date_is_not_known() -> None:
    """Neither file is read, and neither is refused."""
    for reading in read(intervals(EVENING_MS), features([BEATS], EVENING_MS)):
        assert reading.measurements == reading.problems == ()
        (warning,) = reading.warnings
        assert "depends on the time zone" in warning
        assert "rename the file like" in warning


def test_windows_together_are_the_whole_recording() -> None:
    """All but the differences between windows, of which there are three in two hundred."""
    beats = beating(USUAL, minutes=4, seed=9)
    windows = [beats[at : at + len(beats) // 4] for at in range(0, len(beats) - 3, len(beats) // 4)]
    (reading,) = read(features(windows[:4]))
    values = {m.metric: m.value for m in reading.measurements}
    mean = sum(beats) / len(beats)
    assert values[Metric.HRV_RMSSD_MS] == pytest.approx(rmssd_of(beats), rel=0.01)
    sdnn = math.sqrt(sum((x - mean) ** 2 for x in beats) / len(beats))
    assert values[Metric.HRV_SDNN_MS] == pytest.approx(sdnn, rel=0.01)
    assert values[Metric.MORNING_HR_BPM] == pytest.approx(60_000 / mean, rel=0.01)
    assert Metric.PNN50_PCT in values


def test_intervals_tell_the_day_and_features_only_where_they_are_not() -> None:
    """In whichever order the files come; a recording too short leaves the day to the features."""
    for order in (1, -1):
        both = [intervals(), features([BEATS])][::order]
        of_beats, of_app = read(*both)[::order]
        assert by_day(of_beats, Metric.HRV_RMSSD_MS) == {DAY: RMSSD}
        assert of_app.measurements == ()
        assert of_app.skipped == {"features of a day with intervals": 1}
    _, of_app = read(intervals(beats=BEATS[:20]), features([BEATS]))
    assert by_day(of_app, Metric.HRV_RMSSD_MS) == {DAY: RMSSD}


def test_a_training_is_no_measurement_awake() -> None:
    """Windows of an hour are left out."""
    (reading,) = read(features([BEATS] * 12, step_s=300))
    assert reading.measurements == ()
    assert "longer than a measurement awake" in reading.warnings[-1]


def test_a_window_without_a_value_is_passed_over() -> None:
    """The app writes zeros where a window had too few beats."""
    document = features([BEATS])
    text = document.load().decode() + "9, 1746248561400, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.0\n"
    (reading,) = read(document_of(text))
    assert by_day(reading, Metric.HRV_RMSSD_MS) == {DAY: RMSSD}
    assert reading.skipped == {
        "value of 0 or -1, which means missing": 1,
        "window without a value": 1,
    }


def test_the_file_of_heart_rates_is_not_read() -> None:
    """It has no HRV."""
    document = document_of("timestamp, since_start, heart_rate \n\n1746248531400, 0, 60\n")
    assert HrvLogger().identify(document) is None
