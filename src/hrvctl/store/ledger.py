"""Load and append sealed forecasts, guesses and outcomes; no row is ever changed or deleted."""

import json
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import fields
from datetime import date, datetime
from functools import lru_cache

from hrvctl.errors import SealRefused
from hrvctl.records import (
    GUESS,
    HRV_METRICS,
    Forecast,
    Guess,
    MadeWith,
    Metric,
    Morning,
    Outcome,
    SealedForecast,
)
from hrvctl.records.chain import Entry
from hrvctl.records.exclusions import excluded_rows
from hrvctl.store.database import Store
from hrvctl.store.exclusions import load_exclusions
from hrvctl.store.heads import present_head

MADE_WITH = tuple(field.name for field in fields(MadeWith))
SELECT_ROWS = (
    "SELECT seq, subject, target, horizon_days, source, metric, measured_by, mean_ms,"  # noqa: S608
    " quantiles_ms, as_of, created_at, run_id, inputs_sha256, prev_hash, hash,"
    f" {', '.join(MADE_WITH)} FROM ledger_v1 LEFT JOIN ledger_made USING (seq, subject)"
)
SELECT_ENTRIES = (
    "SELECT seq, created_at, prev_hash, hash, salt, payload FROM entries"
    " WHERE kind IN ('forecast', 'guess')"
)
# Of one subject, and of the mornings of a JSON list.
OF_DAYS = "subject = ?1 AND target IN (SELECT value FROM json_each(?2))"
OF_TOMORROW = f"lead = 1 AND metric IN ({', '.join(repr(str(m)) for m in HRV_METRICS)})"


def load_head(store: Store) -> tuple[int, str]:
    """The length of the chain and the hash of its last row; (0, 64 zeros) when empty."""
    return present_head(store.connection)


def load_sealed(
    store: Store,
    subject: str | None = None,
    *,
    after: date = date.min,
    sources: Collection[str] = (),
    of_tomorrow: bool = True,
    with_excluded: bool = False,
) -> list[SealedForecast]:
    """Load sealed forecasts, ordered by seq.

    Args:
        store: Open.
        subject: Whose; ``None`` for all.
        after: The day before the first morning.
        sources: Of which forecasters; empty for all.
        of_tomorrow: Only those of the next morning's HRV; else also those of later mornings,
            of the resting heart rate and of the respiratory rate.
        with_excluded: Also those that were left out of every score by hand.
    """
    # Two conditions: one with "?1 IS NULL OR" would not use the index on the subject.
    of_rows = "target > ?2" if subject is None else "subject = ?1 AND target > ?2"
    of_entries = f"{of_rows} AND {OF_TOMORROW}" if of_tomorrow else of_rows
    given: tuple[object, ...] = (subject, after.isoformat())
    if sources:
        of_rows += " AND source IN (SELECT value FROM json_each(?3))"
        of_entries += " AND json_extract(payload, '$.source') IN (SELECT value FROM json_each(?3))"
        given = (*given, json.dumps([*sources]))
    sealed = _load_sealed(store, of_rows, of_entries, given)
    excluded = set() if with_excluded else excluded_rows(load_exclusions(store))
    return [row for row in sealed if row.seq not in excluded] if excluded else sealed


def load_sealed_for(store: Store, subject: str, days: Collection[str]) -> list[SealedForecast]:
    """Load every sealed forecast of some mornings, ordered by seq, also those left out by hand.

    Args:
        store: Open.
        subject: Whose.
        days: ISO dates.
    """
    return _load_sealed(store, OF_DAYS, OF_DAYS, (subject, json.dumps([*days])))


def _load_sealed(
    store: Store, of_rows: str, of_entries: str, given: tuple[object, ...]
) -> list[SealedForecast]:
    """Load the rows of the old format and the entries of which a condition each is true."""
    cursor = store.connection.cursor()
    cursor.row_factory = None
    rows = cursor.execute(f"{SELECT_ROWS} WHERE {of_rows} ORDER BY seq", given).fetchall()
    entries = cursor.execute(f"{SELECT_ENTRIES} AND {of_entries} ORDER BY seq", given).fetchall()
    return [*(_sealed(*row) for row in rows), *(_sealed_entry(*entry) for entry in entries)]


def load_mornings(store: Store, subject: str, days: Collection[str]) -> list[Morning]:
    """Load the mornings with a sealed forecast: target, metric and measuring source, in order.

    Args:
        store: Open.
        subject: Whose.
        days: ISO dates of the mornings to look for.
    """
    rows = store.connection.execute(
        f"SELECT target, metric, measured_by FROM ledger_v1 WHERE {OF_DAYS} UNION"  # noqa: S608
        " SELECT target, metric, measured_by FROM entries WHERE kind IN ('forecast', 'guess')"
        f" AND {OF_DAYS} ORDER BY target, metric, measured_by",
        (subject, json.dumps([*days])),
    )
    return [(date.fromisoformat(target), Metric(metric), by) for target, metric, by in rows]


