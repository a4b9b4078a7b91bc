"""``hrvctl show``: read back what the last run wrote."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

from hrvctl.cli import render, trend_picture
from hrvctl.cli.session import CommandResult, Session
from hrvctl.errors import ExitCode
from hrvctl.store.json_values import plain

if TYPE_CHECKING:
    from hrvctl.domain.artifacts.training import Backtest

DaysOption = Annotated[
    int, typer.Option("--days", min=1, max=trend_picture.MOST_DAYS, help="How many days.")
]
LastDaysOption = Annotated[
    int | None,
    typer.Option("--days", metavar="N", min=1, help="Mornings of the last N days (default: all)."),
]


def forecast(session: Session) -> CommandResult:
    """Show the latest forecast: tomorrow first, then the week."""
    from hrvctl.domain.artifacts.agent import AgentForecast
    from hrvctl.domain.artifacts.training import ModelPredictions

    workspace = session.workspace()
    evening = workspace.evening(session.settings().subject)
    predictions = workspace.load(evening, ModelPredictions)
    final = workspace.load(evening, AgentForecast)
    data = {
        "as_of": predictions.as_of,
        "forecast": final.forecast,
        "withheld": final.withheld,
        "sentences": final.sentences,
        "notes": final.notes,
        "agent": final.agent,
        "suggestion": final.suggestion,
        "served": predictions.served,
        "week": predictions.served_week,
    }
    if final.forecast is None:
        old = render.old_data(predictions.last_observed, evening.as_of)
        return CommandResult(data=data, text="\n".join([" ".join(final.sentences), *old]))
    rows = [
        (render.day_name(f.target), render.ms(f.mean_ms), render.intervals(f))
        # Tomorrow's is the final forecast, those of the days after are the model's.
        for f in (final.forecast, *predictions.served_week[1:])
    ]
    lines = [
        *final.sentences,
        *(f"Note: {note.rstrip('.')}." for note in final.notes),
        *([f"Suggestion: {final.suggestion}"] if final.suggestion else []),
        "",
        render.columns(rows, header=("morning", "HRV", "intervals")),
        "",
        f"Forecast on the evening of {predictions.as_of} by {predictions.served}.",
    ]
    return CommandResult(data=data, text="\n".join(lines))


def metrics(session: Session) -> CommandResult:
    """Show how good each model was on your own past."""
    from hrvctl.domain.artifacts.training import ModelPredictions, TrainingMetrics

    workspace = session.workspace()
    evening = workspace.evening(session.settings().subject)
    content = workspace.load(evening, TrainingMetrics)
    rows = [
        (
            row.name,
            *_scores(row.backtest),
            "served" if row.name == content.served else row.missing,
        )
        for row in content.candidates
    ]
    header = ("model", "mornings", "MAE ms", "bias ms", "against ma7", "80 % held", "")
    text = f"{render.columns(rows, header=header)}\n{content.reason}"
    head = workspace.load_head(evening, TrainingMetrics)
    last_night = workspace.load(evening, ModelPredictions).last_observed
    if not rows:
        text = "\n".join(
            ["No model could be tried yet.", *render.old_data(last_night, evening.as_of)]
        )
    return CommandResult(data={**plain(head), **plain(content)}, text=text)


def sealed(session: Session, days: LastDaysOption = None) -> CommandResult:
    """Show every sealed forecast that counts, with what happened."""
    since = dt.date.min if days is None else _days_ago(session.today(), days - 1)
    from hrvctl.usecases.ledger import list_forecasts

    header = ("morning", "source", "forecast", "actual", "sealed at", "hash", "late")
    tables = [
        [
            (
                one.row.forecast.target.isoformat(),
                one.row.forecast.source,
                one.row.forecast.mean_ms,
                one.actual_ms,
                one.row.created_at.isoformat(timespec="minutes"),
                one.row.hash[:12],
                one.late.value,
            )
            for one in rows
            if one.row.forecast.target >= since
        ]
        for rows in list_forecasts(session.workspace(), session.settings().subject)
    ]
    listed, too_late, excluded = tables
    nothing = "Nothing is sealed yet." if days is None else f"Nothing since {since}."
    text = render.columns(listed, header=header) if listed else nothing
    if too_late:
        text += f"\n\nNot counted, sealed too late:\n{render.columns(too_late, header=header)}"
    if excluded:
        text += f"\n\nExcluded by hand:\n{render.columns(excluded, header=header)}"
    keyed = ([dict(zip(header, row, strict=True)) for row in rows] for rows in tables)
    return CommandResult(
        data=dict(zip(("rows", "too_late", "excluded"), keyed, strict=True)), text=text
    )


def trend(session: Session, n_days: DaysOption = trend_picture.DAYS) -> CommandResult:
    """Draw the last weeks against your normal range, with tomorrow's interval at the end."""
    from hrvctl.usecases.morning import load_morning

    settings, workspace = session.settings(), session.workspace()
    evening = workspace.evening(settings.subject)
    found = load_morning(workspace, evening, settings.profile.value)
    days = trend_picture.recent_days(found, n_days)
    drawn = trend_picture.drawn(days, found.tomorrow)
    return CommandResult(
        data={"days": days, "sealed_for_tomorrow": found.tomorrow},
        text=drawn or f"No night in the last {n_days} days. Import an export: hrvctl import FILE",
        code=ExitCode.DONE if drawn else ExitCode.NOTHING_NEW,
    )


def _days_ago(day: dt.date, n: int) -> dt.date:
    return day - dt.timedelta(days=min(n, day.toordinal() - 1))


def _scores(score: "Backtest | None") -> tuple[object, ...]:
    if score is None:
        return (0, None, None, None, None)
    held, relative = score.coverage_80, score.relative_to_ma7
    share = None if held is None else f"{100 * held.rate:.0f} % of {held.n}"
    against = None if relative is None else f"{relative:.3f}"
    return score.n, score.mae_ms, score.bias_ms, against, share
