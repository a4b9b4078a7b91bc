"""Read text piece by piece from a stream of any length, in the encodings exports come in."""

import codecs
import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import IO, Any

from hrvctl.sources.kit.cell_values import normalise, sniff_delimiter

# Characters read at once (own choice).
PIECE = 1024**2
# A JSON object without another in it.
FLAT = re.compile(r"\{[^{}]*\}")
JSON_STARTS = ("{", "[")


def open_text(stream: IO[bytes]) -> io.TextIOWrapper:
    """Decode a stream as UTF-8, or UTF-16 if it has its BOM; an undecodable byte is replaced.

    Every line end becomes a newline.
    """
    reader = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(_raw(stream))
    is_utf16 = reader.peek(2)[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    return io.TextIOWrapper(reader, "utf-16" if is_utf16 else "utf-8-sig", "replace")


def lines(text: IO[str]) -> Iterator[str]:
    """Yield lines; one of more than a million characters in parts, so that it fits in memory."""
    return iter(lambda: text.readline(PIECE), "")


def flat_rows(stream: IO[bytes]) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a table by normalised column, or the flat objects of a JSON file.

    Objects that hold others are passed over, as are cut and damaged rows.
    """
    with open_text(stream) as text:
        first = text.readline(PIECE)
        while first and not first.strip():
            first = text.readline(PIECE)
        if not first.lstrip().startswith(JSON_STARTS):
            yield from _table_rows(first, text)
            return
        for piece in pieces(text, "{", begun=first):
            for found in FLAT.findall(piece):
                try:
                    content = json.loads(found)
                except (ValueError, RecursionError):
                    continue
                yield content


def _table_rows(header: str, text: IO[str]) -> Iterator[Mapping[str, str]]:
    delimiter = sniff_delimiter(header)
    try:
        columns = [normalise(cell) for cell in next(csv.reader([header], delimiter=delimiter), [])]
        for cells in csv.reader(lines(text), delimiter=delimiter):
            if len(cells) == len(columns):
                yield dict(zip(columns, cells, strict=True))
    except csv.Error:
        return


def pieces(text: IO[str], separator: str, *, begun: str = "") -> Iterator[str]:
    """Yield pieces of about a million characters, each cut before a separator.

    A longer stretch without a separator is cut anywhere: it holds no record. ``begun`` has been
    read already.
    """
    rest = begun
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
