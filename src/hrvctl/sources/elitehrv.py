"""Elite HRV's summary of measurements; its raw intervals are read as text, by source ``rr``."""

from dataclasses import replace
from datetime import date

from hrvctl.records import Metric, Reading
from hrvctl.sources.kit.csv_records import head_columns, load_lines
from hrvctl.sources.kit.json_records import Entry
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Entries
from hrvctl.sources.kit.recording_date import Start, local_day
from hrvctl.sources.kit.recordings import Spot, measure_spots

KIND = "summary"
MARKS = frozenset({"lnrmssd", "rmssd", "date_time_start", "type"})
START, TYPE, RMSSD = "date_time_start", "type", "rmssd"
# Measurements of other types (open, exercise, biofeedback) are at any hour, after anything.
READINESS = "readiness"
# Its column HRV is a score of 0 to 100 made of ln(RMSSD), never milliseconds.
FIELDS = {
    RMSSD: Metric.HRV_RMSSD_MS,
    "sdnn": Metric.HRV_SDNN_MS,
    "hr": Metric.MORNING_HR_BPM,
    "pnn50": Metric.PNN50_PCT,
}
NOT_READ = frozenset(
    {"member", "position", "breathing_pattern", "date_time_end", "duration", "tags", "notes",
     "value_1", "value_2", "value_3", "hrv", "morning_readiness", "balance", "hrv_cv", "lnrmssd",
     "nn50", "low_frequency_power", "high_frequency_power", "lf_hf_ratio", "total_power"}
)  # fmt: skip


class EliteHrv:
    """Reads the morning readiness measurements of the summary CSV."""

    name: str = "elitehrv"
    title: str = "Elite HRV summary"
    steps: tuple[str, ...] = (
        "In Elite HRV open Settings, Account, Export Data; links come by mail.",
        "Download the summary CSV; the raw text files beside it are read as well (source rr).",
        "hrvctl import EXPORT.csv; of the same mornings import either this or the text files",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind, ``summary``, by the header."""
        return KIND if frozenset(head_columns(document)) >= MARKS else None

    def read(self, document: Document, *, today: date) -> Reading:
        """Read the first readiness measurement of each local day."""
        lines = load_lines(document)
        file = Entries(
            document.name, lines.entries, today=today, problems=lines.problems, unit="line"
        )
        spots = [spot for entry in lines.entries if (spot := _spot(file, entry))]
        if lines.entries and not spots:
            file.warn("there is no measurement of type readiness in it")
        found = measure_spots([(file, spots)], self.name)[0]
        reading = file.reading(self.name, KIND, measurements=tuple(found))
        known = {*FIELDS, START, TYPE, *NOT_READ}
        return replace(reading, unknown_columns=lines.unknown(known))


def _spot(file: Entries, entry: Entry) -> Spot | None:
    if READINESS not in str(entry.content.get(TYPE, "")).casefold():
        file.skipped["measurement of another type"] += 1
        return None
    moment = file.moment(entry, START)
    if moment is None:
        if not entry.content.get(START):
            file.problem(entry, START, "a measurement must have its date and time")
        return None
    if file.value(entry, RMSSD, Metric.HRV_RMSSD_MS) is None:
        file.skipped["measurement without an RMSSD"] += 1
        return None
    values = {
        metric: value
        for column, metric in FIELDS.items()
        if (value := file.value(entry, column, metric)) is not None
    }
    day = local_day(file, entry, START, moment)
    return Spot(Start(day, moment), values) if day else None
