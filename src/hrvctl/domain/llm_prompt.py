"""The prompt of the LLM agent, and the check of its answer.

The prompt has facts and nothing else: no journal text, no notes, no names, no paths, and a question
of the person's own goes as ``question_a``: its words may name anybody, or be meant for the LLM. The
answer is untrusted text: it may move the forecast inside the model's 95 % interval and put it into
words, and it may not have a number that is not among the facts.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any, get_args

from hrvctl.domain import llm_guardrails, track_record
from hrvctl.domain.artifacts.agent import Confidence
from hrvctl.domain.artifacts.effects import Effects
from hrvctl.domain.artifacts.intelligence import IntelligenceSummary
from hrvctl.domain.journal_text.reader import TONE
from hrvctl.domain.journal_text.vocabulary import shipped
from hrvctl.domain.track_record import AgentRecord, GuessRecord, TrackRecords
from hrvctl.errors import DataError
from hrvctl.records import AGENT_LLM, INTERVALS, Forecast

_ALIAS = re.compile(r"question_[a-z]+")
CONFIDENCES: tuple[Confidence, ...] = get_args(Confidence)

# Longest texts, characters (own choice: one long sentence each).
MAX_CHARS = {"sentences": 300, "suggestion": 200, "adjust_reason": 200}
MAX_SENTENCES = 2
# Decimals a fact is sent with (own choice: a hundredth of a ms is beyond any device).
DECIMALS = 2
# Smaller effects of an input, ms, are not sent (own choice: they round to nothing).
LEAST_EFFECT_MS = 0.05
# Questions of the journal whose effect is sent, the strongest first (own choice).
MAX_EFFECTS = 8
# How much of its own refused answer an LLM is sent again, characters (own choice).
QUOTED_CHARS = 2000
# Larger than any HRV, ms, and small enough for every sum with it (own choice).
MAX_MS = 1e6

INSTRUCTIONS = """\
You give the final word on a person's heart-rate variability (HRV) of tomorrow morning.
You get facts as JSON. Answer with one JSON object and nothing else:
{"mean_ms": number, "adjust_reason": string or null, "confidence": "low" or "medium" or "high",
"sentences": [one or two strings], "suggestion": string or null}
- mean_ms: your forecast. Keep the model's unless the facts give a reason to move it; it will be
  kept inside the model's 95 % interval. adjust_reason: why you moved it, or null.
- sentences: what to tell the person, plainly, as "you". suggestion: at most one, or null.
- Write numbers as digits, and only numbers that stand in the facts (rounded to no or one decimal
  if you like) or your own mean_ms.
- Plain text: no markup, no links, no line breaks. No medical advice.\
"""

SCHEMA: Mapping[str, object] = {
    "type": "object",
    "properties": {
        "mean_ms": {"type": "number"},
        "adjust_reason": {"type": ["string", "null"]},
        "confidence": {"type": "string", "enum": list(CONFIDENCES)},
        "sentences": {"type": "array", "items": {"type": "string"}},
        "suggestion": {"type": ["string", "null"]},
    },
    "required": ["mean_ms", "adjust_reason", "confidence", "sentences", "suggestion"],
    "additionalProperties": False,
}

# How an answer is asked for, the strictest first: not every endpoint knows schemas, and some
# models refuse any temperature but their own.
FORMS: tuple[Mapping[str, object], ...] = (
    {
        "temperature": 0,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "final_word", "strict": True, "schema": SCHEMA},
        },
    },
    {"temperature": 0, "response_format": {"type": "json_object"}},
    {"response_format": {"type": "json_object"}},
)

Messages = Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer of an LLM, checked.

    Attributes:
        forecast: The model's, moved to the LLM's mean.
        adjust_reason: Why it was moved; empty without a reason.
        confidence: How far to trust it.
        sentences: One or two.
        suggestion: Empty without one.
    """

    forecast: Forecast
    adjust_reason: str
    confidence: Confidence
    sentences: tuple[str, ...]
    suggestion: str


def facts(summary: IntelligenceSummary) -> dict[str, object]:
    """Gather everything that an LLM is given of an evening; with a forecast in the summary."""
    forecast, alias = summary.forecast, aliases(summary)
    if forecast is None:
        raise ValueError("there is nothing to ask of an evening without a forecast")
    intervals = {percent: forecast.interval(percent) for percent in INTERVALS}
    base = summary.baseline
    given = {
        "target": summary.target.isoformat(),
        "weekday": f"{summary.target:%A}",
        "label": summary.label,
        "days_without_data": summary.stale_days,
        "horizon_days": forecast.horizon_days,
        "n_nights": summary.data.n_nights,
        "forecast": {
            "mean_ms": forecast.mean_ms,
            "intervals": [
                {"percent": percent, "low_ms": ends[0], "high_ms": ends[1]}
                for percent, ends in intervals.items()
                if ends is not None
            ],
        },
        "drivers": [
            {
                "name": alias.get(driver.name, driver.name),
                "effect_ms": driver.effect,
                "value": driver.value,
            }
            for driver in summary.drivers
            if abs(driver.effect) >= LEAST_EFFECT_MS
        ],
        "normal_range": {
            "low_ms": base.low_ms,
            "high_ms": base.high_ms,
            "mean7_ms": base.mean7_ms,
            "light": base.light,
        },
        "journal": {alias.get(tag, tag): value for tag, value in summary.journal.items()},
        "effects": _effects(summary.effects, alias),
        "guess_ms": summary.guess_ms,
        "records": _records(summary.records),
    }
    return {name: _rounded(value) for name, value in given.items()}


