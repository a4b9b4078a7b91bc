"""Oura's tags as answers of a journal: a tag is a yes, and no tag is no answer.

No list of the codes is published. One behaviour has up to two, ``tag_sleep_...`` for what spoils
the night and ``tag_generic_...``, and words are partly run together; those below were seen in
dumps.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta

from hrvctl.records import JournalEntry
from hrvctl.sources.kit.cell_values import normalise
from hrvctl.sources.kit.journal_answers import NO, YES, one_a_day
from hrvctl.sources.kit.record_reader import Record, RecordReader

# The keys by which tags are recognised, and those of the API until 2023, which are common words,
# so that there may be no others but those around them.
TAG, TAG_MARKS = "tags", frozenset({"tag_type_code", "start_time"})
OLD_TAG, OLD_MARKS = "old_tags", frozenset({"day", "text", "timestamp", "tags"})
AROUND = frozenset({"id", "data", "next_token"})
CUSTOM = "custom"
PREFIX = re.compile(r"^(?:tag_)?(?:sleep|generic)_(?!aid$|mask$)|^tag_")
# Our tag for a code without its prefix, where the two differ.
ALIASES: Mapping[str, str] = {
    **dict.fromkeys(("beer", "wine", "liquor", "drinks", "cocktail"), "alcohol"),
    **dict.fromkeys(("coffee", "energy_drink"), "caffeine"),
    **dict.fromkeys(("cold", "flu", "illness"), "sick"),
    **dict.fromkeys(("stressful_day", "stressful_event"), "stress"),
    **dict.fromkeys(("sex", "intimacy"), "sexual_activity"),
    **dict.fromkeys(("breathing_exercise", "breathing"), "breathwork"),
    **dict.fromkeys(("ear_plugs", "sleep_mask", "weighted_blanket"), "sleep_gear"),
    **dict.fromkeys(("airplane", "flight"), "travel"),
    "latemeal": "late_meal",
    "late_screentime": "screen_time",
    "screentime": "screen_time",
    "latework": "late_work",
    "lateworkout": "late_exercise",
    "socialgathering": "social",
    "social_gathering": "social",
    "reading_before_bed": "read_in_bed",
    "spicy_meal": "spicy_food",
    "workout": "exercise",
    "migraine": "headache",
    "allergies": "allergy",
    "injured": "injury",
    "period": "menstruating",
    "shift_work": "night_shift",
    "hydration": "hydrated",
    "journal": "journaling",
    "morning_sunlight": "sunlight",
    "insomnia": "slept_badly",
    "nightmares": "nightmare",
    "shared_bed": "share_bed",
    "noisy": "noise",
    "hot_bedroom": "hot_room",
    "diarrhea": "stomach",
    "flu_shot": "vaccination",
}
# Codes that may stand behind "no", as in ``nocaffeine``, beside those above.
DENIED = frozenset({"alcohol", "caffeine", "late_meal", "nicotine", "sugar", "screen_time", "nap"})
# A tag of the hours after midnight belongs to the evening before; own choice.
NIGHT_ENDS = time(4)
DAY = timedelta(days=1)


def read_tags(
    file: RecordReader, records: Iterable[Record], source: str
) -> tuple[JournalEntry, ...]:
    """Read each tag as an answer of the day it was set for."""
    found: list[JournalEntry] = []
    for record in records:
        day = _day(file, record)
        names = _names(record)
        if day is None or not any(names):
            file.skipped["tag without its name or day"] += 1
            continue
        note = file.text(record, "comment") or file.text(record, "text")
        for name in filter(None, names):
            tag, value = _answer(name)
            found.append(
                JournalEntry(day=day, tag=tag, value=value, text=name, source=source, note=note)
            )
    answers = one_a_day(found)
    file.skipped["repeated tag"] += len(found) - len(answers)
    return answers


def _names(record: Record) -> list[str]:
    """Return the codes of a record, or the person's own word."""
    if "tag_type_code" in record.content:
        code = str(record.content.get("tag_type_code") or "")
        own = str(record.content.get("custom_name") or "")
        return [own if code == CUSTOM or not code else code]
    tags = record.content.get("tags")
    return [str(tag) for tag in tags] if isinstance(tags, list) else []


def _answer(name: str) -> tuple[str, float]:
    words = PREFIX.sub("", normalise(name))
    if words in ALIASES:
        return ALIASES[words], YES
    denied = words.removeprefix("no").lstrip("_") if words.startswith("no") else ""
    if denied in DENIED or denied in ALIASES:
        return ALIASES.get(denied, denied), NO
    return words, YES


def _day(file: RecordReader, record: Record) -> date | None:
    name = "start_day" if record.content.get("start_day") else "day"
    day = file.day(record, name) if record.content.get(name) else None
    stamp = "start_time" if record.content.get("start_time") else "timestamp"
    at: datetime | None = file.moment(record, stamp) if record.content.get(stamp) else None
    if at is None:
        return day
    is_night = at.time() < NIGHT_ENDS and day in (None, at.date())
    return (day or at.date()) - (DAY if is_night else timedelta())
