"""A made-up database of Health Connect: years of nights with stages, and HRV every five minutes."""

import random
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from sources.health_connect_rows import HRV, SCHEMA, SLEEP

FIRST_NIGHT = datetime(2016, 1, 1, 22, tzinfo=UTC)
OFFSET_S = 3600  # a person who never travels, in a zone without clock changes
HOURS = 8
EVERY = timedelta(minutes=5)
STAGE = timedelta(minutes=30)
KINDS = (4, 5, 4, 6)  # light, deep, light, REM
SEED = 3


def write_health_connect(path: Path, n_days: int) -> int:
    """Write the database.

    Returns:
        The rows of samples and stages in it.
    """
    draw = random.Random(SEED)  # noqa: S311 - no secret
    sleeps, stages, samples = [], [], []
    for n in range(n_days):
        start = FIRST_NIGHT + timedelta(days=n)
        end = start + timedelta(hours=HOURS)
        day = start.date().toordinal() - FIRST_NIGHT.date().toordinal()
        sleeps.append((1, _ms(start), OFFSET_S, _ms(end), OFFSET_S, day))
        stages += [
            (n + 1, _ms(at), _ms(at + STAGE), KINDS[i % len(KINDS)])
            for i, at in enumerate(start + STAGE * k for k in range((end - start) // STAGE))
        ]
        samples += [
            (1, _ms(start + EVERY * k), OFFSET_S, draw.gauss(45, 8))
            for k in range((end - start) // EVERY)
        ]
    with closing(sqlite3.connect(path)) as db:
        for table, columns in SCHEMA.items():
            db.execute(f"CREATE TABLE {table} ({columns})")
        db.execute(
            "INSERT INTO application_info_table VALUES (1, 'com.example.ring', 'Ring', NULL)"
        )
        db.executemany(
            f"INSERT INTO {SLEEP} (app_info_id, start_time, start_zone_offset, end_time,"  # noqa: S608 - ours
            " end_zone_offset, local_date) VALUES (?, ?, ?, ?, ?, ?)",
            sleeps,
        )
        db.executemany("INSERT INTO sleep_stages_table VALUES (?, ?, ?, ?)", stages)
        db.executemany(
            f"INSERT INTO {HRV} (app_info_id, time, zone_offset,"  # noqa: S608 - ours
            " heart_rate_variability_millis) VALUES (?, ?, ?, ?)",
            samples,
        )
        db.commit()
    return len(stages) + len(samples)


def _ms(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000
