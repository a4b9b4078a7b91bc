"""Elite HRV's summary of measurements; its raw intervals are text files, read by source ``rr``."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from hrvctl.records import JournalEntry, Metric, Reading
from hrvctl.sources.kit.cell_values import normalise
from hrvctl.sources.kit.csv_records import head_columns, open_csv
from hrvctl.sources.kit.journal_answers import YES, one_a_day
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Column, Record, RecordReader
from hrvctl.sources.kit.recording_date import Start, local_day
from hrvctl.sources.kit.recordings import Spot, measure_spots

KIND = "summary"
# Until 2017 or so the columns were others; `Indication` and `Balance` are colours of its scores.
MARKS = (
    frozenset({"lnrmssd", "rmssd", "date_time_start", "type"}),
    frozenset({"lnrmssd", "rmssd", "datetime", "type", "rolling_avg_hrv"}),
)
STARTS, TYPE = ("date_time_start", "datetime"), "type"
# Measurements of other types (open, exercise, biofeedback) are taken at any hour and activity.
READINESS = "readiness"
# Its column HRV is a score of 0 to 100 made of ln(RMSSD), never milliseconds.
# The RMSSD first: without it the others are not read.
COLUMNS = (
    Column("rmssd", Metric.HRV_RMSSD_MS),
    Column("sdnn", Metric.HRV_SDNN_MS),
    Column("hr", Metric.MORNING_HR_BPM),
    Column("pnn50", Metric.PNN50_PCT),
)
TAGS, NOTES = "tags", "notes"
# Words of the morning itself; what was done is of the day before it.
OF_THE_MORNING = re.compile(r"sick|ill\b|cold|fever|flu\b|sore|pain|injur|tired|fatigue|headache")
DAY_BEFORE = timedelta(days=1)
ALIASES = {"beer": "alcohol", "wine": "alcohol", "drinks": "alcohol", "coffee": "caffeine",
           "workout": "exercise", "training": "exercise", "ill": "sick", "stressed": "stress",
           "travelling": "travel", "traveling": "travel"}  # fmt: skip
NOT_READ = frozenset(
    {"member", "position", "breathing_pattern", "date_time_end", "duration",
     "value_1", "value_2", "value_3", "hrv", "morning_readiness", "balance", "hrv_cv", "lnrmssd",
     "nn50", "low_frequency_power", "high_frequency_power", "lf_hf_ratio", "total_power", "date",
     "score", "indication", "rolling_avg_hrv", "rolling_avg_hr"}
)  # fmt: skip


class EliteHrv:
    """Reads the morning readiness measurements of the summary CSV."""

    name: str = "elitehrv"
    title: str = "Elite HRV summary"
    steps: tuple[str, ...] = (
        "In Elite HRV open Settings, Account, Export Data; links come by mail.",
        "Download the summary CSV; the raw text files beside it can be read too (source rr).",
        "hrvctl import EXPORT.csv; of the same mornings import either this or the text files",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind, ``summary``, by the header."""
        columns = frozenset(head_columns(document))
        return KIND if any(columns >= marks for marks in MARKS) else None

    def read(self, document: Document, *, today: date) -> Reading:
        """Read the first readiness measurement of each local day."""
        known = {*STARTS, TYPE, TAGS, NOTES, *NOT_READ, *(column.path for column in COLUMNS)}
        file = open_csv(document, known, today=today)
        spots: list[Spot] = []
        answers: list[JournalEntry] = []
        for record in file.records:
            if spot := _spot(file, record):
                spots.append(spot)
                answers += self._answers(file, record, spot.start.day)
        if file.records and not spots:
            file.warn("it has no measurement of type readiness")
        found = measure_spots([(file, spots)], self.name)[0]
        if answers:
            file.warn(
                "tags are set in the morning: what was done is taken to be of the day before,"
                " how you felt of the morning"
            )
        return file.reading(self.name, KIND, measurements=found, journal=one_a_day(answers))

    def _answers(self, file: RecordReader, record: Record, morning: date) -> Iterator[JournalEntry]:
        """Read a morning's tags, each a yes; no tag is no answer."""
        for text in file.text(record, TAGS).split(","):
            if words := normalise(text):
                before = timedelta() if OF_THE_MORNING.search(text.casefold()) else DAY_BEFORE
                yield JournalEntry(
                    day=morning - before,
                    tag=ALIASES.get(words, words),
                    value=YES,
                    text=text.strip(),
                    source=self.name,
                    note=file.text(record, NOTES),
                )


def _spot(file: RecordReader, record: Record) -> Spot | None:
    if READINESS not in file.text(record, TYPE).casefold():
        file.skipped["measurement of another type"] += 1
        return None
    start = next((name for name in STARTS if name in file.columns), STARTS[0])
    moment = file.moment(record, start)
    if moment is None:
        if not file.text(record, start):
            file.problem(record, start, "a measurement must have its date and time")
        return None
    values = file.values(record, COLUMNS[:1])
    if not values:
        file.skipped["measurement without an RMSSD"] += 1
        return None
    values |= file.values(record, COLUMNS[1:])
    day = local_day(file, record, start, moment)
    return Spot(Start(day, moment), values) if day else None
