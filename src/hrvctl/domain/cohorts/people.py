"""The people in a table of nights: each one's rows, the series that counts, and their history."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hrvctl.domain.arrays import Floats, Ints
from hrvctl.domain.series import History, rank_series
from hrvctl.records import (
    ASKED_AFTER_THE_NIGHT,
    HRV_METRICS,
    PLAUSIBLE,
    TAG_PREFIX,
    Metric,
    is_value_name,
)

# Day 0 of Arrow's and NumPy's dates.
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonNights:
    """One person's rows in order of day and source.

    Attributes:
        subject: Whose.
        days: Shape (n,), days since 1970-01-01.
        sources: The source of each row.
        measured: Metric to shape (n,), in its unit, NaN where missing.
        answers: Journal tag to shape (n,), NaN where unanswered.
    """

    subject: str
    days: Ints
    sources: tuple[str, ...]
    measured: Mapping[Metric, Floats]
    answers: Mapping[str, Floats]

    @property
    def implausible(self) -> str:
        """The first value outside the plausible range of its metric; empty without one."""
        for metric, values in self.measured.items():
            low, high = PLAUSIBLE[metric]
            outside = np.flatnonzero((values < low) | (values > high))
            if len(outside):
                day = EPOCH + timedelta(days=int(self.days[outside[0]]))
                return (
                    f"{metric} {values[outside[0]]:g} on {day} is not between {low:g} and {high:g}"
                )
        return ""

    def has_hrv_after(self, as_of: date) -> bool:
        """Whether a night after the evening is known already."""
        later = self.days > (as_of - EPOCH).days
        return any(
            not np.isnan(self.measured[metric][later]).all()
            for metric in HRV_METRICS
            if metric in self.measured
        )

    def history(self, as_of: date) -> History:
        """What is known on an evening, from the series that counts; see ``series_spans``."""
        day = (as_of - EPOCH).days
        known = self.days <= day
        metric, measured_by = self._series(known)
        own = known & (np.array(self.sources) == measured_by)
        nights = self.days[own & ~np.isnan(self._column(metric))]
        first = int(nights[0]) if len(nights) else day + 1
        n = day + 1 - first
        own &= self.days >= first
        at = self.days[own] - first

        def grid(values: Floats) -> tuple[float, ...]:
            row = np.full(n, np.nan)
            row[at] = values[own]
            return tuple(row.tolist())

        measured = {
            each: grid(values)
            for each, values in sorted(self.measured.items())
            if each not in HRV_METRICS and not np.isnan(values[own]).all()
        }
        journal, late = self._journal(known & (self.days >= first), first, n)
        return History(
            first=EPOCH + timedelta(days=first),
            metric=metric,
            measured_by=measured_by,
            hrv=grid(self._column(metric)),
            measured=measured,
            journal=journal,
            answered_late=late,
        )

    def _column(self, metric: Metric) -> Floats:
        values = self.measured.get(metric)
        return np.full(len(self.days), np.nan) if values is None else values

    def _series(self, known: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> tuple[Metric, str]:
        names = np.array(self.sources)
        days = {}
        for metric in HRV_METRICS:
            has = known & ~np.isnan(self._column(metric))
            for source in sorted(set(names[has].tolist())):
                days[metric, source] = self.days[has & (names == source)].tolist()
        return rank_series(days)[0] if days else (Metric.HRV_RMSSD_MS, "")

    def _journal(
        self, rows: "np.ndarray[tuple[int], np.dtype[np.bool_]]", first: int, n: int
    ) -> tuple[dict[str, tuple[float, ...]], dict[str, frozenset[date]]]:
        """Answers on the grid, of two on one day the larger; and the days answered only late."""
        names = np.array(self.sources)
        is_late = np.isin(names, sorted(ASKED_AFTER_THE_NIGHT))
        journal, late = {}, {}
        for tag, values in sorted(self.answers.items()):
            said = rows & ~np.isnan(values)
            if not said.any():
                continue
            row = np.full(n, np.nan)
            np.fmax.at(row, self.days[said] - first, values[said])
            journal[tag] = tuple(row.tolist())
            days = set(self.days[said & is_late].tolist()) - set(
                self.days[said & ~is_late].tolist()
            )
            late[tag] = frozenset(date.fromordinal(EPOCH.toordinal() + day) for day in days)
        return journal, late


def split_people(nights: pa.Table) -> Iterator[PersonNights]:
    """Yield each person of a table of nights that is in order of subject, day and source."""
    if not nights.num_rows:
        return
    subjects = nights["subject"].to_numpy(zero_copy_only=False)
    days = pc.cast(nights["day"], pa.int32()).to_numpy().astype(np.int64)
    sources = nights["source"].to_pylist()
    columns = {
        name: nights[name].to_numpy(zero_copy_only=False).astype(float)
        for name in nights.column_names
        if is_value_name(name)
    }
    starts = np.flatnonzero(np.append(True, subjects[1:] != subjects[:-1])).tolist()
    for start, end in zip(starts, [*starts[1:], len(subjects)], strict=True):
        own = {name: values[start:end] for name, values in columns.items()}
        yield PersonNights(
            subject=subjects[start],
            days=days[start:end],
            sources=tuple(sources[start:end]),
            measured={Metric(name): v for name, v in own.items() if name in set(Metric)},
            answers={
                name.removeprefix(TAG_PREFIX): v
                for name, v in own.items()
                if name.startswith(TAG_PREFIX)
            },
        )
