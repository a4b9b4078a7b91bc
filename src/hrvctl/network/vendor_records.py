"""The records of a vendor: the day of each, whether it was asked for, and whether it is a night.

A vendor may send anything in any field: what is not as it is described has no day and is no night.
"""

import hashlib
import json
from collections.abc import Mapping, Set
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

from hrvctl.network.vendor_description import Endpoint

Json = dict[str, Any]

# Hexadecimal digits of a record's digest (own choice: a few thousand records all differ).
DIGEST_DIGITS = 16


def value_at(record: Json, path: str) -> object:
    """The value of a field of a record; an inner one has dots."""
    value: object = record
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def updated_at(endpoint: Endpoint, record: Json) -> str:
    """When a record was changed last, as a text that sorts; empty where it does not say."""
    # ISO 8601 in UTC, so that the order of the texts is that of time.
    return str(record.get(endpoint.updated) or "") if endpoint.updated else ""


def is_wanted(endpoint: Endpoint, record: Json, first: date, last: date) -> bool:
    """Whether a record is of the days asked for, and says something."""
    before, after = (timedelta(days=n) for n in endpoint.pad_days)
    day = _day_text(endpoint, record)[:10]
    if day and not (first - before).isoformat() <= day <= (last + after).isoformat():
        return False
    return not endpoint.vitals or any(record.get(name) is not None for name in endpoint.vitals)


def night_of(endpoint: Endpoint, record: Json) -> date | None:
    """The day of a night with an HRV."""
    if value_at(record, endpoint.night) is None or record.get("nap") is True:
        return None
    text = _day_text(endpoint, record)
    with suppress(ValueError, OverflowError):
        if not endpoint.offset:
            return date.fromisoformat(text[:10])
        zone = datetime.strptime(str(record.get(endpoint.offset)), "%z").tzinfo
        return datetime.fromisoformat(text).astimezone(zone).date()
    return None


def digest_of(endpoint: Endpoint, record: Json) -> str:
    """A record's day, empty where it does not say, and a short digest of all that is in it."""
    text = json.dumps(record, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:DIGEST_DIGITS]
    return f"{_day_text(endpoint, record)[:10]} {digest}"


def is_news(found: Set[str], seen: Set[str], first: date) -> bool:
    """Whether records differ from those of an earlier pull, by their digests.

    One that is gone is news after the first day, which may have been asked for in part.
    """
    gone = (digest.partition(" ")[0] for digest in seen - found)
    return not found <= seen or any(day > first.isoformat() for day in gone)


def _day_text(endpoint: Endpoint, record: Json) -> str:
    """The day of a record as it says it, or as ISO 8601 where it says it by three numbers."""
    day = value_at(record, endpoint.day)
    if isinstance(day, Mapping):
        with suppress(LookupError, TypeError, ValueError, OverflowError):
            return date(day["year"], day["month"], day["day"]).isoformat()
        return ""
    return str(day or "")
