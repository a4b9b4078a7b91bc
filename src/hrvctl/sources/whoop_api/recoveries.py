"""WHOOP's API: which night each recovery is of, and with it which day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo

from hrvctl.records import Metric
from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.json_records import Entry
from hrvctl.sources.kit.main_sleep import Sleep, wake_day_in_utc
from hrvctl.sources.kit.record_reader import Entries
from hrvctl.sources.whoop_api.objects import identity, is_scored, moment_in

RECOVERY_PATHS: Mapping[Metric, str] = {
    Metric.HRV_RMSSD_MS: "score.hrv_rmssd_milli",  # ms already, whatever the name suggests
    Metric.RESTING_HR_BPM: "score.resting_heart_rate",
    Metric.RECOVERY_PCT: "score.recovery_score",
    Metric.SPO2_PCT: "score.spo2_percentage",
    Metric.SKIN_TEMP_C: "score.skin_temp_celsius",
}


@dataclass(slots=True)
class Wakings:
    """What sleeps and cycles say of the recoveries, which have no date of their own.

    Attributes:
        by_sleep: Sleeps by their ids, of either version of the API.
        by_cycle: The longest sleep that is no nap, by the id of its cycle.
        zones: Where each cycle was, by its id.
    """

    by_sleep: dict[str, Sleep] = field(default_factory=dict)
    by_cycle: dict[str, Sleep] = field(default_factory=dict)
    zones: dict[str, tzinfo] = field(default_factory=dict)

    def add(self, entry: Entry, sleep: Sleep) -> None:
        """Remember a sleep under every id it goes by."""
        for name in ("id", "v1_id"):
            if key := identity(entry.content.get(name)):
                self.by_sleep[key] = sleep
        self.add_to_cycle(identity(entry.content.get("cycle_id")), sleep)

    def add_to_cycle(self, cycle: str, sleep: Sleep) -> None:
        """Remember that a sleep is a cycle's own."""
        rival = self.by_cycle.get(cycle)
        if cycle and not sleep.is_nap and (not rival or sleep.asleep_min >= rival.asleep_min):
            self.by_cycle[cycle] = sleep


def read_recoveries(dump: Entries, entries: Iterable[Entry], wakings: Wakings) -> list[Sleep]:
    """Read the recoveries, each on the day of the sleep it was computed from."""
    found, unsure, calibrating = [], 0, 0
    for entry in entries:
        if not is_scored(dump, entry):
            continue
        values = read_values(dump, entry, RECOVERY_PATHS)
        if not values.get(Metric.RECOVERY_PCT):  # WHOOP's scale begins at 1; 0 is no score
            values.pop(Metric.RECOVERY_PCT, None)
        night, is_sure = _night(dump, entry, wakings) if values else (None, True)
        if night is None:
            continue
        unsure += not is_sure
        calibrating += is_true(dump.get(entry, "score.user_calibrating"))
        found.append(replace(night, values=values, is_nap=False))
    if unsure:
        dump.warn(
            f"recoveries without a time zone, dated by UTC: {unsure}; to be certain, give the "
            "sleeps or the cycles in the same import"
        )
    if calibrating:
        dump.warn(f"recoveries of WHOOP's first nights, while it was calibrating: {calibrating}")
    return found


def link_cycles(entries: Iterable[Entry], wakings: Wakings) -> None:
    """Tell the sleeps of version 1, which do not name their cycle, from the recoveries that do."""
    for entry in entries:
        if sleep := wakings.by_sleep.get(identity(entry.content.get("sleep_id"))):
            wakings.add_to_cycle(identity(entry.content.get("cycle_id")), sleep)


def read_values(
    dump: Entries,
    entry: Entry,
    paths: Mapping[Metric, str],
    scales: Mapping[Metric, float] | None = None,
) -> dict[Metric, float]:
    """Read the plausible values at these paths, each times its scale."""
    found = {}
    for metric, path in paths.items():
        value = dump.value(entry, path, metric, scale=(scales or {}).get(metric, 1.0))
        if value is not None:
            found[metric] = value
    return found


def is_true(raw: object) -> bool:
    """Whether JSON's ``true``, or what a table made of it, stands there."""
    return str(raw).strip().casefold() in cell_values.TRUE


def _night(dump: Entries, entry: Entry, wakings: Wakings) -> tuple[Sleep | None, bool]:
    """The night a recovery is of, and whether its date is certain."""
    cycle = identity(entry.content.get("cycle_id"))
    sleep = wakings.by_sleep.get(identity(entry.content.get("sleep_id")))
    if night := sleep or wakings.by_cycle.get(cycle):
        return night, True
    # A recovery is written at or shortly after waking; scored again, only updated_at changes.
    zone = wakings.zones.get(cycle)
    created = moment_in(dump, entry, "created_at", zone or UTC)
    if created is None:
        dump.leave_out(entry, "created_at", "no sleep and no time to date it by; left out")
        return None, False
    day = created.date() if zone else wake_day_in_utc(created)
    if day is None:
        why = "its date depends on the time zone, which only the sleeps or cycles say; left out"
        dump.leave_out(entry, "created_at", why)
        return None, False
    return Sleep(day=day, asleep_min=0.0), zone is not None
