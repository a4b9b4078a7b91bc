"""One document, one source: or a clear word on why not."""

import bz2
import gzip
import lzma
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from hrvctl.errors import DataError, UsageError
from hrvctl.records import Metric, Reading
from hrvctl.sources import registry
from hrvctl.sources.kit import documents
from hrvctl.sources.kit.documents import open_documents
from hrvctl.sources.kit.protocol import Document
from sources.exports import DATA, by_day, document_of, fixtures, open_one
from sources.whoop_rows import HEADER, cycle

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"


@dataclass(frozen=True)
class Greedy:
    """A source that claims everything."""

    name: str = "greedy"
    title: str = "Everything"

    def identify(self, document: Document) -> str | None:
        """Claim it."""
        return "all" if document.head else None

    def read(self, document: Document, *, today: date) -> Reading:
        """Read nothing from it."""
        return Reading(file=document.name, source=self.name, kind="all", n_rows=today.day)


def refused(content: str | bytes, name: str = "x.csv") -> DataError:
    """Identify what must be refused by name, with a word on what to do."""
    with pytest.raises(DataError) as caught:
        registry.identify(document_of(content, name))
    assert name in caught.value.message
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("content", [b"", b"\r\n\r\n", b"  \t"])
def test_an_empty_document_is_refused(content: bytes) -> None:
    """It is empty, not unknown, also where it has lines with nothing on them."""
    assert "is empty" in refused(content).message


def test_a_picture_named_csv_is_refused_as_no_text() -> None:
    """The name does not decide."""
    assert "not a text file" in refused(PNG).message


def test_a_workbook_is_refused_with_the_way_out() -> None:
    """Most people have a spreadsheet that can save as CSV."""
    assert "save it as CSV" in refused(b"PK\x03\x04....", "hrv.xlsx").hint


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(b"date,hrv_ms\n2025-05-03,61\n"),
        bz2.compress(b"x"),
        lzma.compress(b"x"),
        b"7z\xbc\xaf\x27\x1c\x00\x04",
        b"Rar!\x1a\x07\x01\x00",
        b"hrv.csv".ljust(257, b"\0") + b"ustar\0" + b"00".ljust(250, b"\0"),
    ],
    ids=["gzip", "bzip2", "xz", "7z", "rar", "tar"],
)
def test_what_is_packed_otherwise_is_refused_with_the_way_out(content: bytes) -> None:
    """A Takeout may come as .tgz; that it is no text helps nobody."""
    error = refused(content, "takeout-20250504.tgz")
    assert "only a zip is unpacked" in error.message
    assert error.hint.startswith("Unpack it yourself")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x0e\x10\x5b\x08\x00\x00\x00\x00.FIT\x00\x00", "a FIT file without the HRV status"),
        (
            b"SQLite format 3\0" + b"\0" * 84 + b"CREATE TABLE steps (a)CREATE TABLE naps (b)",
            "an SQLite database with the tables steps, naps",
        ),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
        (PNG, "a picture (PNG)"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "a picture (JPEG)"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "a picture or a film"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "an old spreadsheet"),
        (b"<!DOCTYPE html>\n<html><body>HRV</body></html>", "a web page"),
        (b"PK\x03\x04....", "a spreadsheet or document (.xlsx, .docx)"),
        (b'<?xml version="1.0"?>\n<!-- x -->\n<TrainingCenterDatabase>', "a workout (TCX)"),
        (b'<?xml version="1.0"?><gpx version="1.1">', "a track of a workout (GPX)"),
        (b'<?xml version="1.0"?><plan><day/></plan>', "XML with the element plan"),
        (b'<?xml version="1.0"?>' + b"<!-- a -->" * 60 + b"<?style?><a/>", "first line reads"),
        (b'{\n  "data": [\n    {"day": "2025-05-03",\n "mood": 3}]}', "keys data, day, mood"),
    ],
    ids=[
        "fit",
        "sqlite",
        "pdf",
        "png",
        "jpeg",
        "heic",
        "xls",
        "html",
        "xlsx",
        "tcx",
        "gpx",
        "xml",
        "xml with many comments",
        "json",
    ],
)
def test_the_message_says_what_a_file_is(content: bytes, words: str) -> None:
    """Not only what it is not."""
    assert words in refused(content).message


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (
            "Day,Mean HRV",
            '"rmssd_ms=Mean HRV"; if SDNN, with --column "date=Day" --column "sdnn_ms',
        ),
        ("Datum;HFV;rMSSD", 'read it with --column "date=Datum" --column "rmssd_ms=rMSSD"'),
        ("Date;SDNN", '--column "sdnn_ms=SDNN"'),
        ("Date,HRV (ms)", '"rmssd_ms=HRV (ms)"; if SDNN, with --column "date=Date"'),
    ],
)
def test_a_table_with_an_hrv_shows_the_command_that_reads_it(header: str, words: str) -> None:
    """Which of the two statistics it is, is asked where the name does not say."""
    message = refused(header + "\n2025-05-03,61\n").message
    assert words in message
    assert ("RMSSD or SDNN?" in message) == ("Mean" in header or "(ms)" in header)


def test_an_unknown_table_shows_its_header_and_says_what_is_needed() -> None:
    """The person sees what we saw, and the columns that would do."""
    error = refused("date;mood;Average HRV\n2025-05-03;good;61\n")
    assert "date, mood, Average HRV" in error.message
    for word in ("whoop", "table", "date", "hrv_ms", "sdnn_ms", "resting_hr_bpm"):
        assert word in error.hint
    assert "--column date=DATE --column hrv_ms=HRV" in error.hint
    assert len(error.hint) < 600  # half a screen; who gave the wrong file reads no more


