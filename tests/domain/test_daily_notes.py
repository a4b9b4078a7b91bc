"""Daily notes of a person's own: which day a file speaks of, and what in it is for reading."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrvctl.domain.daily_notes import MAX_BYTES, MAX_FRONT, PageText, page_day, page_text
from hrvctl.errors import DataError

DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    "path",
    [
        "2026-11-22.md",
        "2026-11-22.txt",
        "2026-11-22.MD",
        "2026_11_22.md",
        "journals/2026_11_22.md",
        "2026/11/2026-11-22.md",
        "2026-11-22 Sunday.md",
        "2026-11-22-sunday.md",
        "diary of mine/2026-11-22, a title (with signs).md",
    ],
)
def test_daily_note_is_known_by_its_name(path: str) -> None:
    """As Obsidian and Logseq name them, in any folder, with a title behind the date or without."""
    assert page_day(path) == DAY


@pytest.mark.parametrize(
    "path",
    [
        "index.md",
        "2026-11-22.pdf",
        "2026-11-22",
        "2026-11-22md",
        "2026-11_22.md",
        "2026-13-01.md",
        "2026-02-29.md",
        "2026-11-223.md",
        "20261122.md",
        "on 2026-11-22.md",
        "1926-11-22.md",
        ".obsidian/2026-11-22.md",
        ".trash/old/2026-11-22.md",
        ".git/2026-11-22.md",
        "logseq/bak/journals/2026_11_22/2026_11_22.md",
        "mine/logseq/bak/2026_11_22.md",
        ".2026-11-22.md",
        "2026-11-22 (Ana's conflicted copy 2026-11-23).md",
        "2026-11-22.sync-conflict-20261123-101112-ABCDEFG.md",
        "2026-11-22.md/inner.md",
    ],
)
def test_what_is_no_daily_note_has_no_day(path: str) -> None:
    """Another name, no such date, a program's own folder, a copy made by a sync."""
    assert page_day(path) is None


@given(st.dates(date(2005, 1, 1), date(2100, 1, 1)), st.sampled_from("-_"))
def test_every_date_is_read_back_from_a_name(day: date, sign: str) -> None:
    """Whatever the day, its name says it."""
    assert page_day(f"notes/{day.isoformat().replace('-', sign)}.md") == day


def text_of(content: str) -> str:
    """What a page says, when there is no fault in it."""
    page = page_text(content.encode())
    assert page.fault == ""
    return page.text


def test_front_matter_becomes_lines_before_the_body() -> None:
    """Keys with what stands there, lists of tags as tags, lists of words as words."""
    page = """---
alcohol: 2
bedtime: 23:30
meditation: no
tags: [sick, "late meal", "#travel"]
symptoms:
  - headache
  - sore throat
sleep: {quality: 7/10}
---
Two beers.
"""
    assert text_of(page).splitlines() == [
        "alcohol: 2",
        "bedtime: 23:30",
        "meditation: no",
        "#sick",
        "#late_meal",
        "#travel",
        "symptoms: headache, sore throat",
        "quality: 7/10",
        "Two beers.",
    ]


def test_tags_may_stand_in_one_line() -> None:
    """`tags: sick, travel` and `tag: sick` are tags as well."""
    assert text_of("---\ntags: sick, travel\ntag: late\n---\n") == "#sick\n#travel\n#late\n"


def test_what_a_template_left_empty_is_unanswered() -> None:
    """A property nobody filled in says nothing, and what the program keeps for itself neither."""
    page = "---\nalcohol:\nstress: ''\ntags: []\nid: 12 beers\ncreated: 2026-11-22\n---\nfine"
    assert text_of(page) == "fine"


def test_page_without_front_matter_is_its_body() -> None:
    """A rule somewhere, or one at the top that nothing closes, is no front matter."""
    for body in ("fine", "one\n---\ntwo: 2\n---\nthree", "---\nalcohol: 2\n", ""):
        assert text_of(body) == "\n".join(body.splitlines())


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_marks_do_not_matter(end: str, mark: str) -> None:
    """A file from Windows reads as one from anywhere."""
    lines = ["---", "alcohol: 2", "---", "late dinner"]
    assert text_of(mark + end.join(lines)) == "alcohol: 2\nlate dinner"


def bomb() -> str:
    """Nine lines that stand for a thousand million words."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for name, inner in zip("bcdefghi", "abcdefgh", strict=True):
        lines.append(f"{name}: &{name} [{', '.join(['*' + inner] * 10)}]")
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("front", "why"),
    [
        ("alcohol: [2", "not YAML"),
        ("a: b: c", "not YAML, line 2"),
        ("\tx: 1", "not YAML"),
        ('x: "\\U00110000"', "not YAML"),
        ("x: \x1b", "not YAML"),
        ("? [a, b]\n: 1", "not YAML"),
        ("alcohol: &one 2", "anchor"),
        ("x: *nothing", "anchor or alias"),
        (bomb(), "anchor"),
        ("x: " + "[" * 2000, "nested too deep"),
        ("{" * 3000, "nested too deep"),
        ("- alcohol\n- late", "not a list of keys"),
        ("just words", "not a list of keys"),
        ("x: " + "y" * MAX_FRONT, "more than 20,000 characters"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_broken_front_matter_is_named_and_the_body_still_read(front: str, why: str) -> None:
    """The fault says what it is; nothing of it is guessed at, and the words below it count."""
    page = page_text(f"---\n{front}\n---\ntwo beers".encode())
    assert page.text == "two beers"
    assert why in page.fault


def test_yaml_makes_no_objects() -> None:
    """A tag that would make something in another program is text here."""
    page = "---\nx: !!python/object/apply:os.system ['true']\n---\nfine"
    assert text_of(page) == "x: true\nfine"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"two b\xe9ers", "byte 5 is not UTF-8"),
        ("two beers".encode("utf-16"), "byte 0 is not UTF-8"),
        (b"\x89PNG\r\n\x1a\n", "byte 0 is not UTF-8"),
        (b"two\0beers", "NUL"),
        (b"x" * (MAX_BYTES + 1), "1,000,001 bytes are more than the 1,000,000"),
    ],
    ids=["latin-1", "utf-16", "picture", "NUL", "large"],
)
def test_file_that_is_no_text_is_refused(content: bytes, why: str) -> None:
    """The message says where it stops being text, and the hint what to do."""
    with pytest.raises(DataError, match=why) as caught:
        page_text(content)
    assert caught.value.hint


signs = st.characters(codec="utf-8", exclude_characters="\0")
yaml_like = st.text("-:\n [],{}\"'#&*!|>ab1\\U0d8", max_size=300)


@given(st.text(signs, max_size=300) | yaml_like)
def test_any_text_is_read_and_can_be_stored(text: str) -> None:
    """Whatever stands between the fences and below them: a page, and text that is whole."""
    page = page_text(f"---\n{text}\n---\n{text}".encode())
    assert isinstance(page, PageText)
    assert page.text.encode("utf-8").decode("utf-8") == page.text
