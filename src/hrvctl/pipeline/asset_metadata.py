"""The metadata of each artifact's asset: a sentence, numbers that Dagster plots over time, tables.

Numbers of the artifacts may be metadata. A person's own words may not: no note, no tag, no answer,
no guess, and no sentence that could repeat one. So the sentences are made here, of numbers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import ClassVar

import dagster as dg

from hrvctl.domain.artifacts.agent import AgentForecast
from hrvctl.domain.artifacts.fork import ForkComparison
from hrvctl.domain.artifacts.intelligence import IntelligenceSummary
from hrvctl.domain.artifacts.training import Backtest, ModelPredictions, TrainingMetrics
from hrvctl.domain.reconcile import Reconciliation, SourceRecord
from hrvctl.errors import count
from hrvctl.records import AGENT, GUESS, INTERVALS, NAIVE, Forecast
from hrvctl.safe_text import markdown, one_line
from hrvctl.usecases.daily_notes import JournalReport
from hrvctl.usecases.ingest import IngestReport

Metadata = dict[str, str | int | float | dg.TableMetadataValue | dg.MarkdownMetadataValue | None]

# Digits of a number on the pages: hundredths of a ms, a day or a share, which nobody can tell apart
# (own choice). The artifact has more.
DECIMALS = 2
# The key of the sentence.
IN_WORDS = "in_words"

WEEK_COLUMNS = ("morning", "forecast_ms", "low_80_ms", "high_80_ms", "low_95_ms", "high_95_ms")
RECORD_COLUMNS = ("source", "mornings", "mae_ms", "bias_ms", "coverage_80", "width_80_ms")
INGEST_COLUMNS = ("source", "n_new", "n_revised")


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """The size of ``predictions_registry.csv``.

    Attributes:
        n_rows: Its rows.
        n_sealed: Rows that this run added; ``None`` where it adds none.
    """

    artifact: ClassVar[str] = "predictions_registry"

    n_rows: int
    n_sealed: int | None = None


def storable(metadata: Metadata) -> Metadata:
    """The metadata rounded for a reader, without missing values: Dagster stores none."""
    return {
        name: round(value, DECIMALS) if isinstance(value, float) else value
        for name, value in metadata.items()
        if value is not None
    }


@singledispatch
def metadata_of(content: object) -> Metadata:
    """The metadata of an artifact; every artifact's class registers its own."""
    raise TypeError(f"{type(content).__name__} has no metadata")


@metadata_of.register
def ingest_metadata(content: IngestReport) -> Metadata:
    """How much was imported, and from which sources."""
    files = content.files
    said = (
        f"{count(len(files), 'file')} imported: "
        f"{count(sum(file.n_new for file in files), 'new value')}, "
        f"{sum(file.n_revised for file in files)} revised; "
        f"{count(len(content.failed), 'file')} refused."
    )
    return {
        IN_WORDS: _sentence(said),
        "files": len(files),
        "failed": len(content.failed),
        "pulled_records": sum(one.n_records for one in content.pulled),
        "failed_pulls": sum(bool(one.faults) for one in content.pulled),
        "new_values": sum(file.n_new for file in files),
        "revised_values": sum(file.n_revised for file in files),
        "taken_in": _table(
            INGEST_COLUMNS, ((file.source, file.n_new, file.n_revised) for file in files)
        ),
    }


@metadata_of.register
def journal_metadata(content: JournalReport) -> Metadata:
    """How many answers the day has; never which."""
    said = (
        f"{count(len(content.features), 'answer')} of the day; "
        f"{count(len(content.unanswered), 'usual question')} unanswered."
    )
    return {
        IN_WORDS: _sentence(said),
        "answers": len(content.features),
        "unanswered": len(content.unanswered),
        "pages_read": content.folder.n_read,
    }


@metadata_of.register
def predictions_metadata(content: ModelPredictions) -> Metadata:
    """The forecast, how wide it is, and the week ahead."""
    return {
        IN_WORDS: _sentence(_forecast_in_words(content.forecast, by=content.served)),
        "nights": content.data.n_nights,
        "served": content.served or "none",
        "stale_days": content.stale_days,
        **_forecast(content.forecast),
        "week": _table(WEEK_COLUMNS, map(_morning, content.served_week)),
    }


@metadata_of.register
def metrics_metadata(content: TrainingMetrics) -> Metadata:
    """How good the served model and every other was on the past."""
    backtests = content.backtests
    naive, served = backtests.get(NAIVE), backtests.get(content.served)
    said = "No model could be tried on past mornings yet."
    if served:
        said = f"The model served, {content.served}, was {_error_in_words(served)}"
        said += f"; the last value {naive.mae_ms:.1f} ms." if naive else "."
    return {
        IN_WORDS: _sentence(said),
        "models": len(content.candidates),
        "naive_mae_ms": naive.mae_ms if naive else None,
        **_record_metadata(served),
        "backtest": _table(
            RECORD_COLUMNS, ((name, *_record(one)) for name, one in backtests.items())
        ),
    }


