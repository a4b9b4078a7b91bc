"""The sections of a report: each a sentence, a table, and a chart of the same numbers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hrvctl.domain.baseline import MIN_WEEK_NIGHTS
from hrvctl.domain.calibration import MIN_CALIBRATION
from hrvctl.domain.scoring.scores import MIN_MORNINGS
from hrvctl.domain.trend import MIN_OF_WEEKDAY, by_weekday
from hrvctl.errors import count
from hrvctl.records.choices import Audience
from hrvctl.report.day_labels import DayLabels
from hrvctl.report.words import signed
from hrvctl.usecases.report import Fan, Report

Cell = str | float | int | None

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# What each reader is shown, in this order. A doctor and a coach are not told how the forecasters
# compare, nor a doctor what was forecast.
TREND, CALENDAR, WEEKDAY, EFFECTS = "trend", "calendar", "weekday", "effects"
FORECAST, RACE, RELIABILITY, PIT = "forecast", "race", "reliability", "pit"
SHOWN: Mapping[Audience, tuple[str, ...]] = {
    Audience.ME: (TREND, FORECAST, CALENDAR, WEEKDAY, EFFECTS, RACE, RELIABILITY, PIT),
    Audience.COACH: (TREND, FORECAST, CALENDAR, WEEKDAY, EFFECTS),
    Audience.DOCTOR: (TREND, CALENDAR, WEEKDAY, EFFECTS),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section.

    Attributes:
        name: Which; the charts have a function for each.
        title: Its heading.
        sentence: What it shows, with the number of nights or mornings.
        header: The columns of its table.
        rows: The numbers; the chart has the same.
        refused: Why there is no chart: what there is and what is needed; empty when there is one.
    """

    name: str
    title: str
    sentence: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    refused: str = ""


def sections(report: Report, labels: DayLabels, audience: Audience) -> tuple[Section, ...]:
    """Every section a reader is shown; the effects only where the journal was read."""
    names = [n for n in SHOWN[audience] if n != EFFECTS or report.effects is not None]
    return tuple(_MAKERS[name](report, labels) for name in names)


def _trend(report: Report, labels: DayLabels) -> Section:
    n, missing = report.period.n, sum(day.hrv_ms is None for day in report.days)
    aside = sum(day.is_set_aside and day.hrv_ms is not None for day in report.days)
    left_out = "".join(
        f" {count(span.n_nights, 'night')} of {span.measured_by} until {labels.words(span.last)}"
        " left out: devices are never mixed."
        for span in report.others
        if span.last >= report.first
    )
    return Section(
        name=TREND,
        title="HRV against the normal range",
        sentence=f"{count(n, 'night')}, {missing} missing, {aside} set aside. The line is the mean"
        " of the 7 days before, the band the normal range"
        f" ({report.baseline.profile}).{left_out}",
        header=("day", "HRV ms", "7-day mean", "range from", "range to", ""),
        rows=tuple(
            (
                labels.text(day.day),
                _tenth(day.hrv_ms),
                _tenth(day.mean7_ms),
                _tenth(day.low_ms),
                _tenth(day.high_ms),
                "set aside" if day.is_set_aside else "" if day.hrv_ms else "no night",
            )
            for day in report.days
        ),
        refused="" if n + aside else "have 0 nights in this period, need 1",
    )


def _forecast(report: Report, labels: DayLabels) -> Section:
    fans = [fan for fan in (report.earlier_fan, report.fan) if fan]
    outcomes = {day.day: day.hrv_ms for day in report.days}
    rows: list[tuple[Cell, ...]] = []
    for fan in fans:
        for forecast in fan.forecasts:
            ends = [_tenth(end) for p in (80, 95) for end in forecast.interval(p) or (None, None)]
            actual = _tenth(outcomes.get(forecast.target))
            made = labels.text(fan.as_of)
            rows.append(
                (made, labels.text(forecast.target), _tenth(forecast.mean_ms), *ends, actual)
            )
    return Section(
        name=FORECAST,
        title="The week ahead, and the forecast of the evening before",
        sentence=_fan_words(report.fan, labels),
        header=("made on", "morning", "HRV ms", "80 % from", "to", "95 % from", "to ", "came"),
        rows=tuple(rows),
        refused="" if report.fan else "have 0 sealed forecasts, need 1",
    )


def _fan_words(fan: Fan | None, labels: DayLabels) -> str:
    if fan is None:
        return "Nothing is sealed yet."
    return (
        f"{count(len(fan.forecasts), 'morning')} sealed on the evening of"
        f" {labels.words(fan.as_of)}: the forecast, and where 80 % and 95 % of mornings are"
        " expected. Behind it that of the evening before, with what came."
    )


def _calendar(report: Report, labels: DayLabels) -> Section:
    known = [day for day in report.days if day.deviation is not None]
    return Section(
        name=CALENDAR,
        title="Every day in units of your own spread",
        sentence=f"{count(len(known), 'night')} with a normal range. -1 and 1 are its ends.",
        header=("day", "weekday", "half widths of the range from its middle"),
        rows=tuple(
            (labels.text(day.day), WEEKDAYS[day.day.weekday()], _signed_tenth(day.deviation))
            for day in known
        ),
        refused=_short(len(known), MIN_WEEK_NIGHTS, "night", "with a normal range"),
    )


