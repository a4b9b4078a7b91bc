"""The people a benchmark runs on: real exports where there are some, else simulated ones."""

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from hrvctl.domain.series import History, build_history, series_spans
from hrvctl.records import Measurement, Metric
from hrvctl.samples.people import draw_people
from hrvctl.samples.simulation import simulate
from hrvctl.samples.whoop_export import write_export
from hrvctl.sources.kit.documents import open_documents
from hrvctl.sources.registry import read_all

FIRST_SIMULATED_DAY = date(2022, 1, 3)
# Columns of a table of people besides ``person, vendor, metric, day, hrv_ms``.
TABLE: Mapping[str, Metric] = {
    "resting_hr_bpm": Metric.RESTING_HR_BPM,
    "respiratory_rate_rpm": Metric.RESPIRATORY_RATE_RPM,
    "average_hr_bpm": Metric.AVERAGE_HR_BPM,
    "strain": Metric.STRAIN,
    "energy_kcal": Metric.ENERGY_KCAL,
    "cycle_min": Metric.CYCLE_MIN,
    "in_bed_min": Metric.IN_BED_MIN,
    "asleep_min": Metric.ASLEEP_MIN,
}
# A date after every export, so that no day of a shifted or simulated one is in the future.
LATEST_DAY = date(2999, 12, 31)


def read_people(folder: Path) -> dict[str, History]:
    """Read every person of a folder: one folder or zip each, named as the person.

    The history ends on the last day that has an HRV, so that no export ends in silence.
    """
    found = {}
    for path in sorted(folder.iterdir()):
        history = read_person(path)
        if history is not None:
            found[path.stem] = history
    return found


def read_person(path: Path) -> History | None:
    """One person's export as the product reads it; ``None`` when there is no HRV in it."""
    files = read_all(open_documents(path), today=LATEST_DAY)
    measurements = [m for reading in files.readings for m in reading.measurements]
    journal = [entry for reading in files.readings for entry in reading.journal]
    spans = series_spans(measurements)
    if not spans:
        return None
    return build_history(
        measurements,
        journal,
        metric=spans[0].metric,
        measured_by=spans[0].measured_by,
        as_of=spans[0].last,
    )


def read_table(path: Path) -> dict[str, History]:
    """Read a table of people, one row a night, with the columns of ``TABLE`` and their unit.

    Returns:
        The histories, each named ``person vendor metric``; one for every HRV series.
    """
    rows: dict[str, list[Measurement]] = {}
    series: dict[str, tuple[Metric, str]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            metric, vendor = Metric(row["metric"]), row["vendor"]
            name = f"{row['person']} {vendor} {metric}"
            series[name] = metric, vendor
            values = {metric: row["hrv_ms"], **{m: row[column] for column, m in TABLE.items()}}
            rows.setdefault(name, []).extend(
                Measurement(
                    day=date.fromisoformat(row["day"]), metric=m, value=float(value), source=vendor
                )
                for m, value in values.items()
                if value
            )
    return {
        name: build_history(
            rows[name],
            [],
            metric=metric,
            measured_by=vendor,
            as_of=max(m.day for m in rows[name] if m.metric is metric),
        )
        for name, (metric, vendor) in series.items()
    }


def simulate_people(n: int, n_days: int, seed: int, folder: Path) -> dict[str, History]:
    """Simulate people, write their exports into ``folder`` and read these as the product does."""
    for number, traits in enumerate(draw_people(n, seed), start=1):
        person = simulate(traits, first_day=FIRST_SIMULATED_DAY, n_days=n_days, seed=seed + number)
        write_export(person, folder / f"P{number:02d}")
    return read_people(folder)
