"""The summary of a person's evening: history, baseline, trend, effects, the models' record."""

import math
from collections.abc import Sequence

from hrvctl.domain.artifacts.effects import Effects
from hrvctl.domain.artifacts.intelligence import IntelligenceSummary, NightValue, ServedModel
from hrvctl.domain.artifacts.journal import JournalFeatures
from hrvctl.domain.artifacts.training import ModelPredictions, TrainingMetrics
from hrvctl.domain.baseline import Baseline, baseline
from hrvctl.domain.series import History, SeriesSpan
from hrvctl.domain.track_record import TrackRecords

# Nights listed one by one: two weeks, the span of the short trend.
LISTED_NIGHTS = 14


def summarise(
    history: History,
    *,
    predictions: ModelPredictions,
    metrics: TrainingMetrics,
    journal: JournalFeatures,
    others: Sequence[SeriesSpan],
    profile: str,
    effects: Effects | None = None,
    records: TrackRecords | None = None,
) -> IntelligenceSummary:
    """Gather all that an agent needs for the final forecast.

    Args:
        history: On the evening in question.
        predictions: The models' forecasts.
        metrics: The models' records.
        journal: The day's answers.
        others: Series of another metric or device, left out of the history.
        profile: Name of the normal range's method.
        effects: Effects of the journal's answers; ``None`` when not measured.
        records: The guess's and the agents' records; ``None`` without a served model.
    """
    backtests = metrics.backtests
    return IntelligenceSummary(
        target=predictions.target,
        metric=history.metric,
        measured_by=history.measured_by,
        data=predictions.data,
        other_series=tuple(others),
        last_nights=_last_nights(history),
        baseline=today(history, profile),
        forecast=predictions.forecast,
        vitals=predictions.vitals,
        label=predictions.label,
        withheld=predictions.withheld,
        stale_days=predictions.stale_days,
        drivers=predictions.drivers,
        model=ServedModel(
            name=predictions.served,
            reason=predictions.reason,
            backtest=backtests.get(predictions.served),
        ),
        models_compared={name: backtest.mae_ms for name, backtest in backtests.items()},
        journal={feature.tag: feature.value for feature in journal.features},
        unanswered=tuple(usual for usual in journal.usual if usual.tag in journal.unanswered),
        effects=effects,
        guess_ms=journal.guess.hrv_ms if journal.guess else None,
        records=records,
    )


def today(history: History, profile: str) -> Baseline:
    """The normal range, trend and light on the history's last day."""
    return baseline((history.first, history.ordinary), day=history.last, profile=profile)


def _last_nights(history: History) -> tuple[NightValue, ...]:
    first = max(len(history) - LISTED_NIGHTS, 0)
    return tuple(
        NightValue(day=history.day(i), hrv_ms=None if math.isnan(value) else value)
        for i, value in enumerate(history.hrv[first:], start=first)
    )
