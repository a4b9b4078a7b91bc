"""Inputs of the forecast: which of several heart rates of a day is used."""

from datetime import date

import numpy as np
import pytest

from hrvctl.domain.forecast.features import raw_inputs
from hrvctl.domain.series import NAN, History
from hrvctl.records import Metric


def waking(**measured: tuple[float, ...]) -> np.ndarray:
    """The waking heart rate used of each of two days."""
    history = History(
        first=date(2025, 5, 3),
        metric=Metric.HRV_RMSSD_MS,
        measured_by="made",
        hrv=(50.0, 52.0),
        measured={Metric(name): values for name, values in measured.items()},
        journal={},
    )
    return raw_inputs(history)["x:wakehr"]


def test_a_measured_waking_heart_rate_comes_before_one_derived_from_the_mean() -> None:
    """Day by day: where it is missing the mean of the whole day serves."""
    used = waking(
        waking_hr_bpm=(71.0, NAN),
        average_hr_bpm=(66.0, 66.0),
        cycle_min=(1440.0, 1440.0),
        in_bed_min=(480.0, 480.0),
        resting_hr_bpm=(50.0, 50.0),
    )
    assert used == pytest.approx([71.0, (24 * 66 - 8 * 1.06 * 50) / 16])


def test_without_a_cycle_the_mean_is_that_of_a_calendar_day() -> None:
    """With the heart rate of the night where it is known, and the time asleep for that in bed."""
    used = waking(
        average_hr_bpm=(64.0, 64.0),
        asleep_min=(450.0, 450.0),
        in_bed_min=(480.0, NAN),
        resting_hr_bpm=(50.0, 50.0),
        night_hr_bpm=(55.0, NAN),
    )
    assert used == pytest.approx(
        [(24 * 64 - 8 * 55) / 16, (24 * 64 - 7.5 * 1.06 * 50) / (24 - 7.5)]
    )


def test_a_missing_cycle_of_a_recorder_of_cycles_is_not_a_calendar_day() -> None:
    """Its last cycle is open: how long it is so far is not known."""
    used = waking(
        average_hr_bpm=(66.0, 66.0),
        cycle_min=(1440.0, NAN),
        in_bed_min=(480.0, 480.0),
        resting_hr_bpm=(50.0, 50.0),
    )
    assert np.isnan(used).tolist() == [False, True]


def test_a_mean_without_the_night_gives_none() -> None:
    """Nothing is filled in."""
    assert np.isnan(waking(average_hr_bpm=(64.0, 64.0))).all()
