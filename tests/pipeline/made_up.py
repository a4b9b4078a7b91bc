"""Made-up nights, and the words the lived-in home is told apart by."""

import math
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from conftest import TODAY

TOMORROW = TODAY + timedelta(days=1)

# What is written into the journal of the lived-in home, and must lie nowhere else.
NOTE = "zanzibar-nightcap"
GUESS_MS = 61.1375
NIGHTS = 40


def hrv_on(day: date) -> float:
    """A made-up person's HRV: never twice the same, never a round number."""
    i = day.toordinal()
    return round(58.0 + 9.0 * math.sin(i / 3.0) + 5.0 * math.sin(i * i), 4)


def write_table(path: Path, nights: Mapping[date, float]) -> Path:
    """A table of a person's own, as `import` reads it."""
    rows = [f"{day},{hrv}" for day, hrv in sorted(nights.items())]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["date,hrv_ms", *rows]) + "\n", encoding="utf-8")
    return path


def nights(last: date, n: int) -> dict[date, float]:
    """The last ``n`` nights up to a day."""
    days = [last - timedelta(days=i) for i in range(n)]
    return {day: hrv_on(day) for day in days}
