"""HRV4Training: which number of an Android date is the day, and the hours of an iPhone."""

from datetime import date, datetime

import pytest

from hrvctl.records import ASKED_AFTER_THE_NIGHT, Metric, Reading
from hrvctl.sources.hrv4training import Hrv4Training
from sources.exports import DATA, by_day, document_of, open_one

HEADER = "date, time, HR,AVNN,SDNN,rMSSD,pNN50,HRV4T_Recovery_Points, note,\n"
IOS_HEADER = "date,HR,AVNN,SDNN,rMSSD,pNN50,HRV4T_Recovery_Points"
TODAY = date(2025, 5, 10)


def read(*rows: str, header: str = HEADER) -> Reading:
    """Read a file of these rows."""
    document = document_of("\n".join([header, *rows]) + "\n")
    assert Hrv4Training().identify(document) == "measurements"
    return Hrv4Training().read(document, today=TODAY)


def android(day: str, time: str = "06:52", rmssd: float = 66.1) -> str:
    """A row of an Android phone."""
    return f"{day}, {time}, 53.1,1129.9,79.4,{rmssd},41.2,8.2, a note,"


def ios(stamp: str) -> str:
    """A row of an iPhone."""
    return f"{stamp},53.1,1129.9,79.4,66.1,41.2,8.2"


def days(reading: Reading) -> list[date]:
    """The days with an HRV."""
    assert reading.problems == ()
    return list(by_day(reading, Metric.HRV_RMSSD_MS))


def test_recovery_points_are_not_the_hrv() -> None:
    """Each value from its own column, blanks around it or not."""
    reading = read(android("2025-27-04"))
    assert {m.metric: m.value for m in reading.measurements} == {
        Metric.HRV_RMSSD_MS: 66.1,
        Metric.HRV_SDNN_MS: 79.4,
        Metric.MORNING_HR_BPM: 53.1,
        Metric.PNN50_PCT: 41.2,
    }


def test_one_day_beyond_the_twelfth_decides_for_the_whole_file() -> None:
    """In the middle as Android has it, or last."""
    assert days(read(android("2025-30-04"), android("2025-01-05"))) == [
        date(2025, 4, 30), date(2025, 5, 1)
    ]  # fmt: skip
    assert days(read(android("2025-04-30"), android("2025-05-01"))) == [
        date(2025, 4, 30), date(2025, 5, 1)
    ]  # fmt: skip


def test_else_the_order_in_which_days_follow_each_other_decides() -> None:
    """1, 2, 3 May rather than 5 January, February, March; days without a measurement help."""
    found = read(android("2025-01-05"), android("2025-02-05", "", 0), android("2025-03-05"))
    assert days(found) == [date(2025, 5, 1), date(2025, 5, 3)]
    newest_first = read(*(android(f"2025-05-0{day}") for day in (3, 2, 1)))
    assert days(newest_first) == [date(2025, 5, 1), date(2025, 5, 2), date(2025, 5, 3)]


def test_a_day_to_come_cannot_have_been_meant() -> None:
    """On 10 May 2025, 2025-12-04 is 12 April."""
    assert days(read(android("2025-12-04"))) == [date(2025, 4, 12)]


def test_a_date_that_is_the_same_both_ways_needs_no_decision() -> None:
    """5 May."""
    assert days(read(android("2025-05-05"))) == [date(2025, 5, 5)]


def test_dates_that_may_be_read_both_ways_refuse_the_file() -> None:
    """One row of 3 April or 4 March says nothing."""
    reading = read(android("2025-03-04"))
    assert reading.measurements == ()
    assert "may be read both ways" in reading.problems[0].why


def test_dates_that_contradict_each_other_refuse_the_file() -> None:
    """The day in the middle here, last there."""
    reading = read(android("2025-27-04"), android("2025-04-28"))
    assert "contradict each other" in reading.problems[0].why


def test_what_is_no_date_refuses_the_file() -> None:
    """In whichever order."""
    assert [p.line for p in read(android("2025-27-04"), android("2025-31-31")).problems] == [4]
    assert [p.line for p in read(android("27.04.2025")).problems] == [3]


def test_a_day_without_a_measurement_is_missing() -> None:
    """Zeros and a blank time are Android's way to say it, and the day's tags stay behind."""
    reading = read(android("2025-27-04"), android("2025-28-04", " ", 0))
    assert days(reading) == [date(2025, 4, 27)]
    assert reading.skipped == {
        "value of 0 or -1, which means missing": 1,
        "day without a measurement": 1,
    }
    assert reading.warnings == ()


def test_the_first_of_a_day_counts() -> None:
    """By the clock."""
    reading = read(android("2025-27-04", "09:15", 50), android("2025-27-04", "06:52", 60))
    assert by_day(reading, Metric.HRV_RMSSD_MS) == {date(2025, 4, 27): 60}
    assert reading.skipped == {"recording after the first of its day": 1}


def test_an_iphones_hours_are_in_utc() -> None:
    """Told once; late in UTC's day the local date is not known and the morning left out."""
    reading = read(
        ios("2025-05-02 05:01:00 +0000"),
        ios("2025-05-03 05:02:00 +0000"),
        ios("2025-05-03 21:02:00 +0000"),
        header=IOS_HEADER,
    )
    assert days(reading) == [date(2025, 5, 2), date(2025, 5, 3)]
    utc = [warning for warning in reading.warnings if "dated by UTC" in warning]
    assert len(utc) == 1
    assert any("depends on the time zone" in warning for warning in reading.warnings)


@pytest.mark.parametrize(
    ("stamp", "hour"),
    [
        ("6:45:12 AM", 6),
        ("12:05:00 AM", 0),
        ("12:05:00 PM", 12),
        ("1:05:00 p.m.", 13),
        ("13:05:00", 13),
    ],
)
def test_hours_of_twelve_and_of_twenty_four_are_read(stamp: str, hour: int) -> None:
    """With an offset that is not UTC's the instant is known."""
    header = IOS_HEADER.replace("date", "timestamp_measurement")
    reading = read(ios(f"2025-05-04 {stamp} +0200"), header=header)
    assert days(reading) == [date(2025, 5, 4)]
    start = reading.measurements[0].start_at
    assert isinstance(start, datetime)
    assert start.hour == hour
    assert reading.warnings == ()


def test_of_a_test_in_two_positions_lying_counts() -> None:
    """That is how the other mornings are measured."""
    header = "date,rMSSD_lying,rMSSD_standing,HR_lying,HR_standing,HRV4T_Recovery_Points"
    reading = read("2025-05-04 05:01:00 +0000,58.4,30.2,54,71,7.9", header=header)
    assert by_day(reading, Metric.HRV_RMSSD_MS) == {date(2025, 5, 4): 58.4}
    assert by_day(reading, Metric.MORNING_HR_BPM) == {date(2025, 5, 4): 54}


def test_what_is_asked_in_the_morning_is_about_the_day_before() -> None:
    """But for how one feels; on a day without a measurement nothing was answered."""
    reading = Hrv4Training().read(
        open_one(DATA / "hrv4training" / "MyMeasurements_tags_iOS.csv"), today=TODAY
    )
    answers = {(e.day.day, e.tag): e.value for e in reading.journal}
    assert answers == {
        (1, "alcohol"): 1, (1, "travel"): 0, (1, "exercise"): 1, (1, "running"): 1,
        (1, "cycling"): 1, (2, "sick"): 0, (3, "alcohol"): 1, (3, "travel"): 1,
        (3, "exercise"): 0, (4, "sick"): 1,
    }  # fmt: skip
    assert {e.source for e in reading.journal} <= ASKED_AFTER_THE_NIGHT
