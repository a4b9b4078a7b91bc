"""Health Auto Export: days as the app means them, in any of its spellings."""

import json
from datetime import date, datetime

import pytest

from hrvctl.records import Metric, Reading
from hrvctl.sources.health_auto_export.source import HealthAutoExport
from sources.exports import by_day, document_of

TODAY = date(2025, 5, 10)
MARCH_2 = date(2025, 3, 2)
MIDNIGHT = "2025-03-02 00:00:00 -0700"
NIGHT = {
    "date": MIDNIGHT,
    "sleepStart": "2025-03-01 23:10:00 -0700",
    "sleepEnd": "2025-03-02 06:50:00 -0700",
    "totalSleep": 7,
    "core": 4,
    "deep": 1,
    "rem": 2,
}


def read(name: str, *rows: object, units: str = "ms") -> Reading:
    """Read a file of one list."""
    content = {"data": {"metrics": [{"name": name, "units": units, "data": rows}]}}
    document = document_of(json.dumps(content), "export.json")
    assert HealthAutoExport().identify(document) == "metrics"
    return HealthAutoExport().read(document, today=TODAY)


def hrv(*rows: object) -> dict[date, float]:
    """SDNN by day of such rows."""
    return dict(by_day(read("heart_rate_variability", *rows), Metric.HRV_SDNN_MS))


def asleep(*rows: object) -> Reading:
    """A reading of nights."""
    return read("sleep_analysis", *rows, units="hr")


def test_its_hrv_is_sdnn_of_the_calendar_day_and_says_so() -> None:
    """Never RMSSD, and never called a night's."""
    reading = read("heart_rate_variability", {"date": MIDNIGHT, "qty": 47.5})
    assert by_day(reading, Metric.HRV_SDNN_MS) == {MARCH_2: 47.5}
    assert by_day(reading, Metric.HRV_RMSSD_MS) == {}
    assert "calendar day" in reading.warnings[0]


def test_samples_of_a_day_are_averaged_but_not_over_sources() -> None:
    """The source with most of them counts."""
    rows = [{"date": MIDNIGHT, "qty": value, "source": "Watch"} for value in (40, 50)]
    assert hrv(*rows, {"date": MIDNIGHT, "qty": 99, "source": "Ring"}) == {MARCH_2: 45}


@pytest.mark.parametrize(
    "text",
    ["2025-03-02 23:57:00 -1000", "2025-03-02 11:57:00\u202fpm +1400", "2025-03-02"],
)
def test_the_day_is_the_date_as_written(text: str) -> None:
    """It is the phone's own, also at UTC+14 and with 12 hours."""
    assert hrv({"date": text, "value": 47}) == {MARCH_2: 47}


def test_zero_is_how_it_says_nothing_was_measured() -> None:
    """Not an HRV of 0."""
    assert hrv({"date": MIDNIGHT, "qty": 0}) == {}


@pytest.mark.parametrize(
    "row", [{"date": MIDNIGHT, "qty": 4000}, {"date": "02.03.2025", "qty": 47}]
)
def test_an_impossible_hrv_or_date_is_a_problem(row: dict[str, object]) -> None:
    """The file is refused with it named."""
    (problem,) = read("heart_rate_variability", row).problems
    assert str(row["qty"]) in problem.value or row["date"] == problem.value


def test_a_night_counts_on_the_day_it_ends() -> None:
    """Whatever day it stands under; its window is aware."""
    reading = asleep({**NIGHT, "date": "2025-03-01 00:00:00 -0700"})
    assert by_day(reading, Metric.ASLEEP_MIN) == {MARCH_2: 420}
    assert str(reading.measurements[0].end_at) == "2025-03-02 06:50:00-07:00"


def test_the_longest_sleep_of_a_day_is_its_night() -> None:
    """A nap in the row before or after is none."""
    nap = {**NIGHT, "totalSleep": 0.5, "deep": 0.1}
    for rows in ((NIGHT, nap), (nap, NIGHT)):
        assert by_day(asleep(*rows), Metric.DEEP_MIN) == {MARCH_2: 60}


def test_stages_that_nobody_measured_are_not_zero() -> None:
    """Asleep is the total of who has no stages; three zeros are none."""
    plain = {"date": MIDNIGHT, "totalSleep": 0, "asleep": 6.5, "core": 0, "deep": 0, "rem": 0}
    found = {m.metric: m.value for m in asleep(plain).measurements}
    assert found == {Metric.ASLEEP_MIN: 390}


