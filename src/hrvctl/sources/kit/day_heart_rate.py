"""Waking and evening heart rate of each day, from samples of any spacing or from a day's mean."""

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from math import fsum

from hrvctl.records import FIRST_PLAUSIBLE_DAY, PLAUSIBLE, Measurement, Metric, Reading
from hrvctl.sources.kit.main_sleep import SleepPeriod, main_sleeps

DAY_S = 86_400
# Samples are averaged over stretches of this length before they are averaged over hours, so that a
# workout with a sample a second counts by its minutes. Own choice: the widest spacing of a watch's
# samples at rest (Apple, Oura, Polar).
STRETCH_S = 300
STRETCHES_A_DAY = DAY_S // STRETCH_S
# Days since 1970 between which samples are kept, so that a faulty file does not fill the memory.
FIRST_DAY = (FIRST_PLAUSIBLE_DAY - date(1970, 1, 1)).days
LAST_DAY = (date(2100, 1, 1) - date(1970, 1, 1)).days
# Heart rates a sensor can have measured, bpm: 0, -1 and 255 mean "not worn".
LOW_BPM, HIGH_BPM = 25, 230
# A waking heart rate is defined once this much time has passed and this much of it is covered
# (own choice).
MIN_AWAKE = timedelta(hours=6)
MIN_COVERED_S = 200 * 60
EVENING = timedelta(hours=3)
MIN_EVENING_S = 3600
# The next sleep ends the day if it begins within a day of the waking.
LONGEST_DAY = timedelta(hours=24)
# In bed the heart beats about 6 % faster than at its lowest (own measurement on nine people).
BED_OVER_RESTING = 1.06
HOURS_A_DAY = 24.0
NO_NIGHTS = (
    "heart rate without the nights of the same days, which say when you woke; import the sleep"
    " files together with it, all parts of the export in one folder"
)


