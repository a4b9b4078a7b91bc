"""WHOOP's developer API, saved as JSON or CSV: recoveries, sleeps, cycles and workouts."""

from collections.abc import Sequence
from datetime import date

from hrvctl.records import Measurement, Reading, Workout
from hrvctl.sources.kit.json_records import Entry
from hrvctl.sources.kit.main_sleep import Sleep, main_sleeps, measure_files, measure_nights
from hrvctl.sources.kit.protocol import Document, JointSource
from hrvctl.sources.kit.record_reader import Entries
from hrvctl.sources.whoop_api.days import read_days
from hrvctl.sources.whoop_api.nights import read_cycles, read_sleep, read_workouts
from hrvctl.sources.whoop_api.objects import (
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
from hrvctl.sources.whoop_api.recoveries import Wakings, link_cycles, read_recoveries


class WhoopApi(JointSource):
    """Reads what a program saved from WHOOP's API, version 1 or 2; days of before 2022 as well.

    The same strap as the app export, but a source of its own: the API gives the HRV with its
    decimals, and a source names a format. Recoveries on their own are dated less certainly.
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
        """Read the files of one download; the sleeps and cycles tell the recoveries their day."""
        kinds = [find_kind(document) or MIXED for document in documents]
        dumps = [open_dump(document, today) for document in documents]
        days = [kind == DAYS for kind in kinds]
        newest = iter(newest_only(d for d, is_days in zip(dumps, days, strict=True) if not is_days))
        entries = [[] if is_days else next(newest) for is_days in days]
        sleeps, wakings = _read_sleeps(dumps, entries)
        nights = measure_files(sleeps, self.name)
        return [
            self._reading(kind, dump, own, measured, wakings)
            for kind, dump, own, measured in zip(kinds, dumps, entries, nights, strict=True)
        ]

    def _reading(
        self,
        kind: str,
        dump: Entries,
        entries: Sequence[Entry],
        nights: Sequence[Measurement],
        wakings: Wakings,
    ) -> Reading:
        found = {(m.day, m.metric): m for m in nights}
        recoveries = read_recoveries(dump, _of(entries, RECOVERY), wakings)
        recoveries += read_days(dump) if kind == DAYS else []
        chosen = main_sleeps(recoveries)
        if len(chosen) < len(recoveries):
            dump.skipped["second recovery of a day"] += len(recoveries) - len(chosen)
        cycles = read_cycles(dump, _of(entries, CYCLE), wakings)
        for measured in (measure_nights(chosen, self.name), measure_nights(cycles, self.name)):
            found |= {(m.day, m.metric): m for m in measured}
        workouts: tuple[Workout, ...] = read_workouts(dump, _of(entries, WORKOUT), self.name)
        return dump.reading(
            self.name,
            kind,
            measurements=tuple(found[key] for key in sorted(found)),
            workouts=workouts,
        )


def _read_sleeps(
    dumps: Sequence[Entries], entries: Sequence[Sequence[Entry]]
) -> tuple[list[list[Sleep]], Wakings]:
    wakings = Wakings()
    found: list[list[Sleep]] = []
    for dump, own in zip(dumps, entries, strict=True):
        found.append([])
        for entry in _of(own, SLEEP):
            if sleep := read_sleep(dump, entry):
                wakings.add(entry, sleep)
                if sleep.values:
                    found[-1].append(sleep)
        for entry in _of(own, CYCLE):
            if zone := zone_of(entry):
                wakings.zones[identity(entry.content.get("id"))] = zone
    for own in entries:
        link_cycles(_of(own, RECOVERY), wakings)
    return found, wakings


def _of(entries: Sequence[Entry], kind: str) -> list[Entry]:
    return [entry for entry in entries if kind_of(entry) == kind]
