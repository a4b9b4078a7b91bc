"""The text of `hrvctl daily`, line by line."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from hrvctl.cli import render
from hrvctl.errors import count
from hrvctl.records import AGENT, INTERVALS
from hrvctl.safe_text import one_line

if TYPE_CHECKING:
    from hrvctl.domain.artifacts.intelligence import IntelligenceSummary
    from hrvctl.domain.baseline import Baseline
    from hrvctl.domain.reconcile import Reconciled, Reconciliation
    from hrvctl.usecases.evening import EveningResult
    from hrvctl.usecases.ingest import Failed, IngestReport
    from hrvctl.usecases.workspace import Evening

# Smaller effects, ms, round to nothing.
NOTHING_MS = 0.05
# Drivers that are named, the largest first (own choice: they fit on a line).
SHOWN_DRIVERS = 5

# Spans of missed mornings that are named, the latest ones (own choice: they fit on a line).
SHOWN_SPANS = 4


def evening_lines(result: "EveningResult", *, is_dry: bool) -> list[str]:
    """The forecast first, then what it is based on, then the outcome of the last one."""
    summary, final = result.summary, result.final
    forecast = final.forecast
    lines = [f"Imported {_imported(result.ingest)}."] if result.ingest.files else []
    if forecast is None:
        lines.append(" ".join(final.sentences))
    else:
        head = f"{render.day_name(summary.target)}: about {render.ms(forecast.mean_ms)}"
        intervals = render.intervals(forecast)
        lines.append(render.bold(head) + (f"  ({intervals})" if intervals else ""))
        # The rules' first sentence is the line above in other words.
        first = 0 if final.agent == "llm" and not final.demoted else 1
        lines += [f"  {sentence}" for sentence in final.sentences[first:]]
    lines += _drivers_lines(summary)
    lines += _vitals_lines(summary)
    lines += [f"  Note: {note.rstrip('.')}." for note in final.notes]
    lines += _guess_lines(result, is_dry=is_dry)
    # Nothing can be done any more about a past evening.
    if final.suggestion and result.evening.is_live:
        lines.append(f"  Suggestion: {final.suggestion}")
        lines += [
            f"  {line}" for line in render.old_data(summary.data.last_day, result.evening.as_of)
        ]
    lines.append(baseline_line(summary.baseline))
    source = forecast.source if forecast else AGENT
    lines += _yesterday(result.reconciliation, result.evening, source)
    return lines


def short_line(result: "EveningResult") -> str:
    """The forecast on one line with the light, or why there is none."""
    summary, forecast = result.summary, result.final.forecast
    if forecast is None:
        return f"no forecast: {summary.withheld}"
    intervals = render.intervals(forecast)
    about = f"about {render.ms(forecast.mean_ms)}" + (f" ({intervals})" if intervals else "")
    return f"{about}, light {render.light(summary.baseline.light)}"


def _drivers_lines(summary: "IntelligenceSummary") -> list[str]:
    """What pushed the forecast up and down, where its model can explain it."""
    drivers = [driver for driver in summary.drivers if abs(driver.effect) >= NOTHING_MS]
    if not drivers:
        return []
    listed = ", ".join(
        # An answer of none that moves the forecast: without it the evening is not a usual one.
        f"{'no ' if driver.value == 0 else ''}{driver.name} {driver.effect:+.1f} ms"
        for driver in drivers[:SHOWN_DRIVERS]
    )
    # The effects add up to the model's forecast: without them it would be the person's level.
    usual = ""
    if summary.forecast is not None:
        level = summary.forecast.mean_ms - sum(driver.effect for driver in summary.drivers)
        usual = f", from your usual {render.ms(level)}"
    return [f"  Drivers{usual}: {listed}"]


def _guess_lines(result: "EveningResult", *, is_dry: bool) -> list[str]:
    """The guess beside the forecast, and what it counts for."""
    guess = result.final.guess
    if guess.ms is None:
        return []
    moved = f"it moved the forecast by {guess.weight:.0%} of the way" if guess.weight else guess.why
    sealed = "" if is_dry else ", sealed beside it"
    return [f"  Your guess: {render.ms(guess.ms)}{sealed}; {moved}."]


def _vitals_lines(summary: "IntelligenceSummary") -> list[str]:
    """One line with the forecast and 80 % interval of every vital sign."""
    from hrvctl.domain.forecast.targets import TARGETS

    targets = {target.metric: target for target in TARGETS.values()}
    listed = []
    for vital in summary.vitals:
        target = targets[vital.metric]
        low, high = (vital.quantiles[level] for level in INTERVALS[80])
        listed.append(
            f"{target.label} {vital.value:.{target.digits}f} {target.unit}"
            f" ({low:.{target.digits}f} to {high:.{target.digits}f})"
        )
    return [f"  Also: {', '.join(listed)}"] if listed else []


def baseline_line(base: "Baseline") -> str:
    """Normal range, 7-day mean and light on one line."""
    if base.low_ms is None or base.high_ms is None:
        return f"Normal range: not yet ({base.reason})"
    normal = f"{base.low_ms:.0f} to {base.high_ms:.0f} ms"
    reason = base.reason.replace(f"the normal range of {normal}", "it")
    return f"Normal range {normal}, light {render.light(base.light)}: {reason}"


def _yesterday(done: "Reconciliation", evening: "Evening", source: str) -> list[str]:
    for day in (evening.as_of, evening.as_of - timedelta(days=1)):
        rows = {row.source: row for row in done.rows if row.target == day}
        if row := rows.get(source, rows.get(AGENT)):
            return [outcome(row)]
    return []


def outcome(row: "Reconciled") -> str:
    """What a morning was, and what had been forecast."""
    inside = {True: "inside the", False: "outside the", None: "without an"}
    return (
        f"{render.day_name(row.target)} was {render.ms(row.actual_ms)}:"
        f" forecast {render.ms(row.mean_ms)}, {off_by(row.error_ms)},"
        f" {inside[row.inside_80]} 80 % interval"
    )


def off_by(error_ms: float) -> str:
    """The error of a forecast in whole ms, as the value beside the forecast."""
    off = round(error_ms)
    if not off:
        return "off by less than 1 ms"
    return f"{abs(off)} ms {'less' if off > 0 else 'more'} than forecast"


def _imported(report: "IngestReport") -> str:
    new = sum(file.n_new for file in report.files)
    revised = sum(file.n_revised for file in report.files)
    return f"{count(len(report.files), 'file')}: {new} new values, {revised} revised"


def failed_line(failed: "Failed") -> str:
    """A file that was refused: why, and what to do."""
    lines = (f"hrvctl: {failed.message}", *failed.problems, failed.hint)
    return "\n  ".join(map(one_line, lines))


def missed_line(missed: Sequence[date]) -> str:
    """Mornings without a forecast, those that follow each other as one span."""
    spans = _spans(missed)
    named = [_span(*span) for span in spans[-SHOWN_SPANS:]]
    earlier = len(spans) - len(named)
    if earlier:
        named.insert(0, f"{count(earlier, 'earlier time')}")
    n = count(len(missed), "morning has", "mornings have")
    return (
        f"hrvctl: {n} no forecast, because no run was made the evening before:"
        f" {', '.join(named)}.\n  They are not forecast afterwards."
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
