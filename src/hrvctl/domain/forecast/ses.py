"""Simple exponential smoothing of log HRV."""

import warnings

import numpy as np

from hrvctl.domain.arrays import Floats
from hrvctl.domain.forecast.fits import fit_once
from hrvctl.domain.forecast.naive import flat_forecasts
from hrvctl.domain.forecast.protocol import RollingForecasts
from hrvctl.domain.series import History

# Days between two fits (own choice: four weeks; refitting more often gains nothing).
REFIT_DAYS = 28
# Nights a fit uses at most (a year: habits and devices change; bounds the run time).
FIT_NIGHTS = 365
# Smoothing when a fit fails: 2 / (7 + 1), the weight whose mean age is that of a week's
# mean (Brown 1963).
STANDARD_ALPHA = 0.25
# Smoothing is kept between half-lives of a week and of a night: on short series likelihood piles
# up at zero, which would keep a new person's first mean unchanged (own choice; on nine exported
# histories free fits were 2 % worse than a 7-day mean, these are better than it).
ALPHA_RANGE = (0.1, 0.5)
# Least spread of ln HRV worth fitting: .1 %, below any device's resolution.
LEAST_SD = 1e-3


class Ses:
    """Simple exponential smoothing (Brown 1956), fitted by statsmodels on the past only.

    Nights count, not days: a gap leaves the level where it was.
    """

    name = "ses"
    title = "exponential smoothing"
    min_nights = 14

    def rolling_forecasts(self, history: History, *, first_origin: int) -> RollingForecasts:
        """Forecast on every evening; see ``Forecaster``. Flat over the horizon."""
        n = len(history)
        log_hrv = np.log(np.asarray(history.hrv, dtype=np.float64))
        level = np.full(n + 1, np.nan)
        nights = np.flatnonzero(~np.isnan(log_hrv))
        if len(nights) >= self.min_nights:
            # Refits are at fixed positions, so that no row depends on where the history ends.
            for start in range(int(nights[self.min_nights - 1]) + 1, n + 1, REFIT_DAYS):
                end = min(start + REFIT_DAYS, n + 1)
                if end > first_origin:
                    known = log_hrv[nights[nights < start]][-FIT_NIGHTS:]
                    fitted = fit_once(self.name, start, known, _fit)
                    level[start:end] = _follow(*fitted, log_hrv[start : end - 1])
        return flat_forecasts(np.exp(level), first_origin)


def _follow(level: float, alpha: float, coming: Floats) -> Floats:
    """Update the level over the nights that follow the known ones.

    Args:
        level: After the last known night, ln ms.
        alpha: The smoothing.
        coming: ln ms, shape (m,), NaN marks a missing night.

    Returns:
        Shape (m + 1,), ln ms: the level before each coming day, and after the last.
    """
    levels = [level]
    for value in coming:
        if not np.isnan(value):
            level += alpha * (float(value) - level)
        levels.append(level)
    return np.array(levels)


def _fit(known: Floats) -> tuple[float, float]:
    """The level after the last known night and the smoothing, from standardised values.

    Args:
        known: ln ms, no NaN.
    """
    mean, sd = float(known.mean()), float(known.std())
    if sd < LEAST_SD:
        return mean, STANDARD_ALPHA
    # Slow to import, and on most evenings no fit is due.
    from statsmodels.tsa.holtwinters import SimpleExpSmoothing  # noqa: PLC0415

    z = (known - mean) / sd
    with warnings.catch_warnings():
        # An optimiser that stopped early still gives a usable smoothing, or a bad one that the
        # backtest shows.
        warnings.simplefilter("ignore")
        model = SimpleExpSmoothing(z, initialization_method="estimated")
        alpha = float(np.clip(model.fit().params["smoothing_level"], *ALPHA_RANGE))
        level = float(model.fit(smoothing_level=alpha).level[-1])
    if not np.isfinite([alpha, level]).all():
        return mean, STANDARD_ALPHA
    return mean + sd * level, alpha
