"""Make sealed forecasts again from the revisions stored when they were sealed, and compare."""

import platform
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

import numpy as np

from hrvctl.domain import agent as rules
from hrvctl.domain import track_record, tracking, training
from hrvctl.domain.artifacts.training import ModelPredictions
from hrvctl.domain.forecast.registry import CANDIDATES, WITH_BEDTIME
from hrvctl.domain.forecast.version import MODEL_VERSION, prior_sha256
from hrvctl.domain.journal import counting_guess
from hrvctl.domain.series import History
from hrvctl.errors import LedgerBroken
from hrvctl.records import (
    AGENT,
    AGENT_LLM,
    GUESS,
    HRV_METRICS,
    Forecast,
    MadeWith,
    Metric,
    SealedForecast,
)
from hrvctl.records.choices import Model
from hrvctl.records.exclusions import excluded_rows
from hrvctl.store.database import Store, open_store
from hrvctl.store.exclusions import load_exclusions
from hrvctl.store.json_values import plain, read_value
from hrvctl.store.ledger import count_forgotten, last_forgotten, load_guesses, load_sealed
from hrvctl.store.provenance import find_doubtful
from hrvctl.store.revisions import count_later
from hrvctl.usecases.agent import track
from hrvctl.usecases.history import Cut, load_history, load_planned
from hrvctl.usecases.ledger import counting_as_of
from hrvctl.usecases.workspace import Evening, Workspace

# In another environment sums are made in another order; in the unit of the metric.
TOLERANCE = 1e-6

