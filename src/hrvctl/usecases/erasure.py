"""Forget an import, a source or a person: in the database and in every file of the home."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from hrvctl.errors import DataError, HomeError, UsageError
from hrvctl.records.chain import Kind
from hrvctl.sources import registry
from hrvctl.sources.kit.documents import OnBytes, open_documents
from hrvctl.store.connections import list_connections
from hrvctl.store.database import Store, open_store
from hrvctl.store.erasure import forget, load_leftovers, overwrite_deleted, rewrite_file
from hrvctl.store.home import Home
from hrvctl.store.import_history import Import, list_imports
from hrvctl.store.import_selection import select_import
from hrvctl.store.selection import (
    Selection,
    Value,
    load_sources,
    select_source,
    select_subject,
)
from hrvctl.store.subjects import load_subjects
from hrvctl.usecases.pulled_files import PREFIX, owner
from hrvctl.usecases.seals import append_to_chain
from hrvctl.usecases.workspace import Workspace, writing

# What is told of the rows that go, and their tables.
TOLD = {
    "values": ("measurements", "measurement_history"),
    "answers": ("journal", "journal_history"),
    "notes": ("notes",),
    "workouts": ("workouts",),
    "guesses": ("guesses",),
    "outcomes": ("outcomes",),
}
# Of Dagster's folder what stays: its settings; the artifacts of others.
KEPT_OF_DAGSTER = ("dagster.yaml", "artifacts")


class Scope(StrEnum):
    """What is forgotten as one."""

    IMPORT = "import"
    SOURCE = "source"
    SUBJECT = "subject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be forgotten.

    Attributes:
        scope: What it is.
        subject: Whose.
        number: Of the import.
        source: Name of the source.
    """

    scope: Scope
    subject: str
    number: int = 0
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What is forgotten, or would be.

    Attributes:
        n_rows: Rows by name, without those there are none of.
        n_restored: Earlier values and answers that stand again.
        n_sealed: Rows of the ledger whose content goes.
        paths: Files and folders that are deleted, relative to the home.
        backups: Copies of the database, which are left as they are.
        waiting: Files in the inbox that hold some of it: the next run imports them.
        connected: Vendors from whom the next pull would fetch it again.
    """

    n_rows: Mapping[str, int]
    n_restored: int
    n_sealed: int
    paths: tuple[str, ...]
    backups: tuple[Path, ...]
    waiting: tuple[Path, ...]
    connected: tuple[str, ...]


def import_history(workspace: Workspace, subject: str) -> list[Import]:
    """The imports of a person, oldest first.

    Raises:
        HomeError: Nothing is stored yet.
    """
    with open_store(workspace.home, write=False) as store:
        return list_imports(store, subject)


def plan_erasure(
    workspace: Workspace, request: Request, on_bytes: OnBytes | None = None
) -> Erasure:
    """Find what would be forgotten; writes nothing.

    Args:
        workspace: The home.
        request: What to forget.
        on_bytes: Called as a long file of the inbox is read.

    Raises:
        HomeError: Nothing is stored yet.
        UsageError: Nothing is stored of it.
    """
    with open_store(workspace.home, write=False) as store:
        selection, unfinished = _stored(store, request)
    return _plan(workspace, request, selection, unfinished, on_bytes)


def carry_out(workspace: Workspace, request: Request, on_bytes: OnBytes | None = None) -> Erasure:
    """Forget it: rows first, in one transaction with the list of files that are deleted then.

    A process that is killed leaves the rows all there or all gone; in the second case the next
    call, or the next run, deletes the rest.

    Args:
        workspace: The home.
        request: What to forget.
        on_bytes: Called as a long file of the inbox is read.

    Raises:
        Locked: A run is going on for longer than a person should wait.
        HomeError: Nothing is stored yet, a file cannot be deleted, or another program reads the
            database all the time.
        UsageError: Nothing is stored of it.
    """
    with open_store(workspace.home, write=False) as store:
        _stored(store, request)  # or nothing is made, and no connection is ended
    if request.scope is Scope.SUBJECT:
        _forget_connections(workspace, request.subject)
    with writing(workspace) as store:
        overwrite_deleted(store)
        selection, unfinished = _stored(store, request)
        done = _plan(workspace, request, selection, unfinished, on_bytes)
        if not selection.is_empty:
            with store.transaction():
                # The log is listed in any case: one name at least says that this is not finished.
                forget(store, selection, {*done.paths, workspace.home.log.name})
                _append_receipt(store, workspace, request, selection, done)
        _finish(store, workspace.home)
    return done


def finish_erasure(workspace: Workspace) -> None:
    """Delete what a forgetting that was killed left; call it under the home's lock.

    Raises:
        HomeError: A file cannot be deleted, or another program reads the database all the time.
    """
    try:
        with open_store(workspace.home, write=False) as store:
            unfinished = load_leftovers(store)
    except HomeError:
        return  # none yet, or one that cannot be read: the run itself will say so
    if unfinished:
        with open_store(workspace.home, write=True) as store:
            overwrite_deleted(store)
            _finish(store, workspace.home)


def _forget_connections(workspace: Workspace, subject: str) -> None:
    """Delete the keys and tokens of all a person's connections, in the system's keyring as well.

    Raises:
        KeyringFault: The keyring cannot be used; what it still has is named.
    """
    from hrvctl.usecases.sign_in import forget as forget_connection  # noqa: PLC0415 - slow to load

    for file in list_connections(workspace.home, subject):
        forget_connection(workspace, subject, file.vendor)


def _stored(store: Store, request: Request) -> tuple[Selection, Sequence[str]]:
    """What is stored of it, and the files that a forgetting that was killed has left.

    Raises:
        UsageError: Nothing is.
    """
    selection, unfinished = _select(store, request), load_leftovers(store)
    if selection.is_empty and not unfinished:
        raise _unknown(store, request)
    return selection, unfinished


def _select(store: Store, request: Request) -> Selection:
    if request.scope is Scope.IMPORT:
        return select_import(store, request.subject, request.number)
    if request.scope is Scope.SOURCE:
        return select_source(store, request.subject, request.source)
    return select_subject(store, request.subject)


def _unknown(store: Store, request: Request) -> UsageError:
    subject = request.subject
    if request.scope is Scope.IMPORT:
        fault = f"{subject} has no import {request.number}"
        hint = "hrvctl data imports lists them with their numbers"
    elif request.scope is Scope.SOURCE:
        fault = f"nothing of {subject} is from {request.source!r}"
        hint = f"there is something from: {', '.join(load_sources(store, subject)) or 'nobody'}"
    else:
        fault = f"nothing is stored of {subject!r}"
        hint = f"this home has: {', '.join(load_subjects(store)) or 'nobody'}"
    return UsageError(fault, hint=hint)


def _plan(
    workspace: Workspace,
    request: Request,
    selection: Selection,
    unfinished: Sequence[str],
    on_bytes: OnBytes | None,
) -> Erasure:
    home, subject = workspace.home, request.subject
    told = {
        name: sum(
            len(selection.rows.get(table, ())) - len(selection.restored.get(table, ()))
            for table in tables
        )
        for name, tables in TOLD.items()
    }
    paths, waiting = set(map(Path, unfinished)), []
    if not selection.is_empty:
        paths |= {home.artifacts(subject), home.report, *home.root.glob(f"{home.log.name}*")}
        paths |= {path for path in _list(home.dagster) if path.name not in KEPT_OF_DAGSTER}
        held = [p for p in _offered(home) if _holds(p, selection, workspace.today(), on_bytes)]
        waiting = [path for path in held if path.parent == home.inbox and owner(path) != subject]
        paths |= {*held} - {*waiting}
        if request.scope is Scope.SUBJECT:
            paths |= {home.connections / subject, *home.inbox.glob(f".{PREFIX}.{subject}.*")}
            paths |= {path for path in _offered(home) if owner(path) == subject}
    relative = {path.relative_to(home.root) if path.is_absolute() else path for path in paths}
    there = sorted(path.as_posix() for path in relative if (home.root / path).exists())
    connections = list_connections(home, subject) if request.scope is not Scope.SUBJECT else []
    return Erasure(
        n_rows={name: n for name, n in told.items() if n},
        n_restored=selection.n_restored,
        n_sealed=len(selection.entries) + len(selection.old_rows),
        paths=tuple(there),
        backups=tuple(path for path in _list(home.backups) if path.suffix == ".db"),
        waiting=tuple(waiting),
        connected=tuple(str(one.vendor) for one in connections),
    )


def _offered(home: Home) -> list[Path]:
    """What lies in the inbox and was imported from it."""
    return [
        path
        for path in (*_list(home.done), *_list(home.inbox))
        if path != home.done and not path.name.startswith(".")
    ]


def _holds(path: Path, selection: Selection, today: date, on_bytes: OnBytes | None) -> bool:
    """Whether an export holds a value that is forgotten; one that cannot be read, by its name."""
    try:
        documents = open_documents(path, on_error=lambda _: None)
        readings = registry.read_all(documents, today=today, on_bytes=on_bytes).readings
    except DataError:
        readings = ()
    if not readings:
        return any(path.name.endswith(Path(file).parts[0]) for file in selection.files if file)
    for reading in readings:
        values: list[Value] = [
            *((str(m.day), m.metric.value, m.source, m.value) for m in reading.measurements),
            *((str(e.day), e.tag, e.source, e.value) for e in reading.journal),
            *((str(w.day), "", w.source, w.start_at.isoformat()) for w in reading.workouts),
            *((str(n.day), "", "user", n.text) for n in reading.notes),
        ]
        if not selection.values.isdisjoint(values):
            return True
    return False


def _append_receipt(
    store: Store, workspace: Workspace, request: Request, selection: Selection, done: Erasure
) -> None:
    """Chain what kind was forgotten and how much; of whom and what it was is not said."""
    content = {
        "scope": request.scope.value,
        "erased": sorted([*selection.entries, *selection.old_rows]),
        "n_rows": dict(done.n_rows),
    }
    append_to_chain(store, Kind.RECEIPT, content, at=workspace.clock())


def _finish(store: Store, home: Home) -> None:
    for path in load_leftovers(store):
        _delete(home.root / path)
    rewrite_file(store)


def _delete(path: Path) -> None:
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise HomeError(
            f"cannot delete {path}: {error.strerror or error}",
            hint="delete it yourself, then run the same command again",
        ) from error


def _list(folder: Path) -> Iterable[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []
