"""Oura: which sleep is the night, whose day it is, and what its scores are not."""

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrvctl.records import Metric, Reading
from hrvctl.sources import registry
from hrvctl.sources.oura.source import Oura
from sources.exports import DATA, by_day, document_of, open_one

TODAY = date(2025, 5, 10)
HRV = Metric.HRV_RMSSD_MS


def sleep(start: str, end: str, **changes: Any) -> dict[str, Any]:
    """Write one sleep as the API has it; the night of its end unless changed."""
    asleep = (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
    plain = {
        "average_hrv": 61, "lowest_heart_rate": 49, "bedtime_start": start, "bedtime_end": end,
        "day": end[:10], "total_sleep_duration": asleep, "time_in_bed": asleep,
        "type": "long_sleep",
    }  # fmt: skip
    return plain | changes


def document(*sleeps: dict[str, Any], name: str = "sleep.json") -> Any:
    """Lay sleeps on a page of the API."""
    return document_of(json.dumps({"data": sleeps, "next_token": None}), name)


def read(*sleeps: dict[str, Any]) -> Reading:
    """Read a page of these sleeps."""
    return Oura().read(document(*sleeps), today=TODAY)


@pytest.mark.parametrize("zone", ["+14:00", "-10:00", "+05:30", "+00:00"])
def test_the_day_is_the_local_date_that_oura_names(zone: str) -> None:
    """Wherever on Earth a person sleeps, before midnight or after it."""
    early = sleep(f"2025-05-03T22:41:00{zone}", f"2025-05-04T06:10:00{zone}", average_hrv=50)
    late = sleep(f"2025-05-05T00:18:00{zone}", f"2025-05-05T08:00:00{zone}", average_hrv=60)
    reading = read(early, late)
    assert by_day(reading, HRV) == {date(2025, 5, 4): 50, date(2025, 5, 5): 60}
    assert reading.measurements[0].end_at == datetime.fromisoformat(f"2025-05-04T06:10:00{zone}")


def test_a_flight_over_the_date_line_leaves_each_night_its_day() -> None:
    """The clock goes back nearly a day; both nights keep the date they ended on."""
    before = sleep("2025-05-04T23:00:00+14:00", "2025-05-05T07:00:00+14:00", average_hrv=50)
    after = sleep("2025-05-05T22:30:00-10:00", "2025-05-06T06:30:00-10:00", average_hrv=40)
    assert by_day(read(before, after), HRV) == {date(2025, 5, 5): 50, date(2025, 5, 6): 40}


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2025-03-29T23:00:00+01:00", "2025-03-30T07:00:00+02:00", 7),
        ("2024-10-26T23:00:00+02:00", "2024-10-27T07:00:00+01:00", 9),
    ],
)
def test_a_night_in_which_the_clocks_change_has_its_true_length(
    start: str, end: str, hours: int
) -> None:
    """The window is of instants, so an hour lost or gained is one."""
    (m, *_) = read(sleep(start, end)).measurements
    assert m.start_at
    assert m.end_at
    assert m.end_at - m.start_at == timedelta(hours=hours)


def test_the_long_sleep_is_the_night_and_the_rest_are_naps() -> None:
    """Even where a shorter kind of sleep lasted longer."""
    night = sleep("2025-05-04T02:00:00+02:00", "2025-05-04T05:10:00+02:00", average_hrv=44)
    other = sleep(
        "2025-05-04T12:00:00+02:00", "2025-05-04T16:00:00+02:00", average_hrv=70, type="sleep"
    )
    reading = read(night, other)
    assert by_day(reading, HRV) == {date(2025, 5, 4): 44}
    assert by_day(reading, Metric.NAP_MIN) == {date(2025, 5, 4): 240}


def test_without_a_long_sleep_the_longest_sleep_is_the_night() -> None:
    """A short night is a night; a nap that Oura calls late is none."""
    short = {"type": "sleep", "average_hrv": 40}
    first = sleep("2025-05-04T01:00:00+02:00", "2025-05-04T03:30:00+02:00", **short)
    second = sleep("2025-05-04T13:00:00+02:00", "2025-05-04T14:00:00+02:00", type="sleep")
    late = sleep("2025-05-05T18:30:00+02:00", "2025-05-05T19:00:00+02:00", type="late_nap")
    reading = read(first, second, late | {"day": "2025-05-06"})
    assert by_day(reading, HRV) == {date(2025, 5, 4): 40}
    assert by_day(reading, Metric.NAP_MIN) == {date(2025, 5, 4): 60, date(2025, 5, 5): 30}


