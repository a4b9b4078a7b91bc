"""A made-up Apple Health export of any size, with the mix of records a watch leaves."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

QUANTITY = "HKQuantityTypeIdentifier"
SLEEP = "HKCategoryTypeIdentifierSleepAnalysis"
DEVICE = (
    "&lt;&lt;HKDevice: 0x2823f1450&gt;, name:Apple Watch, manufacturer:Apple Inc., model:Watch,"
    " hardware:Watch6,2, software:9.1&gt;"
)
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE HealthData [\n'
    "<!ELEMENT HealthData (ExportDate,Me,(Record|Correlation)*)>\n]>\n"
    '<HealthData locale="en_US">\n <ExportDate value="2025-05-04 09:00:00 +0200"/>\n'
)
MOTION = '  <MetadataEntry key="HKMetadataKeyHeartRateMotionContext" value="0"/>\n'
ZONE = '  <MetadataEntry key="HKTimeZone" value="Europe/Berlin"/>\n'
# Kind, unit, how many a day, seconds long: what a day of an Apple Watch and an iPhone comes to,
# about 0.5 MB. Own choice, after what owners say of the sizes of their exports.
MIX = (
    ("HeartRate", "count/min", 290, 0),
    ("ActiveEnergyBurned", "Cal", 400, 60),
    ("BasalEnergyBurned", "Cal", 200, 60),
    ("StepCount", "count", 100, 60),
    ("RespiratoryRate", "count/min", 40, 0),
    ("OxygenSaturation", "%", 20, 0),
    ("RestingHeartRate", "count/min", 1, 32_400),
)
N_STAGES, N_HRV, N_BEATS = 25, 8, 60
DAY_S = 86_400
FIRST_DAY = datetime(2015, 1, 1)  # noqa: DTZ001 - a wall clock, its offset is written beside it


def write_apple_export(path: Path, n_bytes: int, *, seed: int = 1) -> int:
    """Write an export of at least so many bytes.

    Returns:
        The days in it.
    """
    draw = random.Random(seed)  # noqa: S311 - no secret
    n_days = written = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(HEAD)
        while written < n_bytes:
            text = "".join(_day(FIRST_DAY + timedelta(days=n_days), draw))
            written += len(text.encode())
            n_days += 1
            file.write(text)
        file.write("</HealthData>\n")
    return n_days


def _day(day: datetime, draw: random.Random) -> Iterator[str]:
    for kind, unit, n, length_s in MIX:
        inside = MOTION if kind == "HeartRate" else ""
        for i in range(n):
            start = day + timedelta(seconds=DAY_S * i // n)
            value = f"{draw.uniform(0.95, 0.99) if unit == '%' else draw.uniform(13, 80):.4f}"
            yield _record(QUANTITY + kind, start, length_s, value, unit=unit, inside=inside)
    for i in range(N_STAGES):
        start = day + timedelta(minutes=18 * i - 30)
        stage = draw.choice(("Core", "Deep", "REM"))
        value = f"HKCategoryValueSleepAnalysisAsleep{stage}"
        yield _record(SLEEP, start, 18 * 60, value, inside=ZONE)
    for i in range(N_HRV):
        start = day + timedelta(hours=24 / N_HRV * i)
        value = f"{draw.gauss(50, 9):.4f}"
        beats = _beats(start, draw)
        yield _record(QUANTITY + "HeartRateVariabilitySDNN", start, 60, value, "ms", beats)


def _record(
    kind: str, start: datetime, length_s: int, value: str, unit: str = "", inside: str = ""
) -> str:
    began = f"{start:%Y-%m-%d %H:%M:%S} +0100"
    ended = f"{start + timedelta(seconds=length_s):%Y-%m-%d %H:%M:%S} +0100"
    measured_in = f'unit="{unit}" ' if unit else ""
    head = (
        f' <Record type="{kind}" sourceName="Ada\u2019s Apple Watch" sourceVersion="9.1"'
        f' device="{DEVICE}" {measured_in}creationDate="{ended}" startDate="{began}"'
        f' endDate="{ended}" value="{value}"'
    )
    return f"{head}>\n{inside} </Record>\n" if inside else f"{head}/>\n"


def _beats(start: datetime, draw: random.Random) -> str:
    lines = []
    for _ in range(N_BEATS):
        interval_s = draw.gauss(1, 0.05)
        start += timedelta(seconds=interval_s)
        time = f"{start:%H:%M:%S},{start.microsecond // 10_000:02}"
        rate = round(60 / interval_s)
        lines.append(f'   <InstantaneousBeatsPerMinute bpm="{rate}" time="{time}"/>\n')
    inner = "".join(lines)
    return f"  <HeartRateVariabilityMetadataList>\n{inner}  </HeartRateVariabilityMetadataList>\n"
