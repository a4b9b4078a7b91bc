"""The nouns every room shares: frozen values.

``day`` is the local date a night ends on (the wake date). Instants are aware and end in ``_at``.
A missing value is ``None`` and never a stand-in number.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple


class Metric(StrEnum):
    """A measured quantity; the unit is part of the name. RMSSD and SDNN are never mixed."""

    HRV_RMSSD_MS = "hrv_rmssd_ms"
    HRV_SDNN_MS = "hrv_sdnn_ms"
    RESTING_HR_BPM = "resting_hr_bpm"
    RESPIRATORY_RATE_RPM = "respiratory_rate_rpm"
    SKIN_TEMP_C = "skin_temp_c"
    SPO2_PCT = "spo2_pct"
    RECOVERY_PCT = "recovery_pct"
    STRAIN = "strain"
    ENERGY_KCAL = "energy_kcal"
    AVERAGE_HR_BPM = "average_hr_bpm"
    MAX_HR_BPM = "max_hr_bpm"
    CYCLE_MIN = "cycle_min"
    ASLEEP_MIN = "asleep_min"
    IN_BED_MIN = "in_bed_min"
    LIGHT_MIN = "light_min"
    DEEP_MIN = "deep_min"
    REM_MIN = "rem_min"
    AWAKE_MIN = "awake_min"
    SLEEP_NEED_MIN = "sleep_need_min"
    SLEEP_DEBT_MIN = "sleep_debt_min"
    SLEEP_EFFICIENCY_PCT = "sleep_efficiency_pct"
    SLEEP_PERFORMANCE_PCT = "sleep_performance_pct"
    SLEEP_CONSISTENCY_PCT = "sleep_consistency_pct"
    NAP_MIN = "nap_min"


HRV_METRICS = (Metric.HRV_RMSSD_MS, Metric.HRV_SDNN_MS)


class Range(NamedTuple):
    """Closed interval of plausible values, in the metric's own unit."""

    low: float
    high: float


# The ranges seen in 8,051 exported WHOOP cycles (HRV 6-314 ms, resting HR 29-120 bpm, strain
# 0-20.7, cycles 5.4-52.8 h and so on), widened to what vendors document.
PLAUSIBLE: Mapping[Metric, Range] = {
    Metric.HRV_RMSSD_MS: Range(1, 400),
    Metric.HRV_SDNN_MS: Range(1, 400),
    Metric.RESTING_HR_BPM: Range(25, 150),
    Metric.RESPIRATORY_RATE_RPM: Range(4, 40),
    Metric.SKIN_TEMP_C: Range(20, 45),
    Metric.SPO2_PCT: Range(50, 100),
    Metric.STRAIN: Range(0, 21),
    Metric.ENERGY_KCAL: Range(0, 20_000),
    Metric.AVERAGE_HR_BPM: Range(25, 220),
    Metric.MAX_HR_BPM: Range(25, 250),
    Metric.CYCLE_MIN: Range(1, 96 * 60),
    **{m: Range(0, 24 * 60) for m in Metric if m.endswith("_min") and m is not Metric.CYCLE_MIN},
    **{m: Range(0, 100) for m in Metric if m.endswith("_pct") and m is not Metric.SPO2_PCT},
}

