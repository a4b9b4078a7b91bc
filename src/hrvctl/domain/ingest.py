"""Plan an import: which rows are new, revised or unchanged, before any row is written."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, fields
from datetime import date
from operator import attrgetter
from typing import Any, TypeVar

from hrvctl.errors import DataError
from hrvctl.records import (
    HRV_METRICS,
    JournalEntry,
    Measurement,
    Metric,
    Problem,
    Reading,
    TypedNote,
    Workout,
)

# Two exports of one person agree on nearly every night; vendors re-score by a few ms at most.
# Own choice: a night disagrees beyond 10 % (ln ratio), and five shared nights are enough to judge.
DISAGREEMENT_LN = 0.10
MIN_SHARED_NIGHTS = 5
FOREIGN_SHARE = 0.5

# Problems shown one by one; a file of another kind can have one on every line.
SHOWN_PROBLEMS = 20

# Kinds of one export's files by precedence: cycles hold what sleeps repeats.
KIND_ORDER = ("cycles", "sleeps")

Row = TypeVar("Row")
KeyOf = Callable[[Row], tuple[object, ...]]
# attrgetter, not a function of ours: ten years of WHOOP call it 120,000 times.
_measurement_key: KeyOf[Measurement] = attrgetter("day", "metric", "source")
# Rows of earlier files of the same export by key, one mapping for each key function.
Seen = defaultdict[Callable[..., tuple[object, ...]], dict[tuple[object, ...], Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """The import of one file, in numbers.

    Attributes:
        file: Its name as the person knows it.
        source: The source that recognised it.
        kind: What kind of file it is.
        n_rows: Data rows read.
        n_days: Different days in it.
        n_new: Values seen for the first time.
        n_revised: Values that differ from those stored.
        n_unchanged: Values already stored.
        n_withdrawn: Values stored before that the vendor no longer has.
        first_day: Earliest day in it.
        last_day: Latest day in it.
        skipped: Rows left out, by reason.
        unknown_columns: Columns that are not used.
        warnings: For a person to read.
    """

    file: str
    source: str
    kind: str
    n_rows: int
    n_days: int
    n_new: int
    n_revised: int
    n_unchanged: int
    n_withdrawn: int
    first_day: date | None
    last_day: date | None
    skipped: Mapping[str, int]
    unknown_columns: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePlan(FileReport):
    """The import of one file: its report, and the rows to write.

    Attributes:
        measurements: New and revised ones.
        journal: New and revised ones.
        workouts: New and revised ones.
        notes: New ones; a note is never revised.
        withdrawn: Day, metric and source of the measurements to withdraw.
        superseded: Day, tag and source of the answers to withdraw: what was answered there is now
            read under another tag.
    """

    measurements: tuple[Measurement, ...]
    journal: tuple[JournalEntry, ...]
    workouts: tuple[Workout, ...]
    notes: tuple[TypedNote, ...]
    withdrawn: tuple[tuple[date, Metric, str], ...]
    superseded: tuple[tuple[date, str, str], ...]

    def report(self) -> FileReport:
        """Everything but the rows themselves."""
        return FileReport(**{each.name: getattr(self, each.name) for each in fields(FileReport)})


class StoredRows:
    """The rows stored of one subject; ``plan`` adds its changes as if they had been written."""

    def __init__(
        self,
        measurements: Iterable[Measurement] = (),
        journal: Iterable[JournalEntry] = (),
        workouts: Iterable[Workout] = (),
        notes: Iterable[TypedNote] = (),
    ) -> None:
        self.measurements = {_measurement_key(m): m for m in measurements}
        self.journal = {_entry_key(e): e for e in journal}
        self.workouts = {_workout_key(w): w for w in workouts}
        self.notes = Counter(map(_note_key, notes))


def plan(
    readings: Sequence[Reading], stored: StoredRows, *, force: bool, skip_faulty: bool
) -> tuple[FilePlan, ...]:
    """Compare one export with what is stored.

    Args:
        readings: The files of one import; where two have the same value the kind earlier in
            ``KIND_ORDER`` wins, and of one kind the file with the later last day: it is newer.
        stored: The stored rows; updated, so that the next export is compared with this one too.
        force: Let an export that looks like another person's revise the stored rows.
        skip_faulty: Import the sound rows of a file that has faulty ones.

    Raises:
        DataError: A file has faults, or the export disagrees with most nights already stored.
    """
    problems = [problem for reading in readings for problem in reading.problems]
    if problems and not skip_faulty:
        raise _faulty(problems)
    foreign = _foreign(readings, stored) if stored.measurements else ""
    if foreign and not force:
        raise DataError(
            foreign,
            hint="import it under its own name with --subject NAME, or insist with --force",
        )
    # Nothing can be withdrawn from an empty store: a first import need not look for it.
    had_rows = bool(stored.measurements or stored.journal)
    seen: Seen = defaultdict(dict)
    days = [_days(reading) for reading in readings]
    by_precedence = sorted(
        range(len(readings)),
        key=lambda i: (_kind_order(readings[i]), -max(days[i], default=date.min).toordinal()),
    )
    plans = {
        place: _plan_file(
            readings[place],
            readings,
            days[place],
            stored,
            seen,
            warning=foreign,
            had_rows=had_rows,
        )
        for place in by_precedence
    }
    in_order = sorted(range(len(readings)), key=lambda i: _kind_order(readings[i]))
    return tuple(plans[place] for place in in_order)


def _plan_file(
    reading: Reading,
    readings: Sequence[Reading],
    days: Set[date],
    stored: StoredRows,
    seen: Seen,
    *,
    warning: str,
    had_rows: bool,
) -> FilePlan:
    changes = _Changes(seen)
    measurements = changes.pick(reading.measurements, stored.measurements, _measurement_key)
    journal = changes.pick(reading.journal, stored.journal, _entry_key)
    workouts = changes.pick(reading.workouts, stored.workouts, _workout_key)
    # A list, because counting happens while picking.
    notes = list(changes.pick_notes(reading.notes, stored.notes))
    skipped = dict(reading.skipped)
    if reading.problems:
        skipped["faulty"] = skipped.get("faulty", 0) + len(reading.problems)
    withdrawn = _withdrawn(reading, readings, stored) if had_rows else ()
    superseded = _superseded(reading, readings, stored) if had_rows else ()
    has_hrv = bool(warning) and any(m.metric in HRV_METRICS for m in reading.measurements)
    return FilePlan(
        file=reading.file,
        source=reading.source,
        kind=reading.kind,
        n_rows=reading.n_rows,
        n_days=len(days),
        n_new=changes.n_new,
        n_revised=changes.n_revised,
        n_unchanged=changes.n_unchanged,
        n_withdrawn=len(withdrawn) + len(superseded),
        first_day=min(days, default=None),
        last_day=max(days, default=None),
        skipped=skipped,
        unknown_columns=reading.unknown_columns,
        warnings=(*reading.warnings, *((warning,) if warning and has_hrv else ())),
        measurements=measurements,
        journal=journal,
        workouts=workouts,
        notes=tuple(notes),
        withdrawn=withdrawn,
        superseded=superseded,
    )


def _withdrawn(
    reading: Reading, readings: Sequence[Reading], stored: StoredRows
) -> tuple[tuple[date, Metric, str], ...]:
    """Stored values between a whole file's first and last day that no file of the export has.

    Of the metrics in the file. None where rows are left out for their faults.
    """
    if not reading.is_whole or reading.problems or not reading.measurements:
        return ()
    days = [m.day for m in reading.measurements]
    metrics = {m.metric for m in reading.measurements}
    there = {_measurement_key(m) for each in readings for m in each.measurements}
    first, last = min(days), max(days)
    gone = (
        (m.day, m.metric, m.source)
        for key, m in stored.measurements.items()
        if m.source == reading.source
        and first < m.day < last
        and m.metric in metrics
        and key not in there
    )
    withdrawn = tuple(sorted(gone))
    for each in withdrawn:
        del stored.measurements[each]
    return withdrawn


def _superseded(
    reading: Reading, readings: Sequence[Reading], stored: StoredRows
) -> tuple[tuple[date, str, str], ...]:
    """Stored answers to questions of this file that are now read under another tag.

    An older version, or older words of the person's, had named the question otherwise.
    """
    answered = reading.answered or {(entry.day, entry.text) for entry in reading.journal}
    if not answered:
        return ()
    there = {_entry_key(entry) for each in readings for entry in each.journal}
    gone = (
        (entry.day, entry.tag, entry.source)
        for key, entry in stored.journal.items()
        if entry.source == reading.source
        and key not in there
        and (entry.day, entry.text) in answered
    )
    superseded = tuple(sorted(gone))
    for each in superseded:
        del stored.journal[each]
    return superseded


class _Changes:
    """Counts what is new, revised and unchanged while picking the rows to write."""

    def __init__(self, seen: Seen) -> None:
        self.seen = seen
        self.n_new = self.n_revised = self.n_unchanged = 0

    def pick(
        self, rows: Iterable[Row], stored_rows: dict[tuple[object, ...], Row], key_of: KeyOf[Row]
    ) -> tuple[Row, ...]:
        # A journal tag may be named like a metric, so each kind of row has its own keys.
        seen = self.seen[key_of]
        changed = {}
        for row in rows:
            key = key_of(row)
            if seen.setdefault(key, row) is not row:
                continue
            # A first import has 80,000 keys and nothing to look them up in.
            stored = stored_rows.get(key) if stored_rows else None
            if stored is None:
                self.n_new += 1
            elif stored == row or _lacks_only_times(stored, row):
                self.n_unchanged += 1
                continue
            else:
                self.n_revised += 1
            changed[key] = row
        stored_rows |= changed
        return tuple(changed.values())

    def pick_notes(
        self, notes: Iterable[TypedNote], stored: Counter[tuple[object, ...]]
    ) -> Iterator[TypedNote]:
        """Yield notes that are not stored yet; a text typed twice for a day is two notes."""
        n_seen: Counter[tuple[object, ...]] = Counter()
        for note in notes:
            key = _note_key(note)
            n_seen[key] += 1
            if n_seen[key] <= stored[key]:
                self.n_unchanged += 1
                continue
            self.n_new += 1
            stored[key] += 1
            yield note


def _faulty(problems: Sequence[Problem]) -> DataError:
    shown = [str(problem) for problem in problems[:SHOWN_PROBLEMS]]
    if len(problems) > SHOWN_PROBLEMS:
        shown.append(f"and {len(problems) - SHOWN_PROBLEMS} more")
    files = sorted({problem.file for problem in problems})
    count = "1 fault" if len(problems) == 1 else f"{len(problems)} faults"
    return DataError(
        f"{count} in {', '.join(files)}; nothing was imported",
        problems=shown,
        hint="correct or empty those cells, or leave such rows out with --skip-faulty",
    )


def _foreign(readings: Sequence[Reading], stored: StoredRows) -> str:
    """Say why an export looks like another person's; empty if it does not."""
    shared = [
        abs(math.log(m.value / old.value)) > DISAGREEMENT_LN
        for reading in readings
        for m in reading.measurements
        if m.metric in HRV_METRICS and (old := stored.measurements.get(_measurement_key(m)))
    ]
    if len(shared) < MIN_SHARED_NIGHTS or sum(shared) <= FOREIGN_SHARE * len(shared):
        return ""
    return (
        f"this looks like another person's export: {sum(shared)} of {len(shared)} nights already"
        " stored have a different HRV in it"
    )


def _kind_order(reading: Reading) -> int:
    return KIND_ORDER.index(reading.kind) if reading.kind in KIND_ORDER else len(KIND_ORDER)


def _lacks_only_times(stored: object, row: object) -> bool:
    """Whether a row equals the stored one but for missing times, which do not revise it."""
    if not isinstance(stored, Measurement) or not isinstance(row, Measurement):
        return False
    return stored._replace(start_at=None, end_at=None) == row


def _days(reading: Reading) -> set[date]:
    return {
        row.day
        for rows in (reading.measurements, reading.journal, reading.workouts, reading.notes)
        for row in rows
    }


def _entry_key(e: JournalEntry) -> tuple[object, ...]:
    return e.day, e.tag, e.source


def _workout_key(w: Workout) -> tuple[object, ...]:
    return w.start_at, w.source


def _note_key(n: TypedNote) -> tuple[object, ...]:
    return n.day, n.text
