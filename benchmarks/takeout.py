"""A made-up Takeout: years of nights, and a heart rate every few seconds in files of a day."""

import json
import random
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

FIRST_DAY = date(2019, 1, 1)
# Hours ahead of UTC; a person who never travels, in a zone without clock changes.
OFFSET_H = 1
WAKE_H, BED_H = 7, 23
SEED = 3


def write_takeout(path: Path, n_days: int, *, every_s: int = 5) -> int:
    """Write a zip of nights, HRV, and heart rates awake and asleep.

    Returns:
        The bytes of the heart rates, unpacked.
    """
    draw = random.Random(SEED)  # noqa: S311 - no secret
    nights: list[object] = []
    summary = ["timestamp,rmssd,nremhr,entropy"]
    n_bytes = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for n in range(n_days):
            day = FIRST_DAY + timedelta(days=n)
            nights.append(_night(n, day))
            summary.append(f"{day}T00:00:00,{draw.gauss(45, 8):.3f},52.1,2.7")
            text = _heart_rates(day, draw, every_s)
            n_bytes += len(text)
            name = f"Takeout/Fitbit/Global Export Data/heart_rate-{day}.json"
            archive.writestr(name, text)
        archive.writestr("Takeout/Fitbit/Global Export Data/sleep.json", json.dumps(nights))
        archive.writestr("Takeout/Fitbit/HRV/Daily Summary.csv", "\n".join([*summary, ""]))
    return n_bytes


def _night(n: int, day: date) -> object:
    woke = datetime(day.year, day.month, day.day, WAKE_H)  # noqa: DTZ001 - a wall clock
    return {
        "logId": n + 1,
        "dateOfSleep": str(day),
        "startTime": f"{woke - timedelta(hours=24 - BED_H + WAKE_H):%Y-%m-%dT%H:%M:%S.000}",
        "endTime": f"{woke:%Y-%m-%dT%H:%M:%S.000}",
        "minutesAsleep": 430,
        "minutesAwake": 50,
        "timeInBed": 480,
        "efficiency": 90,
        "type": "classic",
        "mainSleep": True,
    }


def _heart_rates(day: date, draw: random.Random, every_s: int) -> str:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=OFFSET_H)
    entries = []
    for second in range(0, 86_400, every_s):
        at = start + timedelta(seconds=second)
        is_awake = WAKE_H <= second / 3600 < BED_H
        bpm = (72 if is_awake else 52) + draw.randrange(-4, 5)
        entries.append(
            f'{{\n  "dateTime" : "{at:%m/%d/%y %H:%M:%S}",\n  "value" : {{\n    "bpm" : {bpm},\n'
            f'    "confidence" : {draw.randrange(1, 4)}\n  }}\n}}'
        )
    return f"[{','.join(entries)}]"
