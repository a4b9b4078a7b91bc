"""What `hrvctl daily` says of an evening, line by line."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from hrvctl.cli import render
from hrvctl.usecases.workspace import Evening

# Spans of missed mornings that are named, the latest ones (own choice: they fit on a line).
SHOWN_SPANS = 4


def evening_lines(
    summary: Mapping[str, Any],
    decided: Mapping[str, Any],
    done: Mapping[str, Any],
    ingest: Mapping[str, Any],
    evening: Evening,
) -> list[str]:
    """The forecast first, then what it rests on, then how the last one came true.

    Args:
        summary: ``intelligence_summary``.
        decided: ``agent_forecast``.
        done: ``reconciliation``.
        ingest: ``ingest_report``.
        evening: Whose and when.
    """
    forecast, base = decided["forecast"], summary["baseline"]
    when = render.day_name(summary["target"])
    lines = [f"Imported {_imported(ingest)}."] if ingest["files"] else []
    if forecast is None:
        lines.append(" ".join(decided["sentences"]))
    else:
        head = f"{when}: about {render.ms(forecast['mean_ms'])}"
        said = render.intervals(forecast["quantiles_ms"])
        lines.append(render.bold(head) + (f"  ({said})" if said else ""))
        # The rules' first sentence is the line above in other words.
        first = 0 if decided["agent"] == "llm" and not decided["demoted"] else 1
        lines += [f"  {sentence}" for sentence in decided["sentences"][first:]]
    lines += drivers_lines(summary)
    lines += vitals_lines(summary)
    lines += [f"  Note: {note.rstrip('.')}." for note in decided["notes"]]
    # What could be done about an evening long past is nothing.
    if decided["suggestion"] and evening.is_live:
        lines.append(f"  Suggestion: {decided['suggestion']}")
    lines.append(baseline_line(base))
    lines += _yesterday(done, evening, forecast["source"] if forecast else "agent")
    return lines


def drivers_lines(summary: Mapping[str, Any]) -> list[str]:
    """What pushed the forecast up and down, when the model can say."""
    drivers = [d for d in summary["drivers"] if abs(d["effect_ms"]) >= 0.05]
    if not drivers:
        return []
    said = ", ".join(
        # An answer of none that moves the forecast: without it the evening is not a usual one.
        f"{'no ' if d['value'] == 0 else ''}{d['name']} {d['effect_ms']:+.1f} ms"
        for d in drivers[:5]
    )
    return [f"  Drivers: {said}"]


def vitals_lines(summary: Mapping[str, Any]) -> list[str]:
    """One line with the forecast and 80 % interval of every vital sign."""
    from hrvctl.domain.forecast.targets import TARGETS

    targets = {target.metric: target for target in TARGETS.values()}
    vitals = [
        f"{target.label} {v['value']:.{target.digits}f} {target.unit}"
        f" ({v['quantiles']['0.1']:.{target.digits}f} to {v['quantiles']['0.9']:.{target.digits}f})"
        for v in summary["vitals"]
        for target in (targets[v["metric"]],)
    ]
    return [f"  Also: {', '.join(vitals)}"] if vitals else []


def baseline_line(base: Mapping[str, Any]) -> str:
    """Normal range, 7-day mean and light on one line."""
    if base["low_ms"] is None:
        return f"Normal range: not yet ({base['reason']})"
    return (
        f"Normal range {base['low_ms']:.0f} to {base['high_ms']:.0f} ms ({base['profile']}),"
        f" light {render.light(base['light'])}: {base['reason']}"
    )


def _yesterday(done: Mapping[str, Any], evening: Evening, source: str) -> list[str]:
    for day in (evening.as_of, evening.as_of - timedelta(days=1)):
        rows = {r["source"]: r for r in done["rows"] if r["target"] == day.isoformat()}
        if row := rows.get(source, rows.get("agent")):
            inside = {True: "inside the", False: "outside the", None: "without an"}
            return [
                f"{render.day_name(day)} came true at {render.ms(row['actual_ms'])}:"
                f" forecast {render.ms(row['mean_ms'])}, {off_by(row['error_ms'])},"
                f" {inside[row['inside_80']]} 80 % interval"
            ]
    return []


def off_by(error_ms: float) -> str:
    """How far a forecast was from what came true, in whole ms: too high is above zero."""
    off = round(error_ms)
    return f"off by {off:+d} ms" if off else "off by less than 1 ms"


def _imported(ingest: Mapping[str, Any]) -> str:
    new = sum(file["n_new"] for file in ingest["files"])
    revised = sum(file["n_revised"] for file in ingest["files"])
    n = len(ingest["files"])
    return f"{n} {'file' if n == 1 else 'files'}: {new} new values, {revised} revised"


def failed_line(failed: Mapping[str, Any]) -> str:
    """A file that was refused: why, and what to do."""
    return "\n  ".join([f"hrvctl: {failed['message']}", *failed["problems"], failed["hint"]])


def missed_line(missed: Sequence[date]) -> str:
    """Mornings without a forecast, those that follow each other as one span."""
    spans = _spans(missed)
    said = [_span(*span) for span in spans[-SHOWN_SPANS:]]
    earlier = len(spans) - len(said)
    if earlier:
        said.insert(0, f"{earlier} times before")
    n = "1 morning has" if len(missed) == 1 else f"{len(missed)} mornings have"
    return (
        f"hrvctl: {n} no forecast, for want of a run the evening before: {', '.join(said)}."
        "\n  They stay without: a forecast is never made after its morning."
    )


def _spans(days: Iterable[date]) -> list[tuple[date, date]]:
    spans: list[tuple[date, date]] = []
    for day in days:
        if spans and day - spans[-1][1] == timedelta(days=1):
            spans[-1] = spans[-1][0], day
        else:
            spans.append((day, day))
    return spans


def _span(first: date, last: date) -> str:
    return first.isoformat() if first == last else f"{first} to {last}"
