"""Score next-morning forecasts against outcomes, relative to a 7-day moving average.

The rules: every observed day with enough observed days before it is scored, never an imputed
one; a person counts with 20 such days or more; the macro mean gives every person the same weight. A
day without a forecast counts with ma7's. ma7's bands are Gaussian, from its own past
errors and five more of 20 %.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

LEAST_SCORED = 20
PSEUDO_ERRORS, PSEUDO_SHARE = 5, 0.2
COLUMNS = {"p2_5": 0.025, "p10": 0.1, "mean": 0.5, "p90": 0.9, "p97_5": 0.975}
NORMAL = {"p2_5": -1.959964, "p10": -1.281552, "mean": 0.0, "p90": 1.281552, "p97_5": 1.959964}


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Macro means over people; errors relative to ma7 on the same days."""

    people: int
    nights: int
    mae: float
    pinball: float
    coverage_80: float
    coverage_95: float
    wins: int


def score(
    table: pd.DataFrame,
    truth: Mapping[str, Mapping[date, float]],
    *,
    least_nights: int,
    lead: int = 1,
) -> Score:
    """Score a table of forecasts (subject, date and the five columns).

    Args:
        table: Each forecast made on the evening ``lead`` days before its date.
        truth: Person to outcomes.
        least_nights: Observed days known on that evening.
        lead: 1 for tomorrow; ma7 is as old as the forecasts.

    Raises:
        ValueError: No person has 20 days to score.
    """
    rows = []
    for name, values in truth.items():
        row = _person(table[table["subject"] == name], values, least_nights, lead)
        if row is not None:
            rows.append(row)
    if not rows:
        raise ValueError(f"no person has {LEAST_SCORED} nights after the first {least_nights}")
    mean = pd.DataFrame(rows)
    return Score(
        people=len(rows),
        nights=int(mean["n"].sum()),
        mae=float(mean["mae"].mean()),
        pinball=float(mean["pinball"].mean()),
        coverage_80=float(mean["c80"].mean()),
        coverage_95=float(mean["c95"].mean()),
        wins=int((mean["mae"] < 1).sum()),
    )


def _person(
    table: pd.DataFrame, values: Mapping[date, float], least_nights: int, lead: int
) -> dict[str, float] | None:
    y = pd.Series(values).sort_index()
    y.index = pd.DatetimeIndex(y.index)
    y = y.asfreq("D")
    reference = _moving_average(y, lead)
    before = y.notna().cumsum().shift(lead).fillna(0)
    days = y.index[y.notna() & (before >= least_nights)]
    if len(days) < LEAST_SCORED:
        return None
    own = table.set_index(pd.DatetimeIndex(table["date"]))[list(COLUMNS)]
    own = own[~own.index.duplicated(keep="last")].reindex(days)
    reference = reference.loc[days]
    own = own.where(own.notna().all(axis=1), reference)
    actual = y[days]
    inside_80 = (actual >= own["p10"]) & (actual <= own["p90"])
    inside_95 = (actual >= own["p2_5"]) & (actual <= own["p97_5"])
    error, usual = (float((actual - f["mean"]).abs().sum()) for f in (own, reference))
    return {
        "n": len(days),
        "mae": error / usual,
        "pinball": _pinball(actual, own) / _pinball(actual, reference),
        "c80": float(inside_80.mean()),
        "c95": float(inside_95.mean()),
    }


def _moving_average(y: pd.Series, lead: int) -> pd.DataFrame:
    point = y.rolling(7, min_periods=1).mean().ffill().shift(lead)
    square = (y - point) ** 2
    count = square.notna().cumsum().shift(lead).fillna(0)
    total = square.fillna(0).cumsum().shift(lead).fillna(0)
    pseudo = PSEUDO_ERRORS * (PSEUDO_SHARE * point) ** 2
    sd = np.sqrt((total + pseudo) / (count + PSEUDO_ERRORS))
    return pd.DataFrame({name: point + z * sd for name, z in NORMAL.items()})


def _pinball(actual: pd.Series, table: pd.DataFrame) -> float:
    total = 0.0
    for name, level in COLUMNS.items():
        error = actual - table[name]
        total += float(np.maximum(level * error, (level - 1) * error).sum())
    return total
