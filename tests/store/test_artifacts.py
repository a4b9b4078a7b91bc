"""Artifacts: whole or not at all, valid JSON, and nothing a spreadsheet would run."""

import csv
import io
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrvctl.errors import HomeError
from hrvctl.records import Metric
from hrvctl.store.artifacts import load_json, plain, save_csv, save_json, save_text


@dataclass(frozen=True)
class Note:
    """Something with fields."""

    day: date
    at: datetime
    value: float
    where: Path


NOTE = Note(date(2026, 3, 9), datetime(2026, 3, 9, 8, tzinfo=UTC), float("nan"), Path("/a/b"))


def test_records_become_what_json_knows(tmp_path: Path) -> None:
    """Dates are ISO text, NaN is null, keys are text, dataclasses objects."""
    path = tmp_path / "a.json"
    content = {"schema": 1, "note": NOTE, Metric.STRAIN: [0.1234567891, (1, None)], 0.5: True}
    save_json(path, content)
    assert load_json(path) == {
        "schema": 1,
        "note": {
            "day": "2026-03-09",
            "at": "2026-03-09T08:00:00+00:00",
            "value": None,
            "where": "/a/b",
        },
        "strain": [0.123457, [1, None]],
        "0.5": True,
    }


plain_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.dates() | st.floats(-1e9, 1e9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(plain_values)
def test_plain_is_valid_json_and_stays_as_it_is(value: object) -> None:
    """Strict JSON can say it, and what was plain before is not changed again."""
    once = plain(value)
    assert json.loads(json.dumps(once, allow_nan=False)) == once
    assert plain(once) == once


def test_infinity_is_refused_and_the_old_file_stands(tmp_path: Path) -> None:
    """No artifact that other programs could not read."""
    path = tmp_path / "a.json"
    save_json(path, {"schema": 1})
    with pytest.raises(ValueError, match="JSON"):
        save_json(path, {"schema": 1, "x": float("inf")})
    assert load_json(path) == {"schema": 1}


def test_text_that_is_no_utf8_is_escaped(tmp_path: Path) -> None:
    """A file name of odd bytes does not keep the report of it from being written."""
    path = tmp_path / "a.json"
    save_json(path, {"schema": 1, "file": "x\udcff.csv"})
    assert b"x\\udcff.csv" in path.read_bytes()
    assert load_json(path)["file"] == "x\udcff.csv"


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


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "no a.json yet"),
        (b"", "cannot read"),
        (b'{"schema": 1', "cannot read"),
        (b"\xff", "cannot read"),
        (b"[1]", "not one of our files"),
        (b"{}", "not one of our files"),
    ],
)
def test_artifact_that_is_none_says_what_to_do(
    tmp_path: Path, content: bytes | None, why: str
) -> None:
    """Missing, cut short, or another's: each is said, with the command that writes it anew."""
    path = tmp_path / "a.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(HomeError, match=why) as caught:
        load_json(path)
    assert "hrvctl daily" in caught.value.hint


cells = st.text(alphabet="=+-@\t\r\n,;'\"ab1 ü", max_size=6)
OWASP_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")


@given(st.lists(st.tuples(cells, st.integers(-9, 9)), max_size=5))
def test_csv_round_trips_and_holds_no_formula(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, int]]
) -> None:
    """Text that a spreadsheet would run is neutralised; numbers and all other text stay.

    One that looks neutralised already is so too, and can be told from what it looks like. Only a
    carriage return becomes a plain line end, which every reader keeps in its cell.
    """
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    save_csv(path, ("text", "number"), rows)
    with path.open(encoding="utf-8", newline="") as file:
        _, *read = csv.reader(file)
    assert [int(number) for _, number in read] == [number for _, number in rows]
    for (written, _), (given_text, _) in zip(read, rows, strict=True):
        expected = given_text.replace("\r\n", "\n").replace("\r", "\n")
        is_neutralised = given_text.lstrip("'").startswith(OWASP_SIGNS)
        assert written == (f"'{expected}" if is_neutralised else expected)


def test_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    """A table made again is byte-identical, with Unix line ends everywhere."""
    rows = [("=1+1", -1.5, None), ("plain", 2, "x")]
    for name in ("a", "b"):
        save_csv(tmp_path / name, ("t", "n", "m"), rows)
    content = (tmp_path / "a").read_bytes()
    assert content == (tmp_path / "b").read_bytes() == b"t,n,m\n'=1+1,-1.5,\nplain,2,x\n"
    assert io.BytesIO(content).readline() == b"t,n,m\n"
