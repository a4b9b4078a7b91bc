"""One person's evening in a cohort, by the same functions as a personal one; a row of a table."""

import hashlib
import math
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from hrvctl.domain.baseline import PROFILES, TREND_NIGHTS, baseline
from hrvctl.domain.cohorts.people import PersonNights
from hrvctl.domain.forecast.protocol import Forecaster
from hrvctl.domain.series import RECENT_DAYS, History
from hrvctl.domain.training import Training, train
from hrvctl.errors import DataError
from hrvctl.records import LEVELS, Forecast, Metric

WEEK_DAYS = 7
# Days that any baseline looks at: its longest window, and the day itself.
BASELINE_DAYS = max(*TREND_NIGHTS, *(way.window_days for way in PROFILES.values())) + 1
LEVEL_COLUMNS = tuple(f"p{100 * level:g}".replace(".", "_") for level in LEVELS)
# Columns of a vital sign begin so.
VITALS = {Metric.RESTING_HR_BPM: "resting_hr", Metric.RESPIRATORY_RATE_RPM: "respiratory_rate"}

_MODEL = pa.struct(
    [
        ("source", pa.string()),
        ("mean_ms", pa.float64()),
        ("quantiles_ms", pa.list_(pa.float64())),
        ("n", pa.int32()),
        ("mae_ms", pa.float64()),
        ("coverage_80", pa.float64()),
    ]
)
_DRIVER = pa.struct([("name", pa.string()), ("effect_ms", pa.float64()), ("value", pa.float64())])
# One row a person. Units are those of ``records.metrics``; HRV in ms.
SCHEMA = pa.schema(
    [
        ("subject", pa.string()),
        ("zone", pa.string()),  # the person's own, where they are not in the cohort's
        ("as_of", pa.date32()),
        ("target", pa.date32()),
        ("horizon_days", pa.int32()),  # from the last night to the target
        ("metric", pa.string()),
        ("measured_by", pa.string()),
        ("n_nights", pa.int32()),
        ("n_nights_7", pa.int32()),  # of the last 7 days, the evening's included
        ("n_nights_28", pa.int32()),
        ("last_day", pa.date32()),
        ("last_ms", pa.float64()),
        ("label", pa.string()),
        ("withheld", pa.string()),  # why there is no forecast; empty when there is one
        ("served", pa.string()),
        ("reason", pa.string()),
        *((name, pa.float64()) for name in LEVEL_COLUMNS),  # of the served model
        ("week_p50", pa.list_(pa.float64())),  # tomorrow and the six days after
        ("week_p10", pa.list_(pa.float64())),
        ("week_p90", pa.list_(pa.float64())),
        ("models", pa.list_(_MODEL)),
        ("skill", pa.float64()),  # 1 - MAE / MAE of the last value, of the served model
        *(
            (f"{name}_{level}", pa.float64())
            for name in VITALS.values()
            for level in ("p10", "p50", "p90")
        ),
        ("week_mean", pa.float64()),
        ("range_low", pa.float64()),
        ("range_high", pa.float64()),
        ("light", pa.string()),
        ("light_reason", pa.string()),
        ("drivers", pa.list_(_DRIVER)),
        ("outcome_known", pa.bool_()),  # the target's night is there already: never sealed
        ("inputs_sha256", pa.string()),
        ("leaves", pa.list_(pa.binary())),  # one a model, in order; what the seal is made of
    ]
)

Row = dict[str, Any]


def forecast_person(
    person: PersonNights, *, as_of: date, forecasters: Sequence[Forecaster], profile: str
) -> Row:
    """The evening of one person; a row of ``SCHEMA`` without ``zone`` and ``leaves``.

    Raises:
        DataError: A value is not plausible.
    """
    if person.implausible:
        raise DataError(person.implausible)
    history = person.history(as_of)
    trained = train(history, forecasters=forecasters)
    recent = max(len(history) - BASELINE_DAYS, 0)
    nights = (history.day(recent), history.hrv[recent:])
    day = baseline(nights, day=as_of, profile=profile)
    is_night = ~np.isnan(np.array(history.hrv))
    row: Row = {
        "subject": person.subject,
        "as_of": as_of,
        "target": trained.target,
        "horizon_days": trained.horizon_days,
        "metric": trained.metric.value,
        "measured_by": trained.measured_by,
        "n_nights": trained.data.n_nights,
        "n_nights_7": int(is_night[-WEEK_DAYS:].sum()),
        "n_nights_28": int(is_night[-RECENT_DAYS:].sum()),
        "last_day": trained.last_observed,
        "last_ms": history.hrv[int(np.flatnonzero(is_night)[-1])] if is_night.any() else None,
        "label": trained.label,
        "withheld": trained.withheld,
        "served": trained.served,
        "reason": trained.reason,
        "models": _models(trained),
        "skill": _skill(trained),
        "week_mean": day.mean7_ms,
        "range_low": day.low_ms,
        "range_high": day.high_ms,
        "light": day.light,
        "light_reason": day.reason,
        "outcome_known": person.has_hrv_after(as_of),
        "inputs_sha256": fingerprint(history),
    }
    if trained.chosen:
        week = trained.chosen.forecasts
        row |= dict(zip(LEVEL_COLUMNS, _quantiles(week[0]), strict=True))
        row |= {
            f"week_{name}": [forecast.quantiles_ms.get(level) for forecast in week]
            for name, level in (("p10", 0.1), ("p50", 0.5), ("p90", 0.9))
        }
        row["drivers"] = [
            {"name": each.name, "effect_ms": each.effect, "value": each.value}
            for each in trained.chosen.contributions
        ]
    for vital in trained.vitals:
        name = VITALS[vital.metric]
        row |= {
            f"{name}_{level}": vital.quantiles[share]
            for level, share in (("p10", 0.1), ("p50", 0.5), ("p90", 0.9))
        }
    return row


def fingerprint(history: History) -> str:
    """SHA-256 of everything a forecast is made from, in hexadecimal.

    As ``tracking.fingerprint``, of the numbers' bytes instead of their digits: years of numbers
    take a tenth of the time.
    """
    digest = hashlib.sha256(f"{history.first} {history.metric} {history.measured_by}".encode())
    columns = [("", history.hrv), *history.measured.items(), *history.journal.items()]
    for name, values in columns:
        digest.update(f"\n{name}\n".encode())
        digest.update(np.array(values, "<f8").tobytes())
    for tag, days in history.answered_late.items():
        late = sorted(day.toordinal() for day in days)
        digest.update(f"\n{tag} {late}".encode())
    return digest.hexdigest()


def _models(trained: Training) -> list[dict[str, object]]:
    found = []
    for candidate in trained.candidates:
        if not candidate.forecasts:
            continue
        past, tomorrow = candidate.backtest, candidate.forecasts[0]
        coverage = past.coverage_80 if past else None
        found.append(
            {
                "source": candidate.name,
                "mean_ms": tomorrow.mean_ms,
                "quantiles_ms": _quantiles(tomorrow),
                "n": past.n if past else 0,
                "mae_ms": past.mae_ms if past else None,
                "coverage_80": coverage.rate if coverage else None,
            }
        )
    return found


def _skill(trained: Training) -> float | None:
    past = trained.chosen.backtest if trained.chosen else None
    if past is None or past.relative_to_naive is None or math.isnan(past.relative_to_naive):
        return None
    return 1 - past.relative_to_naive


def _quantiles(forecast: Forecast) -> list[float | None]:
    return [forecast.quantiles_ms.get(level) for level in LEVELS]
