"""Local level model with a fixed weekday effect, by the Kalman filter."""

import warnings
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from hrvctl.domain.arrays import Floats
from hrvctl.domain.forecast.fits import fit_once
from hrvctl.domain.forecast.protocol import MAX_LEAD, RollingForecasts
from hrvctl.domain.series import History

if TYPE_CHECKING:
    from statsmodels.tsa.statespace.structural import UnobservedComponents

# Days between two fits, and days a fit uses (own choice: eight weeks and a year).
REFIT_DAYS = 56
FIT_DAYS = 365
WEEK_DAYS = 7
# Optimiser steps; two parameters settle within ten, and more only polishes.
MAX_ITERATIONS = 15
# Variances (irregular, level) of the standardised series when a fit fails (own choice: a steady
# Kalman gain of .19 a night, about the memory of a weekly mean).
STANDARD_PARAMS = (0.7, 0.03)
# Prior variances of the standardised series: the level starts somewhere within the person's
# range; a weekday moves HRV by about a sixth of its spread (own choice; a diffuse start
# would fit each person's first weeks as weekday effects).
LEVEL_VARIANCE = 1.0
WEEKDAY_VARIANCE = 0.03
# Least spread of ln HRV worth fitting: .1 %, below any device's resolution.
LEAST_SD = 1e-3
# Least sum of the variances of a standardised series that leaves the filter stable.
LEAST_VARIANCE = 1e-4


class LocalLevel:
    """Local level model with a deterministic weekday effect (Harvey 1989, chapters 2 and 4).

    Fitted by statsmodels ``UnobservedComponents`` on standardised ln HRV. The nights since are
    filtered by the same recursions here, so that an evening without a fit does without
    statsmodels.
    """

    name = "local_level"
    title = "local level with weekday"
    min_nights = 28

    def rolling_forecasts(self, history: History, *, first_origin: int) -> RollingForecasts:
        """Forecast on every evening; see ``Forecaster``."""
        n = len(history)
        log_hrv = np.log(np.asarray(history.hrv, dtype=np.float64))
        point = np.full((n + 1, MAX_LEAD), np.nan)
        nights = np.flatnonzero(~np.isnan(log_hrv))
        if len(nights) >= self.min_nights:
            # Refits are at fixed positions, so that no row depends on where the history ends.
            start = int(nights[self.min_nights - 1]) + 1
            for fit_at, end in pairwise([*range(start, n + 1, REFIT_DAYS), n + 1]):
                if end > first_origin:
                    recent = nights[nights < fit_at][-self.min_nights]
                    begin = min(max(fit_at - FIT_DAYS, 0), int(recent))
                    rows = _filter(log_hrv[begin : end - 1], begin, fit_at)
                    point[fit_at:end] = np.exp(rows)
        point[:first_origin] = np.nan
        return RollingForecasts(point=point)


def _filter(log_hrv: Floats, begin: int, fit_at: int) -> Floats:
    """Fit on the days before ``fit_at``, then filter all days with the fitted parameters.

    Args:
        log_hrv: ln ms, shape (m,), NaN marks a missing night.
        begin: Position of the first of them in the history.
        fit_at: Position of the refit.

    Returns:
        ln ms, shape (m - (fit_at - begin) + 1, MAX_LEAD): the forecasts made before each day from
        ``fit_at`` on, and after the last.
    """
    n_fit = fit_at - begin
    mean, sd = float(np.nanmean(log_hrv[:n_fit])), float(np.nanstd(log_hrv[:n_fit]))
    if sd < LEAST_SD:
        sd = 1.0  # nothing to fit; the standard parameters follow the level alone
        params = STANDARD_PARAMS
    else:
        params = fit_once(LocalLevel.name, fit_at, (log_hrv[:n_fit] - mean) / sd, _fit)
    states = predicted_states((log_hrv - mean) / sd, *params)
    return mean + sd * _ahead(states[:, n_fit:])


def predicted_states(z: Floats, irregular: float, level: float) -> Floats:
    """The state before each day, and after the last, by the Kalman filter.

    Args:
        z: Standardised, shape (m,), NaN marks a missing night.
        irregular: Variance of a night around its level.
        level: Variance of the level's steps.

    Returns:
        Shape (WEEK_DAYS, m + 1): the level, then today's weekday effect and those before it.
    """
    state, covariance = np.zeros(WEEK_DAYS), _start()
    states = np.empty((WEEK_DAYS, len(z) + 1))
    for day, value in enumerate(z.tolist()):
        states[:, day] = state
        if value == value:  # not NaN
            with_night = covariance[:, 0] + covariance[:, 1]
            gain = with_night / (with_night[0] + with_night[1] + irregular)
            state = state + gain * (value - state[0] - state[1])
            covariance = covariance - gain[:, None] * with_night
        state = MOVE @ state
        covariance = MOVE @ covariance @ MOVE.T
        covariance[0, 0] += level
    states[:, -1] = state
    return states


def _ahead(states: Floats) -> Floats:
    """Roll each one-step prediction of the state, shape (k, rows), forward over all leads."""
    ahead = np.empty((states.shape[1], MAX_LEAD))
    for h in range(MAX_LEAD):
        ahead[:, h] = states[0] + states[1]
        states = MOVE @ states
    return ahead


def _fit(z: Floats) -> tuple[float, float]:
    """Variances (irregular, level) by maximum likelihood, or the standard ones."""
    try:
        with warnings.catch_warnings():
            # A fit that did not converge is checked below, and by the backtest.
            warnings.simplefilter("ignore")
            fitted = _model(z).fit(maxiter=MAX_ITERATIONS, disp=False, cov_type="none")
    except (ValueError, np.linalg.LinAlgError):
        return STANDARD_PARAMS
    irregular, level = (float(value) for value in fitted.params)
    if not (0 <= irregular < np.inf and 0 <= level < np.inf and irregular + level > LEAST_VARIANCE):
        return STANDARD_PARAMS
    return irregular, level


def _model(z: Floats) -> "UnobservedComponents":
    # Slow to import, and on most evenings no fit is due.
    from statsmodels.tsa.statespace.structural import UnobservedComponents  # noqa: PLC0415

    model = UnobservedComponents(z, level="llevel", seasonal=WEEK_DAYS, stochastic_seasonal=False)
    model.ssm.initialize_known(np.zeros(WEEK_DAYS), _start())
    model.loglikelihood_burn = 0  # the start is proper: every night counts
    return model


def _start() -> Floats:
    """Covariance of the first state."""
    covariance = np.zeros((WEEK_DAYS, WEEK_DAYS))
    covariance[0, 0] = LEVEL_VARIANCE
    # Weekday effects that sum to zero over the week, the last one left out of the state.
    covariance[1:, 1:] = WEEKDAY_VARIANCE * (np.eye(WEEK_DAYS - 1) - 1 / WEEK_DAYS)
    return covariance


def _move() -> Floats:
    """Moves the state on by a day: the level stays, the weekday effects sum to zero."""
    move = np.zeros((WEEK_DAYS, WEEK_DAYS))
    move[0, 0] = 1.0
    move[1, 1:] = -1.0
    move[2:, 1:-1] = np.eye(WEEK_DAYS - 2)
    return move


MOVE = _move()
