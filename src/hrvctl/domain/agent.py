"""The final word on tomorrow: whose it is, what it rests on, and how to say it.

Two agents may speak. ``rules`` is deterministic: the served model's forecast, with the person's
guess weighted by its sealed record. ``llm``, where it is chosen and its answer can be used, puts
the same facts into its own words. Both are sealed under their own names; while the one chosen
errs more than the model, the model's own forecast is the final word.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from hrvctl.domain import suggestions, track_record
from hrvctl.domain.llm_prompt import Answer, Confidence
from hrvctl.records import AGENT, AGENT_LLM, Forecast, Metric

AgentName = Literal["rules", "llm"]

# What each agent is called in the ledger.
SOURCES: Mapping[AgentName, str] = {"rules": AGENT, "llm": AGENT_LLM}

# Own choice: below two weeks of nights everything is uncertain; an 80 % interval wider than
# half of its own middle says too little to plan by, whatever the record.
WIDE_INTERVAL_SHARE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """What one input did to the model's forecast: its effect, ms, and its value in its own unit."""

    name: str
    effect_ms: float
    value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GuessUse:
    """What became of the person's guess.

    Attributes:
        ms: The guess; ``None`` when there is none tonight.
        weight: The share of the way from the model to the guess that the forecast went.
        n: Mornings its record is made of.
        why: Why that weight.
    """

    ms: float | None
    weight: float
    n: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One agent's own forecast; its source is the name it is sealed under."""

    agent: AgentName
    forecast: Forecast


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentForecast:
    """The content of ``agent_forecast.json``.

    Attributes:
        forecast: The final forecast; ``None`` when it is withheld. Its source says whose it is:
            an agent's, or while that one is demoted the model's.
        withheld: Why there is none.
        agent: Whose word is final, unless demoted.
        confidence: How far to trust it.
        sentences: What to tell the person: the forecast, and why it should be believed.
        notes: What limits it: staleness, a short history, an interval that cannot be stated.
        drivers: What pushed the model's forecast up and down, largest first.
        guess: What became of the guess.
        suggestion: One sentence, or empty.
        voices: Each agent's own forecast, final or not.
        demoted: Whether the agent's word gave way to the model's.
        demoted_why: Its record, in words; empty unless demoted.
        fallback: Why the llm, though chosen, was not heard; empty when it was, or was not chosen.
    """

    forecast: Forecast | None
    withheld: str
    agent: AgentName
    confidence: Confidence
    sentences: tuple[str, ...]
    notes: tuple[str, ...]
    drivers: tuple[Driver, ...]
    guess: GuessUse
    suggestion: str
    voices: tuple[Voice, ...]
    demoted: bool
    demoted_why: str
    fallback: str


def decide(
    summary: Mapping[str, Any], *, answer: Answer | None = None, fallback: str = ""
) -> AgentForecast:
    """Give the final forecast from the evening's summary.

    Args:
        summary: ``intelligence_summary.json``.
        answer: What the llm said, where it was asked and its answer can be used.
        fallback: Why it cannot, where it was chosen.
    """
    if summary["forecast"] is None:
        return _withheld(summary)
    model = Forecast.from_json(summary["forecast"])
    guess = _guess(summary)
    voices = [Voice(agent="rules", forecast=_by_rules(model, guess))]
    if answer is not None:
        voices.append(Voice(agent="llm", forecast=answer.forecast))
    chosen = voices[-1]
    demoted_why = _demotion(summary, chosen.forecast.source)
    final = model if demoted_why else chosen.forecast
    heard = None if demoted_why else answer
    notes = [*_notes(final, summary), *_moves(model, final, guess, heard)]
    if demoted_why:
        notes.append(f"the {chosen.agent} agent gives way to the model: {demoted_why}")
    if fallback:
        notes.append(f"the llm was not heard, the rules speak: {fallback}")
    return AgentForecast(
        forecast=final,
        withheld="",
        agent=chosen.agent,
        confidence=heard.confidence if heard else _confidence(final, summary),
        sentences=heard.sentences if heard else (_what(final, summary), _why(summary)),
        notes=tuple(notes),
        drivers=_drivers(summary),
        guess=guess,
        suggestion=heard.suggestion if heard else suggestions.suggest(summary),
        voices=tuple(voices),
        demoted=bool(demoted_why),
        demoted_why=demoted_why,
        fallback=fallback,
    )


