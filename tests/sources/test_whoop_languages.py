"""WHOOP: the same export in every language it comes in."""

from datetime import date

import pytest

from hrvctl.records import Metric
from hrvctl.sources.kit.cell_values import normalise
from hrvctl.sources.whoop.columns import (
    COLUMNS,
    CYCLE_COLUMNS,
    CYCLE_HEADERS,
    FIELDS,
    OTHER_HEADERS,
)
from hrvctl.sources.whoop.source import Whoop
from sources.exports import DATA, by_day, document_of, open_one
from sources.whoop_rows import cycle, read

HRV = Metric.HRV_RMSSD_MS


def test_quoted_decimal_commas_are_numbers() -> None:
    """A localised copy may write 52,5."""
    assert by_day(read(cycle(hrv='"52,5"')), HRV) == {date(2025, 5, 4): 52.5}


@pytest.mark.parametrize("language", ["de", "es", "fr", "pt", "it", "unknown_language"])
def test_every_language_reads_as_english_does(language: str, today: date) -> None:
    """The same nights in translated columns, known or not, are the same measurements."""
    english = open_one(DATA / "whoop" / "cycles_en.csv")
    translated = open_one(DATA / "whoop" / f"cycles_{language}.csv")
    expected = set(Whoop().read(english, today=today).measurements)
    found = Whoop().read(translated, today=today)
    assert set(found.measurements) <= expected
    assert len(by_day(found, HRV)) >= 2
    assert language == "unknown_language" or not found.unknown_columns


def test_a_translated_file_with_one_unknown_name_is_read_by_place(today: date) -> None:
    """Wording changes between app versions; the order of the columns does not."""
    path = DATA / "whoop" / "cycles_de.csv"
    german = path.read_text(encoding="utf-8")
    changed = german.replace("Herzfrequenzvariabilität (ms)", "HFV (ms)")
    assert changed != german
    reading = Whoop().read(document_of(changed, path.name), today=today)
    assert reading == Whoop().read(document_of(german, path.name), today=today)


def test_every_spelling_leads_to_the_column_it_is_listed_under() -> None:
    """No name in any language means two things."""
    for header in CYCLE_HEADERS.values():
        for names, field in zip(header, CYCLE_COLUMNS, strict=True):
            assert {FIELDS[normalise(name)] for name in names.split("|")} == {field}
    for field, names in OTHER_HEADERS.items():
        assert {FIELDS[normalise(name)] for name in names} == {field}
    assert {kind: len(fields) for kind, fields in COLUMNS.items()} == {
        "cycles": 26, "sleeps": 18, "workouts": 20, "journal": 6,
    }  # fmt: skip
