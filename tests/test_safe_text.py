"""Text from outside: nothing in it acts on a terminal, a spreadsheet or a page."""

import csv
import io
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrvctl.safe_text import (
    from_spreadsheet,
    is_one_line,
    markdown,
    one_line,
    printable,
    shortened,
    spreadsheet_cell,
)

PIECES = ("\x1b[2J", "\x1b]52;c;eA==\x07", "\x9b31m", "\u202e", "\r", "\n", "=1+1", ";", "\t", '"')
hostile = st.lists(
    st.one_of(st.sampled_from((*PIECES, "'", "|", "@", "-", ",", " ", "a")), st.text(max_size=3))
).map("".join)


@pytest.mark.parametrize("sign", [chr(n) for n in range(32) if chr(n) not in "\t\n"] + ["\x7f"])
def test_control_characters_are_shown_as_escapes(sign: str) -> None:
    """None of C0 but the tab and the line end of our own texts."""
    assert printable(f"a{sign}b\n") == f"a{sign.encode('unicode_escape').decode()}b\n"


def test_c1_overrides_and_surrogates_are_shown_as_escapes() -> None:
    """A terminal takes U+009B for the start of a sequence, and an override turns a line round."""
    assert printable("\x9b31m \u202etxt \u2066 \udcff") == r"\x9b31m \u202etxt \u2066 \udcff"


def test_words_of_every_language_stay() -> None:
    """Emoji of several people, Persian joiners, accents."""
    persian = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    for text in ("👨\u200d👩\u200d👧 schlief gut", persian, "sømmer, привет, 日本語", "a\u0301"):
        assert one_line(text) == text


def test_a_line_has_no_line_end() -> None:
    """A file's name cannot begin a line of its own, nor mark emphasis as ours."""
    assert one_line("a\r\nhrvctl: done\u2028\x85\tb\ufdd0") == "a  hrvctl: done   b\\ufdd0"


@given(hostile)
def test_no_text_acts_on_a_terminal(text: str) -> None:
    """Whatever comes from outside."""
    for safe, kept in ((printable(text), "\n\t\u200c\u200d"), (one_line(text), "\u200c\u200d")):
        bad = [s for s in safe if unicodedata.category(s) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
        assert not set(bad) - set(kept)
    assert is_one_line(one_line(text))


@given(hostile, st.integers(min_value=4, max_value=40))
def test_a_name_has_the_room_it_is_given(text: str, longest: int) -> None:
    """A short one stays whole; of a long one the beginning stays, and dots say so."""
    shown, whole = shortened(text, longest), one_line(text)
    if len(whole) <= longest:
        assert shown == whole
    else:
        assert len(shown) == longest
        assert shown == whole[: longest - 3] + "..."


@given(hostile)
def test_no_cell_is_a_formula_in_any_spreadsheet(text: str) -> None:
    """As a reader with another separator, which knows no quotes inside a cell, takes it."""
    cell = spreadsheet_cell(text)
    assert from_spreadsheet(cell) == text
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerow(["2026-03-10", cell])
    for separator in ";\t|":
        for row in buffer.getvalue().replace("\r", "\n").split("\n"):
            for taken in row.split(separator):
                assert not re.match(r'["\' ]{0}[" ]*[=+@-]', taken), (separator, taken)


@given(hostile)
def test_no_text_is_markdown_or_html(text: str) -> None:
    """Every sign with a meaning has its backslash, and an address is no link."""
    safe = markdown(f"[x](javascript:alert) <img src=x> www.evil.example {text}")
    assert "\n" not in safe
    bare = re.sub(r"\\.", "", safe)
    assert not set("[]()<>*_`#|&") & set(bare)
    assert "www.e" not in safe
    assert "javascript:" not in safe
