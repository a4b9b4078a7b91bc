"""Garmin: reports of Connect, the account's export, files of API clients, and GarminDB."""

from collections.abc import Sequence
from datetime import date

from hrvctl.records import Reading
from hrvctl.sources.garmin import flat_tables, garmin_db, json_export, lifestyle, reports
from hrvctl.sources.kit.cell_values import first_rows
from hrvctl.sources.kit.csv_records import head_columns
from hrvctl.sources.kit.databases import MAGIC
from hrvctl.sources.kit.day_heart_rate import HeartRates, with_waking
from hrvctl.sources.kit.json_records import head_keys
from hrvctl.sources.kit.protocol import Document, JointSource

# Rows of the head looked at: the header, and enough to recognise the columns.
N_SNIFFED = 12


class Garmin(JointSource):
    """Reads Garmin's CSV reports, its JSON, and GarminDB's SQLite.

    The HRV is the RMSSD of the whole night. Most of these files also have a mean of seven nights,
    which is never read.
    """

    name: str = "garmin"
    title: str = "Garmin Connect reports, account export, garminconnect, GarminDB"
    steps: tuple[str, ...] = (
        "In Garmin Connect on the web open Reports, Health, HRV Status; export 4 weeks as CSV.",
        "For all of your past: account.garmin.com, Export your data; the zip comes by mail.",
        "hrvctl import 'HRV Status.csv'",
    )

    def identify(self, document: Document) -> str | None:
        """Name the kind: ``hrv_report``, ``sleep_report``, ``health_status``, ``database``..."""
        if garmin_db.is_garmin_db(document.head):
            return garmin_db.KIND
        if keys := head_keys(document):
            return lifestyle.KIND if keys >= lifestyle.MARKS else json_export.kind_of(keys)
        if kind := flat_tables.kind_of(head_columns(document)):
            return kind
        rows = first_rows(document.head, N_SNIFFED)
        return reports.NIGHT_REPORT if reports.is_night(rows) else reports.find_kind(rows)

    def read_together(self, documents: Sequence[Document], *, today: date) -> list[Reading]:
        """Read each day on the date the file gives it, which is the one the night ended on.

        A report without years is dated back from ``Document.modified_on``, or from ``today``. The
        heart rates of a day need the sleep of another file to know when the person woke.
        """
        rates = HeartRates()
        readings: list[Reading] = []
        for rates.place, document in enumerate(documents):
            readings.append(self._read(document, today, rates))
        return with_waking(readings, rates, self.name)

    def _read(self, document: Document, today: date, rates: HeartRates) -> Reading:
        kind = self.identify(document)
        if document.head.startswith(MAGIC):
            return garmin_db.read_db(document, self.name, today=today)
        if kind == lifestyle.KIND:
            return lifestyle.read_lifestyle(document, self.name, today=today)
        if kind and kind in json_export.KINDS:
            return json_export.read_json(document, kind, self.name, today=today, rates=rates)
        if kind in (flat_tables.FLAT, flat_tables.GRAFANA):
            return flat_tables.read_flat(document, self.name, today=today)
        if kind == reports.NIGHT_REPORT:
            return reports.read_night(document, self.name, today=today)
        return reports.read_report(document, self.name, today=today)
