"""The hierarchical robust ridge: one walk-forward pass gives every evening's forecast."""

from collections.abc import Mapping, Sequence

import numpy as np

from hrvctl.domain.arrays import Floats, Ints
from hrvctl.domain.artifacts.training import Contribution
from hrvctl.domain.forecast.attribution import Explanation, attribute_forecast, with_changes
from hrvctl.domain.forecast.features import DayInputs, Frame, build_frame
from hrvctl.domain.forecast.prior import (
    ALCOHOL,
    ALCOHOL_PRECISION,
    ANSWER_PRECISION,
    Pattern,
    Prior,
    shipped_prior,
    weak_pattern,
)
from hrvctl.domain.forecast.protocol import MAX_LEAD, RollingForecasts
from hrvctl.domain.forecast.quantiles import (
    ALCOHOL_WIDTH,
    MEDIAN,
    few_nights,
    shape_quantiles,
    width_factors,
)
from hrvctl.domain.forecast.replay import Patterns, evenings_of, over_gap, replay
from hrvctl.domain.forecast.ridge import forecast_daily, refit_daily
from hrvctl.domain.forecast.targets import HRV, Target
from hrvctl.domain.forecast.walk_forward import WalkedForecasts, WalkForward
from hrvctl.domain.series import History
from hrvctl.records import LEVELS, Metric

MAIN = "hierarchical"


