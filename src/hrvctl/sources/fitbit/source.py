"""Fitbit, as Google Takeout gives it: the old folders and the new ones, read as one export."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from hrvctl.records import HRV_METRICS, PLAUSIBLE, Measurement, Metric, Reading
from hrvctl.sources.fitbit import files
from hrvctl.sources.kit.csv_records import load_lines
from hrvctl.sources.kit.json_records import Entry, load_entries
from hrvctl.sources.kit.main_sleep import Sleep, measure_files
from hrvctl.sources.kit.protocol import Document, JointSource
from hrvctl.sources.kit.record_reader import Entries

# What Fitbit writes where no oxygen saturation could be measured.
SPO2_INVALID = 50.0
STAGES = {"deep": Metric.DEEP_MIN, "light": Metric.LIGHT_MIN, "rem": Metric.REM_MIN}
SLEEP_FIELDS = {
    "minutesAsleep": Metric.ASLEEP_MIN,
    "minutesAwake": Metric.AWAKE_MIN,
    "timeInBed": Metric.IN_BED_MIN,
    "efficiency": Metric.SLEEP_EFFICIENCY_PCT,
}

Values = dict[tuple[date, Metric], float]


@dataclass(slots=True)
class _File:
    kind: str
    entries: Entries
    unknown: tuple[str, ...] = ()
    sleeps: list[Sleep] = field(default_factory=list)
    values: Values = field(default_factory=dict)

    @property
    def is_old(self) -> bool:
        return self.kind not in files.DAILY or not files.DAILY[self.kind].is_new


Take = Callable[[_File, Entry], None]


class Fitbit(JointSource):
    """Reads what of Fitbit's Takeout speaks of nights; its hundreds of other files are nobody's."""

    name: str = "fitbit"
    title: str = "Fitbit in Google Takeout"
    steps: tuple[str, ...] = (
        "At takeout.google.com deselect all, then choose Fitbit (or Google Health).",
        "Within a day a mail brings links; download every part.",
        "hrvctl import takeout-YYYYMMDDTHHMMSSZ-001.zip, or the folder Takeout once unpacked",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind: a daily CSV (``hrv_daily``, ``hrv_summary``...), ``sleep``, ..."""
        return files.kind_of(document)

    def read_together(self, documents: Sequence[Document], *, today: date) -> list[Reading]:
        """Read files of one Takeout; what the new folders say of a day, the old ones need not."""
        opened = [_open(document, today) for document in documents]
        _leave_to_others(opened)
        nights = measure_files([file.sleeps for file in opened], self.name)
        readings = []
        for file, measured in zip(opened, nights, strict=True):
            daily = [
                Measurement(day=day, metric=metric, value=value, source=self.name)
                for (day, metric), value in file.values.items()
            ]
            found = sorted([*measured, *daily], key=lambda m: (m.day, m.metric))
            reading = file.entries.reading(self.name, file.kind, measurements=tuple(found))
            readings.append(replace(reading, unknown_columns=file.unknown))
        return readings


def _open(document: Document, today: date) -> _File:
    kind = files.kind_of(document) or "hrv_summary"
    if kind in files.JSON_MARKS:
        found, problems = load_entries(document)
        entries = Entries(document.name, found, today=today, problems=problems)
        file = _File(kind, entries)
        take: Take = _take_sleep if kind == files.SLEEP else _take_resting_hr
    else:
        lines = load_lines(document)
        entries = Entries(
            document.name, lines.entries, today=today, problems=lines.problems, unit="line"
        )
        known = set(files.DAILY[kind].fields) if kind in files.DAILY else set()
        known |= {files.STAMP, files.DATA_SOURCE, files.BASELINE_TEMP}
        file = _File(kind, entries, lines.unknown(known))
        take = _pass_over if kind == files.DETAILS else _take_day
    for entry in entries.entries:
        take(file, entry)
    return file


