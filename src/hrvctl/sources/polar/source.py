"""Polar: Nightly Recharge and sleep, from the account's export and from AccessLink."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from hrvctl.records import Measurement, Metric, Reading
from hrvctl.sources.kit.json_records import Entry, head_keys, load_entries
from hrvctl.sources.kit.main_sleep import Sleep, measure_files
from hrvctl.sources.kit.protocol import Document, JointSource
from hrvctl.sources.kit.record_reader import Entries
from hrvctl.sources.polar import fields
from hrvctl.sources.polar.fields import Layout

# A sleep of a whole day is a broken clock.
LONGEST_SLEEP = timedelta(hours=24)
Window = tuple[datetime, datetime]


@dataclass(slots=True)
class _File:
    kind: str
    entries: Entries
    sleeps: list[Sleep] = field(default_factory=list)
    recharges: dict[date, Mapping[Metric, float]] = field(default_factory=dict)


class Polar(JointSource):
    """Reads Polar's JSON.

    The HRV is the RMSSD of four hours of sleep, the night is named by the date it ended on.
    The nights of a recovery on its own have no window.
    """

    name: str = "polar"
    title: str = "Polar Flow account export, AccessLink answers"
    steps: tuple[str, ...] = (
        "Sign in at account.polar.com and choose Download your data; a mail says when it is ready.",
        "Download polar-user-data-export_NUMBER.zip; nightly_recovery in it has the HRV.",
        "hrvctl import polar-user-data-export_NUMBER.zip",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind: ``nightly_recovery``, ``nightly_recharge``, ``sleep_result`` and so on.

        ``nightly_recharge_v3`` and ``sleep_v3`` are answers of version 3 of AccessLink.
        """
        return fields.kind_of(head_keys(document))

    def read_together(self, documents: Sequence[Document], *, today: date) -> list[Reading]:
        """Read files of one export; the sleeps tell when each night began and ended."""
        files = [self._open(document, today) for document in documents]
        nights = measure_files([file.sleeps for file in files], self.name)
        windows: dict[date, Window] = {}
        for measured in nights:
            windows |= {m.day: (m.start_at, m.end_at) for m in measured if m.start_at and m.end_at}
        return [
            self._reading(file, measured, windows)
            for file, measured in zip(files, nights, strict=True)
        ]

    def _open(self, document: Document, today: date) -> _File:
        found, problems = load_entries(document)
        entries = Entries(document.name, found, today=today, problems=problems)
        kind = self.identify(document) or next(iter(fields.LAYOUTS))
        file = _File(kind, entries)
        for entry in found:
            _read(file, entry, fields.LAYOUTS[kind])
        return file

    def _reading(
        self, file: _File, nights: Sequence[Measurement], windows: Mapping[date, Window]
    ) -> Reading:
        measurements = list(nights)
        for day, values in file.recharges.items():
            start, end = windows.get(day, (None, None))
            measurements += [
                Measurement(
                    day=day,
                    metric=metric,
                    value=value,
                    source=self.name,
                    start_at=start,
                    end_at=end,
                )
                for metric, value in values.items()
            ]
        measurements.sort(key=lambda m: (m.day, m.metric))
        return file.entries.reading(self.name, file.kind, measurements=tuple(measurements))


def _read(file: _File, entry: Entry, layout: Layout) -> None:
    day = file.entries.day(entry, layout.day)
    if day is None:
        file.entries.skipped["night without a date"] += 1
        return
    values = fields.read_values(file.entries, entry, layout)
    if not values:
        file.entries.skipped["night without a value"] += 1
    elif layout.start:
        start, end = _window(file.entries, entry, layout) or (None, None)
        asleep = values.get(Metric.ASLEEP_MIN, 0.0)
        file.sleeps.append(
            Sleep(
                day=day,
                asleep_min=asleep,
                values=values,
                start_at=start,
                end_at=end,
                key=str(day),  # one result a night; edited ones come in a later export
            )
        )
    else:
        if day in file.recharges:
            file.entries.skipped["repeated night"] += 1
        file.recharges[day] = values


def _window(file: Entries, entry: Entry, layout: Layout) -> Window | None:
    """When the sleep began and ended, where both have their offset."""
    start, end = file.moment(entry, layout.start), file.moment(entry, layout.end)
    if not start or not end or not start.tzinfo or not end.tzinfo:
        return None
    if timedelta(0) < end - start <= LONGEST_SLEEP:
        return start, end
    file.leave_out(entry, layout.end, f"not within 24 hours after the start {start}; left out")
    return None
