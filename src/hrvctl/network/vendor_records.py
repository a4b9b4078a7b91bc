"""The records of a vendor: the day of each, whether it was asked for, and whether it is a night.

A vendor may send anything in any field: what is not as it is described has no day and is no night.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

from hrvctl.network.vendor_description import Endpoint

Json = dict[str, Any]


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


def _day_text(endpoint: Endpoint, record: Json) -> str:
    """The day of a record as it says it, or as ISO 8601 where it says it by three numbers."""
    day = value_at(record, endpoint.day)
    if isinstance(day, Mapping):
        with suppress(LookupError, TypeError, ValueError, OverflowError):
            return date(day["year"], day["month"], day["day"]).isoformat()
        return ""
    return str(day or "")
