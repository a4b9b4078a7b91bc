"""What is told of each artifact beside a run: numbers that can be plotted over time, and tables.

Numbers of the artifacts may be told. What a person wrote or said may not: no note, no tag, no
answer, no guess, and no sentence that could repeat one.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg

from hrvctl.records import GUESS, INTERVALS

Content = Mapping[str, Any]
Told = dict[str, Any]

# An interval, in percent, to the keys of its ends in an artifact's ``quantiles_ms``.
ENDS = {percent: (str(low), str(high)) for percent, (low, high) in INTERVALS.items()}

WEEK_COLUMNS = ("morning", "forecast_ms", "low_80_ms", "high_80_ms", "low_95_ms", "high_95_ms")
RECORD_COLUMNS = ("source", "mornings", "mae_ms", "bias_ms", "coverage_80", "width_80_ms")


def known(told: Told) -> Told:
    """Without what is missing: Dagster has no metadata for that."""
    return {name: value for name, value in told.items() if value is not None}


def _forecast(forecast: Content | None) -> Told:
    if forecast is None:
        return {}
    quantiles = forecast["quantiles_ms"]
    widths = {
        f"width_{percent}_ms": round(quantiles[high] - quantiles[low], 6)
        for percent, (low, high) in ENDS.items()
        if {low, high} <= quantiles.keys()
    }
    return {"forecast_ms": forecast["mean_ms"], **widths}


def _morning(forecast: Content) -> tuple[object, ...]:
    ends = (forecast["quantiles_ms"].get(end) for pair in ENDS.values() for end in pair)
    return forecast["target"], forecast["mean_ms"], *ends


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> dg.TableMetadataValue:
    # A cell cannot be empty, and a column of numbers holds numbers only: so all are words.
    schema = dg.TableSchema([dg.TableColumn(name, "string") for name in columns])
    cells = [[_cell(value) for value in row] for row in rows]
    records = [dg.TableRecord(dict(zip(columns, row, strict=True))) for row in cells]
    return dg.MetadataValue.table(records, schema)


def _markdown(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> dg.MarkdownMetadataValue:
    lines = [columns, ["---"] * len(columns), *([_cell(value) for value in row] for row in rows)]
    return dg.MetadataValue.md("\n".join(f"| {' | '.join(line)} |" for line in lines))


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def of_ingest(content: Content) -> Told:
    """What was taken in: how much, from which sources."""
    files = content["files"]
    columns = ("source", "n_new", "n_revised")
    return {
        "files": len(files),
        "failed": len(content["failed"]),
        "new_values": sum(file["n_new"] for file in files),
        "revised_values": sum(file["n_revised"] for file in files),
        "taken_in": _table(columns, ([f[name] for name in columns] for f in files)),
    }


def of_journal(content: Content) -> Told:
    """How much the journal says of the day; never what."""
    counts = {name: len(content[name]) for name in ("features", "unanswered")}
    return {
        "answers": counts["features"],
        "unanswered": counts["unanswered"],
        "pages_read": content["folder"]["n_read"],
    }


def of_predictions(content: Content) -> Told:
    """The forecast, how wide it is, and the week ahead."""
    week = content["week"].get(content["served"], [])
    return {
        "nights": content["data"]["n_nights"],
        "served": content["served"] or "none",
        "stale_days": content["stale_days"],
        **_forecast(content["forecast"]),
        "week": _table(WEEK_COLUMNS, map(_morning, week)),
    }


def of_metrics(content: Content) -> Told:
    """How good the served model was on the past, and every other beside it."""
    scored = {one["name"]: one["backtest"] for one in content["candidates"] if one["backtest"]}
    served = scored.get(content["served"])
    rows = [(name, *_record(test)) for name, test in scored.items()]
    return {
        "models": len(content["candidates"]),
        "naive_mae_ms": scored["naive"]["mae_ms"] if "naive" in scored else None,
        **(dict(zip(RECORD_COLUMNS[1:], _record(served), strict=True)) if served else {}),
        "backtest": _table(RECORD_COLUMNS, rows),
    }


def of_registry(content: Content) -> Told:
    """How long the ledger is, and what this run added to it."""
    return {"dagster/row_count": content["rows"], "sealed": content.get("sealed")}


def of_summary(content: Content) -> Told:
    """The normal range and where the week lies in it."""
    base = content["baseline"]
    names = ("value_ms", "mean7_ms", "low_ms", "high_ms", "cv_pct")
    return {
        "nights": content["data"]["n_nights"],
        "effects_tested": len(content["effects"]["tested"]),
        "light": base["light"],
        **{name: base[name] for name in names},
    }


def of_decision(content: Content) -> Told:
    """The final word and how wide it is."""
    forecast = content["forecast"]
    mornings = [] if forecast is None else [_morning(forecast)]
    return {
        **_forecast(forecast),
        "intervals": _markdown(WEEK_COLUMNS, mornings),
        "agent": content["agent"],
        "confidence": content["confidence"],
        "sealed": content.get("sealed"),
    }


def of_reconciliation(content: Content) -> Told:
    """How good the agent was on all mornings that came true, and the models beside it."""
    records = {one["source"]: one for one in content["records"] if one["source"] != GUESS}
    agent = records.get("agent")
    return {
        "listed": len({row["target"] for row in content["rows"]}),
        **(dict(zip(RECORD_COLUMNS[1:], _record(agent), strict=True)) if agent else {}),
        "records": _table(RECORD_COLUMNS, ((name, *_record(r)) for name, r in records.items())),
    }


def _record(scores: Content) -> tuple[object, ...]:
    held = scores["coverage_80"] or {}
    return scores["n"], scores["mae_ms"], scores["bias_ms"], held.get("rate"), held.get("width_ms")
