"""Whether forecasts hold what they state, and how their errors ran: figures for pictures.

References:
    Dawid 1984, J R Stat Soc A 147: the probability integral transform of a forecast is uniform.
    Gneiting, Balabdaoui & Raftery 2007, J R Stat Soc B 69: its histogram, and reliability.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, pairwise

from hrvctl.domain.scoring.measures import wilson
from hrvctl.domain.scoring.scores import Forecasts, on_same_mornings, scored_mornings, with_outcome
from hrvctl.records import LEVELS, Forecast

# Mornings that a picture of calibration needs (own choice: with fewer the 95 % interval of the
# share below the median is wider than 35 points).
MIN_CALIBRATION = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A stated and an observed share of mornings.

    Attributes:
        low: Of a level 0; of a bin the level it begins at.
        high: The level, or where the bin ends.
        n: Mornings at or below the level, or in the bin.
        of: Mornings with every level.
        least: Lower end of the 95 % interval of ``rate`` (Wilson 1927).
        most: Upper end.
    """

    low: float
    high: float
    n: int
    of: int
    least: float
    most: float

    @property
    def stated(self) -> float:
        """The share that the forecasts state."""
        return self.high - self.low

    @property
    def rate(self) -> float:
        """The share observed."""
        return self.n / self.of


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """One forecaster's mean absolute error so far, morning by morning, ms."""

    source: str
    days: tuple[date, ...]
    mae_ms: tuple[float, ...]


def reliability(own: Mapping[date, Forecast], actual: Mapping[date, float]) -> tuple[Share, ...]:
    """Of each level the share of outcomes at or below it; empty without a morning."""
    pairs = _complete(own, actual)
    return tuple(
        _share(0.0, level, sum(value <= f.quantiles_ms[level] for f, value in pairs), len(pairs))
        for level in (LEVELS if pairs else ())
    )


def pit_histogram(own: Mapping[date, Forecast], actual: Mapping[date, float]) -> tuple[Share, ...]:
    """The outcomes between each two levels, and outside of them; empty without a morning."""
    pairs = _complete(own, actual)
    counts = [0] * (len(LEVELS) + 1)
    for forecast, value in pairs:
        counts[sum(value > forecast.quantiles_ms[level] for level in LEVELS)] += 1
    edges = pairwise((0.0, *LEVELS, 1.0))
    return tuple(
        _share(low, high, n, len(pairs))
        for (low, high), n in zip(edges, counts, strict=True)
        if pairs
    )


def race(forecasts: Forecasts, actual: Mapping[date, float]) -> tuple[Race, ...]:
    """The running error of every forecaster with enough mornings, all on the same ones."""
    return tuple(
        Race(source=name, days=tuple(own), mae_ms=tuple(_running(own, actual)))
        for name, own in on_same_mornings(with_outcome(forecasts, actual)).items()
        if own
    )


def _running(own: Mapping[date, Forecast], actual: Mapping[date, float]) -> list[float]:
    errors = accumulate(abs(forecast.mean_ms - actual[day]) for day, forecast in own.items())
    return [total / n for n, total in enumerate(errors, start=1)]


def _complete(
    own: Mapping[date, Forecast], actual: Mapping[date, float]
) -> Sequence[tuple[Forecast, float]]:
    days = scored_mornings(own, actual)
    return [
        (own[day], actual[day])
        for day in days
        if all(level in own[day].quantiles_ms for level in LEVELS)
    ]


def _share(low: float, high: float, n: int, of: int) -> Share:
    least, most = wilson(n, of)
    return Share(low=low, high=high, n=n, of=of, least=least, most=most)
