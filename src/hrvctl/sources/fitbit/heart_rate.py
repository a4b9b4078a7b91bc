"""Fitbit's heart rate in files of a day, and the time zone that they do not name."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import IO

from hrvctl.errors import DataError
from hrvctl.sources.kit.cell_values import normalise
from hrvctl.sources.kit.day_heart_rate import HIGH_BPM, LOW_BPM, STRETCH_S, HeartRates
from hrvctl.sources.kit.main_sleep import SleepPeriod
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import RecordReader
from hrvctl.sources.kit.text_stream import lines, open_text, pieces

# The files of the old folder, and those of the new one; both are in UTC.
JSON_KIND, CSV_KIND = "heart_rate", "heart_rate_samples"
STAMP, BPM, DATA_SOURCE = "timestamp", "beats_per_minute", "data_source"
# What Google's folders also hold of other devices.
FOREIGN = re.compile(r"apple|health\s*kit|health\s*connect", re.IGNORECASE)
ENTRY = '"dateTime"'
SAMPLE = re.compile(
    r'"dateTime"\s*:\s*"([0-9]{2}/[0-9]{2}/[0-9]{2} [0-9]{2}:[0-9]{2}):[0-9]{2}"\s*,'
    r'\s*"value"\s*:\s*\{\s*"bpm"\s*:\s*([0-9]{1,3})\s*(?:,\s*"confidence"\s*:\s*([0-9]))?'
)
# Fitbit's own mark of a heart rate that it guessed; the others are 1 to 3.
NO_CONFIDENCE = "0"
MINUTES_A_DAY = 1440
MINUTE = len("2026-06-10T22:00")
# The day in the files of each kind, and what stands between it and the time of day.
DAY_FORMS = {JSON_KIND: ("%m/%d/%y", " "), CSV_KIND: ("%Y-%m-%d", "T")}
UNREADABLE = "heart rate that cannot be read"

# Offsets tried, hours: time zones are between UTC-12 and UTC+14, most of them whole or half hours.
OFFSETS_H = tuple(half / 2 for half in range(-24, 29))
# Mean bpm over a night that a change of the zone between two nights has to gain: an hour's shift
# costs about 2 bpm each night, a flight across oceans 10. Own choice: a clock change is found from
# the nights after it, and a single restless night is not taken for a flight.
CHANGE_BPM = 6.0
# The share of a night's stretches with a heart rate below which an offset is not judged by it.
MIN_SHARE = 0.5


def read_samples(document: Document, kind: str, file: RecordReader, rates: HeartRates) -> None:
    """Read one file's samples minute by minute; a fault is noted in ``file``.

    Args:
        document: Read as a stream.
        kind: ``JSON_KIND`` or ``CSV_KIND``.
        file: Counts what is read and what is not.
        rates: What to add to.
    """
    minutes: dict[str, list[int]] = {}
    try:
        with document.stream() as stream, open_text(stream) as text:
            found = _json_samples(text, file) if kind == JSON_KIND else _csv_samples(text, file)
            for minute, bpm in found:
                total = minutes.get(minute)
                if total is None:
                    minutes[minute] = [bpm, 1]
                else:
                    total[0] += bpm
                    total[1] += 1
    except DataError as error:
        file.warn(f"read up to where it is damaged: {error.message}")
    days: dict[str, int | str] = {}
    form, between = DAY_FORMS[kind]
    for minute, (bpm_sum, n) in minutes.items():
        day, _, clock = minute.rpartition(between)
        if day not in days:
            days[day] = _midnight_or_fault(day, form, file)
        midnight_s, second = days[day], _second_of_day(clock)
        if isinstance(midnight_s, str) or second is None:
            file.skipped[midnight_s if isinstance(midnight_s, str) else UNREADABLE] += n
        else:
            rates.add(midnight_s + second, bpm_sum / n, n)


def _midnight_or_fault(day: str, form: str, file: RecordReader) -> int | str:
    """The begin of a day in UTC, s since 1970, or why its heart rates are left out."""
    try:
        at = datetime.strptime(day, form).replace(tzinfo=UTC)
    except ValueError:
        return UNREADABLE
    if file.why_impossible(at.date()):
        return "heart rate of an impossible date"
    return int(at.timestamp())


@lru_cache(maxsize=MINUTES_A_DAY)
def _second_of_day(clock: str) -> int | None:
    """The seconds since midnight of a time of day, HH:MM; ``None`` if it is not one."""
    try:
        at = datetime.strptime(clock, "%H:%M").replace(tzinfo=UTC)
    except ValueError:
        return None
    return at.hour * 3600 + at.minute * 60


def _json_samples(text: IO[str], file: RecordReader) -> Iterator[tuple[str, int]]:
    n_guessed = n_unread = 0
    piece = ""
    for piece in pieces(text, ENTRY):
        found = SAMPLE.findall(piece)
        n_entries = piece.count(ENTRY)
        file.n_rows += len(found)
        n_unread += n_entries - len(found)
        for minute, bpm, confidence in found:
            value = int(bpm)
            if confidence == NO_CONFIDENCE or not LOW_BPM <= value <= HIGH_BPM:
                n_guessed += 1
            else:
                yield minute, value
    file.skipped["heart rate without confidence"] += n_guessed
    file.skipped[UNREADABLE] += n_unread
    if not piece.rstrip().endswith("]"):
        file.warn("cut off; download it again")


def _csv_samples(text: IO[str], file: RecordReader) -> Iterator[tuple[str, int]]:
    rows = csv.reader(lines(text))
    n_unread = n_foreign = 0
    sources: dict[str, bool] = {}
    try:
        header = [normalise(cell) for cell in next(rows, [])]
        at, bpm = header.index(STAMP), header.index(BPM)
        by = header.index(DATA_SOURCE) if DATA_SOURCE in header else at
        for row in rows:
            try:
                stamp, value, source = row[at], int(float(row[bpm])), row[by]
            except (IndexError, ValueError, OverflowError):
                n_unread += bool(row)
                continue
            file.n_rows += 1
            if source not in sources and by != at:
                sources[source] = bool(FOREIGN.search(source))
            if by != at and sources[source]:
                n_foreign += 1
            elif LOW_BPM <= value <= HIGH_BPM:
                yield stamp[:MINUTE].replace(" ", "T"), value
    except (csv.Error, ValueError) as error:
        file.warn(f"read up to where it is damaged: {error}")
    file.skipped[UNREADABLE] += n_unread
    file.skipped["measured by another device"] += n_foreign


@dataclass(frozen=True, slots=True)
class LocalSleep:
    """A main sleep with its window by the person's clock, the zone of which is not known."""

    sleep: SleepPeriod
    start: datetime
    end: datetime


