"""Kubios' report: first sample, the locale's comma, and when the recording was made."""

from datetime import date

import pytest

from hrvctl.records import Metric, Reading
from hrvctl.sources.kubios import Kubios
from sources.exports import DATA, by_day, document_of

TODAY = date(2025, 5, 10)
DAY = date(2025, 5, 3)
REPORT = (DATA / "kubios" / "morning_hrv.csv").read_text(encoding="utf-8")
WHEN = "03-May-2025 06:41:08"


def read(*changes: tuple[str, str], name: str = "report.csv") -> Reading:
    """Read the report with some of its words changed."""
    text = REPORT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    document = document_of(text, name)
    assert Kubios().identify(document) == "report"
    return Kubios().read(document, today=TODAY)


def days(reading: Reading) -> list[date]:
    """The days with an HRV."""
    assert reading.problems == ()
    return list(by_day(reading, Metric.HRV_RMSSD_MS))


def test_the_report_gives_what_was_measured() -> None:
    """RMSSD, SDNN, mean heart rate, pNN50, and the share of corrected beats."""
    assert {m.metric: m.value for m in read().measurements} == {
        Metric.HRV_RMSSD_MS: 45.1093,
        Metric.HRV_SDNN_MS: 63.2208,
        Metric.MORNING_HR_BPM: 58.7421,
        Metric.PNN50_PCT: 21.8934,
        Metric.ARTEFACT_PCT: 0.83,
    }


def test_a_semicolon_between_cells_makes_the_comma_decimal() -> None:
    """Also where it has three decimals, which might else be thousands."""
    reading = read(
        ("RMSSD (ms):                 ,     45.1093,", "RMSSD (ms):                 ;      45,109;")
    )
    assert by_day(reading, Metric.HRV_RMSSD_MS) == {DAY: 45.109}


def test_pnn_of_another_threshold_is_not_pnn50() -> None:
    """A report may be set to 20 ms."""
    reading = read(("pNNxx: 50 ms", "pNNxx: 20 ms"))
    assert by_day(reading, Metric.PNN50_PCT) == {}
    assert days(reading) == [DAY]


def test_of_several_samples_the_first_is_read_and_that_is_said() -> None:
    """The person may have chosen lying, then standing."""
    reading = read(
        ("Number of samples: 1", "Number of samples: 2"),
        ("45.1093,            ,", "45.1093,            ,     31.7000,"),
    )
    assert by_day(reading, Metric.HRV_RMSSD_MS) == {DAY: 45.1093}
    assert "several samples" in reading.warnings[0]


def test_too_many_corrected_beats_leave_the_recording_out() -> None:
    """As with raw intervals, a tenth at most."""
    reading = read(("      0.8300", "     12.4000"))
    assert reading.measurements == reading.problems == ()
    assert "12 % of its beats were corrected" in reading.warnings[0]


@pytest.mark.parametrize(
    "when",
    ["2025-05-03 06:41:08", "03.05.2025 06:41:08", "03-May-2025", "03/05/2025 06.41.08"],
)
def test_the_measurement_date_is_read_as_it_is_written(when: str) -> None:
    """Whatever the report's own date; slashes are settled by the file's name."""
    name = "2025-05-03_hrv.csv" if "/" in when else "report.csv"
    assert days(read((WHEN, when), name=name)) == [DAY]


def test_slashes_alone_may_be_two_days_and_refuse_the_file() -> None:
    """3 May or 5 March; but 27/04 and 05/05 are one."""
    reading = read((WHEN, "03/05/2025 06:41:08"))
    assert "may be 2025-05-03 or 2025-03-05" in reading.problems[0].why
    assert days(read((WHEN, "27/04/2025"))) == [date(2025, 4, 27)]
    assert days(read((WHEN, "05/05/2025"))) == [date(2025, 5, 5)]


def test_without_a_measurement_date_the_name_of_report_or_recording_dates_it() -> None:
    """The day of the analysis at the head of the report never does."""
    without = (WHEN, "xx/xx/xx xx:xx:xx")
    assert days(read(without, name="2025-05-03_hrv.csv")) == [DAY]
    recording = ("morning.txt", "2025-05-02 06-40-00.txt")
    assert days(read(without, recording)) == [date(2025, 5, 2)]
    assert "no date" in read(without).problems[0].why


def test_a_date_that_cannot_be_refuses_the_file() -> None:
    """A computer's clock was wrong."""
    assert "the date is in the future" in read((WHEN, "03-May-2035 06:41:08")).problems[0].why


def test_an_impossible_rmssd_refuses_the_file() -> None:
    """With its line and label."""
    (problem,) = read(("45.1093", "4510.93")).problems
    assert problem.column == "rmssd (ms)"
    assert "RMSSD (ms)" in REPORT.splitlines()[problem.line - 1]


def test_a_report_without_an_rmssd_is_passed_over() -> None:
    """Nothing is read, nothing refused."""
    reading = read(("45.1093", "      -"))
    assert reading.measurements == reading.problems == ()
    assert reading.skipped == {"report without an RMSSD": 1}


def test_of_two_reports_of_a_day_the_first_measurement_counts() -> None:
    """By the time of the measurement."""
    later = document_of(REPORT.replace("06:41:08", "09:00:00"), "a.csv")
    first = document_of(REPORT, "b.csv")
    readings = Kubios().read_together([later, first], today=TODAY)
    assert [len(reading.measurements) for reading in readings] == [0, 5]
    assert readings[0].skipped == {"recording after the first of its day": 1}


def test_a_letter_about_kubios_is_nobodys() -> None:
    """The name alone proves nothing."""
    assert Kubios().identify(document_of("I use Kubios HRV every morning.\n")) is None
