"""Gadgetbridge's database: the nights of one device."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from hrvctl.records import Metric, Reading
from hrvctl.sources.gadgetbridge.tables import TABLES, Device, collect
from hrvctl.sources.kit.databases import MAGIC, load_database
from hrvctl.sources.kit.main_sleep import (
    SleepPeriod,
    main_sleeps,
    measure_days,
    measure_files,
    wake_day_in_utc,
)
from hrvctl.sources.kit.night_samples import mean_by_night
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import RecordReader

KIND = "database"
# Names that no other program gives its tables; the head may hold any of them.
TABLE = re.compile(
    rb'CREATE TABLE\s+["`]?(?:DEVICE_ATTRIBUTES|USER_ATTRIBUTES|MI_BAND_ACTIVITY_SAMPLE'
    rb"|[A-Z0-9_]+_(?:HRV_VALUE|HRV_SUMMARY|SLEEP_STAGE|ACTIVITY|HEART_RATE_RESTING)_SAMPLE)\b"
)


@dataclass(frozen=True, slots=True)
class _Nights:
    """A device's sleeps with their HRV, and the values of days."""

    sleeps: list[SleepPeriod]
    daily: Mapping[tuple[date, Metric], float]
    n_outside: int
    n_undated: int

    @property
    def n_hrv(self) -> int:
        """Nights with an HRV."""
        days = {s.day for s in self.sleeps if Metric.HRV_RMSSD_MS in s.values}
        return len(days | {day for day, m in self.daily if m is Metric.HRV_RMSSD_MS})


class Gadgetbridge:
    """Reads the nights of the device with most of them; two devices are never mixed.

    The HRV is the night's own where the device has one, else the mean of its samples in the sleep.
    """

    name: str = "gadgetbridge"
    title: str = "Gadgetbridge database"
    steps: tuple[str, ...] = (
        "In Gadgetbridge open the menu, Data management, and choose Export data.",
        "Send the file Gadgetbridge.db from the phone's export folder to this computer.",
        "hrvctl import Gadgetbridge.db",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind, ``database``, of SQLite with Gadgetbridge's tables."""
        head = document.head
        return KIND if head.startswith(MAGIC) and TABLE.search(head) else None

    def read(self, document: Document, *, today: date) -> Reading:
        """Read the nights of one device."""
        records, problems = load_database(document, TABLES)
        file = RecordReader(document.name, records, today=today, problems=problems, unit="row")
        devices = collect(file)
        found = {key: _nights(device) for key, device in devices.items()}
        chosen = max(
            found, key=lambda key: (found[key].n_hrv, len(found[key].sleeps), -key), default=None
        )
        if chosen is None:
            return file.reading(self.name, KIND)
        nights = found[chosen]
        file.skipped["HRV outside the night"] += nights.n_outside
        file.skipped["time whose date depends on the time zone"] += nights.n_undated
        others = [
            f"{devices[key].name} (nights: {own.n_hrv})"
            for key, own in found.items()
            if key != chosen and (own.n_hrv or own.sleeps)
        ]
        if others:
            file.warn(
                f"several devices, which are not mixed; used: {devices[chosen].name} "
                f"(nights: {nights.n_hrv}), left out: {', '.join(others)}"
            )
        measured = [m for part in measure_files([nights.sleeps], self.name) for m in part]
        measured += measure_days(nights.daily, self.name)
        if devices[chosen].is_unnamed and nights.n_hrv:
            file.warn(f"{devices[chosen].name} does not say which HRV it is; it is read as RMSSD")
        if nights.n_undated:
            file.warn("what ends late in UTC's day was left out: its date depends on the time zone")
        elif measured and devices[chosen].is_in_utc:
            file.warn("its times are in UTC without a time zone, so nights were dated by UTC")
        return file.reading(self.name, KIND, measurements=measured)


def _nights(device: Device) -> _Nights:
    """Date a device's sleeps and give each its HRV."""
    n_undated = 0
    sleeps: list[SleepPeriod] = []
    for sleep in device.sleeps:
        day = _day(sleep.end_at) if sleep.end_at else sleep.day
        n_undated += day is None
        if day:
            sleeps.append(replace(sleep, day=day))
    nights = main_sleeps(sleeps)
    means, outside = mean_by_night(device.samples, nights)
    daily: dict[tuple[date, Metric], float] = {}
    last: defaultdict[Metric, dict[date, float]] = defaultdict(dict)
    for metric, samples in (
        (Metric.HRV_RMSSD_MS, device.nightly),
        (Metric.RESTING_HR_BPM, device.resting),
    ):
        for sample in samples:  # in order of time: of a day the last counts
            day = _day(sample.at)
            n_undated += day is None
            if day:
                last[metric][day] = sample.value
    hrv = means | last[Metric.HRV_RMSSD_MS]
    filled = [
        replace(sleep, values={**sleep.values, Metric.HRV_RMSSD_MS: hrv[sleep.day]})
        if nights[sleep.day] is sleep and sleep.day in hrv
        else sleep
        for sleep in sleeps
    ]
    daily = {(d, Metric.HRV_RMSSD_MS): value for d, value in hrv.items() if d not in nights}
    daily |= {(d, Metric.RESTING_HR_BPM): v for d, v in last[Metric.RESTING_HR_BPM].items()}
    return _Nights(filled, daily, len(outside), n_undated)


def _day(at: datetime) -> date | None:
    """Return the local date, or where the zone is not known that of UTC while it is sure."""
    return wake_day_in_utc(at) if at.tzinfo is UTC else at.date()
