"""Each regime is what its name says, and nothing beats its truth."""

import numpy as np
import pytest
from regimes import REGIMES, simulate_regime


@pytest.mark.parametrize("name", REGIMES)
def test_a_longer_series_begins_with_the_shorter(name: str) -> None:
    """A day more changes nothing of what was, and the same seed gives the same series."""
    shorter = simulate_regime(name, n_days=300, seed=4)
    longer = simulate_regime(name, n_days=400, seed=4)
    np.testing.assert_array_equal(longer.hrv_ms[:300], shorter.hrv_ms)
    np.testing.assert_array_equal(longer.expected_ms[:300], shorter.expected_ms)


@pytest.mark.parametrize("name", REGIMES)
def test_no_simple_forecast_beats_the_truth(name: str) -> None:
    """Neither the last value nor a mean of seven comes nearer than the expected median."""
    regime = simulate_regime(name, n_days=4000, seed=2)
    seen = np.isfinite(regime.hrv_ms)
    assert np.all(regime.hrv_ms[seen] > 0)
    truth = np.nanmean(np.abs(regime.hrv_ms - regime.expected_ms))
    last = np.nanmean(np.abs(np.diff(regime.hrv_ms)))
    windows = np.lib.stride_tricks.sliding_window_view(regime.hrv_ms[:-1], 7)
    ma7 = np.nanmean(np.abs(regime.hrv_ms[7:] - windows.mean(axis=1)))
    if name == "random_walk":  # there the last value *is* the truth
        assert truth == pytest.approx(last, rel=1e-3)
    else:
        assert truth < 0.97 * min(last, ma7)


@pytest.mark.parametrize("name", REGIMES)
def test_the_truth_is_the_median(name: str) -> None:
    """Half of the mornings lie above what was expected."""
    regime = simulate_regime(name, n_days=4000, seed=3)
    seen = np.isfinite(regime.hrv_ms)
    above = np.mean(regime.hrv_ms[seen] > regime.expected_ms[seen])
    assert above == pytest.approx(0.5, abs=4 * 0.5 / 4000**0.5)


def test_only_gaps_has_gaps() -> None:
    """The regime of gaps misses a fifth of its nights, long stretches among them; others none."""
    missing = {
        name: np.isnan(simulate_regime(name, n_days=2000, seed=1).hrv_ms) for name in REGIMES
    }
    assert {name for name, gone in missing.items() if gone.any()} == {"gaps"}
    assert 0.15 < missing["gaps"].mean() < 0.4
    assert np.lib.stride_tricks.sliding_window_view(missing["gaps"], 12).all(axis=1).any()


def test_an_unknown_regime_is_refused() -> None:
    """A misspelt name does not give a default."""
    with pytest.raises(KeyError):
        simulate_regime("ar2", n_days=10, seed=1)
