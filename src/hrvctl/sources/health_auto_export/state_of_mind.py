"""Apple's states of mind, which Health Auto Export writes, as answers of a journal."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from math import fsum

from hrvctl.records import JournalEntry
from hrvctl.sources.kit.cell_values import normalise
from hrvctl.sources.kit.journal_answers import YES, one_a_day
from hrvctl.sources.kit.record_reader import Record, RecordReader

LIST = "stateOfMind"
MARKS = frozenset({LIST, "valence", "start"})
MOOD, DAILY = "mood", "dailymood"
# Labels that say more than the mood; the numbers of some dumps are not read.
LABELS: Mapping[str, str] = {
    "stressed": "stress",
    "overwhelmed": "stress",
    "anxious": "anxiety",
    "worried": "anxiety",
    "drained": "fatigue",
}


def read_states(
    file: RecordReader, records: Sequence[Record], source: str
) -> tuple[JournalEntry, ...]:
    """Read each day's mood, as the share of the scale from very unpleasant, and its labels.

    The mood of a day is the one noted for all of it, else the mean of its moments. Its day is the
    local date of its start.
    """
    daily: defaultdict[date, list[float]] = defaultdict(list)
    moments: defaultdict[date, list[float]] = defaultdict(list)
    found: list[JournalEntry] = []
    for record in records:
        at, valence = file.moment(record, "start"), record.content.get("valence")
        if at is None or not isinstance(valence, int | float) or not -1 <= valence <= 1:
            file.skipped["state of mind without its time or valence"] += 1
            continue
        is_daily = normalise(file.text(record, "kind")).replace("_", "") == DAILY
        (daily if is_daily else moments)[at.date()].append((valence + 1) / 2)
        labels = record.content.get("labels")
        for label in labels if isinstance(labels, list) else ():
            if tag := LABELS.get(normalise(str(label)), ""):
                text = str(label)
                found.append(
                    JournalEntry(day=at.date(), tag=tag, value=YES, text=text, source=source)
                )
    for day, shares in (moments | daily).items():
        share = fsum(shares) / len(shares)
        text = f"valence {2 * share - 1:.2g}"
        found.append(JournalEntry(day=day, tag=MOOD, value=share, text=text, source=source))
    return one_a_day(found)
