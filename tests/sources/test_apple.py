"""Apple Health: which samples make a night, whose they are, and on which day it counts."""

from datetime import date, timedelta
from itertools import permutations

import pytest

from hrvctl.records import Metric, Reading
from hrvctl.sources.apple.source import Apple
from sources.apple_tags import (
    HRV,
    RESTING,
    RMSSD,
    SLEEP,
    WATCH,
    beat_list,
    beats,
    export,
    hrv,
    record,
    sleep,
)
from sources.exports import by_day, document_of

MAY_4 = date(2025, 5, 4)
DAY = timedelta(days=1)
NIGHT = sleep("2025-05-03 23:30:00 +0200", "2025-05-04 07:00:00 +0200")
TWO_SPOTS = hrv("2025-05-04 01:00:00 +0200", 40) + hrv("2025-05-04 06:00:00 +0200", 50)


def read(*records: str) -> Reading:
    """Read an export of these records."""
    reading = Apple().read(document_of(export(records), "export.xml"), today=date(2025, 5, 10))
    assert not reading.problems
    return reading


def sdnn(*records: str) -> dict[date, float]:
    """SDNN of an export of these records, by day."""
    return dict(by_day(read(*records), Metric.HRV_SDNN_MS))


def nights_of(source: str, value: float, *days: int, device: str = "") -> str:
    """Two samples of a source before dawn on each of these days of May."""
    return "".join(
        hrv(f"2025-05-{day:02} 0{hour}:00:00 +0200", value, source=source, device=device)
        for day in days
        for hour in (1, 2)
    )


def test_a_night_is_the_mean_of_the_samples_in_its_sleep() -> None:
    """What was measured before falling asleep, or over the day, is none of it."""
    awake = hrv("2025-05-03 23:29:59 +0200", 90) + hrv("2025-05-04 07:00:01 +0200", 90)
    assert sdnn(NIGHT, TWO_SPOTS, awake) == {MAY_4: 45}


def test_a_single_sample_is_no_night() -> None:
    """One spot of a minute says little of a night; it is counted as left out."""
    reading = read(NIGHT, hrv("2025-05-04 01:00:00 +0200", 40))
    assert by_day(reading, Metric.HRV_SDNN_MS) == {}
    assert reading.skipped == {"SDNN sample of a night with fewer than 2": 1}


def one_a_day(source: str, device: str = "") -> str:
    """One sample a day: after waking, without a sleep, and in an afternoon."""
    values = (("04 07:20:00", 41), ("05 07:00:00", 44), ("06 15:00:00", 99))
    return "".join(
        hrv(f"2025-05-{at} +0200", value, source=source, device=device) for at, value in values
    )


def test_an_app_that_writes_one_value_a_day_is_taken_with_a_word() -> None:
    """In the sleep or within half an hour of waking; a watch with one spot left is not one."""
    reading = read(NIGHT, one_a_day("Morning app"))
    assert by_day(reading, Metric.HRV_SDNN_MS) == {MAY_4: 41, MAY_4 + timedelta(days=1): 44}
    assert "Morning app writes one SDNN a day" in reading.warnings[0]
    late = hrv("2025-05-04 07:31:00 +0200", 41) + hrv("2025-05-06 15:00:00 +0200", 44)
    assert sdnn(NIGHT, late) == {}
    assert sdnn(NIGHT, one_a_day("Watch", WATCH)) == {}


def test_sdnn_is_never_called_rmssd() -> None:
    """Without beats and without Apple's own RMSSD there is none."""
    assert by_day(read(NIGHT, TWO_SPOTS), Metric.HRV_RMSSD_MS) == {}


def test_the_longest_sleep_is_the_night_and_a_nap_is_none() -> None:
    """A nap of the same day, with more samples than the night, changes nothing."""
    nap = sleep("2025-05-04 14:00:00 +0200", "2025-05-04 16:30:00 +0200")
    spots = "".join(hrv(f"2025-05-04 15:{m}:00 +0200", 90) for m in range(10, 20))
    assert sdnn(NIGHT, TWO_SPOTS, nap, spots) == {MAY_4: 45}
    assert sdnn(nap, spots) == {}


