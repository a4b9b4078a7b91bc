"""Taking files in: found, read, planned in full, then written in one transaction an export."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain, count
from pathlib import Path
from typing import Any

from hrvctl.domain import ingest
from hrvctl.errors import DataError, HrvctlError
from hrvctl.pipeline.house import Evening, House
from hrvctl.records import Reading
from hrvctl.sources import registry
from hrvctl.sources.documents import open_documents
from hrvctl.store.artifacts import plain
from hrvctl.store.database import Store, open_store
from hrvctl.store.measurements import (
    Imported,
    load_as_imported,
    load_journal,
    load_workouts,
    save_import,
    save_journal,
    save_measurements,
    save_workouts,
)


@dataclass(frozen=True, kw_only=True)
class How:
    """How a person wants files to be read.

    Attributes:
        source: Insist on this source; empty lets the content decide.
        columns: Our column to theirs, for a table of the person's own.
        force: Let an export that looks like another person's in.
        skip_faulty: Leave faulty rows out instead of refusing their file.
    """

    source: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    force: bool = False
    skip_faulty: bool = False


@dataclass(frozen=True, kw_only=True)
class Failed:
    """An export that was refused, and why; nothing of it is in the store."""

    file: str
    code: str
    message: str
    problems: tuple[str, ...]
    hint: str


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What came of every export offered."""

    files: tuple[ingest.FilePlan, ...]
    failed: tuple[Failed, ...]

    @property
    def n_changed(self) -> int:
        """Rows inserted or revised."""
        return sum(plan.n_new + plan.n_revised for plan in self.files)

    def artifact(self) -> dict[str, Any]:
        """The content of ``ingest_report.json``."""
        return {"files": [plan.report() for plan in self.files], "failed": plain(self.failed)}


def take_in(house: House, evening: Evening, paths: Sequence[Path]) -> ImportReport:
    """Import the files named and, on a live evening, what lies in the inbox.

    An export from the inbox that was taken in moves to ``inbox/done``; a refused one stays where
    the person can mend it.
    """
    waiting = _inbox(house) if evening.is_live else []
    # A file that is named and lies in the inbox as well is one file.
    offered = [*(path for path in paths if path not in waiting), *waiting]
    if not offered:
        return ImportReport(files=(), failed=())
    with open_store(house.home, write=True) as store:
        files: list[ingest.FilePlan] = []
        failed: list[Failed] = []
        for path in offered:
            try:
                files += import_export(store, house, evening, path, How())
                if path in waiting:
                    _move_to_done(house, path)
            except HrvctlError as error:
                failed.append(_failed(path, error))
    return ImportReport(files=tuple(files), failed=tuple(failed))


def import_all(
    house: House, evening: Evening, paths: Sequence[Path], how: How, *, dry_run: bool
) -> ImportReport:
    """Import several exports, each wholly or not at all.

    Args:
        house: Where to.
        evening: Whose.
        paths: Files, folders or zips.
        how: How to read them.
        dry_run: Plan everything and write nothing, not even a home.
    """
    if dry_run:
        return _plan_all(house, evening, paths, how)
    files: list[ingest.FilePlan] = []
    failed: list[Failed] = []
    with open_store(house.home, write=True) as store:
        for path in paths:
            try:
                files += import_export(store, house, evening, path, how)
            except HrvctlError as error:
                failed.append(_failed(path, error))
    return ImportReport(files=tuple(files), failed=tuple(failed))


def import_export(
    store: Store, house: House, evening: Evening, path: Path, how: How
) -> tuple[ingest.FilePlan, ...]:
    """Import one export in one transaction.

    Raises:
        DataError: It cannot be read or trusted; the store is as it was.
    """
    at = house.clock()
    readings = _read(path, at.date(), how)
    with store.transaction():
        plans = ingest.plan(
            readings,
            _known(store, evening.subject),
            force=how.force,
            skip_faulty=how.skip_faulty,
        )
        for plan in plans:
            if plan.n_new + plan.n_revised:
                _write(store, evening.subject, plan, house)
    return plans


def _write(store: Store, subject: str, plan: ingest.FilePlan, house: House) -> None:
    at = house.clock()
    line = Imported(
        file=plan.file,
        source=plan.source,
        kind=plan.kind,
        n_new=plan.n_new,
        n_revised=plan.n_revised,
    )
    number = save_import(store, subject, line, at=at)
    save_measurements(store, subject, plan.measurements, import_id=number, at=at)
    save_journal(store, subject, plan.journal, at=at)
    save_workouts(store, subject, plan.workouts, at=at)


def _plan_all(house: House, evening: Evening, paths: Sequence[Path], how: How) -> ImportReport:
    known = ingest.Known((), (), ())
    if house.home.exists():
        with open_store(house.home, write=False) as store:
            known = _known(store, evening.subject)
    files: list[ingest.FilePlan] = []
    failed: list[Failed] = []
    for path in paths:
        try:
            readings = _read(path, house.clock().date(), how)
            files += ingest.plan(readings, known, force=how.force, skip_faulty=how.skip_faulty)
        except HrvctlError as error:
            failed.append(_failed(path, error))
    return ImportReport(files=tuple(files), failed=tuple(failed))


def _read(path: Path, today: date, how: How) -> list[Reading]:
    sources = registry.find_sources(how.source, how.columns)
    found = registry.read_all(open_documents(path), today=today, sources=sources)
    if not found.readings:
        raise next(iter(found.unread.values()), DataError(f"{path}: there is no file in it"))
    first, *others = found.readings
    # Exports come with maps and reports nobody here reads; they are named, and no fault.
    left_out = [f"{name}: left out, {error.message}" for name, error in found.unread.items()]
    return [replace(first, warnings=(*first.warnings, *left_out)), *others]


def _known(store: Store, subject: str) -> ingest.Known:
    return ingest.Known(
        load_as_imported(store, subject),
        load_journal(store, subject),
        load_workouts(store, subject),
    )


def _inbox(house: House) -> list[Path]:
    if not house.home.inbox.is_dir():
        return []
    return sorted(
        path
        for path in house.home.inbox.iterdir()
        if path != house.home.done and not path.name.startswith(".")
    )


def _move_to_done(house: House, path: Path) -> None:
    try:
        path.replace(_free_place(house, path.name))
    except OSError as error:
        raise DataError(
            f"{path.name} was imported but could not be moved to {house.home.done}: {error}",
            hint="move it yourself; importing it again changes nothing",
        ) from error


def _free_place(house: House, name: str) -> Path:
    stamp = house.clock().strftime("%Y%m%dT%H%M%S")
    again = (f"{stamp}-{n}-{name}" for n in count(2))
    places = (house.home.done / free for free in chain([name, f"{stamp}-{name}"], again))
    return next(place for place in places if not place.exists())


def _failed(path: Path, error: HrvctlError) -> Failed:
    return Failed(
        file=str(path),
        code=error.code,
        message=error.message,
        problems=error.problems,
        hint=error.hint,
    )
