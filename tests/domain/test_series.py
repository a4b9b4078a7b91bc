"""The daily grid keeps every day in its place and missing days missing."""

import math
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hrvctl.domain.series import build_history, series_spans
from hrvctl.records import JournalEntry, Measurement, Metric

RMSSD, SDNN = Metric.HRV_RMSSD_MS, Metric.HRV_SDNN_MS
DAY = date(2026, 3, 2)


def night(back: int, value: float, *, metric: Metric = RMSSD, source: str = "whoop") -> Measurement:
    """A measurement so many days after ``DAY``."""
    return Measurement(day=DAY + timedelta(days=back), metric=metric, value=value, source=source)


def said(after: int, tag: str, value: float) -> JournalEntry:
    """A journal answer so many days after ``DAY``."""
    day = DAY + timedelta(days=after)
    return JournalEntry(day=day, tag=tag, value=value, text=tag, source="user")


def history(measurements, journal=(), *, as_of: int):
    """WHOOP's RMSSD as known so many days after ``DAY``."""
    return build_history(
        measurements,
        journal,
        metric=RMSSD,
        measured_by="whoop",
        as_of=DAY + timedelta(days=as_of),
    )


def test_missing_days_stay_missing():
    """A night off and the evening after the last night are NaN, not the value before."""
    found = history([night(0, 50), night(2, 60)], as_of=3)
    assert [v if v == v else None for v in found.hrv] == [50, None, 60, None]
    assert (found.first, found.last) == (DAY, DAY + timedelta(days=3))
    assert found.observed == (DAY, DAY + timedelta(days=2))


@settings(max_examples=40, deadline=None)
@given(
    days=st.dictionaries(st.integers(0, 60), st.floats(1, 400), max_size=40),
    seed=st.randoms(use_true_random=False),
    as_of=st.integers(0, 70),
)
def test_order_does_not_matter_and_every_value_lies_on_its_day(days, seed, as_of):
    """Any order in, the same grid out; nothing after the evening."""
    rows = [night(day, value) for day, value in days.items()]
    seed.shuffle(rows)
    found = history(rows, as_of=as_of)
    on_grid = {found.day(i): v for i, v in enumerate(found.hrv) if not math.isnan(v)}
    assert on_grid == {DAY + timedelta(days=d): v for d, v in days.items() if d <= as_of}
    assert found.last == DAY + timedelta(days=as_of)


@settings(max_examples=30, deadline=None)
@given(
    days=st.dictionaries(st.integers(0, 40), st.floats(1, 400), min_size=1, max_size=30),
    cut=st.integers(-2, 50),
)
def test_cutting_equals_building_on_that_evening(days, cut):
    """``until`` gives what was known then, also beyond the end."""
    rows = [night(d, v) for d, v in days.items()] + [
        night(d, 55, metric=Metric.RESTING_HR_BPM) for d in days
    ]
    whole = history(rows, [said(d, "alcohol", 1) for d in days], as_of=45)
    cut_day = whole.first + timedelta(days=cut)
    then = whole.until(cut_day)
    assert len(then) == max(cut + 1, 0)
    assert repr(then.hrv) == repr((whole.hrv + (math.nan,) * 60)[: len(then)])
    assert all(len(row) == len(then) for row in (*then.measured.values(), *then.journal.values()))


def test_other_sources_and_the_other_metric_are_left_out():
    """One history has one HRV metric from one source."""
    rows = [night(0, 50), night(0, 99, source="oura"), night(0, 70, metric=SDNN)]
    found = history(rows, as_of=0)
    assert found.hrv == (50,)
    assert dict(found.measured) == {}


def test_of_two_answers_the_larger_counts_and_silence_is_not_no():
    """A yes anywhere is a yes; a day without an answer is NaN."""
    answers = [said(0, "alcohol", 0), said(0, "alcohol", 2), said(2, "alcohol", 0)]
    found = history([night(0, 50), night(2, 51)], answers, as_of=2)
    first, silent, last = found.journal["alcohol"]
    assert (first, last) == (2, 0)
    assert math.isnan(silent)


