"""Load the entries that leave sealed rows out of every score, or take them in again."""

import json
from datetime import date

from hrvctl.records.exclusions import Exclusion
from hrvctl.store.database import Store


def load_exclusions(store: Store) -> tuple[Exclusion, ...]:
    """Load them in the order of the chain."""
    cursor = store.connection.cursor()
    cursor.row_factory = None
    # They have no subject: the clock is the machine's. So the index finds them among many rows.
    rows = cursor.execute(
        "SELECT seq, payload FROM entries"
        " WHERE subject IS NULL AND kind = 'exclusion' AND payload IS NOT NULL ORDER BY seq"
    )
    return tuple(_exclusion(seq, json.loads(payload)) for seq, payload in rows)


def _exclusion(seq: int, content: dict[str, object]) -> Exclusion:
    rows, days = content.get("rows", []), content.get("sealed_on", [])
    if not isinstance(rows, list) or not isinstance(days, list):
        raise TypeError(f"entry {seq} is not an exclusion")
    return Exclusion(
        seq=seq,
        rows=frozenset(rows),
        sealed_on=frozenset(map(date.fromisoformat, days)),
        reason=str(content.get("reason", "")),
        is_undone=bool(content.get("is_undone")),
    )
