"""The history of imports: which files came in one go, and what they brought."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from hrvctl.store.database import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """The files that were imported together.

    Attributes:
        number: The lowest id among them.
        at: When they were imported, aware.
        files: Their names, in order.
        sources: Their sources.
        n_new: Values that were new.
        n_revised: Values that were revised.
        n_nights_new: Nights whose HRV was new.
        n_nights_changed: Nights whose HRV was revised.
    """

    number: int
    at: datetime
    files: tuple[str, ...]
    sources: tuple[str, ...]
    n_new: int
    n_revised: int
    n_nights_new: int
    n_nights_changed: int


def list_imports(store: Store, subject: str) -> list[Import]:
    """The import history, oldest first; files imported in one go are one import."""
    nights: dict[tuple[int, bool], set[str]] = {}
    for row in store.connection.execute(
        "SELECT import_id, day, row_number() OVER (PARTITION BY day, metric, source"
        " ORDER BY place IS NULL, place) = 1 AS is_first FROM measurement_revisions"
        " WHERE subject = ? AND metric LIKE 'hrv%'",
        (subject,),
    ):
        nights.setdefault((row["import_id"], bool(row["is_first"])), set()).add(row["day"])
    rows = store.connection.execute(
        "SELECT * FROM imports WHERE subject = ? ORDER BY imported_at, id", (subject,)
    ).fetchall()
    found = []
    for at, group in groupby(rows, key=itemgetter("imported_at")):
        files = list(group)
        new, changed = (
            set().union(*(nights.get((file["id"], is_first), set()) for file in files))
            for is_first in (True, False)
        )
        found.append(
            Import(
                number=min(file["id"] for file in files),
                at=datetime.fromisoformat(at),
                files=tuple(file["file"] for file in files),
                sources=tuple(sorted({file["source"] for file in files})),
                n_new=sum(file["n_new"] for file in files),
                n_revised=sum(file["n_revised"] for file in files),
                n_nights_new=len(new),
                n_nights_changed=len(changed - new),
            )
        )
    return sorted(found, key=lambda one: one.number)
