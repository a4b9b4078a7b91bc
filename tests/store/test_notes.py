"""Texts are kept as typed and never lost; what is read out of them takes the place of itself."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrvctl.records import JournalEntry
from hrvctl.store.database import Store, open_store
from hrvctl.store.home import Home, create_home
from hrvctl.store.measurements import load_journal
from hrvctl.store.notes import (
    Page,
    add_notes,
    delete_pages,
    last_batch,
    load_notes,
    load_pages,
    load_read_days,
    load_unknown,
    replace_notes,
    save_derived,
    save_page,
    save_read_day,
    undo,
)
from hrvctl.store.schema import APPLICATION_ID, MIGRATIONS

AT = datetime(2026, 3, 10, 20, tzinfo=UTC)
DAY = date(2026, 3, 10)
BEFORE = DAY - timedelta(days=1)


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    """A store of a home of its own, open for writing."""
    with open_store(home, write=True) as store:
        yield store


def texts(store: Store, day: date = DAY) -> list[str]:
    """What stands for a day."""
    return [note.text for note in load_notes(store, "me", day=day)]


def take_back(store: Store) -> list[str]:
    """Undo once; the texts taken back."""
    undoing = last_batch(store, "me")
    assert undoing is not None
    undo(store, undoing, at=AT)
    return [note.text for note in undoing.taken_back]


def entry(tag: str, value: float = 1, **more: str) -> JournalEntry:
    """A row read out of a text."""
    return JournalEntry(day=DAY, tag=tag, value=value, text=tag, source="user", **more)


def all_rows(store: Store) -> list[tuple[object, ...]]:
    """Every note there ever was."""
    return [tuple(row) for row in store.connection.execute("SELECT * FROM notes ORDER BY id")]


def test_notes_come_back_as_typed_in_the_order_written(store: Store) -> None:
    """Of one subject and day, or all of a subject; a text may hold anything."""
    odd = "zwölf 🍺\n\ttwo\x1b[2J"
    add_notes(store, "me", DAY, ["first", odd], at=AT)
    add_notes(store, "me", BEFORE, ["earlier"], at=AT)
    add_notes(store, "you", DAY, ["theirs"], at=AT)
    assert texts(store) == ["first", odd]
    assert [(n.day, n.text, n.written_at) for n in load_notes(store, "me")] == [
        (DAY, "first", AT),
        (DAY, odd, AT),
        (BEFORE, "earlier", AT),
    ]


def test_what_came_together_is_undone_together(store: Store) -> None:
    """The last call first, of this subject alone, until nothing is left."""
    add_notes(store, "me", DAY, ["one", "two"], at=AT)
    add_notes(store, "me", BEFORE, ["three"], at=AT)
    add_notes(store, "you", DAY, ["theirs"], at=AT)
    assert take_back(store) == ["three"]
    assert take_back(store) == ["one", "two"]
    assert last_batch(store, "me") is None
    assert [note.text for note in load_notes(store, "you")] == ["theirs"]


def test_undoing_an_edit_brings_back_what_it_replaced(store: Store) -> None:
    """Also when the edit emptied the day; and then what stood before can be undone in turn."""
    add_notes(store, "me", DAY, ["one"], at=AT)
    for replacement in (["two"], []):
        shown = load_notes(store, "me", day=DAY)
        replace_notes(store, "me", DAY, replacement, instead_of=shown, at=AT)
        assert texts(store) == replacement
    assert take_back(store) == []
    assert texts(store) == ["two"]
    assert take_back(store) == ["two"]
    assert texts(store) == ["one"]
    assert take_back(store) == ["one"]
    assert texts(store) == []


def test_edit_leaves_what_was_added_while_it_was_open(store: Store) -> None:
    """Only the notes a person saw in the editor are replaced."""
    add_notes(store, "me", DAY, ["one"], at=AT)
    shown = load_notes(store, "me", day=DAY)
    add_notes(store, "me", DAY, ["meanwhile"], at=AT)
    replace_notes(store, "me", DAY, ["uno"], instead_of=shown, at=AT)
    assert texts(store) == ["meanwhile", "uno"]


def test_withdrawn_notes_keep_their_rows(store: Store) -> None:
    """Nothing typed is deleted or rewritten, not even by a program that tries."""
    add_notes(store, "me", DAY, ["one"], at=AT)
    take_back(store)
    assert [row[3] for row in all_rows(store)] == ["one"]
    for question in ("DELETE FROM notes", "UPDATE notes SET text = 'x'"):
        with pytest.raises(sqlite3.IntegrityError, match="withdrawn, not"):
            store.connection.execute(question)


doings = st.lists(
    st.sampled_from(["add", "add two", "replace", "empty", "undo"]), min_size=1, max_size=12
)


@settings(max_examples=60)
@given(doings)
def test_undo_walks_the_same_way_back(
    tmp_path_factory: pytest.TempPathFactory, doings: list[str]
) -> None:
    """After any doings, undoing shows each earlier state of the day in turn, down to none."""
    with open_store(Home(tmp_path_factory.mktemp("home")), write=True) as store:
        states: list[list[str]] = [[]]
        for n, doing in enumerate(doings):
            n_rows = len(all_rows(store))
            if doing == "undo":
                if len(states) > 1:
                    states.pop()
                    take_back(store)
                else:
                    assert last_batch(store, "me") is None
            elif doing.startswith("add"):
                new = [f"{n}a", f"{n}b"][: 1 + doing.endswith("two")]
                add_notes(store, "me", DAY, new, at=AT)
                states.append(states[-1] + new)
            else:
                shown = load_notes(store, "me", day=DAY)
                new = [f"{n}"] if doing == "replace" else []
                if shown or new:
                    replace_notes(store, "me", DAY, new, instead_of=shown, at=AT)
                    states.append(new)
            assert texts(store) == states[-1]
            assert len(all_rows(store)) >= n_rows
        while len(states) > 1:
            states.pop()
            take_back(store)
            assert texts(store) == states[-1]
        assert last_batch(store, "me") is None


def test_what_was_read_takes_the_place_of_what_was_read_before(store: Store) -> None:
    """Rows and words of that day and source alone; what says the same is not touched."""
    vendor = JournalEntry(day=DAY, tag="alcohol", value=1, text="q", source="whoop")
    save_derived(store, "me", DAY, "whoop", entries=[vendor], unknown={}, at=AT)
    first = [entry("alcohol", 2, unit="drinks", at="21:30"), entry("late_meal")]
    save_derived(store, "me", DAY, "user", entries=first, unknown={"foo": 2}, at=AT)
    later = AT + timedelta(hours=1)
    second = [entry("alcohol", 3, unit="drinks"), entry("sick")]
    save_derived(store, "me", DAY, "user", entries=[*first[1:]], unknown={"foo": 2}, at=later)
    save_derived(store, "me", DAY, "user", entries=second, unknown={"bar": 1}, at=later)
    assert load_journal(store, "me") == [second[0], vendor, second[1]]
    assert load_unknown(store, "me", first=DAY, last=DAY) == [("bar", 1)]


def test_reading_the_same_again_changes_no_byte(store: Store) -> None:
    """Also not when a row was first seen."""
    rows = [entry("alcohol", 2, unit="drinks")]
    dumps = []
    for hours in range(2):
        at = AT + timedelta(hours=hours)
        save_derived(store, "me", DAY, "user", entries=rows, unknown={"foo": 2}, at=at)
        dumps.append(list(store.connection.iterdump()))
    assert dumps[0] == dumps[1]


def test_unknown_words_are_counted_over_days_and_sources(store: Store) -> None:
    """The most frequent first, then by the alphabet; days outside the span do not count."""
    for day, source, unknown in (
        (DAY, "user", {"foo": 1, "bar": 1}),
        (DAY, "folder", {"foo": 1}),
        (BEFORE, "user", {"baz": 9}),
    ):
        save_derived(store, "me", day, source, entries=[], unknown=unknown, at=AT)
    assert load_unknown(store, "me", first=DAY, last=DAY) == [("foo", 2), ("bar", 1)]
    assert load_unknown(store, "me", first=BEFORE, last=DAY)[0] == ("baz", 9)
    assert load_unknown(store, "you", first=BEFORE, last=DAY) == []


def test_every_day_ever_written_of_is_known_with_its_words(store: Store) -> None:
    """Also one whose notes were all taken back: its rows must go as well."""
    add_notes(store, "me", BEFORE, ["one"], at=AT)
    add_notes(store, "me", DAY, ["two"], at=AT)
    save_read_day(store, "me", BEFORE, "old")
    save_read_day(store, "me", BEFORE, "new")
    take_back(store)
    assert load_read_days(store, "me") == {BEFORE: "new", DAY: ""}


def test_pages_are_remembered_without_their_text(store: Store) -> None:
    """Path, day, hash, vocabulary, guess; the newest word on a path holds; forgotten when gone."""
    page = Page(path="a/b.md", day=DAY, sha256="0" * 64, fingerprint="f", guess_ms=None)
    newer = Page(path="a/b.md", day=DAY, sha256="1" * 64, fingerprint="g", guess_ms=62.5)
    other = Page(path="c.md", day=BEFORE, sha256="2" * 64, fingerprint="g", guess_ms=None)
    for one in (page, newer, other):
        save_page(store, "me", one, at=AT)
    assert load_pages(store, "me") == {"a/b.md": newer, "c.md": other}
    delete_pages(store, "me", ["a/b.md", "not there"])
    assert load_pages(store, "me") == {"c.md": other}
    columns = {row[1] for row in store.connection.execute("PRAGMA table_info(pages)")}
    assert columns == {
        *("subject", "path", "day", "sha256", "fingerprint", "guess_ms", "read_at"),
    }


def make_first_home(home: Home, rows: list[tuple[object, ...]]) -> None:
    """A home as the first release made it, with a journal in it."""
    create_home(home)
    with closing(sqlite3.connect(home.database)) as connection:
        connection.executescript(MIGRATIONS[0])
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA user_version = 1")
        connection.executemany(
            "INSERT INTO journal (subject, day, tag, source, value, text, note, first_seen_at,"
            " revised_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        connection.commit()


def test_journal_of_the_first_schema_becomes_notes_and_loses_nothing(home: Home) -> None:
    """Each answer as the words that say it, the note of one call once, in the order they came."""
    first, second = "2026-03-09T20:00:00+02:00", "2026-03-10T20:00:00+02:00"
    make_first_home(
        home,
        [
            ("me", "2026-03-09", "alcohol", "user", 2.0, "alcohol=2", "birthday", first, None),
            ("me", "2026-03-09", "stress", "user", 0.7, "stress=0.7", "birthday", first, None),
            ("me", "2026-03-08", "sick", "user", 0.0, "sick=no", "", first, second),
            ("me", "2026-03-09", "alcohol", "whoop", 1.0, "Any alcohol?", "q", first, None),
            ("you", "2026-03-09", "caffeine", "user", 1e3, "caffeine=1000", "", second, None),
        ],
    )
    with open_store(home, write=True) as store:
        assert [(n.day.day, n.text, n.batch) for n in load_notes(store, "me")] == [
            (9, "alcohol=2", 1),
            (9, "stress=0.7", 1),
            (9, "birthday", 1),
            (8, "sick=0", 2),
        ]
        assert [n.text for n in load_notes(store, "you")] == ["caffeine=1000"]
        rows = {(e.tag, e.source): (e.value, e.unit, e.at) for e in load_journal(store, "me")}
        assert rows == {
            ("alcohol", "user"): (2.0, "", ""),
            ("stress", "user"): (0.7, "", ""),
            ("sick", "user"): (0.0, "", ""),
            ("alcohol", "whoop"): (1.0, "", ""),
        }
        assert load_read_days(store, "me") == {BEFORE: "", BEFORE - timedelta(days=1): ""}
        undoing = last_batch(store, "me")
    assert undoing is not None
    assert [note.text for note in undoing.taken_back] == ["sick=0"]


def test_empty_home_of_the_first_schema_is_brought_up_to_date(home: Home) -> None:
    """No answers, no notes, and the next ones are kept."""
    make_first_home(home, [])
    with open_store(home, write=True) as store:
        assert load_notes(store, "me") == []
        add_notes(store, "me", DAY, ["one"], at=AT)
        assert texts(store) == ["one"]
