"""Regress the next morning's log HRV on an answer and on controls known that evening.

    log HRV(D + 1) = b answer(D) + controls(D) + error

The controls are log HRV(D), its robust means (half-lives ``HALF_LIVES``), the weekday of the
morning, and the strain of D where it is measured. The heart rate awake is not one: it is on the
path from what a person does to their HRV. b is the effect, a difference of logs.

References:
    Newey & West 1987, Econometrica 55: standard errors under autocorrelation (HAC).
    Angrist & Pischke 2009, Mostly Harmless Econometrics, 8.1: in small samples robust errors come
        out too small; take the larger of them and the conventional one.
    Frisch & Waugh 1933, Econometrica 1: partialling the controls out leaves b as it is.
    Gelper, Fried & Croux 2010, J Forecasting 29: robust exponential smoothing.
"""

from dataclasses import dataclass

import numpy as np

from hrvctl.domain.arrays import Floats
from hrvctl.domain.forecast.features import PRIOR_SCALES
from hrvctl.domain.forecast.recursions import robust_level
from hrvctl.domain.series import NAN, History
from hrvctl.records import Metric

# Half-lives of the robust means, observed days (own choice: two days, a week, three weeks).
HALF_LIVES = (2.0, 6.0, 20.0)
# Lags of the HAC error, evenings (own choice: a week).
HAC_LAGS = 7
# Answers of each kind from which there is a regression (own choice).
MIN_ANSWERS = 8
# Share of the evenings that must have a strain for it to be a control; those without are then
# left out (own choice: a tenth is no great loss).
MIN_STRAIN_SHARE = 0.9
# Share of an answer's variance that the controls must leave to it (own choice: with less it
# cannot be told apart from the weekday).
MIN_OWN_SHARE = 0.01
# Residual variance of log HRV below which there is nothing to explain (own choice: a ten
# thousandth of a percent, far below any device's rounding).
MIN_VARIANCE = 1e-12
# Circular shifts of an answer, or as many as there are, and the seed that picks them (own choice).
SHIFTS = 300
SEED = 11
# Relative difference below which two floats are equal.
TIE = 1e-9
WEEK_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Evenings:
    """The values known on each evening, and the HRV of the next morning.

    Attributes:
        ahead: Shape (n,), log HRV of the next morning; NaN where there was none.
        known: Shape (n, 1 + len(HALF_LIVES)), log HRV and its robust means.
        weekday: Shape (n,), weekday of the next morning, Monday 0.
        strain: Shape (n,), strain of the day, 0 to 21; NaN where not measured.
    """

    ahead: Floats
    known: Floats
    weekday: Floats
    strain: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The evenings of one regression, without missing values.

    Attributes:
        ahead: Shape (m,), log HRV of the next morning.
        answer: Shape (m,).
        controls: Shape (m, k), the constant first.
        basis: Shape (m, k), orthonormal, of what the controls span.
        n_yes: Answers above 0.
    """

    ahead: Floats
    answer: Floats
    controls: Floats
    basis: Floats
    n_yes: int

    @property
    def n(self) -> int:
        """Number of evenings."""
        return len(self.ahead)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The coefficient of one answer.

    Attributes:
        b: Difference of log HRV per unit of the answer.
        low: Lower end of its 95 % confidence interval.
        high: Upper end.
        error: Its standard error.
        p: Two-sided, from Student's t.
    """

    b: float
    low: float
    high: float
    error: float
    p: float


def lay_out(history: History) -> Evenings:
    """Lay a history out by evening; row D uses days up to D, and ``ahead`` D + 1."""
    w = np.log(np.array(history.hrv, float))
    start = np.full(len(w), PRIOR_SCALES["x:hrv"])
    levels = [robust_level(w, half_life, start) for half_life in HALF_LIVES]
    strain = history.measured.get(Metric.STRAIN, (NAN,) * len(w))
    return Evenings(
        ahead=np.append(w[1:], np.nan) if len(w) else w,
        known=np.column_stack([w, *levels]),
        weekday=(history.first.weekday() + 1.0 + np.arange(len(w), dtype=np.float64)) % WEEK_DAYS,
        strain=np.array(strain, float),
    )


