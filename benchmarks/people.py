"""Histories for the benchmarks, from a folder of real exports or from simulated people."""

from datetime import date
from pathlib import Path

from hrvctl.domain.series import History, build_history, series_spans
from hrvctl.samples.people import draw_people
from hrvctl.samples.simulation import simulate
from hrvctl.samples.whoop_export import write_export
from hrvctl.sources.kit.documents import open_documents
from hrvctl.sources.registry import read_all

FIRST_SIMULATED_DAY = date(2022, 1, 3)
# A date after every export, so that no day of a shifted or simulated one is in the future.
LATEST_DAY = date(2999, 12, 31)


def read_people(folder: Path) -> dict[str, History]:
    """Read every person of a folder: one folder or zip each, named as the person.

    The history ends on the last day with an HRV.
    """
    found = {}
    for path in sorted(folder.iterdir()):
        history = read_person(path)
        if history is not None:
            found[path.stem] = history
    return found


def read_person(path: Path) -> History | None:
    """Read one person's export as hrvctl does; ``None`` without HRV."""
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


def simulate_people(n: int, n_days: int, seed: int, folder: Path) -> dict[str, History]:
    """Simulate people, write their exports to ``folder`` and read them as hrvctl does."""
    for number, traits in enumerate(draw_people(n, seed), start=1):
        person = simulate(traits, first_day=FIRST_SIMULATED_DAY, n_days=n_days, seed=seed + number)
        write_export(person, folder / f"P{number:02d}")
    return read_people(folder)
