"""Replay every pattern over all evenings: its forecasts of each lead, and how wide they erred."""

import math
from typing import NamedTuple

import numpy as np

from hrvctl.domain.arrays import Floats, Ints
from hrvctl.domain.forecast.features import Frame
from hrvctl.domain.forecast.multi_step import (
    HISTORY_FEATURES,
    RollTerms,
    carry_over_gap,
    effective_lead,
    roll_forward,
    roll_terms,
)
from hrvctl.domain.forecast.protocol import MAX_LEAD
from hrvctl.domain.forecast.quantiles import (
    CLIP_ERROR,
    PRIOR_ERRORS,
    USUAL_ERROR,
    WIDTH_HALF_LIFE_DAYS,
    recent_widths,
    step_errors,
)
from hrvctl.domain.forecast.recursions import mean_of_last
from hrvctl.domain.loops import Loop

# The forecast is shrunk to the mean of the last week, which weighs as two nights (own choice).
TRUST_NIGHTS = 2.0
WEEK_DAYS = 7
# Evenings that the compiled loop takes at once: all leads of so many stay in the fastest memory.
BLOCK = 256


class Evenings(NamedTuple):
    """What the patterns share on n evenings.

    Attributes:
        w: Shape (n,), the target on its own scale; NaN where missing.
        centre: Shape (n,), the slow level.
        scale: Shape (n,), the person's spread around it.
        week: Shape (n,), the mean of the last week's nights, else the slow level.
        trust: Shape (n,), weight of the model against that mean, 0 to 1.
        since: Shape (n,), days since the last night.
        weekday: Shape (n,), of the day after, Monday 0.
        terms: What forecasts beyond tomorrow are made of.
    """

    w: Floats
    centre: Floats
    scale: Floats
    week: Floats
    trust: Floats
    since: Ints
    weekday: Ints
    terms: RollTerms


class Patterns(NamedTuple):
    """What each pattern says on its own.

    Attributes:
        ahead: Shape (patterns, n), deviations forecast for tomorrow; NaN where it has none.
        factors: Shape (patterns, n), how much wider than usual it expects tomorrow's error.
        by_weekday: Shape (patterns, 7), and those of later days, Monday first.
        growth: Shape (patterns, MAX_LEAD), usual width of each lead relative to lead 1.
    """

    ahead: Floats
    factors: Floats
    by_weekday: Floats
    growth: Floats


class Replay(NamedTuple):
    """The forecasts of the pattern used on each evening, and every pattern's own errors.

    Attributes:
        mean: Shape (n, MAX_LEAD), centre of the forecast on the target's scale.
        unit: Shape (n, MAX_LEAD), the spread expected from the day's inputs.
        width: Shape (n, MAX_LEAD), a factor on it, from recent errors.
        standard: Shape (patterns, n - 1), one-step errors in units of the width stated; column
            t - 1 became known on day t; NaN where none.
    """

    mean: Floats
    unit: Floats
    width: Floats
    standard: Floats


@Loop
def replay(evenings: Evenings, patterns: Patterns, used: Ints, first: int) -> Replay:
    """Replay each pattern on every evening that has its inputs, for its own errors.

    Args:
        evenings: n evenings.
        patterns: Of them.
        used: Shape (n,), the pattern whose forecast is wanted on each evening.
        first: Evenings below it may be left NaN.
    """
    del first
    day, lead = np.arange(len(used)), np.arange(1, MAX_LEAD)
    deviations = np.stack([roll_forward(evenings.terms, row).T for row in patterns.ahead])
    means = lean_on_week(evenings, deviations)
    later = patterns.by_weekday[:, (evenings.weekday[:, None] + lead) % 7]
    units = evenings.scale[:, None] * np.dstack([patterns.factors[:, :, None], later])
    errors = np.stack([step_errors(evenings.w, *both) for both in zip(means, units, strict=True)])
    width = recent_widths(errors, patterns.growth)
    return Replay(
        mean=means[used, day],
        unit=units[used, day],
        width=width[used[:, None], day[:, None], effective_lead(evenings.since)],
        standard=errors[:, 1:, 0] / width[:, :-1, 0],
    )


def evenings_of(frame: Frame, features: tuple[str, ...], coefficients: Floats) -> Evenings:
    """Collect what the patterns share.

    Args:
        frame: n evenings.
        features: Inputs of the history pattern, which uses past nights alone.
        coefficients: Shape (n, p), that pattern's coefficients on each evening.
    """
    columns = np.array([features.index(name) for name in HISTORY_FEATURES])
    weekday = frame.tomorrow.astype(np.int64)
    levels = frame.recent, frame.centre, frame.scale, frame.nights
    terms = roll_terms(coefficients, columns, weekday, *levels)
    week = mean_of_last(frame.w, WEEK_DAYS)
    return Evenings(
        w=frame.w,
        centre=frame.centre,
        scale=frame.scale,
        week=np.where(np.isnan(week), frame.centre, week),
        trust=frame.nights / (frame.nights + TRUST_NIGHTS),
        since=frame.since,
        weekday=weekday,
        terms=terms,
    )


