"""HRV4Training's ``MyMeasurements``: one morning a row, its date in the phone's own format."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from hrvctl.records import FIRST_PLAUSIBLE_DAY, JournalEntry, Metric, Reading
from hrvctl.sources.kit.csv_records import head_columns, open_csv
from hrvctl.sources.kit.journal_answers import NO, YES, one_a_day
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Column, Record, RecordReader
from hrvctl.sources.kit.recording_date import Start, is_utc, local_day, moment_of
from hrvctl.sources.kit.recordings import Spot, measure_spots

KIND = "measurements"
# Its recovery points are ln(RMSSD) on a scale of their own, never milliseconds.
MARK, RMSSDS = "hrv4t_recovery_points", frozenset({"rmssd", "rmssd_lying"})
STAMP, DATE, TIME = "timestamp_measurement", "date", "time"
# The RMSSD first: without it the others are not read.
COLUMNS = (
    Column("rmssd", Metric.HRV_RMSSD_MS),
    Column("sdnn", Metric.HRV_SDNN_MS),
    Column("hr", Metric.MORNING_HR_BPM),
    Column("pnn50", Metric.PNN50_PCT),
)
# A test in two positions has each of them twice; lying is the position of the other mornings.
LYING = "_lying"
# The questions behind the measurement: what each word of an answer means. Training, alcohol and
# travel are of the day before, how one feels is of the morning. Sliders are not read: one that was
# not touched stands in the middle, like an answer.
DAY_BEFORE = timedelta(days=1)
ANSWERS: Mapping[str, tuple[str, timedelta, Mapping[str, float]]] = {
    "alcohol": ("alcohol", DAY_BEFORE, {"nothing": NO, "a little": YES, "too much": YES}),
    "traveling": ("travel", DAY_BEFORE, {"not traveling": NO, "traveling": YES}),
    "training": (
        "exercise",
        DAY_BEFORE,
        {"rest": NO, "easy": YES, "average": YES, "intense": YES},
    ),
    "sickness": ("sick", timedelta(), {"not sick": NO, "sick": YES}),
}
TRAINING_TYPE = "training_type"
SPORTS: Mapping[str, str] = {
    "biking": "cycling",
    "running": "running",
    "walking": "walking",
    "weightlifting": "strength",
    "body building": "strength",
    "swimming": "swimming",
}

# Android writes the day in the middle (2025-28-04 is 28 April), though a file edited elsewhere
# may have it last.
PARTS = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
DAY_MIDDLE, DAY_LAST = "day in the middle", "day last"
CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


class Hrv4Training:
    """Reads the morning measurements of an Android phone or an iPhone."""

    name: str = "hrv4training"
    title: str = "HRV4Training MyMeasurements"
    steps: tuple[str, ...] = (
        "In HRV4Training open the menu, Data export, and send the data by mail or to Dropbox.",
        "Save MyMeasurements_Android.csv or MyMeasurements_iOS.csv on this computer.",
        "hrvctl import MyMeasurements_iOS.csv",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind, ``measurements``, by the header."""
        columns = frozenset(head_columns(document))
        is_dated = bool(columns & {STAMP, DATE})
        return KIND if MARK in columns and columns & RMSSDS and is_dated else None

    def read(self, document: Document, *, today: date) -> Reading:
        """Read the first measurement of each day; an iPhone's times are in UTC."""
        names = [column.path for column in COLUMNS]
        known = {*names, *(f"{name}{LYING}" for name in names), MARK, STAMP, DATE, TIME}
        known |= {*ANSWERS, TRAINING_TYPE}
        file = open_csv(document, known, today=today)
        order = _order(file, today)
        spots: list[Spot] = []
        answers: list[JournalEntry] = []
        for record in file.records:
            if spot := _spot(file, record, order):
                spots.append(spot)
                answers += self._answers(file, record, spot.start.day)
        if any(spot.start.at and is_utc(spot.start.at) for spot in spots):
            file.warn("its times are in UTC without a time zone, so mornings were dated by UTC")
        found = measure_spots([(file, spots)], self.name)[0]
        return file.reading(self.name, KIND, measurements=found, journal=one_a_day(answers))

    def _answers(self, file: RecordReader, record: Record, morning: date) -> Iterator[JournalEntry]:
        """Read the answers of a morning with a measurement; on others none was given."""
        for column, (tag, before, meanings) in ANSWERS.items():
            text = file.text(record, column).strip()
            if (value := meanings.get(text.casefold())) is not None:
                yield JournalEntry(
                    day=morning - before, tag=tag, value=value, text=text, source=self.name
                )
        for sport in file.text(record, TRAINING_TYPE).split("-"):
            if tag := SPORTS.get(sport.strip().casefold(), ""):
                yield JournalEntry(
                    day=morning - DAY_BEFORE, tag=tag, value=YES, text=sport, source=self.name
                )


