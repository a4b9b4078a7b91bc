"""Opening files, folders and zips: all that is wanted, nothing that is not, and never a bomb."""

import os
import struct
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrvctl.errors import DataError
from hrvctl.sources.kit import documents, size_limits
from hrvctl.sources.kit.documents import count_bytes, list_files, open_documents
from hrvctl.sources.kit.size_limits import Limits
from sources.exports import saved, zipped

CSV = b"date,hrv_ms\n2025-05-03,58\n"


def opened(path: Path) -> dict[str, bytes]:
    """Open a path and load everything."""
    return {document.name: document.load() for document in open_documents(path)}


def refused(path: Path) -> DataError:
    """Open a path that must be refused by its name, with a word on what to do."""
    with pytest.raises(DataError) as caught:
        opened(path)
    assert path.name in caught.value.message
    assert caught.value.hint
    return caught.value


def test_a_file_is_one_document_under_its_own_name(tmp_path: Path) -> None:
    """Its head is its beginning, its load the whole."""
    content = CSV + b"x" * documents.HEAD_BYTES
    (document,) = open_documents(saved(tmp_path / "hrv.csv", content))
    assert document.name == "hrv.csv"
    assert document.head == content[: documents.HEAD_BYTES]
    assert document.load() == content


def test_a_folder_gives_all_its_files_in_order(tmp_path: Path) -> None:
    """Below any depth, sorted, named from the folder on, hidden ones left out."""
    home = tmp_path / "my export"
    for name in ("b.csv", "a/z.csv", "a/a.csv", ".hidden", ".git/x.csv", "a/.DS_Store", "._b.csv"):
        saved(home / name, CSV)
    assert list(opened(home)) == ["my export/a/a.csv", "my export/a/z.csv", "my export/b.csv"]
    assert list_files(home / "b.csv") == [home / "b.csv"]


def test_a_zip_in_a_zip_is_looked_into(tmp_path: Path) -> None:
    """Names tell the way; content decides what is a zip, not the name."""
    inner = zipped({"data/cycles.csv": CSV})
    path = saved(tmp_path / "export.zip", zipped({"b.dat": inner, "a.csv": b"a", "c.zip": inner}))
    assert opened(path) == {
        "export.zip/a.csv": b"a",
        "export.zip/b.dat/data/cycles.csv": CSV,
        "export.zip/c.zip/data/cycles.csv": CSV,
    }


def test_three_zips_deep_is_read_and_four_is_refused(tmp_path: Path) -> None:
    """A zip in a zip in a zip is the deepest: each level multiplies what a bomb can hold."""
    content = {"a.csv": CSV}
    for _ in range(documents.DEPTH - 1):
        content = {"in.zip": zipped(content)}
    path = saved(tmp_path / "export.zip", zipped(content))
    assert list(opened(path).values()) == [CSV]
    path = saved(tmp_path / "deep.zip", zipped({"in.zip": zipped(content)}))
    assert "deep" in refused(path).message


UNSAFE = (
    ["../a.csv", "x/../../a.csv", "/etc/a.csv", "C:\\a.csv", "..\\a.csv", "\\a.csv", ".ssh/a.csv"],
    ["__MACOSX/a.csv", "x/__MACOSX/._a.csv", "._a.csv", ".DS_Store", "x/.hidden.csv"],
    ["Thumbs.db", "photos/thumbs.db", "x/desktop.ini"],
)


@pytest.mark.parametrize("name", [name for names in UNSAFE for name in names])
def test_unsafe_and_hidden_names_are_passed_over(tmp_path: Path, name: str) -> None:
    """No name in a zip leads outside, and what macOS and Windows add is nobody's export."""
    path = saved(tmp_path / "export.zip", zipped({name: b"evil", "good.csv": CSV, "folder/": b""}))
    assert opened(path) == {"export.zip/good.csv": CSV}


def test_a_zip_of_nothing_wanted_is_refused(tmp_path: Path) -> None:
    """An empty zip is a failed download."""
    assert "holds no files" in refused(saved(tmp_path / "export.zip", zipped({}))).message


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    """Zero bytes say that something went wrong before us."""
    assert "is empty" in refused(saved(tmp_path / "hrv.csv", b"")).message


