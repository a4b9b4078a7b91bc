"""The charts of a report, drawn by matplotlib onto axes; a palette names their colours by role."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle
from math import nan

from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from hrvctl.domain.trend import TrendDay, by_weekday
from hrvctl.records import INTERVALS
from hrvctl.report import sections
from hrvctl.report.day_labels import DayLabels
from hrvctl.usecases.report import Fan, Report

# Ends of the classes of the heat map, in half widths of the normal range (own choice).
CLASS_ENDS = (-3.0, -1.0, 1.0, 3.0)
# Questions on the chart of effects, the strongest; the table has all (own choice: they fit).
MOST_QUESTIONS = 12
LINES = ("-", "--", "-.", ":")


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """A colour for each role; ``classes`` are those of the heat map, lowest first."""

    ink: str
    faint: str
    band: str
    dot: str
    line: str
    classes: tuple[str, ...]


def draw(name: str, axes: Axes, report: Report, labels: DayLabels, palette: Palette) -> None:
    """Draw the chart of a section that was not refused."""
    _DRAWN[name](axes, report, labels, palette)


def _trend(axes: Axes, report: Report, labels: DayLabels, palette: Palette) -> None:
    days = report.days
    x = [labels.position(day.day) for day in days]
    low, high = ([_or_nan(getattr(day, end)) for day in days] for end in ("low_ms", "high_ms"))
    axes.fill_between(x, low, high, color=palette.band, linewidth=0, label="normal range")
    mean = [_or_nan(day.mean7_ms) for day in days]
    axes.plot(x, mean, color=palette.line, linewidth=1.4, label="7-day mean")
    shown = {"night": [d for d in days if d.hrv_ms and not d.is_set_aside]}
    shown["set aside"] = [d for d in days if d.hrv_ms and d.is_set_aside]
    for (name, of), face in zip(shown.items(), (palette.dot, "none"), strict=True):
        if of:
            at = [labels.position(day.day) for day in of]
            values = [_or_nan(day.hrv_ms) for day in of]
            axes.plot(
                at,
                values,
                "o",
                markersize=_dot_size(len(days)),
                color=palette.dot,
                markerfacecolor=face,
                label=name,
            )
    missing = [labels.position(day.day) for day in days if day.hrv_ms is None]
    if missing:
        # On the axis itself: a missing night has no value.
        axes.plot(
            missing,
            [0.015] * len(missing),
            marker="x",
            markersize=3,
            linestyle="none",
            color=palette.ink,
            transform=axes.get_xaxis_transform(),
            label="no night",
        )
    for span in report.others:
        if report.first <= span.last < report.last:
            axes.axvline(labels.position(span.last), color=palette.ink, linewidth=1, linestyle=":")
    _days_axis(axes, labels)
    axes.set_ylabel("HRV, ms")
    _legend(axes)


def _forecast(axes: Axes, report: Report, labels: DayLabels, palette: Palette) -> None:
    fans = [fan for fan in (report.earlier_fan, report.fan) if fan]
    for fan in fans:
        _fan(axes, fan, labels, palette, is_earlier=fan is not report.fan)
    began = min(fan.as_of for fan in fans) - timedelta(days=7)
    came = [day for day in report.days if day.hrv_ms and day.day >= began]
    x = [labels.position(day.day) for day in came]
    values = [_or_nan(day.hrv_ms) for day in came]
    axes.plot(x, values, "o", color=palette.dot, markersize=4, label="came")
    _days_axis(axes, labels)
    axes.set_ylabel("HRV, ms")
    _legend(axes)


def _fan(axes: Axes, fan: Fan, labels: DayLabels, palette: Palette, *, is_earlier: bool) -> None:
    shift = -0.15 if is_earlier else 0.15
    style = "--" if is_earlier else "-"
    name = "evening before" if is_earlier else "forecast"
    for percent, width in zip(INTERVALS, (4.5, 1.2), strict=True):
        stated = [(f.target, ends) for f in fan.forecasts if (ends := f.interval(percent))]
        axes.vlines(
            [labels.position(day) + shift for day, _ in stated],
            [low for _, (low, _) in stated],
            [high for _, (_, high) in stated],
            color=palette.faint if is_earlier else palette.band,
            linewidth=width,
        )
    x = [labels.position(f.target) + shift for f in fan.forecasts]
    means = [f.mean_ms for f in fan.forecasts]
    axes.plot(x, means, style, color=palette.line, linewidth=1, label=name)


def _calendar(axes: Axes, report: Report, labels: DayLabels, palette: Palette) -> None:
    squares: dict[int, list[Rectangle]] = {}
    for day in report.days:
        if day.deviation is not None:
            place = sum(day.deviation > end for end in CLASS_ENDS)
            squares.setdefault(place, []).append(_square(day, report))
    for place, of in sorted(squares.items()):
        axes.add_collection(
            PatchCollection(
                of, facecolor=palette.classes[place], edgecolor="none", label=_class_name(place)
            )
        )
    weeks = _week(report.last, report) + 1
    axes.set_xlim(-0.2, max(weeks, 4) + 0.2)
    axes.set_ylim(7.1, -0.1)
    axes.set_yticks([day + 0.5 for day in range(7)], [n[:2] for n in sections.WEEKDAYS])
    marks = range(0, weeks, max(weeks // 5, 1))
    monday = report.first - timedelta(days=report.first.weekday())
    names = [labels.at(labels.position(monday + timedelta(weeks=week))) for week in marks]
    axes.set_xticks([week + 0.5 for week in marks], names)
    handles = [Rectangle((0, 0), 1, 1, facecolor=color) for color in palette.classes]
    words = [_class_name(place) for place in range(len(palette.classes))]
    axes.legend(handles, words, ncols=5, loc="lower left", bbox_to_anchor=(0, 1))


def _square(day: TrendDay, report: Report) -> Rectangle:
    return Rectangle((_week(day.day, report) + 0.06, day.day.weekday() + 0.06), 0.88, 0.88)


def _week(day: date, report: Report) -> int:
    return ((day - report.first).days + report.first.weekday()) // 7


def _class_name(place: int) -> str:
    ends = (*CLASS_ENDS, None)
    if place == 0:
        return f"< {CLASS_ENDS[0]:g}"
    low, high = CLASS_ENDS[place - 1], ends[place]
    return f"> {low:g}" if high is None else f"{low:g} to {high:g}"


def _weekday(axes: Axes, report: Report, labels: DayLabels, palette: Palette) -> None:
    del labels
    found = by_weekday(report.days)
    for day in found:
        if day.median_ms is not None:
            axes.plot(
                [day.weekday] * 2,
                [_or_nan(day.low_ms), _or_nan(day.high_ms)],
                color=palette.band,
                linewidth=7,
                solid_capstyle="butt",
            )
            axes.plot(day.weekday, day.median_ms, "o", color=palette.dot, markersize=5)
    axes.set_xticks(
        range(7), [f"{name[:2]}\n{d.n}" for name, d in zip(sections.WEEKDAYS, found, strict=True)]
    )
    axes.set_ylabel("HRV, ms")


def _effects(axes: Axes, report: Report, labels: DayLabels, palette: Palette) -> None:
    del labels
    tested = report.effects.tested if report.effects else ()
    shown = [q for q in tested if q.effect][:MOST_QUESTIONS]
    for y, q in enumerate(shown):
        for change, shift, face in ((q.effect, -0.14, palette.dot), (q.control, 0.2, "none")):
            if change:
                ends = [change.pct_low, change.pct_high]
                axes.plot(ends, [y + shift] * 2, color=palette.dot, linewidth=1)
                axes.plot(
                    change.pct,
                    y + shift,
                    "o",
                    color=palette.dot,
                    markerfacecolor=face,
                    markersize=5,
                )
    axes.axvline(0, color=palette.ink, linewidth=0.8)
    axes.set_yticks(range(len(shown)), [f"{q.tag[:18]}, {q.n_yes}" for q in shown])
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_xlabel("next morning's HRV, %")


def _race(axes: Axes, report: Report, labels: DayLabels, palette: Palette) -> None:
    colours = cycle((palette.dot, palette.line, palette.ink))
    for i, one in enumerate(report.race):
        x = [labels.position(day) for day in one.days]
        axes.plot(
            x,
            one.mae_ms,
            LINES[i // 3 % len(LINES)],
            color=next(colours),
            linewidth=1.3,
            label=one.source,
        )
    _days_axis(axes, labels)
    axes.set_ylabel("mean error so far, ms")
    axes.set_ylim(bottom=0)
    _legend(axes)


def _reliability(axes: Axes, report: Report, labels: DayLabels, palette: Palette) -> None:
    del labels
    shares = report.reliability
    axes.plot([0, 1], [0, 1], color=palette.ink, linewidth=0.8, label="as stated")
    x = [one.high for one in shares]
    axes.vlines(x, [one.least for one in shares], [one.most for one in shares], color=palette.dot)
    axes.plot(
        x, [one.rate for one in shares], "o", color=palette.dot, markersize=5, label="observed"
    )
    axes.set_xlabel("stated share at or below")
    axes.set_ylabel("observed")
    _legend(axes)


def _pit(axes: Axes, report: Report, labels: DayLabels, palette: Palette) -> None:
    del labels
    bins = report.pit
    axes.bar(
        [one.low for one in bins],
        [one.rate / one.stated for one in bins],
        width=[one.stated for one in bins],
        align="edge",
        facecolor=palette.band,
        edgecolor=palette.dot,
        label="observed",
    )
    axes.axhline(1, color=palette.line, linewidth=1.2, label="as stated")
    axes.set_xlabel("level of the forecast")
    axes.set_ylabel("mornings, relative to stated")
    _legend(axes)


_DRAWN: Mapping[str, Callable[[Axes, Report, DayLabels, Palette], None]] = {
    sections.TREND: _trend,
    sections.FORECAST: _forecast,
    sections.CALENDAR: _calendar,
    sections.WEEKDAY: _weekday,
    sections.EFFECTS: _effects,
    sections.RACE: _race,
    sections.RELIABILITY: _reliability,
    sections.PIT: _pit,
}


def _legend(axes: Axes) -> None:
    # Above the axes, where it covers nothing.
    axes.legend(ncols=4, loc="lower left", bbox_to_anchor=(0, 1))


def _days_axis(axes: Axes, labels: DayLabels) -> None:
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.xaxis.set_major_formatter(lambda x, _: labels.at(round(x)))


def _dot_size(n_days: int) -> float:
    """Points: as large as so many days leave room for on a chart of 340 points."""
    return min(max(340 / n_days, 1.6), 4)


def _or_nan(value: float | None) -> float:
    return nan if value is None else value
