"""Records of a day (measurements, journal entries, notes, workouts) and of a file that was read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from hrvctl.records.metrics import Metric

# Name of a tag: a key of the journal, and a column name elsewhere.
TAG = re.compile(r"[a-z][a-z0-9_]{0,39}")
# Before a tag's name where it stands beside metrics, in tables of many people's nights.
TAG_PREFIX = "tag:"


def is_value_name(name: str) -> bool:
    """Whether a name is that of a metric, or ``tag:`` and that of a journal tag."""
    tag = name.removeprefix(TAG_PREFIX)
    return name in set(Metric) or (tag != name and bool(TAG.fullmatch(tag)))


def day_at(moment: datetime, day_starts_at: time) -> date:
    """The date of a person's day at an instant: before ``day_starts_at`` it is still the last one.

    Args:
        moment: Aware, in the person's zone. Where the clocks are set back over ``day_starts_at``
            the first of the two instants begins the day, if the zone knows of the change.
        day_starts_at: Local time.
    """
    begins_at = datetime.combine(moment.date(), day_starts_at, tzinfo=moment.tzinfo)
    # Of one zone, so as instants: aware times that share a zone compare by the wall clock.
    has_begun = moment.time() >= day_starts_at or moment.timestamp() >= begins_at.timestamp()
    return moment.date() if has_begun else moment.date() - timedelta(days=1)


class Measurement(NamedTuple):
    """One value of one metric for one day from one source.

    A tuple, because ten years are 80,000 of them, and it is built twice as fast as a dataclass.

    Attributes:
        day: Wake date of the night, or the local date of the activity.
        metric: The quantity measured.
        value: In the metric's unit.
        source: The vendor or app that measured it, for example ``whoop``.
        start_at, end_at: Start and end of the measurement (sleep onset, waking), aware.
    """

    day: date
    metric: Metric
    value: float
    source: str
    start_at: datetime | None = None
    end_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One answer of a day: the value of one tag, as read from a text or asked by a vendor.

    Attributes:
        tag: Canonical key, lower case with underscores, for example ``alcohol``.
        value: 1 yes, 0 no, an amount, or the share of a scale (7/10 is 0.7).
        unit: Unit of an amount, for example ``drinks``; empty for yes, no and shares.
        at: Local time of day, ``HH:MM``, the latest if there are several; else empty.
        text: The words it was read from, joined by ``; `` where they are apart.
        source: ``user``, ``folder`` (the person's own daily notes) or the vendor's name.
        note: Free text that came with the answer; the path of the page in a folder.
    """

    tag: str
    value: float
    unit: str = ""
    at: str = ""
    text: str = ""
    source: str = ""
    note: str = ""


# Sources that ask about a day only after the night that follows it.
ASKED_AFTER_THE_NIGHT = frozenset({"elitehrv", "hrv4training", "whoop"})


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One answer of a person's journal. A question that was not asked has no entry.

    Attributes:
        day: The day of the behaviour; it can change the HRV of the day after.
        tag, value, text, source, note, unit, at: As in ``Feature``.
    """

    day: date
    tag: str
    value: float
    text: str
    source: str
    note: str = ""
    unit: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedNote:
    """A text a person typed for a day, from which answers are derived.

    Attributes:
        day: The day it is about.
        text: As it was typed.
        written_at: When it was typed, aware.
        batch: Equal for notes that were typed together and are undone together.
    """

    day: date
    text: str
    written_at: datetime
    batch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Workout:
    """One recorded activity.

    Attributes:
        day: Local date it started on.
        start_at: Start, aware; unique within a source.
        end_at: End, aware.
        name: The vendor's name of the activity.
        source: The vendor or app that recorded it.
        strain: WHOOP activity strain, 0 to 21.
        energy_kcal: Energy, kcal.
        average_hr_bpm: Mean heart rate, bpm.
        max_hr_bpm: Highest heart rate, bpm.
    """

    day: date
    start_at: datetime
    end_at: datetime
    name: str
    source: str
    strain: float | None = None
    energy_kcal: float | None = None
    average_hr_bpm: float | None = None
    max_hr_bpm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A fault in a file: its place, the value found, and why it is invalid."""

    file: str
    line: int
    column: str
    value: str
    why: str

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}" if self.line else self.file
        cell = f": {self.column} {self.value!r}" if self.column else ""
        return f"{where}{cell}: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The records read from one file.

    Attributes:
        file: Name of the file as the person knows it.
        source: The source that recognised it.
        kind: Kind of file, for example ``cycles`` or ``journal``.
        measurements: In order of day; at most one per (day, metric).
        journal: In order of day.
        workouts: In order of start.
        notes: In the order they were typed; only hrvctl's own export has any.
        problems: Faults for which the whole file is refused.
        warnings: What was left out and a person should know.
        n_rows: Number of data rows.
        skipped: Number of rows without usable data, by reason.
        unknown_columns: Columns that are not read.
        answered: Day and question of every answer in it, where two questions may be one tag; empty
            where the answers of ``journal`` are all.
        is_whole: Whether the vendor puts every night into such a file, so that one that is missing
            between its first and last day was withdrawn.
    """

    file: str
    source: str
    kind: str
    measurements: tuple[Measurement, ...] = ()
    journal: tuple[JournalEntry, ...] = ()
    workouts: tuple[Workout, ...] = ()
    notes: tuple[TypedNote, ...] = ()
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    n_rows: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    unknown_columns: tuple[str, ...] = ()
    answered: frozenset[tuple[date, str]] = frozenset()
    is_whole: bool = False