class HeartRates:
    """Heart rate in stretches of five minutes, in any order; 3.4 KB a day.

    Args:
        is_local: The samples' times are by the person's clock, as if it were UTC's: their files do
            not name the zone, and the nights have it.

    Attributes:
        n: Samples added.
        place: Of the file that is being read, in its import.
    """

    def __init__(self, *, is_local: bool = False) -> None:
        self.n = 0
        self.place = 0
        self._is_local = is_local
        self._places: dict[int, int] = {}
        self._days: dict[int, tuple[array[float], array[int]]] = {}

    def add(self, epoch_s: int, bpm: float, n: int = 1) -> None:
        """Add a sample, or the mean of several of one stretch; an impossible one is left out."""
        if not LOW_BPM <= bpm <= HIGH_BPM:
            return
        day, second = divmod(epoch_s, DAY_S)
        stretches = self._days.get(day)
        if stretches is None:
            if not FIRST_DAY <= day <= LAST_DAY:
                return
            stretches = array("d", bytes(8 * STRETCHES_A_DAY)), array("L", [0]) * STRETCHES_A_DAY
            self._days[day] = stretches
        stretch = second // STRETCH_S
        stretches[0][stretch] += bpm * n
        stretches[1][stretch] += n
        self._places[day] = self.place
        self.n += n

    def add_mean(self, start_s: int, end_s: int, bpm: float) -> None:
        """Add the mean of a longer time, such as an hour, to each stretch that begins in it."""
        for epoch_s in range(-(-start_s // STRETCH_S) * STRETCH_S, end_s, STRETCH_S):
            self.add(epoch_s, bpm)

    @property
    def first_place(self) -> int:
        """The place of the first file that has the last sample of some day."""
        return min(self._places.values(), default=0)

    def place_of(self, measured: Measurement) -> int:
        """Return the place of the file with the last sample of a day's measurement."""
        end_s = self.epoch_s(measured.end_at) if measured.end_at else 0.0
        return self._places[math.ceil(end_s - 1) // DAY_S]

    def epoch_s(self, at: datetime) -> float:
        """Return a moment as the samples' times are given."""
        return (at.replace(tzinfo=UTC) if self._is_local else at).timestamp()

    def moment(self, epoch_s: float, zone: tzinfo | None) -> datetime:
        """Return a sample's time in the zone of its night."""
        if self._is_local:
            return datetime.fromtimestamp(epoch_s, UTC).replace(tzinfo=zone)
        return datetime.fromtimestamp(epoch_s, zone)

    def means(self, start_s: float, end_s: float) -> list[tuple[int, float]]:
        """List the start, epoch s, and the mean of each covered stretch that begins in a window."""
        found: list[tuple[int, float]] = []
        first, last = int(-(-start_s // STRETCH_S)), int(-(-end_s // STRETCH_S))
        while first < last:
            day, place = divmod(first, STRETCHES_A_DAY)
            n = min(STRETCHES_A_DAY - place, last - first)
            if stretches := self._days.get(day):
                sums, counts = stretches
                found += [
                    ((first + i) * STRETCH_S, sums[place + i] / counts[place + i])
                    for i in range(n)
                    if counts[place + i]
                ]
            first += n
        return found


def with_waking(readings: Iterable[Reading], rates: HeartRates, source: str) -> list[Reading]:
    """Add each day's waking and evening heart rate to the reading of the file that has its end.

    Args:
        readings: Of the files of one import, in order; the window of their minutes asleep is that
            of the night.
        rates: The samples in these files.
        source: The vendor.
    """
    found = list(readings)
    sleeps = [
        SleepPeriod(day=m.day, asleep_min=m.value, start_at=m.start_at, end_at=m.end_at)
        for reading in found
        for m in reading.measurements
        if m.metric is Metric.ASLEEP_MIN and m.end_at
    ]
    added: dict[int, list[Measurement]] = {}
    for m in measure_waking(rates, sleeps, source):
        added.setdefault(rates.place_of(m), []).append(m)
    for place, own in added.items():
        measurements = sorted((*found[place].measurements, *own), key=lambda m: (m.day, m.metric))
        found[place] = replace(found[place], measurements=tuple(measurements))
    if rates.n and not sleeps:
        first = found[rates.first_place]
        warning = f"{first.file}: {NO_NIGHTS}"
        found[rates.first_place] = replace(first, warnings=(*first.warnings, warning))
    return found


def measure_waking(
    rates: HeartRates, sleeps: Iterable[SleepPeriod], source: str
) -> list[Measurement]:
    """Measure each day's waking and evening heart rate, in order of day, then metric.

    A day lasts from the end of its main sleep to the start of the next one, or to midnight where
    none is known yet; what is measured lasts to the last sample in it. The window of a measurement
    is that time.

    Args:
        rates: The samples.
        sleeps: The sleeps, naps included; those without a window are left out.
        source: The vendor.
    """
    nights = main_sleeps(sleep for sleep in sleeps if sleep.start_at and sleep.end_at)
    found: list[Measurement] = []
    for day in sorted(nights) if rates.n else ():
        woke_at = nights[day].end_at
        if woke_at is None:
            continue
        end_at = _day_end(woke_at, nights.get(day + timedelta(days=1)))
        means = rates.means(rates.epoch_s(woke_at), rates.epoch_s(end_at))
        if len(means) * STRETCH_S < MIN_COVERED_S:
            continue
        last_at = min(rates.moment(means[-1][0] + STRETCH_S, woke_at.tzinfo), end_at)
        if last_at - woke_at < MIN_AWAKE:
            continue
        waking = _mean(Metric.WAKING_HR_BPM, [bpm for _, bpm in means])
        if waking is None:
            continue
        evening_at = last_at - EVENING
        late = [bpm for start_s, bpm in means if start_s >= rates.epoch_s(evening_at)]
        evening = _mean(Metric.EVENING_HR_BPM, late)
        if evening is not None and len(late) * STRETCH_S >= MIN_EVENING_S:
            metric = Metric.EVENING_HR_BPM
            found.append(Measurement(day, metric, evening, source, evening_at, last_at))
        found.append(Measurement(day, Metric.WAKING_HR_BPM, waking, source, woke_at, last_at))
    return found


def waking_from_mean(
    mean_bpm: float | None, values: Mapping[Metric, float], *, hours: float = HOURS_A_DAY
) -> float | None:
    """Take the time in bed out of the mean heart rate of a day.

    Args:
        mean_bpm: Mean over all ``hours``.
        values: Of the night in them: ``IN_BED_MIN`` (else ``ASLEEP_MIN``), and ``NIGHT_HR_BPM``
            (else ``RESTING_HR_BPM``, from which it is estimated).
        hours: The time the mean is of.

    Returns:
        bpm; ``None`` where something is unknown or the waking heart rate is not defined.
    """
    bed_min = values.get(Metric.IN_BED_MIN, values.get(Metric.ASLEEP_MIN))
    night_bpm = values.get(Metric.NIGHT_HR_BPM)
    if night_bpm is None and Metric.RESTING_HR_BPM in values:
        night_bpm = BED_OVER_RESTING * values[Metric.RESTING_HR_BPM]
    if mean_bpm is None or bed_min is None or night_bpm is None:
        return None
    awake_h = hours - bed_min / 60
    if timedelta(hours=awake_h) < MIN_AWAKE:
        return None
    waking = (hours * mean_bpm - night_bpm * bed_min / 60) / awake_h
    return _mean(Metric.WAKING_HR_BPM, [waking])


def _day_end(woke_at: datetime, following: SleepPeriod | None) -> datetime:
    asleep_at = following.start_at if following else None
    if asleep_at and timedelta(0) < asleep_at - woke_at <= LONGEST_DAY:
        return asleep_at
    return datetime.combine(woke_at.date() + timedelta(days=1), time(), woke_at.tzinfo)


def _mean(metric: Metric, values: Sequence[float]) -> float | None:
    """Average values; ``None`` where there is none, or the mean is implausible."""
    low, high = PLAUSIBLE[metric]
    mean = fsum(values) / len(values) if values else math.nan
    return mean if low <= mean <= high else None
