"""Records of an Apple Health export, made up by hand for the tests."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from xml.sax.saxutils import quoteattr

DTD = """<!DOCTYPE HealthData [
<!-- HealthKit Export Version: 14 -->
<!ELEMENT HealthData (ExportDate,Me,(Record|Correlation|Workout)*)>
<!ATTLIST Record
  type CDATA #REQUIRED
>
]>
"""
# As iOS 16 wrote it: an element list that never closes, and a line of nothing.
BROKEN_DTD = """<!DOCTYPE HealthData [
<!ELEMENT HealthData (ExportDate,Me,(Record|Correlation|Workout)*)>
<!ATTLIST Record
  type CDATA #REQUIRED
<!ELEMENT HeartRateVariabilityMetadataList (InstantaneousBeatsPerMinute*>
#IMPLIED
]>
"""
HRV = "HKQuantityTypeIdentifierHeartRateVariabilitySDNN"
RMSSD = "HKQuantityTypeIdentifierHeartRateVariabilityRMSSD"
RESTING = "HKQuantityTypeIdentifierRestingHeartRate"
BREATHING = "HKQuantityTypeIdentifierRespiratoryRate"
OXYGEN = "HKQuantityTypeIdentifierOxygenSaturation"
TEMPERATURE = "HKQuantityTypeIdentifierAppleSleepingWristTemperature"
SLEEP = "HKCategoryTypeIdentifierSleepAnalysis"
WATCH = "<<HKDevice: 0x1>, name:Apple Watch, manufacturer:Apple Inc., model:Watch>"


def export(records: Iterable[str], *, dtd: str = DTD, locale: str = "en_GB") -> str:
    """A whole file."""
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n{dtd}<HealthData locale="{locale}">\n'
    return head + "".join(records) + "</HealthData>\n"


def record(
    kind: str,
    start: str,
    end: str = "",
    *,
    value: object = "",
    source: str = "Ada\u2019s Watch",
    created: str = "",
    unit: str = "",
    device: str = "",
    inside: str = "",
) -> str:
    """One record; times as Apple writes them, ``2025-05-04 03:11:04 +0200``."""
    end = end or start
    attributes = {
        "type": kind,
        "sourceName": source,
        "sourceVersion": "11.3",
        "device": device,
        "unit": unit,
        "creationDate": created or end,
        "startDate": start,
        "endDate": end,
        "value": str(value),
    }
    written = "".join(f" {k}={quoteattr(v)}" for k, v in attributes.items() if v)
    return f" <Record{written}>\n{inside} </Record>\n" if inside else f" <Record{written}/>\n"


def hrv(start: str, value: object, **more: str) -> str:
    """One HRV sample."""
    return record(HRV, start, value=value, unit="ms", **more)


def sleep(start: str, end: str, stage: str = "AsleepCore", *, zone: str = "", **more: str) -> str:
    """One stretch of sleep, or of lying awake."""
    value = f"HKCategoryValueSleepAnalysis{stage}"
    return record(SLEEP, start, end, value=value, inside=zoned(zone) if zone else "", **more)


def zoned(name: str) -> str:
    """What says where a record was made."""
    return f'  <MetadataEntry key="HKTimeZone" value="{name}"/>\n'


def beat_list(beats: Iterable[tuple[str, int]]) -> str:
    """The beats of a sample: time of day, and rate."""
    lines = (f'   <InstantaneousBeatsPerMinute bpm="{bpm}" time="{t}"/>\n' for t, bpm in beats)
    return (
        "  <HeartRateVariabilityMetadataList>\n"
        + "".join(lines)
        + "  </HeartRateVariabilityMetadataList>\n"
    )


def beats(
    start: str, intervals_ms: Sequence[int], *, clock: str = "{:%H:%M:%S},{:02}"
) -> list[tuple[str, int]]:
    """Times of day of beats that many milliseconds apart.

    Args:
        start: The first, ``03:11:05``.
        intervals_ms: Between each and the next; a multiple of 10.
        clock: How the phone's language writes a time, and its hundredths.
    """
    moment = datetime.strptime(start, "%H:%M:%S")  # noqa: DTZ007 - a clock, no moment
    told = [(moment, 60)]
    for interval in intervals_ms:
        moment += timedelta(milliseconds=interval)
        told.append((moment, round(60_000 / interval)))
    return [(clock.format(m, m.microsecond // 10_000), bpm) for m, bpm in told]
