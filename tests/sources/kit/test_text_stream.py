"""Text of any length is read in bounded pieces, and no record is cut in two."""

import io
import json
from collections.abc import Iterator
from typing import IO

import pytest

from hrvctl.sources.kit.text_stream import PIECE, flat_rows, open_text, pieces

ROWS = [{"timestamp": f"2025-05-04T05:00:{n % 60:02}Z", "bpm": 60 + n % 40} for n in range(40_000)]


class Repeated(io.RawIOBase):
    """So many bytes of one kind."""

    def __init__(self, byte: bytes, n: int) -> None:
        self._byte, self._left = byte, n

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer."""
        n = min(len(buffer), self._left)
        buffer[:n] = self._byte * n
        self._left -= n
        return n


def largest(found: Iterator[str]) -> int:
    """The length of the longest piece."""
    return max(map(len, found))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_row_of_json_and_of_a_table_is_read(encoding: str) -> None:
    """Of more than one piece, in the encodings and with the line ends exports come in."""
    text = json.dumps({"data": ROWS, "next_token": None}, indent=1)
    assert len(text) > 2 * PIECE
    assert list(flat_rows(io.BytesIO(text.encode(encoding)))) == ROWS
    table = "\r\n".join(["Timestamp;BPM", *(f"{r['timestamp']};{r['bpm']}" for r in ROWS), ""])
    rows = flat_rows(io.BytesIO(table.encode(encoding)))
    assert list(rows) == [{"timestamp": r["timestamp"], "bpm": str(r["bpm"])} for r in ROWS]


def test_damaged_and_nested_objects_are_passed_over() -> None:
    """What is whole next to them is read."""
    text = '[{"a": 1}, {"a": }, {"b": {"c": 2}}, {"a": 3'
    assert list(flat_rows(io.BytesIO(text.encode()))) == [{"a": 1}, {"c": 2}]


@pytest.mark.parametrize("byte", [b"x", b" ", b"{", b"\xff"])
def test_what_never_ends_stays_within_a_few_pieces(byte: bytes) -> None:
    """No separator, no line end, no closing brace."""

    def endless() -> IO[bytes]:
        return io.BufferedReader(Repeated(byte, 20 * PIECE))

    assert largest(pieces(open_text(endless()), "{")) <= 2 * PIECE
    assert list(flat_rows(endless())) == []
