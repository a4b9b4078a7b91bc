"""Describe a file of no known format: what it is, what it lacks, and how it may be read."""

import re
from collections.abc import Sequence

from hrvctl.errors import NotRecognised
from hrvctl.records import Metric
from hrvctl.sources.fit import file as fit_file
from hrvctl.sources.kit import cell_values, databases
from hrvctl.sources.kit.cell_values import Row, first_rows, normalise
from hrvctl.sources.kit.documents import ZIP_MAGIC
from hrvctl.sources.kit.json_records import KEY
from hrvctl.sources.kit.protocol import Document
from hrvctl.sources.table import SHORT_NAMES

# Header cells, keys or tables that are shown; more would fill the screen.
CELLS_SHOWN = 12
CHARACTERS_SHOWN = 500
# First bytes of files that another program has to unpack: gzip (a Takeout may be a .tgz), bzip2,
# xz, 7-Zip and RAR.
PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07")
PICTURES = (
    (b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"GIF8", "GIF"), (b"BM", "BMP"),
    (b"II*\0", "TIFF"), (b"MM\0*", "TIFF"),
)  # fmt: skip
# Of HEIC and films the name of the format is behind the length of the first box.
BOX, BOX_AT = b"ftyp", slice(4, 8)
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
WEB_PAGE = re.compile(r"\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html)", re.IGNORECASE | re.DOTALL)
XML_ROOT = re.compile(
    # Nothing is tried twice: a comment ends at its first end.
    r"\s*<\?xml[^>]*>\s*(?:(?><!--.*?-->)\s*|<!DOCTYPE[^>\[]*>\s*)*+<([\w:.-]{1,60})",
    re.DOTALL,
)
# Roots of files of one workout, in lower case.
WORKOUTS = {
    "trainingcenterdatabase": "a workout (TCX), which has no HRV of nights",
    "gpx": "a track of a workout (GPX), which has no HRV of nights",
}
TAR = b"ustar", slice(257, 262)
SQL_TABLE = re.compile(rb"CREATE TABLE (?:IF NOT EXISTS )?[\"'`\[]?(\w{1,60})", re.IGNORECASE)

DATE_NAME = re.compile(
    r"(?:^|_)(?:date|day|datum|fecha|fecha_hora|data|jour|dia|tag|timestamp|time)(?:_|$)|日期|日付"
)
HRV_NAME = re.compile(
    r"(?:^|_)(?:hrv|hfv|vfc|rmssd|sdnn|lnrmssd)(?:_|$)|variab|変動|变异|變異|вариабельн"
)
# The names that say which statistic it is; the logarithm of one is not in ms.
STATISTIC = re.compile(r"(?:^|_)(?:rmssd|sdnn)(?:_|$)")


