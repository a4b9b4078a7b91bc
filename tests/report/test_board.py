"""The board as a web page: strict HTML, nothing from elsewhere, whatever people are called."""

import math
import re
import unicodedata

import html5lib
import pytest

from cli.test_outside_text import HOSTILE
from domain.cohorts.test_board import board, line
from hrvctl.domain.baseline import PROFILES
from hrvctl.domain.cohorts.board import failed_line
from hrvctl.report import board as page
from hrvctl.report.board import ENDS_SD, WIDTH, board_page, picture


def parsed(text: str):
    """The page, by a parser that accepts no error."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)


def table(text: str, number: int) -> list[list[str]]:
    """The texts of a table's rows."""
    body = parsed(text).findall(".//tbody")[number]
    return [["".join(cell.itertext()) for cell in row] for row in body.findall("tr")]


TEAM = (
    line("Anna K.", "U19", light="red", light_reason="the 7-day mean is low", week_mean=45.0),
    line("Ben", "U17", n_nights_7=2),
    failed_line("cleo", "a value is wrong"),
)


def test_everybody_has_a_row_and_who_needs_you_comes_first() -> None:
    """The figures of the board, in its order."""
    text = board_page(board(*TEAM, root="2ca9e420", n_chunks_missing=1))
    assert [row[0] for row in table(text, 0)] == ["Anna K.", "cleo"]
    assert table(text, 0)[1][2] == "no forecast could be made: a value is wrong"
    assert table(text, 1) == [
        ["U17", "1", "0", "0", "0", "1", "2.0", "0"],
        ["U19", "1", "1", "0", "0", "0", "6.0", "1"],
        ["no group", "1", "0", "0", "0", "1", "0.0", "1"],
    ]
    anna, ben, cleo = table(text, 2)
    assert anna[:9] == ["Anna K.", "U19", "6", "25", "today", "red", "58", "45 below", "52 to 68"]
    assert anna[9:11] == ["-1.0", "61 (50 to 72)"]
    assert (ben[5], ben[-1]) == ("none", "have 2 nights in the last 7 days, need 3")
    assert cleo[4:] == ["never", "none", "", "", "", "", "", "", "", "failed"]
    assert "Sealed: root 2ca9e420." in text
    assert "not done, whose people are not shown: 1." in text


def test_nothing_is_loaded_from_elsewhere_and_nothing_runs() -> None:
    """No address, no script, no source, no import."""
    text = board_page(board(*TEAM))
    assert not re.search(r"https?:|src=|href=|@import|<script|<link|url\(| on\w+=", text)
    found = parsed(text)
    assert (found.get("lang"), len(found.findall(".//h1"))) == ("en", 1)
    ids = [element.get("id") for element in found.iter() if element.get("id")]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("hostile", HOSTILE, ids=map(ascii, HOSTILE))
def test_names_groups_and_reasons_are_text(hostile: str) -> None:
    """Of anybody's choice: they make no element, and nothing that is not shown."""
    drivers = [{"name": hostile, "effect_ms": 3.0, "value": 1.0}]
    text = board_page(
        board(line(hostile, hostile, drivers=drivers), failed_line(hostile, hostile, group=hostile))
    )
    plain = board_page(board(line("a", "b", drivers=drivers[:0]), failed_line("a", "c", group="b")))
    assert [each.tag for each in parsed(text).iter()] == [each.tag for each in parsed(plain).iter()]
    signs = {unicodedata.category(sign) for sign in text if sign != "\n"}
    assert not signs & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_the_picture_has_the_middle_of_the_range_in_its_middle() -> None:
    """In own SDs, as the figure beside it; what lies farther out is at an end."""
    k = PROFILES["robust60"].k
    found = picture(line(week_mean=math.sqrt(52.0 * 68.0)))
    assert found is not None
    assert found.week == WIDTH / 2
    assert found.band == (WIDTH / 2 * (1 - k / ENDS_SD), WIDTH / 2 * (1 + k / ENDS_SD))
    far = picture(line(week_mean=5.0, p10=None))
    assert far is not None
    assert (far.week, far.tomorrow) == (0.0, None)
    assert picture(line(range_low=None)) is None
    assert picture(line(range_low=60.0, range_high=60.0)) is None


def test_a_page_has_no_more_people_than_a_browser_can_show(monkeypatch) -> None:
    """It says how many there are besides."""
    monkeypatch.setattr(page, "MOST_PEOPLE", 2)
    text = board_page(board(*(line(f"p{n}", "U19", light="red") for n in range(5))))
    assert [len(table(text, number)) for number in (0, 1, 2)] == [2, 1, 2]
    assert "3 people more are not on this page" in text
