"""Effects of several people pooled: the published figures of metafor, and what few people tell."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrvctl.domain.random_effects import PooledEffect, pool

# The 13 trials of the BCG vaccine (Colditz et al. 1994, JAMA 271; metadat::dat.bcg): cases and
# others among the vaccinated and among the controls.
BCG = [
    (4, 119, 11, 128),
    (6, 300, 29, 274),
    (3, 228, 11, 209),
    (62, 13536, 248, 12619),
    (33, 5036, 47, 5761),
    (180, 1361, 372, 1079),
    (8, 2537, 10, 619),
    (505, 87886, 499, 87892),
    (29, 7470, 45, 7232),
    (17, 1699, 65, 1600),
    (186, 50448, 141, 27197),
    (5, 2493, 3, 2338),
    (27, 16886, 29, 17825),
]
# What metafor prints (Viechtbauer 2010, J Stat Softw 36(3); its README and documentation) of
# rma(yi, vi, data=dat, test="knha"), and of predict(rma(yi, vi, data=dat), transf=exp).
METAFOR = {
    "mean": -0.7145,
    "error": 0.1808,
    "low": -1.1084,
    "high": -0.3206,
    "tau2": 0.3132,
    "i2": 0.9222,
    "q": 152.2330,
}
METAFOR_RATIO_PREDICTED = (0.1546, 1.5490)
NORMAL_UPPER, T11_UPPER = 1.959964, 2.200985

finite = st.floats(-5, 5)
errors = st.floats(0.01, 3)


def bcg():
    """Log risk ratios and their standard errors."""
    found = []
    for a, b, c, d in BCG:
        ratio = math.log((a / (a + b)) / (c / (c + d)))
        found.append((ratio, math.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))))
    return map(list, zip(*found, strict=True))


def measured(found: PooledEffect) -> list[float | None]:
    return [found.mean, found.error, found.low, found.high, found.tau2, found.q, found.i2]


def test_figures_are_those_of_metafor() -> None:
    found = pool(*bcg())
    for name, value in METAFOR.items():
        assert getattr(found, name) == pytest.approx(value, abs=0.5e-4), name
    assert found.q_p < 0.0001
    assert found.n == 13
    assert found.missing == ()


def test_prediction_interval_is_metafors_but_for_students_t() -> None:
    """Metafor's default takes the normal distribution; ours Student's t with 11 df."""
    found = pool(*bcg())
    low, high = (math.log(end) for end in METAFOR_RATIO_PREDICTED)
    reach = (high - low) / 2 / NORMAL_UPPER * T11_UPPER
    assert found.predicted_high - found.mean == pytest.approx(reach, abs=4e-4)
    assert found.mean - found.predicted_low == pytest.approx(reach, abs=4e-4)


def test_tau2_has_the_largest_restricted_likelihood() -> None:
    y, error = (np.array(column) for column in bcg())

    def likelihood(tau2):
        w = 1 / (error**2 + tau2)
        mean = w @ y / w.sum()
        return 0.5 * (np.log(w).sum() - np.log(w.sum()) - w @ (y - mean) ** 2)

    best = likelihood(pool(y, error).tau2)
    assert all(likelihood(tau2) < best for tau2 in (0, 0.1, 0.31, 0.316, 0.5, 2.0))


def test_of_nobody_there_is_nothing() -> None:
    assert pool([], []) is None


def test_one_person_is_no_mean() -> None:
    assert pool([-0.1], [0.05]) == PooledEffect(
        n=1,
        mean=-0.1,
        error=pytest.approx(0.05),
        missing=(
            "interval: have 1 person, need 2",
            "prediction interval: have 1 person, need 3",
        ),
    )


def test_two_people_predict_no_third() -> None:
    """With two equal errors the REML of tau² is the variance of both, less the error's."""
    found = pool([0.0, 1.0], [0.1, 0.1])
    assert found.tau2 == pytest.approx(0.5 - 0.01)
    assert (found.mean, found.error) == (pytest.approx(0.5), pytest.approx(0.5))
    assert found.high == pytest.approx(0.5 + 0.5 * 12.7062047)  # Student's t, 1 df
    assert found.predicted_low is found.predicted_high is None
    assert found.missing == ("prediction interval: have 2 people, need 3",)


def test_people_who_agree_are_not_certain() -> None:
    """The scatter is nil; the interval is still as wide as their own errors make it."""
    found = pool([-0.1] * 4, [0.2] * 4)
    assert (found.tau2, found.q, found.i2) == (0, pytest.approx(0), 0)
    assert found.error == pytest.approx(0.1)
    assert found.high - found.mean == pytest.approx(0.1 * 3.1824463)  # Student's t, 3 df
    assert found.q_p == pytest.approx(1)


@pytest.mark.parametrize("error", [0.0, float("nan"), float("inf")])
def test_an_effect_without_an_error_is_refused(error) -> None:
    with pytest.raises(ValueError, match="standard error"):
        pool([0.1, 0.2], [0.1, error])


def test_an_effect_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        pool([0.1, float("nan")], [0.1, 0.1])


@given(st.lists(st.tuples(finite, errors), min_size=3, max_size=12), finite, st.floats(0.1, 10))
def test_shift_and_unit_pass_through(people, shift, unit) -> None:
    """The result is that of the same effects told in another unit from another zero."""
    y, error = (np.array(column) for column in zip(*people, strict=True))
    found, moved = pool(y, error), pool(shift + unit * y, unit * error)
    near = {"rel": 1e-4, "abs": 1e-6}
    assert moved.mean == pytest.approx(shift + unit * found.mean, **near)
    assert moved.tau2 == pytest.approx(unit**2 * found.tau2, **near)
    assert moved.high - moved.low == pytest.approx(unit * (found.high - found.low), **near)


@given(st.lists(st.tuples(finite, errors), min_size=3, max_size=12))
def test_intervals_are_in_order(people) -> None:
    """The mean lies among the effects, its interval inside the prediction where people differ."""
    y, error = zip(*people, strict=True)
    found = pool(y, error)
    assert min(y) - 1e-9 <= found.mean <= max(y) + 1e-9
    assert found.low < found.mean < found.high
    assert found.predicted_low < found.mean < found.predicted_high
    assert found.tau2 >= 0
    assert 0 <= found.i2 < 1


@given(st.permutations(range(13)))
def test_order_of_people_is_of_no_account(order) -> None:
    y, error = bcg()
    found = pool([y[place] for place in order], [error[place] for place in order])
    assert measured(found) == pytest.approx(measured(pool(y, error)))


def test_more_people_narrow_the_mean_but_not_the_prediction() -> None:
    rng = np.random.default_rng(5)
    true = rng.normal(-0.1, 0.05, 400)
    y, error = rng.normal(true, 0.03), np.full(400, 0.03)
    few, many = pool(y[:20], error[:20]), pool(y, error)
    assert math.sqrt(many.tau2) == pytest.approx(0.05, rel=0.15)
    assert many.low < -0.1 < many.high
    assert many.high - many.low < (few.high - few.low) / 3
    assert many.predicted_high - many.predicted_low > 3.5 * 0.05
    inside = (many.predicted_low < true) & (true < many.predicted_high)
    assert 0.9 < inside.mean() < 1


def test_a_person_with_a_wide_interval_weighs_little() -> None:
    assert pool([0.0, 0.0, 5.0], [0.1, 0.1, 50.0]).mean == pytest.approx(0, abs=1e-3)
