"""Tables of Apple Health about made-up people, one file a type."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from hrvctl.sources.kit.protocol import Document
from sources.exports import document_of
from sources.nights_abroad import Night

HRV = "HKQuantityTypeIdentifierHeartRateVariabilitySDNN"
SLEEP = "HKCategoryTypeIdentifierSleepAnalysis"
START = "type,sourceName,sourceVersion,productType,device,startDate,endDate,"
STAMP = "%Y-%m-%d %H:%M:%S %z"


def spot(at: datetime, value: object, *, source: str = "Watch", product: str = "Watch7") -> str:
    """Write a sample of HRV."""
    return f"{HRV},{source},26.2,{product},,{at:{STAMP}},{at:{STAMP}},ms,{value}"


def sleep(start: datetime, end: datetime, stage: str = "asleepCore") -> str:
    """Write a stretch of sleep."""
    return f"{SLEEP},Watch,26.2,Watch7,,{start:{STAMP}},{end:{STAMP}},{stage}"


def table(rows: Iterable[str], name: str = "hrv.csv", *, first: str = "sep=,") -> Document:
    """Make a file of rows of one type."""
    rows = list(rows)
    header = START + ("value" if rows and rows[0].startswith(SLEEP) else "unit,value")
    return document_of("\r\n".join([*([first] if first else []), header, *rows, ""]), name)


def nights(zone: bool) -> Callable[[Sequence[Night]], list[Document]]:
    """Write nights, each kind in its file, by the person's clock or in UTC."""

    def clock(moment: datetime) -> datetime:
        return moment if zone else moment.astimezone(UTC)

    def make(slept: Sequence[Night]) -> list[Document]:
        spots = [
            spot(clock(at), n.hrv + change)
            for n in slept
            for at, change in ((n.onset, -5), (n.onset + (n.wake - n.onset) / 2, 5))
        ]
        sleeps = [sleep(clock(n.onset), clock(n.wake)) for n in slept]
        return [table(spots), table(sleeps, "sleep.csv")]

    return make