def test_nothing_measured_gives_an_empty_history_that_ends_on_the_evening():
    """No nights: no positions, and the last day is still the evening asked."""
    found = history([], as_of=0)
    assert (len(found), found.last, found.observed) == (0, DAY, ())


def counting(nights, **chosen):
    """The series that counts."""
    first = series_spans(nights, **chosen)[0]
    return first.metric, first.measured_by


def test_the_series_with_most_nights_is_the_one_to_forecast():
    """Most nights; at a tie RMSSD before SDNN, then by name; none when there is no HRV."""
    assert series_spans([]) == ()
    assert series_spans([night(0, 55, metric=Metric.RESTING_HR_BPM)]) == ()
    tie = [night(0, 50, metric=SDNN), night(0, 50, source="oura"), night(0, 50)]
    assert counting(tie) == (RMSSD, "oura")
    assert counting([*tie, night(1, 50, metric=SDNN)]) == (SDNN, "whoop")


def test_a_new_device_takes_over_within_weeks():
    """Years of one device do not hold the forecast once another has most of the last four weeks."""
    old = [night(i, 50) for i in range(400)]
    new = [night(400 + i, 60, source="oura") for i in range(20)]
    assert counting([*old, *new[:5]]) == (RMSSD, "whoop")
    assert counting([*old, *new]) == (RMSSD, "oura")
    first, other = series_spans([*old, *new])
    assert (first.measured_by, first.n_nights) == ("oura", 20)
    assert (other.measured_by, other.n_nights, other.first) == ("whoop", 400, DAY)


def test_the_persons_choice_of_series_holds():
    """Whatever has more nights; a choice without any night is as if none had been made."""
    nights = [*(night(i, 50) for i in range(40)), night(0, 60, source="oura")]
    assert counting(nights, preferred=(RMSSD, "oura")) == (RMSSD, "oura")
    assert counting(nights, preferred=(SDNN, "apple")) == (RMSSD, "whoop")


def test_a_day_set_aside_is_missing_from_the_ordinary_ones_alone():
    """An ill night was measured, and says nothing of the person's normal range."""
    nights = [night(i, 50 + i) for i in range(3)]
    past = build_history(
        nights,
        [],
        metric=RMSSD,
        measured_by="whoop",
        as_of=DAY + timedelta(days=2),
        set_aside=[DAY + timedelta(days=1), DAY + timedelta(days=9)],
    )
    assert past.hrv == (50, 51, 52)
    assert (past.ordinary[0], past.ordinary[2]) == (50, 52)
    assert math.isnan(past.ordinary[1])
    assert past.until(DAY + timedelta(days=1)).set_aside == {DAY + timedelta(days=1)}
    assert past.set_aside == {DAY + timedelta(days=1)}


def test_the_evening_knows_last_night_and_typed_answers_not_the_whole_day():
    """Strain and an answer asked after the night come later; of earlier days all is known."""
    rows = [night(day, 50 + day, metric=m) for day in (0, 1) for m in (RMSSD, Metric.STRAIN)]
    asked = [
        JournalEntry(day=DAY + timedelta(days=day), tag=tag, value=1.0, text=tag, source=source)
        for day in (0, 1)
        for tag, source in (("alcohol", "whoop"), ("late_meal", "whoop"), ("late_meal", "user"))
    ]
    found = history(rows, asked, as_of=1)
    both = frozenset({DAY, DAY + timedelta(days=1)})
    assert found.answered_late == {"alcohol": both, "late_meal": frozenset()}
    evening = found.with_open_day()
    assert evening.hrv == (50, 51)
    assert evening.measured[Metric.STRAIN][0] == 50
    assert math.isnan(evening.measured[Metric.STRAIN][1])
    assert evening.journal["alcohol"][0] == 1
    assert math.isnan(evening.journal["alcohol"][1])
    assert evening.journal["late_meal"] == (1, 1)
