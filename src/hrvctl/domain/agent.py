"""The final forecast of tomorrow: whose it is, what it rests on, and its explanation.

There are two agents. ``rules`` is deterministic: the served model's forecast, with the person's
guess weighted by its sealed record. ``llm``, where it is chosen and its answer can be used, writes
the same facts in its own words. Both are sealed under their own names; while the one chosen
errs more than the model, the model's own forecast is the final one.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from hrvctl.domain import suggestions, track_record
from hrvctl.domain.artifacts.agent import AgentForecast, Confidence, GuessUse, OwnForecast
from hrvctl.domain.artifacts.intelligence import IntelligenceSummary
from hrvctl.domain.baseline import Baseline
from hrvctl.domain.llm_prompt import Answer
from hrvctl.records import AGENT, Forecast, Metric

# Own choice: below two weeks of nights everything is uncertain; an 80 % interval wider than
# half of its own middle is too vague to plan by, however good the record.
WIDE_INTERVAL_SHARE = 0.5


def decide(
    summary: IntelligenceSummary, *, answer: Answer | None = None, fallback: str = ""
) -> AgentForecast:
    """Give the final forecast from the evening's summary.

    Args:
        summary: Of the evening.
        answer: The LLM's, where it was asked and its answer can be used.
        fallback: Why it cannot, where it was chosen.
    """
    if summary.forecast is None:
        return _withheld(summary)
    model = summary.forecast
    guess = _guess(summary)
    own = [OwnForecast(agent="rules", forecast=_by_rules(model, guess))]
    if answer is not None:
        own.append(OwnForecast(agent="llm", forecast=answer.forecast))
    chosen = own[-1]
    demoted_why = _demotion(summary, chosen.forecast.source)
    final = model if demoted_why else chosen.forecast
    used = None if demoted_why else answer
    notes = [*_notes(final, summary), *_moves(model, final, guess, used)]
    if demoted_why:
        notes.append(
            f"the model's forecast replaces that of the {chosen.agent} agent: {demoted_why}"
        )
    if fallback:
        notes.append(f"the LLM was not used, the rules made the forecast: {fallback}")
    return AgentForecast(
        forecast=final,
        withheld="",
        agent=chosen.agent,
        confidence=used.confidence if used else _confidence(final, summary),
        sentences=used.sentences if used else (_what(final, summary), _why(summary)),
        notes=tuple(notes),
        drivers=summary.drivers,
        guess=guess,
        suggestion=used.suggestion if used else suggestions.suggest(summary),
        own_forecasts=tuple(own),
        demoted=bool(demoted_why),
        demoted_why=demoted_why,
        fallback=fallback,
    )


def _withheld(summary: IntelligenceSummary) -> AgentForecast:
    why = summary.withheld
    return AgentForecast(
        forecast=None,
        withheld=why,
        agent="rules",
        confidence="low",
        sentences=(
            f"There is no forecast for {_weekday(summary.target)}.",
            f"{why[:1].upper()}{why[1:]}.",
        ),
        notes=(),
        drivers=(),
        guess=_guess(summary),
        suggestion=suggestions.suggest(summary),
        own_forecasts=(),
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


def rules_forecast(
    model: Forecast, guess_ms: float | None, records: track_record.TrackRecords | None
) -> Forecast:
    """The rules agent's forecast, as it is sealed.

    Args:
        model: The served model's forecast.
        guess_ms: The person's guess, ms, where there is one.
        records: The track records of that evening.
    """
    return _by_rules(model, _use_guess(guess_ms, model, records))


def _guess(summary: IntelligenceSummary) -> GuessUse:
    return _use_guess(summary.guess_ms, summary.forecast, summary.records)


def _use_guess(
    ms: float | None, forecast: Forecast | None, records: track_record.TrackRecords | None
) -> GuessUse:
    if records is None:
        return GuessUse(ms=ms, weight=0.0, n=0, why="there is no served model to compare it with")
    record = records.guess
    weight, why = record.weight, record.why
    if ms is None:
        weight, why = 0.0, "there is no guess tonight"
    elif forecast is None or forecast.interval(95) is None:
        if weight:
            why = "the model states no 95 % interval that would keep it in bounds"
        weight = 0.0
    return GuessUse(ms=ms, weight=weight, n=record.n, why=why)


def _demotion(summary: IntelligenceSummary, source: str) -> str:
    """Why the model's forecast is final in place of an agent's; empty when it is not."""
    agents = summary.records.agents if summary.records else ()
    return next((a.why for a in agents if a.source == source and a.demoted), "")


def _moves(model: Forecast, final: Forecast, guess: GuessUse, used: Answer | None) -> Iterator[str]:
    """What moved the final forecast away from the model's."""
    by = final.mean_ms - model.mean_ms
    if not by:
        return
    if used:
        reason = used.adjust_reason or "it gave no reason"
        yield f"the LLM moved the model's {model.mean_ms:.0f} ms by {by:+.1f} ms: {reason}"
    else:
        yield f"your guess of {guess.ms:.0f} ms moved it by {by:+.1f} ms: {guess.why}"


def _confidence(forecast: Forecast, summary: IntelligenceSummary) -> Confidence:
    interval = forecast.interval(80)
    if summary.label != "plain" or interval is None or forecast.horizon_days > 1:
        return "low"
    is_wide = (interval[1] - interval[0]) > WIDE_INTERVAL_SHARE * forecast.mean_ms
    return "medium" if is_wide else "high"


def _what(forecast: Forecast, summary: IntelligenceSummary) -> str:
    text = f"Expect about {forecast.mean_ms:.0f} ms on {_weekday(summary.target)}"
    if interval := forecast.interval(80):
        text += f", with 80 % confidence between {interval[0]:.0f} and {interval[1]:.0f}"
    return f"{text}{_against_normal(forecast.mean_ms, summary.baseline)}."


def _against_normal(mean_ms: float, baseline: Baseline) -> str:
    low, high = baseline.low_ms, baseline.high_ms
    if low is None or high is None:
        return ""
    place = "below" if mean_ms < low else "above" if mean_ms > high else "inside"
    return f", {place} your normal range of {low:.0f} to {high:.0f}"


def _why(summary: IntelligenceSummary) -> str:
    reason = summary.model.reason.rstrip(".")
    return f"{reason[:1].upper()}{reason[1:]}."


def _notes(forecast: Forecast, summary: IntelligenceSummary) -> tuple[str, ...]:
    notes = []
    n_nights = summary.data.n_nights
    if summary.label != "plain":
        notes.append(f"{summary.label}: have {n_nights} nights, need 14 for a full forecast")
    if summary.stale_days:
        notes.append(
            f"the last night with HRV is {summary.data.last_day}: this looks"
            f" {forecast.horizon_days} days ahead and is wider for it"
        )
    notes.extend(_split(summary))
    notes.extend(forecast.missing)
    return tuple(notes)


def _split(summary: IntelligenceSummary) -> Iterator[str]:
    for other in summary.other_series:
        kind = "RMSSD" if other.metric is Metric.HRV_RMSSD_MS else "SDNN"
        yield (
            f"{other.n_nights} nights of {kind} from {other.measured_by} ({other.first} to"
            f" {other.last}) are another series and are not mixed in: the baseline is that of"
            f" {summary.measured_by} alone"
        )


def _weekday(day: date) -> str:
    return f"{day:%A} {day}"
