"""Rows of a made-up WHOOP export, and a cycles file of them read."""

from datetime import date

from hrvctl.records import Reading
from hrvctl.sources.whoop.columns import CYCLE_HEADERS
from hrvctl.sources.whoop.source import Whoop
from sources.exports import document_of

TODAY = date(2025, 5, 10)
HEADER = ",".join(CYCLE_HEADERS["en"])


def cycle(
    onset: str = "2025-05-03 23:41:07",
    wake: str = "2025-05-04 07:22:15",
    *,
    end: str = "2025-05-04 23:00:00",
    zone: str = "UTC+02:00",
    hrv: str = "71",
    strain: str = "11.3",
    asleep: str = "431",
    rhr: str = "52",
) -> str:
    """Write one cycle's row."""
    day = f"64,{rhr},{hrv},33.91,95.40,{strain},2311,158,72"
    return (
        f"{onset},{end},{zone},{day},{onset},{wake},78,14.9,{asleep},461,212,98,121,30,530,64,93,71"
    )


def sleepless(start: str, end: str, strain: str = "6.2") -> str:
    """Write the row of a cycle without sleep."""
    return f"{start},{end},UTC+02:00,,,,,,{strain},1804,131,68" + "," * 14


def read(*rows: str, header: str = HEADER, today: date = TODAY) -> Reading:
    """Read a cycles file of these rows."""
    return Whoop().read(document_of("\n".join([header, *rows]) + "\n"), today=today)
