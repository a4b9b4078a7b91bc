"""Map database rows to dataclasses and back; dates, instants and metrics are stored as text."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date, datetime
from functools import cache, lru_cache
from operator import attrgetter
from sqlite3 import Row
from typing import TYPE_CHECKING, Any, TypeVar

from hrvctl.records import Metric

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Record = TypeVar("Record", bound="DataclassInstance")

# Texts whose parsed value is remembered. Own choice: rows come by day, and a day's rows share it.
REMEMBERED = 64


@lru_cache(maxsize=REMEMBERED)
def parse_day(text: str) -> date:
    """Parse a stored day."""
    return date.fromisoformat(text)


@lru_cache(maxsize=REMEMBERED)
def parse_instant(text: str | None) -> datetime | None:
    """Parse a stored instant; ``None`` where there is none."""
    return datetime.fromisoformat(text) if text else None


# How a column's text becomes the type of the field it fills.
CONVERTERS: Mapping[Any, Callable[[str], object]] = {
    date: parse_day,
    datetime: parse_instant,
    Metric: Metric,
}


def read_row(kind: type[Record], row: Row) -> Record:
    """Make a dataclass of a row with a column for each of its fields; others are ignored."""
    return kind(
        **{name: convert(row[name]) if convert else row[name] for name, convert in _fields(kind)}
    )


def row_values(record: "DataclassInstance") -> list[object]:
    """The fields of a dataclass in order, as a row stores them."""
    get, days = _getters(type(record))
    values = list(get(record))
    for place in days:
        values[place] = values[place].isoformat()
    return values


@cache
def _fields(kind: type[Any]) -> tuple[tuple[str, Callable[[str], object] | None], ...]:
    """The name of each field, and the converter of its text; ``None`` where it needs none."""
    return tuple((field.name, CONVERTERS.get(field.type)) for field in fields(kind))


@cache
def _getters(kind: type[Any]) -> tuple[Callable[[Any], tuple[Any, ...]], tuple[int, ...]]:
    """A getter of all fields, and the places of dates and instants among them."""
    columns = fields(kind)
    days = tuple(i for i, column in enumerate(columns) if column.type in (date, datetime))
    return attrgetter(*(column.name for column in columns)), days
