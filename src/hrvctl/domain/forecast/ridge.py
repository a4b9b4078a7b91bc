"""Robust ridge regression towards a prior, refitted every day in one pass."""

import numpy as np

from hrvctl.domain.arrays import Floats
from hrvctl.domain.loops import Loop

KEEP_VARIANCE = 0.98  # a memory of about 50 errors (own choice, measured on nine people)
CLIP_ERROR = 3.0  # one error counts for at most three standard deviations


@Loop
def refit_daily(inputs: Floats, targets: Floats, prior: Floats, precision: Floats) -> Floats:
    """Coefficients as they stand on each evening, from the evenings whose outcome is known.

    Minimises sum g_i (z_i - x_i'b)^2 + (b - b0)'K(b - b0). The weight g_i = min(1, sd/|e_i|)
    (Huber 1964, threshold of one standard deviation) is set once, when the one-step error e_i
    becomes known, so the minimum follows exactly from recursive least squares (Plackett 1950):
    no system is solved anew.

    Args:
        inputs: Shape (n, p); a row with a NaN teaches nothing.
        targets: Shape (n,); target i is known on evening i + 1; NaN where it never was.
        prior: Shape (p,), b0.
        precision: Shape (p,), the diagonal of K, positive.

    Returns:
        Shape (n, p); row i uses targets below i alone.
    """
    n, p = inputs.shape
    out = np.empty((n, p))
    b = prior.copy()
    covariance = np.diag(1.0 / precision)
    variance = 1.0
    usable = ~(np.isnan(inputs).any(axis=1) | np.isnan(targets))
    for i in range(n):
        out[i] = b
        if not usable[i]:
            continue
        x = inputs[i]
        error = float(targets[i] - x @ b)
        square = error * error
        weight = min(1.0, (variance / square) ** 0.5) if square > 0 else 1.0
        gain = covariance @ x
        scaled = gain * (weight / (1.0 + weight * float(x @ gain)))
        b = b + scaled * error
        covariance -= scaled[:, None] * gain
        share = min(square, CLIP_ERROR**2 * variance)
        variance = KEEP_VARIANCE * variance + (1 - KEEP_VARIANCE) * share
    return out


@refit_daily.compiled_from
def _refit_in_loops(inputs: Floats, targets: Floats, prior: Floats, precision: Floats) -> Floats:
    n, p = inputs.shape
    out = np.empty((n, p))
    b = prior.copy()
    width = p + -p % 4  # whole vector registers: a remainder is taken one by one
    covariance = np.zeros((p, width))
    for j in range(p):
        covariance[j, j] = 1.0 / precision[j]
    gain = np.empty(width)
    variance = 1.0
    for i in range(n):
        out[i] = b
        x = inputs[i]
        error = targets[i]
        for j in range(p):
            error -= x[j] * b[j]
        if error != error:
            continue
        square = error * error
        weight = min(1.0, (variance / square) ** 0.5) if square > 0 else 1.0
        # The covariance is symmetric: whole rows at once suit vector instructions, sums do not.
        gain[:] = 0.0
        for j in range(p):
            for k in range(width):
                gain[k] += x[j] * covariance[j, k]
        along = 0.0
        for j in range(p):
            along += x[j] * gain[j]
        scaled = weight / (1.0 + weight * along)
        for j in range(p):
            step = gain[j] * scaled
            b[j] += step * error
            for k in range(width):
                covariance[j, k] -= step * gain[k]
        share = min(square, CLIP_ERROR**2 * variance)
        variance = KEEP_VARIANCE * variance + (1 - KEEP_VARIANCE) * share
    return out


@Loop
def forecast_daily(inputs: Floats, coefficients: Floats) -> Floats:
    """What each evening's coefficients say of its inputs; shape (n,), NaN where one is missing.

    Args:
        inputs: Shape (n, p).
        coefficients: Shape (n, p), from ``refit_daily``.
    """
    ahead: Floats = (inputs * coefficients).sum(axis=1)
    return ahead


@forecast_daily.compiled_from
def _forecast_in_loops(inputs: Floats, coefficients: Floats) -> Floats:
    out = np.zeros(len(inputs))
    for i in range(len(inputs)):
        for j in range(inputs.shape[1]):
            out[i] += inputs[i, j] * coefficients[i, j]
    return out
