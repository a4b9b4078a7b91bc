"""The nights and forecasts of a cohort as long tables, with a description of every column."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from hrvctl.domain.cohorts.evening import LEVEL_COLUMNS, VITALS
from hrvctl.records import LEVELS, Metric, is_value_name

# Of an export: what was measured or answered, and what this program made of it.
INPUT, COMPUTED = "input", "hrvctl"
OF_METRIC = "of the metric"
# The model of the vital signs, which have no other.
VITALS_MODEL = "hierarchical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of an exported table.

    Attributes:
        name: Its name.
        kind: Arrow's type of its values.
        unit: Of its values; empty where there is none.
        definition: What it is, a sentence.
        source: ``INPUT`` or ``COMPUTED``.
    """

    name: str
    kind: pa.DataType
    unit: str = ""
    definition: str
    source: str


NIGHTS = (
    Column(name="subject", kind=pa.string(), definition="The person", source=INPUT),
    Column(
        name="day",
        kind=pa.date32(),
        definition="Local date on which the night ended; of an answer of the journal or a total of"
        " the day, the date of the day itself",
        source=INPUT,
    ),
    Column(
        name="metric",
        kind=pa.string(),
        definition="What was measured, as listed under the metrics; or tag: and the name of a"
        " question of the journal",
        source=INPUT,
    ),
    Column(
        name="value",
        kind=pa.float64(),
        unit=OF_METRIC,
        definition="The value; of a question of the journal 0 for no, 1 for yes, or an amount",
        source=INPUT,
    ),
    Column(
        name="source",
        kind=pa.string(),
        definition="The device, app or service that measured it",
        source=INPUT,
    ),
)

FORECASTS = (
    Column(name="subject", kind=pa.string(), definition="The person", source=INPUT),
    Column(
        name="as_of",
        kind=pa.date32(),
        definition="The evening: the last day whose data was used",
        source=COMPUTED,
    ),
    Column(
        name="target",
        kind=pa.date32(),
        definition="The morning that was forecast",
        source=COMPUTED,
    ),
    Column(
        name="horizon_days",
        kind=pa.int32(),
        unit="d",
        definition="Days from the last night with a value to the morning that was forecast",
        source=COMPUTED,
    ),
    Column(
        name="metric",
        kind=pa.string(),
        definition="The metric that was forecast, as listed under the metrics",
        source=COMPUTED,
    ),
    Column(
        name="measured_by",
        kind=pa.string(),
        definition="The source whose value of that morning is the outcome",
        source=COMPUTED,
    ),
    Column(
        name="model",
        kind=pa.string(),
        definition="The model that made the forecast",
        source=COMPUTED,
    ),
    Column(
        name="is_served",
        kind=pa.bool_(),
        definition="Whether it was the model chosen for this person on this evening",
        source=COMPUTED,
    ),
    Column(
        name="mean",
        kind=pa.float64(),
        unit=OF_METRIC,
        definition="The point forecast",
        source=COMPUTED,
    ),
    *(
        Column(
            name=name,
            kind=pa.float64(),
            unit=OF_METRIC,
            definition=f"The value that the outcome is stated to fall below with"
            f" {100 * level:g} % probability; missing where too little is known for it",
            source=COMPUTED,
        )
        for name, level in zip(LEVEL_COLUMNS, LEVELS, strict=True)
    ),
    Column(
        name="n_scored",
        kind=pa.int32(),
        unit="1",
        definition="Earlier mornings of this person on which the model was tried",
        source=COMPUTED,
    ),
    Column(
        name="mae",
        kind=pa.float64(),
        unit=OF_METRIC,
        definition="Mean absolute error of the model on those mornings",
        source=COMPUTED,
    ),
    Column(
        name="coverage_80",
        kind=pa.float64(),
        unit="1",
        definition="Share of those mornings inside the 80 % interval",
        source=COMPUTED,
    ),
)

