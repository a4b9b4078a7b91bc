"""Apple's XML as it comes: broken, cut, disguised, malicious, or larger than memory."""

import io
import struct
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import IO

import pytest

from hrvctl.records import Metric, Reading
from hrvctl.sources import registry
from hrvctl.sources.apple.source import Apple
from hrvctl.sources.apple.stream import PIECE_BYTES, TAG_BYTES
from hrvctl.sources.kit.documents import open_documents
from hrvctl.sources.kit.protocol import Document
from sources.apple_tags import BROKEN_DTD, RESTING, export, hrv, record, sleep
from sources.exports import by_day, document_of

TODAY = date(2025, 5, 10)
MAY_4 = date(2025, 5, 4)
RECORDS = (
    sleep("2025-05-03 23:30:00 +0200", "2025-05-04 07:00:00 +0200"),
    hrv("2025-05-04 01:00:00 +0200", 40),
    hrv("2025-05-04 06:00:00 +0200", 50),
)
SOUND = export(RECORDS)
LOCALISED = [
    "export.xml",
    "Export.xml",
    "exportación.xml",
    "导出.xml",
    "экспорт.xml",
    "エクスポート.xml",
]
LAUGHS = '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">'


def read(content: str | bytes) -> Reading:
    """Read content as an export."""
    return Apple().read(document_of(content, "export.xml"), today=TODAY)


def sdnn(content: str | bytes) -> dict[date, float]:
    """SDNN of a sound export, by day."""
    reading = read(content)
    assert not reading.problems
    return dict(by_day(reading, Metric.HRV_SDNN_MS))


def test_the_malformed_dtd_of_ios_16_does_not_matter() -> None:
    """It is dropped before anything is parsed, and lines keep their numbers."""
    assert sdnn(export(RECORDS, dtd=BROKEN_DTD)) == {MAY_4: 45}
    hurt = export([*RECORDS, hrv("no date", 50)], dtd=BROKEN_DTD)
    (problem,) = read(hurt).problems
    assert problem.line == hurt[: hurt.index("no date")].count("\n") + 1


@pytest.mark.parametrize("byte", [0x00, 0x01, 0x0B, 0x0C, 0x1F])
def test_control_bytes_are_blanks(byte: int) -> None:
    """XML forbids them, and phones let them into names."""
    named = (r.replace("Ada", f"Ada{chr(byte)}") for r in RECORDS)
    assert sdnn(export(named)) == {MAY_4: 45}


@pytest.mark.parametrize(
    "prolog",
    [
        f"<!DOCTYPE HealthData [{LAUGHS}]>\n",
        '<!DOCTYPE HealthData [<!ENTITY a SYSTEM "file:///etc/passwd">]>\n',
        '<!DOCTYPE HealthData [<!ENTITY % a SYSTEM "http://localhost/x"> %a;]>\n',
        f"<!-- <HealthData > --><!DOCTYPE HealthData [{LAUGHS}]>\n",
    ],
)
def test_entities_are_refused_and_never_expanded(prolog: str) -> None:
    """Billion laughs, a file of the machine, an address: a problem, and nothing read."""
    reading = read(export([record(RESTING, "&c;", value="&a;")], dtd=prolog))
    assert ["entity" in problem.why for problem in reading.problems] == [True]
    assert reading.n_rows == 0


def test_an_entity_nobody_declared_is_a_problem() -> None:
    """What stood before it is there for who insists, but for the record it may have cut."""
    sound = export([*RECORDS, hrv("2025-05-04 06:30:00 +0200", 90)])
    reading = read(sound.replace("</HealthData>", ' <Me name="&c;">\n'))
    assert "not XML from here on: undefined entity" in reading.problems[0].why
    assert by_day(reading, Metric.HRV_SDNN_MS) == {MAY_4: 45}


@pytest.mark.parametrize("cut", [len("</HealthData>\n"), 40, 200])
def test_of_a_truncated_file_what_was_there_is_kept_and_told(cut: int) -> None:
    """A transfer that broke off; its last record may be half, so it is left out."""
    extra = record(RESTING, "2025-05-04 00:00:00 +0200", value=50)
    reading = read(export([*RECORDS, extra, extra])[:-cut])
    assert by_day(reading, Metric.HRV_SDNN_MS) == {MAY_4: 45}
    assert ["cut off" in warning for warning in reading.warnings] == [True]
    assert not reading.problems


def test_damage_in_the_middle_is_a_problem() -> None:
    """Not a cut: what stands behind it would be missing without a word."""
    reading = read(SOUND.replace(' <Record type="HKQuantity', ' <Record <type="HKQuantity', 1))
    assert "not XML from here on" in reading.problems[0].why