def not_recognised(document: Document, names: Sequence[str]) -> NotRecognised:
    """Build the error for a document that none of the named sources recognises."""
    hint = (
        "A table of your own needs a column date (2025-05-03, the day you woke) and one of "
        f"{', '.join(SHORT_NAMES)}, and may have {Metric.RESTING_HR_BPM} and others; or name your "
        "columns: --column date=DATE --column hrv_ms=HRV. Exports are read from "
        f"{shown_names(names)}; `hrvctl sources` lists them, and `hrvctl sources show NAME` shows"
        " how to get one."
    )
    if document.head.startswith(PACKED) or document.head[TAR[1]] == TAR[0]:
        return NotRecognised(
            f"{document.name}: not recognised; it is packed, and only a zip is unpacked here",
            hint="Unpack it yourself and give the folder, or ask the vendor for a zip.",
        )
    if document.head.startswith(ZIP_MAGIC):
        hint = f"If it is a spreadsheet, give the original export, or save it as CSV. {hint}"
        what = "a spreadsheet or document (.xlsx, .docx), not a text file"
        return NotRecognised(f"{document.name}: not recognised; it is {what}", hint=hint)
    if what := _binary(document.head):
        if document.head.startswith(OLD_OFFICE):
            hint = f"Open it, save it as CSV and give that. {hint}"
        return NotRecognised(f"{document.name}: not recognised; it is {what}", hint=hint)
    text = cell_values.decode(document.head, is_cut=True)
    if text is None:
        return NotRecognised(f"{document.name}: not recognised; it is not a text file", hint=hint)
    if WEB_PAGE.match(text):
        return NotRecognised(
            f"{document.name}: not recognised; it is a web page, not an export",
            hint=f"Saving the page does not save its data: use the vendor's export. {hint}",
        )
    if root := XML_ROOT.match(text):
        what = WORKOUTS.get(root[1].casefold(), f"XML with the element {root[1]}")
        return NotRecognised(f"{document.name}: not recognised; it is {what}", hint=hint)
    if text.lstrip().startswith(("{", "[")) and (keys := list(dict.fromkeys(KEY.findall(text)))):
        shown = f"not recognised; it is JSON with the keys {shown_names(keys)}"
        return NotRecognised(
            f"{document.name}: {shown}",
            hint=hint,
            has_hrv=any(HRV_NAME.search(normalise(key)) for key in keys),
        )
    # A line that cannot be read as a row, such as one very long cell, is shown as it is.
    header = first_rows(document.head, 1) or [Row(1, (text.lstrip()[:CHARACTERS_SHOWN],))]
    cells = header[0].cells
    ways = _as_table(cells)
    return NotRecognised(
        f"{document.name}: not recognised; its first line reads: {shown_names(cells)}{ways}",
        hint=hint,
        has_hrv=any(HRV_NAME.search(normalise(cell)) for cell in cells),
    )


def shown_names(names: Sequence[str]) -> str:
    """Join the first names of a file, and count the others."""
    shown = [name.strip() for name in names[:CELLS_SHOWN]]
    more = len(names) - len(shown)
    text = ", ".join(shown)[:CHARACTERS_SHOWN]
    # A file may hold control characters.
    safe = "".join(char if char.isprintable() else "?" for char in text)
    return safe + (f" and {more} more" if more else "")


def _binary(head: bytes) -> str:
    """Say what a file that is not text is, and what it lacks; empty where that is unknown."""
    if head[fit_file.MAGIC_AT] == fit_file.MAGIC:
        return "a FIT file without the HRV status of nights and without beat-to-beat intervals"
    if head.startswith(databases.MAGIC):
        tables = [name.decode() for name in dict.fromkeys(SQL_TABLE.findall(head))]
        named = f" with the tables {shown_names(tables)}" if tables else ""
        return f"an SQLite database{named}, none of them a table of nights that is read"
    if head.startswith(b"%PDF"):
        return "a PDF document, which has no values to read; look for a CSV or JSON export"
    if head.startswith(OLD_OFFICE):
        return "an old spreadsheet or document (.xls, .doc), not a text file"
    for magic, name in PICTURES:
        if head.startswith(magic) and b"\0" in head:
            return f"a picture ({name}), not a text file"
    if head[BOX_AT] == BOX:
        return "a picture or a film, not a text file"
    return ""


def _as_table(cells: Sequence[str]) -> str:
    """Word the command that reads a table with a date and an HRV; empty where it has not both."""
    day = next((cell for cell in cells if DATE_NAME.search(normalise(cell))), None)
    named = [cell for cell in cells if HRV_NAME.search(normalise(cell))]
    # One that says which of the two it is, if there is one.
    hrv = min(named, key=lambda cell: not STATISTIC.search(normalise(cell)), default=None)
    if day is None or hrv is None or max(len(day), len(hrv)) > CHARACTERS_SHOWN // 5:
        return ""
    day, hrv = shown_names([day]), shown_names([hrv])
    name = normalise(hrv)
    given = f'--column "date={day}" --column'
    if STATISTIC.search(name):
        ours = "rmssd_ms" if "rmssd" in name else "sdnn_ms"
        return f'. If it is a table of days, read it with {given} "{ours}={hrv}"'
    return (
        f'. Is {hrv} RMSSD or SDNN? If it is RMSSD, read it with {given} "rmssd_ms={hrv}";'
        f' if SDNN, with {given} "sdnn_ms={hrv}"'
    )
