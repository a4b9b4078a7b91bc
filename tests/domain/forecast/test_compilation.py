"""The compiled loops say what the plain ones say, for every target, lead and quantile."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hrvctl.domain.forecast.compilation import can_compile, compiled_loops, warm
from hrvctl.domain.forecast.hierarchical import Hierarchical
from hrvctl.domain.forecast.naive import MovingAverage, Naive
from hrvctl.domain.forecast.targets import HRV, TARGETS
from hrvctl.domain.forecast.walk_forward import WalkedForecasts
from hrvctl.domain.loops import compiler
from hrvctl.domain.series import History
from hrvctl.domain.training import train
from hrvctl.records import Metric

FIRST = date(2024, 1, 1)
# ms, bpm or breaths a minute: far below a digit that is stored.
TOLERANCE = 1e-9
# Least and largest value of each input, and its decimals: few, so that there are ties.
INPUTS = {
    Metric.RESTING_HR_BPM: (40, 70, 0),
    Metric.RESPIRATORY_RATE_RPM: (12, 18, 1),
    Metric.SKIN_TEMP_C: (33, 35, 1),
    Metric.STRAIN: (0, 20, 1),
    Metric.ENERGY_KCAL: (0, 3000, 0),
    Metric.AVERAGE_HR_BPM: (55, 90, 0),
    Metric.CYCLE_MIN: (900, 1800, 0),
    Metric.IN_BED_MIN: (300, 600, 0),
    Metric.ASLEEP_MIN: (300, 560, 0),
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for compiled loops, with every loop in it."""
    folder = tmp_path_factory.mktemp("numba")
    warm(folder)
    return folder


@st.composite
def series(draw: st.DrawFn, n: int, low: float, high: float, digits: int) -> tuple[float, ...]:
    """Values with ties, gaps of days and of weeks, or none at all; now and then a constant."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    values = np.round(rng.uniform(low, high, n), digits)
    if draw(st.integers(0, 5)) == 0:
        values[:] = values[0]
    values[rng.random(n) < draw(st.sampled_from([0.0, 0.1, 0.6]))] = np.nan
    gap = draw(st.integers(0, 20))
    start = draw(st.integers(0, n))
    values[start : start + gap] = np.nan
    return tuple(values.tolist())


@st.composite
def histories(draw: st.DrawFn) -> History:
    """One night or many months; with or without each input; answers in time and late."""
    n = draw(st.sampled_from([1, 2, 5, 23, 70, 300]))
    tags = draw(st.sets(st.sampled_from(["alcohol", "late_meal", "sick"])))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    answers = [0.0, 1.0, np.nan] + [2.5] * draw(st.integers(0, 1))
    late = draw(st.sampled_from([0.0, 0.3, 1.0]))
    first = FIRST + timedelta(days=draw(st.integers(0, 6)))
    return History(
        first=first,
        metric=Metric.HRV_RMSSD_MS,
        measured_by="made",
        hrv=draw(series(n, 10, 140, draw(st.integers(0, 2)))),
        measured={
            m: draw(series(n, *INPUTS[m])) for m in draw(st.sets(st.sampled_from([*INPUTS])))
        },
        journal={tag: tuple(rng.choice(answers, n).tolist()) for tag in sorted(tags)},
        answered_late={
            tag: frozenset(first + timedelta(days=i) for i in range(n) if rng.random() < late)
            for tag in sorted(tags)
        },
    )


@pytest.mark.parametrize("target", TARGETS.values(), ids=list(TARGETS))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(history=histories(), day_closed=st.booleans(), bedtime=st.booleans(), data=st.data())
def test_compiled_loops_forecast_the_same(
    cache: Path, target, history: History, day_closed: bool, bedtime: bool, data: st.DataObject
) -> None:
    """Every quantile at every lead on every evening asked for."""
    model = Hierarchical(target, bedtime=bedtime and target is HRV, day_closed=day_closed)
    first = data.draw(st.integers(0, len(history)), label="first origin")
    plain = model.forecast_quantiles(history, first_origin=first)
    with compiled_loops(cache):
        compiled = model.forecast_quantiles(history, first_origin=first)
    np.testing.assert_allclose(compiled, plain, rtol=0, atol=TOLERANCE)


def test_compiled_loops_explain_the_same(cache: Path) -> None:
    """What moves tomorrow's forecast, input by input."""
    days = np.arange(90)
    strain = tuple((10 + 4 * np.sin(days)).tolist())
    history = History(
        first=FIRST,
        metric=Metric.HRV_RMSSD_MS,
        measured_by="made",
        hrv=tuple((60 + 8 * np.sin(0.7 * days)).tolist()),
        measured={Metric.STRAIN: strain, Metric.RESTING_HR_BPM: (52.0,) * 90},
        journal={"alcohol": tuple((days % 5 == 0).astype(float).tolist())},
    )

    def effects() -> dict[str, float]:
        model = Hierarchical()
        return {c.name: c.effect for c in model.explain(model.rolling_forecasts(history))}

    plain = effects()
    with compiled_loops(cache):
        compiled = effects()
    assert {"strain", "alcohol"} <= plain.keys()
    assert compiled == pytest.approx(plain, abs=TOLERANCE)


def test_after_warming_an_evening_compiles_nothing(cache: Path) -> None:
    """Each loop is kept on disk in the form that is called: an evening adds no file."""
    days = np.arange(400)
    worn = np.where(days % 50 < 47, 50 + days % 7, np.nan)
    history = History(
        first=FIRST,
        metric=Metric.HRV_RMSSD_MS,
        measured_by="made",
        hrv=tuple(worn.tolist()),
        measured={metric: tuple(worn.tolist()) for metric in INPUTS},
        journal={"alcohol": tuple((days % 5 == 0).astype(float).tolist()), "sick": (0.0,) * 400},
    )
    kept = {path: path.stat().st_mtime_ns for path in cache.rglob("*.nb?")}
    with compiled_loops(cache):
        train(history, forecasters=(Naive(), MovingAverage(), Hierarchical()))
    assert {path: path.stat().st_mtime_ns for path in cache.rglob("*.nb?")} == kept
    assert len(kept) > 10


def test_outside_of_compiled_loops_they_run_as_written(cache: Path) -> None:
    """Also after an error inside."""
    assert can_compile()

    @contextmanager
    def failing() -> Iterator[None]:
        with compiled_loops(cache):
            assert compiler.get() is not None
            yield

    with pytest.raises(RuntimeError), failing():
        raise RuntimeError
    assert compiler.get() is None


def test_a_walk_of_no_day_compiles_too(cache: Path) -> None:
    """An empty history has no forecast, compiled or not."""
    empty = History(
        first=FIRST,
        metric=Metric.HRV_RMSSD_MS,
        measured_by="made",
        hrv=(),
        measured={},
        journal={},
    )
    with compiled_loops(cache):
        found = Hierarchical().rolling_forecasts(empty)
    assert isinstance(found, WalkedForecasts)
    assert found.walk is None
