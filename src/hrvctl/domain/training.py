"""Model fitting and selection: every model's forecast of tomorrow, and which one is served."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from hrvctl.domain.arrays import Floats
from hrvctl.domain.artifacts.training import (
    Backtest,
    CandidateRecord,
    Contribution,
    DataSummary,
    ModelPredictions,
    TrainingMetrics,
    VitalForecast,
)
from hrvctl.domain.forecast.backtest import (
    CALIBRATION_DAYS,
    PastForecasts,
    Rolled,
    compare,
)
from hrvctl.domain.forecast.features import DayInputs
from hrvctl.domain.forecast.hierarchical import MAIN
from hrvctl.domain.forecast.protocol import (
    MAX_STALE_DAYS,
    ExplainableForecaster,
    Forecaster,
    RollingForecasts,
)
from hrvctl.domain.forecast.registry import find_forecaster
from hrvctl.domain.forecast.vitals import forecast_vitals
from hrvctl.domain.forecast.walk_forward import WalkedForecasts
from hrvctl.domain.scoring.measures import errors_text
from hrvctl.domain.scoring.scores import MIN_MORNINGS
from hrvctl.domain.series import History
from hrvctl.records import MA7, NAIVE, Forecast, MadeWith, Metric

AUTO = "auto"
# Days whose mornings decide which model is served (own choice: half a year; habits change).
SELECTION_DAYS = 180
# Scored mornings from which a choice by error is more than luck: those any comparison needs.
MIN_SELECTION_NIGHTS = MIN_MORNINGS
# Mornings from which another model can be clearly better than the main one, and how clearly:
# z of the paired errors, one-sided 5 % (own choice: two months).
MIN_SERVING_MORNINGS = 60
CLEARLY_BETTER_Z = 1.64
# Nights that make a weekly mean (Plews et al. 2014: three are enough).
MIN_MEAN_NIGHTS = 3
# First night of each label (own choice: a week, two weeks).
LABELS = ((14, "plain"), (7, "provisional"), (1, "rough"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One model, its forecasts, and how good it was on the past.

    Attributes:
        name: Its name in files and on the command line.
        title: Its name before a person.
        forecasts: Of tomorrow and the six days after; empty while it has too few nights.
        eligible: Whether its past is long enough to be chosen by it.
        missing: Why it has no forecast, or is not eligible; empty otherwise.
        backtest: Its errors, on the same mornings as the others'.
        contributions: What drives its forecast of tomorrow, where the model can explain it.
    """

    name: str
    title: str
    forecasts: tuple[Forecast, ...]
    eligible: bool
    missing: str
    backtest: Backtest | None
    contributions: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """What was trained on one evening, and which forecast is served.

    Attributes:
        metric: The HRV metric forecast.
        measured_by: The source whose value will count.
        as_of: The evening.
        target: The morning after it.
        last_observed: Last night with HRV.
        stale_days: Days from that night to the evening.
        horizon_days: Days from that night to the target.
        label: ``rough``, ``provisional`` or ``plain``; empty without a forecast.
        withheld: Why there is no forecast; empty when there is one.
        served: The candidate whose forecast is served; empty without one.
        reason: Why that one.
        data: What it was made from.
        candidates: All of them, in order; empty when the forecast is withheld.
        vitals: Tomorrow's resting heart rate and respiratory rate, where they are measured.
    """

    metric: Metric
    measured_by: str
    as_of: date
    target: date
    last_observed: date | None
    stale_days: int | None
    horizon_days: int | None
    label: str
    withheld: str
    served: str
    reason: str
    data: DataSummary
    candidates: tuple[Candidate, ...]
    vitals: tuple[VitalForecast, ...]

    @property
    def chosen(self) -> Candidate | None:
        """The candidate that is served."""
        return next((c for c in self.candidates if c.name == self.served), None)

    @property
    def forecast(self) -> Forecast | None:
        """The served forecast of tomorrow."""
        return self.chosen.forecasts[0] if self.chosen else None

    @property
    def sealable(self) -> tuple[Forecast, ...]:
        """Every candidate's forecast of tomorrow, in order."""
        return tuple(c.forecasts[0] for c in self.candidates if c.forecasts)

    def predictions(self, *, inputs_sha256: str, made: MadeWith | None = None) -> ModelPredictions:
        """The content of ``model_predictions.json``, with the fingerprint of the inputs."""
        chosen = self.chosen
        return ModelPredictions(
            metric=self.metric,
            measured_by=self.measured_by,
            target=self.target,
            last_observed=self.last_observed,
            stale_days=self.stale_days,
            horizon_days=self.horizon_days,
            label=self.label,
            withheld=self.withheld,
            served=self.served,
            reason=self.reason,
            data=self.data,
            vitals=self.vitals,
            forecast=self.forecast,
            drivers=chosen.contributions if chosen else (),
            sealable=self.sealable,
            week={c.name: c.forecasts for c in self.candidates},
            inputs_sha256=inputs_sha256,
            made=made,
        )

    def metrics(self) -> TrainingMetrics:
        """The content of ``training_metrics.json``."""
        return TrainingMetrics(
            served=self.served,
            reason=self.reason or self.withheld,
            selection_days=SELECTION_DAYS,
            candidates=tuple(
                CandidateRecord(
                    name=c.name,
                    title=c.title,
                    eligible=c.eligible,
                    missing=c.missing,
                    backtest=c.backtest,
                )
                for c in self.candidates
            ),
        )


def train(history: History, *, forecasters: Sequence[Forecaster], model: str = AUTO) -> Training:
    """Forecast with every model, score all on the same mornings, and choose the one to serve.

    Args:
        history: All data known on the evening of ``history.last``.
        forecasters: The candidates; ``naive`` and ``ma7`` must be among them.
        model: ``auto``, or the name of the one to serve regardless of its record.

    Returns:
        Forecasts of tomorrow and the six days after, or why there are none.

    Raises:
        UsageError: ``model`` is not a candidate's name; the hint lists the names.
    """
    if model != AUTO:
        find_forecaster(model, tuple(forecasters))
    nights = np.flatnonzero(~np.isnan(history.hrv)).tolist()
    last_observed = history.day(nights[-1]) if nights else None
    stale_days = (history.last - last_observed).days if last_observed else None
    withheld = _withheld(last_observed, stale_days)
    candidates: tuple[Candidate, ...] = ()
    vitals: tuple[VitalForecast, ...] = ()
    served = reason = ""
    if not withheld:
        # The oldest scored interval needs errors from before it.
        first_origin = max(len(history) - CALIBRATION_DAYS, 0)
        rolling = {
            f.name: f.rolling_forecasts(history, first_origin=first_origin) for f in forecasters
        }
        candidates, past = _candidates(history, forecasters, rolling, len(nights))
        served, reason = _select(candidates, past, history, model, n_nights=len(nights))
        vitals = forecast_vitals(history, _shared_inputs(rolling))
    return Training(
        metric=history.metric,
        measured_by=history.measured_by,
        as_of=history.last,
        target=history.last + timedelta(days=1),
        last_observed=last_observed,
        stale_days=stale_days,
        horizon_days=None if stale_days is None else stale_days + 1,
        label="" if withheld else next(text for n, text in LABELS if len(nights) >= n),
        withheld=withheld,
        served=served,
        reason=reason,
        data=DataSummary(
            n_nights=len(nights),
            n_days=len(history),
            first_day=history.day(nights[0]) if nights else None,
            last_day=last_observed,
        ),
        candidates=candidates,
        vitals=vitals,
    )


def _withheld(last_observed: date | None, stale_days: int | None) -> str:
    if last_observed is None or stale_days is None:
        return "have 0 nights, need 1"
    if stale_days > MAX_STALE_DAYS:
        return (
            f"last night with HRV is {last_observed}, {stale_days} days ago;"
            f" no forecast beyond {MAX_STALE_DAYS} days without data"
        )
    return ""


def _shared_inputs(rolling: Mapping[str, RollingForecasts]) -> DayInputs | None:
    """The inputs that a model has made of the history, for the vital signs to use as well."""
    walks = (one.walk for one in rolling.values() if isinstance(one, WalkedForecasts))
    return next((walk.frame.shared for walk in walks if walk), None)