class Hierarchical:
    """Ridge regression of tomorrow's deviation, shrunk towards coefficients of other people.

    A hierarchical (empirical Bayes) linear model in the sense of Lindley and Smith (1972): each
    person's coefficients start at the pooled ones and move with their own nights. Each evening
    uses the richest pattern whose inputs are all known; a missing input is never imputed.

    Args:
        target: What to forecast.
        bedtime: Also use hours until bed, where known.
        journal: Use the answers of the journal.
        prior: The shipped one when ``None``; of a target it has no pattern for, ``weak_pattern``.
        patterns: Names in the prior in place of the target's.
        day_closed: Let past evenings use all inputs of their day, also those known only the next
            morning, to show what they are worth.
    """

    title = "hierarchical robust ridge"
    min_nights = 1

    def __init__(
        self,
        target: Target = HRV,
        *,
        bedtime: bool = False,
        journal: bool = True,
        prior: Prior | None = None,
        patterns: Sequence[str] | None = None,
        day_closed: bool = False,
    ) -> None:
        self.target = target
        self.name = f"{MAIN}_bedtime" if bedtime else MAIN
        self.day_closed = day_closed
        self.journal = journal
        known = shipped_prior() if prior is None else prior
        names = target.patterns + (target.with_bedtime if bedtime else ())
        found = tuple(known[name] for name in (patterns or names) if name in known)
        self.patterns = found or (weak_pattern(),)

    def rolling_forecasts(self, history: History, *, first_origin: int = 1) -> WalkedForecasts:
        """Forecast on every evening; see ``Forecaster``. Values are in the target's unit.

        Past evenings use no kind of input that the last day lacks and no answer given after them,
        unless ``day_closed``: a day without strain or heart rate yet is judged by what an evening
        without them forecasts.

        Args:
            history: n calendar days.
            first_origin: Rows below it may be left NaN.
        """
        quantiles, walk = self._walked(history, first_origin)
        return WalkedForecasts(point=quantiles[:, :, MEDIAN], quantiles=quantiles, walk=walk)

    def forecast_quantiles(self, history: History, *, first_origin: int = 1) -> Floats:
        """Quantiles on every evening, shape (n + 1, MAX_LEAD, len(LEVELS)), in the target's unit.

        See ``rolling_forecasts``.
        """
        return self._walked(history, first_origin)[0]

    def forecast_tomorrow(self, history: History, *, shared: DayInputs | None = None) -> Floats:
        """Tomorrow's quantiles in the target's unit, shape (len(LEVELS),).

        Args:
            history: At least one day.
            shared: The ``day_inputs`` of the history, where they are known already.
        """
        last = len(history) - 1
        walk = self.walk_forward(history, first=last, shared=shared)
        return self.target.from_scale(walk.quantiles(last)[0, 0])

    def _walked(self, history: History, first_origin: int) -> tuple[Floats, WalkForward | None]:
        """The quantiles, and the walk they are from; none without a day."""
        out = np.full((len(history) + 1, MAX_LEAD, len(LEVELS)), np.nan)
        if not len(history):
            return out, None
        first = max(first_origin - 1, 0)
        walk = self.walk_forward(history, first=first)
        out[first + 1 :] = self.target.from_scale(walk.quantiles(first))
        return out, walk

    def explain(self, rolling: RollingForecasts) -> tuple[Contribution, ...]:
        """Effects of the inputs on the forecast of tomorrow, in the target's unit, largest first.

        With the person's slow level they add up to the forecast.
        """
        explanation = self.explanation(rolling)
        return explanation.contributions() if explanation else ()

    def explanation(self, rolling: RollingForecasts) -> Explanation | None:
        """The forecast of tomorrow attributed input by input; ``None`` without any night.

        Args:
            rolling: Of this model.
        """
        walk = rolling.walk if isinstance(rolling, WalkedForecasts) else None
        return attribute_forecast(walk, self.target) if walk else None

    def what_if(
        self,
        history: History,
        *,
        measured: Mapping[Metric, float] | None = None,
        journal: Mapping[str, float] | None = None,
    ) -> Floats:
        """Tomorrow's quantiles if the last day had been different; shape (len(LEVELS),).

        Args:
            history: At least one day.
            measured: Metric to another value on the last day.
            journal: Tag to another answer on the last day.
        """
        changed = with_changes(history, measured=measured or {}, journal=journal or {})
        return self.forecast_tomorrow(changed)

    def walk_forward(
        self, history: History, *, first: int = 0, shared: DayInputs | None = None
    ) -> WalkForward:
        """Fit and forecast on every evening of a history of at least one day.

        Args:
            history: n calendar days.
            first: Evenings below it are left without quantiles.
            shared: The ``day_inputs`` of the history, where they are known already.
        """
        frame = build_frame(history, self.target, journal=self.journal, shared=shared)
        inputs = [frame.matrix(pattern.features) for pattern in self.patterns]
        ahead, fitted = self._one_ahead(frame, inputs)
        chosen = _richest(ahead)
        whole_day = ahead[np.maximum(chosen, 0), np.arange(len(chosen))]
        in_time = np.ones((len(frame.w), len(frame.answers)))
        if not self.day_closed:
            in_time = frame.shared.in_time
            ahead = self._like_tonight(inputs, ahead, fitted, in_time)
            chosen = _richest(ahead)
        patterns = self.patterns[: len(ahead)]
        evenings = evenings_of(frame, patterns[0].features, fitted[0])
        factors, by_weekday = width_factors(frame, patterns)
        done = replay(
            evenings,
            Patterns(
                ahead=ahead,
                factors=factors,
                by_weekday=by_weekday,
                growth=np.stack([pattern.growth for pattern in patterns]),
            ),
            np.maximum(chosen, 0),
            first,
        )
        carried = (frame.since > 0) & (chosen == 0)
        rows = first + np.flatnonzero(carried[first:])
        if len(rows):
            answers = inputs[0][rows, len(patterns[0].features) :] * in_time[rows]
            effects = (answers * fitted[0][rows, len(patterns[0].features) :]).sum(axis=1)
            done.mean[rows] = over_gap(evenings, whole_day, effects, rows)
        return WalkForward(
            frame=frame,
            patterns=patterns,
            chosen=chosen,
            carried=carried,
            coefficients=fitted,
            mean=done.mean,
            unit=done.unit,
            width=done.width,
            allowance=self._allowance(frame, in_time),
            shape=shape_quantiles(done.standard, chosen, patterns, frame.nights, first),
            trust=evenings.trust,
        )

    def _one_ahead(
        self, frame: Frame, inputs: Sequence[Floats]
    ) -> tuple[Floats, dict[int, Floats]]:
        """What each pattern forecasts one day ahead, shape (patterns, n), and its coefficients.

        NaN on the evenings that lack an input of the pattern.
        """
        ahead = np.empty((len(self.patterns), len(frame.w)))
        fitted = {}
        for number, pattern in enumerate(self.patterns):
            prior, precision = self._prior(pattern, tuple(frame.answers))
            fitted[number] = refit_daily(inputs[number], frame.z, prior, precision)
            ahead[number] = forecast_daily(inputs[number], fitted[number])
        return ahead, fitted

    def _like_tonight(
        self,
        inputs: Sequence[Floats],
        ahead: Floats,
        fitted: Mapping[int, Floats],
        in_time: Floats,
    ) -> Floats:
        """What patterns forecast from the kinds of input that the last day has.

        Up to the last day's richest pattern; a poorer one serves an evening without its inputs.

        Args:
            inputs: Each pattern's inputs.
            ahead: Shape (patterns, n), from all of them.
            fitted: Each pattern's coefficients; they have learned from late answers as well.
            in_time: Shape (n, tags), 1 where an answer was known on its evening.
        """
        out = ahead[: max(_richest(ahead)[-1], 0) + 1].copy()
        if not in_time.all():
            for number, pattern in enumerate(self.patterns[: len(out)]):
                known = inputs[number].copy()
                known[:, len(pattern.features) :] *= in_time
                out[number] = forecast_daily(known, fitted[number])
        return out

    def _allowance(self, frame: Frame, in_time: Floats) -> Floats:
        """What few nights and alcohol add to the width, as a factor; shape (n, MAX_LEAD)."""
        allowance = np.repeat(few_nights(frame.nights)[:, None], MAX_LEAD, axis=1)
        answers = frame.shared.raw_answers.get(ALCOHOL)
        if self.target.alcohol_mean and answers is not None:
            is_in_time = in_time[:, list(frame.shared.raw_answers).index(ALCOHOL)] > 0
            drank = (answers > 0) & is_in_time
            allowance[:, 0] *= np.where(drank, ALCOHOL_WIDTH, 1.0)
        return allowance

    def _prior(self, pattern: Pattern, tags: tuple[str, ...]) -> tuple[Floats, Floats]:
        means = [self.target.alcohol_mean if tag == ALCOHOL else 0.0 for tag in tags]
        precisions = [ALCOHOL_PRECISION if tag == ALCOHOL else ANSWER_PRECISION for tag in tags]
        same = np.full(len(pattern.features), pattern.precision)
        return np.append(pattern.coefficients, means), np.append(same, precisions)


def _richest(ahead: Floats) -> Ints:
    """Number of the richest pattern with a forecast, -1 for none; shape (n,)."""
    number: Ints = np.where(~np.isnan(ahead), np.arange(len(ahead))[:, None], -1).max(axis=0)
    return number
