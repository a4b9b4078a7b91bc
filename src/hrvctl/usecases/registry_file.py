"""Publish the ledger and its outcomes for spreadsheets; only mornings that changed are made anew.

A checkpoint says what the published file was made from: the chain up to a row, and of each morning
a digest of its outcomes and of when its night was slept. It is used only for the very file it
describes, and only while the chain has that row.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from hrvctl.domain import tracking
from hrvctl.files import read_file
from hrvctl.records import HRV_METRICS, Measurement, Morning, Outcome
from hrvctl.records.chain import Kind
from hrvctl.records.exclusions import excluded_rows
from hrvctl.store.artifacts import csv_bytes, save_bytes
from hrvctl.store.chain import hash_at, load_appended
from hrvctl.store.checkpoints import load_checkpoint, save_checkpoint
from hrvctl.store.database import Store
from hrvctl.store.exclusions import load_exclusions
from hrvctl.store.ledger import (
    load_head,
    load_outcomes,
    load_sealed_for,
)
from hrvctl.usecases.history import load_nights_measured
from hrvctl.usecases.ledger import sealed_by
from hrvctl.usecases.workspace import Evening, Workspace

# Raised when the same store gives other bytes than before.
FORMAT = 1
# Bytes of a digest (own choice: two mornings in 2**64 are taken for one).
DIGEST_BYTES = 8
# What changes no row but those of its own morning.
OF_ITS_MORNING = frozenset({Kind.FORECAST, Kind.GUESS, Kind.OUTCOME, Kind.CORRECTION})
HEADING = csv_bytes([tracking.REGISTRY_COLUMNS])
METRIC_AND_TARGET = itemgetter(
    tracking.REGISTRY_COLUMNS.index("metric"), tracking.REGISTRY_COLUMNS.index("target")
)

# By metric and morning, the number of rows and the bytes that the file has of them.
Parts = dict[tuple[str, str], tuple[int, bytes]]


def publish_registry(
    store: Store, workspace: Workspace, evening: Evening, *, afresh: bool = False
) -> tuple[Path, int]:
    """Write the ledger and its outcomes for spreadsheets; returns the file and its rows.

    Args:
        store: Open.
        workspace: The home.
        evening: Whose, and which.
        afresh: Whether every row is made anew; the bytes are the same.
    """
    path = workspace.folder(evening) / "predictions_registry.csv"
    checkpoint = workspace.home.cache(evening.subject) / "predictions_registry.json"
    nights = load_nights_measured(store, evening.subject)
    outcomes = [o for o in load_outcomes(store, evening.subject) if o.day <= evening.as_of]
    digests = _digests(nights, outcomes)
    before = None
    if evening.is_live and not afresh:
        before = _published(store, path, load_checkpoint(checkpoint))
    if before is None:
        parts: Parts = {}
        sealed = sealed_by(store, evening, of_tomorrow=False, with_excluded=True)
    else:
        days = before.changed_days(store, evening.subject, digests)
        parts = {key: part for key, part in before.parts.items() if key[1] not in days}
        sealed = load_sealed_for(store, evening.subject, days)
    excluded = excluded_rows(load_exclusions(store))
    rows = tracking.registry(sealed, outcomes, nights, excluded)
    for key, of_morning in groupby(rows, METRIC_AND_TARGET):
        made = list(of_morning)
        parts[key] = len(made), csv_bytes(made)
    ordered = sorted(parts.items(), key=_place)
    content = b"".join((HEADING, *(part for _, (_, part) in ordered)))
    save_bytes(path, content)
    if evening.is_live:
        n_chained, head = load_head(store)
        described = {
            "format": FORMAT,
            "sha256": hashlib.sha256(content).hexdigest(),
            "n_chained": n_chained,
            "head": head,
            "digests": digests,
            "parts": [[*key, n_rows, len(part)] for key, (n_rows, part) in ordered],
        }
        save_checkpoint(checkpoint, described)
    return path, sum(n_rows for n_rows, _ in parts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Published:
    """A published file, and what it was made from.

    Attributes:
        parts: Of the file, its heading aside.
        digests: See ``_digests``.
        n_chained: Length of the chain.
    """

    parts: Parts
    digests: Mapping[str, str]
    n_chained: int

    def changed_days(self, store: Store, subject: str, digests: Mapping[str, str]) -> set[str]:
        """The mornings with another digest, or with a forecast sealed since."""
        days = {
            day
            for day in self.digests.keys() | digests.keys()
            if self.digests.get(day) != digests.get(day)
        }
        appended = load_appended(store, after=self.n_chained)
        return days | {target for _, whose, target in appended if whose == subject and target}


def _published(store: Store, path: Path, checkpoint: dict[str, Any] | None) -> _Published | None:
    """The published file; ``None`` where it is not the one that the checkpoint describes.

    Also where the chain has changed otherwise than by rows that concern their own morning alone.
    """
    if checkpoint is None or checkpoint.get("format") != FORMAT:
        return None
    try:
        n_chained, head = checkpoint["n_chained"], checkpoint["head"]
        if hash_at(store, n_chained) != head or any(
            kind not in OF_ITS_MORNING for kind, _, _ in load_appended(store, after=n_chained)
        ):
            return None
        content = read_file(path)
        if hashlib.sha256(content).hexdigest() != checkpoint["sha256"]:
            return None
        parts: Parts = {}
        begin = len(HEADING)
        for metric, target, n_rows, n_bytes in checkpoint["parts"]:
            parts[metric, target] = n_rows, content[begin : begin + n_bytes]
            begin += n_bytes
        return _Published(parts=parts, digests=checkpoint["digests"], n_chained=n_chained)
    except (OSError, KeyError, TypeError, ValueError):
        return None


def _digests(nights: Mapping[Morning, Measurement], outcomes: Iterable[Outcome]) -> dict[str, str]:
    """By morning, a digest of all that its rows show beside what was sealed."""
    by_day: dict[date, list[tuple[object, ...]]] = defaultdict(list)
    for m in nights.values():
        by_day[m.day].append((m.metric.value, m.source, str(m.start_at), str(m.end_at)))
    for o in outcomes:
        by_day[o.day].append((o.metric.value, o.measured_by, o.revision, o.value_ms))
    return {
        day.isoformat(): hashlib.blake2b(repr(seen).encode(), digest_size=DIGEST_BYTES).hexdigest()
        for day, seen in by_day.items()
    }


def _place(part: tuple[tuple[str, str], object]) -> tuple[bool, str, str]:
    """Where the registry has the rows of a metric and a morning."""
    (metric, target), _ = part
    return metric not in HRV_METRICS, metric, target
