"""WHOOP: every value on the day it belongs to."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hrvctl.records import Metric
from hrvctl.sources.whoop.source import Whoop
from sources.exports import DATA, by_day, fixtures, open_one
from sources.whoop_rows import cycle, read, sleepless

HRV = Metric.HRV_RMSSD_MS


@pytest.mark.parametrize(
    ("onset", "wake", "zone"),
    [
        ("2025-05-03 23:41:07", "2025-05-04 07:22:15", "UTC+02:00"),
        ("2025-05-04 00:18:44", "2025-05-04 08:01:30", "UTC+02:00"),
        ("2025-05-03 23:41:07", "2025-05-04 07:22:15", "UTC+14:00"),
        ("2025-05-04 00:18:44", "2025-05-04 08:01:30", "UTC-10:00"),
    ],
)
def test_a_night_belongs_to_its_wake_date_as_the_person_saw_it(
    onset: str, wake: str, zone: str
) -> None:
    """Neither the onset's date nor UTC's: the local date of waking, in the row's own zone."""
    (night,) = (m for m in read(cycle(onset, wake, zone=zone)).measurements if m.metric is HRV)
    assert night.day == date(2025, 5, 4)
    assert night.start_at is not None
    assert night.end_at is not None
    assert night.start_at.replace(tzinfo=None) == datetime.fromisoformat(onset)
    assert night.end_at.replace(tzinfo=None) == datetime.fromisoformat(wake)
    assert night.end_at.utcoffset() == timedelta(hours=int(zone[3:6]))


@pytest.mark.parametrize(
    ("zone", "hours"),
    [("UTCZ", 0), ("UTC", 0), ("Z", 0), ("+02:00", 2), ("UTC+0530", 5.5), ("UTC-03:30", -3.5)],
)
def test_every_spelling_of_a_zone_is_read(zone: str, hours: float) -> None:
    """``UTCZ`` and its kin are offsets."""
    reading = read(cycle(zone=zone))
    assert {m.end_at.utcoffset() for m in reading.measurements if m.end_at} == {
        timedelta(hours=hours)
    }
    assert not reading.warnings


def test_an_unknown_zone_leaves_out_the_hours_but_not_the_night() -> None:
    """The date stands in the file; only the instants need the zone."""
    reading = read(cycle(zone="Mars/Olympus"))
    assert by_day(reading, HRV) == {date(2025, 5, 4): 71}
    assert all(m.start_at is None and m.end_at is None for m in reading.measurements)
    assert "line 2: Cycle timezone 'Mars/Olympus'" in reading.warnings[0]


def test_onsets_of_one_calendar_day_give_two_nights() -> None:
    """00:18 and 23:41 of 3 May wake on 3 and 4 May."""
    reading = read(
        cycle("2025-05-03 23:41:07", "2025-05-04 07:22:15", hrv="71"),
        cycle("2025-05-03 00:18:44", "2025-05-03 08:01:30", end="2025-05-03 23:41:07", hrv="58"),
    )
    assert by_day(reading, HRV) == {date(2025, 5, 3): 58, date(2025, 5, 4): 71}


def test_strain_belongs_to_the_wake_date_of_its_row() -> None:
    """The strain of a row runs from that waking to the next sleep."""
    (strain,) = (m for m in read(cycle()).measurements if m.metric is Metric.STRAIN)
    assert (strain.day, strain.value) == (date(2025, 5, 4), 11.3)
    assert str(strain.start_at) == "2025-05-04 07:22:15+02:00"
    assert str(strain.end_at) == "2025-05-04 23:00:00+02:00"


def test_the_nights_around_a_change_of_clocks_keep_their_own_offsets() -> None:
    """Night after night across the spring change, each row in its own zone, no day lost."""
    reading = read(
        cycle("2025-03-30 23:30:00", "2025-03-31 07:00:00", end="", zone="UTC+02:00", hrv="62"),
        cycle(
            "2025-03-29 23:30:00",
            "2025-03-30 07:00:00",
            end="2025-03-30 23:30:00",
            zone="UTC+01:00",
            hrv="61",
        ),
    )
    assert by_day(reading, HRV) == {date(2025, 3, 30): 61, date(2025, 3, 31): 62}
    assert by_day(reading, Metric.CYCLE_MIN) == {date(2025, 3, 30): 1440}


def test_a_journey_that_overlaps_its_cycles_keeps_both_nights() -> None:
    """Flying west makes the next cycle begin before the last one ended, on the clock."""
    reading = read(
        cycle("2025-05-04 22:00:00", "2025-05-05 06:00:00", zone="UTC-05:00", end="", hrv="80"),
        cycle("2025-05-03 23:41:07", "2025-05-04 07:22:15", end="2025-05-05 05:00:00", hrv="70"),
    )
    assert by_day(reading, HRV) == {date(2025, 5, 4): 70, date(2025, 5, 5): 80}
    assert reading.problems == ()


def test_the_open_cycle_gives_tonight_its_hrv_and_no_strain() -> None:
    """The newest row has no end yet; its HRV is what a forecast waits for."""
    reading = read(cycle(end="", strain=""))
    assert by_day(reading, HRV) == {date(2025, 5, 4): 71}
    assert by_day(reading, Metric.STRAIN) == by_day(reading, Metric.CYCLE_MIN) == {}


