"""Read the files of one export, whichever vendor it is from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from hrvctl.domain.journal import with_noted_amount
from hrvctl.errors import DataError, NotRecognised
from hrvctl.records import Reading
from hrvctl.sources import registry
from hrvctl.sources.hrvctl_export.source import OwnExport
from hrvctl.sources.kit.documents import OnBytes, open_documents
from hrvctl.sources.kit.record_reader import MAX_SHOWN
from hrvctl.usecases.vocabulary import load_vocabulary


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """How to read files.

    Attributes:
        source: Read with this source alone; empty lets the content decide.
        columns: Our column name to the file's, for a table of the person's own.
        date_order: ``day-first`` or ``month-first``, for dates that are open; empty for none.
        force: Accept an export that looks like another person's.
        skip_faulty: Leave faulty rows out instead of refusing their file.
        vocabulary: The person's own words, to extract answers from the notes of our own export,
            and amounts from those of a vendor's answers; empty for none. ``None`` leaves the notes
            of our own export to the next run that reads the journal.
    """

    source: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    date_order: str = ""
    force: bool = False
    skip_faulty: bool = False
    vocabulary: str | None = None


def read_export(
    path: Path,
    options: ImportOptions,
    *,
    today: date,
    own_vocabulary: str = "",
    on_bytes: OnBytes | None = None,
) -> list[Reading]:
    """Read the files of one export.

    Args:
        path: A file, a folder or a zip.
        options: How to read it.
        today: The person's date.
        own_vocabulary: The person's own words, for amounts in the notes of answers.
        on_bytes: Called as a long file is read.

    Raises:
        DataError: No file of it is recognised, or the recognised one is damaged.
    """
    sources = registry.find_sources(options.source, options.columns)
    damaged: list[DataError] = []
    found = registry.read_all(
        open_documents(path, on_error=damaged.append),
        today=today,
        sources=sources,
        on_bytes=on_bytes,
        date_order=options.date_order,
    )
    unread = [*damaged, *found.unread.values()]
    if not found.readings:
        # A damaged file of a known format explains more than the unrecognised ones next to it, and
        # of those the one that names an HRV.
        raise min(unread, key=_rank, default=DataError(f"{path}: it contains no file"))
    first, *others = [_with_amounts(one, own_vocabulary) for one in found.readings]
    left_out = _unread_warnings(unread)
    return [replace(first, warnings=(*first.warnings, *left_out)), *others]


def _with_amounts(reading: Reading, own_vocabulary: str) -> Reading:
    """Add the amounts in the notes of a vendor's answers; our own export has them already."""
    if reading.source == OwnExport.name or not any(entry.note for entry in reading.journal):
        return reading
    vocabulary = load_vocabulary(own_vocabulary)
    journal = tuple(with_noted_amount(entry, vocabulary) for entry in reading.journal)
    return replace(reading, journal=journal)


def _rank(error: DataError) -> int:
    if not isinstance(error, NotRecognised):
        return 0
    return 1 if error.has_hrv else 2


def _unread_warnings(unread: Iterable[DataError]) -> list[str]:
    """Name every damaged file, and the first few of those of no known format.

    Exports come with thousands of maps and reports that no source reads; those are not faults.
    """
    errors = list(unread)
    damaged = [f"left out: {e.message}" for e in errors if not isinstance(e, NotRecognised)]
    unknown = [f"left out: {e.message}" for e in errors if isinstance(e, NotRecognised)]
    # One more than the maximum is named too: its count would take a line as well.
    if len(unknown) > MAX_SHOWN + 1:
        unknown[MAX_SHOWN:] = [
            f"left out: {len(unknown) - MAX_SHOWN} more files that are not recognised"
        ]
    return [*damaged, *unknown]
