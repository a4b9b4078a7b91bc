"""Choose the revision that stood at an instant, and withdraw a value that its vendor took back."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import groupby
from operator import itemgetter
from sqlite3 import Row

from hrvctl.records import Metric
from hrvctl.store.database import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """What was not yet stored at an instant.

    Attributes:
        n_days: Days with an HRV up to the day asked for that was first stored later.
        n_all: Days with an HRV up to the day asked for.
        n_unknown: Values and answers that were revised later by an hrvctl that did not keep what
            they were before.
    """

    n_days: int
    n_all: int
    n_unknown: int


def count_later(store: Store, subject: str, *, until: date, seen_by: datetime) -> Later:
    """Count what was first stored after an instant, or whose value at that instant is unknown."""
    days: dict[str, bool] = {}
    is_seen = _is_seen(seen_by)
    for row in store.connection.execute(
        "SELECT day, seen_at FROM measurement_revisions"
        " WHERE subject = ? AND day <= ? AND metric LIKE 'hrv%'",
        (subject, until.isoformat()),
    ):
        days[row["day"]] = days.get(row["day"], False) or is_seen(row["seen_at"])
    unknown = store.connection.execute(
        "SELECT seen_at, ended_at FROM measurement_history"
        " WHERE subject = ?1 AND day <= ?2 AND value IS NULL"
        " UNION ALL SELECT seen_at, ended_at FROM journal_history"
        " WHERE subject = ?1 AND day <= ?2 AND value IS NULL",
        (subject, until.isoformat()),
    )
    return Later(
        n_days=sum(not known for known in days.values()),
        n_all=len(days),
        n_unknown=sum(is_seen(row["seen_at"]) and not is_seen(row["ended_at"]) for row in unknown),
    )


def revisions_at(
    rows: Iterable[Row],
    keys: tuple[str, str, str],
    at: datetime,
    is_taken_by_date: Callable[[Row], bool],
) -> Iterator[Row]:
    """Choose of every key's revisions the one that stood at an instant.

    Args:
        rows: Revisions, those of one key together and in order.
        keys: The columns that make a key.
        at: The instant; what was stored at it is included.
        is_taken_by_date: Whether a key first stored later is included, with its first revision.

    Yields:
        A row a key; where the value that stood is unknown, the next one that is known.
    """
    is_seen = _is_seen(at)
    for _, group in groupby(rows, key=itemgetter(*keys)):
        revisions = list(group)
        place = max((i for i, row in enumerate(revisions) if is_seen(row["seen_at"])), default=-1)
        if place < 0:
            if not is_taken_by_date(revisions[0]):
                continue
            place = 0
        row = revisions[place]
        if row["ended_by"] == "withdrawal" and is_seen(row["ended_at"]):
            continue
        known = (row for row in revisions[place:] if row["value"] is not None)
        if (one := next(known, None)) is not None:
            yield one


def _is_seen(at: datetime) -> Callable[[str], bool]:
    """A test whether a stored instant is not after another; few are different."""
    return cache(lambda text: datetime.fromisoformat(text) <= at)


def withdraw_measurements(
    store: Store, subject: str, keys: Iterable[tuple[date, Metric, str]], *, at: datetime
) -> None:
    """Withdraw values that their vendor took back; the history keeps them.

    Args:
        store: Open, in a transaction.
        subject: Whose.
        keys: Day, metric and source of each value.
        at: When it was seen that they were taken back.
    """
    for day, metric, source in keys:
        _withdraw(
            store,
            ("measurement", "measurements", "metric"),
            ("value", "start_at", "end_at", "import_id"),
            (subject, day.isoformat(), metric.value, source),
            at,
        )


def withdraw_answers(
    store: Store, subject: str, day: date, source: str, tags: Iterable[str], *, at: datetime
) -> None:
    """Withdraw answers that are no longer read out of a day's text; the history keeps them.

    Call it inside a transaction.
    """
    for tag in tags:
        _withdraw(
            store,
            ("journal", "journal", "tag"),
            ("value", "text", "note", "unit", "at"),
            (subject, day.isoformat(), tag, source),
            at,
        )


def _withdraw(
    store: Store,
    names: tuple[str, str, str],
    columns: tuple[str, ...],
    key: tuple[str, str, str, str],
    at: datetime,
) -> None:
    history, table, name = names
    listed = ", ".join(("subject", "day", name, "source", *columns))
    where = f"WHERE (subject, day, {name}, source) = (?1, ?2, ?3, ?4)"
    store.connection.execute(
        f"INSERT INTO {history}_history ({listed}, seen_at, ended_at, ended_by)"  # noqa: S608 - our own names
        f" SELECT {listed}, coalesce(revised_at, first_seen_at), ?5, 'withdrawal'"
        f" FROM {table} {where}",
        (*key, at.isoformat()),
    )
    store.connection.execute(f"DELETE FROM {table} {where}", key)  # noqa: S608 - our own names