def with_zones(nights: Sequence[LocalSleep], rates: HeartRates) -> list[SleepPeriod]:
    """Find each night's offset from UTC: the one by which the heart beats slowest in the night.

    Neighbouring nights have the same offset unless a change gains more than ``CHANGE_BPM``
    (Viterbi's algorithm with one cost for any change).

    Args:
        nights: In order of day.
        rates: Heart rates by UTC.

    Returns:
        The nights with aware windows; empty where no night has heart rates.
    """
    best: list[float] = [0.0] * len(OFFSETS_H)
    came_from: list[list[int]] = []
    is_judged = False
    for night in nights:
        costs = _costs(night, rates)
        is_judged |= any(costs)
        cheapest = min(range(len(best)), key=best.__getitem__)
        changed = best[cheapest] + CHANGE_BPM
        came_from.append([i if best[i] <= changed else cheapest for i in range(len(best))])
        best = [min(b, changed) + cost for b, cost in zip(best, costs, strict=True)]
    if not is_judged:
        return []
    found: list[SleepPeriod] = []
    state = min(range(len(best)), key=best.__getitem__)
    for night, origin in zip(reversed(nights), reversed(came_from), strict=True):
        zone = timezone(timedelta(hours=OFFSETS_H[state]))
        window = night.start.replace(tzinfo=zone), night.end.replace(tzinfo=zone)
        found.append(replace(night.sleep, start_at=window[0], end_at=window[1]))
        state = origin[state]
    return found[::-1]


def _costs(night: LocalSleep, rates: HeartRates) -> list[float]:
    """Mean heart rate in the night by each offset; all 0 where it is unknown.

    An offset by which most of the night has no heart rate costs as much as the worst other one.
    """
    start_s, end_s = (at.replace(tzinfo=UTC).timestamp() for at in (night.start, night.end))
    first_s = start_s - OFFSETS_H[-1] * 3600
    n = int((end_s - OFFSETS_H[0] * 3600 - first_s) // STRETCH_S) + 1
    sums, counts = [0.0] * (n + 1), [0] * (n + 1)
    by_place = {
        int((at_s - first_s) // STRETCH_S): bpm
        for at_s, bpm in rates.means(first_s, first_s + n * STRETCH_S)
    }
    for i in range(n):
        sums[i + 1] = sums[i] + by_place.get(i, 0.0)
        counts[i + 1] = counts[i] + (i in by_place)
    length = int((end_s - start_s) // STRETCH_S)
    means: list[float | None] = []
    for offset_h in OFFSETS_H:
        begin = int((start_s - offset_h * 3600 - first_s) // STRETCH_S)
        n_covered = counts[begin + length] - counts[begin]
        is_known = n_covered >= MIN_SHARE * length > 0
        means.append((sums[begin + length] - sums[begin]) / n_covered if is_known else None)
    known = [mean for mean in means if mean is not None]
    return [max(known, default=0.0) if mean is None else mean for mean in means]
