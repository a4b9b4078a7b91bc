"""Health Auto Export's values as days: the mean, the sum or the last of what a day has."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from math import fsum

from hrvctl.records import PLAUSIBLE, Measurement, Metric
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.json_records import Entry
from hrvctl.sources.kit.main_sleep import Sleep, main_sleeps, measure_nights
from hrvctl.sources.kit.record_reader import Entries

MINUTES_AN_HOUR = 60
STAGED = (Metric.LIGHT_MIN, Metric.DEEP_MIN, Metric.REM_MIN)
# An afternoon's hour as a phone set to 12 hours writes it, 2024-09-21 7:57:00 pm +1000.
TWELVE = re.compile(r"(\S+) (\d{1,2})(:\d{2}:\d{2}) ?([AaPp])\.?[Mm]\.?(.*)")


class Days:
    """One file's values, by day.

    Args:
        entries: Where they stand, and where faults are noted.
    """

    def __init__(self, entries: Entries) -> None:
        self.entries = entries
        self.values: defaultdict[tuple[date, Metric], defaultdict[str, list[float]]] = defaultdict(
            lambda: defaultdict(list)
        )
        self.sleeps: list[Sleep] = []

    def take(self, row: Entry, path: str, metric: Metric, *, date_path: str) -> None:
        """Take a value; where a day has several, of one source each is apart from the others."""
        ratio = metric is Metric.SPO2_PCT and _is_ratio(self.entries.get(row, path))
        if metric is Metric.SKIN_TEMP_C and _is_fahrenheit(row):
            self.entries.skipped["temperatures in Fahrenheit"] += 1
            return
        value = self.entries.value(row, path, metric, scale=100 if ratio else 1)
        day = self.entries.day(row, date_path)
        if value is not None and day:
            self.values[day, metric][str(self.entries.get(row, "source") or "")].append(value)

    def take_sleep(
        self, row: Entry, hours: Mapping[str, Metric], *, fallback: str, date_path: str
    ) -> None:
        """Take a night.

        Args:
            row: Where it stands.
            hours: What its fields mean, in hours.
            fallback: The field of the total, where the one meant for it is empty or 0.
            date_path: The field of the day, where no end is given.
        """
        found: dict[Metric, float] = {}
        for path, metric in (*hours.items(), (fallback, Metric.ASLEEP_MIN)):
            value = self.entries.value(row, path, metric, scale=MINUTES_AN_HOUR)
            if value is not None and not found.get(metric):
                found[metric] = value
        stages = fsum(found.get(metric, 0) for metric in STAGED)
        asleep = found.get(Metric.ASLEEP_MIN) or stages
        if not asleep:
            return
        # Three zeros are how the app writes a night whose stages nobody measured.
        values = {m: v for m, v in found.items() if v or (m is Metric.AWAKE_MIN and stages)}
        day = self.entries.day(row, "sleepEnd" if row.content.get("sleepEnd") else date_path)
        if day and asleep <= PLAUSIBLE[Metric.ASLEEP_MIN].high:
            values[Metric.ASLEEP_MIN] = asleep
            start, end = _moment(row, "sleepStart"), _moment(row, "sleepEnd")
            if not (start and end and start < end):
                start = end = None
            self.sleeps.append(
                Sleep(day=day, asleep_min=asleep, values=values, start_at=start, end_at=end)
            )


def measure_days(days: Days, source: str) -> tuple[Measurement, ...]:
    """One measurement for each metric of each day, in order of day, then metric.

    HRV, breathing, oxygen and temperature are the mean of the day; where sources are apart, of
    the one that has most values. A resting heart rate is the day's last, steps are its sum.
    """
    found = measure_nights(main_sleeps(days.sleeps), source)
    for (day, metric), by_source in days.values.items():
        if metric is Metric.STEPS:
            value = max(map(fsum, by_source.values()))
            if value > PLAUSIBLE[metric].high:
                continue
        else:
            _, values = max(by_source.items(), key=lambda item: (len(item[1]), item[0]))
            value = values[-1] if metric is Metric.RESTING_HR_BPM else fsum(values) / len(values)
        found.append(Measurement(day=day, metric=metric, value=value, source=source))
    if any(metric is Metric.HRV_SDNN_MS for _, metric in days.values):
        days.entries.warn(
            "its HRV is the mean SDNN of each calendar day, day and night; of the night alone it "
            "is in the export of the Health app itself"
        )
    return tuple(sorted(found, key=lambda m: (m.day, m.metric)))


def _moment(row: Entry, path: str) -> datetime | None:
    """A moment with its offset; ``None`` for any other, since the day is known without it."""
    text = unicodedata.normalize("NFKC", str(row.content.get(path, "")))
    if twelve := TWELVE.fullmatch(text):
        day, hour, rest, half, zone = twelve.groups()
        text = f"{day} {int(hour) % 12 + (12 if half in 'Pp' else 0):02}{rest}{zone}"
    try:
        moment = cell_values.stamp(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _is_ratio(raw: object) -> bool:
    try:
        return 0 < float(str(raw)) <= 1
    except ValueError:
        return False


def _is_fahrenheit(row: Entry) -> bool:
    return str(row.content.get("units", "")).casefold().endswith("f")
