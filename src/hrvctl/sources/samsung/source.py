"""Samsung Health's personal data: a night's HRV is the mean of the bins inside the sleep."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import fsum

from hrvctl.records import Measurement, Metric, Reading
from hrvctl.sources.kit.json_records import Entry
from hrvctl.sources.kit.main_sleep import Sleep, main_sleeps, measure_files, measure_nights
from hrvctl.sources.kit.protocol import Document, JointSource
from hrvctl.sources.kit.record_reader import Entries
from hrvctl.sources.samsung import files
from hrvctl.sources.samsung.files import BINS, HRV, SLEEP, Bin, Span

JSON_FOLDER = "jsons/com.samsung.health.hrv"


@dataclass(slots=True)
class _File:
    name: str
    kind: str
    entries: Entries
    sleeps: list[Sleep] = field(default_factory=list)
    found: list[Measurement] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Recording:
    """A row of the HRV table with its bins; ``place`` is that of its file."""

    place: int
    span: Span
    bins: tuple[Bin, ...]


class Samsung(JointSource):
    """Reads the tables of HRV and sleep, and the values beside them; of the rest, nothing.

    A table of HRV on its own has no values: they are in its bins.
    """

    name: str = "samsung"
    title: str = "Samsung Health personal data"
    steps: tuple[str, ...] = (
        "In Samsung Health open Settings, Download personal data, and confirm.",
        "Copy the folder samsunghealth_NAME_DATE from the phone, with the folder jsons in it.",
        "hrvctl import samsunghealth_NAME_DATE",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind: the tables ``hrv`` and ``sleep``, and ``bins``, the values of a row."""
        return files.kind_of(document)

    def read_together(self, documents: Sequence[Document], *, today: date) -> list[Reading]:
        """Read files of one export: rows say when and in which zone, bins how much.

        Args:
            documents: Files for which ``identify`` named a kind.
            today: The person's date.

        Returns:
            One reading a document, in their order; the HRV is in that of the table.
        """
        opened = [_open(document, today) for document in documents]
        for file in opened:
            if file.kind == SLEEP:
                file.sleeps = [s for e in file.entries.entries if (s := _sleep(file.entries, e))]
        told = measure_files([file.sleeps for file in opened], self.name)
        nights = main_sleeps(sleep for file in opened for sleep in file.sleeps)
        recordings = _recordings(opened, nights)
        for place, m in _measure(recordings, nights, self.name):
            opened[place].found.append(m)
        return [
            file.entries.reading(
                self.name,
                file.kind,
                measurements=tuple(
                    sorted([*file.found, *measured], key=lambda m: (m.day, m.metric))
                ),
            )
            for file, measured in zip(opened, told, strict=True)
        ]


def _open(document: Document, today: date) -> _File:
    kind = files.kind_of(document) or HRV
    return _File(document.name, kind, files.open_file(document, kind, today))


def _sleep(entries: Entries, entry: Entry) -> Sleep | None:
    span = files.read_span(entries, entry)
    if span is None:
        return None
    values = files.sleep_values(entries, entry, span)
    return Sleep(
        day=span.day,
        asleep_min=values.get(Metric.IN_BED_MIN, 0.0),
        values=values,
        start_at=span.start,
        end_at=span.end,
        key=f"{span.start} {span.end}",
    )


def _recordings(opened: Sequence[_File], nights: Mapping[date, Sleep]) -> list[_Recording]:
    """Each row of the HRV tables with the bins it names; the later of rows that are the same.

    What was recorded outside the night of a day that has one, in a nap, is not of the night.
    """
    bins_by_name = {
        file.name.rsplit("/", 1)[-1]: tuple(files.read_bins(file.entries))
        for file in opened
        if file.kind == BINS
    }
    found: dict[tuple[Span, str], _Recording] = {}
    named: set[str] = set()
    for place, file in enumerate(opened):
        if file.kind != HRV:
            continue
        n_lost = 0
        for entry in file.entries.entries:
            name = str(entry.content.get("binning_data", ""))
            span = files.read_span(file.entries, entry)
            named.add(name)
            if span and span.day in nights and not _night_of(span, nights):
                file.entries.skipped["recording outside the night"] += 1
            elif span and name in bins_by_name:
                _check(file, entry, span, bins_by_name[name])
                found[span, name] = _Recording(place, span, bins_by_name[name])
            elif span:
                n_lost += 1
        _tell_lost(file, n_lost)
    for file in opened:
        if file.kind == BINS and file.name.rsplit("/", 1)[-1] not in named:
            file.entries.warn("says neither zone nor sleep by itself; import the whole folder")
    return list(found.values())


def _check(file: _File, entry: Entry, span: Span, bins: Sequence[Bin]) -> None:
    if bins and not any(span.holds(one) for one in bins):
        file.entries.leave_out(entry, "binning_data", "no value lies within the row's own times")


def _tell_lost(file: _File, n_lost: int) -> None:
    if n_lost:
        file.entries.skipped["row whose values are not there"] = n_lost
        rows = "1 row" if n_lost == 1 else f"{n_lost} rows"
        file.entries.warn(
            f"the values of {rows} lie in the folder {JSON_FOLDER}; import the whole"
            " export, not this file alone"
        )


def _measure(
    recordings: Iterable[_Recording], nights: Mapping[date, Sleep], source: str
) -> list[tuple[int, Measurement]]:
    """The HRV of each day, and the place of the file that told it.

    A recording belongs to the night that it overlaps; where the sleep table knows none, its own
    window is the sleep, and the longest of a day is the night.
    """
    own: dict[Span, list[_Recording]] = {}
    for recording in recordings:
        own.setdefault(_night_of(recording.span, nights) or recording.span, []).append(recording)
    found: list[Sleep] = []
    places: dict[tuple[datetime | None, datetime | None], int] = {}
    for span, of_span in own.items():
        bins = {one for recording in of_span for one in recording.bins if span.holds(one)}
        if bins:
            mean = fsum(one.rmssd for one in bins) / len(bins)
            night = Sleep(
                day=span.day,
                asleep_min=span.minutes,
                values={Metric.HRV_RMSSD_MS: mean},
                start_at=span.start,
                end_at=span.end,
                is_main=_night_of(span, nights) == span,
            )
            found.append(night)
            places[span.start, span.end] = of_span[0].place
    measured = measure_nights(main_sleeps(found), source)
    return [(places[m.start_at, m.end_at], m) for m in measured]


def _night_of(span: Span, nights: Mapping[date, Sleep]) -> Span | None:
    """The night of the sleep table that a window overlaps; it may end a day before or after."""
    for days in (0, 1, -1):
        night = nights.get(span.day + timedelta(days=days))
        if night and night.start_at and night.end_at:
            known = Span(night.start_at, night.end_at)
            if known.overlaps(span):
                return known
    return None
