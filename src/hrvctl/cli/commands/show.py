"""``hrvctl show``: what the last run found, read back from its files."""

from typing import Any

from hrvctl.cli import render
from hrvctl.cli.session import CommandResult, Session
from hrvctl.store.artifacts import load_json
from hrvctl.store.database import open_store
from hrvctl.store.ledger import load_outcomes, load_sealed


def forecast(session: Session) -> CommandResult:
    """Show the latest forecast: tomorrow first, then the week."""
    predictions, decided = _load(session, "model_predictions"), _load(session, "agent_forecast")
    if decided["forecast"] is None:
        return CommandResult(
            data=_forecast_data(predictions, decided), text=" ".join(decided["sentences"])
        )
    week = predictions["week"].get(predictions["served"], [])
    rows = [
        (render.day_name(f["target"]), render.ms(f["mean_ms"]), render.intervals(f["quantiles_ms"]))
        # Tomorrow is the final word's, the days after are the model's.
        for f in (decided["forecast"], *week[1:])
    ]
    text = "\n".join(
        [
            *decided["sentences"],
            *(f"Note: {note.rstrip('.')}." for note in decided["notes"]),
            *([f"Suggestion: {decided['suggestion']}"] if decided.get("suggestion") else []),
            "",
            render.columns(rows, header=("morning", "HRV", "intervals")),
            "",
            f"Said on the evening of {predictions['as_of']} by {predictions['served']}.",
        ]
    )
    return CommandResult(data=_forecast_data(predictions, decided), text=text)


def metrics(session: Session) -> CommandResult:
    """Show how good each model was on your own past."""
    content = _load(session, "training_metrics")
    rows = [
        (
            row["name"],
            *_scores(row["backtest"]),
            "served" if row["name"] == content["served"] else row["missing"],
        )
        for row in content["candidates"]
    ]
    header = ("model", "mornings", "MAE ms", "bias ms", "against ma7", "80 % held", "")
    text = f"{render.columns(rows, header=header)}\n{content['reason']}"
    return CommandResult(data=content, text=text if rows else "No model could be tried yet.")


def sealed(session: Session) -> CommandResult:
    """Show every sealed forecast that counts, with what happened."""
    from hrvctl.domain.tracking import counting

    settings, workspace = session.settings(), session.workspace()
    with open_store(workspace.home, write=False) as store:
        rows = list(counting(load_sealed(store, settings.subject)).values())
        actual = {
            (o.day, o.metric, o.measured_by): o.value_ms
            for o in load_outcomes(store, settings.subject)
        }
    listed = [
        (
            row.forecast.target.isoformat(),
            row.forecast.source,
            row.forecast.mean_ms,
            actual.get((row.forecast.target, row.metric, row.measured_by)),
            row.created_at.isoformat(timespec="minutes"),
            row.hash[:12],
        )
        for row in rows
    ]
    header = ("morning", "source", "forecast", "actual", "sealed at", "hash")
    return CommandResult(
        data={"rows": [dict(zip(header, row, strict=True)) for row in listed]},
        text=render.columns(listed, header=header) if listed else "Nothing is sealed yet.",
    )


def _load(session: Session, name: str) -> dict[str, Any]:
    folder = session.workspace().home.artifacts(session.settings().subject)
    return load_json(folder / f"{name}.json")


def _forecast_data(predictions: dict[str, Any], decided: dict[str, Any]) -> dict[str, Any]:
    return {
        "as_of": predictions["as_of"],
        "forecast": decided["forecast"],
        "withheld": decided["withheld"],
        "sentences": decided["sentences"],
        "notes": decided["notes"],
        "agent": decided.get("agent", "rules"),
        "suggestion": decided.get("suggestion", ""),
        "served": predictions["served"],
        "week": predictions["week"].get(predictions["served"], []),
    }


def _scores(score: dict[str, Any] | None) -> tuple[object, ...]:
    if score is None:
        return (0, None, None, None, None)
    held = score["coverage_80"]
    share = None if held is None else f"{100 * held['rate']:.0f} % of {held['n']}"
    relative = score["relative_to_ma7"]
    against = None if relative is None else f"{relative:.3f}"
    return score["n"], score["mae_ms"], score["bias_ms"], against, share
