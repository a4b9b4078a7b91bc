"""Open a WHOOP API dump in any of its shapes, and recognise each of its objects."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.csv_records import load_rows
from hrvctl.sources.kit.json_records import head_keys, open_json
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Record, RecordReader
from hrvctl.sources.kit.table_reader import TableReader

RECOVERY, SLEEP, CYCLE, WORKOUT = "recovery", "sleep", "cycle", "workout"
MIXED = "mixed"
# The private API of before 2022; its objects are cycles with everything of the day in them.
DAYS = "days"
SCORED = "SCORED"


def find_kind(document: Document) -> str | None:
    """Name what a dump holds, by its first keys or its dotted header."""
    names = head_keys(document) or _header_names(document)
    if {"heartRateVariabilityRmssd", "restingHeartRate"} <= names:
        return DAYS
    if "score_state" not in names:
        return None
    found = [
        kind
        for kind, signs in (
            (RECOVERY, {"sleep_id", "hrv_rmssd_milli"}),
            (SLEEP, {"nap", "stage_summary"}),
            (WORKOUT, {"sport_id", "sport_name"}),
        )
        if names & signs
    ]
    # A recovery has no zone: a file with both holds objects with a start and an end as well.
    if found == [RECOVERY] and "timezone_offset" in names:
        return MIXED
    if not found:
        return CYCLE if "timezone_offset" in names else None
    return found[0] if len(found) == 1 else MIXED


def open_dump(document: Document, today: date) -> RecordReader:
    """Read a dump's objects, from JSON or from a table with dotted column names."""
    if head_keys(document):
        return open_json(document, today=today)
    rows, problems = load_rows(document)
    names = [cell.strip() for cell in rows[0].cells] if rows else []
    table = TableReader(document.name, rows, names, today=today, problems=problems)
    records = [
        Record(row.line, "", _nested({name: table.get(row, name) for name in names if name}))
        for row in table.rows
    ]
    return RecordReader(document.name, records, today=today, problems=table.problems, unit="line")


def kind_of(record: Record) -> str:
    """Name the kind of an object; empty if it is not WHOOP's."""
    names = record.content.keys()
    if "start" not in names:
        return RECOVERY if "cycle_id" in names else ""
    if "nap" in names:
        return SLEEP
    return WORKOUT if names & {"sport_id", "sport_name"} else CYCLE


def newest_only(dumps: Iterable[RecordReader]) -> list[list[Record]]:
    """Keep, of objects that are in several pages or files, the one updated last.

    Returns:
        One list a dump; the others are counted in its ``skipped``.
    """
    dumps = list(dumps)
    newest: dict[tuple[str, str], tuple[str, int, Record]] = {}
    kept: list[list[Record]] = [[] for _ in dumps]
    for place, dump in enumerate(dumps):
        for record in dump.records:
            kind = kind_of(record)
            key = identity(record.content.get("cycle_id" if kind == RECOVERY else "id"))
            if not kind:
                dump.skipped["record that is not WHOOP's"] += 1
            elif not key:
                kept[place].append(record)
            else:
                updated = str(record.content.get("updated_at") or "")
                rival = newest.get((kind, key))
                if rival:
                    dump.skipped["repeated record"] += 1
                if not rival or updated >= rival[0]:
                    newest[kind, key] = updated, place, record
    for _, place, record in newest.values():
        kept[place].append(record)
    return kept


def is_scored(dump: RecordReader, record: Record) -> bool:
    """Whether an object has its score; if not, count it in ``skipped``."""
    state = str(record.content.get("score_state") or SCORED).upper()
    if state == SCORED:
        return True
    dump.skipped[
        "record not scored yet" if state == "PENDING_SCORE" else "record without a score"
    ] += 1
    return False


def zone_of(record: Record) -> tzinfo | None:
    """Return the zone an object was recorded in, ``None`` if it has none."""
    return cell_values.zone(str(record.content.get("timezone_offset") or ""))


def moment_in(dump: RecordReader, record: Record, path: str, zone: tzinfo) -> datetime | None:
    """Read an instant (UTC if it has no offset) as local time in a zone."""
    moment = dump.moment(record, path)
    if moment is None:
        return None
    local = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone)
    return local if dump.is_possible(record, path, local.date()) else None


def identity(raw: object) -> str:
    """Return an id as text; pandas writes whole numbers in a column with gaps as 300000001.0."""
    return str(raw).removesuffix(".0") if raw not in (None, "") else ""


def _header_names(document: Document) -> frozenset[str]:
    rows = cell_values.first_rows(document.head, 1)
    cells = rows[0].cells if rows else ()
    return frozenset(part for cell in cells for part in cell.strip().split("."))


def _nested(cells: Mapping[str, str]) -> Mapping[str, object]:
    """Undo pandas' flattening: ``{"score.strain": "6.4"}`` to ``{"score": {"strain": "6.4"}}``."""
    found: dict[str, Any] = {}
    for name, text in cells.items():
        *parents, last = name.split(".")
        inner = found
        for parent in parents:
            nested = inner.get(parent)
            # pandas writes a null as an empty column `score` among the dotted ones.
            inner[parent] = inner = nested if isinstance(nested, dict) else {}
        if not isinstance(inner.get(last), dict):
            inner[last] = text
    return found