def test_a_missing_path_is_refused(tmp_path: Path) -> None:
    """With the path as given."""
    assert "no such file" in refused(tmp_path / "nothing.csv").message
    with pytest.raises(DataError, match="cannot be read"):
        list_files(Path("x" * 5000))


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    """Most likely the wrong folder."""
    (tmp_path / "empty").mkdir()
    assert "holds no files" in refused(tmp_path / "empty").message


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    """Reading it would wait forever."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="neither a file nor a folder"):
        list_files(tmp_path / "pipe")


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.9, 0.99])
def test_a_truncated_zip_is_refused(tmp_path: Path, keep: float) -> None:
    """A download that broke off is said to be one."""
    whole = zipped({"a.csv": CSV * 50, "b.csv": os.urandom(500)})
    error = refused(saved(tmp_path / "export.zip", whole[: int(len(whole) * keep)]))
    assert "damaged" in error.message


def test_a_zip_by_name_only_is_refused(tmp_path: Path) -> None:
    """A web page saved as export.zip is not an export."""
    error = refused(saved(tmp_path / "export.zip", b"<html>Please sign in</html>"))
    assert "not a zip" in error.message


def test_a_corrupt_member_is_refused_by_its_name(tmp_path: Path) -> None:
    """The checksum is looked at."""
    whole = bytearray(zipped({"a.csv": os.urandom(400)}))
    whole[200] ^= 0xFF
    assert "export.zip/a.csv" in refused(saved(tmp_path / "export.zip", bytes(whole))).message


def test_a_member_without_a_name_is_passed_over(tmp_path: Path) -> None:
    """A damaged directory may have one."""
    whole = bytearray(zipped({"a.csv": CSV, "b.csv": CSV}))
    name = whole.index(b"a.csv", whole.index(b"PK\x01\x02"))
    whole[name] = 0  # a name ends at its first NUL
    assert list(opened(saved(tmp_path / "export.zip", bytes(whole)))) == ["export.zip/b.csv"]


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    """We have no password to ask for."""
    whole = bytearray(zipped({"a.csv": CSV}))
    entry = whole.index(b"PK\x01\x02")
    whole[entry + 8] |= 1  # the flags of the central directory entry
    assert "encrypted" in refused(saved(tmp_path / "export.zip", bytes(whole))).message


def test_a_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    """Four million zeros in four kilobytes are no export, also one zip further in."""
    bomb = zipped({"a.csv": bytes(4 * size_limits.RATIO_FREE_BYTES)})
    assert "bomb" in refused(saved(tmp_path / "export.zip", bomb)).message
    assert "bomb" in refused(saved(tmp_path / "outer.zip", zipped({"x.zip": bomb}))).message


def test_a_zip_that_declares_too_much_is_refused(tmp_path: Path) -> None:
    """Before anything is unpacked, by what the member says of itself."""
    whole = bytearray(zipped({"a.csv": CSV}))
    size = size_limits.MEMBER_BYTES + 1
    struct.pack_into("<II", whole, whole.index(b"PK\x01\x02") + 20, size // 10, size)
    assert "at most" in refused(saved(tmp_path / "export.zip", bytes(whole))).message


def test_a_file_too_large_for_memory_is_refused(tmp_path: Path) -> None:
    """A sparse file takes no room on the disk, but would in memory."""
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(size_limits.MEMBER_BYTES + 1)
    assert "too large" in refused(path).message


@pytest.mark.parametrize("is_zip", [False, True])
def test_a_file_too_large_for_memory_can_still_be_streamed(tmp_path: Path, is_zip: bool) -> None:
    """Its load refuses and says why; the files beside it in the zip are read."""
    large = os.urandom(600)
    path = saved(tmp_path / "large.xml", large)
    if is_zip:
        path = saved(tmp_path / "large.zip", zipped({"large.xml": large, "small.csv": CSV}))
    found = list(open_documents(path, limits=Limits(member=512, total=512)))
    with found[0].stream() as stream:
        assert stream.read() == large
    with pytest.raises(DataError, match="too large: 600 bytes, at most 512") as caught:
        found[0].load()
    assert found[0].name in caught.value.message
    assert [document.load() for document in found[1:]] == [CSV] * is_zip


def test_a_stream_has_a_limit_too(tmp_path: Path) -> None:
    """Of a file, and of all that can only be streamed in one zip together."""
    limits = Limits(member=100, stream=1000)
    single = saved(tmp_path / "a.xml", bytes(1001))
    several = saved(tmp_path / "a.zip", zipped({f"{n}.xml": bytes(400) for n in range(3)}))
    for path, why in ((single, "at most 1,000"), (several, "more than 1,000 bytes")):
        with pytest.raises(DataError, match=why):
            list(open_documents(path, limits=limits))


def test_a_zip_in_a_zip_too_large_for_memory_is_refused(tmp_path: Path) -> None:
    """It would have to be unpacked whole to look into it."""
    path = saved(tmp_path / "x.zip", zipped({"in.zip": zipped({"a.csv": os.urandom(600)})}))
    with pytest.raises(DataError, match=r"in\.zip: too large"):
        list(open_documents(path, limits=Limits(member=512)))


def test_a_bomb_is_no_stream_either(tmp_path: Path) -> None:
    """What shrank as only a bomb does is refused by its ratio, whatever its size."""
    bomb = saved(tmp_path / "x.zip", zipped({"a.xml": bytes(4 * size_limits.RATIO_FREE_BYTES)}))
    with pytest.raises(DataError, match="bomb"):
        list(open_documents(bomb, limits=Limits(member=512)))


def test_damage_that_shows_only_in_the_stream_is_told_by_name(tmp_path: Path) -> None:
    """The checksum stands at a member's end, behind what a source has read by then."""
    whole = bytearray(zipped({"a.xml": os.urandom(documents.HEAD_BYTES * 8)}))
    whole[documents.HEAD_BYTES * 6] ^= 0xFF
    (document,) = open_documents(saved(tmp_path / "x.zip", bytes(whole)))
    with document.stream() as stream, pytest.raises(DataError, match=r"x.zip/a.xml.*damaged"):
        stream.read()