def load_targets(store: Store, subject: str) -> set[date]:
    """Load the mornings whose HRV a model forecast on the evening before; see ``load_sealed``."""
    rows = store.connection.execute(
        "SELECT seq, target FROM ledger_v1 WHERE subject = ?1 AND source <> ?2"  # noqa: S608
        " UNION ALL SELECT seq, target FROM entries WHERE subject = ?1 AND kind = 'forecast'"
        f" AND {OF_TOMORROW}",
        (subject, GUESS),
    )
    excluded = excluded_rows(load_exclusions(store))
    targets = {target for seq, target in rows if seq not in excluded}
    return {date.fromisoformat(target) for target in targets}


def load_chain(store: Store, *, first: int = 1) -> list[tuple[object, ...]]:
    """Load the chain exactly as stored, one tuple per row or entry, ``hash`` last, to verify it.

    Of a row of format 1 that was forgotten its place and its two hashes are left.
    Undecodable bytes become surrogates, so that damage fails the hash instead of the read.

    Args:
        store: Open.
        first: Place of the first row.
    """
    cursor = store.connection.cursor()
    cursor.row_factory = None
    text_factory = store.connection.text_factory
    store.connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    try:
        erased = cursor.execute(
            "SELECT seq, prev_hash, hash FROM erased_rows WHERE seq >= ?", (first,)
        ).fetchall()
        rows = cursor.execute("SELECT * FROM ledger_v1 WHERE seq >= ?", (first,)).fetchall()
        return [
            *sorted([*rows, *erased], key=lambda row: row[0]),
            *cursor.execute(
                "SELECT salt, payload, seq, v, kind, created_at, payload_sha256, prev_hash, hash"
                " FROM entries WHERE seq >= ? ORDER BY seq",
                (first,),
            ).fetchall(),
        ]
    finally:
        store.connection.text_factory = text_factory


def append_sealed(store: Store, rows: Iterable[SealedForecast]) -> None:
    """Append rows to the chain; call it inside the transaction that read the head.

    Raises:
        SealRefused: The target's morning had begun or its outcome is known.
    """
    for row in rows:
        try:
            append_entry(store, row.entry())
        except sqlite3.IntegrityError as error:
            raise SealRefused(
                f"the forecast of {row.forecast.source} for {row.forecast.target} was not sealed:"
                f" {error}"
            ) from error


def append_entry(store: Store, entry: Entry) -> None:
    """Append an entry to the chain; call it inside the transaction that read the head."""
    store.connection.execute(
        "INSERT INTO entries (salt, payload, seq, v, kind, created_at, payload_sha256, prev_hash,"
        " hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        entry.stored(),
    )
    store.connection.execute(
        "INSERT INTO ledger_head (id, n, hash) VALUES (1, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET n = excluded.n, hash = excluded.hash",
        (entry.seq, entry.hash),
    )


def has_outcome(store: Store, subject: str, day: date, metric: Metric, measured_by: str) -> bool:
    """Whether the outcome of a morning is in the store, measured or entered by hand."""
    row = store.connection.execute(
        "SELECT EXISTS (SELECT 1 FROM measurements WHERE (subject, day, metric, source) = ("
        "?1, ?2, ?3, ?4)) OR EXISTS (SELECT 1 FROM outcomes WHERE (subject, day, metric,"
        " measured_by) = (?1, ?2, ?3, ?4))",
        (subject, day.isoformat(), metric.value, measured_by),
    ).fetchone()
    return bool(row[0])


def load_guesses(store: Store, subject: str) -> list[Guess]:
    """Load every guess in the order it was made."""
    rows = store.connection.execute(
        "SELECT target, hrv_ms, made_at FROM guesses WHERE subject = ? ORDER BY id", (subject,)
    )
    return [
        Guess(
            target=date.fromisoformat(row["target"]),
            hrv_ms=row["hrv_ms"],
            made_at=datetime.fromisoformat(row["made_at"]),
        )
        for row in rows
    ]


def save_guess(store: Store, subject: str, guess: Guess) -> None:
    """Record a guess.

    Raises:
        SealRefused: The morning it is for had begun.
    """
    try:
        store.connection.execute(
            "INSERT INTO guesses (subject, target, hrv_ms, made_at) VALUES (?, ?, ?, ?)",
            (subject, guess.target.isoformat(), guess.hrv_ms, guess.made_at.isoformat()),
        )
    except sqlite3.IntegrityError as error:
        raise SealRefused(f"the guess for {guess.target} is locked: its morning has begun") from (
            error
        )


def load_outcomes(store: Store, subject: str) -> list[Outcome]:
    """Load every revision of every outcome, ordered by day, metric, source, revision."""
    rows = store.connection.execute(
        "SELECT * FROM outcomes WHERE subject = ? ORDER BY day, metric, measured_by, revision",
        (subject,),
    )
    return [
        Outcome(
            day=date.fromisoformat(row["day"]),
            metric=Metric(row["metric"]),
            measured_by=row["measured_by"],
            revision=row["revision"],
            value_ms=row["value_ms"],
            recorded_at=datetime.fromisoformat(row["recorded_at"]),
            origin=row["origin"],
            reason=row["reason"],
        )
        for row in rows
    ]