def test_a_line_that_is_no_row_is_shown_all_the_same() -> None:
    """It is text, and not called a picture; of a line as long as a book the beginning is shown."""
    message = refused("[" + "9" * 200_000).message
    assert "its first line reads: [999" in message
    assert len(message) < 600


def test_a_wide_header_is_shown_in_part() -> None:
    """A thousand columns do not fill the screen."""
    error = refused(",".join(f"c{n}" for n in range(1000)) + "\n")
    assert error.message.endswith("and 988 more")


def test_a_header_cannot_steer_the_terminal() -> None:
    """What stands in a foreign file is shown, never obeyed."""
    assert "\x1b" not in refused("a,\x1b[2J\n").message


def test_two_claimants_are_both_named() -> None:
    """Ambiguity is an error, and insisting on one is the way out."""
    document = open_one(DATA / "whoop" / "cycles_en.csv")
    sources = (*registry.SOURCES, Greedy())
    with pytest.raises(DataError, match="recognised by whoop and greedy") as caught:
        registry.identify(document, sources=sources)
    assert "--source whoop" in caught.value.hint
    assert "--source greedy" in caught.value.hint


def test_insisting_asks_one_source_only() -> None:
    """A WHOOP file is not a table because someone says so."""
    table = registry.find_sources("table")
    with pytest.raises(DataError, match="not recognised"):
        registry.identify(open_one(DATA / "whoop" / "cycles_en.csv"), sources=table)
    source, kind = registry.identify(open_one(DATA / "table" / "nights.csv"), sources=table)
    assert (source.name, kind) == ("table", "nights")


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("fitbot", {}),
        ("", {"date": "Datum", "hfv": "HFV"}),
        ("", {"date": "Datum"}),
        ("", {"hrv_ms": "HFV", "strain": "x"}),
    ],
)
def test_a_wrong_name_or_mapping_is_a_fault_of_usage(name: str, columns: dict[str, str]) -> None:
    """With the names there are."""
    with pytest.raises(UsageError) as caught:
        registry.find_sources(name, columns)
    assert caught.value.hint


def test_a_whole_export_is_read_together(tmp_path: Path, today: date) -> None:
    """Zip with a folder in it, journal exact, and what nobody knows does not sink the rest."""
    path = tmp_path / "my_whoop_data_2025_05_04.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for kind in ("cycles", "sleeps", "workouts", "journal"):
            archive.write(DATA / "whoop" / f"{kind}_en.csv", f"my_whoop_data/{kind}.csv")
        archive.writestr("my_whoop_data/ecg.pdf", b"%PDF-1.7\0")
        archive.writestr("my_whoop_data/empty.csv", b"")
    read = registry.read_all(open_documents(path), today=today)
    assert [reading.kind for reading in read.readings] == [
        "cycles", "journal", "sleeps", "workouts",
    ]  # fmt: skip
    assert all(reading.problems == reading.warnings == () for reading in read.readings)
    assert sorted(name.split("/")[-1] for name in read.unread) == ["ecg.pdf", "empty.csv"]
    assert {name.split("/")[0] for name in read.unread} == {path.name}


def test_two_exports_that_overlap_are_read_each_as_it_stands(today: date) -> None:
    """A night scored again is told by both; which of them counts is for the store to say."""
    old = f"{HEADER}\n{cycle(hrv='71', end='')}\n"
    new = f"{HEADER}\n{cycle(hrv='70')}\n"
    documents = [document_of(text, name) for text, name in ((old, "old.csv"), (new, "new.csv"))]
    read = registry.read_all(documents, today=today)
    found = [by_day(reading, Metric.HRV_RMSSD_MS) for reading in read.readings]
    assert found == [{date(2025, 5, 4): 71}, {date(2025, 5, 4): 70}]


def test_a_document_that_cannot_be_loaded_does_not_sink_the_others(today: date) -> None:
    """Its fault stands beside what was read."""

    def fail() -> bytes:
        raise DataError("gone.csv: cannot be read", hint="Try again.")

    sound = open_one(DATA / "table" / "nights.csv")
    gone = Document("gone.csv", sound.head, fail)
    read = registry.read_all([gone, sound], today=today)
    assert [reading.file for reading in read.readings] == ["nights.csv"]
    assert read.unread["gone.csv"].message == "gone.csv: cannot be read"


def test_what_nobody_knows_does_not_stay_in_memory(today: date) -> None:
    """An export may hold 30,000 such files; of each a word is kept, not its content."""
    files = [document_of(b"\0" * documents.HEAD_BYTES, f"{n}.jpg") for n in range(3)]
    unread = registry.read_all(files, today=today).unread
    assert [error.__traceback__ for error in unread.values()] == [None] * 3


def test_a_source_without_joint_reading_reads_each_alone(today: date) -> None:
    """``read_together`` is an offer, not a duty."""
    documents = [document_of("a,b\n", f"{n}.csv") for n in range(3)]
    read = registry.read_all(documents, today=today, sources=[Greedy()])
    assert [reading.file for reading in read.readings] == ["0.csv", "1.csv", "2.csv"]


def test_names_of_files_do_not_matter(today: date) -> None:
    """Renamed, every fixture is still what it is."""
    for path in fixtures("whoop"):
        reading = registry.read(document_of(path.read_bytes(), "Schlaf (1).csv"), today=today)
        assert reading.kind == registry.identify(open_one(path))[1]


def test_reading_needs_the_standard_library_alone() -> None:
    """Light commands stay fast: no numeric or orchestration library is loaded."""
    code = "import sys, hrvctl.sources.registry; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert "hrvctl" in loaded
    assert not loaded & {"numpy", "pandas", "scipy", "statsmodels", "dagster", "typer"}
