"""The summary of a person's evening: history, baseline, trend, effects, the models' record."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from hrvctl.domain.baseline import Baseline, baseline
from hrvctl.domain.effects import Effects
from hrvctl.domain.series import History, SeriesSpan

# Nights listed one by one: two weeks, the span of the short trend.
LISTED_NIGHTS = 14


def summarise(
    history: History,
    *,
    predictions: Mapping[str, Any],
    metrics: Mapping[str, Any],
    journal: Mapping[str, Any],
    others: Sequence[SeriesSpan],
    profile: str,
    effects: Effects | None = None,
) -> dict[str, Any]:
    """Put on one page what is needed to say something about tomorrow.

    Args:
        history: On the evening in question.
        predictions: ``model_predictions.json``.
        metrics: ``training_metrics.json``.
        journal: ``journal_features.json``.
        others: Series of another metric or device, left out of the history.
        profile: Name of the normal range's method.
        effects: What the journal's answers did to the mornings after; ``None`` when not measured.

    Returns:
        The content of ``intelligence_summary.json``.
    """
    served = predictions["served"]
    scores = {row["name"]: row["backtest"] for row in metrics["candidates"]}
    return {
        "target": predictions["target"],
        "as_of": history.last,
        "metric": history.metric,
        "measured_by": history.measured_by,
        "data": predictions["data"],
        "other_series": others,
        "last_nights": _last_nights(history),
        "baseline": today(history, profile),
        "forecast": predictions["forecast"],
        "vitals": predictions["vitals"],
        "label": predictions["label"],
        "withheld": predictions["withheld"],
        "stale_days": predictions["stale_days"],
        "drivers": predictions["drivers"],
        "model": {"name": served, "reason": predictions["reason"], "backtest": scores.get(served)},
        "models_compared": {
            name: score["mae_ms"] for name, score in scores.items() if score is not None
        },
        "journal": {f["tag"]: f["value"] for f in journal["features"]},
        "unanswered": [u for u in journal["usual"] if u["tag"] in journal["unanswered"]],
        "effects": effects,
        "guess_ms": journal["guess"]["hrv_ms"] if journal["guess"] else None,
    }


def today(history: History, profile: str) -> Baseline:
    """The normal range, trend and light on the history's last day."""
    return baseline((history.first, history.ordinary), day=history.last, profile=profile)


def _last_nights(history: History) -> list[dict[str, Any]]:
    first = max(len(history) - LISTED_NIGHTS, 0)
    return [
        {"day": history.day(i), "hrv_ms": None if math.isnan(value) else value}
        for i, value in enumerate(history.hrv[first:], start=first)
    ]
