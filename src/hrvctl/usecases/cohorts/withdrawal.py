"""Withdraw a person from a cohort: their nights, forecasts and salt; nothing is left of them."""

from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from hrvctl.errors import NotEnoughData
from hrvctl.store.cohorts.evenings import (
    failures_path,
    json_bytes,
    list_evenings,
    load_chunk,
    load_failures,
    save_table,
)
from hrvctl.store.cohorts.folder import CohortFolder, CohortSettings
from hrvctl.store.cohorts.nights import bucket_of, list_files, load_bucket, load_nights, rewrite
from hrvctl.store.cohorts.people import PEOPLE, is_listed, remove_person
from hrvctl.store.cohorts.salts import delete_salts, load_salts


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What was deleted of a person, without their name.

    Attributes:
        withdrawn_at: When, aware.
        n_nights: Rows of nights.
        n_evenings: Evenings with forecasts of theirs.
        n_forecasts: Sealed forecasts; their hashes stay in the seals and tell nothing of anybody.
        n_salts: Salts, without which nobody can tell which hashes were theirs.
        n_found: Places where they were found in a search afterwards: 0.
    """

    withdrawn_at: datetime
    n_nights: int
    n_evenings: int
    n_forecasts: int
    n_salts: int
    n_found: int


def withdraw(
    folder: CohortFolder, settings: CohortSettings, subject: str, *, now: datetime
) -> Receipt:
    """Delete all that is kept of a person, and search for what is left.

    Sealed evenings still verify: of each forecast its hash stays, which is random to anybody once
    the salt is gone. A withdrawal that was stopped is finished by the next one.

    Raises:
        NotEnoughData: Nothing is kept of this person.
    """
    bucket = bucket_of(subject, settings.buckets)
    folder.remove_parts()  # of a killed import, with nights of theirs perhaps
    if not find_traces(folder, settings, subject):
        raise NotEnoughData(f"nothing is kept of {subject} in {folder.address}")
    n_nights = _delete_nights(folder, bucket, subject, now)
    n_evenings = n_forecasts = 0
    for as_of in list_evenings(folder):
        n_evening = _delete_forecasts(folder, as_of, bucket, subject)
        n_evenings += n_evening is not None
        n_forecasts += n_evening or 0
        failures = load_failures(folder, as_of, bucket)
        if failures.pop(subject, None):
            folder.write(failures_path(as_of, bucket), json_bytes(failures))
    remove_person(folder, subject)
    n_salts = delete_salts(folder, bucket, [subject])
    receipt = Receipt(
        withdrawn_at=now,
        n_nights=n_nights,
        n_evenings=n_evenings,
        n_forecasts=n_forecasts,
        n_salts=n_salts,
        n_found=len(find_traces(folder, settings, subject)),
    )
    folder.write(f"withdrawals/{now:%Y%m%dT%H%M%S%f}.json", json_bytes(receipt))
    return receipt


def find_traces(folder: CohortFolder, settings: CohortSettings, subject: str) -> tuple[str, ...]:
    """Every file of a cohort in which a person is found."""
    bucket = bucket_of(subject, settings.buckets)
    found = [
        path for path in list_files(folder, bucket) if _has(load_nights(folder, [path]), subject)
    ]
    for as_of in list_evenings(folder):
        if subject in load_failures(folder, as_of, bucket):
            found.append(failures_path(as_of, bucket))
        try:
            table = load_chunk(folder, as_of, bucket)[1]
        except FileNotFoundError:
            continue
        if _has(table, subject):
            found.append(f"forecasts of {as_of}")
    if is_listed(folder, subject):
        found.append(PEOPLE)
    if load_salts(folder, bucket, [subject]):
        found.append("salts")
    return tuple(found)


def _has(table: pa.Table, subject: str) -> bool:
    return bool(pc.any(pc.equal(table["subject"], subject)).as_py())


def _delete_nights(folder: CohortFolder, bucket: int, subject: str, now: datetime) -> int:
    nights = load_bucket(folder, bucket)
    others = nights.filter(pc.not_equal(nights["subject"], subject))
    n_deleted: int = nights.num_rows - others.num_rows
    if n_deleted:
        rewrite(folder, bucket, others, at=now)
    return n_deleted


def _delete_forecasts(folder: CohortFolder, as_of: date, bucket: int, subject: str) -> int | None:
    """Leave of a person's row its hashes alone; returns how many, ``None`` without a row."""
    try:
        summary, table = load_chunk(folder, as_of, bucket)
    except FileNotFoundError:
        return None
    rows = table.to_pylist()
    own = [row for row in rows if row["subject"] == subject]
    if not own:
        return None
    for row in own:
        row |= {name: None for name in row if name != "leaves"}
    save_table(folder, as_of, pa.Table.from_pylist(rows, schema=table.schema), summary)
    return sum(len(row["leaves"]) for row in own)
