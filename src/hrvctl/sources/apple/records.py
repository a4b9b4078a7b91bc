"""Collect the samples of an Apple Health export from its stream of tags."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta, tzinfo
from typing import IO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hrvctl.records import FIRST_PLAUSIBLE_DAY, HRV_METRICS, PLAUSIBLE, Metric
from hrvctl.sources.apple.beats import rmssd_ms
from hrvctl.sources.apple.samples import MINUTE_S, Instant, Sample, Samples, parse_instant
from hrvctl.sources.apple.stream import BrokenExport, Tags
from hrvctl.sources.kit.day_heart_rate import HeartRates
from hrvctl.sources.kit.record_reader import SHOWN_CHARACTERS, RecordReader

QUANTITY = "HKQuantityTypeIdentifier"
SLEEP = "HKCategoryTypeIdentifierSleepAnalysis"
# HRV is SDNN; iOS 27 added RMSSD.
METRICS: Mapping[str, Metric] = {
    QUANTITY + "HeartRateVariabilitySDNN": Metric.HRV_SDNN_MS,
    QUANTITY + "HeartRateVariabilityRMSSD": Metric.HRV_RMSSD_MS,
    QUANTITY + "RestingHeartRate": Metric.RESTING_HR_BPM,
    QUANTITY + "RespiratoryRate": Metric.RESPIRATORY_RATE_RPM,
    QUANTITY + "OxygenSaturation": Metric.SPO2_PCT,
    QUANTITY + "AppleSleepingWristTemperature": Metric.SKIN_TEMP_C,
}
# Every few minutes, and in workouts every few seconds: the bulk of the file.
HEART_RATE = QUANTITY + "HeartRate"
WANTED = frozenset({SLEEP, HEART_RATE, *METRICS})
# Sleep by the last word of its value, or by the number in old exports; ``ASLEEP_MIN`` is sleep
# without a known stage.
STAGES: Mapping[str, Metric] = {
    **dict.fromkeys(["InBed", "0"], Metric.IN_BED_MIN),
    **dict.fromkeys(["Asleep", "AsleepUnspecified", "1"], Metric.ASLEEP_MIN),
    **dict.fromkeys(["Awake", "2"], Metric.AWAKE_MIN),
    **dict.fromkeys(["AsleepCore", "3"], Metric.LIGHT_MIN),
    **dict.fromkeys(["AsleepDeep", "4"], Metric.DEEP_MIN),
    **dict.fromkeys(["AsleepREM", "5"], Metric.REM_MIN),
}
STAGE_PREFIX = "HKCategoryValueSleepAnalysis"
# The second instant that is read: the end, or the one by which the newer of two values is found.
SECOND: Mapping[Metric, str] = {
    **dict.fromkeys([Metric.SKIN_TEMP_C, *STAGES.values()], "endDate"),
    Metric.RESTING_HR_BPM: "creationDate",
}
RECORD, BEAT, METADATA = "Record", "InstantaneousBeatsPerMinute", "MetadataEntry"
# Tags inside a record; any other tag means that the record is complete.
INNER = frozenset({BEAT, METADATA, "HeartRateVariabilityMetadataList"})
ZONE_KEY = "HKTimeZone"
# In the ``device`` of an Apple Watch.
WATCH = "name:Apple Watch"
# Seconds; a longer sleep is a mistake; own choice.
LONGEST_SLEEP_S = 24 * 3600


class Collected:
    """Samples by metric and source, and the faults of others.

    Args:
        file: The document's name.
        today: The person's date; a day after tomorrow is a fault.

    Attributes:
        samples: By metric and source name; sleep by its stage.
        beats: RMSSD of each HRV sample that has its beats, by source name.
        watches: Source names under which an Apple Watch wrote HRV.
        rates: Heart rates by all sources.
        faults: Problems, warnings and counts.
    """

    def __init__(self, file: str, today: date) -> None:
        self.samples: defaultdict[tuple[Metric, str], Samples] = defaultdict(Samples)
        self.beats: defaultdict[str, Samples] = defaultdict(Samples)
        self.watches: set[str] = set()
        self.rates = HeartRates()
        self.faults = RecordReader(file, (), today=today, unit="line")
        self._n_wanted = 0
        self._row = 0
        self._last_day = self.faults.last_day
        self._tags = Tags(self._take, WANTED)
        self._open: tuple[Metric, str, Sample] | None = None
        self._beats: list[Mapping[str, str]] = []
        self._zone: tzinfo | None = None
        self._zones: dict[str, tzinfo | None] = {}

    def read(self, stream: IO[bytes]) -> None:
        """Read an export to its end, or to where it is damaged."""
        try:
            is_whole = self._tags.read(stream)
        except BrokenExport as error:
            self.faults.add_problem(error.line, "", "", error.why)
            return
        if is_whole:
            self._close()
        else:
            self.faults.warn(
                "cut off; the records before the cut were read, and their last night may change "
                "with the whole export"
            )
        self.faults.skipped["record of another kind"] = self.faults.n_rows - self._n_wanted

    def add_row(self, record: Mapping[str, str], line: int, zone: str = "") -> None:
        """Add a record of a table.

        Args:
            record: Its attributes, named as in the export.
            line: Where it stands.
            zone: The name of the zone where the person was, where known.
        """
        self._row = line
        self._take(RECORD, record)
        if self._open:
            self._zone = self._find_zone(zone) if zone else None
            self._close()

    def _take(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == RECORD:
            if self._open:
                self._close()
            self.faults.n_rows += 1
            kind = attributes.get("type")
            if kind == HEART_RATE:
                self._n_wanted += 1
                self._add_rate(attributes)
            elif kind in WANTED:
                self._n_wanted += 1
                self._begin(attributes)
        elif self._open is None:
            return
        elif name == BEAT:
            self._beats.append(attributes)
        elif name == METADATA:
            if attributes.get("key") == ZONE_KEY:
                self._zone = self._find_zone(attributes.get("value", ""))
        elif name not in INNER:
            self._close()

    def _add_rate(self, record: Mapping[str, str]) -> None:
        try:
            epoch_s = parse_instant(record["startDate"]).epoch_s
            bpm = float(record["value"])
        except (KeyError, ValueError):
            self.faults.skipped["heart rate that cannot be read"] += 1
            return
        # Only the days of nights, whose dates are checked, are measured.
        self.rates.add(epoch_s, bpm)

    def _begin(self, record: Mapping[str, str]) -> None:
        kind, source = record["type"], record.get("sourceName", "")
        metric = METRICS.get(kind) or STAGES.get(record.get("value", "").removeprefix(STAGE_PREFIX))
        if metric is None:
            self.faults.skipped["sleep of an unknown stage"] += 1
            return
        second = SECOND.get(metric, "startDate")
        try:
            start = parse_instant(record.get("startDate", ""))
            sample = Sample(
                start,
                start if second == "startDate" else parse_instant(record.get(second, "")),
                0.0 if kind == SLEEP else _value(record, metric),
            )
        except ValueError as error:
            self._fault(record, metric, str(error))
            return
        if self._is_sound(record, metric, sample):
            self._open = metric, source, sample
            if metric in HRV_METRICS and WATCH in record.get("device", ""):
                self.watches.add(source)

    def _is_sound(self, record: Mapping[str, str], metric: Metric, sample: Sample) -> bool:
        day = sample.second.day
        if not FIRST_PLAUSIBLE_DAY <= day <= self._last_day:
            self._fault(record, metric, self.faults.why_impossible(day))
            return False
        if record["type"] == SLEEP:
            length = sample.second.epoch_s - sample.start.epoch_s
            if not 0 < length <= LONGEST_SLEEP_S:
                self.faults.skipped["sleep of no length, or of more than a day"] += 1
                return False
            return True
        low, high = PLAUSIBLE[metric]
        if low <= sample.value <= high:
            return True
        if not self.faults.is_not_measured(sample.value, metric):
            # An HRV too is only left out: a sample of a minute can be all artefact, and is one of
            # many of its night.
            self._leave_out(record, f"not within {low:g} to {high:g}; left out")
        return False

    def _close(self) -> None:
        """Store the sample of the completed record."""
        if self._open is None:
            return
        metric, source, sample = self._open
        if self._zone:
            start, second, value = sample
            sample = Sample(_in_zone(start, self._zone), _in_zone(second, self._zone), value)
        self.samples[metric, source].add(sample)
        if self._beats and metric is Metric.HRV_SDNN_MS:
            rmssd = rmssd_ms(self._beats)
            low, high = PLAUSIBLE[Metric.HRV_RMSSD_MS]
            if rmssd is not None and low <= rmssd <= high:
                self.beats[source].add(sample._replace(value=rmssd))
        self._open, self._zone = None, None
        self._beats.clear()

    def _find_zone(self, name: str) -> tzinfo | None:
        if name not in self._zones:
            try:
                self._zones[name] = ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                self._zones[name] = None
        return self._zones[name]

    @property
    def _line(self) -> int:
        return self._row or self._tags.line

    def _fault(self, record: Mapping[str, str], metric: Metric, why: str) -> None:
        """Note an unreadable value or date: of an HRV a problem, of any other a warning."""
        if metric not in HRV_METRICS:
            self._leave_out(record, f"{why}; left out")
            return
        self.faults.add_problem(self._line, _short(record), _shown(record), why)

    def _leave_out(self, record: Mapping[str, str], why: str) -> None:
        self.faults.add_left_out(self._line, _short(record), _shown(record), why)


def _shown(record: Mapping[str, str]) -> str:
    return f"{record.get('value', '')} at {record.get('startDate', '')}"[:SHOWN_CHARACTERS]


def _value(record: Mapping[str, str], metric: Metric) -> float:
    try:
        value = float(record.get("value", ""))
    except ValueError:
        raise ValueError("not a number") from None
    if metric is Metric.SPO2_PCT and value <= 1:
        return value * 100
    if metric is Metric.SKIN_TEMP_C and record.get("unit") == "degF":
        return (value - 32) / 1.8
    return value


def _in_zone(instant: Instant, zone: tzinfo) -> Instant:
    """Return the same moment in the zone where the person was."""
    offset = datetime.fromtimestamp(instant.epoch_s, zone).utcoffset() or timedelta()
    return Instant(instant.epoch_s, int(offset.total_seconds()) // MINUTE_S)


def _short(record: Mapping[str, str]) -> str:
    return record["type"].removeprefix(QUANTITY).removeprefix("HKCategoryTypeIdentifier")
