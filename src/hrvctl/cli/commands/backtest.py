"""``hrvctl backtest``: what every model would have said of your past, and how good it was."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hrvctl.cli import render, scoreboard
from hrvctl.cli.session import CommandResult, Session
from hrvctl.domain.series import History
from hrvctl.errors import NotEnoughData, UsageError
from hrvctl.records import INTERVALS, MA7, NAIVE, Forecast
from hrvctl.store.artifacts import export_csv
from hrvctl.store.database import open_store
from hrvctl.usecases.workspace import load_history, parse_day

if TYPE_CHECKING:
    from hrvctl.domain.forecast.protocol import Forecaster

# What `--csv` writes, for scorers and spreadsheets; dates are mornings, values ms.
CSV_COLUMNS = ("subject", "date", "mean", "p10", "p90", "p2_5", "p97_5")
# A micromillisecond: the last digits of a float would only make diffs.
CSV_DIGITS = 6
# A first night to forecast from, and a second to score on.
MIN_NIGHTS = 2

FromOption = Annotated[
    str, typer.Option("--from", metavar="DATE", help="First morning (default: the first one).")
]
ToOption = Annotated[str, typer.Option("--to", metavar="DATE", help="Last morning.")]
ModelsOption = Annotated[
    str, typer.Option("--models", metavar="A,B", help="Only these models (default: all).")
]
CsvOption = Annotated[
    Path | None,
    typer.Option(
        "--csv",
        metavar="FILE",
        help="Also write the forecasts to a CSV file; with several models one FILE.MODEL.csv each.",
    ),
]

Rehearsed = Mapping[str, Mapping[date, Forecast]]


def backtest(
    session: Session,
    first: FromOption = "",
    last: ToOption = "",
    models: ModelsOption = "",
    csv: CsvOption = None,
) -> CommandResult:
    """Forecast your past with every model, and score all on the same mornings.

    No model sees anything dated after the evening it speaks on. Nothing is sealed.
    """
    from hrvctl.domain.scoring.scoreboard import score_same_mornings

    asked = _choose(models)
    _check_place(csv)
    begin, history = _load(session, first, last)
    said = _rehearse(session, history, asked, begin)
    known = {history.day(i): value for i, value in enumerate(history.hrv)}
    figures = score_same_mornings(said, {d: v for d, v in known.items() if v == v})
    names = [model.name for model in asked]
    shown = [f for f in figures if f.source in names]
    spoken = [f for f in shown if f.mae_ms is not None and f.first_day and f.last_day]
    if not spoken:
        raise _nothing(history, begin)
    files = _write(session, csv, {name: said[name] for name in names})
    span = (spoken[0].first_day, spoken[0].last_day)
    lines = [
        f"{spoken[0].n} mornings from {span[0]} to {span[1]}, {history.metric} of"
        f" {history.measured_by}; every model said its forecast the evening before.",
        "",
        scoreboard.table(shown),
        *(f"Wrote {path}: {len(said[name])} forecasts." for name, path in files.items()),
    ]
    return CommandResult(
        data={
            "subject": session.settings().subject,
            "metric": history.metric,
            "measured_by": history.measured_by,
            "first_day": span[0],
            "last_day": span[1],
            "n_mornings": spoken[0].n,
            "models": shown,
            "files": files,
        },
        text="\n".join(lines),
    )


def _choose(models: str) -> "list[Forecaster]":
    """The models named, in the order of all.

    Raises:
        UsageError: One does not exist; names those that do.
    """
    from hrvctl.domain.forecast.registry import CANDIDATES

    known = [model.name for model in CANDIDATES]
    named = [name.strip() for name in models.split(",")] if models else known
    for name in named:
        if name not in known:
            raise UsageError(
                f"no model is called {name!r}", hint=f"choose from: {', '.join(known)}"
            )
    return [model for model in CANDIDATES if model.name in named]


def _check_place(csv: Path | None) -> None:
    # Before the work, not after it.
    if csv is not None and (csv.is_dir() or not csv.parent.is_dir()):
        fault = "is a folder" if csv.is_dir() else "lies in a folder that does not exist"
        raise UsageError(f"--csv {csv} {fault}", hint="name a file in a folder that exists")


def _load(session: Session, first: str, last: str) -> tuple[int, History]:
    """The position of the first morning to score, and the past up to the last."""
    workspace, settings = session.workspace(), session.settings()
    begin = parse_day(first) if first else None
    end = parse_day(last) if last else None
    if end is not None and end > session.today():
        raise UsageError(
            f"--to {end} lies ahead; today is {session.today()}", hint="choose a past day"
        )
    if begin is not None and begin > (end or session.today()):
        raise UsageError(
            f"--from {begin} lies after {f'--to {end}' if end else 'today'}",
            hint="the first morning comes first",
        )
    if not workspace.home.exists():
        raise _too_few(0)
    with open_store(workspace.home, write=False) as store:
        history = load_history(store, workspace.evening(settings.subject))
    if len(history.observed) < MIN_NIGHTS:
        raise _too_few(len(history.observed))
    if end is not None:
        history = history.until(end)
    return max((begin - history.first).days, 0) if begin else 0, history


def _rehearse(
    session: Session, history: History, asked: "Sequence[Forecaster]", begin: int
) -> Rehearsed:
    """What each model asked for, and the two that all are compared with, would have said."""
    from hrvctl.domain.forecast import backtest
    from hrvctl.domain.forecast.registry import CANDIDATES

    needed = [model for model in CANDIDATES if model in asked or model.name in (MA7, NAIVE)]
    said = {}
    is_quiet = session.quiet or session.json
    with render.progress_bar(len(needed), is_quiet=is_quiet) as begin_step:
        for model in needed:
            begin_step(model.title)
            said[model.name] = backtest.backtest(history, model, first=begin)
    return said


def _write(session: Session, csv: Path | None, said: Rehearsed) -> dict[str, Path]:
    """Write the forecasts; one model goes to FILE itself, several each to one beside it."""
    if csv is None:
        return {}
    subject = session.settings().subject
    files = {}
    for name, days in said.items():
        path = csv if len(said) == 1 else csv.with_name(f"{csv.stem}.{name}{csv.suffix}")
        export_csv(path, CSV_COLUMNS, [_row(subject, forecast) for forecast in days.values()])
        files[name] = path
    return files


def _row(subject: str, forecast: Forecast) -> tuple[object, ...]:
    """A line of the CSV; an interval that could not be stated leaves its cells empty."""
    ends = [forecast.quantiles_ms.get(end) for pair in INTERVALS.values() for end in pair]
    values = [forecast.mean_ms, *ends]
    return (
        subject,
        forecast.target.isoformat(),
        *("" if value is None else round(value, CSV_DIGITS) for value in values),
    )


def _too_few(n: int) -> NotEnoughData:
    return NotEnoughData(
        f"nothing to backtest: have {n} nights, need {MIN_NIGHTS}",
        hint="import an export first: hrvctl import FILE",
    )


def _nothing(history: History, begin: int) -> NotEnoughData:
    n = sum(1 for day in history.observed if day >= history.day(begin))
    return NotEnoughData(
        f"no morning to score from {history.day(begin)} to {history.last}: have {n} nights,"
        " and no forecast of them from the evening before",
        hint=f"nights are known from {history.first}; choose a longer span, or other models",
    )
