"""A made-up evening's summary, for the agents and what they are made of."""

from dataclasses import replace
from datetime import date

from hrvctl.domain.artifacts.effects import Effects, HrvChange, QuestionEffect, Verdict
from hrvctl.domain.artifacts.intelligence import IntelligenceSummary, ServedModel
from hrvctl.domain.artifacts.training import Contribution, DataSummary
from hrvctl.domain.baseline import Baseline
from hrvctl.domain.track_record import AgentRecord, GuessRecord, TrackRecords
from hrvctl.records import AGENT, AGENT_LLM, Forecast, Metric

FORECAST = Forecast(
    target=date(2026, 3, 11),
    horizon_days=1,
    source="ses",
    mean_ms=60.4,
    quantiles_ms={0.025: 44.0, 0.1: 51.0, 0.5: 60.4, 0.9: 71.0, 0.975: 82.0},
)
DATA = DataSummary(n_nights=90, n_days=90, first_day=date(2025, 12, 11), last_day=date(2026, 3, 10))
BASELINE = Baseline(
    day=date(2026, 3, 10),
    profile="robust60",
    value_ms=60.0,
    mean7_ms=61.2,
    low_ms=54.0,
    high_ms=66.0,
    cv_pct=2.0,
    trend_14d_pct_week=None,
    trend_60d_pct_week=None,
    acute=False,
    light="green",
    reason="the 7-day mean is inside",
    n_nights=60,
    missing=(),
)
NO_RECORDS = TrackRecords(
    model="ses",
    guess=GuessRecord(
        n=0,
        mae_ms=None,
        model_mae_ms=None,
        best_weight=0.0,
        weight=0.0,
        why="have 0 mornings with a guess and the served model, need 14",
    ),
    agents=tuple(
        AgentRecord(
            source=source,
            n=0,
            mae_ms=None,
            model_mae_ms=None,
            demoted=False,
            why="have 0 mornings, need 14",
        )
        for source in (AGENT, AGENT_LLM)
    ),
)
SUMMARY = IntelligenceSummary(
    target=date(2026, 3, 11),
    metric=Metric.HRV_RMSSD_MS,
    measured_by="whoop",
    data=DATA,
    other_series=(),
    last_nights=(),
    baseline=BASELINE,
    forecast=FORECAST,
    vitals=(),
    label="plain",
    withheld="",
    stale_days=0,
    drivers=(
        Contribution(name="waking heart rate", effect=-3.26, value=72.5),
        Contribution(name="recent nights", effect=1.1),
    ),
    model=ServedModel(name="ses", reason="ses had the smallest error", backtest=None),
    models_compared={},
    journal={"alcohol": 2.0},
    records=NO_RECORDS,
)


def summary(**changes) -> IntelligenceSummary:
    """The evening with some of it changed."""
    return replace(SUMMARY, **changes)


def forecast(**changes) -> Forecast:
    """The evening's forecast with some of it changed."""
    return replace(FORECAST, **changes)


def records(*, weight: float = 0.0, n: int = 30, demoted: str = "") -> TrackRecords:
    """TrackRecords in which the guess has earned a weight, and an agent is demoted."""
    guess = replace(
        NO_RECORDS.guess, n=n, mae_ms=6.0, model_mae_ms=7.0, weight=weight, why="it earned it"
    )
    agents = tuple(
        replace(agent, demoted=agent.source == demoted, why="it erred more")
        for agent in NO_RECORDS.agents
    )
    return TrackRecords(model="ses", guess=guess, agents=agents)


def effect(tag: str, pct: float, verdict: Verdict = "credible") -> QuestionEffect:
    """The effect of one question of the journal."""
    ms = pct * 0.6
    change = HrvChange(
        pct=pct, pct_low=pct - 5, pct_high=pct + 5, ms=ms, ms_low=ms - 3, ms_high=ms + 3
    )
    return QuestionEffect(
        tag=tag,
        kind="yes/no",
        yes_above=0.0,
        n=60,
        n_yes=20,
        n_no=40,
        effect=change,
        verdict=verdict,
    )


def effects(*tested: QuestionEffect) -> Effects:
    """All effects of a journal."""
    return Effects(tested=tested, n_tested=len(tested), method={})
