"""Tables of many people's nights, long or wide, as the wide table a cohort keeps.

Long: ``subject, day, metric, value`` and perhaps ``source``, one row a value; ``metric`` may be
``tag:NAME``. Wide: ``subject, day``, perhaps ``source``, and one column a metric or tag.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from hrvctl.errors import DataError
from hrvctl.records import (
    FIRST_PLAUSIBLE_DAY,
    PLAUSIBLE,
    TAG_PREFIX,
    JournalEntry,
    Measurement,
    Metric,
    is_value_name,
)

SUBJECT, DAY, SOURCE = "subject", "day", "source"
METRIC, VALUE = "metric", "value"
KEYS = [SUBJECT, DAY, SOURCE]
# The source of nights in a table that names none.
NO_SOURCE = "table"
# How far a time of day is from UTC, in ISO 8601.
OFFSET = re.compile(r"(?<=:\d\d)(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)$")


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a table are read.

    Attributes:
        given: Our name to the table's.
        is_long: Whether each row is one value.
        unknown: The table's columns that are not read.
    """

    given: Mapping[str, str]
    is_long: bool
    unknown: tuple[str, ...]


def find_columns(names: Sequence[str], renamed: Mapping[str, str]) -> Columns:
    """Find the columns of a table.

    Args:
        names: Of the table.
        renamed: Our name to the table's, where they differ.

    Raises:
        DataError: One that is needed is missing.
    """
    given = {ours: theirs for ours, theirs in renamed.items() if theirs in names}
    if absent := [theirs for theirs in renamed.values() if theirs not in names]:
        raise DataError(
            f"no column is called {', '.join(map(repr, absent))}",
            hint=f"the table has: {', '.join(names)}",
        )
    taken = set(given.values())
    given |= {name: name for name in names if name not in taken and name not in given}
    is_long = METRIC in given and VALUE in given
    wanted = [SUBJECT, DAY, METRIC, VALUE] if is_long else [SUBJECT, DAY]
    if missing := [name for name in wanted if name not in given]:
        raise DataError(
            f"the table has no column {' and no '.join(missing)}",
            hint=f"name it with --column, for example {missing[0]}={names[0]}" if names else "",
        )
    used = {*wanted, SOURCE}
    known = {
        ours: theirs
        for ours, theirs in given.items()
        if ours in used or (not is_long and is_value_name(ours))
    }
    if not is_long and not any(is_value_name(name) for name in known):
        raise DataError(
            "the table has no column of a metric",
            hint="for example hrv_rmssd_ms, or metric and value",
        )
    return Columns(known, is_long, tuple(n for n in names if n not in known.values()))


def long_rows(
    subject: str, measurements: Sequence[Measurement], journal: Sequence[JournalEntry]
) -> pd.DataFrame:
    """The records of one person as a long table."""
    rows = [(m.day, m.source, m.metric.value, m.value) for m in measurements]
    rows += [(e.day, e.source, f"{TAG_PREFIX}{e.tag}", e.value) for e in journal]
    table = pd.DataFrame(rows, columns=[DAY, SOURCE, METRIC, VALUE])
    table[SUBJECT] = subject
    table[VALUE] = table[VALUE].astype(float)
    return table


