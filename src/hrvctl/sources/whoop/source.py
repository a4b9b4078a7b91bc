"""WHOOP's app export: cycles (the only file with HRV), sleeps, workouts and the journal."""

from collections.abc import Sequence
from datetime import date, datetime

from hrvctl.records import Reading
from hrvctl.sources.kit.cell_values import first_rows
from hrvctl.sources.kit.protocol import Document, JointSource
from hrvctl.sources.kit.table_reader import Sheet, load_rows
from hrvctl.sources.whoop.columns import find_layout, missing_columns
from hrvctl.sources.whoop.journal import read_journal
from hrvctl.sources.whoop.nights import days_by_start, measure_cycles, measure_sleeps, parse_cycles
from hrvctl.sources.whoop.workouts import read_workouts

# Rows of the head looked at: the header, and enough to see what the columns hold.
N_SNIFFED = 6


class Whoop(JointSource):
    """Reads the CSV files of WHOOP's "Data export", in any language.

    A journal on its own does not say when its nights ended; see ``read_together``.
    """

    name: str = "whoop"
    title: str = "WHOOP app export"
    steps: tuple[str, ...] = (
        "In the WHOOP app open More, App settings, Data export, and ask for it.",
        "Within a day a mail brings a link; download my_whoop_data_YYYY_MM_DD.zip.",
        "hrvctl import my_whoop_data_YYYY_MM_DD.zip",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind: ``cycles``, ``sleeps``, ``workouts`` or ``journal``."""
        layout = find_layout(first_rows(document.head, N_SNIFFED))
        return layout[0] if layout else None

    def read_together(self, documents: Sequence[Document], *, today: date) -> list[Reading]:
        """Read files of one export; the cycles tell the journal when its nights ended.

        Args:
            documents: Files for which ``identify`` named a kind.
            today: The user's date.

        Returns:
            One reading a document, in their order.
        """
        readings: dict[int, Reading] = {}
        days: dict[datetime, date] = {}
        sheets = [_open(document, today) for document in documents]
        # Cycles last but before the journal: where they and the sleeps differ, the cycles hold.
        for kind in ("sleeps", "cycles", "workouts", "journal"):
            for i, (its_kind, sheet) in enumerate(sheets):
                if its_kind == kind:
                    readings[i] = _read(self.name, kind, sheet, days)
        return [readings[i] for i in range(len(documents))]


def _open(document: Document, today: date) -> tuple[str, Sheet]:
    rows, problems = load_rows(document)
    layout = find_layout(rows[:N_SNIFFED])
    kind, fields = layout or ("cycles", ())
    sheet = Sheet(document.name, rows, fields, today=today, problems=problems)
    if not problems:
        for column in missing_columns(kind, fields):
            why = "the column is missing; give the export as WHOOP sent it"
            sheet.problem_in_header(column, why)
    return kind, sheet


def _read(source: str, kind: str, sheet: Sheet, days: dict[datetime, date]) -> Reading:
    if kind == "workouts":
        return sheet.reading(source, kind, workouts=read_workouts(sheet, source))
    if kind == "journal":
        return sheet.reading(source, kind, journal=read_journal(sheet, source, days))
    cycles = parse_cycles(sheet)
    days |= days_by_start(cycles)
    measure = measure_cycles if kind == "cycles" else measure_sleeps
    return sheet.reading(source, kind, measurements=measure(sheet, cycles, source))