@metadata_of.register
def registry_metadata(content: Registry) -> Metadata:
    """How long the registry is, and how many rows this run added."""
    said = f"The ledger has {count(content.n_rows, 'row')}"
    said += "." if content.n_sealed is None else f", {content.n_sealed} of them from this run."
    return {
        IN_WORDS: _sentence(said),
        "dagster/row_count": content.n_rows,
        "sealed": content.n_sealed,
    }


@metadata_of.register
def summary_metadata(content: IntelligenceSummary) -> Metadata:
    """The normal range and the week's mean."""
    base = content.baseline
    return {
        IN_WORDS: _sentence(_sentence_case(base.reason)),
        "nights": content.data.n_nights,
        "effects_tested": len(content.effects.tested) if content.effects else None,
        "light": base.light,
        "value_ms": base.value_ms,
        "mean7_ms": base.mean7_ms,
        "low_ms": base.low_ms,
        "high_ms": base.high_ms,
        "cv_pct": base.cv_pct,
    }


@metadata_of.register
def agent_metadata(content: AgentForecast) -> Metadata:
    """The final forecast and how wide it is."""
    mornings = [] if content.forecast is None else [_morning(content.forecast)]
    return {
        IN_WORDS: _sentence(_forecast_in_words(content.forecast, by=content.agent)),
        **_forecast(content.forecast),
        "intervals": _markdown(WEEK_COLUMNS, mornings),
        "agent": content.agent,
        "confidence": content.confidence,
    }


@metadata_of.register
def reconciliation_metadata(content: Reconciliation) -> Metadata:
    """How good the agent and the models were on all reconciled mornings."""
    records = {one.source: one for one in content.records if one.source != GUESS}
    final = records.get(AGENT)
    said = "No morning with a sealed forecast was measured yet."
    if final:
        said = f"The final forecast was {_error_in_words(final)}."
    return {
        IN_WORDS: _sentence(said),
        "listed": len({row.target for row in content.rows}),
        **_record_metadata(final),
        "records": _table(RECORD_COLUMNS, ((name, *_record(r)) for name, r in records.items())),
    }


@metadata_of.register
def fork_metadata(content: ForkComparison) -> Metadata:
    """How many branches were compared; never what they change."""
    n_done, n_failed = len(content.branches), len(content.failed)
    said = (
        f"{count(n_done, 'branch', 'branches')} compared, the base among them; {n_failed} failed."
    )
    return {IN_WORDS: _sentence(said), "done": n_done, "failed": n_failed}


def _sentence(text: str) -> dg.MarkdownMetadataValue:
    """A sentence as Markdown; what comes from outside in it stays text."""
    return dg.MetadataValue.md(markdown(text))


def _sentence_case(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}".rstrip(".") + "."


def _forecast_in_words(forecast: Forecast | None, *, by: str | None) -> str:
    if forecast is None:
        return "There is no forecast."
    said = f"About {forecast.mean_ms:.0f} ms is forecast for {forecast.target} by {by}"
    if ends := forecast.interval(80):
        said += f", 80 % between {ends[0]:.0f} and {ends[1]:.0f} ms"
    return f"{said}."


def _error_in_words(scores: Backtest | SourceRecord) -> str:
    held = scores.coverage_80
    said = f"{scores.mae_ms:.1f} ms off on average on {count(scores.n, 'morning')}"
    return f"{said}, and its 80 % interval held {held.rate:.0%} of them" if held else said


def _forecast(forecast: Forecast | None) -> Metadata:
    if forecast is None:
        return {}
    metadata: Metadata = {"forecast_ms": forecast.mean_ms}
    for percent in INTERVALS:
        if ends := forecast.interval(percent):
            metadata[f"width_{percent}_ms"] = ends[1] - ends[0]
    return metadata


def _morning(forecast: Forecast) -> tuple[object, ...]:
    ends = forecast.json_extra().values()
    return forecast.target, forecast.mean_ms, *ends


def _record(scores: Backtest | SourceRecord) -> tuple[int | float | None, ...]:
    held = scores.coverage_80
    rate, width_ms = (held.rate, held.width_ms) if held else (None, None)
    return scores.n, scores.mae_ms, scores.bias_ms, rate, width_ms


def _record_metadata(scores: Backtest | SourceRecord | None) -> Metadata:
    return dict(zip(RECORD_COLUMNS[1:], _record(scores), strict=True)) if scores else {}


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> dg.TableMetadataValue:
    # A cell cannot be empty, and a column of numbers holds numbers only: so all are text.
    schema = dg.TableSchema([dg.TableColumn(name, "string") for name in columns])
    cells = [[_cell(value) for value in row] for row in rows]
    records = [dg.TableRecord(dict(zip(columns, row, strict=True))) for row in cells]
    return dg.MetadataValue.table(records, schema)


def _markdown(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> dg.MarkdownMetadataValue:
    cells = [[markdown(_cell(value)) for value in row] for row in rows]
    lines = [columns, ["---"] * len(columns), *cells]
    return dg.MetadataValue.md("\n".join(f"| {' | '.join(line)} |" for line in lines))


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if isinstance(value, float) else one_line(str(value))