def _weekday(report: Report, labels: DayLabels) -> Section:
    del labels  # no day is named
    found = by_weekday(report.days)
    n = sum(day.n for day in found)
    least = min(day.n for day in found)
    return Section(
        name=WEEKDAY,
        title="By weekday of waking",
        sentence=f"{count(n, 'night')}: the median and the middle half of each weekday's.",
        header=("weekday", "nights", "median ms", "from", "to"),
        rows=tuple(
            (WEEKDAYS[d.weekday], d.n, _tenth(d.median_ms), _tenth(d.low_ms), _tenth(d.high_ms))
            for d in found
        ),
        refused=_short(least, MIN_OF_WEEKDAY, "night", "of the rarest weekday"),
    )


def _effects(report: Report, labels: DayLabels) -> Section:
    del labels
    tested = report.effects.tested if report.effects else ()
    rows: list[tuple[Cell, ...]] = []
    for q in tested:
        changes: list[Cell] = []
        for change in (q.effect, q.control):
            found = (change.pct, change.pct_low, change.pct_high) if change else (None,) * 3
            changes += map(_signed_tenth, found)
        rows.append((q.tag, q.n_yes, q.n_no, *changes, q.missing or q.verdict))
    n = sum(q.effect is not None for q in tested)
    return Section(
        name=EFFECTS,
        title="The journal's answers and the next morning",
        sentence=f"{n} of {count(len(tested), 'question')} could be tested: the change of the next"
        " morning's HRV after a yes, with its 95 % interval; hollow, the same on the night before"
        " the answer, where no effect can be. An association is not a cause.",
        header=(
            *("question", "yes", "no", "change %", "from", "to"),
            *("night before %", "from ", "to ", "verdict"),
        ),
        rows=tuple(rows),
        refused="" if n else "have 0 questions with enough answers, need 1",
    )


def _race(report: Report, labels: DayLabels) -> Section:
    runners = report.race
    n = len(runners[0].days) if runners else 0
    same = {one.source: one.mae_ms[-1] for one in runners}
    figures = report.scores.figures if report.scores else ()
    since = f" since {labels.words(runners[0].days[0])}" if runners else ""
    return Section(
        name=RACE,
        title="Who forecasts best",
        sentence="The mean error so far of each forecaster on the same"
        f" {count(n, 'sealed morning')}{since}; in the table also on all of its own.",
        header=(
            "forecaster",
            "error ms, same mornings",
            "mornings",
            "error ms",
            "bias ms",
            "80 % held",
        ),
        rows=tuple(
            (
                one.source,
                _hundredth(same.get(one.source)),
                one.n,
                _hundredth(one.mae_ms),
                signed(one.bias_ms, 2),
                _percent(one.coverage_80.rate) if one.coverage_80 else None,
            )
            for one in figures
        ),
        refused=_short(n, MIN_MORNINGS, "morning", "with every forecaster"),
    )


def _reliability(report: Report, labels: DayLabels) -> Section:
    del labels
    n = report.reliability[0].of if report.reliability else 0
    return Section(
        name=RELIABILITY,
        title="Do the forecasts hold what they state?",
        sentence=f"{count(n, 'sealed morning')}: how often the morning was at or below each level"
        " of its forecast, with the 95 % interval. On the diagonal they do.",
        header=("level", "mornings at or below", "of", "share", "from", "to"),
        rows=tuple(
            (_percent(one.high), one.n, one.of, *map(_percent, (one.rate, one.least, one.most)))
            for one in report.reliability
        ),
        refused=_short(n, MIN_CALIBRATION, "sealed morning", "with all levels"),
    )


def _pit(report: Report, labels: DayLabels) -> Section:
    del labels
    n = report.pit[0].of if report.pit else 0
    return Section(
        name=PIT,
        title="Where in their forecast the mornings were",
        sentence=f"{count(n, 'sealed morning')}. As high everywhere as the line: the forecasts are"
        " as wide as they should be. High at both ends: too narrow.",
        header=("from level", "to level", "mornings", "share", "stated"),
        rows=tuple(
            (*map(_percent, (one.low, one.high)), one.n, *map(_percent, (one.rate, one.stated)))
            for one in report.pit
        ),
        refused=_short(n, MIN_CALIBRATION, "sealed morning", "with all levels"),
    )


_MAKERS: Mapping[str, Callable[[Report, DayLabels], Section]] = {
    TREND: _trend,
    FORECAST: _forecast,
    CALENDAR: _calendar,
    WEEKDAY: _weekday,
    EFFECTS: _effects,
    RACE: _race,
    RELIABILITY: _reliability,
    PIT: _pit,
}


def _short(n: int, need: int, what: str, which: str) -> str:
    return "" if n >= need else f"have {count(n, what)} {which}, need {need}"


def _tenth(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _hundredth(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _signed_tenth(value: float | None) -> str | None:
    return None if value is None else signed(value, 1)


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
