"""Taking files in: found, read, planned in full, then written in one transaction an export."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import ClassVar

from hrvctl.domain import ingest
from hrvctl.errors import DataError, HomeError, HrvctlError, Locked, NotRecognised
from hrvctl.records import Reading, TypedNote
from hrvctl.sources import registry
from hrvctl.sources.kit.documents import open_documents
from hrvctl.sources.kit.streams import OnBytes
from hrvctl.sources.kit.table_reader import TOLD
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
from hrvctl.store.notes import add_notes, load_notes, save_read_day
from hrvctl.usecases.inbox import move_to_done, waiting_in
from hrvctl.usecases.vocabulary import load_vocabulary
from hrvctl.usecases.workspace import Evening, Workspace, writing


@dataclass(frozen=True, kw_only=True)
class How:
    """How a person wants files to be read.

    Attributes:
        source: Insist on this source; empty lets the content decide.
        columns: Our column to theirs, for a table of the person's own.
        force: Let an export that looks like another person's in.
        skip_faulty: Leave faulty rows out instead of refusing their file.
        vocabulary: The person's own words, to read the notes of our own export with; empty for
            none, ``None`` to leave the reading to the next that reads the journal.
    """

    source: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    force: bool = False
    skip_faulty: bool = False
    vocabulary: str | None = None


@dataclass(frozen=True, kw_only=True)
class Failed:
    """An export that was refused, and why; nothing of it is in the store."""

    file: str
    code: str
    message: str
    problems: tuple[str, ...]
    hint: str


@dataclass(frozen=True, kw_only=True)
class IngestReport:
    """What was imported in an evening's run, and what was refused.

    Attributes:
        files: Imported, in order.
        failed: Refused, in order.
    """

    artifact: ClassVar[str] = "ingest_report"

    files: tuple[ingest.FileReport, ...]
    failed: tuple[Failed, ...]


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What came of every export offered."""

    files: tuple[ingest.FilePlan, ...]
    failed: tuple[Failed, ...]

    @property
    def n_changed(self) -> int:
        """Rows inserted or revised."""
        return sum(plan.n_new + plan.n_revised for plan in self.files)

    def artifact(self) -> IngestReport:
        """The content of ``ingest_report.json``."""
        return IngestReport(files=tuple(plan.report() for plan in self.files), failed=self.failed)


def take_in(workspace: Workspace, evening: Evening, paths: Sequence[Path]) -> ImportReport:
    """Import the files named and, on a live evening, what lies in the inbox.

    An export from the inbox that was taken in moves to ``inbox/done``; a refused one stays where
    the person can mend it.
    """
    waiting = waiting_in(workspace) if evening.is_live else []
    # A file that is named and lies in the inbox as well is one file.
    offered = [*(path for path in paths if path not in waiting), *waiting]
    if not offered:
        return ImportReport(files=(), failed=())
    with open_store(workspace.home, write=True) as store:
        files: list[ingest.FilePlan] = []
        failed: list[Failed] = []
        for path in offered:
            try:
                files += import_export(store, workspace, evening, path, How())
                if path in waiting:
                    move_to_done(workspace, path)
            except HrvctlError as error:
                failed.append(_failed(path, error))
    return ImportReport(files=tuple(files), failed=tuple(failed))


def import_all(
    workspace: Workspace,
    evening: Evening,
    paths: Sequence[Path],
    how: How,
    *,
    dry_run: bool,
    on_bytes: OnBytes | None = None,
) -> ImportReport:
    """Import several exports, each wholly or not at all.

    Args:
        workspace: Where to.
        evening: Whose.
        paths: Files, folders or zips.
        how: How to read them.
        dry_run: Plan everything and write nothing, not even a home.
        on_bytes: JournalReading how far a long file has been read.
    """
    if dry_run:
        return _plan_all(workspace, evening, paths, how, on_bytes)
    files: list[ingest.FilePlan] = []
    failed: list[Failed] = []
    for path in paths:
        try:
            files += _import_alone(workspace, evening, path, how, on_bytes)
        except (HomeError, Locked):
            raise  # no fault of the file
        except HrvctlError as error:
            failed.append(_failed(path, error))
    return ImportReport(files=tuple(files), failed=tuple(failed))


def import_export(
    store: Store, workspace: Workspace, evening: Evening, path: Path, how: How
) -> tuple[ingest.FilePlan, ...]:
    """Import one export in one transaction.

    Raises:
        DataError: It cannot be read or trusted; the store is as it was.
    """
    return _write_all(
        store, workspace, evening, _read(path, workspace.clock().date(), how, None), how
    )


