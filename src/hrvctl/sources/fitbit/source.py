"""Fitbit: Google Takeout, the old folders and the new ones as one, and answers of the Web API."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from hrvctl.records import HRV_METRICS, PLAUSIBLE, Measurement, Metric, Reading
from hrvctl.sources.fitbit import web_api
from hrvctl.sources.fitbit.heart_rate import (
    BPM,
    CSV_KIND,
    DATA_SOURCE,
    FOREIGN,
    JSON_KIND,
    STAMP,
    LocalSleep,
    read_samples,
    with_zones,
)
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.cell_values import first_rows
from hrvctl.sources.kit.csv_records import head_columns, open_csv
from hrvctl.sources.kit.day_heart_rate import NO_NIGHTS, HeartRates, measure_waking
from hrvctl.sources.kit.json_records import head_keys, load_json, open_json
from hrvctl.sources.kit.main_sleep import SleepPeriod, main_sleeps, measure_days, measure_files
from hrvctl.sources.kit.protocol import Document, JointSource
from hrvctl.sources.kit.record_reader import Column, Record, RecordReader

BASELINE_TEMP = "baseline_temperature_celsius"
# A sleep of more than a day has a wrong start or end.
LONGEST_SLEEP = timedelta(hours=24)
# What Fitbit writes where no oxygen saturation could be measured.
SPO2_INVALID = 50.0


@dataclass(frozen=True, slots=True)
class DailyTable:
    """A CSV with one row a day.

    Attributes:
        marks: Columns besides the stamp by which it is recognised.
        column: The value of the day.
        is_new: Whether it is of the folders with ``_GoogleData`` in their name, which win.
        has_twin: Whether a file of many rows a day has the same header.
    """

    marks: frozenset[str]
    column: Column
    is_new: bool
    has_twin: bool = False


# The heart rate of non-REM sleep (``nremhr``) is neither resting nor that of the whole night, and
# the HRV of deep sleep alone is another quantity than that of the night: both are not read.
DAILY: Mapping[str, DailyTable] = {
    "hrv_daily": DailyTable(
        frozenset({"average_heart_rate_variability_milliseconds"}),
        Column("average_heart_rate_variability_milliseconds", Metric.HRV_RMSSD_MS),
        is_new=True,
    ),
    "hrv_summary": DailyTable(
        frozenset({"rmssd", "nremhr"}), Column("rmssd", Metric.HRV_RMSSD_MS), is_new=False
    ),
    "resting_hr_daily": DailyTable(
        frozenset({"beats_per_minute", DATA_SOURCE}),
        Column("beats_per_minute", Metric.RESTING_HR_BPM),
        is_new=True,
        has_twin=True,
    ),
    "respiration_daily": DailyTable(
        frozenset({"breaths_per_minute", DATA_SOURCE}),
        Column("breaths_per_minute", Metric.RESPIRATORY_RATE_RPM),
        is_new=True,
        has_twin=True,
    ),
    "respiration_summary": DailyTable(
        frozenset({"daily_respiratory_rate"}),
        Column("daily_respiratory_rate", Metric.RESPIRATORY_RATE_RPM),
        is_new=False,
    ),
    "spo2_daily": DailyTable(
        frozenset({"average_percentage", "lower_bound_percentage"}),
        Column("average_percentage", Metric.SPO2_PCT),
        is_new=True,
    ),
    "spo2_summary": DailyTable(
        frozenset({"average_value", "lower_bound", "upper_bound"}),
        Column("average_value", Metric.SPO2_PCT),
        is_new=False,
    ),
    "temperature_daily": DailyTable(
        frozenset({"nightly_temperature_celsius", BASELINE_TEMP}),
        Column("nightly_temperature_celsius", Metric.SKIN_TEMP_C),
        is_new=True,
    ),
}
# Values of five minutes, in the old and in the new folder; the daily files have the nights.
DETAILS = "hrv_details"
DETAILS_MARKS = (
    frozenset({"rmssd", "coverage", "low_frequency"}),
    frozenset({"root_mean_square_of_successive_differences_milliseconds", DATA_SOURCE}),
)
SLEEP, RESTING_HR = "sleep", "resting_hr"
# When each sleep was, in the new folder, where there is no JSON; it is read for the waking alone.
# The +0000 of its times has no meaning: they are by the person's clock.
SLEEP_TIMES = "sleep_times"
SLEEP_TIMES_COLUMNS = ("sleep_start", "sleep_end", "minutes_asleep")
JSON_MARKS: Mapping[str, frozenset[str]] = {
    **web_api.MARKS,
    SLEEP: frozenset({"dateOfSleep", "logId"}),
    RESTING_HR: frozenset({"dateTime", "value", "date", "error"}),
    JSON_KIND: frozenset({"dateTime", "value", "bpm", "confidence"}),
}
CSV_MARKS = frozenset({STAMP, BPM})
SLEEP_COLUMNS = (
    Column("minutesAsleep", Metric.ASLEEP_MIN),
    Column("minutesAwake", Metric.AWAKE_MIN),
    Column("timeInBed", Metric.IN_BED_MIN),
    Column("efficiency", Metric.SLEEP_EFFICIENCY_PCT),
)
STAGES = (
    Column("levels.summary.deep.minutes", Metric.DEEP_MIN),
    Column("levels.summary.light.minutes", Metric.LIGHT_MIN),
    Column("levels.summary.rem.minutes", Metric.REM_MIN),
)
# Files with a sample every few seconds: years of them do not fit in memory.
STREAMED = frozenset({JSON_KIND, CSV_KIND})
# Rows of the head looked at, to distinguish one row a day from many.
N_SNIFFED = 6


@dataclass(slots=True)
class _FitbitFile:
    kind: str
    reader: RecordReader
    sleeps: list[SleepPeriod] = field(default_factory=list)
    values: dict[tuple[date, Metric], float] = field(default_factory=dict)
    windows: list[LocalSleep] = field(default_factory=list)
    five_minutes: dict[date, float] = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        return self.kind in DAILY and DAILY[self.kind].is_new


class Fitbit(JointSource):
    """Reads the nights in Fitbit's Takeout and in saved answers of its Web API.

    The hundreds of other files of a Takeout are not recognised.
    """

    name: str = "fitbit"
    title: str = "Fitbit in Google Takeout, saved Web API answers"
    steps: tuple[str, ...] = (
        "At takeout.google.com deselect all, then choose Fitbit (or Google Health).",
        "Within a day a mail brings links; download every part.",
        "hrvctl import takeout-YYYYMMDDTHHMMSSZ-001.zip, or a folder with all its parts",
    )
    streams: frozenset[str] = STREAMED

    def identify(self, document: Document) -> str | None:
        """Name the kind: a daily CSV (``hrv_daily``, ``hrv_summary``...), ``sleep``, ..."""
        if keys := head_keys(document):
            return next((kind for kind, marks in JSON_MARKS.items() if marks <= keys), None)
        columns = head_columns(document)
        found = frozenset(columns)
        if found.issuperset(SLEEP_TIMES_COLUMNS):
            return SLEEP_TIMES
        if STAMP not in found:
            return None
        if any(marks <= found for marks in DETAILS_MARKS):
            return DETAILS
        for kind, table in DAILY.items():
            if table.marks <= found and not (table.has_twin and not _is_daily(document, columns)):
                return kind
        return CSV_KIND if found >= CSV_MARKS and not _is_daily(document, columns) else None

    def read_together(self, documents: Sequence[Document], *, today: date) -> list[Reading]:
        """Read files of one Takeout; where old and new folders have a day, the new ones count."""
        rates = HeartRates()
        files: list[_FitbitFile] = []
        for rates.place, document in enumerate(documents):
            kind = document.kind or self.identify(document) or "hrv_summary"
            files.append(_open(document, kind, today, rates))
        _drop_repeated(files)
        nights = measure_files([file.sleeps for file in files], self.name)
        self._add_waking(files, rates, nights)
        readings = []
        for file, measured in zip(files, nights, strict=True):
            found = [*measured, *measure_days(file.values, self.name)]
            readings.append(file.reader.reading(self.name, file.kind, measurements=found))
        return readings

    def _add_waking(
        self, files: Sequence[_FitbitFile], rates: HeartRates, nights: list[list[Measurement]]
    ) -> None:
        """Measure the waking heart rates, each in the file that has its last sample."""
        known = {n.sleep.day for file in files if file.kind == SLEEP for n in file.windows}
        local = [
            night
            for file in files
            for night in file.windows
            if file.kind == SLEEP or night.sleep.day not in known
        ]
        chosen = main_sleeps(night.sleep for night in local)
        by_day = {n.sleep.day: n for n in local if n.sleep is chosen.get(n.sleep.day)}
        sleeps = with_zones([by_day[day] for day in sorted(by_day)], rates)
        for m in measure_waking(rates, sleeps, self.name):
            nights[rates.place_of(m)].append(m)
        if rates.n and not sleeps:
            files[rates.first_place].reader.warn(NO_NIGHTS)
        for file in files:
            if file.kind == SLEEP_TIMES and not rates.n:
                file.reader.warn("it says when you woke, and serves together with heart rates")


def _is_daily(document: Document, columns: Sequence[str]) -> bool:
    """Whether no two of the first rows are of one day."""
    place = columns.index(STAMP)
    rows = first_rows(document.head, N_SNIFFED)[1:]
    days = [row.cells[place][:10] for row in rows if len(row.cells) > place]
    return len(set(days)) == len(days)


def _open(document: Document, kind: str, today: date, rates: HeartRates) -> _FitbitFile:
    if kind in STREAMED:
        file = _FitbitFile(kind, RecordReader(document.name, (), today=today, unit="line"))
        read_samples(document, kind, file.reader, rates)
        return file
    read: Callable[[_FitbitFile, Record], None]
    if kind in web_api.MARKS:
        loaded, problems = load_json(document)
        answers = web_api.unfold(loaded)
        reader = RecordReader(document.name, answers, today=today, problems=problems)
        file = _FitbitFile(kind, reader)
        read = _read_answer
    elif kind in JSON_MARKS:
        file = _FitbitFile(kind, open_json(document, today=today))
        read = _read_sleep if kind == SLEEP else _read_resting_hr
    else:
        known = {STAMP, DATA_SOURCE, BASELINE_TEMP}
        known |= set(head_columns(document)) if kind == SLEEP_TIMES else set()
        known |= {DAILY[kind].column.path} if kind in DAILY else set()
        file = _FitbitFile(kind, open_csv(document, known, today=today))
        read = {DETAILS: _count_details, SLEEP_TIMES: _read_times}.get(kind, _read_day)
    for record in file.reader.records:
        read(file, record)
    return file


def _drop_repeated(files: Sequence[_FitbitFile]) -> None:
    """Keep each value in one file: a new one before an old one, then the first."""
    seen: set[tuple[date, Metric]] = set()
    for file in sorted(files, key=lambda file: not file.is_new):
        repeated = seen & set(file.values)
        for key in repeated:
            del file.values[key]
        file.reader.skipped["day that another file has"] += len(repeated)
        seen |= set(file.values)
    if not any(metric in HRV_METRICS for _, metric in seen):
        for file in files:
            if file.five_minutes:
                file.values |= {(d, Metric.HRV_RMSSD_MS): v for d, v in file.five_minutes.items()}
                file.reader.warn(web_api.MEAN_OF_MINUTES)
            if file.kind == DETAILS:
                file.reader.warn(
                    "five-minute values alone do not make Fitbit's HRV of a night; import the file"
                    " Daily Heart Rate Variability Summary or daily_heart_rate_variability too"
                )


def _count_details(file: _FitbitFile, _: Record) -> None:
    file.reader.skipped["five-minute value; the daily file has the night"] += 1


def _read_day(file: _FitbitFile, record: Record) -> None:
    reader = file.reader
    if found := FOREIGN.search(reader.text(record, DATA_SOURCE)):
        reader.skipped[f"measured by another device ({found[0]})"] += 1
        return
    # The stamp is the wake date; a Z after it has no meaning, in the new files either.
    day = reader.required_day(record, STAMP)
    if day is None:
        return
    for metric, value in reader.values(record, [DAILY[file.kind].column]).items():
        if metric is Metric.SPO2_PCT and value == SPO2_INVALID:
            reader.skipped["oxygen saturation of exactly 50, which means none"] += 1
        else:
            file.values[day, metric] = value
    nightly = file.values.get((day, Metric.SKIN_TEMP_C))
    if nightly is None:
        return
    # Fitbit's own baseline, the median of 30 nights. The Takeout's readme on
    # ``daily_sleep_temperature_derivations`` calls temperature minus baseline the relative one.
    baseline = reader.value(record, BASELINE_TEMP, Metric.SKIN_TEMP_C)
    low, high = PLAUSIBLE[Metric.SKIN_TEMP_DEVIATION_C]
    if baseline is not None and low <= nightly - baseline <= high:
        file.values[day, Metric.SKIN_TEMP_DEVIATION_C] = nightly - baseline


def _read_resting_hr(file: _FitbitFile, record: Record) -> None:
    reader = file.reader
    value = reader.value(record, "value.value", Metric.RESTING_HR_BPM)
    if value is None:
        reader.skipped["day without a resting heart rate"] += 1
        return
    path = "value.date" if reader.get(record, "value.date") else "dateTime"
    try:
        # US dates, whatever the person's language.
        day = datetime.strptime(str(reader.get(record, path))[:8], "%m/%d/%y").date()  # noqa: DTZ007
    except ValueError:
        reader.problem(record, path, "not a date like 07/21/24 (month, day, year)")
        return
    if reader.is_possible(record, path, day):
        file.values[day, Metric.RESTING_HR_BPM] = value


def _read_answer(file: _FitbitFile, record: Record) -> None:
    if record.group == web_api.SLEEPS:
        _read_sleep(file, record)
        return
    for (day, metric), value in web_api.read_day(file.reader, record).items():
        file.values[day, metric] = value
    if (samples := web_api.read_minutes(file.reader, record)) is not None:
        file.five_minutes |= samples


def _read_sleep(file: _FitbitFile, record: Record) -> None:
    day = file.reader.required_day(record, "dateOfSleep")
    if day is None:
        return
    has_stages = record.content.get("type") == "stages"  # "classic" has none
    columns = (*SLEEP_COLUMNS, *STAGES) if has_stages else SLEEP_COLUMNS
    values = file.reader.values(record, columns)
    is_main = record.content.get("mainSleep", record.content.get("isMainSleep"))
    # Without a window: its times are local and the zone is not in the file.
    sleep = SleepPeriod(
        day=day,
        asleep_min=values.get(Metric.ASLEEP_MIN, 0.0),
        values=values,
        is_main=is_main is True,
        is_nap=is_main is False,
        key=file.reader.text(record, "logId"),
    )
    file.sleeps.append(sleep)
    _add_window(file, sleep, *(record.content.get(name) for name in ("startTime", "endTime")))


def _read_times(file: _FitbitFile, record: Record) -> None:
    reader = file.reader
    if FOREIGN.search(reader.text(record, DATA_SOURCE)):
        reader.skipped["measured by another device"] += 1
        return
    day = reader.required_day(record, "sleep_end")
    if day is not None:
        asleep = reader.value(record, "minutes_asleep", Metric.ASLEEP_MIN)
        sleep = SleepPeriod(day=day, asleep_min=asleep or 0.0)
        _add_window(file, sleep, *(record.content.get(n) for n in SLEEP_TIMES_COLUMNS[:2]))


def _add_window(file: _FitbitFile, sleep: SleepPeriod, *edges: object) -> None:
    start, end = map(_local, edges)
    if start and end and timedelta(0) < end - start <= LONGEST_SLEEP:
        file.windows.append(LocalSleep(sleep, start, end))


def _local(raw: object) -> datetime | None:
    try:
        return cell_values.stamp(str(raw)).replace(tzinfo=None)
    except ValueError:
        return None
