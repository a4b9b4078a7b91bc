"""Forecast a subject's past with every model, evening by evening, and score the forecasts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from hrvctl.domain.forecast import backtest
from hrvctl.domain.forecast.hierarchical import MAIN, Hierarchical
from hrvctl.domain.forecast.protocol import SHOWN_HORIZONS, Forecaster
from hrvctl.domain.forecast.registry import CANDIDATES
from hrvctl.domain.scoring.scoreboard import LeadScores, score_by_lead, score_same_mornings
from hrvctl.domain.scoring.scores import Forecasts, Scores
from hrvctl.domain.series import History
from hrvctl.errors import NotEnoughData, UsageError, count
from hrvctl.files import read_file
from hrvctl.records import INTERVALS, MA7, NAIVE, Forecast, Metric, day_at
from hrvctl.store.artifacts import export_csv
from hrvctl.store.database import open_store
from hrvctl.store.measurements import load_revisions
from hrvctl.usecases.history import load_history
from hrvctl.usecases.workspace import Workspace

DAY = timedelta(days=1)
# The columns of the CSV files, for scorers and spreadsheets; dates are mornings, values ms.
CSV_COLUMNS = ("subject", "date", "mean", "p10", "p90", "p2_5", "p97_5")
# A micromillisecond: further digits of a float would only make diffs.
CSV_DIGITS = 6
# The main model run on the past as each evening knew it; under its own name it has closed days.
AS_THE_EVENING_KNEW = f"{MAIN}_evening"
# A first night to forecast from, and a second to score on.
MIN_NIGHTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestResult:
    """Models scored on the mornings they share.

    Attributes:
        metric: The HRV metric forecast.
        measured_by: The source whose values are the outcomes.
        first_day: First morning scored.
        last_day: Last morning scored.
        n_mornings: Mornings scored.
        n_evenings: Evenings with a night from the day before ``first_day`` to that before
            ``last_day``.
        n_by_date: Those of them whose night was stored on a later day: what they knew is taken
            by the dates of the values.
        scores: One row per model, forecasts of tomorrow.
        leads: The same for each of the mornings of the week ahead.
        files: Model to the CSV file with its forecasts; empty when none was asked for.
        n_forecasts: Model to the number of its forecasts.
    """

    metric: Metric
    measured_by: str
    first_day: date
    last_day: date
    n_mornings: int
    n_evenings: int
    n_by_date: int
    scores: tuple[Scores, ...]
    leads: tuple[LeadScores, ...]
    files: Mapping[str, Path]
    n_forecasts: Mapping[str, int]


def choose_models(names: str) -> tuple[Forecaster, ...]:
    """The models of a comma-separated list, in the order of all; all when it is empty.

    Raises:
        UsageError: There is no such model; the hint lists the names.
    """
    known = [model.name for model in CANDIDATES]
    chosen = [name.strip() for name in names.split(",")] if names else known
    for name in chosen:
        if name not in known:
            raise UsageError(
                f"no model is called {name!r}", hint=f"choose from: {', '.join(known)}"
            )
    return tuple(model for model in CANDIDATES if model.name in chosen)


def runs_of(history: History, names: Sequence[str]) -> dict[str, tuple[str, Forecaster, History]]:
    """What is run to score models: by name its title, the model, and the past it is run on.

    The last value and the 7-day mean, which all are compared with, are among them. The main model
    is there twice: with the day closed, and as the evening knew it.
    """
    runs: dict[str, tuple[str, Forecaster, History]] = {
        model.name: (model.title, model, history)
        for model in CANDIDATES
        if model.name in (*names, MA7, NAIVE)
    }
    if MAIN in names:
        closed = Hierarchical(day_closed=True)
        runs[MAIN] = closed.title, closed, history
        open_day = history.with_open_day()
        runs[AS_THE_EVENING_KNEW] = "as the evening knew it", Hierarchical(), open_day
    return runs


def run_backtest(
    workspace: Workspace,
    subject: str,
    models: Sequence[Forecaster],
    *,
    first: date | None,
    last: date | None,
    csv: Path | None,
    steps: Callable[[int], AbstractContextManager[Callable[[str], None]]],
) -> BacktestResult:
    """Forecast every past morning with each model from the data of the evening before.

    The main model is run twice: with the day closed, that is with what covers the whole day or was
    answered after the night (strain, WHOOP's journal), and as the evening knew it, without that.

    Args:
        workspace: Has the data.
        subject: Whose.
        models: The models to score.
        first: First morning; ``None`` for the first there is.
        last: Last morning; ``None`` for the last there is.
        csv: Where to write the forecasts: of one model to this file, of several to one file each,
            named ``STEM.MODEL.SUFFIX``; those the evening knew always to a file of that name.
        steps: Enters a progress bar of so many steps, and returns what begins the next one.

    Raises:
        NotEnoughData: There are too few nights, or no morning of the span can be scored.
        UsageError: A CSV file is there that this command did not write.
        DataError: The CSV file cannot be written.
    """
    begin, history, stored_later = _load(workspace, subject, first, last)
    chosen = [model.name for model in models]
    runs = runs_of(history, chosen)
    names = [name for name in runs if name in (*chosen, AS_THE_EVENING_KNEW)]
    files = {name: _place(csv, name, chosen) for name in names} if csv else {}
    _check_own(files.values())
    ahead = {}
    with steps(len(runs)) as begin_step:
        for name, (title, model, past) in runs.items():
            begin_step(title)
            ahead[name] = backtest.backtest(
                past, model, first=begin, leads=range(1, SHOWN_HORIZONS + 1)
            )
    forecasts = {name: by_lead[0] for name, by_lead in ahead.items()}
    actual = {history.day(i): value for i, value in enumerate(history.hrv)}
    scores = tuple(s for s in score_same_mornings(forecasts, actual) if s.source in names)
    scored = next((s for s in scores if s.mae_ms is not None), None)
    if scored is None or scored.first_day is None or scored.last_day is None:
        raise _nothing_to_score(history, begin)
    evenings = [day for day in history.observed if scored.first_day <= day + DAY <= scored.last_day]
    return BacktestResult(
        metric=history.metric,
        measured_by=history.measured_by,
        first_day=scored.first_day,
        last_day=scored.last_day,
        n_mornings=scored.n,
        n_evenings=len(evenings),
        n_by_date=len(stored_later.intersection(evenings)),
        scores=scores,
        leads=score_by_lead(ahead, actual, names),
        files=_write(files, subject, forecasts),
        n_forecasts={name: len(forecasts[name]) for name in names},
    )


def _load(
    workspace: Workspace, subject: str, first: date | None, last: date | None
) -> tuple[int, History, set[date]]:
    """The first position to score, the past up to the last, and its nights stored on later days."""
    if not workspace.home.exists():
        raise _too_few(0)
    with open_store(workspace.home, write=False) as store:
        history = load_history(store, workspace.evening(subject))
        stored = load_revisions(
            store, subject, history.metric, first=history.first, until=history.last
        )
    if len(history.observed) < MIN_NIGHTS:
        raise _too_few(len(history.observed))
    if last is not None:
        history = history.until(last)
    first_seen: dict[date, datetime] = {}
    for night, seen_at in stored:
        if night.source == history.measured_by:
            first_seen.setdefault(night.day, seen_at)
    stored_later = {
        day for day, at in first_seen.items() if day_at(at, workspace.day_starts_at) > day
    }
    return max((first - history.first).days, 0) if first else 0, history, stored_later


def _place(csv: Path, name: str, chosen: Sequence[str]) -> Path:
    """The file of a forecaster; that of the only one chosen has the name given."""
    return csv if [name] == [*chosen] else csv.with_name(f"{csv.stem}.{name}{csv.suffix}")


def _check_own(files: Iterable[Path]) -> None:
    """Refuse to replace what this command did not write: a file without its header."""
    header = ",".join(CSV_COLUMNS).encode()
    for path in files:
        if path.exists() and not (path.is_file() and read_file(path).startswith(header)):
            raise UsageError(
                f"{path} exists, and was not made by this command", hint="name a new file"
            )


def _write(files: Mapping[str, Path], subject: str, forecasts: Forecasts) -> Mapping[str, Path]:
    for name, path in files.items():
        rows = [_row(subject, forecast) for forecast in forecasts[name].values()]
        export_csv(path, CSV_COLUMNS, rows)
    return files


def _row(subject: str, forecast: Forecast) -> tuple[object, ...]:
    """A line of the CSV; the cells of an interval that is not stated are empty."""
    ends = [forecast.quantiles_ms.get(end) for pair in INTERVALS.values() for end in pair]
    values = [forecast.mean_ms, *ends]
    return (
        subject,
        forecast.target.isoformat(),
        *("" if value is None else round(value, CSV_DIGITS) for value in values),
    )


def _too_few(n: int) -> NotEnoughData:
    return NotEnoughData(
        f"nothing to backtest: have {count(n, 'night')}, need {MIN_NIGHTS}",
        hint="import an export first: hrvctl import FILE",
    )


def _nothing_to_score(history: History, begin: int) -> NotEnoughData:
    n = sum(1 for day in history.observed if day >= history.day(begin))
    return NotEnoughData(
        f"no morning to score from {history.day(begin)} to {history.last}: have"
        f" {count(n, 'night')}, and no forecast of them from the evening before",
        hint=f"nights are known from {history.first}; choose a longer span, or other models",
    )
