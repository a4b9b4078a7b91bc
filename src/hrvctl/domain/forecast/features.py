"""Features of each evening: the person's level and spread, standardised inputs, journal answers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from hrvctl.domain.arrays import Floats, Ints
from hrvctl.domain.forecast.recursions import (
    centred_answers,
    clip,
    mean_of_last,
    robust_level,
    running_scale,
    standardise,
)
from hrvctl.domain.forecast.targets import Target
from hrvctl.domain.loops import Loop
from hrvctl.domain.series import History
from hrvctl.records import Metric

# Half-lives in observed days (own choice, measured on nine people).
CENTRE_HALF_LIFE = 40.0
RECENT_HALF_LIVES = {"r1.5": 1.5, "r4": 4.0, "r12": 12.0}
HALF_LIVES = (*RECENT_HALF_LIVES.values(),)
STAND_IN_HALF_LIFE = 2.5  # of the level used in place of a missing last night
LAST_NIGHT = ("l0", "h-", "h+")  # last night, and its bends below and above one spread
PAST_NIGHTS = ("one", *LAST_NIGHT, *RECENT_HALF_LIVES)  # with the intercept, in every pattern
WEEKDAYS = ("d0", "d1", "d2", "d3", "d4", "d5", "d6")  # Monday first
# In bed the heart beats about 6 % faster than at its lowest (own measurement on nine people).
BED_OVER_RESTING = 1.06
MIN_AWAKE_H = 6.0
CALENDAR_DAY_H = 24.0
WAKING_BPM = (40.0, 150.0)
CYCLE_H = (10.0, 40.0)  # a cycle outside was cut or merged by the recorder
# Spread of each input to start with, in its own unit or log unit (measured on nine people).
PRIOR_SCALES = {
    "x:rhr": 0.07,
    "x:strain": 4.0,
    "x:wakehr": 0.08,
    "x:kcal_h": 0.20,
    "x:hrv": 0.25,
    "x:temp": 0.5,
    "x:cyc_h": 2.0,
    "x:asleep": 1.2,
}
LOGGED = {"x:rhr", "x:wakehr", "x:kcal_h", "x:hrv"}  # these vary in proportion
FIVE_DAYS = {"x5:rhr": "x:rhr", "x5:strain": "x:strain"}
# Targets on which a high waking heart rate costs more than on other days (measured on 13 people).
WEEKEND = (5, 6)
# What a person reads for each input; every input made of past nights alone is RECENT_NIGHTS.
RECENT_NIGHTS = "recent nights"
WEEKDAY = "weekday"
LABELS = {
    "x:rhr": "resting heart rate",
    "x5:rhr": "resting heart rate of five days",
    "x:strain": "strain",
    "x5:strain": "strain of five days",
    "x:wakehr": "waking heart rate",
    "x:kcal_h": "energy per hour",
    "x:hrv": "HRV",
    "x:temp": "skin temperature",
    "x:cyc_h": "hours until bed",
    "x:asleep": "sleep",
    **dict.fromkeys(("wk*st", "wk*we", "wk+", "wk-", "wk1"), "waking heart rate"),
} | dict.fromkeys(WEEKDAYS, WEEKDAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayInputs:
    """What every target is forecast from; row t uses days up to t alone.

    Attributes:
        tomorrow: Shape (n,), weekday of the day after, Monday 0.
        inputs: Name to shape (n,), standardised inputs of the evening, NaN where missing.
        answers: Journal tag to shape (n,), centred answers, 0 where there was no answer.
        raw: Name to shape (n,), the inputs in their own units.
        raw_answers: Journal tag to shape (n,), the answers as given, NaN where there was none.
        in_time: Shape (n, tags), 1 where the answer was known on its evening, else 0.
    """

    tomorrow: Floats
    inputs: Mapping[str, Floats]
    answers: Mapping[str, Floats]
    raw: Mapping[str, Floats]
    raw_answers: Mapping[str, Floats]
    in_time: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The features of each evening for one target; row t uses days up to t alone.

    Attributes:
        w: Shape (n,), the target on its own scale (square root or log); NaN where missing.
        centre: Shape (n,), the slow level m on that scale; NaN before the first night.
        scale: Shape (n,), the person's spread s around it; positive.
        recent: Shape (3, n), the fast levels of ``RECENT_HALF_LIVES``, not yet centred.
        nights: Shape (n,), nights so far.
        since: Shape (n,), days since the last night; 0 where there was one.
        z: Shape (n,), what row t forecasts: (w of t + 1 - centre)/scale; NaN where unknown.
        inputs: Name to shape (n,), the deviations of the target and the inputs of the day.
        shared: What the other targets are forecast from as well.
    """

    w: Floats
    centre: Floats
    scale: Floats
    recent: Floats
    nights: Floats
    since: Ints
    z: Floats
    inputs: Mapping[str, Floats]
    shared: DayInputs

    @property
    def tomorrow(self) -> Floats:
        """Shape (n,), weekday of the day after, Monday 0."""
        return self.shared.tomorrow

    @property
    def answers(self) -> Mapping[str, Floats]:
        """Journal tag to shape (n,), centred answers, 0 where there was no answer."""
        return self.shared.answers

    def matrix(self, features: tuple[str, ...]) -> Floats:
        """One column per named input, then one per journal tag; shape (n, p + tags)."""
        out = np.empty((len(self.w), len(features) + len(self.answers)))
        for j, column in enumerate(self.columns(features)):
            out[:, j] = column
        return out

    def columns(self, features: tuple[str, ...]) -> list[Floats]:
        """The columns of ``matrix``."""
        return [self.inputs[name] for name in features] + [*self.answers.values()]