# Why rows are counted apart.
OTHER_VERSION = "of another model version"
NO_VERSION = "sealed before rows named their model version"
FORGOTTEN = "from values that may be forgotten since"
ERASED = "forgotten themselves (in this home)"
OVERWRITTEN = "from values overwritten before revisions were kept"
# Metric, morning and forecaster: of one run each is there once.
Key = tuple[Metric, date, str]
# Forecasts that no arithmetic of ours made, by source.
NOT_MADE = {AGENT_LLM: "of the llm agent", GUESS: "guesses"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduction:
    """What came of making sealed rows again.

    Attributes:
        n_evenings: Evenings whose rows were all made again.
        n_equal: Rows equal to the last digit.
        n_close: Rows of another environment, equal within ``TOLERANCE``.
        environments: Those other environments.
        apart: Rows that were not made again, by reason.
    """

    n_evenings: int
    n_equal: int
    n_close: int
    environments: tuple[str, ...]
    apart: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Run:
    """The rows of one run for one evening, and how they were made."""

    rows: Sequence[SealedForecast]
    made: MadeWith
    evening: Evening
    cut: Cut


def made_with(model: str = Model.AUTO.value, bedtime: str = "") -> MadeWith:
    """This program and environment, with the choices of a run."""
    return MadeWith(
        model_version=MODEL_VERSION,
        prior_sha256=prior_sha256(),
        numpy_version=np.__version__,
        environment=(
            f"Python {platform.python_version()}, {platform.system()} {platform.machine()}{_simd()}"
        ),
        model=model,
        bedtime=bedtime,
    )


def _simd() -> str:
    """The widest vector instructions NumPy finds, where it names them: sums depend on them."""
    found = np.show_config(mode="dicts").get("SIMD Extensions", {})
    names = [*found.get("baseline", []), *found.get("found", [])]
    return f" {names[-1]}" if names else ""


def reproduce_rows(
    workspace: Workspace,
    subject: str,
    *,
    first: date,
    last: date,
    steps: Callable[[int], AbstractContextManager[Callable[[str], None]]],
) -> Reproduction:
    """Make the models' and the rules agent's sealed rows again from revisions alone.

    Args:
        workspace: The home.
        subject: Whose rows.
        first: First target.
        last: Last target.
        steps: Enters a progress bar of so many steps, and returns what begins the next one.

    Raises:
        HomeError: Nothing is stored yet.
        LedgerBroken: A row cannot be made again; names the row, and what was changed.
    """
    here = made_with()
    apart: Counter[str] = Counter()
    faults: list[str] = []
    equal, close, evenings, environments = 0, 0, set(), set()
    with ExitStack() as stack:
        store = stack.enter_context(open_store(workspace.home, write=False))
        sealed = load_sealed(store, subject, of_tomorrow=False, with_excluded=True)
        asked = [row for row in sealed if first <= row.forecast.target <= last]
        faults += [
            f"row {row.seq}: changed after it was sealed"
            for row in asked
            if row.computed_hash() != row.hash
        ]
        if n_forgotten := count_forgotten(store):
            apart[ERASED] = n_forgotten
        forgotten_at = last_forgotten(store)
        runs = list(_runs(asked, apart))
        begin_step = stack.enter_context(steps(len(runs)))
        for run in runs:
            begin_step(str(run.evening.as_of))
            made_again, why = _make(store, run, here, sealed, apart)
            if made_again is None:
                if why:
                    faults += [f"row {row.seq} ({_name(row)}): {why}" for row in run.rows]
                continue
            is_here = (run.made.environment, run.made.numpy_version) == (
                here.environment,
                here.numpy_version,
            )
            wrong = 0
            for row in run.rows:
                distance = _distance(row.forecast, made_again.get(_key(row.metric, row.forecast)))
                if distance == 0:
                    equal += 1
                elif not is_here and distance <= TOLERANCE:
                    close += 1
                    environments.add(f"{run.made.environment}, NumPy {run.made.numpy_version}")
                elif row.forecast.source == AGENT and _is_forgotten_since(row, forgotten_at):
                    apart[FORGOTTEN] += 1  # it looked at a record that is gone
                else:
                    wrong += 1
                    faults.append(
                        f"row {row.seq} ({_name(row)}): made again it differs by {distance:g},"
                        " although its inputs are those it was sealed with"
                    )
            if not wrong:
                evenings.add(run.evening.as_of)
    if faults:
        raise LedgerBroken(
            "sealed forecasts cannot be made again",
            problems=tuple(faults),
            hint="restore a backup with what was stored then: hrvctl restore FILE --force",
        )
    return Reproduction(
        n_evenings=len(evenings),
        n_equal=equal,
        n_close=close,
        environments=tuple(sorted(environments)),
        apart=dict(apart),
    )


def _runs(rows: Iterable[SealedForecast], apart: Counter[str]) -> Iterable[_Run]:
    """Group the rows that can be made again by run and evening; count the others."""
    kept = []
    for row in rows:
        if row.forecast.source in NOT_MADE:
            apart[NOT_MADE[row.forecast.source]] += 1
        elif not row.made:
            apart[NO_VERSION] += 1
        else:
            kept.append(row)
    for _, group in groupby(kept, key=lambda row: (row.run_id, row.as_of, row.made)):
        together = list(group)
        first = together[0]
        if first.made is None:
            continue
        yield _Run(
            together,
            first.made,
            Evening(first.subject, first.as_of, is_live=False),
            Cut(first.created_at, is_sealed=True),
        )


def _make(
    store: Store, run: _Run, here: MadeWith, sealed: Sequence[SealedForecast], apart: Counter[str]
) -> tuple[dict[Key, Forecast] | None, str]:
    """Make a run's forecasts again; or why they cannot be, empty if counted apart."""
    made = run.made
    history = _history(store, run)
    models = [row for row in run.rows if row.forecast.source != AGENT]
    is_same = {row.inputs_sha256 for row in models} <= {
        tracking.fingerprint(history, **made.hashed)
    }
    if not is_same:
        return None, _difference(store, run, history, here, apart)
    if (made.model_version, made.prior_sha256) != (here.model_version, here.prior_sha256):
        reason = f"{OTHER_VERSION} ({made.model_version})"
        apart[reason] += len(run.rows)
        return None, ""
    trained = training.train(
        history, forecasters=WITH_BEDTIME if made.bedtime else CANDIDATES, model=made.model
    )
    # With the digits of the artifact that was sealed from.
    predictions = read_value(ModelPredictions, plain(trained.predictions(inputs_sha256="")))
    forecasts = {
        _key(metric, forecast): forecast
        for metric, of_metric in predictions.all_sealable.items()
        for forecast in of_metric
    }
    if predictions.forecast:
        own = _by_rules(store, run, sealed, predictions.forecast, history)
        forecasts[_key(predictions.metric, own)] = own
    return forecasts, ""


def _history(store: Store, run: _Run) -> History:
    if run.made.bedtime:
        return load_planned(store, run.evening, run.made.bedtime, run.cut)
    return load_history(store, run.evening, run.cut)


def _by_rules(
    store: Store, run: _Run, sealed: Sequence[SealedForecast], model: Forecast, history: History
) -> Forecast:
    """The rules agent's forecast from the record and the guess of that evening."""
    at = run.cut.at
    first = run.rows[0].seq
    excluded = excluded_rows(load_exclusions(store), before=first)
    before = (
        row for row in sealed if row.is_of_tomorrow and row.seq < first and row.seq not in excluded
    )
    rows, newest = counting_as_of(store, run.evening, before, at=at, seen_by=at)
    series = (history.metric, history.measured_by)
    records = track(rows, newest, series=series, served=model.source)
    guesses = [guess for guess in load_guesses(store, run.evening.subject) if guess.made_at <= at]
    guess = counting_guess(guesses, run.evening.as_of + timedelta(days=1))
    written = read_value(track_record.TrackRecords, plain(records))
    return rules.rules_forecast(model, guess.hrv_ms if guess else None, written)


def _difference(
    store: Store, run: _Run, history: History, here: MadeWith, apart: Counter[str]
) -> str:
    """Name what was changed since the rows were sealed."""
    subject, day = run.evening.subject, run.evening.as_of
    hashes = {row.inputs_sha256 for row in run.rows}
    if tracking.fingerprint(history, **here.hashed) in hashes:
        return f"the model version noted beside it ({run.made.model_version}) was changed"
    if found := find_doubtful(store, subject, until=day):
        return "; ".join(found)
    # A receipt does not say what was forgotten: only what else is wrong can be told from it.
    if _is_forgotten_since(run.rows[0], last_forgotten(store)):
        apart[FORGOTTEN] += len(run.rows)
        return ""
    if count_later(store, subject, until=day, seen_by=run.cut.at).n_unknown:
        apart[OVERWRITTEN] += len(run.rows)
        return ""
    return (
        f"a value, an answer or a choice stored by {run.cut.at:%Y-%m-%d %H:%M} was changed, or"
        " when it was stored, or the version noted beside the row"
    )


def _is_forgotten_since(row: SealedForecast, forgotten_at: datetime | None) -> bool:
    """Whether something was forgotten after a row was sealed."""
    return forgotten_at is not None and row.created_at <= forgotten_at


def _distance(sealed: Forecast, made: Forecast | None) -> float:
    """The largest difference of mean and quantiles; infinite where one has more."""
    if made is None or set(sealed.quantiles_ms) != set(made.quantiles_ms):
        return float("inf")
    if sealed.horizon_days != made.horizon_days or sealed.target != made.target:
        return float("inf")
    pairs = [(sealed.mean_ms, made.mean_ms)]
    pairs += [(sealed.quantiles_ms[level], made.quantiles_ms[level]) for level in made.quantiles_ms]
    return max(abs(float(a) - float(b)) for a, b in pairs)


def _key(metric: Metric, forecast: Forecast) -> Key:
    return metric, forecast.target, forecast.source


def _name(row: SealedForecast) -> str:
    what = "" if row.metric in HRV_METRICS else f" of {row.metric}"
    return f"{row.forecast.source}{what} for {row.forecast.target}"