def test_a_cycle_without_sleep_is_a_day_of_strain_and_no_night() -> None:
    """The day lived, midnight to past the next midnight, has its strain; no HRV is made up."""
    reading = read(
        cycle("2025-05-03 00:18:44", "2025-05-03 08:01:30", end="2025-05-03 23:41:07"),
        sleepless("2025-05-02 00:00:00", "2025-05-03 00:18:44"),
    )
    assert by_day(reading, Metric.STRAIN) == {date(2025, 5, 2): 6.2, date(2025, 5, 3): 11.3}
    assert by_day(reading, Metric.ENERGY_KCAL)[date(2025, 5, 2)] == 1804
    assert list(by_day(reading, HRV)) == [date(2025, 5, 3)]


@pytest.mark.parametrize("is_first", [True, False])
def test_a_real_sleep_keeps_its_days_strain(is_first: bool) -> None:
    """A cycle without sleep never overwrites the strain of a day that has a sleep."""
    rows = [cycle(), sleepless("2025-05-04 08:00:00", "2025-05-04 20:00:00", "1.1")]
    reading = read(*(rows[::-1] if is_first else rows))
    assert by_day(reading, Metric.STRAIN) == {date(2025, 5, 4): 11.3}
    assert reading.skipped == {"cycle without sleep on a day that has another": 1}


@pytest.mark.parametrize("is_first", [True, False])
def test_of_two_sleeps_of_one_wake_date_the_longer_is_the_night(is_first: bool) -> None:
    """The other is counted, not averaged, whichever stands first."""
    rows = [
        cycle(hrv="71", asleep="431"),
        cycle("2025-05-04 13:00:00", "2025-05-04 14:30:00", hrv="40", asleep="84"),
    ]
    reading = read(*(rows if is_first else rows[::-1]))
    assert by_day(reading, HRV) == {date(2025, 5, 4): 71}
    assert reading.skipped == {"secondary sleep": 1}


def test_a_row_that_stands_twice_counts_once() -> None:
    """Two exports pasted together repeat cycles; a repeated one is not a second sleep."""
    reading = read(cycle(), cycle())
    assert reading.skipped == {"repeated cycle": 1}
    assert by_day(reading, HRV) == {date(2025, 5, 4): 71}


@given(
    nights=st.lists(
        st.tuples(
            st.integers(0, 700),
            st.integers(20 * 60, 27 * 60),
            st.integers(180, 600),
            st.integers(-12, 14),
            st.integers(6, 314),
        ),
        unique_by=lambda night: night[0],
        max_size=12,
    )
)
@hypothesis_settings(max_examples=60, deadline=None)
def test_any_row_order_and_zone_gives_each_wake_date_its_hrv(
    nights: list[tuple[int, int, int, int, int]],
) -> None:
    """For nights from 20:00 to 03:00 in any zone, days are wake dates and none is lost."""
    rows, expected = [], {}
    for day, onset_min, length_min, hours, hrv in nights:
        onset = datetime(2023, 1, 1) + timedelta(days=day, minutes=onset_min)  # noqa: DTZ001
        wake = onset + timedelta(minutes=length_min)
        zone = f"UTC{'-' if hours < 0 else '+'}{abs(hours):02}:00"
        rows.append(cycle(str(onset), str(wake), end="", zone=zone, hrv=str(hrv)))
        # Consecutive nights of 20:00-27:00 + 3-10 h can share a wake date; then one is dropped.
        expected.setdefault(wake.date(), set()).add(float(hrv))
    found = by_day(read(*rows), HRV)
    assert set(found) == set(expected)
    assert all(found[day] in expected[day] for day in found)


def test_naps_of_a_day_are_summed_and_are_no_nights(today: date) -> None:
    """Two naps of 38 and 20 minutes make 58 on their own day."""
    reading = Whoop().read(open_one(DATA / "whoop" / "sleeps_en.csv"), today=today)
    assert by_day(reading, Metric.NAP_MIN) == {date(2025, 5, 3): 58}
    assert by_day(reading, Metric.ASLEEP_MIN) == {date(2025, 5, 3): 418, date(2025, 5, 4): 431}
    assert by_day(reading, HRV) == {}


def test_sleeps_and_cycles_of_one_export_agree(today: date) -> None:
    """What both files say of a night is the same, so importing both does no harm."""
    sleeps, cycles = (
        Whoop().read(open_one(DATA / "whoop" / f"{kind}_en.csv"), today=today)
        for kind in ("sleeps", "cycles")
    )
    known = {(m.day, m.metric): m for m in cycles.measurements}
    shared = [m for m in sleeps.measurements if m.metric is not Metric.NAP_MIN]
    assert all(known[m.day, m.metric] == m for m in shared)
    assert len(shared) > 20


def test_workouts_are_dated_by_their_own_start(today: date) -> None:
    """A ride at 23:50 belongs to that evening, whatever cycle it is filed under."""
    for path in fixtures("whoop"):
        if path.name.startswith("workouts"):
            for workout in Whoop().read(open_one(path), today=today).workouts:
                assert workout.day == workout.start_at.date()
                assert workout.end_at > workout.start_at
                assert workout.strain
