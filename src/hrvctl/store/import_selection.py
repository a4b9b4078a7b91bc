"""Find everything that came with one import, and what stands again without it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from sqlite3 import Row

from hrvctl.store.database import Store
from hrvctl.store.import_history import list_imports
from hrvctl.store.selection import TEXTS, Selection, row_ids, rows_among, with_artifacts

# Tables of which every revision is kept: the newest, and the column that names what.
REVISED = {"measurement": ("measurements", "metric"), "journal": ("journal", "tag")}


def select_import(store: Store, subject: str, number: int) -> Selection:
    """All that came with an import; what it had replaced or withdrawn stands again.

    A sealed forecast or an outcome goes where it states a value of the import: an outcome with that
    value, and the forecasts made when that night was the last one.
    """
    found = Selection()
    group = next((one for one in list_imports(store, subject) if one.number == number), None)
    if group is None:
        return found
    at = group.at.isoformat()
    found.rows["imports"] = row_ids(
        store, "imports", "subject = ? AND imported_at = ?", subject, at
    )
    ids = set(found.rows["imports"])
    gone = _select_revisions(
        store, subject, "measurement", lambda row: row["import_id"] in ids, at, found
    )
    # Answers have no number of an import, but its instant.
    _select_revisions(
        store,
        subject,
        "journal",
        lambda row: row["seen_at"] == at and row["source"] not in TEXTS,
        at,
        found,
    )
    for row in store.connection.execute(
        "SELECT rowid, * FROM workouts WHERE subject = ?1"
        " AND coalesce(revised_at, first_seen_at) = ?2",
        (subject, at),
    ):
        found.rows.setdefault("workouts", []).append(row["rowid"])
        found.values.add((row["day"], "", row["source"], row["start_at"]))
    _select_sealed(store, subject, gone, found)
    found.rows["ledger_made"] = rows_among(store, "ledger_made", "seq", found.old_rows)
    found.files = group.files
    return with_artifacts(store, subject, found)


def _select_revisions(
    store: Store,
    subject: str,
    kind: str,
    is_gone: Callable[[Row], bool],
    at: str,
    found: Selection,
) -> list[Row]:
    """Choose the revisions that go, and what stands then; returns the chosen ones."""
    table, name = REVISED[kind]
    gone = []
    rows = store.connection.execute(
        f"SELECT * FROM {kind}_revisions WHERE subject = ?"  # noqa: S608 - our own names
        f" ORDER BY day, {name}, source, place IS NULL, place",
        (subject,),
    ).fetchall()
    current, history = (
        found.rows.setdefault(table, []),
        found.rows.setdefault(f"{kind}_history", []),
    )
    for key, group in groupby(rows, key=itemgetter("day", name, "source")):
        revisions = list(group)
        mine = [row for row in revisions if is_gone(row)]
        kept = [row for row in revisions if not is_gone(row)]
        last = kept[-1] if kept else None
        is_withdrawn = last is not None and last["ended_by"] == "withdrawal"
        is_withdrawn_here = last is not None and is_withdrawn and last["ended_at"] == at
        if not mine and not is_withdrawn_here:
            continue
        gone += mine
        history += [row["place"] for row in mine if row["place"] is not None]
        if revisions[-1]["place"] is None:
            current += row_ids(
                store, table, f"(subject, day, {name}, source) = (?, ?, ?, ?)", subject, *key
            )
        # A value that an older version overwrote is not known, and cannot stand again.
        if last is None or last["value"] is None or (is_withdrawn and not is_withdrawn_here):
            continue
        if last["place"] is not None:
            history.append(last["place"])
            found.n_restored += 1
        found.restored.setdefault(table, []).append(_standing(last, first=kept[0]))
    found.values |= {(r["day"], r[name], r["source"], r["value"]) for r in gone}
    return gone


def _standing(revision: Row, *, first: Row) -> dict[str, object]:
    """The newest row of a key, made of the revision that stands."""
    about = ("seen_at", "ended_at", "ended_by", "place")
    columns = {name: revision[name] for name in revision.keys() if name not in about}  # noqa: SIM118
    is_first = revision["place"] == first["place"]
    return {
        **columns,
        "first_seen_at": first["seen_at"],
        "revised_at": None if is_first else revision["seen_at"],
    }


def _select_sealed(store: Store, subject: str, gone: Iterable[Row], found: Selection) -> None:
    """Choose the outcomes and the sealed forecasts that state a value that goes."""
    values: dict[tuple[str, str, str], list[Row]] = {}
    for row in gone:
        values.setdefault((row["day"], row["metric"], row["source"]), []).append(row)
    revised = set()
    for row in store.connection.execute(
        "SELECT rowid, * FROM outcomes WHERE subject = ? AND origin = 'import'", (subject,)
    ):
        key = (row["day"], row["metric"], row["measured_by"])
        if any(row["value_ms"] == one["value"] for one in values.get(key, ())):
            found.rows.setdefault("outcomes", []).append(row["rowid"])
            revised.add((*key, row["revision"]))
    for row in store.connection.execute(
        "SELECT seq, kind, target, metric, measured_by, created_at,"
        " json_extract(payload, '$.horizon_days') AS horizon_days,"
        " json_extract(payload, '$.revision') AS revision"
        " FROM entries WHERE subject = ? AND kind IN ('forecast', 'outcome')",
        (subject,),
    ):
        key = (row["target"], row["metric"], row["measured_by"])
        is_outcome = row["kind"] == "outcome"
        if (*key, row["revision"]) in revised if is_outcome else _is_made_of(row, values):
            found.entries.append(row["seq"])
    found.old_rows += [
        row["seq"]
        for row in store.connection.execute(
            "SELECT seq, target, metric, measured_by, created_at, horizon_days FROM ledger_v1"
            " WHERE subject = ? AND source <> 'guess'",
            (subject,),
        )
        if _is_made_of(row, values)
    ]


def _is_made_of(row: Row, values: Mapping[tuple[str, str, str], Sequence[Row]]) -> bool:
    """Whether a sealed forecast was made when a value that goes was the last one known."""
    last = date.fromisoformat(row["target"]) - timedelta(days=row["horizon_days"])
    known = values.get((last.isoformat(), row["metric"], row["measured_by"]), ())
    made_at = datetime.fromisoformat(row["created_at"])
    return any(datetime.fromisoformat(one["seen_at"]) <= made_at for one in known)
