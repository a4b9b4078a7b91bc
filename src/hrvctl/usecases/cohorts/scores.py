"""Score what was sealed against what came: sealed and verified evenings alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

import numpy as np
import pandas as pd

from hrvctl.domain.scoring.scores import MIN_MORNINGS
from hrvctl.domain.seal_times import late_zones
from hrvctl.errors import DataError
from hrvctl.records import LEVELS, NAIVE
from hrvctl.records.cohort_seals import Seal
from hrvctl.store.cohorts.evenings import load_chunk
from hrvctl.store.cohorts.folder import CohortFolder, CohortSettings
from hrvctl.store.cohorts.nights import load_bucket
from hrvctl.store.cohorts.seals import load_seals
from hrvctl.usecases.cohorts.verification import check_evening

LOW, HIGH = LEVELS.index(0.1), LEVELS.index(0.9)
SERVED = "served"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelScore:
    """How good one model's sealed forecasts were, over everybody.

    Attributes:
        source: The model; ``served`` for the forecast that each person was given.
        n: Mornings scored.
        n_people: People they are of.
        mae_ms: Mean absolute error, ms.
        bias_ms: Mean of forecast minus actual, ms.
        coverage_80: Share of the mornings with an 80 % interval that were inside it.
        n_with_interval: Those mornings.
        relative_to_naive: MAE over that of the last value on the mornings both forecast.
    """

    source: str
    n: int
    n_people: int
    mae_ms: float
    bias_ms: float
    coverage_80: float | None
    n_with_interval: int
    relative_to_naive: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonScore:
    """How good the forecasts a person was given were.

    Attributes:
        subject: The person.
        n: Mornings scored.
        mae_ms: Mean absolute error, ms.
        coverage_80: As of ``ModelScore``.
        relative_to_naive: As of ``ModelScore``; ``None`` below ``MIN_MORNINGS`` mornings.
    """

    subject: str
    n: int
    mae_ms: float
    coverage_80: float | None
    relative_to_naive: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortScores:
    """The scores of a cohort.

    Attributes:
        n_evenings: Sealed evenings that verify.
        first, last: The first and the last morning scored.
        models: By model, ``served`` first.
        people: By person, in order of name.
        left_out: Evenings that do not verify, with the first reason.
        n_late: Forecasts of people in whose zone the morning had begun when they were sealed.
    """

    n_evenings: int
    first: date | None
    last: date | None
    models: tuple[ModelScore, ...]
    people: tuple[PersonScore, ...]
    left_out: Mapping[date, str]
    n_late: int

    @property
    def served(self) -> ModelScore | None:
        """The forecasts that people were given; ``None`` while no morning has come."""
        return next((each for each in self.models if each.source == SERVED), None)

    @property
    def n_better(self) -> int:
        """People whose forecasts were better than the last value."""
        return sum(p.relative_to_naive is not None and p.relative_to_naive < 1 for p in self.people)

    @property
    def n_compared(self) -> int:
        """People with enough mornings to say so."""
        return sum(p.relative_to_naive is not None for p in self.people)


def score_cohort(
    folder: CohortFolder, settings: CohortSettings, *, last: int | None = None
) -> CohortScores:
    """Score every sealed forecast whose morning has come, bucket by bucket.

    Args:
        folder: The cohort's.
        settings: The cohort's.
        last: Sealed evenings to score, the latest ones; ``None`` for all.

    Raises:
        LedgerBroken: A seal cannot be read.
    """
    sound: list[Seal] = []
    left_out: dict[date, str] = {}
    seals = load_seals(folder)
    for seal in seals if last is None else seals[max(len(seals) - last, 0) :]:
        faults = check_evening(folder, seal, with_inputs=False).faults
        if faults:
            left_out[seal.evening] = faults[0]
        else:
            sound.append(seal)
    scored = []
    n_late = 0
    for bucket in range(settings.buckets):
        rows = list(_sealed_rows(folder, sound, bucket))
        n_late += sum(row["is_late"] for row in rows)
        rows = [row for row in rows if not row["is_late"]]
        if rows:
            scored.append(_with_outcomes(folder, bucket, pd.DataFrame(rows)))
    table = pd.concat(scored) if scored else pd.DataFrame(columns=_COLUMNS)
    table = table.dropna(subset=["actual"])
    served = table[table["is_served"]]
    models = [_score(SERVED, served, table)]
    models += [_score(source, rows, table) for source, rows in table.groupby("source", sort=False)]
    return CohortScores(
        n_evenings=len(sound),
        first=min(table["target"], default=None),
        last=max(table["target"], default=None),
        models=tuple(each for each in models if each is not None),
        people=tuple(
            _person(str(who), own)
            for who, own in table.groupby("subject", sort=True)
            if own["is_served"].any()
        ),
        left_out=left_out,
        n_late=n_late,
    )


_COLUMNS = [
    *("subject", "target", "metric", "measured_by", "source", "mean", "low", "high"),
    *("is_served", "is_late", "actual"),
]


def _sealed_rows(
    folder: CohortFolder, seals: Sequence[Seal], bucket: int
) -> Iterator[dict[str, Any]]:
    """Every model's sealed forecasts of a bucket's people."""
    for seal in seals:
        try:
            table = load_chunk(folder, seal.evening, bucket)[1]
        except (FileNotFoundError, DataError):
            continue
        zones = {zone for zone in table["zone"].unique().to_pylist() if zone}
        starts_at = time.fromisoformat(seal.day_starts_at)
        late = late_zones(seal.sealed_at, seal.target, zones, starts_at)
        wanted = [
            "subject",
            "zone",
            "target",
            "metric",
            "measured_by",
            "served",
            "models",
            "leaves",
        ]
        for row in table.select(wanted).to_pylist():
            if row["subject"] is None or not row["leaves"]:
                continue
            for model in row["models"]:
                quantiles = model["quantiles_ms"]
                yield {
                    "subject": row["subject"],
                    "target": row["target"],
                    "metric": row["metric"],
                    "measured_by": row["measured_by"],
                    "source": model["source"],
                    "mean": model["mean_ms"],
                    "low": quantiles[LOW],
                    "high": quantiles[HIGH],
                    "is_served": model["source"] == row["served"],
                    "is_late": row["zone"] in late,
                }


def _with_outcomes(folder: CohortFolder, bucket: int, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with what was measured, by the source that counts for each."""
    nights = load_bucket(folder, bucket).to_pandas()
    metrics = [name for name in rows["metric"].unique() if name in nights]
    actual = nights.melt(
        ["subject", "day", "source"], metrics, var_name="metric", value_name="actual"
    ).rename(columns={"day": "target", "source": "measured_by"})
    return rows.merge(actual, "left", ["subject", "target", "measured_by", "metric"])


