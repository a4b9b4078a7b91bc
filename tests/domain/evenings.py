"""A made-up evening's summary, for whoever has to say something about it."""

from typing import Any

SUMMARY: dict[str, Any] = {
    "target": "2026-03-11",
    "forecast": {
        "target": "2026-03-11",
        "horizon_days": 1,
        "source": "ses",
        "mean_ms": 60.4,
        "quantiles_ms": {"0.025": 44.0, "0.1": 51.0, "0.5": 60.4, "0.9": 71.0, "0.975": 82.0},
        "missing": [],
    },
    "withheld": "",
    "label": "plain",
    "stale_days": 0,
    "data": {"n_nights": 90, "last_day": "2026-03-10"},
    "measured_by": "whoop",
    "other_series": [],
    "baseline": {"low_ms": 54.0, "high_ms": 66.0, "mean7_ms": 61.2, "light": "green"},
    "model": {"name": "ses", "reason": "ses had the smallest error", "backtest": None},
    "drivers": [
        {"name": "waking heart rate", "effect_ms": -3.26, "value": 72.5},
        {"name": "recent nights", "effect_ms": 1.1, "value": None},
    ],
    "journal": {"alcohol": 2.0},
    "unanswered": [],
    "effects": None,
    "guess_ms": None,
    "records": {
        "model": "ses",
        "guess": {
            "n": 0,
            "mae_ms": None,
            "model_mae_ms": None,
            "best_weight": 0.0,
            "weight": 0.0,
            "why": "have 0 mornings with a guess and the served model, need 14",
        },
        "agents": [
            {
                "source": source,
                "n": 0,
                "mae_ms": None,
                "model_mae_ms": None,
                "demoted": False,
                "why": "have 0 mornings, need 14",
            }
            for source in ("agent", "agent_llm")
        ],
    },
}


def summary(**changes: Any) -> dict[str, Any]:
    """The evening with some of it changed."""
    return {**SUMMARY, **changes}


def records(*, weight: float = 0.0, n: int = 30, demoted: str = "") -> dict[str, Any]:
    """Records in which the guess has earned a weight, and an agent is demoted."""
    guess = {
        **SUMMARY["records"]["guess"],
        "n": n,
        "mae_ms": 6.0,
        "model_mae_ms": 7.0,
        "weight": weight,
        "why": "it earned it",
    }
    agents = [
        {**agent, "demoted": agent["source"] == demoted, "why": "it erred more"}
        for agent in SUMMARY["records"]["agents"]
    ]
    return {"model": "ses", "guess": guess, "agents": agents}


def effect(tag: str, pct: float, verdict: str = "credible") -> dict[str, Any]:
    """What was found of one question of the journal."""
    return {
        "tag": tag,
        "yes_above": 0.0,
        "verdict": verdict,
        "effect": {"pct": pct, "ms": pct * 0.6, "pct_low": pct - 5, "pct_high": pct + 5},
    }
