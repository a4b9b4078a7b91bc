"""What an llm is asked about an evening, and whether its answer can be used.

It is given facts and nothing else: no journal text, no notes, no names, no paths. Its answer is
text from a stranger: it may move the forecast inside the model's 95 % interval and put it into
words, and it may not say a number that it was not given.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

from hrvctl.domain import llm_guardrails, track_record
from hrvctl.errors import DataError
from hrvctl.records import AGENT_LLM, INTERVALS, Forecast

Confidence = Literal["low", "medium", "high"]

# Longest texts, characters (own choice: one long sentence each).
MAX_CHARS = {"sentences": 300, "suggestion": 200, "adjust_reason": 200}
MAX_SENTENCES = 2
# Decimals a fact is sent with (own choice: a hundredth of a ms is beyond any device).
DECIMALS = 2
# Smaller effects of an input, ms, are not told (own choice: they round to nothing).
LEAST_EFFECT_MS = 0.05
# Questions of the journal whose effect is told, the strongest first (own choice).
MAX_EFFECTS = 8
# How much of its own refused answer an llm sees again, characters (own choice).
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

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "mean_ms": {"type": "number"},
        "adjust_reason": {"type": ["string", "null"]},
        "confidence": {"type": "string", "enum": list(get_args(Confidence))},
        "sentences": {"type": "array", "items": {"type": "string"}},
        "suggestion": {"type": ["string", "null"]},
    },
    "required": ["mean_ms", "adjust_reason", "confidence", "sentences", "suggestion"],
    "additionalProperties": False,
}

# How an answer is asked for, the strictest first: not every endpoint knows schemas, and some
# models refuse any temperature but their own.
FORMS: tuple[Mapping[str, Any], ...] = (
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
    """What an llm said, checked.

    Attributes:
        forecast: The model's, moved to where the llm wants it.
        adjust_reason: Why it moved it; empty when it did not say.
        confidence: How far to trust it.
        sentences: One or two.
        suggestion: Empty without one.
    """

    forecast: Forecast
    adjust_reason: str
    confidence: Confidence
    sentences: tuple[str, ...]
    suggestion: str


def facts(summary: Mapping[str, Any]) -> dict[str, Any]:
    """All that an llm is told of an evening.

    Args:
        summary: ``intelligence_summary.json`` with a forecast in it.
    """
    forecast = summary["forecast"]
    stated = Forecast.from_json(forecast)
    told = {
        "target": summary["target"],
        "weekday": f"{date.fromisoformat(summary['target']):%A}",
        "label": summary["label"],
        "days_without_data": summary["stale_days"],
        "horizon_days": forecast["horizon_days"],
        "n_nights": summary["data"]["n_nights"],
        "forecast": {
            "mean_ms": forecast["mean_ms"],
            "intervals": [
                {"percent": percent, "low_ms": ends[0], "high_ms": ends[1]}
                for percent in INTERVALS
                if (ends := stated.interval(percent))
            ],
        },
        "drivers": [
            _only(d, "name", "effect_ms", "value")
            for d in summary["drivers"]
            if abs(d["effect_ms"]) >= LEAST_EFFECT_MS
        ],
        "normal_range": _only(summary["baseline"], "low_ms", "high_ms", "mean7_ms", "light"),
        "journal": summary["journal"],
        "effects": _effects(summary.get("effects")),
        "guess_ms": summary["guess_ms"],
        "records": _records(summary.get("records")),
    }
    return {name: _rounded(value) for name, value in told.items()}


def opening(summary: Mapping[str, Any]) -> Messages:
    """The conversation as it begins: what is wanted, and the facts."""
    told = json.dumps(facts(summary), ensure_ascii=False, allow_nan=False)
    return (
        {"role": "system", "content": INSTRUCTIONS},
        {"role": "user", "content": told},
    )


def asked_again(before: Messages, answer: str, fault: str) -> Messages:
    """The conversation after an answer that cannot be used: the fault is named."""
    return (
        *before,
        {"role": "assistant", "content": answer[:QUOTED_CHARS]},
        {"role": "user", "content": f"That cannot be used: {fault}. Answer again, as asked."},
    )


def check(text: str, summary: Mapping[str, Any]) -> Answer:
    """Read an answer, and use it only if all of it can be used.

    Args:
        text: What came back.
        summary: What the facts were taken from.

    Raises:
        DataError: It cannot be used; the message names the fault, and quotes at most a number or
            a weekday of it.
    """
    content = _parsed(text)
    forecast = track_record.move_forecast(
        Forecast.from_json(summary["forecast"]), _mean_ms(content), source=AGENT_LLM
    )
    if content["confidence"] not in get_args(Confidence):
        raise DataError("confidence is none of low, medium, high")
    sentences = content["sentences"]
    if not isinstance(sentences, list) or not 1 <= len(sentences) <= MAX_SENTENCES:
        raise DataError(f"sentences is no list of 1 to {MAX_SENTENCES} texts")
    known = llm_guardrails.known_from(facts(summary), forecast.mean_ms)
    said = tuple(_text("sentences", sentence, known) for sentence in sentences)
    if not all(said):
        raise DataError("a sentence is empty")
    return Answer(
        forecast=forecast,
        adjust_reason=_text("adjust_reason", content.get("adjust_reason") or "", known),
        confidence=content["confidence"],
        sentences=said,
        suggestion=_text("suggestion", content.get("suggestion") or "", known),
    )


def _parsed(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError("it is not JSON") from error
    if not isinstance(content, dict):
        raise DataError("it is no JSON object")
    needed = ("mean_ms", "confidence", "sentences")
    if missing := [name for name in needed if name not in content]:
        raise DataError(f"it lacks {', '.join(missing)}")
    return content


def _mean_ms(content: Mapping[str, Any]) -> float:
    mean_ms = content["mean_ms"]
    if isinstance(mean_ms, bool) or not isinstance(mean_ms, int | float):
        raise DataError("mean_ms is no number")
    if not abs(mean_ms) <= MAX_MS:  # false for what is no number as well
        raise DataError("mean_ms is beyond all measure")
    return float(mean_ms)


def _text(name: str, said: object, known: llm_guardrails.Known) -> str:
    if not isinstance(said, str):
        raise DataError(f"{name} holds something that is no text")
    if fault := llm_guardrails.fault(said, known, max_chars=MAX_CHARS[name]):
        raise DataError(f"{name} {fault}")
    return said.strip()


def _effects(effects: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Questions with at least some evidence, their effect in % and ms."""
    tested = effects["tested"] if effects else ()
    found = [e for e in tested if e["effect"] and e["verdict"] != "no evidence"]
    return [
        {"tag": e["tag"], "verdict": e["verdict"], **_only(e["effect"], "pct", "ms")}
        for e in found[:MAX_EFFECTS]
    ]


def _records(records: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if records is None:
        return None
    shown = ("n", "mae_ms", "model_mae_ms")
    return {
        "guess": {
            **_only(records["guess"], *shown),
            "weight_percent": 100 * records["guess"]["weight"],
        },
        **{agent["source"]: _only(agent, *shown) for agent in records["agents"]},
    }


def _only(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: row.get(name) for name in names}


def _rounded(value: Any) -> Any:  # noqa: ANN401 - walks any nesting
    if isinstance(value, Mapping):
        return {str(key): _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    if isinstance(value, float):
        return round(value, DECIMALS) if math.isfinite(value) else None
    return value
