"""Records shared by all packages: immutable measurements, journal entries, forecasts, outcomes.

``day`` is the local date a night ends on (the wake date). Instants are aware and end in ``_at``.
A missing value is ``None``, never a placeholder number.
"""

from hrvctl.records.days import (
    ASKED_AFTER_THE_NIGHT,
    TAG,
    Feature,
    JournalEntry,
    Measurement,
    Problem,
    Reading,
    TypedNote,
    Workout,
    day_at,
)
from hrvctl.records.forecasts import (
    AGENT,
    AGENT_LLM,
    GUESS,
    INTERVALS,
    LEVELS,
    MA7,
    MANUAL,
    NAIVE,
    NO_HASH,
    Forecast,
    Guess,
    MadeWith,
    Morning,
    Outcome,
    SealedForecast,
    interval_ends,
)
from hrvctl.records.metrics import (
    FIRST_PLAUSIBLE_DAY,
    HRV_METRICS,
    PLAUSIBLE,
    WHOLE_DAY,
    Metric,
    Range,
)

__all__ = [
    "AGENT",
    "AGENT_LLM",
    "ASKED_AFTER_THE_NIGHT",
    "FIRST_PLAUSIBLE_DAY",
    "GUESS",
    "HRV_METRICS",
    "INTERVALS",
    "LEVELS",
    "MA7",
    "MANUAL",
    "NAIVE",
    "NO_HASH",
    "PLAUSIBLE",
    "TAG",
    "WHOLE_DAY",
    "Feature",
    "Forecast",
    "Guess",
    "JournalEntry",
    "MadeWith",
    "Measurement",
    "Metric",
    "Morning",
    "Outcome",
    "Problem",
    "Range",
    "Reading",
    "SealedForecast",
    "TypedNote",
    "Workout",
    "day_at",
    "interval_ends",
]