def test_a_gap_of_three_hours_still_belongs_to_the_night_and_a_longer_one_ends_it() -> None:
    """Two stretches are one sleep, with the time awake between them inside its window."""
    early = sleep("2025-05-03 22:00:00 +0200", "2025-05-04 01:00:00 +0200")
    joined = sleep("2025-05-04 04:00:00 +0200", "2025-05-04 08:00:00 +0200")
    apart = sleep("2025-05-04 04:00:01 +0200", "2025-05-04 08:00:00 +0200")
    spots = hrv("2025-05-03 23:00:00 +0200", 40) + hrv("2025-05-04 00:30:00 +0200", 50)
    spots += hrv("2025-05-04 05:00:00 +0200", 60) + hrv("2025-05-04 06:00:00 +0200", 70)
    assert sdnn(early, joined, spots) == {MAY_4: 55}
    assert sdnn(early, apart, spots) == {MAY_4: 65}


def test_without_sleep_the_hours_before_nine_stand_for_the_night() -> None:
    """And the person is told so."""
    spots = hrv("2025-05-04 00:00:00 +0200", 40) + hrv("2025-05-04 08:59:59 +0200", 50)
    reading = read(spots, hrv("2025-05-04 09:00:00 +0200", 90))
    assert by_day(reading, Metric.HRV_SDNN_MS) == {MAY_4: 45}
    assert "no sleep of 3 h or more on 1 day with" in reading.warnings[0]
    assert "before 9:00" in reading.warnings[0]


def test_what_is_repeated_counts_once() -> None:
    """Inside a correlation, or told by a second export of the same phone."""
    again = hrv("2025-05-04 06:00:00 +0200", 50)
    food = ' <Correlation type="HKCorrelationTypeIdentifierFood">\n' + again + " </Correlation>\n"
    assert sdnn(NIGHT, TWO_SPOTS, food, again) == {MAY_4: 45}
    doubled = read(NIGHT, NIGHT, NIGHT)
    assert by_day(doubled, Metric.ASLEEP_MIN) == {MAY_4: 450}


def test_two_sources_are_never_averaged() -> None:
    """All nights are of the source that has most of them, whatever the order, and it is told."""
    band = nights_of("Band", 40, 3, 4)
    ring = nights_of("Ring", 80, 4)
    for records in permutations((band, ring, NIGHT)):
        assert sdnn(*records) == {MAY_4 - DAY: 40, MAY_4: 40}
    told = read(band, ring, NIGHT).warnings[0]
    assert "used: Band (nights: 2), left out: Ring (nights: 1)" in told


def test_a_night_that_only_another_device_measured_is_not_put_between() -> None:
    """One baseline is of one source: the ring's 80 beside the band's 40 would look like a leap."""
    assert sdnn(nights_of("Band", 40, 1, 2), nights_of("Ring", 80, 3)) == {
        date(2025, 5, 1): 40,
        date(2025, 5, 2): 40,
    }


def test_an_apple_watch_comes_before_an_app_that_wrote_more() -> None:
    """Some apps write RMSSD under the name of SDNN; the watch cannot."""
    watch, app = nights_of("Watch", 40, 3, device=WATCH), nights_of("App", 80, 3, 4)
    assert sdnn(watch, app) == {MAY_4 - DAY: 40}
    assert sdnn(watch, app, nights_of("App", 80, 2)) == {date(2025, 5, d): 80 for d in (2, 3, 4)}


def test_a_new_watch_goes_on_where_the_old_one_ended() -> None:
    """Both are Apple Watches, whatever their owner calls them."""
    old, new = (nights_of(name, 40, day, device=WATCH) for name, day in (("A", 3), ("B", 4)))
    reading = read(old, new)
    assert set(by_day(reading, Metric.HRV_SDNN_MS)) == {MAY_4 - DAY, MAY_4}
    assert not any("several sources" in warning for warning in reading.warnings)


def test_a_night_told_twice_is_the_one_with_stages() -> None:
    """A phone that only knows asleep adds nothing; but a staged nap is no night."""
    phone = sleep(
        "2025-05-03 23:00:00 +0200", "2025-05-04 07:30:00 +0200", "Asleep", source="Phone"
    )
    watch = sleep("2025-05-04 00:00:00 +0200", "2025-05-04 06:00:00 +0200", "AsleepDeep")
    assert by_day(read(phone, watch), Metric.DEEP_MIN) == {MAY_4: 360}
    assert by_day(read(phone, watch), Metric.ASLEEP_MIN) == {MAY_4: 360}
    short = sleep("2025-05-04 12:00:00 +0200", "2025-05-04 15:30:00 +0200", "AsleepDeep")
    assert by_day(read(phone, short), Metric.ASLEEP_MIN) == {MAY_4: 510}


