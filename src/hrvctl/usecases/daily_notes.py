"""Read the person's own folder of daily notes in place; it is never moved, changed or copied."""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from typing import TypeVar

from hrvctl.domain.artifacts.journal import JournalFeatures
from hrvctl.domain.daily_notes import MAX_BYTES, page_day, page_text
from hrvctl.domain.journal import countable, journal_entries, page_at, read_day
from hrvctl.domain.journal_text.reader import JournalReading
from hrvctl.domain.journal_text.vocabulary import Vocabulary
from hrvctl.errors import DataError, SealRefused
from hrvctl.settings import Settings
from hrvctl.store.database import Store
from hrvctl.store.notes import Page, delete_pages, load_pages, save_derived, save_page
from hrvctl.usecases.guesses import is_new_guess, record_guess
from hrvctl.usecases.ingest import Failed
from hrvctl.usecases.journal import FOLDER, reread_all
from hrvctl.usecases.vocabulary import own_vocabulary, place_in
from hrvctl.usecases.workspace import Evening, Workspace

# Most files looked at in a folder (own choice: fifty years of daily notes with ten files next to
# each).
MAX_FILES = 200_000

SUFFIXES = (".md", ".txt")

# Opening must not block on a pipe and must not follow a link.
FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)

Given = TypeVar("Given")
Made = TypeVar("Made")


@dataclass(slots=True, kw_only=True)
class FolderReport:
    """The result of reading the folder.

    Attributes:
        folder: Where it is.
        n_read: Daily notes read, for the first time or again.
        n_unchanged: Daily notes unchanged since the last run.
        n_gone: Daily notes that were removed; their answers are removed as well.
        failed: Files that could not be read.
        warnings: About the other files, for a person to read.
        is_cut_short: Whether it has too many files to look at.
        guess_ms: The guess for the morning after, ms, if it was written since the last run.
    """

    folder: str
    n_read: int = 0
    n_unchanged: int = 0
    n_gone: int = 0
    failed: list[Failed] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    is_cut_short: bool = False
    guess_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalReport(JournalFeatures):
    """``journal_features.json``: the day's answers, and how the folder of daily notes was read."""

    folder: FolderReport


@dataclass(frozen=True, slots=True, kw_only=True)
class _Day:
    """The pages of one day: their common reading, and where each starts in the text."""

    day: date
    reading: JournalReading
    starts: tuple[tuple[int, str], ...]
    pages: tuple[Page, ...]
    gone: tuple[str, ...]


def journal_report(features: JournalFeatures, folder: FolderReport) -> JournalReport:
    """The day's answers together with the report on the folder."""
    known = {each.name: getattr(features, each.name) for each in fields(features)}
    return JournalReport(**known, folder=folder)


def notes_folder(settings: Settings) -> str:
    """The folder of the person's daily notes; empty if none is set.

    Raises:
        ConfigError: See ``place_in``.
    """
    named = settings.journal_folder
    return str(place_in(settings, named)) if named else ""


def texts_config(settings: Settings, *, demo: bool) -> dict[str, str]:
    """The settings that ``journal_op`` uses.

    Raises:
        ConfigError: See ``place_in``.
    """
    # The person's own notes are not about the made-up person.
    folder = "" if demo else notes_folder(settings)
    return {"folder": folder, "vocabulary": own_vocabulary(settings)}


def gather(
    store: Store, workspace: Workspace, evening: Evening, folder: str, vocabulary: Vocabulary
) -> FolderReport:
    """Update everything read from texts: the notes, then the folder, then the guess.

    A replay writes nothing, so it does neither.
    """
    if not evening.is_live:
        return FolderReport(folder=folder)
    reread_all(store, workspace, evening.subject, vocabulary)
    if not folder:
        return FolderReport(folder=folder)
    report = read_folder(store, workspace, evening, folder, vocabulary)
    target = evening.as_of + timedelta(days=1)
    hrv_ms = report.guess_ms
    if hrv_ms is not None and is_new_guess(store, evening.subject, target, hrv_ms):
        try:
            record_guess(store, workspace, evening, hrv_ms)
        except (DataError, SealRefused) as error:
            report.warnings.append(f"the guess in your notes was not taken: {error.message}")
    return report


def read_folder(
    store: Store, workspace: Workspace, evening: Evening, folder: str, vocabulary: Vocabulary
) -> FolderReport:
    """Read the daily notes that are new, changed, or were read with another vocabulary.

    All files are read before anything is written, in one transaction. A day whose file can no
    longer be read keeps its answers; a missing folder changes nothing.
    """
    report = FolderReport(folder=folder)
    found = _find(Path(folder), report)
    if found is None:
        return report
    known = load_pages(store, evening.subject)
    days: dict[date, dict[str, Path]] = {}
    for name, (day, path) in found.items():
        if day <= evening.as_of:
            days.setdefault(day, {})[name] = path
    # They may still be in a folder that could not be read.
    gone = set() if report.failed or report.is_cut_short else known.keys() - found.keys()
    for name in gone:
        days.setdefault(known[name].day, {})
    read = [
        pages_of_day
        for day in sorted(days)
        if (pages_of_day := _read_day(day, days[day], known, gone, vocabulary, report))
    ]
    for page in (page for one in read for page in one.pages if one.day == evening.as_of):
        before = known.get(page.path)
        # A page is read again with every line added to it, but its guess is recorded only once.
        if page.guess_ms is not None and (before is None or before.guess_ms != page.guess_ms):
            report.guess_ms = page.guess_ms
    with store.transaction():
        for pages_of_day in read:
            _save(store, workspace, evening.subject, pages_of_day)
    return report


