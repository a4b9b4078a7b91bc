"""``model_predictions.json`` and ``training_metrics.json``: the models' forecasts and records."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import ClassVar

from hrvctl.domain.scoring.measures import Coverage
from hrvctl.records import NAIVE, Forecast, MadeWith, Metric, interval_ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """The effect of one input on a forecast.

    Attributes:
        name: The input in the person's words, for example ``waking heart rate``.
        effect: By how much it moves the forecast, in the target's unit (ms for HRV, bpm for the
            resting heart rate, breaths a minute for the respiratory rate); below zero it lowers
            it. Only those of an HRV forecast are written, as ``effect_ms``.
        value: The input itself, in its own unit, where there is one.
    """

    name: str
    effect: float = field(metadata={"json_key": "effect_ms"})
    value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalForecast:
    """The forecast of one vital sign on one morning.

    Attributes:
        metric: Which.
        unit: Its unit, for a person.
        target: The morning.
        horizon_days: ``target`` minus the last day it was measured.
        value: The median, in that unit.
        last_value: What was measured on that last day, same unit: the forecast to beat.
        quantiles: Level to value, same unit.
        source: The model.
    """

    metric: Metric
    unit: str
    target: date
    horizon_days: int
    value: float
    last_value: float
    quantiles: Mapping[float, float]
    source: str

    @property
    def sealable(self) -> tuple[Forecast, ...]:
        """The model's forecast, and the last value."""
        model = Forecast(
            target=self.target,
            horizon_days=self.horizon_days,
            source=self.source,
            mean_ms=self.value,
            quantiles_ms=self.quantiles,
        )
        return (model, replace(model, source=NAIVE, mean_ms=self.last_value, quantiles_ms={}))

    def json_extra(self) -> dict[str, float | None]:
        """The keys that are written after the fields: the ends of the intervals."""
        return interval_ends(self.quantiles)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """The scores of one candidate on the mornings all candidates share; see ``Scores``.

    Attributes:
        first_day: First morning scored.
        last_day: Last morning scored.
        n: Mornings scored, at least one.
        mae_ms: Mean absolute error, ms.
        bias_ms: Mean of forecast minus actual, ms.
        rmse_ms: Root mean squared error, ms.
        n_pinball: Mornings with all quantiles from all candidates.
        pinball_ms: Mean pinball loss over ``LEVELS`` on those, ms.
        coverage_80: Coverage of the 80 % interval, on mornings with one from all candidates.
        coverage_95: The same at 95 %.
        relative_to_ma7: MAE over that of the 7-day mean; below 1 is better.
        relative_to_naive: MAE over that of the last value.
    """

    first_day: date
    last_day: date
    n: int
    mae_ms: float
    bias_ms: float
    rmse_ms: float
    n_pinball: int
    pinball_ms: float | None
    coverage_80: Coverage | None
    coverage_95: Coverage | None
    relative_to_ma7: float | None
    relative_to_naive: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSummary:
    """The nights the forecasts were made from.

    Attributes:
        n_nights: Nights with HRV.
        n_days: Calendar days from the first night to the evening.
        first_day: First night with HRV.
        last_day: Last night with HRV.
    """

    n_nights: int
    n_days: int
    first_day: date | None
    last_day: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPredictions:
    """Every model's forecasts on one evening, and which one is served.

    Attributes:
        metric: The HRV metric forecast.
        measured_by: The source whose value will count.
        target: The morning after the evening.
        last_observed: Last night with HRV.
        stale_days: Days from that night to the evening.
        horizon_days: Days from that night to the target.
        label: ``rough``, ``provisional`` or ``plain``; empty without a forecast.
        withheld: Why there is no forecast; empty when there is one.
        served: The model whose forecast is served; empty without one.
        reason: Why that one.
        data: The nights it was made from.
        vitals: Tomorrow's resting heart rate and respiratory rate, where they are measured.
        forecast: The served forecast of tomorrow.
        drivers: What drives it, largest first, where its model can explain it.
        sealable: Every model's forecast of tomorrow, in order.
        week: Model to its forecasts of tomorrow and the six days after.
        inputs_sha256: Fingerprint of everything the forecasts were made from.
        made: The program and the choices they were made with.
    """

    artifact: ClassVar[str] = "model_predictions"

    metric: Metric
    measured_by: str
    target: date
    last_observed: date | None
    stale_days: int | None
    horizon_days: int | None
    label: str
    withheld: str
    served: str
    reason: str
    data: DataSummary
    vitals: tuple[VitalForecast, ...]
    forecast: Forecast | None
    drivers: tuple[Contribution, ...]
    sealable: tuple[Forecast, ...]
    week: Mapping[str, tuple[Forecast, ...]]
    inputs_sha256: str
    made: MadeWith | None = None

    @property
    def as_of(self) -> date:
        """The evening the forecasts were made on."""
        return self.target - timedelta(days=1)

    @property
    def served_week(self) -> tuple[Forecast, ...]:
        """The served model's forecasts of tomorrow and the six days after."""
        return self.week.get(self.served, ())

    @property
    def all_sealable(self) -> dict[Metric, tuple[Forecast, ...]]:
        """What is sealed of each metric.

        Of HRV every model's forecast of tomorrow, and those of the six days after by the served
        model and the last value; of each vital sign the model's forecast and the last value.
        """
        later = [
            forecast
            for name in dict.fromkeys((self.served, NAIVE))
            for forecast in self.week.get(name, ())[1:]
        ]
        return {
            self.metric: (*self.sealable, *later),
            **{vital.metric: vital.sealable for vital in self.vitals},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateRecord:
    """One model and how good it was on the person's past.

    Attributes:
        name: Its name in files and on the command line.
        title: Its name in sentences.
        eligible: Whether its past is long enough to be chosen by it.
        missing: Why it has no forecast, or is not eligible; empty otherwise.
        backtest: Its errors, on the same mornings as the others'.
    """

    name: str
    title: str
    eligible: bool
    missing: str
    backtest: Backtest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingMetrics:
    """How good each model was on the person's past, and which one is served.

    Attributes:
        served: The model whose forecast is served; empty without one.
        reason: Why that one, or why there is no forecast.
        selection_days: Days whose mornings decide which model is served.
        candidates: The models, in order; empty when the forecast is withheld.
    """

    artifact: ClassVar[str] = "training_metrics"

    served: str
    reason: str
    selection_days: int
    candidates: tuple[CandidateRecord, ...]

    @property
    def backtests(self) -> dict[str, Backtest]:
        """The models that have been scored, in order."""
        return {one.name: one.backtest for one in self.candidates if one.backtest}