def append_outcomes(store: Store, subject: str, outcomes: Iterable[Outcome]) -> None:
    """Append revisions of outcomes; earlier revisions stay."""
    store.connection.executemany(
        "INSERT INTO outcomes (subject, day, metric, measured_by, revision, value_ms, recorded_at,"
        " origin, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                subject,
                o.day.isoformat(),
                o.metric.value,
                o.measured_by,
                o.revision,
                o.value_ms,
                o.recorded_at.isoformat(),
                o.origin,
                o.reason,
            )
            for o in outcomes
        ),
    )


def load_all_outcomes(store: Store) -> dict[str, list[Outcome]]:
    """Load every revision of every outcome, by subject; each as of ``load_outcomes``."""
    subjects = store.connection.execute("SELECT DISTINCT subject FROM outcomes ORDER BY 1")
    return {subject: load_outcomes(store, subject) for (subject,) in subjects.fetchall()}


def has_chained_outcomes(store: Store) -> bool:
    """Whether an outcome was appended to the chain; homes of older versions have none there."""
    row = store.connection.execute(
        "SELECT EXISTS (SELECT 1 FROM entries WHERE kind IN ('outcome', 'correction'))"
    ).fetchone()
    return bool(row[0])


def last_forgotten(store: Store) -> datetime | None:
    """When something was forgotten last: of all subjects, for a receipt names none."""
    # They have no subject: so the index finds them among many rows.
    rows = store.connection.execute(
        "SELECT created_at FROM entries WHERE subject IS NULL AND kind = 'receipt'"
    )
    return max((datetime.fromisoformat(row["created_at"]) for row in rows), default=None)


def count_forgotten(store: Store) -> int:
    """Number of rows of the chain whose content was forgotten, of all subjects."""
    (n,) = store.connection.execute(
        "SELECT (SELECT count(*) FROM entries WHERE payload IS NULL)"
        " + (SELECT count(*) FROM erased_rows)"
    ).fetchone()
    return int(n)


def load_guessed(store: Store) -> set[tuple[str, str, float]]:
    """Load every guess of every subject: subject, morning and ms."""
    rows = store.connection.execute("SELECT subject, target, hrv_ms FROM guesses")
    return {(row["subject"], row["target"], row["hrv_ms"]) for row in rows}


def damage(store: Store) -> list[str]:
    """The faults of the file that SQLite's integrity check finds; empty when it is sound."""
    found = [row[0] for row in store.connection.execute("PRAGMA integrity_check")]
    return [] if found == ["ok"] else found


# The ops of one evening load the chain several times, and rows never change. The size is ten years
# of seven sources, with room.
@lru_cache(maxsize=32_768)
def _sealed(
    seq: int,
    subject: str,
    target: str,
    horizon_days: int,
    source: str,
    metric: str,
    measured_by: str,
    mean_ms: float,
    quantiles_ms: str,
    as_of: str,
    created_at: str,
    run_id: str,
    inputs_sha256: str,
    prev_hash: str,
    noted_hash: str,
    *made: str,
) -> SealedForecast:
    quantiles = json.loads(quantiles_ms)
    return SealedForecast(
        seq=seq,
        subject=subject,
        forecast=Forecast(
            target=date.fromisoformat(target),
            horizon_days=horizon_days,
            source=source,
            mean_ms=mean_ms,
            quantiles_ms={float(level): value for level, value in quantiles.items()},
        ),
        metric=Metric(metric),
        measured_by=measured_by,
        as_of=date.fromisoformat(as_of),
        created_at=datetime.fromisoformat(created_at),
        run_id=run_id,
        inputs_sha256=inputs_sha256,
        prev_hash=prev_hash,
        hash=noted_hash,
        v=1,
        made=MadeWith(**dict(zip(MADE_WITH, made, strict=True))) if made[0] else None,
    )


@lru_cache(maxsize=32_768)
def _sealed_entry(
    seq: int, created_at: str, prev_hash: str, noted_hash: str, salt: str, payload: str
) -> SealedForecast:
    content = json.loads(payload)
    return SealedForecast(
        seq=seq,
        subject=content["subject"],
        forecast=Forecast(
            target=date.fromisoformat(content["target"]),
            horizon_days=content["horizon_days"],
            source=content["source"],
            mean_ms=content["mean"],
            quantiles_ms={float(level): ms for level, ms in content["quantiles"].items()},
        ),
        metric=Metric(content["metric"]),
        measured_by=content["measured_by"],
        as_of=date.fromisoformat(content["as_of"]),
        created_at=datetime.fromisoformat(created_at),
        run_id=content["run_id"],
        inputs_sha256=content["inputs_sha256"],
        prev_hash=prev_hash,
        hash=noted_hash,
        lead=content["lead"],
        salt=salt,
        made=content["made"] and MadeWith(**content["made"]),
    )
