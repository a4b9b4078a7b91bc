"""WHOOP's developer API, saved as JSON or CSV: recoveries, sleeps, cycles and workouts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from hrvctl.records import Measurement, Metric, Reading, Workout
from hrvctl.sources.kit.day_heart_rate import waking_from_mean
from hrvctl.sources.kit.main_sleep import SleepPeriod, main_sleeps, measure_files, measure_nights
from hrvctl.sources.kit.protocol import Document, JointSource
from hrvctl.sources.kit.record_reader import Record, RecordReader
from hrvctl.sources.whoop_api.days import read_days
from hrvctl.sources.whoop_api.dump import (
    CYCLE,
    DAYS,
    MIXED,
    RECOVERY,
    SLEEP,
    WORKOUT,
    find_kind,
    identity,
    kind_of,
    newest_only,
    open_dump,
    zone_of,
)
from hrvctl.sources.whoop_api.nights import (
    OpenCycle,
    Wakings,
    link_cycles,
    read_cycles,
    read_open_cycles,
    read_recoveries,
    read_sleep,
    read_workouts,
)


class WhoopApi(JointSource):
    """Reads files saved from WHOOP's API, version 1 or 2, and days of the API of before 2022.

    It is a source apart from the app export of the same strap: the API gives the HRV with its
    decimals. Recoveries without their sleeps are dated less certainly.
    """

    name: str = "whoop_api"
    title: str = "WHOOP API dump (the app export is whoop)"
    steps: tuple[str, ...] = (
        "Let your WHOOP API client save /recovery, /activity/sleep and /cycle as JSON or CSV.",
        "Keep the files of one download together: a recovery has no date, its sleep has.",
        "hrvctl import FOLDER",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind: ``recovery``, ``sleep``, ``cycle``, ``workout``, ``mixed``, ``days``."""
        return find_kind(document)

    def read_together(self, documents: Sequence[Document], *, today: date) -> list[Reading]:
        """Read the files of one download; recoveries are dated by the sleeps and cycles."""
        kinds = [find_kind(document) or MIXED for document in documents]
        dumps = [open_dump(document, today) for document in documents]
        days = [kind == DAYS for kind in kinds]
        newest = iter(newest_only(d for d, is_days in zip(dumps, days, strict=True) if not is_days))
        records = [[] if is_days else next(newest) for is_days in days]
        sleeps, wakings = _read_sleeps(dumps, records)
        nights = measure_files(sleeps, self.name)
        open_cycles = [
            list(read_open_cycles(dump, _of(own, CYCLE), wakings))
            for dump, own in zip(dumps, records, strict=True)
        ]
        readings = [
            self._reading(kind, dump, own, measured, wakings)
            for kind, dump, own, measured in zip(kinds, dumps, records, nights, strict=True)
        ]
        values: dict[date, dict[Metric, float]] = {}
        for m in (m for reading in readings for m in reading.measurements):
            values.setdefault(m.day, {})[m.metric] = m.value
        return [
            _with_waking(reading, values, cycles)
            for reading, cycles in zip(readings, open_cycles, strict=True)
        ]

    def _reading(
        self,
        kind: str,
        dump: RecordReader,
        records: Sequence[Record],
        nights: Sequence[Measurement],
        wakings: Wakings,
    ) -> Reading:
        found = {(m.day, m.metric): m for m in nights}
        recoveries = read_recoveries(dump, _of(records, RECOVERY), wakings)
        recoveries += read_days(dump) if kind == DAYS else []
        chosen = main_sleeps(recoveries)
        if len(chosen) < len(recoveries):
            dump.skipped["second recovery of a day"] += len(recoveries) - len(chosen)
        cycles = read_cycles(dump, _of(records, CYCLE), wakings)
        for measured in (measure_nights(chosen, self.name), measure_nights(cycles, self.name)):
            found |= {(m.day, m.metric): m for m in measured}
        workouts: tuple[Workout, ...] = read_workouts(dump, _of(records, WORKOUT), self.name)
        return dump.reading(
            self.name,
            kind,
            measurements=tuple(found[key] for key in sorted(found)),
            workouts=workouts,
        )


def _with_waking(
    reading: Reading,
    values: Mapping[date, Mapping[Metric, float]],
    open_cycles: Iterable[OpenCycle],
) -> Reading:
    """Take the time in bed out of the mean heart rate of each cycle, ended or open."""
    found = {(m.day, m.metric): m for m in reading.measurements}
    spans = [
        (m.day, m.value, values[m.day][Metric.CYCLE_MIN] / 60, m.start_at, m.end_at)
        for m in reading.measurements
        if m.metric is Metric.AVERAGE_HR_BPM and Metric.CYCLE_MIN in values[m.day]
    ]
    ended = {day for day, *_ in spans}
    spans += [
        (
            cycle.day,
            cycle.mean_bpm,
            (cycle.fetched_at - cycle.start_at) / timedelta(hours=1),
            cycle.woke_at,
            cycle.fetched_at,
        )
        for cycle in open_cycles
        if cycle.day not in ended
    ]
    for day, mean, hours, woke_at, end_at in spans:
        waking = waking_from_mean(mean, values.get(day, {}), hours=hours)
        if waking is not None:
            metric = Metric.WAKING_HR_BPM
            found[day, metric] = Measurement(day, metric, waking, reading.source, woke_at, end_at)
    return replace(reading, measurements=tuple(found[key] for key in sorted(found)))


def _read_sleeps(
    dumps: Sequence[RecordReader], records: Sequence[Sequence[Record]]
) -> tuple[list[list[SleepPeriod]], Wakings]:
    wakings = Wakings()
    found: list[list[SleepPeriod]] = []
    for dump, own in zip(dumps, records, strict=True):
        found.append([])
        for record in _of(own, SLEEP):
            if sleep := read_sleep(dump, record):
                wakings.add(record, sleep)
                if sleep.values:
                    found[-1].append(sleep)
        for record in _of(own, CYCLE):
            if zone := zone_of(record):
                wakings.zones[identity(record.content.get("id"))] = zone
    for own in records:
        link_cycles(_of(own, RECOVERY), wakings)
    return found, wakings


def _of(records: Sequence[Record], kind: str) -> list[Record]:
    return [record for record in records if kind_of(record) == kind]