def _candidates(
    history: History,
    forecasters: Sequence[Forecaster],
    rolling: Mapping[str, RollingForecasts],
    n_nights: int,
) -> tuple[tuple[Candidate, ...], Mapping[str, PastForecasts]]:
    """All candidates, and their forecasts of the mornings that decide which one is served."""
    first = max(len(history) - SELECTION_DAYS, 0)
    rolled = {name: Rolled(history, one) for name, one in rolling.items()}
    past = {name: one.past(first=first) for name, one in rolled.items()}
    backtests = compare(history, past)
    made = []
    for f in forecasters:
        backtest = backtests.get(f.name)
        forecasts = rolled[f.name].upcoming(source=f.name)
        n = backtest.n if backtest else int(past[f.name].made.sum())
        drivers = (
            f.explain(rolling[f.name]) if isinstance(f, ExplainableForecaster) and forecasts else ()
        )
        made.append(
            Candidate(
                name=f.name,
                title=f.title,
                forecasts=forecasts,
                eligible=backtest is not None and n >= MIN_SELECTION_NIGHTS,
                missing=_missing(f, n_nights, n),
                backtest=backtest,
                contributions=drivers,
            )
        )
    return tuple(made), past


def _missing(forecaster: Forecaster, n_nights: int, n_scored: int) -> str:
    if n_nights < forecaster.min_nights:
        return f"have {n_nights} nights, need {forecaster.min_nights}"
    if n_scored < MIN_SELECTION_NIGHTS:
        return f"have {n_scored} scored nights, need {MIN_SELECTION_NIGHTS}"
    return ""


def _select(
    candidates: Sequence[Candidate],
    past: Mapping[str, PastForecasts],
    history: History,
    model: str,
    *,
    n_nights: int,
) -> tuple[str, str]:
    """The name to serve, and why.

    The main model, unless another was clearly better on the person's own mornings: choosing the
    smallest error among five models costs more than it gains (.7 to .9 % on nine people).
    """
    by_name = {c.name: c for c in candidates}
    main = by_name[MA7 if n_nights >= MIN_MEAN_NIGHTS else NAIVE]
    if MAIN in by_name and by_name[MAIN].forecasts:
        main = by_name[MAIN]
    if model != AUTO:
        chosen = by_name[model]
        if chosen.forecasts:
            return model, "chosen by you"
        return main.name, (
            f"you chose {model}, which cannot forecast yet ({chosen.missing});"
            f" until then the {main.title} is used"
        )
    naive = by_name[NAIVE]
    if main.backtest is None or naive.backtest is None or not main.eligible:
        return main.name, (
            f"have {n_nights} nights; models are compared from {MIN_SELECTION_NIGHTS} scored"
            f" mornings on, until then the {main.title} is used"
        )
    better = [
        (c.backtest.mae_ms, c)
        for c in candidates
        if c.backtest
        and c.forecasts
        and c is not main
        and is_clearly_better(_gains(past[c.name], past[main.name], history))
    ]
    if better:
        # The first of equals: candidates are in order of complexity.
        error, best = min(better, key=lambda pair: pair[0])
        return best.name, (
            f"the {best.title} was clearly better than the {main.title}:"
            f" {errors_text(error, main.backtest.mae_ms)} on the same {main.backtest.n} mornings"
        )
    errors = errors_text(main.backtest.mae_ms, naive.backtest.mae_ms)
    errors = f"{errors} on the same {naive.backtest.n} mornings"
    if main.name == NAIVE or main.backtest.mae_ms < naive.backtest.mae_ms:
        return main.name, f"the {main.title} beat the {naive.title}: {errors}"
    return main.name, (
        f"the {main.title} has not beaten the {naive.title}: {errors}; it is used until another"
        f" is clearly better on at least {MIN_SERVING_MORNINGS} mornings"
    )


def _gains(candidate: PastForecasts, main: PastForecasts, history: History) -> Floats:
    """How much smaller its absolute errors were than the main model's, ms, a morning each."""
    actual = np.asarray(history.hrv[main.first :])
    gains: Floats = np.abs(main.mean - actual) - np.abs(candidate.mean - actual)
    return gains[~np.isnan(gains)]


def is_clearly_better(gains: Sequence[float] | Floats) -> bool:
    """Whether gains in absolute error, a morning each, are more than chance.

    One-sided 5 % for their mean over its standard error (Diebold and Mariano 1995, J Bus Econ
    Stat 13, one step ahead), from ``MIN_SERVING_MORNINGS`` mornings on.
    """
    if len(gains) < MIN_SERVING_MORNINGS:
        return False
    mean, spread = float(np.mean(gains)), float(np.std(gains, ddof=1))
    return mean > 0 and mean * math.sqrt(len(gains)) > CLEARLY_BETTER_Z * spread
