"""Forecasts, guesses, the rows of the ledger, and outcomes: frozen values."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime

from hrvctl.records.chain import VERSION, Entry, Kind, make_entry, row_hash
from hrvctl.records.metrics import HRV_METRICS, Metric

# The levels every forecast is stated at: the median, the 80 % and the 95 % interval.
LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)
# An interval, in percent, to the levels of its lower and its upper end.
INTERVALS: Mapping[int, tuple[float, float]] = {80: (0.1, 0.9), 95: (0.025, 0.975)}

# What the ledger and the reports call the two naive forecasts, both agents, and the person.
NAIVE, MA7 = "naive", "ma7"
AGENT, AGENT_LLM = "agent", "agent_llm"
GUESS = "guess"
# What a sentence calls them; other models are called by their own names.
SPOKEN_NAMES: Mapping[str, str] = {
    NAIVE: "the last value",
    MA7: "the 7-day mean",
    AGENT: "the final forecast",
    AGENT_LLM: "the language model",
    GUESS: "your guess",
    "hierarchical_evening": "the hierarchical model, by what the evening knew,",
}

# SHA-256 in hexadecimal; what the first row of the ledger names as the hash of the row before it.
NO_HASH = "0" * 64


def interval_ends(quantiles: Mapping[float, float], *, unit: str = "") -> dict[str, float | None]:
    """The ends of every interval by name, for example ``low_80_ms``; ``None`` if not stated."""
    return {
        f"{end}_{percent}{unit}": quantiles.get(level)
        for percent, levels in INTERVALS.items()
        for end, level in zip(("low", "high"), levels, strict=True)
    }


# A morning in the ledger: its day, the metric forecast, and the source whose value is the outcome.
Morning = tuple[date, Metric, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """One forecaster's forecast of one morning.

    In JSON the ends of both intervals are written next to the quantiles.

    Attributes:
        target: The morning forecast (wake date).
        horizon_days: ``target`` minus the last observed day.
        source: The forecaster's own name: a model, ``agent``, ``guess`` or ``naive``.
        mean_ms: The point forecast, in the unit of the metric forecast: ms for HRV.
        quantiles_ms: Level to value, only the levels that can be stated honestly.
        missing: Why a level is not stated, for example ``80 %: have 2 errors, need 4``.
    """

    target: date
    horizon_days: int
    source: str
    mean_ms: float
    quantiles_ms: Mapping[float, float] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    def interval(self, percent: int) -> tuple[float, float] | None:
        """The ends of an interval of ``INTERVALS``; ``None`` unless both are stated."""
        low, high = (self.quantiles_ms.get(level) for level in INTERVALS[percent])
        return None if low is None or high is None else (low, high)

    def json_extra(self) -> dict[str, float | None]:
        """The keys that are written after the fields: the ends of the intervals."""
        return interval_ends(self.quantiles_ms, unit="_ms")


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeWith:
    """The program and the choices a forecast was made with, to make it again.

    Attributes:
        model_version: Version of the models' arithmetic.
        prior_sha256: Hash of the prior learned from other people.
        numpy_version: Of NumPy.
        environment: Python, system and processor.
        model: The model chosen, or ``auto``.
        bedtime: The planned bedtime, HH:MM; empty without one.
    """

    model_version: str
    prior_sha256: str
    numpy_version: str
    environment: str
    model: str
    bedtime: str

    @property
    def hashed(self) -> dict[str, str]:
        """The part that the fingerprint of the inputs covers."""
        return {
            "model_version": self.model_version,
            "prior_sha256": self.prior_sha256,
            "numpy_version": self.numpy_version,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedForecast:
    """A row of the ledger: a forecast as it stood before its morning.

    Attributes:
        seq: Place in the chain, from 1 without a hole.
        subject: Whose.
        forecast: The forecast sealed.
        metric, measured_by: The metric forecast, and whose value will count as the actual.
        as_of: The last day whose data was used.
        created_at: When it was sealed, aware.
        run_id: The run that sealed it.
        inputs_sha256: Fingerprint of everything the forecast was made from.
        prev_hash: Hash of the row before; 64 zeros for the first.
        hash: SHA-256 of this row with ``prev_hash``.
        v: The format it is stored in: 1 of older versions, a row of columns; or 2, an ``Entry``.
        lead: Evenings from the one it was made on to its morning. A guess stands until its
            morning, so its lead is 1.
        salt: Of the entry.
        made: What it was made with; ``None`` for a guess, or where it was not noted.
    """

    seq: int
    subject: str
    forecast: Forecast
    metric: Metric
    measured_by: str
    as_of: date
    created_at: datetime
    run_id: str
    inputs_sha256: str
    prev_hash: str
    hash: str = ""
    v: int = VERSION
    lead: int = 1
    salt: str = ""
    made: MadeWith | None = None

    @property
    def morning(self) -> Morning:
        """The morning forecast, the metric, and who measures it."""
        return self.forecast.target, self.metric, self.measured_by

    @property
    def is_of_tomorrow(self) -> bool:
        """Whether it is a forecast of the next morning's HRV: what a person means by forecast."""
        return self.lead == 1 and self.metric in HRV_METRICS

    def entry(self) -> Entry:
        """The entry it is stored as."""
        forecast = self.forecast
        quantiles = {str(level): float(ms) for level, ms in forecast.quantiles_ms.items()}
        return make_entry(
            Kind.GUESS if forecast.source == GUESS else Kind.FORECAST,
            {
                "subject": self.subject,
                "target": forecast.target.isoformat(),
                "lead": self.lead,
                "horizon_days": forecast.horizon_days,
                "source": forecast.source,
                "metric": self.metric.value,
                "unit": self.metric.unit,
                "measured_by": self.measured_by,
                "mean": float(forecast.mean_ms),
                "quantiles": quantiles,
                "as_of": self.as_of.isoformat(),
                "run_id": self.run_id,
                "inputs_sha256": self.inputs_sha256,
                "made": self.made and asdict(self.made),
            },
            seq=self.seq,
            created_at=self.created_at.isoformat(),
            prev_hash=self.prev_hash,
            salt=self.salt,
        )

    def computed_hash(self) -> str:
        """The hash that its content has, in its format."""
        return row_hash(self.stored()) if self.v == 1 else self.entry().hash

    def stored(self) -> tuple[int | float | str, ...]:
        """The row in format 1, ``hash`` itself left out: one value a column."""
        quantiles = {str(level): ms for level, ms in sorted(self.forecast.quantiles_ms.items())}
        return (
            self.seq,
            self.subject,
            self.forecast.target.isoformat(),
            self.forecast.horizon_days,
            self.forecast.source,
            self.metric.value,
            self.measured_by,
            float(self.forecast.mean_ms),
            json.dumps(quantiles),
            self.as_of.isoformat(),
            self.created_at.isoformat(),
            self.run_id,
            self.inputs_sha256,
            self.prev_hash,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """The HRV, ms, that the person expects of one morning, and when they made the guess."""

    target: date
    hrv_ms: float
    made_at: datetime


# The origin of an outcome that a person entered.
MANUAL = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One revision of what was measured on one day.

    Attributes:
        day: The morning.
        metric: The metric that was forecast.
        measured_by: The source that measured it.
        revision: From 1; the highest counts.
        value_ms: In the metric's unit.
        recorded_at: When it was recorded, aware.
        origin: ``import`` or ``manual``; ``reason`` says why it was corrected.
    """

    day: date
    metric: Metric
    measured_by: str
    revision: int
    value_ms: float
    recorded_at: datetime
    origin: str
    reason: str

    def payload(self, subject: str) -> dict[str, object]:
        """The payload of its entry in the chain."""
        return {
            "subject": subject,
            "target": self.day.isoformat(),
            "metric": self.metric.value,
            "unit": self.metric.unit,
            "measured_by": self.measured_by,
            "revision": self.revision,
            "value": float(self.value_ms),
            "recorded_at": self.recorded_at.isoformat(),
            "origin": self.origin,
            "reason": self.reason,
        }
