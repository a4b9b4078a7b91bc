"""The hierarchical robust ridge: one pass gives the forecast and its whole walk-forward past."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hrvctl.domain.forecast.features import Frame, build_frame
from hrvctl.domain.forecast.leads import after_gap, effective_lead, roll_forward
from hrvctl.domain.forecast.prior import (
    ALCOHOL,
    ALCOHOL_PRECISION,
    ANSWER_PRECISION,
    PRECISION,
    Pattern,
    Prior,
    shipped_prior,
)
from hrvctl.domain.forecast.protocol import MAX_LEAD, Floats, Replay
from hrvctl.domain.forecast.quantiles import (
    recent_widths,
    shape_quantiles,
    step_errors,
    widths,
)
from hrvctl.domain.forecast.ridge import refit_daily
from hrvctl.domain.forecast.streams import mean_of_last
from hrvctl.domain.forecast.targets import HRV, Target
from hrvctl.domain.series import History
from hrvctl.records import LEVELS

# The forecast leans on the mean of the last week as if that were two nights (own choice).
TRUST_NIGHTS = 2.0
WEEK_DAYS = 7
MEDIAN = LEVELS.index(0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """Everything one walk over a history gives; row t stands on the evening of day t.

    Attributes:
        frame: The history in standard units.
        patterns: The patterns tried, the richest last.
        chosen: Shape (n,), number of the pattern used, -1 before the first night.
        coefficients: Number of the pattern to shape (n, p + tags).
        mean: Shape (n, MAX_LEAD), centre of the forecast on the target's scale.
        unit: Shape (n, MAX_LEAD), the spread today's conditions suggest.
        width: Shape (n, MAX_LEAD), the factor from recent errors.
        shape: Shape (n, len(LEVELS)), quantiles of the standardised error.
        week: Shape (n,), mean of the last week on the target's scale.
        trust: Shape (n,), share of the model against that mean, 0 to 1.
    """

    frame: Frame
    patterns: tuple[Pattern, ...]
    chosen: Floats
    coefficients: Mapping[int, Floats]
    mean: Floats
    unit: Floats
    width: Floats
    shape: Floats
    week: Floats
    trust: Floats

    def quantiles(self) -> Floats:
        """Shape (n, MAX_LEAD, len(LEVELS)), on the target's scale, ascending in the last axis."""
        spread = (self.unit * self.width)[:, :, None]
        return self.mean[:, :, None] + spread * self.shape[:, None, :]


class Hierarchical:
    """Ridge regression of tomorrow's deviation, shrunk to what was learned from other people.

    A hierarchical (empirical Bayes) linear model in the sense of Lindley and Smith (1972): each
    person's coefficients start at the pooled ones and move as far as their own nights ask for.
    Which coefficients serve depends on what the evening knows; a missing input is never filled.

    Args:
        target: What to forecast.
        bedtime: Also use hours until bed, where known.
        journal: Use the answers of the journal.
        prior: What to start from; the shipped one when ``None``.
    """

    title = "Hierarchical robust ridge"
    min_nights = 1

    def __init__(
        self,
        target: Target = HRV,
        *,
        bedtime: bool = False,
        journal: bool = True,
        prior: Prior | None = None,
        patterns: Sequence[str] | None = None,
    ) -> None:
        self.target = target
        self.name = "hierarchical_bedtime" if bedtime else "hierarchical"
        self.journal = journal
        known = shipped_prior() if prior is None else prior
        names = target.patterns + (target.with_bedtime if bedtime else ())
        self.patterns = tuple(known[name] for name in (patterns or names))

    def replay(self, history: History, *, first_origin: int = 1) -> Replay:
        """Forecast on every evening; see ``Forecaster``. Values are in the target's unit."""
        n = len(history)
        quantiles = np.full((n + 1, MAX_LEAD, len(LEVELS)), np.nan)
        if n:
            done = self.walk(history, first=max(first_origin - 1, 0))
            quantiles[1:] = self.target.back(done.quantiles())
        return Replay(point=quantiles[:, :, MEDIAN], quantiles=quantiles)

    def walk(self, history: History, *, first: int = 0) -> Pass:
        """The whole pass over a history of at least one day.

        Args:
            history: n calendar days.
            first: Evenings below it are left without quantiles.
        """
        frame = build_frame(history, self.target, journal=self.journal)
        chosen, ahead, fitted = self._one_ahead(frame)
        deviation = self._all_leads(frame, chosen, ahead, fitted[0])
        mean = frame.centre[:, None] + frame.scale[:, None] * deviation
        week = mean_of_last(frame.w, WEEK_DAYS)
        week = np.where(np.isnan(week), frame.centre, week)
        trust = frame.nights / (frame.nights + TRUST_NIGHTS)
        mean = week[:, None] + trust[:, None] * (mean - week[:, None])
        unit = frame.scale[:, None] * self._widths(frame, chosen)
        errors = step_errors(frame.w, mean, unit)
        width = recent_widths(errors, self.patterns[-1].growth)
        stated = np.concatenate([[np.nan], width[:-1, 0]])
        by_pattern = dict(enumerate(self.patterns))
        shape = shape_quantiles(errors[:, 0] / stated, chosen, by_pattern, first)
        width = width[np.arange(len(width))[:, None], effective_lead(frame.since)]
        return Pass(
            frame=frame,
            patterns=self.patterns,
            chosen=chosen,
            coefficients=fitted,
            mean=mean,
            unit=unit,
            width=width,
            shape=shape,
            week=week,
            trust=trust,
        )

    def _one_ahead(self, frame: Frame) -> tuple[Floats, Floats, dict[int, Floats]]:
        """Per evening: the richest pattern whose inputs are all known, and what it forecasts."""
        chosen = np.full(len(frame.w), -1)
        ahead = np.full(len(frame.w), np.nan)
        fitted = {}
        for number, pattern in enumerate(self.patterns):
            inputs = frame.matrix(pattern.features)
            prior, precision = self._prior(pattern, tuple(frame.answers))
            fitted[number] = refit_daily(inputs, frame.z, prior, precision)
            forecast = (inputs * fitted[number]).sum(axis=1)
            known = ~np.isnan(forecast)
            chosen[known], ahead[known] = number, forecast[known]
        return chosen, ahead, fitted

    def _all_leads(
        self, frame: Frame, chosen: Floats, ahead: Floats, history: Floats
    ) -> Floats:
        """Deviations at every lead; after nights without data the last forecast fades on."""
        features = self.patterns[0].features
        deviation = roll_forward(frame, ahead, features, history)
        stale = (frame.since > 0) & (chosen == 0)
        deviation[stale] = after_gap(deviation, frame.since)[stale]
        if frame.answers:
            answers = np.column_stack(list(frame.answers.values()))
            said = (answers * history[:, len(features) :]).sum(axis=1)
            deviation[stale, 0] += said[stale]
        return deviation

    def _prior(self, pattern: Pattern, tags: tuple[str, ...]) -> tuple[Floats, Floats]:
        means = [self.target.alcohol_mean if tag == ALCOHOL else 0.0 for tag in tags]
        precisions = [ALCOHOL_PRECISION if tag == ALCOHOL else ANSWER_PRECISION for tag in tags]
        same = np.full(len(pattern.features), PRECISION)
        return np.append(pattern.coefficients, means), np.append(same, precisions)

    def _widths(self, frame: Frame, chosen: Floats) -> Floats:
        out = np.ones((len(frame.w), MAX_LEAD))
        for number, pattern in enumerate(self.patterns):
            rows = chosen == number
            out[rows] = widths(frame, pattern)[rows]
        return out
