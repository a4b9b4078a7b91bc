"""What is kept of an Apple Health export while its tags stream by."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta, tzinfo
from typing import IO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hrvctl.records import FIRST_PLAUSIBLE_DAY, HRV_METRICS, PLAUSIBLE, Metric, Problem
from hrvctl.sources.apple.beats import rmssd_ms
from hrvctl.sources.apple.samples import MINUTE_S, Instant, Sample, Samples, parse_instant
from hrvctl.sources.apple.stream import BrokenExport, Tags
from hrvctl.sources.kit.table_reader import TOLD, ZERO_IS_MISSING

QUANTITY = "HKQuantityTypeIdentifier"
SLEEP = "HKCategoryTypeIdentifierSleepAnalysis"
# HRV is SDNN; RMSSD came beside it with iOS 27.
METRICS: Mapping[str, Metric] = {
    QUANTITY + "HeartRateVariabilitySDNN": Metric.HRV_SDNN_MS,
    QUANTITY + "HeartRateVariabilityRMSSD": Metric.HRV_RMSSD_MS,
    QUANTITY + "RestingHeartRate": Metric.RESTING_HR_BPM,
    QUANTITY + "RespiratoryRate": Metric.RESPIRATORY_RATE_RPM,
    QUANTITY + "OxygenSaturation": Metric.SPO2_PCT,
    QUANTITY + "AppleSleepingWristTemperature": Metric.SKIN_TEMP_C,
}
WANTED = frozenset({SLEEP, *METRICS})
# Sleep by the last word of its value, or by the number of old dumps; ``ASLEEP_MIN`` is sleep of
# which no stage is known.
STAGES: Mapping[str, Metric] = {
    **dict.fromkeys(["InBed", "0"], Metric.IN_BED_MIN),
    **dict.fromkeys(["Asleep", "AsleepUnspecified", "1"], Metric.ASLEEP_MIN),
    **dict.fromkeys(["Awake", "2"], Metric.AWAKE_MIN),
    **dict.fromkeys(["AsleepCore", "3"], Metric.LIGHT_MIN),
    **dict.fromkeys(["AsleepDeep", "4"], Metric.DEEP_MIN),
    **dict.fromkeys(["AsleepREM", "5"], Metric.REM_MIN),
}
STAGE_PREFIX = "HKCategoryValueSleepAnalysis"
# The second instant that matters: when it ended, or which of two values is the newer.
SECOND: Mapping[Metric, str] = {
    **dict.fromkeys([Metric.SKIN_TEMP_C, *STAGES.values()], "endDate"),
    Metric.RESTING_HR_BPM: "creationDate",
}
RECORD, BEAT, METADATA = "Record", "InstantaneousBeatsPerMinute", "MetadataEntry"
# Tags inside a record; at any other one the record before it is complete.
INNER = frozenset({BEAT, METADATA, "HeartRateVariabilityMetadataList"})
ZONE_KEY = "HKTimeZone"
# What an Apple Watch writes of itself in ``device``.
WATCH = "name:Apple Watch"
# A sleep longer than this is no sleep; own choice.
LONGEST_SLEEP_S = 24 * 3600


class Collected:
    """Samples by metric and source, and what is wrong with others.

    Args:
        file: The document's name.
        today: The person's date; a day after tomorrow is a fault.

    Attributes:
        samples: By metric and source name; sleep by its stage.
        beats: RMSSD of each HRV sample whose beats are noted, by source name.
        watches: Source names under which an Apple Watch wrote HRV.
        problems: Faults for which the file cannot be trusted.
        warnings: What else a person may want to know.
        skipped: Records not used, by reason.
        n_records: Records seen.
    """

    def __init__(self, file: str, today: date) -> None:
        self.file = file
        self.samples: defaultdict[tuple[Metric, str], Samples] = defaultdict(Samples)
        self.beats: defaultdict[str, Samples] = defaultdict(Samples)
        self.watches: set[str] = set()
        self.problems: list[Problem] = []
        self.warnings: list[str] = []
        self.skipped: Counter[str] = Counter()
        self.n_records = 0
        self._n_wanted = 0
        self._last_day = today + timedelta(days=1)
        self._told: Counter[str] = Counter()
        self._tags = Tags(self._take, WANTED)
        self._open: tuple[Metric, str, Sample] | None = None
        self._beats: list[Mapping[str, str]] = []
        self._zone: tzinfo | None = None
        self._zones: dict[str, tzinfo | None] = {}

    def read(self, stream: IO[bytes]) -> None:
        """Read an export to its end, or as far as it goes."""
        try:
            is_whole = self._tags.read(stream)
        except BrokenExport as error:
            self._problem(error.line, "", "", error.why)
            return
        if is_whole:
            self._close()
        else:
            self.warnings.append(
                f"{self.file}: cut off; what stands before the cut was read, and a night of it "
                "may change with the whole export"
            )
        self.skipped["records of other kinds"] = self.n_records - self._n_wanted
        for kind, n in self._told.items():
            if n > TOLD:
                self.warnings.append(f"{self.file}: {kind}: {n - TOLD} more like these")

    def _take(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == RECORD:
            if self._open:
                self._close()
            self.n_records += 1
            if attributes.get("type") in WANTED:
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

    def _begin(self, record: Mapping[str, str]) -> None:
        kind, source = record["type"], record.get("sourceName", "")
        metric = METRICS.get(kind) or STAGES.get(record.get("value", "").removeprefix(STAGE_PREFIX))
        if metric is None:
            self.skipped["sleep of an unknown stage"] += 1
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
            self._fault(record, metric, f"no night can be on {day}; was a clock wrong?")
            return False
        if record["type"] == SLEEP:
            length = sample.second.epoch_s - sample.start.epoch_s
            if not 0 < length <= LONGEST_SLEEP_S:
                self.skipped["sleep of no length, or of more than a day"] += 1
                return False
            return True
        if sample.value == 0 and (metric in HRV_METRICS or metric in ZERO_IS_MISSING):
            self.skipped["value 0, which means none"] += 1
            return False
        low, high = PLAUSIBLE[metric]
        if low <= sample.value <= high:
            return True
        # Of an HRV too: a spot of a minute can be all artefact, and is one of many of its night.
        self._leave_out(record, f"not within {low:g} to {high:g}; left out")
        return False

    def _close(self) -> None:
        """Keep the record that is complete now."""
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

    def _fault(self, record: Mapping[str, str], metric: Metric, why: str) -> None:
        """A value or date that cannot be read: for an HRV a problem, for any other a warning."""
        if metric not in HRV_METRICS:
            self._leave_out(record, f"{why}; left out")
            return
        shown = f"{record.get('value', '')} at {record.get('startDate', '')}"
        self._problem(self._tags.line, _short(record), shown[:80], why)

    def _leave_out(self, record: Mapping[str, str], why: str) -> None:
        kind = _short(record)
        self._told[kind] += 1
        if self._told[kind] <= TOLD:
            shown = f"{record.get('value', '')} at {record.get('startDate', '')}"[:80]
            self.warnings.append(f"{self.file}, line {self._tags.line}: {kind} {shown!r}: {why}")

    def _problem(self, line: int, column: str, value: str, why: str) -> None:
        self.problems.append(
            Problem(file=self.file, line=line, column=column, value=value, why=why)
        )


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
    """The same moment by the clock of where the person was."""
    offset = datetime.fromtimestamp(instant.epoch_s, zone).utcoffset() or timedelta()
    return Instant(instant.epoch_s, int(offset.total_seconds()) // MINUTE_S)


def _short(record: Mapping[str, str]) -> str:
    return record["type"].removeprefix(QUANTITY).removeprefix("HKCategoryTypeIdentifier")
