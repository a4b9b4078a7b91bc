"""The objects of a WHOOP API dump, whatever shape it was saved in, and what each of them is."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from hrvctl.sources.kit import cell_values, json_records
from hrvctl.sources.kit.json_records import Entry
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import Entries
from hrvctl.sources.kit.table_reader import Sheet, load_rows

RECOVERY, SLEEP, CYCLE, WORKOUT = "recovery", "sleep", "cycle", "workout"
MIXED = "mixed"
# The private API of before 2022; its objects are cycles with everything of the day in them.
DAYS = "days"
SCORED = "SCORED"


def find_kind(document: Document) -> str | None:
    """Name what a dump holds by the keys, or the dotted header, of its beginning."""
    names = json_records.head_keys(document) or _header_names(document)
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
    # A recovery has no zone: where one stands, something with a start and an end is there too.
    if found == [RECOVERY] and "timezone_offset" in names:
        return MIXED
    if not found:
        return CYCLE if "timezone_offset" in names else None
    return found[0] if len(found) == 1 else MIXED


def open_dump(document: Document, today: date) -> Entries:
    """Read a dump's objects, from JSON or from a table with dotted column names."""
    if json_records.head_keys(document):
        found, problems = json_records.load_entries(document)
        return Entries(document.name, found, today=today, problems=problems)
    rows, problems = load_rows(document)
    names = [cell.strip() for cell in rows[0].cells] if rows else []
    sheet = Sheet(document.name, rows, names, today=today, problems=problems)
    found = [
        Entry(row.line, "", _nested({name: sheet.cell(row, name) for name in names if name}))
        for row in sheet.rows
    ]
    return Entries(document.name, found, today=today, problems=sheet.problems, unit="line")


def kind_of(entry: Entry) -> str:
    """Name what an object is; empty for what is none of WHOOP's."""
    names = entry.content.keys()
    if "start" not in names:
        return RECOVERY if "cycle_id" in names else ""
    if "nap" in names:
        return SLEEP
    return WORKOUT if names & {"sport_id", "sport_name"} else CYCLE


def newest_only(dumps: Iterable[Entries]) -> list[list[Entry]]:
    """Of objects that stand in several pages or files keep the one updated last, where it stands.

    Returns:
        One list a dump; what is left out is counted in its ``skipped``.
    """
    dumps = list(dumps)
    newest: dict[tuple[str, str], tuple[str, int, Entry]] = {}
    kept: list[list[Entry]] = [[] for _ in dumps]
    for place, dump in enumerate(dumps):
        for entry in dump.entries:
            kind = kind_of(entry)
            key = identity(entry.content.get("cycle_id" if kind == RECOVERY else "id"))
            if not kind:
                dump.skipped["no record of WHOOP's"] += 1
            elif not key:
                kept[place].append(entry)
            else:
                updated = str(entry.content.get("updated_at") or "")
                rival = newest.get((kind, key))
                if rival:
                    dump.skipped["repeated record"] += 1
                if not rival or updated >= rival[0]:
                    newest[kind, key] = updated, place, entry
    for _, place, entry in newest.values():
        kept[place].append(entry)
    return kept


def is_scored(dump: Entries, entry: Entry) -> bool:
    """Whether an object has its score; if not, that is counted in ``skipped``."""
    state = str(entry.content.get("score_state") or SCORED).upper()
    if state == SCORED:
        return True
    dump.skipped["not scored yet" if state == "PENDING_SCORE" else "not scorable"] += 1
    return False


def zone_of(entry: Entry) -> tzinfo | None:
    """The zone an object was recorded in, ``None`` where it does not say."""
    return cell_values.zone(str(entry.content.get("timezone_offset") or ""))


def moment_in(dump: Entries, entry: Entry, path: str, zone: tzinfo) -> datetime | None:
    """Read an instant, which is UTC where it has no offset, as the clock in a zone had it."""
    moment = dump.moment(entry, path)
    if moment is None:
        return None
    local = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone)
    return local if dump.is_possible(entry, path, local.date()) else None


def identity(raw: object) -> str:
    """An id as text; pandas writes the whole numbers of a column with gaps as 300000001.0."""
    return str(raw).removesuffix(".0") if raw not in (None, "") else ""


def _header_names(document: Document) -> frozenset[str]:
    rows = cell_values.first_rows(document.head, 1)
    cells = rows[0].cells if rows else ()
    return frozenset(part for cell in cells for part in cell.strip().split("."))


def _nested(cells: Mapping[str, str]) -> Mapping[str, Any]:
    """Undo pandas: ``{"score.strain": "6.4"}`` was ``{"score": {"strain": 6.4}}``."""
    found: dict[str, Any] = {}
    for name, text in cells.items():
        *parents, last = name.split(".")
        inner = found
        for parent in parents:
            held = inner.get(parent)
            # An empty column `score` beside the dotted ones is what pandas makes of null.
            inner[parent] = inner = held if isinstance(held, dict) else {}
        if not isinstance(inner.get(last), dict):
            inner[last] = text
    return found
