"""The first page of a report: its answers in words, each with its number of nights or mornings."""

import math
from collections.abc import Sequence

from hrvctl.domain.scoring.scores import Scores
from hrvctl.domain.trend import MIN_OF_PERIOD
from hrvctl.errors import count
from hrvctl.records import AGENT, GUESS, NAIVE, SPOKEN_NAMES, Forecast
from hrvctl.report.day_labels import DayLabels
from hrvctl.usecases.report import Report

# Whom the forecast's record is compared with.
RIVALS = (NAIVE, GUESS)


def answers(report: Report, labels: DayLabels) -> tuple[tuple[str, str], ...]:
    """Questions a reader has, and their answers."""
    return (
        ("Last night", _night(report, labels)),
        ("Normal range", _range(report)),
        ("Against the time before", _change(report)),
        ("The next morning", _next(report, labels)),
        ("How good the forecasts are", _record(report)),
    )


def signed(value: float | None, digits: int) -> str | None:
    """A difference with its sign; ``None`` stays."""
    # Adding zero turns a -0.0 that rounding left into 0.0.
    return None if value is None else f"{round(value, digits) + 0.0:+.{digits}f}"


def off_by(actual_ms: float, forecast_ms: float) -> str:
    """How far a night was above or below its forecast, in the whole ms shown."""
    difference = round(actual_ms) - round(forecast_ms)
    if not difference:
        return "as it came"
    return f"{abs(difference)} ms {'above' if difference > 0 else 'below'} it"


def _night(report: Report, labels: DayLabels) -> str:
    value, day = report.baseline.value_ms, labels.words(report.last)
    if value is None:
        return f"No night is known for {day}."
    said = [f"{_begun(day)}: {value:.0f} ms."]
    if report.forecast is None:
        said.append("No forecast was sealed for it.")
    else:
        ends = report.forecast.interval(80)
        where = f", {'inside' if ends[0] <= value <= ends[1] else 'outside'}" if ends else ""
        said.append(
            f"Forecast {_stated(report.forecast)}: {off_by(value, report.forecast.mean_ms)}{where}."
        )
    if report.guess_ms is not None:
        said.append(f"Your guess was {report.guess_ms:.0f} ms.")
    return " ".join(said)


def _range(report: Report) -> str:
    base = report.baseline
    if base.low_ms is None or base.high_ms is None:
        return f"Not yet: {base.reason}."
    return (
        f"{base.low_ms:.0f} to {base.high_ms:.0f} ms, from {count(base.n_nights, 'night')}. The"
        f" light is {base.light}: {base.reason}."
    )


def _change(report: Report) -> str:
    now, before, n_days = report.period, report.before, len(report.days)
    if now.mean_ms is None or before.mean_ms is None:
        short, need = min(now.n, before.n), math.ceil(n_days * MIN_OF_PERIOD)
        return f"Not yet: have {count(short, 'night')} in one of the two periods, need {need}."
    pct = 100 * (now.mean_ms / before.mean_ms - 1)
    return (
        f"{now.mean_ms:.0f} ms on average over {n_days} days ({count(now.n, 'night')}),"
        f" {before.mean_ms:.0f} ms over the {n_days} days before ({count(before.n, 'night')}):"
        f" {signed(pct, 0)} %."
    )


def _next(report: Report, labels: DayLabels) -> str:
    ahead = [f for f in report.fan.forecasts if f.target > report.last] if report.fan else []
    if not ahead:
        return "Nothing is sealed for it."
    return f"{_begun(labels.words(ahead[0].target))}: {_stated(ahead[0])}, sealed before the night."


def _record(report: Report) -> str:
    figures: Sequence[Scores] = report.scores.figures if report.scores else ()
    by_name = {one.source: one for one in figures if one.n}
    own = by_name.get(AGENT)
    if own is None or own.mae_ms is None:
        return "Nothing is scored yet: have 0 mornings, need 1."
    said = [f"{own.mae_ms:.1f} ms off on {count(own.n, 'sealed morning')}"]
    said += [
        f"{SPOKEN_NAMES[source]} {found.mae_ms:.1f} on {found.n}"
        for source in RIVALS
        if (found := by_name.get(source)) and found.mae_ms is not None
    ]
    text = "; ".join(said)
    if own.coverage_80:
        c = own.coverage_80
        text += f". The 80 % interval held {c.inside} of {c.n}"
    return f"{text}."


def _begun(text: str) -> str:
    """The beginning of a sentence."""
    return text[:1].upper() + text[1:]


def _stated(forecast: Forecast) -> str:
    ends = forecast.interval(80)
    between = f" (8 mornings of 10 between {ends[0]:.0f} and {ends[1]:.0f})" if ends else ""
    return f"{forecast.mean_ms:.0f} ms{between}"
