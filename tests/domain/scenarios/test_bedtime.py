"""A planned bedtime: hours until bed count from last night's sleep to tonight's."""

from datetime import datetime, time, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrvctl.domain.forecast.hierarchical import Hierarchical
from hrvctl.domain.scenarios.bedtime import plan_bedtime
from hrvctl.domain.series import NAN, History
from hrvctl.errors import DataError
from hrvctl.records import Metric

ZONE = timezone(timedelta(hours=-4))


def wave(middle, height, period, n=80):
    return tuple(middle + height * np.sin(np.arange(n) * 2 * np.pi / period))


def lived(last_cycle=NAN):
    """Eighty days with all that an evening can know; the last cycle is still open."""
    return History(
        first=datetime(2026, 1, 1, tzinfo=ZONE).date(),
        metric=Metric.HRV_RMSSD_MS,
        measured_by="whoop",
        hrv=wave(60, 9, 5),
        measured={
            Metric.RESTING_HR_BPM: wave(52, 3, 6),
            Metric.STRAIN: wave(11, 4, 9),
            Metric.ENERGY_KCAL: wave(2400, 300, 8),
            Metric.AVERAGE_HR_BPM: wave(72, 4, 7),
            Metric.IN_BED_MIN: wave(470, 30, 11),
            Metric.ASLEEP_MIN: wave(430, 30, 10),
            Metric.CYCLE_MIN: (*wave(1440, 60, 4)[:-1], last_cycle),
        },
        journal={},
    )


def onset(history):
    """Asleep at eleven the evening before the last day."""
    return datetime.combine(history.last - timedelta(days=1), time(23), tzinfo=ZONE)


@pytest.mark.parametrize(
    ("bedtime", "hours"), [(time(23), 24.0), (time(21, 30), 22.5), (time(0, 30), 25.5)]
)
def test_hours_count_from_sleep_to_sleep(bedtime, hours):
    """Half past midnight belongs to tonight, not to the night that was."""
    past = lived()
    planned = plan_bedtime(past, onset_at=onset(past), bedtime=bedtime)
    assert planned.measured[Metric.CYCLE_MIN][-1] == hours * 60
    assert planned.measured[Metric.CYCLE_MIN][:-1] == past.measured[Metric.CYCLE_MIN][:-1]


def test_a_plan_does_not_change_what_was():
    """A cycle that has ended keeps its length."""
    past = lived(last_cycle=1500.0)
    assert plan_bedtime(past, onset_at=onset(past), bedtime=time(21)) == past


def test_a_time_before_last_night_is_refused():
    """Who fell asleep at two in the afternoon cannot go to bed at noon of the same day."""
    past = lived()
    slept = datetime.combine(past.last, time(14), tzinfo=ZONE)
    with pytest.raises(DataError, match="a bedtime of 12:00 is not possible"):
        plan_bedtime(past, onset_at=slept, bedtime=time(12))


@given(st.integers(0, 5))
def test_going_to_bed_later_lowers_the_forecast(hours):
    """With the same day behind, every hour more until bed costs HRV, as it did for others."""
    past = lived()
    model = Hierarchical(bedtime=True)

    def tomorrow(history):
        return model.rolling_forecasts(history, first_origin=len(history)).point[-1, 0]

    early = plan_bedtime(past, onset_at=onset(past), bedtime=time(20 - hours // 2))
    late = plan_bedtime(past, onset_at=onset(past), bedtime=time(22, 30))
    assert tomorrow(late) < tomorrow(early)