def nights_of(
    table: pd.DataFrame, *, is_long: bool, today: date
) -> tuple[pd.DataFrame, dict[str, str]]:
    """The wide table of the people in a table without faults, and the first fault of the others.

    Args:
        table: With our names of columns; days as text or dates, the rest as it was read.
        is_long: Whether each row is one value.
        today: No night is after it.

    Returns:
        ``KEYS`` and one column a metric or tag, one row a key; and the faults by person.
    """
    table = table.copy()
    table[SUBJECT] = table[SUBJECT].astype("string").fillna("")
    if SOURCE not in table:
        table[SOURCE] = NO_SOURCE
    table[SOURCE] = table[SOURCE].astype("string").fillna(NO_SOURCE)
    faults = _Faults(table[SUBJECT])
    written = table[DAY]
    days = _dates(written)
    table[DAY] = days
    faults.add(days.isna(), "day", written, "is no date such as 2026-11-27")
    faults.add(days > pd.Timestamp(today), "day", written, "is in the future")
    faults.add(
        days < pd.Timestamp(FIRST_PLAUSIBLE_DAY), "day", written, "is before any wearable had HRV"
    )
    if is_long:
        _check_long(table, faults)
    values = [VALUE] if is_long else [str(name) for name in table if is_value_name(str(name))]
    for name in values:
        written = table[name]
        numbers = pd.to_numeric(written, errors="coerce")
        is_text = written.notna() & (written.astype("string").str.strip() != "")
        faults.add(numbers.isna() & is_text, name, written, "is no number")
        table[name] = numbers.astype(float)
    table = table[~table[SUBJECT].isin(faults.found.keys())]
    wide = _widened(table, faults) if is_long else _one_row_a_key(table, faults)
    for name in wide.columns.difference(KEYS):
        if name in set(Metric):
            low, high = PLAUSIBLE[Metric(name)]
            is_outside = (wide[name] < low) | (wide[name] > high)
            faults.add(is_outside, name, wide[name], f"is not between {low:g} and {high:g}", wide)
        else:
            faults.add(np.isinf(wide[name]), name, wide[name], "is no number", wide)
    wide = wide[~wide[SUBJECT].isin(faults.found.keys())]
    return wide, faults.found


def _dates(written: "pd.Series[Any]") -> "pd.Series[pd.Timestamp]":
    """The dates of days, as the clock had it where they were written; NaT where it is none."""
    if not pd.api.types.is_datetime64_any_dtype(written):
        text = written.astype("string").str.replace(OFFSET, "", regex=True)
        written = pd.to_datetime(text, errors="coerce", format="ISO8601")
    local_days: pd.Series[pd.Timestamp] = written.dt.tz_localize(None).dt.normalize()
    return local_days


class _Faults:
    """The first fault found of each person."""

    def __init__(self, subjects: "pd.Series[str]") -> None:
        self.subjects = subjects
        self.found: dict[str, str] = {}

    def add(
        self,
        is_faulty: "pd.Series[bool]",
        column: str,
        written: "pd.Series[str]",
        why: str,
        table: pd.DataFrame | None = None,
    ) -> None:
        is_faulty = is_faulty.fillna(False).astype(bool)
        subjects = self.subjects if table is None else table[SUBJECT]
        for row in np.flatnonzero(is_faulty.to_numpy()).tolist():
            subject = str(subjects.iloc[row])
            if subject not in self.found:
                self.found[subject] = f"{column} {str(written.iloc[row])!r} {why}"


def _check_long(table: pd.DataFrame, faults: _Faults) -> None:
    names = table[METRIC].astype("string")
    unknown = {name for name in names.dropna().unique().tolist() if not is_value_name(name)}
    faults.add(
        names.isin(unknown) | names.isna(), METRIC, names, "is neither a metric nor tag:NAME"
    )


def _widened(table: pd.DataFrame, faults: _Faults) -> pd.DataFrame:
    table = table.dropna(subset=[VALUE]).drop_duplicates([*KEYS, METRIC, VALUE])
    twice = table.duplicated([*KEYS, METRIC], keep=False)
    faults.add(twice, DAY, table[DAY], "has two values of one metric from one source", table)
    wide = table[~table[SUBJECT].isin(faults.found.keys())].pivot(
        index=KEYS, columns=METRIC, values=VALUE
    )
    return wide.reset_index().rename_axis(columns=None)


def _one_row_a_key(table: pd.DataFrame, faults: _Faults) -> pd.DataFrame:
    table = table.drop_duplicates()
    twice = table.duplicated(KEYS, keep=False)
    faults.add(twice, DAY, table[DAY], "has two rows from one source", table)
    return table[~table[SUBJECT].isin(faults.found.keys())]