def _withheld(summary: Mapping[str, Any]) -> AgentForecast:
    why = str(summary["withheld"])
    return AgentForecast(
        forecast=None,
        withheld=why,
        agent="rules",
        confidence="low",
        sentences=(
            f"There is no forecast for {_weekday(summary['target'])}.",
            f"{why[:1].upper()}{why[1:]}.",
        ),
        notes=(),
        drivers=(),
        guess=_guess(summary),
        suggestion=suggestions.suggest(summary),
        voices=(),
        demoted=False,
        demoted_why="",
        fallback="",
    )


def _by_rules(model: Forecast, guess: GuessUse) -> Forecast:
    """The model's forecast, gone the guess's share of the way to it."""
    if guess.ms is None or not guess.weight:
        return replace(model, source=AGENT)
    to_ms = model.mean_ms + guess.weight * (guess.ms - model.mean_ms)
    return track_record.move_forecast(model, to_ms, source=AGENT)


def _guess(summary: Mapping[str, Any]) -> GuessUse:
    records, ms = summary.get("records"), summary["guess_ms"]
    if records is None:
        return GuessUse(ms=ms, weight=0.0, n=0, why="there is no served model to set it beside")
    record = records["guess"]
    why = str(record["why"])
    if ms is None:
        why = "there is no guess tonight"
    elif record["weight"] and Forecast.from_json(summary["forecast"]).interval(95) is None:
        why = "the model states no 95 % interval that would keep it in bounds"
    return GuessUse(ms=ms, weight=track_record.guess_weight(summary), n=record["n"], why=why)


def _demotion(summary: Mapping[str, Any], source: str) -> str:
    """Why an agent gives way to the model; empty when it does not."""
    agents = (summary.get("records") or {"agents": ()})["agents"]
    return next((str(a["why"]) for a in agents if a["source"] == source and a["demoted"]), "")


def _moves(
    model: Forecast, final: Forecast, guess: GuessUse, heard: Answer | None
) -> Iterator[str]:
    """What moved the final forecast away from the model's."""
    by = final.mean_ms - model.mean_ms
    if not by:
        return
    if heard:
        reason = heard.adjust_reason or "it gave no reason"
        yield f"the llm moved the model's {model.mean_ms:.0f} ms by {by:+.1f} ms: {reason}"
    else:
        yield f"your guess of {guess.ms:.0f} ms moved it by {by:+.1f} ms: {guess.why}"


def _drivers(summary: Mapping[str, Any]) -> tuple[Driver, ...]:
    return tuple(
        Driver(name=d["name"], effect_ms=d["effect_ms"], value=d["value"])
        for d in summary["drivers"]
    )


def _confidence(forecast: Forecast, summary: Mapping[str, Any]) -> Confidence:
    ends = forecast.interval(80)
    if summary["label"] != "plain" or ends is None or forecast.horizon_days > 1:
        return "low"
    is_wide = (ends[1] - ends[0]) > WIDE_INTERVAL_SHARE * forecast.mean_ms
    return "medium" if is_wide else "high"


def _what(forecast: Forecast, summary: Mapping[str, Any]) -> str:
    said = f"Expect about {forecast.mean_ms:.0f} ms on {_weekday(summary['target'])}"
    if ends := forecast.interval(80):
        said += f", with 80 % confidence between {ends[0]:.0f} and {ends[1]:.0f}"
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