def test_oxygen_may_be_a_ratio_or_per_cent() -> None:
    """Both are seen."""
    for value in (0.97, 97):
        reading = read("blood_oxygen_saturation", {"date": MIDNIGHT, "qty": value}, units="%")
        assert by_day(reading, Metric.SPO2_PCT) == {MARCH_2: 97}


def test_steps_of_phone_and_watch_are_not_added_up() -> None:
    """Both walked the same way; a day's are the sum of one."""
    rows = [{"date": MIDNIGHT, "qty": n, "source": s} for n, s in ((90, "a"), (30, "a"), (80, "b"))]
    assert by_day(read("step_count", *rows, units="count"), Metric.STEPS) == {MARCH_2: 120}


@pytest.mark.parametrize(
    "header",
    [
        "Date,Heart Rate Variability (ms),Resting Heart Rate (count/min),VO2 Max (ml/(kg·min))",
        "Date/Time,Heart Rate Variability (ms),Resting Heart Rate (bpm),Weight (kg)",
        "Datum,Hartslagvariabiliteit (ms),Rusthartslag (count/min),Gewicht (kg)",
    ],
)
def test_the_csv_is_known_by_its_header_in_english_and_dutch(header: str) -> None:
    """Whatever other columns were chosen, and whatever the unit is called."""
    document = document_of(f"{header}\n2025-03-02 00:00:00,47.5,54,70\n")
    assert HealthAutoExport().identify(document) == "days"
    reading = HealthAutoExport().read(document, today=TODAY)
    found = {m.metric: m.value for m in reading.measurements}
    assert found == {Metric.HRV_SDNN_MS: 47.5, Metric.RESTING_HR_BPM: 54}
    assert len(reading.unknown_columns) == 1


def test_rows_of_hours_make_one_day() -> None:
    """The app can also write an hour a row."""
    rows = "2025-03-02 01:00:00,40,60\n2025-03-02 02:00:00,50,55\n2025-03-02 03:00:00,,\n"
    header = "Date,Heart Rate Variability (ms),Resting Heart Rate (bpm)\n"
    reading = HealthAutoExport().read(document_of(header + rows), today=TODAY)
    assert [m.value for m in reading.measurements] == [45, 55]


@pytest.mark.parametrize(
    "content",
    [
        '{"data": {"metrics": 5}, "units": 1, "name": 2}',
        '{"data": {"metrics": [{"name": 1, "units": 2, "data": [3, null]}, 4]}}',
        '{"data": {"metrics": [], "units": [], "name": []}}',
    ],
)
def test_whatever_stands_in_the_json_is_read_or_passed_over(content: str) -> None:
    """No shape of it ends in a traceback."""
    assert HealthAutoExport().read(document_of(content), today=TODAY).measurements == ()


def stretch(start: str, end: str, value: str = "Core", source: str = "Watch") -> dict[str, str]:
    """A stretch of sleep by the clock of 2 March, from the evening before where it is late."""
    days = [1 if clock >= "18" and clock > end else 2 for clock in (start, end)]
    return {
        "startDate": f"2025-03-0{days[0]} {start} -0700",
        "endDate": f"2025-03-0{days[1]} {end} -0700",
        "value": value,
        "source": source,
    }


def spots(*values: tuple[str, float], source: str = "Watch") -> list[dict[str, object]]:
    """Samples of 2 March."""
    return [{"date": f"2025-03-02 {at}:00 -0700", "qty": x, "source": source} for at, x in values]


def both(hrv: list[dict[str, object]], sleep: list[dict[str, str]], name: str = "") -> Reading:
    """Read a file with samples and stretches of sleep."""
    name = name or "heart_rate_variability"
    metrics = [
        {"name": name, "units": "ms", "data": hrv},
        {"name": "sleep_analysis", "units": "hr", "data": sleep},
    ]
    content = json.dumps({"data": {"metrics": metrics}})
    return HealthAutoExport().read(document_of(content), today=TODAY)


NIGHT_SPOTS = [("01:00", 40.0), ("04:00", 44.0)]


