"""Who the people of a cohort are: ``people.csv``, which a person may write; without it, names."""

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hrvctl.errors import DataError
from hrvctl.store.cohorts.folder import CohortFolder

PEOPLE = "people.csv"
COLUMNS = ("subject", "name", "group", "zone")


@dataclass(frozen=True, slots=True)
class People:
    """What is known of people beside their nights, by subject; who has none is left out.

    Attributes:
        names: What is shown for them.
        groups: The group they are shown in.
        zones: IANA name of the time zone they are in, where that is not the cohort's.
    """

    names: Mapping[str, str]
    groups: Mapping[str, str]
    zones: Mapping[str, str]


def load_people(folder: CohortFolder) -> People:
    """Read ``people.csv``; nothing is known where there is none.

    Raises:
        DataError: It is damaged, names a person twice, or a zone that is none.
    """
    with _faults_said():
        rows = list(csv.DictReader(_text(folder), strict=True))
    if rows and next(iter(rows[0])) != "subject":
        raise DataError(
            f"the first column of {PEOPLE} is not subject", hint=f"columns: {', '.join(COLUMNS)}"
        )
    known: dict[str, dict[str, str]] = {"name": {}, "group": {}, "zone": {}}
    seen: set[str] = set()
    for number, row in enumerate(rows, start=2):
        subject = row["subject"]
        if subject in seen:
            raise DataError(f"{PEOPLE}, line {number}: {subject!r} has a line already")
        seen.add(subject)
        for column, values in known.items():
            if value := (row.get(column) or "").strip():
                values[subject] = value
        try:
            ZoneInfo(known["zone"].get(subject, "UTC"))
        except (ValueError, ZoneInfoNotFoundError) as error:
            raise DataError(f"{PEOPLE}, line {number}: {error}") from error
    return People(known["name"], known["group"], known["zone"])


def is_listed(folder: CohortFolder, subject: str) -> bool:
    """Whether ``people.csv`` has a line of a person.

    Raises:
        DataError: It is damaged.
    """
    return any(row and row[0] == subject for row in _lines(folder))


def remove_person(folder: CohortFolder, subject: str) -> None:
    """Delete a person's line from ``people.csv``; errors as of ``is_listed``."""
    rows = _lines(folder)
    others = [row for row in rows if not row or row[0] != subject]
    if len(others) < len(rows):
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(others)
        folder.write(PEOPLE, text.getvalue().encode())


def _lines(folder: CohortFolder) -> list[list[str]]:
    """The lines as they are, whatever their columns; the first column is ``subject``."""
    with _faults_said():
        return list(csv.reader(_text(folder)))


def _text(folder: CohortFolder) -> io.StringIO:
    """The file's text; empty where there is none."""
    try:
        return io.StringIO(folder.read(PEOPLE).decode("utf-8-sig"), newline="")
    except FileNotFoundError:
        return io.StringIO()


@contextmanager
def _faults_said() -> Iterator[None]:
    try:
        yield
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{PEOPLE} cannot be read: {error}") from error