def day_inputs(history: History) -> DayInputs:
    """Compute what the forecasts of all targets share.

    Args:
        history: n calendar days.
    """
    n = len(history)
    tomorrow: Floats = (history.first.weekday() + 1.0 + np.arange(n, dtype=np.float64)) % 7
    raw = raw_inputs(history)
    raw_answers = {tag: np.array(v, float) for tag, v in history.journal.items()}
    inputs = weekday_inputs(tomorrow) | standard_inputs(raw)
    return DayInputs(
        tomorrow=tomorrow,
        inputs=inputs | waking_terms(inputs["x:wakehr"], inputs["x:strain"], tomorrow),
        answers={tag: centred_answers(values) for tag, values in raw_answers.items()},
        raw=raw,
        raw_answers=raw_answers,
        in_time=_answered_in_time(history),
    )


def _answered_in_time(history: History) -> Floats:
    """``DayInputs.in_time``. All that the last day has is known tonight."""
    in_time = np.ones((len(history), len(history.journal)))
    first, last = history.first.toordinal(), history.last.toordinal()
    for column, tag in enumerate(history.journal):
        late = [day.toordinal() for day in history.answered_late.get(tag, ())]
        in_time[[day - first for day in late if day < last], column] = 0.0
    return in_time


def build_frame(
    history: History, target: Target, *, journal: bool = True, shared: DayInputs | None = None
) -> Frame:
    """Compute the features of one target from a history.

    Args:
        history: n calendar days.
        target: The quantity to forecast.
        journal: Also use the journal answers.
        shared: The ``day_inputs`` of the history, where they are known already.
    """
    shared = shared or day_inputs(history)
    if not journal:
        shared = replace(shared, answers={}, raw_answers={}, in_time=shared.in_time[:, :0])
    values = target.values(history)
    w = target.to_scale(values)
    start = target.start_scale(values)
    levels = follow_levels(w, start)
    deviations = dict(zip((*LAST_NIGHT, *RECENT_HALF_LIVES), levels.deviations, strict=True))
    return Frame(
        w=w,
        centre=levels.centre,
        scale=levels.scale,
        recent=levels.recent,
        nights=levels.nights,
        since=levels.since,
        z=levels.z,
        inputs={"one": np.ones(len(w)), **deviations, **shared.inputs},
        shared=shared,
    )


class Levels(NamedTuple):
    """A target's levels and spread on n evenings, and what follows from them; see ``Frame``.

    Attributes:
        centre, scale, recent, nights, since, z: As of ``Frame``.
        deviations: Shape (6, n), of ``LAST_NIGHT`` and of the fast levels from the slow one, in
            spreads. ``h-`` and ``h+`` let the slope of last night change beyond one spread (a
            hinge function).
    """

    centre: Floats
    scale: Floats
    recent: Floats
    nights: Floats
    since: Ints
    z: Floats
    deviations: Floats


@Loop
def follow_levels(w: Floats, start: Floats) -> Levels:
    """Follow a target's levels and spread.

    Args:
        w: Shape (n,), the target on its own scale; NaN where missing.
        start: Shape (n,), the spread to start with, as known on each day.
    """
    centre = robust_level(w, CENTRE_HALF_LIFE, start)
    scale = running_scale(w - lagged(centre), start)
    stand_in = robust_level(w, STAND_IN_HALF_LIFE, start)
    recent, deviations = np.empty((len(HALF_LIVES), len(w))), np.empty((6, len(w)))
    last = clip((np.where(np.isnan(w), stand_in, w) - centre) / scale)
    deviations[0] = last
    deviations[1] = np.minimum(last + 1.0, 0.0)
    deviations[2] = np.maximum(last - 1.0, 0.0)
    for number, half_life in enumerate(HALF_LIVES):
        recent[number] = robust_level(w, half_life, start)
        deviations[3 + number] = clip((recent[number] - centre) / scale)
    present = ~np.isnan(w)
    nights = np.cumsum(present)
    # The last night of each day is that of its number; day -1 stands for none.
    last_night = np.append(np.array([-1]), np.flatnonzero(present))[nights]
    z = (np.append(w, np.array([np.nan]))[1:] - centre) / scale
    since = np.arange(len(w)) - last_night
    return Levels(centre, scale, recent, nights.astype(np.float64), since, z, deviations)