@pytest.mark.parametrize("its_type", ["deleted", "rest"])
def test_what_the_person_deleted_is_no_sleep(its_type: str) -> None:
    """It is counted, and gives no value."""
    reading = read(sleep("2025-05-04T01:00:00+02:00", "2025-05-04T07:30:00+02:00", type=its_type))
    assert reading.measurements == ()
    assert reading.skipped == {f"sleep of type {its_type}": 1}


@pytest.mark.parametrize("nothing", [0, None, 0.0])
def test_an_hrv_of_zero_or_null_is_missing(nothing: object) -> None:
    """The night stays, without an HRV."""
    window = ("2025-05-04T01:00:00+02:00", "2025-05-04T07:30:00+02:00")
    reading = read(sleep(*window, average_hrv=nothing))
    assert by_day(reading, HRV) == {}
    assert by_day(reading, Metric.RESTING_HR_BPM) == {date(2025, 5, 4): 49}
    assert reading.problems == ()


@given(hrv=st.one_of(st.integers(401, 10**9), st.integers(-(10**9), -2)))
@settings(max_examples=30, deadline=None)
def test_an_impossible_hrv_refuses_the_file(hrv: int) -> None:
    """Other values are left out with a word; an HRV that cannot be is a fault."""
    reading = read(sleep("2025-05-04T01:00:00+02:00", "2025-05-04T07:30:00+02:00", average_hrv=hrv))
    assert [problem.column for problem in reading.problems] == ["average_hrv"]


def test_an_impossible_heart_rate_is_left_out_with_a_word() -> None:
    """The night's other values are taken."""
    window = ("2025-05-04T01:00:00+02:00", "2025-05-04T07:30:00+02:00")
    reading = read(sleep(*window, lowest_heart_rate=4900))
    assert by_day(reading, HRV) == {date(2025, 5, 4): 61}
    assert by_day(reading, Metric.RESTING_HR_BPM) == {}
    assert "lowest_heart_rate '4900'" in reading.warnings[0]


def test_scores_are_neither_hrv_nor_heart_rate() -> None:
    """HRV balance and the resting heart rate's contribution run from 0 to 100."""
    reading = Oura().read(open_one(DATA / "oura" / "dailyreadiness.csv"), today=TODAY)
    assert {m.metric for m in reading.measurements} == {Metric.SKIN_TEMP_DEVIATION_C}


def test_the_first_api_dates_by_the_evening_and_is_dated_by_the_waking() -> None:
    """Two evenings of one ``summary_date`` apart by midnight are two mornings."""
    rows = [
        {"summary_date": "2020-05-02", "bedtime_start": f"{start}+02:00", "rmssd": rmssd,
         "bedtime_end": f"{end}+02:00", "is_longest": 1, "total": 25000}
        for start, end, rmssd in [
            ("2020-05-02T23:41:00", "2020-05-03T07:00:00", 61),
            ("2020-05-04T00:18:00", "2020-05-04T07:30:00", 52),
        ]
    ]  # fmt: skip
    reading = Oura().read(document_of(json.dumps({"sleep": rows})), today=TODAY)
    assert by_day(reading, HRV) == {date(2020, 5, 3): 61, date(2020, 5, 4): 52}


def test_files_that_overlap_tell_each_night_once() -> None:
    """Neither a second copy nor one with new bounds makes a nap of the night."""
    night = sleep("2025-05-03T23:00:00+02:00", "2025-05-04T07:00:00+02:00")
    again = sleep("2025-05-03T23:06:00+02:00", "2025-05-04T07:00:00+02:00", average_hrv=59)
    nap = sleep("2025-05-04T14:00:00+02:00", "2025-05-04T14:40:00+02:00", type="sleep")
    documents = [document(night, nap), document(night, nap), document(again)]
    readings = Oura().read_together(documents, today=TODAY)
    told = [(m.day, m.metric) for reading in readings for m in reading.measurements]
    assert len(told) == len(set(told))
    naps = [by_day(reading, Metric.NAP_MIN) for reading in readings]
    assert naps == [{}, {date(2025, 5, 4): 40}, {}]


def test_a_json_cell_reads_the_same_quoted_or_bare() -> None:
    """Oura has exported both."""
    header = "id;breathing_disturbance_index;day;spo2_percentage\n"
    bare = 'x;1;2025-05-04;{"average": 97.3}\n'
    quoted = 'x;1;2025-05-04;"{""average"": 97.3}"\n'
    for row in (bare, quoted, bare.removeprefix("x;")):
        reading = Oura().read(document_of(header + row), today=TODAY)
        assert by_day(reading, Metric.SPO2_PCT) == {date(2025, 5, 4): 97.3}, row


def test_a_row_of_the_wrong_length_is_a_fault() -> None:
    """Only the leading id may be missing."""
    text = "id;breathing_disturbance_index;day;spo2_percentage\n1;2025-05-04\n"
    reading = Oura().read(document_of(text), today=TODAY)
    assert [(p.line, p.why) for p in reading.problems] == [
        (2, "2 cells under a header of 4; is the file cut or edited?")
    ]