def test_a_counted_stream_tells_how_far_it_has_been_read(tmp_path: Path) -> None:
    """The bytes so far, never falling, up to the size of the file."""
    content = os.urandom(3_000_000)
    path = saved(tmp_path / "x.zip", zipped({"a.xml": content}))
    (document,) = open_documents(path)
    told: list[tuple[str, int, int]] = []
    with count_bytes(document, lambda *so_far: told.append(so_far)).stream() as stream:
        assert stream.read() == content
    assert {name for name, _, _ in told} == {"x.zip/a.xml"}
    assert {total for _, _, total in told} == {len(content)}
    n_read = [n for _, n, _ in told]
    assert n_read == sorted(n_read)
    assert n_read[-1] == len(content)
    assert len(n_read) > 5


def test_a_document_knows_the_day_it_was_written(tmp_path: Path) -> None:
    """The file's own day, or what its zip says of it; nothing where the zip has no date."""
    path = saved(tmp_path / "a.csv", CSV)
    moment = datetime(2024, 2, 29, 12).astimezone().timestamp()
    os.utime(path, (moment, moment))
    archive = tmp_path / "x.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(path, "a.csv")
        packed.writestr(zipfile.ZipInfo("b.csv"), CSV)
    dates = [document.modified_on for document in open_documents(archive)]
    dates += [document.modified_on for document in open_documents(path)]
    assert dates == [date(2024, 2, 29), None, date(2024, 2, 29)]


def test_a_workbook_is_not_unpacked(tmp_path: Path) -> None:
    """A spreadsheet is a zip inside, but a document to a person."""
    book = zipped({"[Content_Types].xml": b"<Types/>", "xl/sheet1.xml": b"<x/>"})
    assert opened(saved(tmp_path / "hrv.xlsx", book)) == {"hrv.xlsx": book}


@given(place=st.floats(0, 1, exclude_max=True), junk=st.binary(min_size=1, max_size=4))
@settings(max_examples=80, deadline=None)
def test_any_damage_to_a_zip_ends_in_documents_or_a_data_error(
    tmp_path_factory: pytest.TempPathFactory, place: float, junk: bytes
) -> None:
    """No flipped byte anywhere ends in a traceback."""
    whole = zipped({"a.csv": CSV, "b/c.csv": CSV * 3, "in.zip": zipped({"d.csv": CSV})})
    start = int(place * len(whole))
    damaged = whole[:start] + junk + whole[start + len(junk) :]
    path = saved(tmp_path_factory.getbasetemp() / "damaged" / "x.zip", damaged)
    try:
        found = opened(path)
    except DataError:
        return
    assert all(name.startswith("x.zip/") for name in found)
