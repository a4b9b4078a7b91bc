"""The traveller's mornings as apps and straps record them."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

from garmin_fit_sdk import Encoder

from hrvctl.sources.kit.protocol import Document
from sources.exports import DATA, document_of
from sources.garmin_abroad import NUMBERS, clock
from sources.nights_abroad import ISO, Night, ms, text

KUBIOS = (DATA / "kubios" / "morning_hrv.csv").read_text(encoding="utf-8")
N_BEATS = 120

Stamp = Callable[[datetime], str]


def beats(n: Night) -> list[int]:
    """Two minutes of intervals, ms; each differs from the next by the HRV, so RMSSD is that."""
    return [900 + n.hrv * (i % 2) for i in range(N_BEATS)]


def naive(moment: datetime) -> str:
    """A local clock without its zone."""
    return f"{moment:{ISO}}.000"


def recording(
    header: str, row: str, stamp: Stamp, name: str
) -> Callable[[Sequence[Night]], list[Document]]:  # fmt: skip
    """A file a morning, a row a beat, of its time and interval; its name may have the date."""

    def make(nights: Sequence[Night]) -> list[Document]:
        found = []
        for i, n in enumerate(nights):
            lines, now = [header] if header else [], n.measured
            for beat in beats(n):
                lines.append(row.format(t=stamp(now), rr=beat, since=ms(now) - ms(n.measured)))
                now += timedelta(milliseconds=beat)
            found += text(lines, f"{i}/" + n.measured.strftime(name))
        return found

    return make


def epoch(moment: datetime) -> str:
    """Milliseconds since 1970, in UTC as ever."""
    return str(ms(moment))


def empatica(nights: Sequence[Night]) -> list[Document]:
    """A session of an Empatica E4 a morning, which counts from its beginning in UTC."""
    found = []
    for i, n in enumerate(nights):
        times = accumulate(beats(n))
        rows = [f"{t / 1000},{x / 1000}" for t, x in zip(times, beats(n), strict=True)]
        found += text([f"{n.measured.timestamp():.6f}, IBI", *rows], f"{i}/IBI.csv")
    return found


def polar_hrm(nights: Sequence[Night]) -> list[Document]:
    """A file of Polar's older watches a morning."""
    found = []
    for i, n in enumerate(nights):
        clock = f"Date={n.measured:%Y%m%d}\nStartTime={n.measured:%H:%M:%S}.0\nInterval=238"
        found += text(["[Params]", clock, "[HRData]", *map(str, beats(n))], f"{i}.hrm")
    return found


def movesense(nights: Sequence[Night]) -> list[Document]:
    """A log of Movesense a morning, whose name has the time."""
    return [
        document_of(
            json.dumps([{"Body": {"average": 60, "rrData": [x]}} for x in beats(n)]),
            f"{n.measured:%Y-%m-%d %H-%M-%S}.json",
        )
        for n in nights
    ]


def features(name: str) -> Callable[[Sequence[Night]], list[Document]]:
    """HRV Logger's own figures of a recording."""
    header = "index, timestamp, HR, AVNN, SDNN, rMSSD, pNN50, artifacts_removed"

    def make(nights: Sequence[Night]) -> list[Document]:
        found = []
        for i, n in enumerate(nights):
            line = f"0, {ms(n.measured)}, 60, 1000, 50, {n.hrv}, 30, 0.0"
            found += text([header, "", line], f"{i}/" + n.measured.strftime(name))
        return found

    return make


def kubios(nights: Sequence[Night]) -> list[Document]:
    """A report a morning."""
    found = []
    for i, n in enumerate(nights):
        when = n.measured.strftime("%d-%b-%Y %H:%M:%S")
        report = KUBIOS.replace("03-May-2025 06:41:08", when).replace("45.1093", f"{n.hrv}.0000")
        found.append(document_of(report, f"{i}/report.csv"))
    return found


def fit_rr(with_clock: bool) -> Callable[[Sequence[Night]], list[Document]]:
    """An activity at rest a morning, its beats in seconds."""

    def one(n: Night) -> bytes:
        encoder, start = Encoder(), n.measured.astimezone(UTC)
        fields: dict[str, Any] = {"type": "activity", "manufacturer": "garmin"}
        encoder.on_mesg(NUMBERS["FILE_ID"], {**fields, "time_created": start})
        for beat in beats(n):
            encoder.on_mesg(NUMBERS["HRV"], {"time": [beat / 1000] + [65.535] * 4})
        fields = {"timestamp": start, "start_time": start, "sport": "generic"}
        encoder.on_mesg(NUMBERS["SESSION"], fields)
        if with_clock:
            clock(encoder, "ACTIVITY", n.measured)
        return bytes(encoder.close())

    return lambda nights: [document_of(one(n), f"{i}.fit") for i, n in enumerate(nights)]