def over_gap(evenings: Evenings, whole_day: Floats, effects: Floats, rows: Ints) -> Floats:
    """Means after days without a night: the last night's forecasts carried on.

    Args:
        evenings: n evenings.
        whole_day: Shape (n,), the deviation forecast for the day after each, from all inputs of
            its day, which is over by then.
        effects: Shape (k,), what each evening's own answers in the journal add to it.
        rows: The k evenings without a night.

    Returns:
        Shape (k, MAX_LEAD).
    """
    since = evenings.since[rows]
    last = np.maximum(rows - since, 0)
    terms = RollTerms(*(np.take(part, last, axis=1) for part in evenings.terms))
    carried = carry_over_gap(roll_forward(terms, whole_day[last]).T, since)
    carried[:, 0] += effects
    return lean_on_week(evenings, carried, rows)


def lean_on_week(evenings: Evenings, deviation: Floats, rows: Ints | slice = slice(None)) -> Floats:
    """Means on the target's scale from standardised deviations, in the shape of ``deviation``.

    Args:
        evenings: n evenings.
        deviation: Shape (..., k, MAX_LEAD).
        rows: The k evenings that they are of.
    """
    mean = evenings.centre[rows, None] + evenings.scale[rows, None] * deviation
    week = evenings.week[rows, None]
    leaning: Floats = week + evenings.trust[rows, None] * (mean - week)
    return leaning


@replay.compiled_from
def _replay_in_loops(evenings: Evenings, patterns: Patterns, used: Ints, first: int) -> Replay:
    n, n_patterns = len(used), len(patterns.ahead)
    out = Replay(
        np.full((n, MAX_LEAD), np.nan),
        np.full((n, MAX_LEAD), np.nan),
        np.full((n, MAX_LEAD), np.nan),
        np.full((n_patterns, n - 1), np.nan),
    )
    keep = 2.0 ** (-1.0 / WIDTH_HALF_LIFE_DAYS)
    most, total = CLIP_ERROR * patterns.growth, PRIOR_ERRORS * (USUAL_ERROR * patterns.growth) ** 2
    sums, counts = np.zeros((n_patterns, MAX_LEAD)), np.zeros((n_patterns, MAX_LEAD))
    width, widest = np.full(n_patterns, np.nan), np.empty(MAX_LEAD)
    for begin in range(0, n, BLOCK):
        # With the evenings before it whose forecasts become known in the block.
        start, end = max(begin - MAX_LEAD, 0), min(begin + BLOCK, n)
        m = end - start
        w, since = evenings.w[start:end], evenings.since[start:end]
        centre, scale = evenings.centre[start:end], evenings.scale[start:end]
        week, trust = evenings.week[start:end], evenings.trust[start:end]
        terms = RollTerms(
            evenings.terms.usual[:, start:end].copy(),
            evenings.terms.slopes[:, start:end].copy(),
            evenings.terms.levels[:, start:end].copy(),
            evenings.terms.gains[:, start:end].copy(),
        )
        mean, unit = np.empty((MAX_LEAD, m)), np.empty((MAX_LEAD, m))
        errors, squares = np.full(m, np.nan), np.full((MAX_LEAD, m), np.nan)
        factors = np.empty(m + MAX_LEAD)
        for number in range(n_patterns):
            rolled = roll_forward(terms, patterns.ahead[number, start:end])
            for t in range(m + MAX_LEAD):
                factors[t] = patterns.by_weekday[number, (evenings.weekday[start] + t) % 7]
            # Evenings inside, so that vector instructions take several at once.
            for lead in range(MAX_LEAD):
                for t in range(m):
                    leaning = centre[t] + scale[t] * rolled[lead, t]
                    mean[lead, t] = week[t] + trust[t] * (leaning - week[t])
                    unit[lead, t] = scale[t] * factors[t + lead]
                if lead == 0:
                    unit[0] = scale * patterns.factors[number, start:end]
                for made in range(m - lead - 1):
                    known = made + lead + 1
                    error = (w[known] - mean[lead, made]) / unit[lead, made]
                    error = error if w[made] == w[made] else np.nan
                    if lead == 0:
                        errors[known] = error
                    size = abs(error)
                    size = most[number, lead] if size > most[number, lead] else size
                    squares[lead, known] = size * size
            by_day = np.ascontiguousarray(squares.T)
            own_sums, own_counts, own_total = sums[number], counts[number], total[number]
            for t in range(begin - start, m):
                for column in range(MAX_LEAD):
                    square = by_day[t, column]
                    more, one_more = keep * own_sums[column] + square, keep * own_counts[column] + 1
                    own_sums[column] = more if square == square else own_sums[column]
                    own_counts[column] = one_more if square == square else own_counts[column]
                day = start + t
                if day:
                    out.standard[number, day - 1] = errors[t] / width[number]
                square = (own_sums[0] + own_total[0]) / (own_counts[0] + PRIOR_ERRORS)
                width[number] = math.sqrt(square)
                if day >= first and used[day] == number:
                    for column in range(MAX_LEAD):
                        square = own_sums[column] + own_total[column]
                        widest[column] = math.sqrt(square / (own_counts[column] + PRIOR_ERRORS))
                    for column in range(1, MAX_LEAD):
                        widest[column] = max(widest[column], widest[column - 1])
                    for lead in range(MAX_LEAD):
                        out.mean[day, lead] = mean[lead, t]
                        out.unit[day, lead] = unit[lead, t]
                        out.width[day, lead] = widest[min(lead + since[t], MAX_LEAD - 1)]
    return out
