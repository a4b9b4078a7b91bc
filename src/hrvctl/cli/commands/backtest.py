"""``hrvctl backtest``: score every model on your past, all on the same mornings."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hrvctl.cli import render, score_table
from hrvctl.cli.completion import models
from hrvctl.cli.options import FullOption, day_option
from hrvctl.cli.session import CommandResult, Session
from hrvctl.cli.values import check_place
from hrvctl.errors import UsageError
from hrvctl.store.memory import check_address_space

if TYPE_CHECKING:
    from hrvctl.usecases.backtest import BacktestResult

# What the two rows of the main model mean.
TWO_ROWS = (
    "hierarchical: with the day closed, strain and WHOOP's journal of that day included.",
    "hierarchical_evening: as the evening knew it, without them; expect this of tonight.",
)

FromOption = Annotated[date | None, day_option("--from", "First morning (default: the first one).")]
ToOption = Annotated[date | None, day_option("--to", "Last morning.")]
ModelsOption = Annotated[
    str,
    typer.Option(
        "--models", metavar="A,B", autocompletion=models, help="Only these models (default: all)."
    ),
]
CsvOption = Annotated[
    Path | None,
    typer.Option(
        "--csv",
        metavar="FILE",
        help="Also write the forecasts to a CSV file; with several models one FILE.MODEL.csv each.",
    ),
]


def backtest(
    session: Session,
    first: FromOption = None,
    last: ToOption = None,
    models: ModelsOption = "",
    csv: CsvOption = None,
    full: FullOption = False,
) -> CommandResult:
    """Forecast your past with every model, and score all on the same mornings.

    No model uses anything dated after the evening it forecasts on. The main model is shown with the
    day closed and as the evening knew it. Nothing is sealed.
    """
    check_address_space()
    from hrvctl.usecases.backtest import choose_models, run_backtest

    chosen = choose_models(models)
    check_place("--csv", csv)
    if last is not None and last > session.today():
        raise UsageError(
            f"--to {last} is in the future; today is {session.today()}", hint="choose a past day"
        )
    if first is not None and first > (last or session.today()):
        raise UsageError(
            f"--from {first} is after {f'--to {last}' if last else 'today'}",
            hint="the first morning comes first",
        )
    subject, is_quiet = session.settings().subject, session.quiet or session.json
    result = run_backtest(
        session.workspace(),
        subject,
        chosen,
        first=first,
        last=last,
        csv=csv,
        steps=lambda n: render.progress_bar(n, is_quiet=is_quiet),
    )
    lines = [
        score_table.verdict(result.scores, name=_expected(result)),
        "",
        f"{result.n_mornings} mornings from {result.first_day} to {result.last_day},"
        f" {result.metric} of {result.measured_by}; every model's forecast is that of the evening"
        " before.",
        *_two_lines(result),
        "",
        score_table.table(result.scores) if full else score_table.short_table(result.scores),
        *(_week_ahead(result) if full else ["", "More measures: hrvctl backtest --full"]),
        *(f"Wrote {path}: {result.n_forecasts[n]} forecasts." for n, path in result.files.items()),
    ]
    return CommandResult(
        data={
            "subject": subject,
            "metric": result.metric,
            "measured_by": result.measured_by,
            "first_day": result.first_day,
            "last_day": result.last_day,
            "n_mornings": result.n_mornings,
            "n_evenings": result.n_evenings,
            "n_by_date": result.n_by_date,
            "models": result.scores,
            "leads": result.leads,
            "files": result.files,
        },
        text="\n".join(lines),
    )


def _expected(result: "BacktestResult") -> str:
    """The forecaster whose error is to be expected of tonight; empty for the nearest."""
    from hrvctl.usecases.backtest import AS_THE_EVENING_KNEW

    return AS_THE_EVENING_KNEW if AS_THE_EVENING_KNEW in result.n_forecasts else ""


def _two_lines(result: "BacktestResult") -> list[str]:
    """What the two rows of the main model mean, where they are shown."""
    from hrvctl.usecases.backtest import AS_THE_EVENING_KNEW

    if all(s.source != AS_THE_EVENING_KNEW for s in result.scores):
        return []
    lines = [*TWO_ROWS]
    if result.n_by_date:
        lines.append(
            f"{result.n_by_date} of {result.n_evenings} evenings were imported later: what they"
            " knew is taken by the dates."
        )
    return lines


def _week_ahead(result: "BacktestResult") -> list[str]:
    """The week ahead of the main model as the evening knew it, where it is shown."""
    from hrvctl.usecases.backtest import AS_THE_EVENING_KNEW

    table = score_table.lead_table(result.leads, (AS_THE_EVENING_KNEW,))
    return ["", "The week ahead:", table] if table else []