def _find(folder: Path, report: FolderReport) -> dict[str, tuple[date, Path]] | None:
    """Daily notes by their path in the folder; ``None`` if the folder cannot be used."""
    try:
        os.scandir(folder).close()
    except OSError as error:
        report.warnings.append(f"the journal folder cannot be read: {folder}: {error.strerror}")
        return None
    found: dict[str, tuple[date, Path]] = {}
    n_texts = 0
    for n, path in enumerate(_walk(folder, report)):
        if n >= MAX_FILES:
            report.warnings.append(f"{folder} has more than {MAX_FILES:,} files; the rest was left")
            report.is_cut_short = True
            break
        name = _shown(path.relative_to(folder).as_posix())
        day = page_day(name)
        if day and path.is_symlink():
            report.warnings.append(f"{name} is a link, which is not followed")
        elif day:
            found[name] = day, path
        elif path.suffix.casefold() in SUFFIXES:
            n_texts += 1
    if n_texts and not found:
        report.warnings.append(f"no daily note in {folder}: name them by their date, 2026-11-22.md")
    return found


def _walk(folder: Path, report: FolderReport) -> Iterator[Path]:
    def note(error: OSError) -> None:
        report.failed.append(_failed(os.path.relpath(error.filename or folder, folder), error))

    for place, folders, files in os.walk(folder, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in sorted(files))


def _read_day(
    day: date,
    paths: Mapping[str, Path],
    known: Mapping[str, Page],
    all_gone: Set[str],
    vocabulary: Vocabulary,
    report: FolderReport,
) -> _Day | None:
    """Read the pages of a day; ``None`` if nothing changes."""
    contents = _try_each(paths, _content, report)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    is_as_before = all(
        name in known
        and (known[name].sha256, known[name].fingerprint) == (sha256, vocabulary.fingerprint)
        for name, sha256 in hashes.items()
    )
    gone = tuple(name for name in sorted(all_gone) if known[name].day == day)
    if is_as_before and not gone:
        report.n_unchanged += len(contents)
        return None
    texts = _try_each(contents, page_text, report)
    if any(name in known for name in paths.keys() - texts.keys()):
        return None
    report.n_read += len(texts)
    report.n_gone += len(gone)
    report.warnings += [f"{name}: {page.fault}" for name, page in texts.items() if page.fault]
    begins = accumulate((len(page.text) + 1 for page in texts.values()), initial=0)
    starts = tuple(zip(begins, texts, strict=False))
    reading = read_day(
        "\n".join(page.text for page in texts.values()),
        vocabulary,
        stated=[(start, start + texts[name].n_front) for start, name in starts],
    )
    guesses = {page_at(guess.span[0], starts): guess.hrv_ms for guess in reading.guesses}
    return _Day(
        day=day,
        reading=reading,
        starts=starts,
        pages=tuple(
            Page(
                path=name,
                day=day,
                sha256=hashes[name],
                fingerprint=vocabulary.fingerprint,
                guess_ms=guesses.get(name),
            )
            for name in texts
        ),
        gone=gone,
    )


def _save(store: Store, workspace: Workspace, subject: str, read: _Day) -> None:
    at = workspace.clock()
    save_derived(
        store,
        subject,
        read.day,
        FOLDER,
        entries=journal_entries(read.reading, day=read.day, source=FOLDER, pages=read.starts),
        unknown=countable(read.reading.unknown),
        at=at,
    )
    delete_pages(store, subject, read.gone)
    for page in read.pages:
        save_page(store, subject, page, at=at)


def _try_each(
    given: Mapping[str, Given], read: Callable[[Given], Made], report: FolderReport
) -> dict[str, Made]:
    """Apply ``read`` to each file in order of name; failures go to the report."""
    made: dict[str, Made] = {}
    for name in sorted(given):
        try:
            made[name] = read(given[name])
        except (OSError, DataError) as error:
            report.failed.append(_failed(name, error))
    return made


def _content(path: Path) -> bytes:
    handle = os.open(path, FLAGS)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise DataError("it is not a file", hint="move it out of the folder")
        # One byte more, so that a file that is too large shows as such.
        return file.read(MAX_BYTES + 1)


def _failed(name: str, error: OSError | DataError) -> Failed:
    if not isinstance(error, DataError):
        error = DataError(error.strerror or str(error), hint="make it readable, or move it away")
    message = f"{_shown(name)}: {error.message}"
    return Failed(file=_shown(name), code=error.code, message=message, problems=(), hint=error.hint)


def _shown(name: str) -> str:
    """A file name as text that can be stored, with undecodable bytes escaped."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
