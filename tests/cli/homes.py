"""Made-up exports, and the traces a command leaves in a home."""

import hashlib
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

from hrvctl.samples.people import draw_people
from hrvctl.samples.simulation import simulate_until
from hrvctl.samples.whoop_export import write_export
from hrvctl.store.home import Home

# Enough for every model, the normal range and an 80 % interval.
N_DAYS = 30


def make_export(folder: Path, *, last_day: date, seed: int = 4) -> Path:
    """Write the export of a made-up person whose last night ended on a day."""
    (traits,) = draw_people(1, seed)
    person = simulate_until(traits, last_day=last_day, n_days=N_DAYS, seed=seed)
    write_export(person, folder)
    return folder


def tree(root: Path) -> dict[str, str]:
    """Every folder and file below, and the hash of what it holds; empty when there is nothing."""
    return {
        str(path.relative_to(root)): hashlib.sha256(
            path.read_bytes() if path.is_file() else b""
        ).hexdigest()
        for path in sorted(root.rglob("*"))
    }


def rows(home: Home) -> list[str]:
    """Everything that is stored, as SQL."""
    with closing(sqlite3.connect(home.database)) as connection:
        return list(connection.iterdump())
