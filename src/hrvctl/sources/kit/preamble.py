"""Find a table's header below titles and comments: the first line that has the columns."""

import csv
import re
from collections.abc import Iterator
from dataclasses import replace

from hrvctl.sources.kit import cell_values
from hrvctl.sources.kit.cell_values import sniff_delimiter
from hrvctl.sources.kit.protocol import Document

# Lines in which a header is looked for. Own choice: reports have a title, a name and dates.
MAX_LINES = 30
COMMENT = "#"
# First characters of JSON, XML and web pages.
NO_TABLE = ("{", "[", "<")
# A number, a date or a time, with or without a unit.
VALUE = re.compile(r"[+-]?[.,]?[0-9][0-9.,:/\s+-]*(?:[T%]|ms|bpm|Z)?[0-9.:+Z-]*")


def below_preamble(document: Document) -> Iterator[Document]:
    """Yield a document once for each further line that may be its header.

    The lines above are blank in it, so that line numbers stay. Where the file begins with comments,
    the first one yielded begins below them.
    """
    text = cell_values.decode(document.head, is_cut=True)
    if text is None or text.lstrip().startswith(NO_TABLE):
        return
    lines = text.splitlines()[: MAX_LINES + 1]
    for n, line in enumerate(lines):
        if n and _may_be_header(line):
            yield _blanked(document, n)


def is_commented(document: Document) -> bool:
    """Whether a file begins with a comment."""
    return document.head.lstrip(b"\xef\xbb\xbf \r\n").startswith(COMMENT.encode())


def _may_be_header(line: str) -> bool:
    """Whether a line has names and no numbers."""
    if line.lstrip().startswith(COMMENT):
        return False
    try:
        cells = next(csv.reader([line], delimiter=sniff_delimiter(line)), [])
    except csv.Error:
        return False
    filled = [cell.strip() for cell in cells if cell.strip()]
    return len(filled) > 1 and not any(map(VALUE.fullmatch, filled))


def _blanked(document: Document, n_lines: int) -> Document:
    return replace(
        document,
        head=_without(document.head, n_lines, is_cut=True),
        load=lambda: _without(document.load(), n_lines),
        opener=None,
    )


def _without(data: bytes, n_lines: int, *, is_cut: bool = False) -> bytes:
    text = cell_values.decode(data, is_cut=is_cut)
    if text is None:
        return data
    rest = text.splitlines(keepends=True)[n_lines:]
    return ("\n" * n_lines + "".join(rest)).encode("utf-8", "replace")
