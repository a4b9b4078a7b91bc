"""A night's HRV status in FIT files of a watch."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from hrvctl.records import Metric, Reading
from hrvctl.sources.fit.file import Messages, open_file, type_of, zone_of
from hrvctl.sources.kit.main_sleep import SleepPeriod, main_sleeps, measure_nights, wake_day_in_utc
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.record_reader import RecordReader

# The file type of the watches' *_HRV_STATUS.fit.
KIND_BY_TYPE: Mapping[int, str] = {68: "hrv_status"}


class Fit:
    """Reads the HRV of a night from a watch's own file; its times are in UTC."""

    name: str = "fit"
    title: str = "FIT files of a watch (HRV status)"
    steps: tuple[str, ...] = (
        "pip install 'hrvctl[fit]'",
        "Connect the watch by cable, or unpack DI-Connect-Uploaded-Files of Garmin's export.",
        "hrvctl import FOLDER, the one with the files that end in HRV_STATUS.fit",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind, ``hrv_status``, by the type in the file's first message."""
        file_type = type_of(document.head)
        return None if file_type is None else KIND_BY_TYPE.get(file_type)

    def read(self, document: Document, *, today: date) -> Reading:
        """Read each night's mean RMSSD, on the date its summary was written after waking.

        Where the file has no time zone, a night late in UTC's day is left out.
        """
        kind = self.identify(document) or KIND_BY_TYPE[68]
        file, messages = open_file(document, ["hrv_status_summary_mesgs"], today)
        nights = _nights(file, messages)
        measured = measure_nights(main_sleeps(nights), self.name)
        return file.reading(self.name, kind, measurements=measured)


def _nights(file: RecordReader, messages: Messages) -> list[SleepPeriod]:
    window = _window(messages)
    found: dict[date, SleepPeriod] = {}
    n_unsure = 0
    for record in file.records:
        written_at = file.get(record, "timestamp")
        value = file.value(record, "last_night_average", Metric.HRV_RMSSD_MS)
        if value is None or not isinstance(written_at, datetime):
            file.skipped["night without an average"] += 1
            continue
        zone = zone_of(messages, written_at)
        local = written_at.astimezone(zone or UTC)
        day = local.date() if zone else wake_day_in_utc(local)
        if day is None:
            why = "its date depends on the time zone, which is not in the file; left out"
            file.leave_out(record, "timestamp", why)
            continue
        if not file.is_possible(record, "timestamp", day):
            continue
        n_unsure += zone is None
        start, end = window if zone and window else (None, None)
        is_within = start and end and timedelta(0) <= local - end <= timedelta(days=1)
        found[day] = SleepPeriod(
            day=day,
            asleep_min=0.0,
            values={Metric.HRV_RMSSD_MS: value},
            start_at=start.astimezone(zone) if start and is_within else None,
            end_at=end.astimezone(zone) if end and is_within else None,
        )
    if n_unsure:
        file.warn("the file has no time zone, so the night was dated by UTC")
    return list(found.values())


def _window(messages: Messages) -> tuple[datetime, datetime] | None:
    """Return the times of the first and last five-minute value, which are measured asleep."""
    values = messages.get("hrv_value_mesgs", ())
    moments = sorted(at for m in values if isinstance(at := m.get("timestamp"), datetime))
    return (moments[0], moments[-1]) if len(moments) > 1 else None
