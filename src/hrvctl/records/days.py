"""What a day holds, and what a file said of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from hrvctl.records.metrics import Metric


class Measurement(NamedTuple):
    """One value of one metric for one day from one source.

    A tuple, because ten years of them are 80,000, and it is made twice as fast as a dataclass.

    Attributes:
        day: Wake date of the night, or the local date of the activity.
        metric: What was measured.
        value: In the metric's unit.
        source: Who measured, for example ``whoop``.
        start_at, end_at: The window measured (sleep onset, waking), aware, where known.
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
        note: Free text beside the answer; the path of the page in a folder.
    """

    tag: str
    value: float
    unit: str = ""
    at: str = ""
    text: str = ""
    source: str = ""
    note: str = ""


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
    """A text a person typed for a day; the answers read out of it can be read anew.

    Attributes:
        day: The day spoken of.
        text: As it was typed.
        written_at: When, aware.
        batch: Equal for notes that were typed together, and are undone together.
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
        start_at: Start, aware; with the source it is the workout's key.
        end_at: End, aware.
        name: The vendor's name of the activity.
        source: Who recorded it.
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
    """A fault in a file: where it is, what stands there, and why that cannot be."""

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
    """What one file said.

    Attributes:
        file: Its name as the person knows it.
        source: The source that recognised it.
        kind: What kind of file it is, for example ``cycles`` or ``journal``.
        measurements: In order of day; at most one per (day, metric).
        journal: In order of day.
        workouts: In order of start.
        notes: In the order they were typed; only our own export holds any.
        problems: Faults that make the file as a whole not trustworthy.
        warnings: Things left out that a person may want to know.
        n_rows: Data rows seen.
        skipped: Rows that hold nothing for us, by reason.
        unknown_columns: Header cells with no meaning to us.
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