def test_trends_without_hrv_say_how_to_get_it() -> None:
    """The person learns which box to tick."""
    reading = Oura().read(open_one(DATA / "oura" / "trends_without_hrv.csv"), today=TODAY)
    assert "choose Average HRV" in reading.warnings[0]


def test_a_table_of_the_persons_own_stays_theirs() -> None:
    """Scores copied beside our columns do not make it Oura's."""
    text = "date,hrv_ms,sleep_score,readiness_score\n2025-05-04,58,80,82\n"
    source, _ = registry.identify(document_of(text))
    assert source.name == "table"


def test_an_export_in_one_file_is_known_whatever_list_comes_first() -> None:
    """The sleeps may begin beyond what is looked at to recognise a file."""
    stress = [{"day": "2025-05-04", "stress_high": 3600, "recovery_high": n} for n in range(2000)]
    night = sleep("2025-05-03T23:00:00+02:00", "2025-05-04T07:00:00+02:00")
    export = document_of(json.dumps({"daily_stress": stress, "sleep": {"data": [night]}}))
    assert b"average_hrv" not in export.head
    source, kind = registry.identify(export)
    assert (source.name, kind) == ("oura", "export")
    assert by_day(source.read(export, today=TODAY), HRV) == {date(2025, 5, 4): 61}


UNDATED = "average_hrv,bedtime_end,bedtime_start,total_sleep_duration,type\n"


@pytest.mark.parametrize("end", ["2025-05-04T07:05:00-10:00", "2025-05-04 07:05:00"])
def test_a_table_without_the_day_has_that_of_the_waking(end: str) -> None:
    """In its own offset, or by the clock of the person."""
    start = end.replace("07:05", "00:20")
    table = document_of(f"{UNDATED}41,{end},{start},24300,long_sleep\n")
    assert Oura().identify(table) == "sleep_undated"
    assert by_day(Oura().read(table, today=TODAY), HRV) == {date(2025, 5, 4): 41}


def test_scores_of_a_combined_table_are_never_heart_rates() -> None:
    """Its resting heart rate and temperature are contributors of 0 to 100."""
    reading = Oura().read(open_one(DATA / "oura" / "combined.csv"), today=TODAY)
    assert by_day(reading, HRV) == {date(2025, 5, 3): 41, date(2025, 5, 6): 46}
    assert by_day(reading, Metric.RESTING_HR_BPM) == {}
    assert by_day(reading, Metric.SKIN_TEMP_C) == {}


def tagged(*tags: dict[str, Any]) -> dict[tuple[date, str], float]:
    """The answers of tags."""
    plain = {"id": "t", "start_time": "2025-05-03T20:00:00+02:00", "start_day": "2025-05-03"}
    page = document_of(json.dumps({"data": [plain | tag for tag in tags]}))
    assert Oura().identify(page) == "tags"
    reading = Oura().read(page, today=TODAY)
    return {(entry.day, entry.tag): entry.value for entry in reading.journal}


@pytest.mark.parametrize(
    ("code", "tag", "value"),
    [
        ("tag_sleep_alcohol", "alcohol", 1),
        ("tag_generic_beer", "alcohol", 1),
        ("tag_sleep_aid", "sleep_aid", 1),
        ("tag_generic_nocaffeine", "caffeine", 0),
        ("tag_generic_no_late_meal", "late_meal", 0),
        ("tag_sleep_noisy", "noise", 1),
        ("tag_generic_notes", "notes", 1),
    ],
)
def test_a_tag_is_a_yes_and_a_denied_one_a_no(code: str, tag: str, value: float) -> None:
    """By its code in either spelling; only known things are denied by a "no" before them."""
    assert tagged({"tag_type_code": code}) == {(date(2025, 5, 3), tag): value}


def test_a_tag_belongs_to_its_day_and_after_midnight_to_the_evening() -> None:
    """In the zone of its own time; two codes of one thing on one day are one answer."""
    late = {"start_time": "2025-05-04T01:00:00-10:00", "start_day": "2025-05-04"}
    found = tagged({"tag_type_code": "tag_generic_sauna"} | late)
    assert found == {(date(2025, 5, 3), "sauna"): 1}
    twice = tagged({"tag_type_code": "tag_sleep_alcohol"}, {"tag_type_code": "tag_generic_wine"})
    assert twice == {(date(2025, 5, 3), "alcohol"): 1}
    own = tagged({"tag_type_code": "custom", "custom_name": "Evening swim"})
    assert own == {(date(2025, 5, 3), "evening_swim"): 1}
