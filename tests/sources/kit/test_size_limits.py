"""How much of a zip is read: what somebody knows counts, what is only looked at does not."""

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from hrvctl.errors import DataError
from hrvctl.records import Metric, Reading
from hrvctl.sources import registry
from hrvctl.sources.apple.source import Apple
from hrvctl.sources.kit import documents
from hrvctl.sources.kit.documents import open_documents
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.kit.size_limits import Limits
from sources.apple_tags import export
from sources.exports import by_day, saved, zipped

CSV = b"date,hrv_ms\n2025-05-03,58\n"


def nights(first: int, n: int) -> bytes:
    """A table of nights in May 2025, from the day of the month on."""
    rows = [f"2025-05-{first + i:02},{50 + i}\n" for i in range(n)]
    return "".join(["date,hrv_ms\n", *rows]).encode()


def test_files_nobody_knows_may_unpack_to_any_size(tmp_path: Path, today: date) -> None:
    """Of a Takeout of many GiB we need a few nights; the minutes beside them are not unpacked."""
    minutes = {f"heart_rate-{n}.json": os.urandom(400) for n in range(10)}
    path = saved(tmp_path / "takeout.zip", zipped({**minutes, "zz.csv": CSV}))
    opened = open_documents(path, limits=Limits(member=500, total=500))
    found = registry.read_all(opened, today=today)
    (reading,) = found.readings
    assert by_day(reading, Metric.HRV_RMSSD_MS) == {date(2025, 5, 3): 58}
    assert len(found.unread) == len(minutes)
    assert all("not recognised" in error.message for error in found.unread.values())


def test_files_that_are_read_have_a_limit_together(tmp_path: Path, today: date) -> None:
    """Past it a file is left out by name; what is smaller is still read."""
    files = {"a.csv": nights(1, 5), "b.csv": nights(1, 5), "c.csv": nights(6, 1)}
    path = saved(tmp_path / "export.zip", zipped(files))
    limits = Limits(total=len(files["a.csv"]) + len(files["c.csv"]))
    found = registry.read_all(open_documents(path, limits=limits), today=today)
    assert [reading.file for reading in found.readings] == ["export.zip/a.csv", "export.zip/c.csv"]
    (error,) = found.unread.values()
    assert f"export.zip/b.csv: too large: with it more than {limits.total:,} bytes" in error.message
    assert error.hint


def test_a_small_stream_counts_as_it_is_read(tmp_path: Path, today: date) -> None:
    """A thousand small exports to stream are as long to read as one large one."""
    xml = export([]).encode() + b" " * 5_000
    path = saved(tmp_path / "x.zip", zipped({"a.xml": xml, "b.xml": xml}))
    limits = Limits(stream=len(xml) + 1)
    found = registry.read_all(open_documents(path, limits=limits), today=today)
    assert [reading.file for reading in found.readings] == ["x.zip/a.xml"]
    assert list(found.unread) == ["x.zip/b.xml"]


def test_streams_wait_without_their_beginnings(tmp_path: Path, today: date) -> None:
    """What a file was recognised by is let go: of 100,000 small ones it would fill the memory."""
    heads: list[bytes] = []

    @dataclass(frozen=True)
    class Streaming(Apple):
        def read(self, document: Document, *, today: date) -> Reading:
            heads.append(document.head)
            return super().read(document, today=today)

    path = saved(tmp_path / "x.zip", zipped({"a.xml": export([]).encode()}))
    registry.read_all(open_documents(path), today=today, sources=[Streaming()])
    assert heads == [b""]


def test_a_file_read_twice_counts_once(tmp_path: Path) -> None:
    """The limit is on how much there is, not on how often it is looked at."""
    path = saved(tmp_path / "x.zip", zipped({"a.csv": CSV}))
    (document,) = open_documents(path, limits=Limits(total=len(CSV)))
    for _ in range(3):
        assert document.load() == CSV
        with document.stream() as stream:
            assert stream.read() == CSV


def test_zips_in_a_zip_count_since_they_are_unpacked(tmp_path: Path) -> None:
    """Each fits in memory, but not any number of them."""
    inner = zipped({"a.csv": os.urandom(400)})
    path = saved(tmp_path / "x.zip", zipped({"1.zip": inner, "2.zip": inner}))
    with pytest.raises(DataError, match=r"x\.zip/2\.zip: too large: with it more than"):
        list(open_documents(path, limits=Limits(total=len(inner) + 100)))
    assert len(list(open_documents(path, limits=Limits(total=2 * len(inner))))) == 2


def test_only_heads_are_unpacked_to_recognise_files_by(tmp_path: Path) -> None:
    """However large it says it is, a file is not unpacked past its first 64 KiB."""
    whole = bytearray(zipped({"a.csv": os.urandom(documents.HEAD_BYTES * 8)}))
    whole[documents.HEAD_BYTES * 6] ^= 0xFF  # a fault that reading on would meet
    (document,) = open_documents(saved(tmp_path / "x.zip", bytes(whole)))
    assert len(document.head) == documents.HEAD_BYTES
    with pytest.raises(DataError, match="damaged"):
        document.load()