def test_a_tag_without_end_does_not_fill_the_memory() -> None:
    """It is refused long before the file's end."""
    reading = read(SOUND.replace("</HealthData>", '<Record type="' + "x" * (2 * TAG_BYTES)))
    assert "a tag of more than" in reading.problems[0].why


def test_records_cut_by_a_piece_are_whole() -> None:
    """Wherever a piece ends: inside a name, a value, between two records."""
    for shift in range(0, 420, 7):
        filler = f"<!--{'x' * (PIECE_BYTES - len(SOUND) + shift)}-->\n"
        assert sdnn(export([filler, *RECORDS])) == {MAY_4: 45}


def test_a_bare_greater_than_in_a_name_is_read() -> None:
    """Apple escapes it; who rewrites the file may not."""
    odd = record("HKQuantityTypeIdentifierStepCount", "2025-05-04 01:00:00 +0200", value=1)
    odd = odd.replace("Ada\u2019s Watch", 'A > B"/> C').replace('B"/>', "B '/>")
    assert sdnn(export([odd, *RECORDS, odd])) == {MAY_4: 45}


@pytest.mark.parametrize(
    "content",
    [
        '<?xml version="1.0"?>\n<ClinicalDocument><x/></ClinicalDocument>',
        "date,note\n2025-05-04,<HealthData >\n",
        '{"a": "<HealthData>"}',
        "<html><p>HealthData</p></html>",
        "<HealthDataset/>",
        b"\x00<HealthData>",
    ],
)
def test_what_is_no_export_is_nobodys(content: str | bytes) -> None:
    """The clinical document beside the export, a diary, a page."""
    assert Apple().identify(document_of(content, "export_cda.xml")) is None


@pytest.mark.parametrize("flagged", [True, False])
def test_the_name_in_the_zip_does_not_matter(tmp_path: Path, flagged: bool) -> None:
    """In any language; also where the zip does not say that its names are UTF-8."""
    for name in LOCALISED:
        path = tmp_path / "export.zip"
        inner = f"apple_health_export/{name}"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(inner, SOUND)
            archive.writestr("apple_health_export/export_cda.xml", "<ClinicalDocument/>")
            archive.writestr("apple_health_export/workout-routes/route.gpx", "<gpx/>")
        if not flagged:
            unflag(path)
        read = registry.read_all(open_documents(path), today=TODAY)
        assert [r.file for r in read.readings] == [f"export.zip/{inner}"]
        assert by_day(read.readings[0], Metric.HRV_SDNN_MS) == {MAY_4: 45}
        assert len(read.unread) == 2


def unflag(path: Path) -> None:
    """Take the mark of UTF-8 names from every member of a zip, as Apple's zips lack it."""
    whole = bytearray(path.read_bytes())
    for magic, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = whole.find(magic)
        while start >= 0:
            (flags,) = struct.unpack_from("<H", whole, start + place)
            struct.pack_into("<H", whole, start + place, flags & ~0x800)
            start = whole.find(magic, start + 4)
    path.write_bytes(whole)


class Endless(io.RawIOBase):
    """An export of many megabytes that lies nowhere."""

    def __init__(self, n_times: int, record: bytes) -> None:
        self._left = n_times
        self._record = record
        self._head = SOUND.removesuffix("</HealthData>\n").encode()

    def read(self, size: int = -1) -> bytes:
        """The next piece, of some size."""
        assert size > 0
        head, self._head = self._head, b""
        if head:
            return head
        if self._left < 0:
            return b""
        n = min(self._left, size // len(self._record))
        self._left -= n
        if n:
            return self._record * n
        self._left = -1
        return b"</HealthData>\n"


@pytest.mark.parametrize(("kind", "n_bytes"), [("StepCount", 40_000_000), ("HeartRate", 6_000_000)])
def test_memory_does_not_grow_with_the_file(kind: str, n_bytes: int) -> None:
    """Megabytes of records pass through a few of memory, whether they are read or not."""
    line = record(f"HKQuantityTypeIdentifier{kind}", "2025-05-04 01:00:00 +0200", value=60)
    n_times = n_bytes // len(line.encode())

    @contextmanager
    def opener() -> Iterator[IO[bytes]]:
        yield Endless(n_times, line.encode())  # type: ignore[misc]

    def load() -> bytes:
        raise AssertionError("a stream is not loaded")

    document = Document("export.xml", SOUND.encode()[:60000], load, opener)
    tracemalloc.start()
    try:
        (reading,) = registry.read_all([document], today=TODAY).readings
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert reading.n_rows > n_times
    assert reading.skipped == ({"record of another kind": n_times} if kind == "StepCount" else {})
    assert by_day(reading, Metric.HRV_SDNN_MS) == {MAY_4: 45}
    assert peak < min(12 * 1024**2, n_bytes / 2)
