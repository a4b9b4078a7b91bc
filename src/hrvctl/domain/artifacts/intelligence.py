"""``intelligence_summary.json``: one evening's history, baseline, trend, effects and forecast."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from hrvctl.domain.artifacts.effects import Effects
from hrvctl.domain.artifacts.journal import Usual
from hrvctl.domain.artifacts.training import Backtest, Contribution, DataSummary, VitalForecast
from hrvctl.domain.baseline import Baseline
from hrvctl.domain.series import SeriesSpan
from hrvctl.domain.track_record import TrackRecords
from hrvctl.records import Forecast, Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class NightValue:
    """The HRV, ms, of the night that ended on a day; ``None`` where there was none."""

    day: date
    hrv_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedModel:
    """The model that is served; its name is empty while the forecast is withheld.

    Attributes:
        name: Its name on the command line.
        reason: Why this one.
        backtest: How good it was on the person's past.
    """

    name: str
    reason: str
    backtest: Backtest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntelligenceSummary:
    """All that an agent needs for the final forecast.

    Attributes:
        target: The morning forecast.
        metric: The HRV metric.
        measured_by: The source it is measured by.
        data: The nights the forecast was made from.
        other_series: HRV series of another metric or device, left out of the history.
        last_nights: The last two weeks, night by night.
        baseline: Normal range, trend and light.
        forecast: The served model's; ``None`` when it is withheld.
        vitals: Tomorrow's resting heart rate and respiratory rate, where they are measured.
        label: ``rough``, ``provisional`` or ``plain``; empty without a forecast.
        withheld: Why there is no forecast; empty when there is one.
        stale_days: Days from the last night to the evening; ``None`` without any night.
        drivers: What drives the forecast, largest first, where its model can explain it.
        model: The model that is served.
        models_compared: Model to its mean absolute error, ms.
        journal: Tag to the day's answer.
        unanswered: Usual tags that the day has no answer to.
        effects: Effects of the journal's answers; ``None`` when not measured.
        guess_ms: The person's guess for the target, ms.
        records: The guess's and the agents' records; ``None`` without a served model.
    """

    artifact: ClassVar[str] = "intelligence_summary"

    target: date
    metric: Metric
    measured_by: str
    data: DataSummary
    other_series: tuple[SeriesSpan, ...]
    last_nights: tuple[NightValue, ...]
    baseline: Baseline
    forecast: Forecast | None
    vitals: tuple[VitalForecast, ...]
    label: str
    withheld: str
    stale_days: int | None
    drivers: tuple[Contribution, ...]
    model: ServedModel
    models_compared: Mapping[str, float]
    journal: Mapping[str, float]
    unanswered: tuple[Usual, ...] = ()
    effects: Effects | None = None
    guess_ms: float | None = None
    records: TrackRecords | None = None
