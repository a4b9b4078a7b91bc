"""Look up single rows of the ledger's chain, without what is in them."""

from hrvctl.store.database import Store


def load_appended(store: Store, *, after: int) -> list[tuple[str, str | None, str | None]]:
    """Load what was appended to the chain after a place: kind, subject and ISO date of each."""
    rows = store.connection.execute(
        "SELECT kind, subject, target FROM entries WHERE seq > ? ORDER BY seq", (after,)
    )
    return [(kind, subject, target) for kind, subject, target in rows]


def hash_at(store: Store, seq: int) -> str | None:
    """The hash of the row at a place of the chain; ``None`` where there is none."""
    row = store.connection.execute(
        "SELECT hash FROM ledger_v1 WHERE seq = ?1 UNION ALL SELECT hash FROM entries"
        " WHERE seq = ?1",
        (seq,),
    ).fetchone()
    return row[0] if row else None
