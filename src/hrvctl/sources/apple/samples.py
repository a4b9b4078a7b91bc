"""Samples of one kind by one source, in arrays: there may be a hundred thousand."""

from array import array
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import NamedTuple

from hrvctl.sources.kit import cell_values

MINUTE_S = 60
DAY_S = 86_400
LENGTH = len("2025-05-04 03:12:09")


class Instant(NamedTuple):
    """A moment, and the offset of the local time from UTC."""

    epoch_s: int
    offset_min: int

    @property
    def day(self) -> date:
        """Local date."""
        return datetime.fromtimestamp(self.epoch_s + self.offset_min * MINUTE_S, UTC).date()

    @property
    def day_second(self) -> int:
        """Seconds since local midnight."""
        return (self.epoch_s + self.offset_min * MINUTE_S) % DAY_S

    @property
    def moment(self) -> datetime:
        """The same as an aware datetime."""
        zone = timezone(timedelta(minutes=self.offset_min))
        return datetime.fromtimestamp(self.epoch_s, zone)


class Sample(NamedTuple):
    """One record.

    Attributes:
        start: When it began.
        second: When it ended; for a resting heart rate, when it was written.
        value: In its metric's unit; 0 for sleep, where the time is the value.
    """

    start: Instant
    second: Instant
    value: float


class Samples:
    """A growing list of samples, 28 bytes each."""

    def __init__(self) -> None:
        self._starts, self._seconds = array("q"), array("q")
        self._start_offsets, self._second_offsets = array("h"), array("h")
        self._values = array("d")

    def add(self, sample: Sample) -> None:
        """Add a sample."""
        self._starts.append(sample.start.epoch_s)
        self._seconds.append(sample.second.epoch_s)
        self._start_offsets.append(sample.start.offset_min)
        self._second_offsets.append(sample.second.offset_min)
        self._values.append(sample.value)

    def __len__(self) -> int:
        return len(self._starts)

    def once(self) -> Iterator[Sample]:
        """Yield them in order of time; repeated ones, as inside a correlation, come once."""
        keys = zip(self._starts, self._seconds, self._values, strict=True)
        offsets = zip(self._start_offsets, self._second_offsets, strict=True)
        for (start, second, value), own in sorted(dict(zip(keys, offsets, strict=True)).items()):
            yield Sample(Instant(start, own[0]), Instant(second, own[1]), value)


def parse_instant(text: str) -> Instant:
    """Read a date and time with its offset, ``2025-05-04 03:12:09 +0200``.

    Raises:
        ValueError: It is not such a moment.
    """
    try:
        moment = datetime.fromisoformat(text[:LENGTH] + text[LENGTH + 1 :])
    except ValueError:
        moment = cell_values.stamp(text)
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError("it has no offset from UTC like +0200")
    return Instant(int(moment.timestamp()), offset // timedelta(minutes=1))