def test_stages_that_overlap_are_not_slept_twice() -> None:
    """Minutes asleep are the time covered."""
    deep = sleep("2025-05-04 00:00:00 +0200", "2025-05-04 03:00:00 +0200", "AsleepDeep")
    core = sleep("2025-05-04 02:00:00 +0200", "2025-05-04 05:00:00 +0200", "AsleepCore")
    in_bed = sleep("2025-05-03 23:30:00 +0200", "2025-05-04 05:30:00 +0200", "InBed")
    up = sleep("2025-05-04 05:00:00 +0200", "2025-05-04 05:10:00 +0200", "Awake")
    down = sleep("2025-05-04 01:00:00 +0200", "2025-05-04 01:10:00 +0200", "Awake")
    reading = read(up, deep, core, in_bed, down)
    found = {m.metric: m.value for m in reading.measurements}
    assert found == {
        Metric.ASLEEP_MIN: 300,
        Metric.DEEP_MIN: 180,
        Metric.LIGHT_MIN: 180,
        Metric.IN_BED_MIN: 360,
        Metric.AWAKE_MIN: 10,
    }


@pytest.mark.parametrize(("number", "metric"), [(3, "light_min"), (4, "deep_min"), (5, "rem_min")])
def test_stages_of_old_dumps_are_numbers(number: int, metric: str) -> None:
    """As HealthKit numbers them."""
    night = record(SLEEP, "2025-05-04 00:00:00 +0200", "2025-05-04 06:00:00 +0200", value=number)
    assert by_day(read(night), Metric(metric)) == {MAY_4: 360}


def test_the_resting_heart_rate_of_a_day_is_the_one_written_last() -> None:
    """Apple revises its estimate over the day."""
    start, end = "2025-05-04 00:01:00 +0200", "2025-05-04 20:00:00 +0200"
    newer = record(RESTING, start, end, value=51, created="2025-05-04 21:00:00 +0200")
    older = record(RESTING, start, end, value=55, created="2025-05-04 09:00:00 +0200")
    for records in permutations((older, newer)):
        assert by_day(read(*records), Metric.RESTING_HR_BPM) == {MAY_4: 51}


def test_apples_own_rmssd_comes_before_the_beats() -> None:
    """Two methods are not mixed in one series."""
    beaten = beat_list(beats("01:00:01", [800, 850] * 13))
    spots = "".join(hrv(f"2025-05-04 0{h}:00:00 +0200", 40, inside=beaten) for h in (1, 2))
    assert by_day(read(NIGHT, spots), Metric.HRV_RMSSD_MS) == {MAY_4: pytest.approx(50)}
    own = "".join(record(RMSSD, f"2025-05-04 0{h}:00:00 +0200", value=33) for h in (1, 2))
    reading = read(NIGHT, spots, own)
    assert by_day(reading, Metric.HRV_RMSSD_MS) == {MAY_4: 33}
    assert by_day(reading, Metric.HRV_SDNN_MS) == {MAY_4: 40}


def test_a_sample_that_is_all_artefact_is_left_out_and_told() -> None:
    """One of many spots does not refuse years of nights; more than three are counted."""
    wild = "".join(hrv(f"2025-05-04 03:0{n}:00 +0200", 900) for n in range(5))
    reading = read(NIGHT, TWO_SPOTS, wild, hrv("2025-05-04 02:00:00 +0200", 0))
    assert by_day(reading, Metric.HRV_SDNN_MS) == {MAY_4: 45}
    assert reading.skipped == {"value of 0 or -1, which means missing": 1}
    told = [warning for warning in reading.warnings if "900" in warning]
    assert len(told) == 3
    assert "line 13: HeartRateVariabilitySDNN" in told[0]
    assert "2 more like these" in reading.warnings[-1]


@pytest.mark.parametrize(
    ("start", "value", "why"),
    [
        ("2025-05-04 03:00:00 +0200", "much", "not a number"),
        ("2025-05-04 03:00:00", "50", "no offset"),
        ("May the 4th", "50", "not a date and time"),
        ("2035-05-04 03:00:00 +0200", "50", "the date is in the future"),
        ("1970-01-01 03:00:00 +0200", "50", "the date is before 2005-01-01"),
    ],
)
def test_a_fault_in_an_hrv_is_a_problem_and_in_another_value_a_warning(
    start: str, value: str, why: str
) -> None:
    """With its line, value and reason."""
    hurt = export([NIGHT, record(HRV, start, value=value), TWO_SPOTS])
    reading = Apple().read(document_of(hurt, "export.xml"), today=date(2025, 5, 10))
    (problem,) = reading.problems
    assert problem.line == hurt[: hurt.index(HRV)].count("\n") + 1
    assert value in problem.value
    assert why in problem.why
    other = read(NIGHT, record(RESTING, start, value=value))
    assert by_day(other, Metric.RESTING_HR_BPM) == {}
    assert why in other.warnings[0]
