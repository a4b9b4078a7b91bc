"""Polar Sensor Logger: beats that come in bursts, pulses that are doubtful."""

from datetime import date, datetime, timedelta

import pytest

from hrvctl.records import Metric, Reading
from hrvctl.sources.polar_sensor_logger import PolarSensorLogger
from sources.exports import by_day, document_of
from sources.heartbeats import USUAL, beating, rmssd_of

TODAY = date(2025, 5, 10)
DAY = date(2025, 5, 3)
START = datetime(2025, 5, 3, 6, 41, 8)  # noqa: DTZ001 - the app writes no zone
BEATS = beating(USUAL, minutes=2, seed=4)
RMSSD = pytest.approx(rmssd_of(BEATS), abs=0.001)
RR_HEADER = "Phone timestamp;RR-interval [ms]"
PPI_HEADER = (
    "Phone Data RX timestamp;PP-interval [ms];error estimate [ms];blocker;contact;contact;hr [bpm]"
)


def stamps() -> list[str]:
    """When each beat came to the phone, to the whole second."""
    ends = [START + timedelta(milliseconds=sum(BEATS[: i + 1])) for i in range(len(BEATS))]
    return [end.replace(microsecond=0).isoformat() for end in ends]


def read(header: str, rows: list[str], name: str = "x.txt") -> Reading:
    """Read a file of these rows."""
    document = document_of("\n".join([header, *rows]) + "\n", name)
    assert PolarSensorLogger().identify(document)
    return PolarSensorLogger().read(document, today=TODAY)


def rr_rows() -> list[str]:
    """A strap's file."""
    return [f"{stamp};{beat}" for stamp, beat in zip(stamps(), BEATS, strict=True)]


def ppi_rows() -> list[str]:
    """An armband's file, all of it sound."""
    pairs = zip(stamps(), BEATS, strict=True)
    return [f"{stamp};{beat};8;0;1;1;60" for stamp, beat in pairs]


def test_both_sensors_give_the_same_hrv_of_the_same_beats() -> None:
    """On the local date of the first row."""
    for header, rows in ((RR_HEADER, rr_rows()), (PPI_HEADER, ppi_rows())):
        reading = read(header, rows)
        assert by_day(reading, Metric.HRV_RMSSD_MS) == {DAY: RMSSD}
        assert by_day(reading, Metric.ARTEFACT_PCT) == {DAY: 0}
        assert reading.unknown_columns == ()


def test_another_version_orders_the_columns_of_ppi_otherwise() -> None:
    """They are found by name."""
    header = (
        "Phone timestamp;sensor timestamp [ns];HR [bpm];PP-interval [ms];error estimate [ms];"
        "blocker;skin contact;skin contact supported"
    )
    rows = [f"{s};0;60;{beat};8;0;1;1" for s, beat in zip(stamps(), BEATS, strict=True)]
    assert by_day(read(header, rows), Metric.HRV_RMSSD_MS) == {DAY: RMSSD}


@pytest.mark.parametrize("doubt", ["31;0", "8;1"])
def test_a_pulse_that_the_armband_doubts_is_an_artefact(doubt: str) -> None:
    """Moved (blocker), or more than 30 ms of error; what it says there is not used."""
    rows = ppi_rows()
    rows[50] = f"{stamps()[50]};{BEATS[50] + 40};{doubt};1;1;60"
    share = by_day(read(PPI_HEADER, rows), Metric.ARTEFACT_PCT)[DAY]
    assert share == pytest.approx(100 / len(BEATS))


def test_a_strap_that_lost_contact_parts_its_beats() -> None:
    """Rows ten seconds apart with an interval of one between them."""
    rows = [
        f"{(datetime.fromisoformat(s) + timedelta(seconds=10 if i > 60 else 0)).isoformat()};{beat}"
        for i, (s, beat) in enumerate(zip(stamps(), BEATS, strict=True))
    ]
    share = by_day(read(RR_HEADER, rows), Metric.ARTEFACT_PCT)[DAY]
    assert share == pytest.approx(100 / (len(BEATS) + 1))


def test_stamps_of_the_time_alone_are_dated_by_the_name() -> None:
    """The app puts date and time into it; without either the file is refused."""
    rows = [row.split("T", 1)[1] for row in rr_rows()]
    named = read(RR_HEADER, rows, "Polar_H10_12345678_20250503_064108_RR.txt")
    assert by_day(named, Metric.HRV_RMSSD_MS) == {DAY: RMSSD}
    assert "no date" in read(RR_HEADER, rows).problems[0].why


def test_what_is_no_number_refuses_the_file() -> None:
    """With its line."""
    rows = rr_rows()
    rows[7] = f"{stamps()[7]};abc"
    assert [problem.line for problem in read(RR_HEADER, rows).problems] == [9]


@pytest.mark.parametrize(
    "header",
    [
        "Phone timestamp;HR [bpm];HRV [ms];Breathing interval [rpm];",
        "Phone timestamp;sensor timestamp [ns];timestamp [ms];ecg [uV]",
    ],
)
def test_heart_rate_and_ecg_are_not_read(header: str) -> None:
    """The app leaves its own HRV column empty, and an ECG is another task."""
    assert PolarSensorLogger().identify(document_of(header + "\n")) is None
