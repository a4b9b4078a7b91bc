"""Kept fits are those that fitting again gives, and an evening with all of them fits nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.tsa.statespace.kalman_filter import MEMORY_NO_LIKELIHOOD

from domain.forecast.test_forecasters import past
from hrvctl.domain.forecast import local_level, ses
from hrvctl.domain.forecast.fits import KeptFits, kept_fits
from hrvctl.domain.forecast.local_level import LocalLevel
from hrvctl.domain.forecast.ses import Ses

NIGHTS = 60 + 9 * np.random.default_rng(3).normal(size=150)
NIGHTS[[40, 41, 90]] = np.nan


def forecasts(model, nights, kept):
    """All forecasts of a model with fits at hand."""
    token = kept_fits.set(kept)
    try:
        return model.rolling_forecasts(past(nights), first_origin=0).point
    finally:
        kept_fits.reset(token)


@pytest.mark.parametrize("model", [Ses(), LocalLevel()], ids=lambda m: m.name)
def test_kept_fits_give_the_same_forecasts_to_the_last_digit(model, monkeypatch) -> None:
    """A night later as well: no refit stands between."""
    first = KeptFits({})
    fitted = forecasts(model, NIGHTS[:-1], None)
    assert np.array_equal(forecasts(model, NIGHTS[:-1], first), fitted, equal_nan=True)
    fitted = forecasts(model, NIGHTS, None)
    for module in (ses, local_level):
        monkeypatch.setattr(module, "_fit", pytest.fail)
    again = KeptFits(first.used)
    assert np.array_equal(forecasts(model, NIGHTS, again), fitted, equal_nan=True)
    assert again.used == first.used != {}


@pytest.mark.parametrize("model", [Ses(), LocalLevel()], ids=lambda m: m.name)
def test_changed_past_is_fitted_anew(model) -> None:
    """The fits of other values are not used: a revised night counts from its day on."""
    kept = KeptFits({})
    forecasts(model, NIGHTS, kept)
    revised = NIGHTS.copy()
    revised[30] += 1
    again = KeptFits(kept.used)
    found = forecasts(model, revised, again)
    assert np.array_equal(found, forecasts(model, revised, None), equal_nan=True)
    assert kept.used.keys() - again.used.keys()


@settings(max_examples=30, deadline=None)
@given(
    z=st.lists(st.one_of(st.just(np.nan), st.floats(-4, 4)), min_size=1, max_size=60),
    irregular=st.floats(1e-3, 3),
    level=st.floats(0, 1),
)
def test_filter_is_that_of_statsmodels(z, irregular, level) -> None:
    """The same states before every day, and after the last."""
    values = np.array(z)
    model = local_level._model(values)
    model.update(np.array([irregular, level]))
    theirs = model.ssm.filter(conserve_memory=MEMORY_NO_LIKELIHOOD).predicted_state
    ours = local_level.predicted_states(values, irregular, level)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)