def _score(source: object, rows: pd.DataFrame, table: pd.DataFrame) -> ModelScore | None:
    if rows.empty:
        return None
    errors = rows["mean"] - rows["actual"]
    coverage, n_with = _coverage(rows)
    return ModelScore(
        source=str(source),
        n=len(rows),
        n_people=rows["subject"].nunique(),
        mae_ms=float(errors.abs().mean()),
        bias_ms=float(errors.mean()),
        coverage_80=coverage,
        n_with_interval=n_with,
        relative_to_naive=_relative(rows, table),
    )


def _person(subject: str, own: pd.DataFrame) -> PersonScore:
    rows = own[own["is_served"]]
    return PersonScore(
        subject=subject,
        n=len(rows),
        mae_ms=float((rows["mean"] - rows["actual"]).abs().mean()),
        coverage_80=_coverage(rows)[0],
        relative_to_naive=_relative(rows, own) if len(rows) >= MIN_MORNINGS else None,
    )


def _coverage(rows: pd.DataFrame) -> tuple[float | None, int]:
    stated = rows.dropna(subset=["low", "high"])
    if stated.empty:
        return None, 0
    inside = (stated["low"] <= stated["actual"]) & (stated["actual"] <= stated["high"])
    return float(inside.mean()), len(stated)


def _relative(rows: pd.DataFrame, table: pd.DataFrame) -> float | None:
    keys = ["subject", "target", "metric", "measured_by"]
    naive = table[table["source"] == NAIVE].set_index(keys)["mean"]
    both = rows.set_index(keys)[["mean", "actual"]].join(naive.rename("naive"), how="inner")
    by_naive = float((both["naive"] - both["actual"]).abs().mean()) if len(both) else np.nan
    if not by_naive > 0:
        return None
    return float((both["mean"] - both["actual"]).abs().mean()) / by_naive
