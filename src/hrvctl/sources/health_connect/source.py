"""Android's Health Connect export: HRV by night from one app's samples inside its sleep."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from hrvctl.errors import count
from hrvctl.records import Measurement, Metric, Reading
from hrvctl.sources.health_connect.nights import Nights, find_nights
from hrvctl.sources.health_connect.rows import TABLES, App, collect
from hrvctl.sources.kit.databases import MAGIC, load_database
from hrvctl.sources.kit.main_sleep import main_sleeps, measure_files
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import RecordReader

KIND = "database"
# Tables of records that every version has; no other program's names are known to be like them.
TABLE = re.compile(
    rb'CREATE TABLE\s+["`]?(?:sleep_session|heart_rate_variability_rmssd|heart_rate|steps'
    rb'|resting_heart_rate|distance|weight|oxygen_saturation)_record_table["`]?\s*\(',
    re.IGNORECASE,
)


class HealthConnect:
    """Reads the database that Health Connect exports on a schedule.

    One app's HRV and sleep are read, never two apps' together: the person's own order of sleep
    apps decides, and without one the app with most nights.
    """

    name: str = "health_connect"
    title: str = "Health Connect export (Android)"
    steps: tuple[str, ...] = (
        "On the phone open Settings, Health Connect, Manage data, Backup and restore.",
        "Turn on the scheduled export, daily; the file appears within a day.",
        "Send the zip to this computer; there is no need to unpack it.",
        "hrvctl import 'Health Connect.zip'",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind, ``database``, of SQLite with Health Connect's tables."""
        head = document.head
        return KIND if head.startswith(MAGIC) and TABLE.search(head) else None

    def read(self, document: Document, *, today: date) -> Reading:
        """Read the nights of one app."""
        records, problems = load_database(document, TABLES)
        file = RecordReader(document.name, records, today=today, problems=problems, unit="row")
        apps, order = collect(file)
        found = find_nights(apps)
        chosen = _choose(found, order)
        if chosen is None:
            return file.reading(self.name, KIND)
        app, nights = apps[chosen], found[chosen]
        _report(file, apps, found, chosen)
        measured = [m for part in measure_files([nights.sleeps], self.name) for m in part]
        measured += [
            Measurement(day=day, metric=Metric.RESTING_HR_BPM, value=value, source=self.name)
            for day, value in _resting(app).items()
        ]
        return file.reading(self.name, KIND, measurements=measured)


def _resting(app: App) -> dict[date, float]:
    """Choose the resting heart rate of each local date that was written last."""
    samples = sorted(app.samples[Metric.RESTING_HR_BPM], key=lambda sample: sample.at)
    return {sample.at.date(): sample.value for sample in samples if sample.has_zone}


def _choose(found: Mapping[int, Nights], order: Sequence[int]) -> int | None:
    """Choose the app: the first of the person's order with HRV, else the one with most nights."""
    with_hrv = [key for key in order if key in found and found[key].hrv and not found[key].borrowed]
    if with_hrv:
        return with_hrv[0]
    return max(
        found,
        key=lambda key: (
            len(found[key].hrv.keys() & main_sleeps(found[key].sleeps).keys()),
            len(found[key].sleeps),
            -key,
        ),
        default=None,
    )


def _report(
    file: RecordReader, apps: Mapping[int, App], found: Mapping[int, Nights], chosen: int
) -> None:
    nights = found[chosen]
    file.skipped["RMSSD sample outside the night"] += nights.n_outside
    others = [key for key in found if key != chosen]
    if left_out := [f"{apps[k].name} (nights: {len(found[k].hrv)})" for k in others]:
        file.warn(
            f"several apps, which are not mixed; used: {apps[chosen].name} "
            f"(nights: {len(nights.hrv)}), left out: {', '.join(left_out)}"
        )
    if nights.borrowed:
        file.warn(f"{apps[chosen].name} has no sleep; the nights are those of {nights.borrowed}")
    if nights.n_daily:
        days = count(nights.n_daily, "day")
        file.warn(
            f"{apps[chosen].name} writes one RMSSD a day; on {days} it lies outside a sleep, and "
            "was taken as that night's"
        )
    if nights.n_undated:
        file.skipped["sleep without a zone, whose date is not known"] += nights.n_undated
        file.warn("sleeps without a time zone that end late in UTC's day were left out")
    if nights.n_in_utc:
        file.warn("sleeps without a time zone have the date on which they ended in UTC")
