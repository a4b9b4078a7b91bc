"""Date a recording by its first row, its file's name or its file's date."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.main_sleep import wake_day_in_utc
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Record, RecordReader

# 2025-05-03 06-41-08.txt, Polar_H10_12345678_20250503_064108_RR.txt, 2025-05-03.csv
YEAR_FIRST = re.compile(
    r"(?<![0-9])(20[0-9]{2})([-_.]?)([0-9]{2})\2([0-9]{2})"
    r"(?:[ T_-]+([0-2][0-9])[-_.:h]?([0-5][0-9])(?:[-_.:m]?([0-5][0-9]))?)?(?![0-9])"
)
YEAR_LAST = re.compile(r"(?<![0-9])([0-9]{1,2})([-_.])([0-9]{1,2})\2(20[0-9]{2})(?![0-9])")
# Numbers from here are seconds, and from there milliseconds, since 1970 (both are in 2001);
# smaller ones count from the recording's own beginning.
EPOCH_S, EPOCH_MS = 1e9, 1e12
MS = 1000
# The field that messages name; no file has a field of this name.
FIELD = "start"
RENAME = "rename the file like 2025-05-03 06-41-08.txt"
UNDATED = "recording whose date is unknown"


@dataclass(frozen=True, slots=True)
class Start:
    """When a recording began.

    Attributes:
        day: Local date.
        at: Local time or an instant, where more than the date is known.
    """

    day: date
    at: datetime | None = None


def moment_of(stamp: str) -> datetime | None:
    """Read a date and time, or seconds or milliseconds since 1970; ``None`` for anything else.

    Returns:
        Aware where the stamp has an offset, in UTC where it counts from 1970, else naive.
    """
    try:
        return cell_values.stamp(stamp)
    except ValueError:
        pass
    try:
        number = cell_values.number(stamp)
        seconds = number / MS if number >= EPOCH_MS else number
        return datetime.fromtimestamp(seconds, UTC) if seconds >= EPOCH_S else None
    except (ValueError, OverflowError, OSError):
        return None


def is_utc(moment: datetime) -> bool:
    """Whether a moment is in UTC, without the local zone; the local date may be another."""
    return moment.utcoffset() == timedelta(0)


def local_day(file: RecordReader, record: Record, path: str, moment: datetime) -> date | None:
    """Return the local date of a measurement awake; ``None`` if it is impossible or unknown.

    It is unknown in UTC's late hours, when a morning far to the east is on the next date.
    """
    day = wake_day_in_utc(moment) if is_utc(moment) else moment.date()
    if day is None:
        why = "its date depends on the time zone, which is not in the file; left out"
        file.leave_out(record, path, why)
        return None
    return day if file.is_possible(record, path, day) else None


def day_by_utc(file: RecordReader, began: datetime, advice: str = "") -> date | None:
    """Date a recording awake by UTC, or leave it out as ``local_day`` does; warn in both cases.

    Args:
        file: The file that holds the recording.
        began: When, in UTC; the file has no zone.
        advice: What a person can do where UTC does not give the date; ends the warning.
    """
    day = wake_day_in_utc(began)
    if day is None:
        file.skipped[UNDATED] += 1
        file.warn(
            f"the recording of {began:%Y-%m-%d %H:%M} UTC is left out: its date depends on the "
            f"time zone, which is not in the file{advice}"
        )
        return None
    file.warn("the file has no time zone, so the recording was dated by UTC")
    return day


def named_starts(name: str) -> Iterator[Start]:
    """Yield the starts that a file's name may mean, without its folders."""
    own = re.split(r"[/\\]", name)[-1]
    for found in YEAR_FIRST.finditer(own):
        year, _, month, day, hour, minute, second = found.groups()
        try:
            start = date(int(year), int(month), int(day))
            clock = time(int(hour), int(minute), int(second or 0)) if hour else None
        except ValueError:
            continue
        yield Start(start, datetime.combine(start, clock) if clock else None)
    for found in YEAR_LAST.finditer(own):
        first, _, second, year = found.groups()
        for month, day in ((first, second), (second, first)):
            try:
                yield Start(date(int(year), int(month), int(day)))
            except ValueError:
                continue


def find_start(file: RecordReader, document: Document, stamp: str = "") -> Start | None:
    """Date a recording by its first row, else by its file's name, else by its file's own date.

    Args:
        file: Gets a warning where the date is assumed, a problem where there is none.
        document: The file.
        stamp: The first row's cell in the time column; empty where there is none.

    Returns:
        ``None`` where nothing dates it, or two dates contradict each other.
    """
    stamped = moment_of(stamp)
    record = Record(0, "", {FIELD: stamp or document.name})
    named = sorted(set(named_starts(document.name)), key=lambda start: start.day)
    if len({start.day for start in named}) > 1:
        days = " or ".join(str(start.day) for start in named)
        file.problem(record, FIELD, f"the file's name may mean {days}; {RENAME}")
        return None
    if stamped is None:
        return _without_stamp(file, record, document, named)
    if not named:
        advice = f"; to have it, {RENAME}, by your own clock"
        day = day_by_utc(file, stamped, advice) if is_utc(stamped) else stamped.date()
        return _possible(file, record, Start(day, stamped)) if day else None
    tolerance = timedelta(days=1 if is_utc(stamped) else 0)
    if abs(stamped.date() - named[0].day) > tolerance:
        why = f"its first row is of {stamped.date()}, its name of {named[0].day}; {RENAME}"
        file.problem(record, FIELD, why)
        return None
    return _possible(file, record, Start(named[0].day, stamped))


def _without_stamp(
    file: RecordReader, record: Record, document: Document, named: list[Start]
) -> Start | None:
    if named:
        return _possible(file, record, max(named, key=lambda start: start.at is not None))
    if document.modified_on is None:
        file.problem(record, FIELD, f"no date in the file or in its name; {RENAME}")
        return None
    day = document.modified_on
    file.warn(
        f"no date in the file or in its name: taken to be of {day}, when the file was written; "
        f"if that is wrong, {RENAME}"
    )
    return _possible(file, record, Start(day))


def _possible(file: RecordReader, record: Record, start: Start) -> Start | None:
    return start if file.is_possible(record, FIELD, start.day) else None