def _import_alone(
    workspace: Workspace, evening: Evening, path: Path, how: How, on_bytes: OnBytes | None
) -> tuple[ingest.FilePlan, ...]:
    """Import one export beside whatever else goes on: others wait for the writing alone."""
    readings = _read(path, workspace.clock().date(), how, on_bytes)
    with writing(workspace) as store:
        return _write_all(store, workspace, evening, readings, how)


def _write_all(
    store: Store, workspace: Workspace, evening: Evening, readings: Sequence[Reading], how: How
) -> tuple[ingest.FilePlan, ...]:
    with store.transaction():
        plans = ingest.plan(
            readings,
            _known(store, evening.subject),
            force=how.force,
            skip_faulty=how.skip_faulty,
        )
        for plan in plans:
            if plan.n_new + plan.n_revised:
                _write(store, evening.subject, plan, workspace)
        if how.vocabulary is not None and any(plan.notes for plan in plans):
            # Here, because only our own export holds notes.
            from hrvctl.usecases.journal import reread_all  # noqa: PLC0415 - slow to load

            reread_all(store, workspace, evening.subject, load_vocabulary(how.vocabulary))
    return plans


def _write(store: Store, subject: str, plan: ingest.FilePlan, workspace: Workspace) -> None:
    at = workspace.clock()
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
    _write_notes(store, subject, plan.notes)


def _write_notes(store: Store, subject: str, notes: Sequence[TypedNote]) -> None:
    """Keep notes as if they had been typed here, call by call; their days wait to be read."""
    for (_, day, at), together in groupby(notes, lambda n: (n.batch, n.day, n.written_at)):
        add_notes(store, subject, day, [note.text for note in together], at=at)
        save_read_day(store, subject, day, "")


def _plan_all(
    workspace: Workspace,
    evening: Evening,
    paths: Sequence[Path],
    how: How,
    on_bytes: OnBytes | None,
) -> ImportReport:
    known = ingest.Known((), (), ())
    if workspace.home.exists():
        with open_store(workspace.home, write=False) as store:
            known = _known(store, evening.subject)
    files: list[ingest.FilePlan] = []
    failed: list[Failed] = []
    for path in paths:
        try:
            readings = _read(path, workspace.clock().date(), how, on_bytes)
            files += ingest.plan(readings, known, force=how.force, skip_faulty=how.skip_faulty)
        except HrvctlError as error:
            failed.append(_failed(path, error))
    return ImportReport(files=tuple(files), failed=tuple(failed))


def _read(path: Path, today: date, how: How, on_bytes: OnBytes | None) -> list[Reading]:
    sources = registry.find_sources(how.source, how.columns)
    found = registry.read_all(open_documents(path), today=today, sources=sources, on_bytes=on_bytes)
    if not found.readings:
        # A file of ours that is damaged says more than the maps and reports beside it.
        faults = sorted(found.unread.values(), key=lambda e: isinstance(e, NotRecognised))
        raise next(iter(faults), DataError(f"{path}: there is no file in it"))
    first, *others = found.readings
    left_out = _told(found.unread.values())
    return [replace(first, warnings=(*first.warnings, *left_out)), *others]


def _told(unread: Iterable[DataError]) -> list[str]:
    """Name what was not read: each faulty file, and of those of no known format the first few.

    Exports come with maps and reports nobody here reads, by the thousand; they are no fault.
    """
    errors = list(unread)
    faulty = [f"left out: {e.message}" for e in errors if not isinstance(e, NotRecognised)]
    unknown = [f"left out: {e.message}" for e in errors if isinstance(e, NotRecognised)]
    # One more than the few is told as well: to count it would take a line, too.
    if len(unknown) > TOLD + 1:
        unknown[TOLD:] = [f"left out: {len(unknown) - TOLD} more files that are not recognised"]
    return [*faulty, *unknown]


def _known(store: Store, subject: str) -> ingest.Known:
    return ingest.Known(
        load_as_imported(store, subject),
        load_journal(store, subject),
        load_workouts(store, subject),
        (
            TypedNote(day=n.day, text=n.text, written_at=n.written_at, batch=n.batch)
            for n in load_notes(store, subject)
        ),
    )


def _failed(path: Path, error: HrvctlError) -> Failed:
    return Failed(
        file=str(path),
        code=error.code,
        message=error.message,
        problems=error.problems,
        hint=error.hint,
    )