def gather(evenings: Evenings, answers: Floats, *, with_strain: bool) -> Rows:
    """Keep the evenings without missing values.

    Args:
        evenings: All of them, n.
        answers: Shape (n,), NaN where unanswered.
        with_strain: Whether the strain is a control.
    """
    parts = [answers, evenings.ahead, evenings.known]
    whole = ~np.isnan(np.column_stack([*parts, evenings.strain] if with_strain else parts))
    kept = whole.all(axis=1)
    days = np.unique(evenings.weekday[kept])
    columns = [
        *evenings.known[kept].T,
        # The constant is the first weekday.
        *(np.where(evenings.weekday[kept] == day, 1.0, 0.0) for day in days[1:]),
        *([evenings.strain[kept]] if with_strain else []),
    ]
    varying = [column for column in columns if np.ptp(column) > 0] if kept.any() else []
    controls = np.column_stack([np.ones(kept.sum()), *varying])
    return Rows(
        ahead=evenings.ahead[kept],
        answer=answers[kept],
        controls=controls,
        basis=np.linalg.qr(controls)[0],
        n_yes=int((answers[kept] > 0).sum()),
    )


def has_strain(evenings: Evenings, answers: Floats) -> bool:
    """Whether enough of the evenings with an answer have a strain."""
    parts = [answers, evenings.ahead, evenings.known]
    kept = ~np.isnan(np.column_stack(parts)).any(axis=1)
    return bool(kept.any() and np.mean(~np.isnan(evenings.strain[kept])) >= MIN_STRAIN_SHARE)


def lacking(rows: Rows) -> str:
    """Return why these rows are not enough for a regression; empty when they are."""
    yes, no = rows.n_yes, rows.n - rows.n_yes
    few = [f"{n} {name}" for n, name in ((yes, "yes"), (no, "no")) if n < MIN_ANSWERS]
    if few:
        return f"have {' and '.join(few)}, need {MIN_ANSWERS}{' of each' if len(few) > 1 else ''}"
    ahead, answer = (_partial_out(rows.basis, column) for column in (rows.ahead, rows.answer))
    if np.mean(ahead**2) < MIN_VARIANCE:
        return "HRV did not vary on these days"
    if np.mean(answer**2) < MIN_OWN_SHARE * np.var(rows.answer):
        return "yes follows the weekday so closely that the two cannot be told apart"
    return ""


def estimate(rows: Rows) -> Estimate:
    """Regress the morning on the answer; see the module.

    Args:
        rows: With nothing ``lacking``.
    """
    # Slow to import: only where there is a regression.
    from statsmodels.regression.linear_model import OLS  # noqa: PLC0415

    plain = OLS(rows.ahead, np.column_stack([rows.answer, rows.controls])).fit()
    hac = plain.get_robustcov_results("HAC", maxlags=HAC_LAGS, use_correction=True, use_t=True)
    fit = max(plain, hac, key=lambda result: float(result.bse[0]))
    low, high = fit.conf_int()[0]
    return Estimate(
        b=float(fit.params[0]),
        low=float(low),
        high=float(high),
        error=float(fit.bse[0]),
        p=float(fit.pvalues[0]),
    )


def shift_p(rows: Rows) -> float:
    """The share of circular shifts of the answers with as large an effect.

    A circular shift keeps the runs of the answers and breaks their link to the mornings. The
    statistic is the partial correlation; p counts the unshifted answers among the shifted ones
    (Phipson & Smyth 2010, Stat Appl Genet Mol Biol 9), two-sided, so that it is never below 1/301.

    Args:
        rows: With nothing ``lacking``.
    """
    n = rows.n
    # Products of every column with the answers at every shift, by Fourier transform: the controls
    # are partialled out of all shifted answers at once.
    columns = np.column_stack([_partial_out(rows.basis, rows.ahead), rows.basis])
    spectrum = np.fft.rfft(columns, axis=0) * np.fft.rfft(rows.answer).conj()[:, None]
    products = np.fft.irfft(spectrum, n=n, axis=0)
    own = rows.answer @ rows.answer - (products[:, 1:] ** 2).sum(axis=1)
    explained = products[:, 0] ** 2 / np.where(own > TIE * n, own, np.inf)
    shifts = 1 + np.random.default_rng(SEED).permutation(n - 1)[:SHIFTS]
    return float((1 + np.sum(explained[shifts] >= explained[0] * (1 - TIE))) / (1 + len(shifts)))


def _partial_out(basis: Floats, column: Floats) -> Floats:
    """What the controls leave of a column, shape (m,)."""
    rest: Floats = column - basis @ (basis.T @ column)
    return rest