def test_samples_in_the_sleep_are_the_nights_and_not_the_days() -> None:
    """The afternoon is no part of the night, nor is another device; the window is kept."""
    samples = [*spots(*NIGHT_SPOTS, ("15:00", 120)), *spots(("02:00", 90), source="Ring")]
    reading = both(samples, [stretch("23:00:00", "06:00:00")])
    (m,) = [m for m in reading.measurements if m.metric is Metric.HRV_SDNN_MS]
    assert (m.day, m.value) == (MARCH_2, 42)
    assert m.end_at == datetime.fromisoformat("2025-03-02T06:00:00-07:00")
    assert reading.skipped["HRV sample outside the night, or alone in it"] == 1
    assert not any("calendar day" in warning for warning in reading.warnings)
    rmssd = both(samples, [stretch("23:00:00", "06:00:00")], "heart_rate_variability_rmssd")
    assert by_day(rmssd, Metric.HRV_RMSSD_MS) == {MARCH_2: 42}


def test_a_nap_is_no_night_and_one_spot_left_is_none() -> None:
    """Less than three hours of sleep does not make samples a night's, nor does one sample."""
    nap = both(spots(*NIGHT_SPOTS), [stretch("01:00:00", "02:30:00")])
    assert nap.skipped["nap"] == 1
    assert "calendar day" in nap.warnings[0]
    one = both(spots(("01:00", 40), ("15:00", 44)), [stretch("23:00:00", "06:00:00")])
    assert by_day(one, Metric.ASLEEP_MIN) == {MARCH_2: 420}
    assert by_day(one, Metric.HRV_SDNN_MS) == {MARCH_2: 42}
    assert "calendar day" in one.warnings[0]


def test_stages_count_once_in_any_language() -> None:
    """Overlapping stretches are one time; who lies awake or in bed is not asleep."""
    sleep = [
        stretch("23:00:00", "06:00:00", "Schlafend"),
        stretch("23:30:00", "01:00:00", "Tief"),
        stretch("02:00:00", "02:30:00", "Wach"),
        stretch("22:30:00", "06:30:00", "Im Bett", source="iPhone"),
    ]
    reading = both([], sleep)
    assert by_day(reading, Metric.ASLEEP_MIN) == {MARCH_2: 420}
    assert by_day(reading, Metric.DEEP_MIN) == {MARCH_2: 90}
    assert by_day(reading, Metric.AWAKE_MIN) == {MARCH_2: 30}
    assert by_day(reading, Metric.IN_BED_MIN) == {}


def test_a_state_of_mind_is_the_days_mood_and_its_labels() -> None:
    """The mood of the whole day before moments; its list stands alone or beside the metrics."""
    state = {"start": MIDNIGHT, "kind": "dailyMood", "valence": 0.5, "labels": ["Stressed", 3]}
    moment = state | {"kind": "momentaryEmotion", "valence": -1, "labels": []}
    for content in ({"stateOfMind": [moment, state]}, {"data": {"stateOfMind": [state, moment]}}):
        document = document_of(json.dumps(content))
        assert HealthAutoExport().identify(document) == "states_of_mind"
        reading = HealthAutoExport().read(document, today=TODAY)
        found = {(entry.day, entry.tag): entry.value for entry in reading.journal}
        assert found == {(MARCH_2, "mood"): 0.75, (MARCH_2, "stress"): 1}


@pytest.mark.parametrize(
    "header",
    [
        "Datum/Tid,Hjärtfrekvensvariabilitet (ms),Vilopuls (slag/min)",
        "Data/Godzina,Zmienność tętna (ms),Tętno spoczynkowe (uderz./min)",
        "Tarih/Saat,Kalp Atış Hızı Değişkenliği (ms),Dinlenme Nabzı (vurum/dk)",  # noqa: RUF001
        "Дата/Час,Варіабельність серцевого ритму (мс),Пульс у спокої (уд/хв)",  # noqa: RUF001
        "날짜/시간,심박변이도 (ms),안정 시 심박수 (bpm)",
    ],
)
def test_a_column_is_known_by_a_word_and_its_unit(header: str) -> None:
    """In the language of the phone."""
    table = document_of(f"{header}\n2025-03-02 00:00:00,47.5,52\n")
    assert HealthAutoExport().identify(table) == "days"
    reading = HealthAutoExport().read(table, today=TODAY)
    assert by_day(reading, Metric.HRV_SDNN_MS) == {MARCH_2: 47.5}
    assert by_day(reading, Metric.RESTING_HR_BPM) == {MARCH_2: 52}