# No wearable measured overnight HRV before; an earlier date is a broken clock.
FIRST_PLAUSIBLE_DAY = date(2005, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One value of one metric for one day from one source.

    Attributes:
        day: Wake date of the night, or the local date of the activity.
        metric: What was measured.
        value: In the metric's unit.
        source: Who measured, for example ``whoop``.
        start_at, end_at: The window measured (sleep onset, waking), aware, where known.
    """

    day: date
    metric: Metric
    value: float
    source: str
    start_at: datetime | None = None
    end_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """What a person said of one day. A question that was not asked has no entry.

    Attributes:
        day: The day spoken of; it can change the HRV of the day after.
        tag: Canonical key, lower case with underscores, for example ``alcohol``.
        value: 1 yes, 0 no, an amount, or the share of a scale (7/10 is 0.7).
        text: The words it came from.
        source: ``user``, ``folder`` (the person's own daily notes) or the vendor's name.
        note: Free text beside the answer.
        unit: What an amount counts, for example ``drinks``; else empty.
        at: Local time of day spoken of, ``HH:MM``, where one was said.
    """

    day: date
    tag: str
    value: float
    text: str
    source: str
    note: str = ""
    unit: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workout:
    """One recorded activity.

    Attributes:
        day: Local date it started on.
        start_at: Start, aware; with the source it is the workout's key.
        end_at: End, aware.
        name: The vendor's name of the activity.
        source: Who recorded it.
        strain: WHOOP activity strain, 0 to 21.
        energy_kcal: Energy, kcal.
        average_hr_bpm: Mean heart rate, bpm.
        max_hr_bpm: Highest heart rate, bpm.
    """

    day: date
    start_at: datetime
    end_at: datetime
    name: str
    source: str
    strain: float | None = None
    energy_kcal: float | None = None
    average_hr_bpm: float | None = None
    max_hr_bpm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A fault in a file: where it is, what stands there, and why that cannot be."""

    file: str
    line: int
    column: str
    value: str
    why: str

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}" if self.line else self.file
        cell = f": {self.column} {self.value!r}" if self.column else ""
        return f"{where}{cell}: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one file said.

    Attributes:
        file: Its name as the person knows it.
        source: The source that recognised it.
        kind: What kind of file it is, for example ``cycles`` or ``journal``.
        measurements: In order of day; at most one per (day, metric).
        journal: In order of day.
        workouts: In order of start.
        problems: Faults that make the file as a whole not trustworthy.
        warnings: Things left out that a person may want to know.
        n_rows: Data rows seen.
        skipped: Rows that hold nothing for us, by reason.
        unknown_columns: Header cells with no meaning to us.
    """

    file: str
    source: str
    kind: str
    measurements: tuple[Measurement, ...] = ()
    journal: tuple[JournalEntry, ...] = ()
    workouts: tuple[Workout, ...] = ()
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    n_rows: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    unknown_columns: tuple[str, ...] = ()


# The levels every forecast is stated at: the median, the 80 % and the 95 % interval.
LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What one forecaster says of one morning.

    Attributes:
        target: The morning forecast (wake date).
        horizon_days: ``target`` minus the last observed day.
        source: The forecaster's own name: a model, ``agent``, ``guess`` or ``naive``.
        mean_ms: The point forecast, in the HRV metric's unit.
        quantiles_ms: Level to value, only the levels that can be stated honestly.
        missing: Why a level is not stated, for example ``80 %: have 2 errors, need 4``.
    """

    target: date
    horizon_days: int
    source: str
    mean_ms: float
    quantiles_ms: Mapping[float, float] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedForecast:
    """A row of the ledger: a forecast as it stood before its morning.

    Attributes:
        seq: Place in the chain, from 1 without a hole.
        subject: Whose.
        forecast: What was said.
        metric, measured_by: The HRV metric forecast, and whose value will count as the actual.
        as_of: The last day whose data was used.
        created_at: When it was sealed, aware.
        run_id: The run that sealed it.
        inputs_sha256: Fingerprint of everything the forecast was made from.
        prev_hash: Hash of the row before; 64 zeros for the first.
        hash: SHA-256 of this row with ``prev_hash``.
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

    def stored(self) -> tuple[int | float | str, ...]:
        """The row as it is stored and hashed, ``hash`` itself left out: one value a column."""
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
    """What the person expects for one morning, in ms, and when they said so."""

    target: date
    hrv_ms: float
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One revision of what came true on one day.

    Attributes:
        day: The morning.
        metric: The HRV metric.
        measured_by: The source that measured it.
        revision: From 1; the highest counts.
        value_ms: In the metric's unit.
        recorded_at: When we learned it, aware.
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