def aliases(summary: IntelligenceSummary) -> dict[str, str]:
    """Names for the questions that are the person's own: ``question_a`` and so on."""
    # Loads NumPy, which the commands that only check the agent's settings do without.
    from hrvctl.domain.forecast.features import LABELS, RECENT_NIGHTS  # noqa: PLC0415

    effects = summary.effects.found if summary.effects else ()
    names = {*summary.journal, *(q.tag for q in effects), *(d.name for d in summary.drivers)}
    unknown = sorted(names - {*shipped()["tags"], TONE, *LABELS.values(), RECENT_NIGHTS})
    return {name: f"question_{_letters(n)}" for n, name in enumerate(unknown)}


def _letters(n: int) -> str:
    """``a`` to ``z``, then ``ba`` and so on: no digit, which would count as a number given."""
    before, letter = divmod(n, len(ascii_lowercase))
    return (_letters(before) if before else "") + ascii_lowercase[letter]


def opening(summary: IntelligenceSummary) -> Messages:
    """The first messages: the instructions, and the facts."""
    return (
        {"role": "system", "content": INSTRUCTIONS},
        {
            "role": "user",
            "content": json.dumps(facts(summary), ensure_ascii=False, allow_nan=False),
        },
    )


def asked_again(before: Messages, answer: str, fault: str) -> Messages:
    """The conversation after an answer that cannot be used: the fault is named."""
    return (
        *before,
        {"role": "assistant", "content": answer[:QUOTED_CHARS]},
        {"role": "user", "content": f"That cannot be used: {fault}. Answer again, as asked."},
    )


def check(text: str, summary: IntelligenceSummary) -> Answer:
    """Read an answer, and use it only if all of it can be used.

    Raises:
        DataError: It cannot be used; the message names the fault, and quotes at most a number or
            a weekday of it.
    """
    content, model = _parsed(text), summary.forecast
    given = facts(summary)
    if model is None:
        raise ValueError("there is no forecast to move")
    forecast = track_record.move_forecast(model, _mean_ms(content["mean_ms"]), source=AGENT_LLM)
    confidence = next((each for each in CONFIDENCES if each == content["confidence"]), None)
    if confidence is None:
        raise DataError("confidence is none of low, medium, high")
    sentences = content["sentences"]
    if not isinstance(sentences, list) or not 1 <= len(sentences) <= MAX_SENTENCES:
        raise DataError(f"sentences is not a list of 1 to {MAX_SENTENCES} texts")
    allowed = llm_guardrails.allowed_from(given, forecast.mean_ms)
    names = {name: tag for tag, name in aliases(summary).items()}

    def read(field: str, text: object) -> str:
        checked = _text(field, text, allowed)
        return _ALIAS.sub(lambda found: names.get(found[0], found[0]).replace("_", " "), checked)

    checked = tuple(read("sentences", sentence) for sentence in sentences)
    if not all(checked):
        raise DataError("a sentence is empty")
    return Answer(
        forecast=forecast,
        adjust_reason=read("adjust_reason", content.get("adjust_reason") or ""),
        confidence=confidence,
        sentences=checked,
        suggestion=read("suggestion", content.get("suggestion") or ""),
    )


def _parsed(text: str) -> dict[str, object]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError("it is not JSON") from error
    if not isinstance(content, dict):
        raise DataError("it is not a JSON object")
    needed = ("mean_ms", "confidence", "sentences")
    if missing := [name for name in needed if name not in content]:
        raise DataError(f"it lacks {', '.join(missing)}")
    return content


def _mean_ms(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DataError("mean_ms is not a number")
    if not abs(value) <= MAX_MS:  # false for NaN as well
        raise DataError("mean_ms is too large")
    return float(value)


def _text(name: str, text: object, allowed: llm_guardrails.Allowed) -> str:
    if not isinstance(text, str):
        raise DataError(f"{name} holds something that is not text")
    if fault := llm_guardrails.fault(text, allowed, max_chars=MAX_CHARS[name]):
        raise DataError(f"{name} {fault}")
    return text.strip()


def _effects(effects: Effects | None, alias: Mapping[str, str]) -> list[dict[str, object]]:
    """Questions with at least some evidence, their effect in % and ms."""
    found = effects.found if effects else ()
    return [
        {
            "tag": alias.get(q.tag, q.tag),
            "verdict": q.verdict,
            "pct": q.effect.pct,
            "ms": q.effect.ms,
        }
        for q in found[:MAX_EFFECTS]
        if q.effect
    ]


def _records(records: TrackRecords | None) -> dict[str, object] | None:
    if records is None:
        return None
    by_name: dict[str, GuessRecord | AgentRecord] = {"guess": records.guess}
    by_name |= {agent.source: agent for agent in records.agents}
    rows: dict[str, dict[str, object]] = {
        name: {"n": one.n, "mae_ms": one.mae_ms, "model_mae_ms": one.model_mae_ms}
        for name, one in by_name.items()
    }
    rows["guess"]["weight_percent"] = 100 * records.guess.weight
    return dict(rows)


def _rounded(value: Any) -> Any:  # noqa: ANN401 - walks any nesting
    if isinstance(value, Mapping):
        return {str(key): _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    if isinstance(value, float):
        return round(value, DECIMALS) if math.isfinite(value) else None
    return value
