"""Import exports: find and read their files, plan every change, write each at once; the inbox."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count, groupby
from pathlib import Path
from typing import ClassVar

from hrvctl.domain import ingest
from hrvctl.errors import (
    DataError,
    HomeError,
    HrvctlError,
    Locked,
    UsageError,
)
from hrvctl.records import Reading, TypedNote
from hrvctl.sources.kit.documents import OnBytes
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
from hrvctl.store.revisions import withdraw_answers, withdraw_measurements
from hrvctl.usecases.export_files import ImportOptions, read_export
from hrvctl.usecases.pulled import Pulled
from hrvctl.usecases.pulled_files import as_pulled, owner
from hrvctl.usecases.vocabulary import load_vocabulary
from hrvctl.usecases.workspace import Evening, Workspace, writing


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
        pulled: What each vendor gave before that.
    """

    artifact: ClassVar[str] = "ingest_report"

    files: tuple[ingest.FileReport, ...]
    failed: tuple[Failed, ...]
    pulled: tuple[Pulled, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """The imported files and the refused exports of one import."""

    files: tuple[ingest.FilePlan, ...]
    failed: tuple[Failed, ...]

    @property
    def n_changed(self) -> int:
        """Rows inserted, revised or withdrawn."""
        return sum(plan.n_new + plan.n_revised + plan.n_withdrawn for plan in self.files)

    def artifact(self) -> IngestReport:
        """Build the content of ``ingest_report.json``."""
        return IngestReport(files=tuple(plan.report() for plan in self.files), failed=self.failed)


def import_files(
    workspace: Workspace,
    evening: Evening,
    paths: Sequence[Path],
    options: ImportOptions | None = None,
    *,
    dry_run: bool = False,
    on_bytes: OnBytes | None = None,
) -> ImportReport:
    """Import several exports, each completely or not at all.

    Each export is read without the home's lock, which is held for writing it alone.

    Args:
        workspace: The home to write to, and the clock.
        evening: Whose data it is.
        paths: Files, folders or zips.
        options: How to read them.
        dry_run: Plan everything and write nothing, not even a home.
        on_bytes: Called as a long file is read.

    Raises:
        HomeError: The home cannot be written.
        Locked: A run holds the home's lock for longer than a person should wait.
    """
    options = options or ImportOptions()
    if dry_run:
        stored = ingest.StoredRows()
        if workspace.home.exists():
            with open_store(workspace.home, write=False) as store:
                stored = _stored_rows(store, evening.subject)
        # The next export is compared with this one as if it had been written.
        return _import_each(
            workspace, paths, options, lambda readings: _plan(readings, stored, options), on_bytes
        )

    def save(readings: Sequence[Reading]) -> tuple[ingest.FilePlan, ...]:
        with writing(workspace) as store:
            return _save(store, workspace, evening, readings, options)

    return _import_each(workspace, paths, options, save, on_bytes)


def paths_inside(workspace: Workspace, names: Sequence[str]) -> list[Path]:
    """Check paths that the config of a run names: the inbox and the journal folder alone are read.

    Raises:
        UsageError: A path is elsewhere, also by a link.
    """
    folders = [workspace.home.inbox.resolve()]
    if named := workspace.personal().folder:
        folders.append(Path(named).resolve())
    paths = [Path(name).resolve() for name in names]
    for path in paths:
        if not any(path.is_relative_to(folder) for folder in folders):
            raise UsageError(
                f"paths: {str(path)!r} is neither in the inbox nor in the journal folder",
                hint=f"put it into {workspace.home.inbox}, or: hrvctl import FILE",
            )
    return paths


def import_new(
    workspace: Workspace, evening: Evening, paths: Sequence[Path], *, whole_inbox: bool = True
) -> ImportReport:
    """Import the named files and, on a live evening, the inbox; the run holds the home's lock.

    An imported export moves from the inbox to ``inbox/done``; a refused one stays.

    Args:
        workspace: The home and the clock.
        evening: Whose, and which.
        paths: Files, folders or zips to import first.
        whole_inbox: Also import what a person put into the inbox, and not only what was pulled.
    """
    waiting = list_inbox(workspace, evening.subject) if evening.is_live else []
    if not whole_inbox:
        waiting = [path for path in waiting if owner(path)]
    # A named file that is in the inbox as well is imported once.
    offered = [*(path for path in paths if path not in waiting), *waiting]
    if not offered:
        # The database is made before the first artifact: artifacts alone show that it was lost.
        with open_store(workspace.home, write=True):
            pass
        return ImportReport(files=(), failed=())
    options = ImportOptions()
    with open_store(workspace.home, write=True) as store:
        return _import_each(
            workspace,
            offered,
            options,
            lambda readings: _save(store, workspace, evening, readings, options),
            from_inbox=waiting,
        )


def _import_each(
    workspace: Workspace,
    paths: Sequence[Path],
    options: ImportOptions,
    save: Callable[[Sequence[Reading]], tuple[ingest.FilePlan, ...]],
    on_bytes: OnBytes | None = None,
    *,
    from_inbox: Sequence[Path] = (),
) -> ImportReport:
    """Read and save exports one by one; a refused one does not stop the others."""
    files: list[ingest.FilePlan] = []
    failed: list[Failed] = []
    own = workspace.personal().vocabulary if options.vocabulary is None else options.vocabulary
    for path in paths:
        try:
            if path in from_inbox:
                _check_no_link(path)
            readings = read_export(
                path,
                options,
                today=workspace.clock().date(),
                own_vocabulary=own,
                on_bytes=on_bytes,
            )
            if path not in from_inbox:
                files += save(readings)
                continue
            files += save(as_pulled(path, readings))
            move_to_done(workspace, path)
        except (HomeError, Locked):
            raise  # not a fault of the file
        except HrvctlError as error:
            failed.append(
                Failed(
                    file=str(path),
                    code=error.code,
                    message=error.message,
                    problems=error.problems,
                    hint=error.hint,
                )
            )
    return ImportReport(files=tuple(files), failed=tuple(failed))


def _check_no_link(path: Path) -> None:
    """Check that all of an export lies in the inbox: what is quoted of a file may be anybody's.

    Raises:
        DataError: It is a link or has one in it.
    """
    if link := next((p for p in (path, *path.rglob("*")) if p.is_symlink()), None):
        name = link.relative_to(path.parent)
        raise DataError(
            f"{name}: it is a link, which is not followed",
            hint="put the file itself into the inbox, or: hrvctl import FILE",
        )


def _plan(
    readings: Sequence[Reading], stored: ingest.StoredRows, options: ImportOptions
) -> tuple[ingest.FilePlan, ...]:
    return ingest.plan(readings, stored, force=options.force, skip_faulty=options.skip_faulty)


def _save(
    store: Store,
    workspace: Workspace,
    evening: Evening,
    readings: Sequence[Reading],
    options: ImportOptions,
) -> tuple[ingest.FilePlan, ...]:
    """Plan one export and write it, in one transaction."""
    # One instant for all of them: it tells which answers and workouts came with which import.
    at = workspace.clock()
    with store.transaction():
        plans = _plan(readings, _stored_rows(store, evening.subject), options)
        for plan in plans:
            if plan.n_new + plan.n_revised + plan.n_withdrawn:
                _save_file(store, evening.subject, plan, at=at)
        if options.vocabulary is not None and any(plan.notes for plan in plans):
            # Only our own export holds notes.
            from hrvctl.usecases.journal import reread_all  # noqa: PLC0415 - slow to load

            reread_all(store, workspace, evening.subject, load_vocabulary(options.vocabulary))
    return plans


def _save_file(store: Store, subject: str, plan: ingest.FilePlan, *, at: datetime) -> None:
    imported = Imported(
        file=plan.file,
        source=plan.source,
        kind=plan.kind,
        n_new=plan.n_new,
        n_revised=plan.n_revised,
    )
    import_id = save_import(store, subject, imported, at=at)
    save_measurements(store, subject, plan.measurements, import_id=import_id, at=at)
    withdraw_measurements(store, subject, plan.withdrawn, at=at)
    for day, tag, source in plan.superseded:
        withdraw_answers(store, subject, day, source, [tag], at=at)
    save_journal(store, subject, plan.journal, at=at)
    save_workouts(store, subject, plan.workouts, at=at)
    # As if typed here, batch by batch; marking the day unread has its answers extracted later.
    for (_, day, typed_at), batch in groupby(
        plan.notes, lambda note: (note.batch, note.day, note.written_at)
    ):
        add_notes(store, subject, day, [note.text for note in batch], at=typed_at)
        save_read_day(store, subject, day, "")


def _stored_rows(store: Store, subject: str) -> ingest.StoredRows:
    return ingest.StoredRows(
        load_as_imported(store, subject),
        load_journal(store, subject),
        load_workouts(store, subject),
        (
            TypedNote(day=n.day, text=n.text, written_at=n.written_at, batch=n.batch)
            for n in load_notes(store, subject)
        ),
    )


def list_inbox(workspace: Workspace, subject: str) -> list[Path]:
    """List what is in the inbox by name, without what is hidden or was pulled for another."""
    if not workspace.home.inbox.is_dir():
        return []
    return sorted(
        path
        for path in workspace.home.inbox.iterdir()
        if path != workspace.home.done
        and not path.name.startswith(".")
        and owner(path) in ("", subject)
    )


def move_to_done(workspace: Workspace, path: Path) -> None:
    """Move an imported file to ``inbox/done``, under a name that is free there.

    Raises:
        DataError: It cannot be moved; importing it again changes nothing.
    """
    try:
        path.replace(_free_path(workspace, path.name))
    except OSError as error:
        raise DataError(
            f"{path.name} was imported but could not be moved to {workspace.home.done}: {error}",
            hint="move it yourself; importing it again changes nothing",
        ) from error


def _free_path(workspace: Workspace, name: str) -> Path:
    stamp = workspace.clock().strftime("%Y%m%dT%H%M%S")
    again = (f"{stamp}-{n}-{name}" for n in count(2))
    paths = (workspace.home.done / free for free in chain([name, f"{stamp}-{name}"], again))
    return next(path for path in paths if not path.exists())