def weekday_inputs(weekday: Floats) -> dict[str, Floats]:
    """Seven dummies minus 1/7, so that the average day is 0."""
    return {name: (weekday == day) - 1 / 7 for day, name in enumerate(WEEKDAYS)}


def raw_inputs(history: History) -> dict[str, Floats]:
    """The day's inputs in their own units: bpm, WHOOP strain, kcal/h, ms, °C, h."""
    resting = metric_values(history, Metric.RESTING_HR_BPM)
    cycle_h = metric_values(history, Metric.CYCLE_MIN) / 60
    energy = metric_values(history, Metric.ENERGY_KCAL)
    measured = metric_values(history, Metric.WAKING_HR_BPM)
    return {
        "x:rhr": resting,
        "x:strain": metric_values(history, Metric.STRAIN),
        "x:wakehr": np.where(np.isnan(measured), _waking_from_mean(history), measured),
        "x:kcal_h": np.where(energy > 0, energy, np.nan) / np.clip(cycle_h, *CYCLE_H),
        "x:hrv": np.array(history.hrv, float),
        "x:temp": metric_values(history, Metric.SKIN_TEMP_C),
        "x:cyc_h": cycle_h,
        "x:asleep": metric_values(history, Metric.ASLEEP_MIN) / 60,
    }


def _waking_from_mean(history: History) -> Floats:
    """Waking heart rate, bpm, shape (n,): the mean of the whole day without the time in bed.

    The day is a cycle of the recorder, or a calendar day where it has recorded no cycle so far.
    """
    cycle_h = metric_values(history, Metric.CYCLE_MIN) / 60
    is_calendar = np.cumsum(~np.isnan(cycle_h)) == 0
    day_h = np.where(is_calendar, CALENDAR_DAY_H, cycle_h)
    bed_h, asleep_h = (
        metric_values(history, metric) / 60 for metric in (Metric.IN_BED_MIN, Metric.ASLEEP_MIN)
    )
    bed_h = np.where(is_calendar & np.isnan(bed_h), asleep_h, bed_h)
    night = BED_OVER_RESTING * metric_values(history, Metric.RESTING_HR_BPM)
    measured_night = metric_values(history, Metric.NIGHT_HR_BPM)
    night = np.where(is_calendar & ~np.isnan(measured_night), measured_night, night)
    awake_h = day_h - bed_h
    beats = metric_values(history, Metric.AVERAGE_HR_BPM) * day_h - night * bed_h
    waking = beats / np.where(awake_h > MIN_AWAKE_H, awake_h, np.nan)
    low, high = WAKING_BPM
    return np.where((waking >= low) & (waking <= high), waking, np.nan)


def standard_inputs(raw: Mapping[str, Floats]) -> dict[str, Floats]:
    """The day's inputs as standardised deviations from the person's own mean."""
    z = {
        name: standardise(np.log(values) if name in LOGGED else values, PRIOR_SCALES[name])
        for name, values in raw.items()
    }
    # Too few days for a mean count as an average week, so that the pattern stays usable.
    return z | {
        name: nan_as_zero(mean_of_last(z[source], days=5, least=2))
        for name, source in FIVE_DAYS.items()
    }


def waking_terms(waking: Floats, strain: Floats, tomorrow: Floats) -> dict[str, Floats]:
    """What the waking heart rate does beyond a straight line.

    Args:
        waking: Shape (n,), the standardised waking heart rate; NaN where missing.
        strain: Shape (n,), the standardised strain; NaN where missing.
        tomorrow: Shape (n,), weekday of the target, Monday 0.

    Returns:
        With strain, before a weekend, bent at one spread, and of the day before. NaN where a part
        is missing, so that a poorer pattern serves; a missing day before is 0.
    """
    return {
        "wk*st": clip(waking * strain),
        "wk*we": waking * np.isin(tomorrow, WEEKEND),
        "wk+": np.maximum(waking - 1.0, 0.0),
        "wk-": np.minimum(waking + 1.0, 0.0),
        "wk1": nan_as_zero(lagged(waking)),
    }


def metric_values(history: History, metric: Metric) -> Floats:
    """One metric's column, shape (n,); all NaN when it was never measured."""
    values = history.measured.get(metric)
    return np.array(values, float) if values else np.full(len(history), np.nan)


def nan_as_zero(values: Floats) -> Floats:
    """The values, 0 where missing: the average of a standardised input."""
    return np.where(np.isnan(values), 0.0, values)


@Loop
def lagged(values: Floats) -> Floats:
    """The series one day later, NaN first: what was known the evening before."""
    return np.append(np.array([np.nan]), values)[: len(values)]
