"""The final word on tomorrow: the served forecast, explained in two plain sentences."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from hrvctl.domain.written import forecast_from
from hrvctl.records import Forecast, Metric

AGENT = "agent"

Confidence = Literal["low", "medium", "high"]

# Own choice: below two weeks of nights everything is uncertain; an 80 % interval wider than
# half of its own middle says too little to plan by, whatever the record.
WIDE_INTERVAL_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentForecast:
    """The content of ``agent_forecast.json``.

    Attributes:
        forecast: The final forecast; ``None`` when it is withheld.
        withheld: Why there is none.
        confidence: How far to trust it.
        sentences: What to tell the person: the forecast, and why it should be believed.
        notes: What limits it: staleness, a short history, an interval that cannot be stated.
    """

    forecast: Forecast | None
    withheld: str
    confidence: Confidence
    sentences: tuple[str, ...]
    notes: tuple[str, ...]


def decide(summary: Mapping[str, Any]) -> AgentForecast:
    """Give the final forecast from the evening's summary.

    Args:
        summary: ``intelligence_summary.json``.
    """
    if summary["forecast"] is None:
        why = str(summary["withheld"])
        return AgentForecast(
            forecast=None,
            withheld=why,
            confidence="low",
            sentences=(
                f"There is no forecast for {_weekday(summary['target'])}.",
                f"{why[:1].upper()}{why[1:]}.",
            ),
            notes=(),
        )
    forecast = replace(forecast_from(summary["forecast"]), source=AGENT)
    return AgentForecast(
        forecast=forecast,
        withheld="",
        confidence=_confidence(forecast, summary),
        sentences=(_what(forecast, summary), _why(summary)),
        notes=_notes(forecast, summary),
    )


def _confidence(forecast: Forecast, summary: Mapping[str, Any]) -> Confidence:
    low, high = forecast.quantiles_ms.get(0.1), forecast.quantiles_ms.get(0.9)
    if summary["label"] != "plain" or low is None or high is None or forecast.horizon_days > 1:
        return "low"
    is_wide = (high - low) > WIDE_INTERVAL_SHARE * forecast.mean_ms
    return "medium" if is_wide else "high"


def _what(forecast: Forecast, summary: Mapping[str, Any]) -> str:
    said = f"Expect about {forecast.mean_ms:.0f} ms on {_weekday(summary['target'])}"
    low, high = forecast.quantiles_ms.get(0.1), forecast.quantiles_ms.get(0.9)
    if low is not None and high is not None:
        said += f", with 80 % confidence between {low:.0f} and {high:.0f}"
    return f"{said}{_against_normal(forecast.mean_ms, summary['baseline'])}."


def _against_normal(mean_ms: float, baseline: Mapping[str, Any]) -> str:
    low, high = baseline["low_ms"], baseline["high_ms"]
    if low is None or high is None:
        return ""
    place = "below" if mean_ms < low else "above" if mean_ms > high else "inside"
    return f", {place} your normal range of {low:.0f} to {high:.0f}"


def _why(summary: Mapping[str, Any]) -> str:
    reason = str(summary["model"]["reason"]).rstrip(".")
    return f"{reason[:1].upper()}{reason[1:]}."


def _notes(forecast: Forecast, summary: Mapping[str, Any]) -> tuple[str, ...]:
    notes = []
    n_nights = summary["data"]["n_nights"]
    if summary["label"] != "plain":
        notes.append(f"{summary['label']}: have {n_nights} nights, need 14 for a plain forecast")
    if summary["stale_days"]:
        notes.append(
            f"the last night with HRV is {summary['data']['last_day']}: this looks"
            f" {forecast.horizon_days} days ahead and is wider for it"
        )
    notes.extend(_split(summary))
    notes.extend(forecast.missing)
    return tuple(notes)


def _split(summary: Mapping[str, Any]) -> Iterator[str]:
    for other in summary["other_series"]:
        kind = "RMSSD" if other["metric"] == Metric.HRV_RMSSD_MS else "SDNN"
        yield (
            f"{other['n_nights']} nights of {kind} from {other['measured_by']} ({other['first']} to"
            f" {other['last']}) are another series and are not mixed in: the baseline is that of"
            f" {summary['measured_by']} alone"
        )


def _weekday(day: str) -> str:
    return f"{date.fromisoformat(day):%A} {day}"
