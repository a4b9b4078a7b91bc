"""Databases of made-up people, as StrapLog writes them."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from typing import NamedTuple

from hrvctl.sources.kit.protocol import Document
from sources.exports import document_of
from sources.nights_abroad import Night, ms
from sources.recordings_abroad import beats


class Recorded(NamedTuple):
    """A recording: when it began, its intervals in ms, and what the person did."""

    at: datetime
    intervals: Sequence[float]
    activity: str = "rest"
    with_zone: bool = True


def database(*recordings: Recorded) -> bytes:
    """Make a database of recordings, whose times of beats jitter."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute(
            "CREATE TABLE recording(id INTEGER PRIMARY KEY, name TEXT, activity TEXT,"
            " started_at_ms INTEGER, ended_at_ms INTEGER, tz_offset_s INTEGER)"
        )
        db.execute(
            "CREATE TABLE beat(id INTEGER PRIMARY KEY,"
            " recording_id INTEGER REFERENCES recording(id),"
            " t_end_ms_est INTEGER, rr_ms REAL, rr_1024 INTEGER)"
        )
        for key, one in enumerate(recordings, 1):
            offset = one.at.utcoffset()
            east = round(offset.total_seconds()) if offset and one.with_zone else None
            began = ms(one.at)
            row = (key, "morning", one.activity, began, None, east if one.with_zone else None)
            db.execute("INSERT INTO recording VALUES (?, ?, ?, ?, ?, ?)", row)
            now = began
            for place, interval in enumerate(one.intervals):
                now += round(interval)
                beat = (key, now + place % 3 * 7, interval, round(interval * 1.024))
                db.execute(
                    "INSERT INTO beat(recording_id, t_end_ms_est, rr_ms, rr_1024)"
                    " VALUES (?, ?, ?, ?)",
                    beat,
                )
        db.commit()
        return db.serialize()


def mornings(nights: Sequence[Night]) -> list[Document]:
    """Write a database a morning."""
    return [
        document_of(database(Recorded(n.measured, beats(n))), f"{i}.sqlite")
        for i, n in enumerate(nights)
    ]