def _spot(file: RecordReader, record: Record, order: str) -> Spot | None:
    columns = [
        column if record.content.get(column.path) else column._replace(path=column.path + LYING)
        for column in COLUMNS
    ]
    values = file.values(record, columns[:1])
    if not values:
        file.skipped["day without a measurement"] += 1
        return None
    values |= file.values(record, columns[1:])
    start = _start(file, record, order)
    return Spot(start, values) if start else None


def _start(file: RecordReader, record: Record, order: str) -> Start | None:
    path = STAMP if record.content.get(STAMP) else DATE
    text = file.text(record, path)
    if PARTS.fullmatch(text):
        day = _readings(text).get(order)
        if day is None or not file.is_possible(record, path, day):
            return None  # a problem already
        clock = CLOCK.fullmatch(file.text(record, TIME))
        at = datetime.combine(day, time(int(clock[1]), int(clock[2]))) if clock else None
        return Start(day, at)
    moment = moment_of(text)
    if moment is None:
        file.problem(record, path, "not a date as HRV4Training writes it")
        return None
    local = local_day(file, record, path, moment)
    return Start(local, moment) if local else None


def _order(file: RecordReader, today: date) -> str:
    """Find which part of the file's dates is the day; empty, and a problem, if that is unclear."""
    dated: list[Mapping[str, date]] = []
    for record in file.records:
        text = file.text(record, DATE)
        if record.content.get(STAMP) or not PARTS.fullmatch(text):
            continue
        dated.append(_readings(text))
        if not dated[-1]:
            file.problem(record, DATE, "there is no such date")
    known = [_plausible(readings, today) for readings in dated if readings]
    orders = [o for o in (DAY_MIDDLE, DAY_LAST) if all(o in readings for readings in known)]
    if len(orders) == 2:
        orders = _by_steps(known)
    if known and len(orders) != 1:
        why = "its dates contradict each other" if not orders else "its dates may be read both ways"
        hint = "day in the middle, or day last; write one way, or export more mornings"
        file.add_problem(0, DATE, file.text(file.records[0], DATE), f"{why}: {hint}")
    return orders[0] if len(orders) == 1 else ""


def _by_steps(known: Sequence[Mapping[str, date]]) -> list[str]:
    """The order in which more rows follow the one before by a day; both at a tie."""
    steps = {
        order: sum(abs(a[order] - b[order]) == timedelta(days=1) for a, b in pairwise(known))
        for order in (DAY_MIDDLE, DAY_LAST)
    }
    if all(readings[DAY_MIDDLE] == readings[DAY_LAST] for readings in known):
        return [DAY_MIDDLE]  # 2025-05-05 is one day either way
    most = max(steps.values())
    return [order for order, n in steps.items() if n == most]


def _readings(text: str) -> dict[str, date]:
    """The dates that three numbers can be, by which of them is the day."""
    found = {}
    if parts := PARTS.fullmatch(text):
        year, middle, last = (int(part) for part in parts.groups())
        for order, month, day in ((DAY_MIDDLE, last, middle), (DAY_LAST, middle, last)):
            try:
                found[order] = date(year, month, day)
            except ValueError:
                continue
    return found


def _plausible(readings: Mapping[str, date], today: date) -> Mapping[str, date]:
    """Without a date that cannot have been, if another can."""
    last = today + timedelta(days=1)
    left = {o: day for o, day in readings.items() if FIRST_PLAUSIBLE_DAY <= day <= last}
    return left or readings