def _leave_to_others(opened: Sequence[_File]) -> None:
    """Let each value be told by one file: a new one before an old one, then the first."""
    taken: set[tuple[date, Metric]] = set()
    for file in sorted(opened, key=lambda file: file.is_old):
        double = taken & set(file.values)
        for key in double:
            del file.values[key]
        if double:
            file.entries.skipped["day that another file tells"] += len(double)
        taken |= set(file.values)
    if not any(metric in HRV_METRICS for _, metric in taken):
        for file in opened:
            if file.kind == files.DETAILS:
                file.entries.warn(
                    "five-minute values alone do not make Fitbit's HRV of a night; import the file"
                    " Daily Heart Rate Variability Summary or daily_heart_rate_variability too"
                )


def _pass_over(file: _File, _: Entry) -> None:
    file.entries.skipped["five-minute value; the daily file tells the night"] += 1


def _take_day(file: _File, entry: Entry) -> None:
    entries = file.entries
    if found := files.FOREIGN.search(str(entry.content.get(files.DATA_SOURCE, ""))):
        entries.skipped[f"measured by another device ({found[0]})"] += 1
        return
    # The stamp is the wake date; a Z behind it is decoration, in the new files as well.
    day = entries.day(entry, files.STAMP)
    if day is None:
        if not entry.content.get(files.STAMP):
            entries.problem(entry, files.STAMP, "a row must have a date")
        return
    for column, metric in files.DAILY[file.kind].fields.items():
        value = entries.value(entry, column, metric)
        if metric is Metric.SPO2_PCT and value == SPO2_INVALID:
            entries.skipped["oxygen saturation of exactly 50, which is none"] += 1
        elif value is not None:
            file.values[day, metric] = value
    _take_deviation(file, entry, day)


def _take_deviation(file: _File, entry: Entry, day: date) -> None:
    """The night's skin temperature from Fitbit's own baseline, the median of 30 nights.

    Source: the Takeout's own readme on ``daily_sleep_temperature_derivations``, which calls
    temperature minus baseline the relative one.
    """
    nightly = file.values.get((day, Metric.SKIN_TEMP_C))
    if nightly is None:
        return
    baseline = file.entries.value(entry, files.BASELINE_TEMP, Metric.SKIN_TEMP_C)
    low, high = PLAUSIBLE[Metric.SKIN_TEMP_DEVIATION_C]
    if baseline is not None and low <= nightly - baseline <= high:
        file.values[day, Metric.SKIN_TEMP_DEVIATION_C] = nightly - baseline


def _take_resting_hr(file: _File, entry: Entry) -> None:
    entries = file.entries
    value = entries.value(entry, "value.value", Metric.RESTING_HR_BPM)
    if value is None:
        entries.skipped["day without a resting heart rate"] += 1
        return
    path = "value.date" if entries.get(entry, "value.date") else "dateTime"
    try:
        # US dates, whatever the person's language.
        day = datetime.strptime(str(entries.get(entry, path))[:8], "%m/%d/%y").date()  # noqa: DTZ007
    except ValueError:
        entries.problem(entry, path, "not a date like 07/21/24 (month, day, year)")
        return
    if entries.is_possible(entry, path, day):
        file.values[day, Metric.RESTING_HR_BPM] = value


def _take_sleep(file: _File, entry: Entry) -> None:
    entries = file.entries
    day = entries.day(entry, "dateOfSleep")
    if day is None:
        if not entry.content.get("dateOfSleep"):
            entries.problem(entry, "dateOfSleep", "a sleep must have its date")
        return
    paths = dict(SLEEP_FIELDS)
    if entry.content.get("type") == "stages":  # "classic" knows no stages
        paths |= {f"levels.summary.{name}.minutes": metric for name, metric in STAGES.items()}
    values = {
        metric: value
        for path, metric in paths.items()
        if (value := entries.value(entry, path, metric)) is not None
    }
    is_main = entry.content.get("mainSleep")
    # No window: its times are local and the zone is not told.
    file.sleeps.append(
        Sleep(
            day=day,
            asleep_min=values.get(Metric.ASLEEP_MIN, 0.0),
            values=values,
            is_main=is_main is True,
            is_nap=is_main is False,
            key=str(entry.content.get("logId") or ""),
        )
    )
