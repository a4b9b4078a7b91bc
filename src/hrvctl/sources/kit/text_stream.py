"""Read text piece by piece from a stream of any length, in the encodings exports come in."""

import codecs
import io
from collections.abc import Iterator
from typing import IO

# Characters read at once (own choice).
PIECE = 1024**2


def open_text(stream: IO[bytes]) -> io.TextIOWrapper:
    """Decode a stream as UTF-8, or UTF-16 if it has its BOM; an undecodable byte is replaced.

    Every line end becomes a newline.
    """
    reader = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(_raw(stream))
    is_utf16 = reader.peek(2)[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    return io.TextIOWrapper(reader, "utf-16" if is_utf16 else "utf-8-sig", "replace")


def pieces(text: IO[str], separator: str) -> Iterator[str]:
    """Yield pieces of about a million characters, each cut before a separator.

    A longer stretch without a separator is cut anywhere: it holds no record.
    """
    rest = ""
    while piece := text.read(PIECE):
        rest += piece
        cut = rest.rfind(separator)
        if cut <= 0 and len(rest) <= PIECE:
            continue
        cut = cut if cut > 0 else len(rest)
        yield rest[:cut]
        rest = rest[cut:]
    yield rest


def _raw(stream: IO[bytes]) -> io.RawIOBase:
    return stream  # type: ignore[return-value]  # io.BytesIO reads as a raw stream does
