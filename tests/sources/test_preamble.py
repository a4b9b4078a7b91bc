"""Titles, comments and ``sep=`` lines above a header, in files of every vendor."""

from datetime import date

import pytest

from hrvctl.errors import NotRecognised
from hrvctl.records import Metric
from hrvctl.sources import registry
from sources.exports import DATA, by_day, document_of, fixtures, open_one

TITLES = {
    "sep": "sep={0}\n",
    "title": "My nights\n",
    "titles": "My nights\nKim{0}Example\n\n",
    "comments": "# made by a script\n# by hand\n",
    "sep and title": "sep={0}\nMy nights\n",
}
# Of each format one table whose rows are not read as a stream.
TABLES = [
    "elitehrv/summary.csv",
    "fitbit/daily_heart_rate_variability.csv",
    "garmin/hrv_status.csv",
    "garmin/hrv_status_unknown_language.csv",
    "garmin/sleep.csv",
    "health_auto_export/HealthAutoExport-zh.csv",
    "hrv4training/MyMeasurements_iOS.csv",
    "ringconn/vital_signs.csv",
    "table/nights.csv",
    "trainingpeaks/metrics.csv",
    "whoop/cycles_en.csv",
]


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("table", TABLES)
def test_the_header_is_the_first_line_that_has_the_columns(
    title: str, table: str, today: date
) -> None:
    """The reading is the same, whatever stands above it."""
    path = DATA / table
    text = path.read_text(encoding="utf-8-sig")
    delimiter = max(",;\t", key=text.split("\n", 1)[0].count)
    expected = registry.read(open_one(path), today=today)
    found = registry.read(
        document_of(TITLES[title].format(delimiter) + text, path.name), today=today
    )
    assert found.measurements == expected.measurements
    assert (found.source, found.kind) == (expected.source, expected.kind)
    assert found.problems == ()


def test_a_fault_below_a_title_has_its_own_line() -> None:
    """As an editor counts."""
    text = "My nights\n\ndate,hrv_ms\n2025-05-03,58\n2025-05-04,high\n"
    (problem,) = registry.read(document_of(text), today=date(2025, 5, 10)).problems
    assert (problem.line, problem.value) == (5, "high")


@pytest.mark.parametrize("path", fixtures("foreign"), ids=lambda path: path.name)
def test_a_foreign_file_does_not_become_ours_below_its_first_line(path) -> None:
    """Its rows are not taken for headers."""
    with pytest.raises(NotRecognised):
        registry.identify(open_one(path))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "cp1252"])
def test_a_title_may_be_in_any_encoding(encoding: str) -> None:
    """The lines below are read in the same one."""
    text = "Meine Nächte\ndate;hrv_ms;Gefühl\n2025-05-03;58,5;müde\n"
    reading = registry.read(document_of(text.encode(encoding)), today=date(2025, 5, 10))
    assert by_day(reading, Metric.HRV_RMSSD_MS) == {date(2025, 5, 3): 58.5}
