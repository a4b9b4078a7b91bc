"""Forecast the past of everybody in a cohort with every model, and score the forecasts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from hrvctl.domain.artifacts.training import Backtest
from hrvctl.domain.cohorts.backtests import PooledBacktest, pool_backtests
from hrvctl.domain.cohorts.people import split_people
from hrvctl.domain.forecast.backtest import compare, roll
from hrvctl.domain.series import History
from hrvctl.engines.protocol import Engine
from hrvctl.errors import count
from hrvctl.store.cohorts.folder import CohortFolder, CohortSettings
from hrvctl.store.cohorts.nights import load_bucket
from hrvctl.usecases.backtest import MIN_NIGHTS, runs_of
from hrvctl.usecases.cohorts.chunks import loops_of
from hrvctl.usecases.cohorts.fan_out import OnBucket, find_buckets, measure_everybody

# A person's record of each model, on the mornings that all of them forecast.
Records = Mapping[str, Backtest]

CSV_COLUMNS = (
    *("subject", "model", "first_day", "last_day", "n", "mae_ms", "bias_ms", "rmse_ms"),
    *("coverage_80", "coverage_95", "relative_to_naive", "relative_to_ma7", "missing"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestTask:
    """The backtest of one bucket's people.

    Attributes:
        address: Of the cohort.
        bucket: Whose people are forecast.
        models: Names of the models.
        as_of: The last day known.
        days: Days before and with it whose mornings are scored; ``None`` for all.
        loops: As of a plan: ``compiled`` or ``plain``.
    """

    address: str
    bucket: int
    models: tuple[str, ...]
    as_of: date
    days: int | None
    loops: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortBacktest:
    """The models of a cohort's backtest, and whose pasts it is made from.

    Attributes:
        models: By model, pooled over people.
        people: Each person's record of each model, by subject.
        left_out: People without a morning to score, each with the reason.
        lost: People who could not be looked at, each with the reason.
    """

    models: tuple[PooledBacktest, ...]
    people: Mapping[str, Records]
    left_out: Mapping[str, str]
    lost: Mapping[str, str]

    @property
    def span(self) -> tuple[date, date] | None:
        """The first and the last morning scored."""
        records = [one for person in self.people.values() for one in person.values()]
        if not records:
            return None
        return min(one.first_day for one in records), max(one.last_day for one in records)

    def rows(self) -> Iterator[tuple[object, ...]]:
        """A row of ``CSV_COLUMNS`` a person and model; of whom nothing is known one with why."""
        for subject, records in self.people.items():
            for name, one in records.items():
                held = (one.coverage_80, one.coverage_95)
                yield (
                    *(subject, name, one.first_day, one.last_day),
                    *(one.n, one.mae_ms, one.bias_ms, one.rmse_ms),
                    *("" if each is None else each.rate for each in held),
                    *(one.relative_to_naive, one.relative_to_ma7, ""),
                )
        for subject, why in sorted({**self.left_out, **self.lost}.items()):
            yield subject, *[""] * (len(CSV_COLUMNS) - 2), why


def backtest_bucket(task: BacktestTask) -> list[tuple[str, Records | str]]:
    """Backtest each person of a bucket.

    Raises:
        DataError: A file of nights is damaged.
    """
    folder = CohortFolder(task.address)
    nights = load_bucket(folder, task.bucket)
    with loops_of(task.loops):
        return [
            (
                person.subject,
                person.implausible
                or backtest_person(person.history(task.as_of), task.models, task.days),
            )
            for person in split_people(nights)
        ]


def backtest_person(history: History, models: Sequence[str], days: int | None) -> Records | str:
    """Forecast a person's past with each model, or say why no morning can be scored.

    Args:
        history: As known now.
        models: Their names.
        days: Last days whose mornings are scored; ``None`` for all.
    """
    n_nights = len(history.observed)
    if n_nights < MIN_NIGHTS:
        return f"have {count(n_nights, 'night')}, need {MIN_NIGHTS}"
    first = max(len(history) - days, 0) if days else 0
    past = {
        name: roll(own, model, first=first).past(first=first)
        for name, (_, model, own) in runs_of(history, models).items()
    }
    return compare(history, past) or (
        f"no morning from {history.day(first)} on with a forecast of the evening before"
    )


def backtest_cohort(
    folder: CohortFolder,
    settings: CohortSettings,
    models: Sequence[str],
    *,
    as_of: date,
    days: int | None,
    loops: str,
    engine: Engine,
    on_bucket: OnBucket | None = None,
) -> CohortBacktest:
    """Forecast everybody's past mornings from the evening before, as ``run_backtest`` does.

    Args:
        folder: The cohort's.
        settings: The cohort's.
        models: Their names; the last value and the 7-day mean are run as well.
        as_of: The last day known.
        days: Last days whose mornings are scored; ``None`` for all.
        loops: As of a plan.
        engine: Where buckets are done.
        on_bucket: Called as buckets end.
    """
    tasks = [
        BacktestTask(
            address=folder.address,
            bucket=bucket,
            models=tuple(models),
            as_of=as_of,
            days=days,
            loops=loops,
        )
        for bucket in find_buckets(folder, settings)
    ]
    found = measure_everybody(folder, engine, backtest_bucket, tasks, on_bucket)
    people = {who: one for who, one in found.people if not isinstance(one, str)}
    return CohortBacktest(
        models=pool_backtests(list(people.values())),
        people=people,
        left_out={who: one for who, one in found.people if isinstance(one, str)},
        lost=found.lost,
    )
