"""Rebuild the forecasts of past evenings, and score all forecasters on the same mornings."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from hrvctl.domain.arrays import Bools, Floats, Ints
from hrvctl.domain.artifacts.training import Backtest
from hrvctl.domain.forecast.protocol import (
    MAX_LEAD,
    MAX_STALE_DAYS,
    SHOWN_HORIZONS,
    Forecaster,
    RollingForecasts,
)
from hrvctl.domain.intervals import around, lead_errors, needed, radii
from hrvctl.domain.scoring.measures import Coverage, share_inside
from hrvctl.domain.scoring.scores import MIN_MORNINGS
from hrvctl.domain.series import History
from hrvctl.records import INTERVALS, LEVELS, MA7, NAIVE, Forecast

# Days of errors an interval is made from (own choice: eight months; the scored half year and
# two months before it, so that the first scored mornings have intervals as well).
CALIBRATION_DAYS = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class PastForecasts:
    """One forecaster's forecasts of past mornings, each made so many evenings before.

    Attributes:
        first: Position of the first morning in the history.
        mean: Shape (m,), ms, of that morning and the ones after it; NaN where there is none.
        quantiles: Shape (m, len(LEVELS)), ms; NaN where a level is not stated.
        horizon: Shape (m,), days from the last night known to the morning.
    """

    first: int
    mean: Floats
    quantiles: Floats
    horizon: Ints

    @property
    def made(self) -> Bools:
        """Shape (m,), whether there is a forecast of the morning."""
        return ~np.isnan(self.mean)

    def by_morning(self, history: History, *, source: str) -> dict[date, Forecast]:
        """The forecast of each morning that has one, oldest first, by the name of its source."""
        return {
            target: Forecast(
                target=target,
                horizon_days=int(self.horizon[i]),
                source=source,
                mean_ms=float(self.mean[i]),
                quantiles_ms=_stated(self.quantiles[i]),
            )
            for i in np.flatnonzero(self.made).tolist()
            for target in [history.day(self.first + i)]
        }


class Rolled:
    """A forecaster's rolling forecasts over a history, with intervals.

    Intervals of a forecaster that does not state its own are made from the errors known by each
    evening.

    Args:
        history: n calendar days.
        rolling: The forecaster's rolling forecasts over them.
    """

    def __init__(self, history: History, rolling: RollingForecasts) -> None:
        self.history = history
        self.rolling = rolling
        self._hrv = np.asarray(history.hrv)
        self._ages = _ages(self._hrv)
        self._errors = np.full((len(history), rolling.point.shape[1]), np.nan)
        asked = np.flatnonzero(~np.isnan(rolling.point[:, 0]))
        if rolling.quantiles is None and len(asked):
            # Row i was made on the evening of position i - 1.
            start = max(int(asked[0]) - 1, 0)
            self._errors[start:] = lead_errors(rolling.point[start:], self._hrv[start:])

    def past(self, *, first: int, lead: int = 1) -> PastForecasts:
        """The forecasts made ``lead`` evenings before each morning.

        Mornings without a night, or after more than ``MAX_STALE_DAYS`` without data (when no
        forecast is made), have none.

        Args:
            first: Position of the first morning.
            lead: From 1 for tomorrow to ``SHOWN_HORIZONS``.
        """
        mornings = np.arange(first, len(self.history))
        # Row i was forecast on the evening before position i, for the morning at i + lead - 1.
        rows = np.maximum(mornings - lead + 1, 0)
        point = self.rolling.point[rows, lead - 1]
        made = ~np.isnan(self._hrv[mornings]) & ~np.isnan(point) & (mornings >= lead - 1)
        made &= self._ages[rows] <= MAX_STALE_DAYS + 1
        quantiles = np.full((len(rows), len(LEVELS)), np.nan)
        quantiles[made] = self._quantiles(rows[made], np.full(made.sum(), lead))
        return PastForecasts(
            first=first,
            mean=np.where(made, point, np.nan),
            quantiles=quantiles,
            horizon=self._ages[rows] + lead - 1,
        )

    def upcoming(self, *, source: str) -> tuple[Forecast, ...]:
        """The forecasts of tomorrow and the six days after; empty when the forecaster has none.

        Args:
            source: The forecaster's name.
        """
        n, leads = len(self.history), np.arange(1, SHOWN_HORIZONS + 1)
        age = int(self._ages[n])
        if np.isnan(self.rolling.point[n, 0]) or age + SHOWN_HORIZONS - 1 > MAX_LEAD:
            return ()
        quantiles = self._quantiles(np.full(len(leads), n), leads)
        return tuple(
            Forecast(
                target=self.history.day(n + i),
                horizon_days=age + i,
                source=source,
                mean_ms=mean_ms,
                quantiles_ms=stated,
                missing=self._missing(stated),
            )
            for i, mean_ms in enumerate(self.rolling.point[n, : len(leads)].tolist())
            for stated in [_stated(quantiles[i])]
        )

    def _quantiles(self, rows: Ints, leads: Ints) -> Floats:
        """Quantiles of k forecasts by their row and lead; shape (k, len(LEVELS)), ms."""
        if self.rolling.quantiles is not None:
            return self.rolling.quantiles[rows, leads - 1]
        horizons = self._ages[rows] + leads - 1
        half_widths = radii(self._errors, rows, horizons, days=CALIBRATION_DAYS)
        return around(self.rolling.point[rows, leads - 1], half_widths)

    def _missing(self, stated: Mapping[float, float]) -> tuple[str, ...]:
        """Why an interval of tonight is not stated, for each that is not."""
        if len(stated) == len(LEVELS):
            return ()
        why = "the model does not state it yet"
        if self.rolling.quantiles is None:
            known = ~np.isnan(self._errors[-CALIBRATION_DAYS:])
            why = f"have {known.sum(axis=0).max(initial=0)} errors, need {{needed}}"
        return tuple(
            f"{percent} %: {why.format(needed=needed(percent / 100))}"
            for percent, ends in INTERVALS.items()
            if any(end not in stated for end in ends)
        )


def roll(history: History, forecaster: Forecaster, *, first: int) -> Rolled:
    """Run a forecaster on every evening that a forecast of a morning from ``first`` on needs."""
    # The first morning is forecast up to MAX_LEAD earlier, from errors of CALIBRATION_DAYS before,
    # whose forecasts were made up to MAX_LEAD before they became known.
    first_origin = max(first - CALIBRATION_DAYS - 2 * MAX_LEAD, 0)
    return Rolled(history, forecaster.rolling_forecasts(history, first_origin=first_origin))


def backtest(
    history: History, forecaster: Forecaster, *, first: int, leads: Sequence[int]
) -> tuple[dict[date, Forecast], ...]:
    """Run a forecaster on every past evening that has a forecast of a morning from ``first`` on.

    The same whatever ``first`` is: earlier evenings are run as far as intervals need them.

    Args:
        history: n calendar days.
        forecaster: The one to run.
        first: Position of the first morning.
        leads: Each from 1 for tomorrow to ``SHOWN_HORIZONS``.

    Returns:
        For each lead the forecast of each morning, oldest first.
    """
    rolled = roll(history, forecaster, first=first)
    return tuple(
        rolled.past(first=first, lead=lead).by_morning(history, source=forecaster.name)
        for lead in leads
    )


def _stated(quantiles: Floats) -> dict[float, float]:
    """Level to value of the levels that are stated."""
    values = zip(LEVELS, quantiles.tolist(), strict=True)
    return {level: value for level, value in values if value == value}


def compare(history: History, forecasts: Mapping[str, PastForecasts]) -> dict[str, Backtest]:
    """Score forecasters on the mornings all of them have; empty when there are none.

    Those with fewer than ``MIN_MORNINGS`` are left out, so that a newcomer does not shrink the
    record of the others; while none has as many, those with most are kept. Quantiles are scored on
    the mornings for which all state that level.

    Args:
        history: With the outcomes.
        forecasts: Of each forecaster, of the same mornings; the last value and the 7-day mean
            among them.
    """
    counts = {name: int(one.made.sum()) for name, one in forecasts.items()}
    enough = min(MIN_MORNINGS, max(counts.values(), default=0))
    kept = {name: one for name, one in forecasts.items() if counts[name] >= enough}
    if not enough:
        return {}
    shared = np.logical_and.reduce([one.made for one in kept.values()])
    days = np.flatnonzero(shared) + next(iter(kept.values())).first
    if not len(days):
        return {}
    actual = np.asarray(history.hrv)[days]
    errors = {name: one.mean[shared] - actual for name, one in kept.items()}
    total = {name: math.fsum(np.abs(error).tolist()) for name, error in errors.items()}
    quantiles = {name: one.quantiles[shared] for name, one in kept.items()}
    stated = ~np.logical_or.reduce([np.isnan(own) for own in quantiles.values()])
    return {
        name: Backtest(
            first_day=history.day(int(days[0])),
            last_day=history.day(int(days[-1])),
            n=len(days),
            mae_ms=total[name] / len(days),
            bias_ms=math.fsum(error.tolist()) / len(days),
            rmse_ms=math.sqrt(math.fsum((error * error).tolist()) / len(days)),
            n_pinball=int(stated.all(axis=1).sum()),
            pinball_ms=_pinball(actual, quantiles[name], stated.all(axis=1)),
            coverage_80=_coverage(actual, quantiles[name], stated, 80),
            coverage_95=_coverage(actual, quantiles[name], stated, 95),
            relative_to_ma7=_relative(total, name, MA7),
            relative_to_naive=_relative(total, name, NAIVE),
        )
        for name, error in errors.items()
    }


def _relative(total: Mapping[str, float], name: str, reference: str) -> float | None:
    """The sum of absolute errors over that of a reference, where it has made any."""
    return total[name] / total[reference] if total.get(reference) else None


def _pinball(actual: Floats, quantiles: Floats, complete: Bools) -> float | None:
    """Mean pinball loss over the levels, ms, of the mornings with all of them."""
    error = actual[complete, None] - quantiles[complete]
    losses = np.maximum(np.array(LEVELS) * error, (np.array(LEVELS) - 1) * error)
    return math.fsum(losses.ravel().tolist()) / losses.size if losses.size else None


def _coverage(actual: Floats, quantiles: Floats, stated: Bools, percent: int) -> Coverage | None:
    """How often an interval held, on the mornings with one."""
    low, high = map(LEVELS.index, INTERVALS[percent])
    rows = stated[:, low] & stated[:, high]
    outcome, least, most = actual[rows], quantiles[rows, low], quantiles[rows, high]
    inside = int(((least <= outcome) & (outcome <= most)).sum())
    return share_inside(percent / 100, inside, (most - least).tolist())


def _ages(hrv: Floats) -> Ints:
    """Days from the last night below each position to it; n + 1 and more when there is none."""
    n = len(hrv)
    positions = np.where(np.isnan(hrv), -n - 1, np.arange(n))
    newest = np.concatenate([[-n - 1], np.maximum.accumulate(positions)])
    return np.asarray(np.arange(n + 1) - newest, dtype=np.int64)