# Columns that together name a row, in whose order the tables are.
NIGHT_KEYS = ("subject", "day", "metric", "source")
FORECAST_KEYS = ("subject", "as_of", "metric", "model")

_NAMES = [column.name for column in FORECASTS]
_OF_PERSON = [
    *("subject", "as_of", "target", "horizon_days", "metric", "measured_by"),
    "served",
]


def schema(columns: tuple[Column, ...]) -> pa.Schema:
    """The columns as Arrow has them."""
    return pa.schema([(column.name, column.kind) for column in columns])


def long_nights(wide: pa.Table) -> pa.Table:
    """A table of nights, one row a person, day and source, as one row a value.

    Args:
        wide: ``subject``, ``day``, ``source``, a column for each metric or ``tag:NAME``.
    """
    parts = []
    for name in wide.column_names:
        if not is_value_name(name):
            continue
        values = wide.select(["subject", "day", "source", name]).filter(
            pc.and_(pc.is_valid(wide[name]), pc.invert(pc.is_nan(wide[name])))
        )
        columns = {
            "subject": values["subject"],
            "day": values["day"],
            "metric": pa.repeat(name, values.num_rows),
            "value": values[name],
            "source": values["source"],
        }
        parts.append(pa.table(columns).cast(schema(NIGHTS)))
    if not parts:
        return schema(NIGHTS).empty_table()
    order = [(name, "ascending") for name in NIGHT_KEYS]
    return pa.concat_tables(parts).sort_by(order)


def long_forecasts(evening: pa.Table) -> pa.Table:
    """A table of an evening, one row a person, as one row a model and forecast metric.

    Args:
        evening: Of the schema of ``domain.cohorts.evening``.
    """
    parts = [_of_models(evening), *(_of_vital(evening, metric) for metric in VITALS)]
    order = [(name, "ascending") for name in FORECAST_KEYS]
    return pa.concat_tables(parts).sort_by(order)


def _of_models(evening: pa.Table) -> pa.Table:
    lists = evening["models"].combine_chunks()
    models = pc.list_flatten(lists)
    if not len(models):
        return schema(FORECASTS).empty_table()
    of_person = evening.select(_OF_PERSON).take(pc.list_parent_indices(lists))
    field = {each.name: pc.struct_field(models, each.name) for each in models.type}
    columns = {name: of_person[name] for name in _OF_PERSON} | {
        "model": field["source"],
        "is_served": pc.fill_null(pc.equal(field["source"], of_person["served"]), fill_value=False),
        "mean": field["mean_ms"],
        **{
            name: pc.list_element(field["quantiles_ms"], place)
            for place, name in enumerate(LEVEL_COLUMNS)
        },
        "n_scored": field["n"],
        "mae": field["mae_ms"],
        "coverage_80": field["coverage_80"],
    }
    return pa.table({name: columns[name] for name in _NAMES}).cast(schema(FORECASTS))


def _of_vital(evening: pa.Table, metric: Metric) -> pa.Table:
    prefix = VITALS[metric]
    stated = evening.filter(pc.is_valid(evening[f"{prefix}_p50"]))
    n = stated.num_rows
    columns = {name: stated[name] for name in _OF_PERSON} | {
        "metric": pa.repeat(metric.value, n),
        "model": pa.repeat(VITALS_MODEL, n),
        "is_served": pa.repeat(True, n),
        **{level: stated[f"{prefix}_{level}"] for level in ("p10", "p50", "p90")},
    }
    return pa.table({name: columns.get(name, pa.nulls(n)) for name in _NAMES}).cast(
        schema(FORECASTS)
    )


def sources_of(nights: pa.Table) -> Mapping[str, set[str]]:
    """The sources of each metric in a long table of nights."""
    pairs = nights.group_by(["metric", "source"]).aggregate([])
    found: dict[str, set[str]] = {}
    for metric, source in zip(
        pairs["metric"].to_pylist(), pairs["source"].to_pylist(), strict=True
    ):
        found.setdefault(metric, set()).add(source)
    return found
