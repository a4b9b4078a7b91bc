"""Weight of the person's guess and demotion of agents, from their sealed track record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from hrvctl.domain.scoring.measures import errors_text
from hrvctl.domain.scoring.scores import (
    MIN_MORNINGS,
    Forecasts,
    Scores,
    on_same_mornings,
    paired_with,
    score,
)
from hrvctl.records import AGENT, AGENT_LLM, GUESS, Forecast

# Mornings the weight of a guess is shrunk by (own choice: with 20 shared mornings it has half of
# the weight that would have been best, with 60 three quarters).
PRIOR_MORNINGS = 20
# Mean errors closer than this, ms, are the same: arithmetic, not skill.
TIE_MS = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class GuessRecord:
    """The guess compared with the served model, on the mornings with both sealed.

    Attributes:
        n: Those mornings.
        mae_ms: Its mean absolute error, ms.
        model_mae_ms: The model's, ms.
        best_weight: The weight that would have been best on them, 0 to 1.
        weight: The weight in use: the best one, shrunk toward 0 while the record is short.
        why: The reason for it, as text.
    """

    n: int
    mae_ms: float | None
    model_mae_ms: float | None
    best_weight: float
    weight: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRecord:
    """An agent compared with the served model, on the mornings with both sealed.

    Attributes:
        source: Its name in the ledger.
        n: Those mornings.
        mae_ms: Its mean absolute error, ms.
        model_mae_ms: The model's, ms.
        demoted: Whether the model's forecast replaces its own, because it erred more.
        why: The reason for it, as text.
    """

    source: str
    n: int
    mae_ms: float | None
    model_mae_ms: float | None
    demoted: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRecords:
    """The guess and the agents, each compared with the served model.

    Attributes:
        model: The served model.
        guess: The person's guess.
        agents: The agents.
    """

    model: str
    guess: GuessRecord
    agents: tuple[AgentRecord, ...]


def track_records(
    forecasts: Forecasts, actual: Mapping[date, float], *, model: str
) -> TrackRecords:
    """Compare the guess and the agents with the served model.

    Args:
        forecasts: Source to the sealed forecast that counts for each morning.
        actual: Outcomes, ms; a morning without one is not scored.
        model: The served model.
    """
    return TrackRecords(
        model=model,
        guess=_guess_record(model, forecasts, actual),
        agents=tuple(
            _agent_record(*_on_same_mornings(agent, model, forecasts, actual))
            for agent in (AGENT, AGENT_LLM)
        ),
    )


def shrunk_weight(best: float, n: int) -> float:
    """The weight of a guess after n mornings on which ``best`` would have been the best one.

    It grows with n: ``best n / (n + PRIOR_MORNINGS)``, the posterior mean under a normal prior
    around 0 worth that many mornings (Lindley & Smith 1972, J R Stat Soc B 34).
    """
    return best * n / (n + PRIOR_MORNINGS) if n >= MIN_MORNINGS else 0.0


def move_forecast(forecast: Forecast, to_ms: float, *, source: str) -> Forecast:
    """Move a forecast as a whole, neither its point nor an interval beyond its own 95 % interval.

    Args:
        forecast: With quantiles that grow with their level.
        to_ms: The point wanted, ms.
        source: The forecaster it belongs to afterwards.

    Returns:
        The forecast unmoved, under its new source, if it does not state its 95 % interval.
    """
    quantiles = forecast.quantiles_ms
    point = forecast.mean_ms
    if ends := forecast.interval(95):
        low, high = ends
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


def _on_same_mornings(
    source: str, model: str, forecasts: Forecasts, actual: Mapping[date, float]
) -> tuple[Scores, Scores]:
    pair = {name: forecasts.get(name, {}) for name in (source, model)}
    same = on_same_mornings(pair, min_mornings=0)
    return score(source, same, actual), score(model, same, actual)


def _best_weight(model: str, forecasts: Forecasts, actual: Mapping[date, float]) -> float:
    """Least squares of ``actual - model`` on ``guess - model`` through 0, kept in 0 to 1.

    It is the weight of the linear pool of two forecasts with the smallest squared error (Granger
    & Ramanathan 1984, J Forecasting 3, with weights that add up to 1).
    """
    rows = list(zip(*paired_with(model, GUESS, forecasts, actual), strict=True))
    spread = sum((g - m) ** 2 for _, g, m in rows)
    if not spread > 0:
        return 0.0
    return min(max(sum((g - m) * (y - m) for y, g, m in rows) / spread, 0.0), 1.0)


def _guess_record(model: str, forecasts: Forecasts, actual: Mapping[date, float]) -> GuessRecord:
    own, other = _on_same_mornings(GUESS, model, forecasts, actual)
    best = _best_weight(model, forecasts, actual)
    weight = shrunk_weight(best, own.n)
    errors = (
        f"{own.mae_ms:.1f} ms against the model's {other.mae_ms:.1f} ms on {own.n} mornings"
        if own.mae_ms is not None and other.mae_ms is not None
        else ""
    )
    if own.n < MIN_MORNINGS:
        why = f"have {own.n} mornings with a guess and the served model, need {MIN_MORNINGS}"
    elif weight > 0:
        why = f"it earned {100 * weight:.0f} % by its sealed record: {errors}"
    else:
        why = f"by its sealed record it would have brought the forecast no nearer: {errors}"
    return GuessRecord(
        n=own.n,
        mae_ms=own.mae_ms,
        model_mae_ms=other.mae_ms,
        best_weight=best,
        weight=weight,
        why=why,
    )


def _agent_record(own: Scores, model: Scores) -> AgentRecord:
    why, demoted = f"have {own.n} mornings, need {MIN_MORNINGS}", False
    if own.mae_ms is not None and model.mae_ms is not None and own.n >= MIN_MORNINGS:
        demoted = own.mae_ms > model.mae_ms + TIE_MS
        verb = "more than" if demoted else "no more than"
        why = (
            f"on {own.n} sealed mornings it erred {verb} the model now served:"
            f" {errors_text(own.mae_ms, model.mae_ms)}"
        )
    return AgentRecord(
        source=own.source,
        n=own.n,
        mae_ms=own.mae_ms,
        model_mae_ms=model.mae_ms,
        demoted=demoted,
        why=why,
    )
