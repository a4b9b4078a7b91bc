"""What the person's guess and each agent have earned by their sealed record against the model."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from statistics import fmean
from typing import Any

from hrvctl.domain.scoring.measures import errors_told
from hrvctl.records import AGENT, AGENT_LLM, GUESS, LEVELS, Forecast

# Mornings the weight of a guess is shrunk by (own choice: with 20 shared mornings it has half of
# the weight that would have been best, with 60 three quarters).
PRIOR_MORNINGS = 20
# Mornings from which a record speaks at all (own choice: two weeks, every weekday twice).
MIN_MORNINGS = 14
# Mean errors closer than this, ms, are the same: arithmetic, not skill.
TIE_MS = 1e-9

Said = Mapping[str, Mapping[date, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class GuessRecord:
    """How the guess did beside the served model, on the mornings both were sealed.

    Attributes:
        n: Those mornings.
        mae_ms: Its mean absolute error, ms.
        model_mae_ms: The model's, ms.
        best_weight: The weight that would have been best on them, 0 to 1.
        weight: What it has earned: the same, shrunk toward 0 while the record is short.
        why: In words.
    """

    n: int
    mae_ms: float | None
    model_mae_ms: float | None
    best_weight: float
    weight: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRecord:
    """How an agent did beside the served model, on the mornings both were sealed.

    Attributes:
        source: Its name in the ledger.
        n: Those mornings.
        mae_ms: Its mean absolute error, ms.
        model_mae_ms: The model's, ms.
        demoted: Whether its word gives way to the model's, because it erred more.
        why: In words.
    """

    source: str
    n: int
    mae_ms: float | None
    model_mae_ms: float | None
    demoted: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """All records against one model.

    Attributes:
        model: The one now served.
        guess: The person's.
        agents: The agents'.
    """

    model: str
    guess: GuessRecord
    agents: tuple[AgentRecord, ...]


def weigh(said: Said, actual: Mapping[date, float], *, model: str) -> Records:
    """Set the guess and the agents beside the model that is served now.

    Args:
        said: Forecaster to its sealed forecast that counts for each morning, ms.
        actual: What came true, ms; other mornings are not scored.
        model: The served model.
    """
    return Records(
        model=model,
        guess=_guess_record(_beside(GUESS, model, said, actual)),
        agents=tuple(
            _agent_record(name, _beside(name, model, said, actual)) for name in (AGENT, AGENT_LLM)
        ),
    )


def shrunk(best: float, n: int) -> float:
    """The weight earned in n mornings on which ``best`` would have been the best one.

    It grows with n: ``best n / (n + PRIOR_MORNINGS)``, the posterior mean under a normal prior
    around 0 worth that many mornings (Lindley & Smith 1972, J R Stat Soc B 34).
    """
    return best * n / (n + PRIOR_MORNINGS) if n >= MIN_MORNINGS else 0.0


def weight_of(summary: Mapping[str, Any]) -> float:
    """The weight of tonight's guess: 0 without a guess, a record, or a 95 % interval."""
    records, forecast = summary.get("records"), summary["forecast"]
    if summary["guess_ms"] is None or records is None or forecast is None:
        return 0.0
    is_stated = is_bounded(Forecast.from_json(forecast))
    return float(records["guess"]["weight"]) if is_stated else 0.0


def is_bounded(forecast: Forecast) -> bool:
    """Whether a forecast states its 95 % interval, without which nobody may move it."""
    return LEVELS[0] in forecast.quantiles_ms and LEVELS[-1] in forecast.quantiles_ms


def moved(forecast: Forecast, to_ms: float, *, source: str) -> Forecast:
    """Move a forecast as a whole, neither its point nor an interval beyond its own 95 % interval.

    Args:
        forecast: With quantiles that grow with their level.
        to_ms: Where its point is wanted, ms.
        source: Whose it is afterwards.

    Returns:
        The forecast where it was, under its new name, if it does not state its 95 % interval.
    """
    quantiles = forecast.quantiles_ms
    point = forecast.mean_ms
    if is_bounded(forecast):
        low, high = quantiles[LEVELS[0]], quantiles[LEVELS[-1]]
        point = min(max(to_ms, low), high)
        by = point - forecast.mean_ms
        quantiles = {level: min(max(ms + by, low), high) for level, ms in quantiles.items()}
    return Forecast(
        target=forecast.target,
        horizon_days=forecast.horizon_days,
        source=source,
        mean_ms=point,
        quantiles_ms=quantiles,
        missing=forecast.missing,
    )


@dataclass(frozen=True, slots=True)
class _Shared:
    """Three columns of the shared mornings, ms."""

    actual: tuple[float, ...]
    own: tuple[float, ...]
    model: tuple[float, ...]

    @property
    def errors(self) -> tuple[float, float]:
        """MAE of the two; at least one morning."""
        own = fmean(abs(o - y) for o, y in zip(self.own, self.actual, strict=True))
        model = fmean(abs(m - y) for m, y in zip(self.model, self.actual, strict=True))
        return own, model


def _beside(name: str, model: str, said: Said, actual: Mapping[date, float]) -> _Shared:
    own, other = said.get(name, {}), said.get(model, {})
    days = sorted(own.keys() & other.keys() & actual.keys())
    return _Shared(
        tuple(actual[d] for d in days), tuple(own[d] for d in days), tuple(other[d] for d in days)
    )


def _best_weight(shared: _Shared) -> float:
    """Least squares of ``actual - model`` on ``own - model`` through 0, kept in 0 to 1.

    It is the weight of the linear pool of two forecasts with the smallest squared error (Granger
    & Ramanathan 1984, J Forecasting 3, with weights that add up to 1).
    """
    rows = list(zip(shared.own, shared.model, shared.actual, strict=True))
    spread = sum((g - m) ** 2 for g, m, _ in rows)
    if not spread > 0:
        return 0.0
    return min(max(sum((g - m) * (y - m) for g, m, y in rows) / spread, 0.0), 1.0)


def _guess_record(shared: _Shared) -> GuessRecord:
    n = len(shared.actual)
    best = _best_weight(shared)
    weight = shrunk(best, n)
    own, model = shared.errors if n else (None, None)
    figures = f"{own:.1f} ms against the model's {model:.1f} ms on {n} mornings" if n else ""
    if n < MIN_MORNINGS:
        why = f"have {n} mornings with a guess and the served model, need {MIN_MORNINGS}"
    elif weight > 0:
        why = f"it earned {100 * weight:.0f} % by its sealed record: {figures}"
    else:
        why = f"by its sealed record it would have brought the forecast no nearer: {figures}"
    return GuessRecord(
        n=n, mae_ms=own, model_mae_ms=model, best_weight=best, weight=weight, why=why
    )


def _agent_record(name: str, shared: _Shared) -> AgentRecord:
    n = len(shared.actual)
    own, model = shared.errors if n else (None, None)
    why, demoted = f"have {n} mornings, need {MIN_MORNINGS}", False
    if own is not None and model is not None and n >= MIN_MORNINGS:
        demoted = own > model + TIE_MS
        verb = "more than" if demoted else "no more than"
        why = (
            f"on {n} sealed mornings it erred {verb} the model now served:"
            f" {errors_told(own, model)}"
        )
    return AgentRecord(source=name, n=n, mae_ms=own, model_mae_ms=model, demoted=demoted, why=why)
