"""Artifacts: whole or not at all, valid JSON, and nothing a spreadsheet would run."""

import csv
import io
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrvctl.errors import DataError, HomeError
from hrvctl.safe_text import from_spreadsheet
from hrvctl.store.artifacts import (
    ARTIFACT_SCHEMA,
    ArtifactHead,
    load_artifact,
    load_head,
    save_artifact,
    save_csv,
    save_text,
)


@dataclass(frozen=True)
class Note:
    """The content of a made-up artifact."""

    artifact: ClassVar[str] = "note"

    text: str
    value: float | None = None


HEAD = ArtifactHead(
    schema=ARTIFACT_SCHEMA,
    artifact="note",
    subject="me",
    as_of=date(2026, 3, 9),
    run_id="made up",
    written_at=datetime(2026, 3, 9, 8, tzinfo=UTC),
)


def test_an_artifact_is_read_by_the_class_that_wrote_it(tmp_path: Path) -> None:
    """Head first, then the content, each field under its name."""
    path = tmp_path / "note.json"
    save_artifact(path, HEAD, Note("slept well", 0.1234567891))
    assert json.loads(path.read_text()) == {
        "schema": 1,
        "artifact": "note",
        "subject": "me",
        "as_of": "2026-03-09",
        "run_id": "made up",
        "written_at": "2026-03-09T08:00:00+00:00",
        "text": "slept well",
        "value": 0.123457,
    }
    assert load_artifact(path, Note) == Note("slept well", 0.123457)
    assert load_head(path) == HEAD


def test_infinity_is_refused_and_the_old_file_stands(tmp_path: Path) -> None:
    """No artifact that other programs could not read."""
    path = tmp_path / "note.json"
    save_artifact(path, HEAD, Note("first"))
    with pytest.raises(ValueError, match="JSON"):
        save_artifact(path, HEAD, Note("second", float("inf")))
    assert load_artifact(path, Note) == Note("first")


def test_text_that_is_no_utf8_is_escaped(tmp_path: Path) -> None:
    """A file name of odd bytes does not keep the report of it from being written."""
    path = tmp_path / "note.json"
    save_artifact(path, HEAD, Note("x\udcff.csv"))
    assert b"x\\udcff.csv" in path.read_bytes()
    assert load_artifact(path, Note).text == "x\udcff.csv"


class Failing(Exception):
    """Something in the middle of writing."""


def rows_that_fail() -> Iterator[tuple[str, ...]]:
    """One good row, then none."""
    yield ("a", "b")
    raise Failing


def test_failing_half_way_leaves_the_old_file(tmp_path: Path) -> None:
    """A reader never sees half a file, and nothing temporary stays."""
    path = tmp_path / "a.csv"
    save_csv(path, ("x", "y"), [("1", "2")])
    before = path.read_bytes()
    with pytest.raises(Failing):
        save_csv(path, ("x", "y"), rows_that_fail())
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["a.csv"]  # noqa: PTH208 - hidden files as well


def test_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """The path stands in the message; nothing temporary stays behind."""
    (tmp_path / "file").touch()
    with pytest.raises(HomeError, match=r"cannot write .*a\.json"):
        save_text(tmp_path / "file" / "a.json", "{}")
    (tmp_path / "b.json").mkdir()
    (tmp_path / "b.json" / "full").touch()
    with pytest.raises(HomeError, match=r"cannot write .*b\.json"):
        save_text(tmp_path / "b.json", "{}")
    assert sorted(os.listdir(tmp_path)) == ["b.json", "file"]  # noqa: PTH208 - hidden files as well


def test_an_artifact_that_was_not_written_yet_names_the_command(tmp_path: Path) -> None:
    """A home without a run has none."""
    with pytest.raises(HomeError, match=r"no note\.json yet") as caught:
        load_artifact(tmp_path / "note.json", Note)
    assert "hrvctl daily" in caught.value.hint


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is damaged"),
        (b'{"schema": 1', "is damaged"),
        (b"\xff", "is damaged"),
        (b"[1]", "not an artifact of hrvctl"),
        (b"{}", "not an artifact of hrvctl"),
        (b'{"schema": 2, "text": ""}', "has schema 2; this hrvctl reads 1"),
        (b'{"schema": 1}', "is damaged: text: the field is missing"),
        (b'{"schema": 1, "text": 7}', "is damaged: text: 7 is not of type str"),
        (b'{"schema": 1, "text": "", "value": "x"}', "is damaged: value: 'x' is not a number"),
    ],
)
def test_a_damaged_artifact_names_file_and_field_and_what_to_do(
    tmp_path: Path, content: bytes, why: str
) -> None:
    """Cut short, another program's, of another schema, or with a field of another type."""
    path = tmp_path / "note.json"
    path.write_bytes(content)
    with pytest.raises(DataError, match=why) as caught:
        load_artifact(path, Note)
    assert str(path) in caught.value.message
    assert "hrvctl daily" in caught.value.hint


cells = st.text(alphabet="=+-@\t\r\n,;:._'\"ab1 ü", max_size=6)
OWASP_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")


@given(st.lists(st.tuples(cells, st.integers(-9, 9)), max_size=5))
def test_csv_round_trips_and_holds_no_formula(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, int]]
) -> None:
    """Text that a spreadsheet would run is neutralised, whatever it takes for a separator.

    Numbers and all other text stay. One that looks neutralised already is so too, and can be told
    from what it looks like. Only a carriage return becomes a plain line end, which every reader
    keeps in its cell.
    """
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    save_csv(path, ("text", "number"), rows)
    with path.open(encoding="utf-8", newline="") as file:
        _, *read = csv.reader(file)
    assert [int(number) for _, number in read] == [number for _, number in rows]
    for (written, _), (given_text, _) in zip(read, rows, strict=True):
        assert from_spreadsheet(written) == given_text.replace("\r\n", "\n").replace("\r", "\n")
        for cell in re.split("[;|\t\n]", written):
            assert not cell.strip('" ').startswith(OWASP_SIGNS)


def test_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    """A table made again is byte-identical, with Unix line ends everywhere."""
    rows = [("=1+1", -1.5, None), ("plain", 2, "x")]
    for name in ("a", "b"):
        save_csv(tmp_path / name, ("t", "n", "m"), rows)
    content = (tmp_path / "a").read_bytes()
    assert content == (tmp_path / "b").read_bytes() == b"t,n,m\n'=1+1,-1.5,\nplain,2,x\n"
    assert io.BytesIO(content).readline() == b"t,n,m\n"
