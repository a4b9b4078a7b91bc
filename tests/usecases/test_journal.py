"""Notes and daily pages at work: what is read out of them, and what is never touched."""

import json
import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import TODAY, ZONE
from hrvctl.domain.journal_text.vocabulary import Vocabulary
from hrvctl.errors import ConfigError, SealRefused
from hrvctl.pipeline import ops
from hrvctl.records import JournalEntry
from hrvctl.settings import load_settings
from hrvctl.store.database import open_store
from hrvctl.store.home import Home
from hrvctl.store.ledger import load_guesses, load_sealed
from hrvctl.store.measurements import load_journal
from hrvctl.store.notes import load_unknown
from hrvctl.usecases.daily_notes import FolderReport, gather, notes_folder, read_folder
from hrvctl.usecases.guesses import record_guess
from hrvctl.usecases.journal import (
    NotesResult,
    day_notes,
    load_features,
    reread_all,
    rewrite_notes,
    save_notes,
    undo_last_notes,
)
from hrvctl.usecases.vocabulary import load_vocabulary, own_vocabulary, vocabulary_file
from hrvctl.usecases.workspace import Evening, PrivateInputs, Workspace
from pipeline.made_up import TOMORROW, nights, write_table
from pipeline.test_ops import call

YESTERDAY = TODAY - timedelta(days=1)
EVENING = Evening("me", TODAY, is_live=True)
WORDS = load_vocabulary("")
SUNDAY = date(2026, 11, 22)
EXAMPLES = Path(__file__).parents[2] / "examples"
OWN = '[tags.alcohol]\nwords = ["zworp"]\n'


@pytest.fixture
def own_words(tmp_path: Path) -> Vocabulary:
    """The vocabulary of a person who has a word of their own for a drink."""
    path = tmp_path / "own.toml"
    path.write_text(OWN)
    return load_vocabulary(str(path))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder of daily notes."""
    folder = tmp_path / "notes"
    folder.mkdir()
    return folder


def write(folder: Path, name: str, text: str | bytes) -> Path:
    """Put a file into the folder."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def take(
    workspace: Workspace, *texts: str, day: date = TODAY, words: Vocabulary = WORDS
) -> NotesResult:
    """Write texts down for a day."""
    with open_store(workspace.home, write=True) as store:
        return save_notes(store, workspace, "me", day, texts, words)


def read(workspace: Workspace, folder: Path, *, words: Vocabulary = WORDS) -> FolderReport:
    """Read the folder on the evening of today."""
    with open_store(workspace.home, write=True) as store:
        return read_folder(store, workspace, EVENING, str(folder), words)


def rows(workspace: Workspace) -> list[JournalEntry]:
    """The journal."""
    with open_store(workspace.home, write=False) as store:
        return load_journal(store, "me")


def said(workspace: Workspace, day: date = TODAY) -> dict[str, float]:
    """Tag to value of a day."""
    return {e.tag: e.value for e in rows(workspace) if e.day == day}


def dump(workspace: Workspace) -> list[str]:
    """Everything that is stored but the notes themselves."""
    with closing(sqlite3.connect(workspace.home.database)) as connection:
        return [line for line in connection.iterdump() if 'INSERT INTO "notes"' not in line]


# ---------------------------------------------------------------- notes


def test_a_note_is_read_and_kept(workspace):
    """The answers, each with unit and words; what was not understood; the text as it was typed."""
    written = take(workspace, "two beers, then flumming")
    (drinks,) = [entry for entry in written.entries if entry.tag == "alcohol"]
    assert (drinks.value, drinks.unit, drinks.source) == (2, "drinks", "user")
    assert "two beers" in drinks.text
    assert "flumming" in written.unknown
    assert [note.text for note in day_notes(workspace, "me", TODAY)] == ["two beers, then flumming"]


def test_a_note_of_no_known_word_is_kept_all_the_same(workspace):
    """Nothing is understood, nothing is lost, nothing is made up."""
    written = take(workspace, "flumming zworp")
    assert (written.entries, written.is_understood) == ((), False)
    assert len(day_notes(workspace, "me", TODAY)) == 1


lines = st.sampled_from(
    ["two beers", "alcohol=2", "#sick", "sick=no", "stress: 7/10", "late dinner", "zworp", "🍺", ""]
)


@settings(max_examples=25)
@given(st.lists(lines, min_size=1, max_size=4), st.lists(lines, min_size=1, max_size=3))
def test_add_then_undo_leaves_what_was_there_before(tmp_path_factory, before, after):
    """Row for row, whatever was written before and after."""
    workspace = made(tmp_path_factory)
    take(workspace, *before)
    known = rows(workspace)
    take(workspace, *after)
    with open_store(workspace.home, write=True) as store:
        assert undo_last_notes(store, workspace, "me", WORDS).entries == tuple(known)
    assert rows(workspace) == known


@settings(max_examples=25)
@given(st.lists(lines, min_size=1, max_size=4))
def test_notes_in_several_calls_read_as_in_one(tmp_path_factory, texts):
    """It does not matter how often a person sat down to write."""
    one, many = made(tmp_path_factory), made(tmp_path_factory)
    take(one, *texts)
    for text in texts:
        take(many, text)
    assert rows(one) == rows(many)


@settings(max_examples=25)
@given(st.lists(lines, min_size=1, max_size=4))
def test_reading_anew_with_the_same_words_changes_nothing(tmp_path_factory, texts):
    """Not one byte, however often."""
    workspace = made(tmp_path_factory)
    take(workspace, *texts)
    before = dump(workspace)
    with open_store(workspace.home, write=True) as store:
        reread_all(store, workspace, "me", WORDS)
    assert dump(workspace) == before


def made(tmp_path_factory) -> Workspace:
    """A home of its own on the evening of today."""
    at = datetime.combine(TODAY, time(21), tzinfo=ZONE)
    return Workspace(Home(tmp_path_factory.mktemp("home")), lambda: at)


def test_days_do_not_mix(workspace):
    """What is said of yesterday is not said of today."""
    take(workspace, "two beers", day=YESTERDAY)
    take(workspace, "#sick")
    assert (said(workspace, YESTERDAY), said(workspace)) == ({"alcohol": 2}, {"sick": 1})


def test_an_edit_reads_the_day_anew_and_undo_brings_it_back(workspace):
    """The words that went take their answers with them; emptied, the day says nothing."""
    take(workspace, "two beers", "#sick")
    for text, expected in (("#sick", {"sick": 1}), ("", {})):
        with open_store(workspace.home, write=True) as store:
            shown = day_notes(workspace, "me", TODAY)
            rewrite_notes(store, workspace, "me", TODAY, text, WORDS, instead_of=shown)
        assert said(workspace) == expected
    for expected in ({"sick": 1}, {"alcohol": 2, "sick": 1}, {}):
        with open_store(workspace.home, write=True) as store:
            undo_last_notes(store, workspace, "me", WORDS)
        assert said(workspace) == expected
    with open_store(workspace.home, write=True) as store:
        assert undo_last_notes(store, workspace, "me", WORDS) is None


def test_a_hundred_thousand_characters_are_one_note(workspace):
    """A pasted page is kept and read, and no more of its words are counted than make sense."""
    text = "two beers. " + " ".join(f"zworp{'x' * (i % 9)}{i:x}q" for i in range(10_000))
    assert len(text) > 100_000
    written = take(workspace, text)
    assert {e.tag: e.value for e in written.entries}["alcohol"] == 2
    assert len(written.unknown) <= 200
    assert day_notes(workspace, "me", TODAY)[0].text == text


def test_new_words_of_ones_own_are_read_out_of_old_notes(workspace, own_words):
    """With the next thing that is written, every earlier day is read anew, and back again."""
    take(workspace, "zworp", day=YESTERDAY)
    assert said(workspace, YESTERDAY) == {}
    take(workspace, "#sick", words=own_words)
    assert said(workspace, YESTERDAY) == {"alcohol": 1}
    with open_store(workspace.home, write=True) as store:
        assert load_unknown(store, "me", first=YESTERDAY, last=TODAY) == []
        reread_all(store, workspace, "me", WORDS)
    assert said(workspace, YESTERDAY) == {}


# ---------------------------------------------------------------- guesses


@pytest.fixture
def known(workspace, tmp_path):
    """A home with nights, so that a guess can be sealed."""
    table = write_table(tmp_path / "mine.csv", nights(TODAY, 30))
    call(replace(workspace, private=PrivateInputs(paths=(str(table),))), ops.ingest_op)
    return workspace


def guesses(workspace):
    """Every guess, and how many rows of it are sealed."""
    with open_store(workspace.home, write=False) as store:
        sealed = [row for row in load_sealed(store) if row.forecast.source == "guess"]
        assert all(row.forecast.target == TOMORROW for row in sealed)
        return [guess.hrv_ms for guess in load_guesses(store, "me")], len(sealed)


def test_a_guess_in_a_note_of_today_is_sealed_once(known):
    """It counts at once; the same again, and other words beside it, add nothing."""
    first = take(known, "two beers, my guess is 62 ms")
    assert (first.guess.hrv_ms, first.guess.is_taken, first.guess.n_sealed) == (62, True, 1)
    again = take(known, "my guess is 62 ms")
    assert (again.guess.is_taken, again.guess.why) == (False, "it is the one that counts already")
    assert take(known, "late dinner").guess is None
    assert guesses(known) == ([62], 1)
    assert take(known, "my guess is 64 ms").guess.is_taken
    assert guesses(known) == ([62, 64], 2)


def test_a_guess_of_an_earlier_day_is_not_taken(known):
    """Its morning has begun."""
    written = take(known, "my guess is 62 ms", day=YESTERDAY)
    assert (written.guess.is_taken, guesses(known)) == (False, ([], 0))
    assert "has begun" in written.guess.why


def test_a_later_guess_by_command_is_not_undone_by_older_words(known):
    """What was typed after the note counts, whatever is added to the note's day."""
    take(known, "my guess is 62 ms")
    with open_store(known.home, write=True) as store:
        record_guess(store, known, EVENING, 70.0)
    take(known, "late dinner")
    with open_store(known.home, write=True) as store:
        shown = day_notes(known, "me", TODAY)
        text = "my guess is 62 ms\nlate dinner and two beers"
        rewrite_notes(store, known, "me", TODAY, text, WORDS, instead_of=shown)
    assert guesses(known)[0] == [62, 70]


def test_undo_does_not_take_back_a_guess(known):
    """What was sealed stays; the note it stood in is withdrawn."""
    take(known, "my guess is 62 ms")
    with open_store(known.home, write=True) as store:
        assert undo_last_notes(store, known, "me", WORDS).has_guess
    assert guesses(known) == ([62], 1)


def test_a_guess_is_for_a_live_evening(workspace):
    """A replay takes none."""
    with open_store(workspace.home, write=True) as store, pytest.raises(SealRefused, match="live"):
        record_guess(store, workspace, Evening("me", YESTERDAY, is_live=False), 60.0)


# ---------------------------------------------------------------- the folder


def test_the_folder_is_read_where_it_lies(workspace, folder):
    """Obsidian's names, Logseq's, folders in folders; each row names its page."""
    write(folder, "2026-03-10.md", "two beers")
    write(folder, "journals/2026_03_09.md", "- two beers\n- late dinner\n")
    write(folder, "2026/03/2026-03-08 Sunday.md", "---\nalcohol: 3\ntags: [sick]\n---\n")
    write(folder, "2026-03-07.txt", "\ufeffalcohol=2\r\n#sick\r\n".encode())
    write(folder, "ideas.md", "two beers")
    write(folder, ".obsidian/2026-03-06.md", "two beers")
    write(folder, "logseq/bak/journals/2026_03_09/x.2026_03_09.md", "two beers")
    before = {path: path.stat() for path in folder.rglob("*")}
    report = read(workspace, folder)
    assert (report.n_read, report.n_unchanged, report.failed, report.warnings) == (4, 0, [], [])
    found = {(e.day.day, e.tag): (e.value, e.source, e.note) for e in rows(workspace)}
    assert found[10, "alcohol"] == (2, "folder", "2026-03-10.md")
    assert found[9, "alcohol"] == (2, "folder", "journals/2026_03_09.md")
    assert found[8, "alcohol"] == (3, "folder", "2026/03/2026-03-08 Sunday.md")
    assert found[8, "sick"] == (1, "folder", "2026/03/2026-03-08 Sunday.md")
    assert found[7, "alcohol"] == (2, "folder", "2026-03-07.txt")
    assert {day for day, _ in found} == {7, 8, 9, 10}
    assert {path: path.stat() for path in before} | before == before


def test_the_folders_text_is_not_copied_into_the_store(workspace, folder):
    """Derived rows, counts of words, a hash; nowhere the page itself."""
    write(
        folder, "2026-03-10.md", "Two beers with uncle Zworp, who talked of nothing but plumbing."
    )
    read(workspace, folder)
    with open_store(workspace.home, write=False) as store:
        stored = "\n".join(store.connection.iterdump())
    assert "Zworp, who" not in stored
    assert 'INSERT INTO "notes"' not in stored


def test_a_folder_read_twice_changes_nothing(workspace, folder):
    """What is as it was is not read anew, and no byte of the store changes."""
    for day in range(1, 10):
        write(folder, f"2026-03-0{day}.md", "two beers")
    read(workspace, folder)
    before = dump(workspace)
    report = read(workspace, folder)
    assert (report.n_read, report.n_unchanged) == (0, 9)
    assert dump(workspace) == before


def test_a_page_that_changed_is_read_anew_and_one_that_went_is_forgotten(workspace, folder):
    """With the answers that stood in it."""
    page = write(folder, "2026-03-10.md", "two beers")
    gone = write(folder, "2026-03-09.md", "two beers")
    read(workspace, folder)
    page.write_text("three beers")
    gone.unlink()
    report = read(workspace, folder)
    assert (report.n_read, report.n_gone, report.n_unchanged) == (1, 1, 0)
    assert (said(workspace), said(workspace, YESTERDAY)) == ({"alcohol": 3}, {})


def test_two_pages_of_one_day_are_both_read(workspace, folder):
    """Each row names the page its words stand on; one that goes leaves the other."""
    write(folder, "2026-03-10.md", "two beers")
    other = write(folder, "work/2026-03-10.md", "#sick")
    read(workspace, folder)
    assert {e.tag: e.note for e in rows(workspace)} == {
        "alcohol": "2026-03-10.md",
        "sick": "work/2026-03-10.md",
    }
    other.unlink()
    assert read(workspace, folder).n_read == 1
    assert said(workspace) == {"alcohol": 2}


def test_pages_and_notes_of_one_day_stand_side_by_side(workspace, folder):
    """Neither takes the place of the other."""
    write(folder, "2026-03-10.md", "two beers")
    take(workspace, "alcohol=3")
    read(workspace, folder)
    assert {e.source: e.value for e in rows(workspace)} == {"user": 3, "folder": 2}


def test_days_that_have_not_come_are_left_for_later(workspace, folder):
    """A page prepared for tomorrow says nothing yet, and is read when its day is there."""
    write(folder, f"{TOMORROW}.md", "two beers")
    assert read(workspace, folder).n_read == 0
    assert rows(workspace) == []
    with open_store(workspace.home, write=True) as store:
        later = Evening("me", TOMORROW, is_live=True)
        assert read_folder(store, workspace, later, str(folder), WORDS).n_read == 1


def test_files_that_cannot_be_read_are_named_and_do_not_stop_the_others(workspace, folder):
    """No text, another encoding, too large, a pipe: each with why, and what to do."""
    write(folder, "2026-03-10.md", "two beers")
    write(folder, "2026-03-01.md", b"\x89PNG\r\n\x1a\n\0\0")
    write(folder, "2026-03-02.md", "zwölf Bier".encode("latin-1"))
    write(folder, "2026-03-03.md", "two beers\n" * 150_000)
    os.mkfifo(folder / "2026-03-04.md")
    (folder / "2026-03-05.md").mkdir()
    report = read(workspace, folder)
    assert [failed.file for failed in report.failed] == [f"2026-03-0{n}.md" for n in (1, 2, 3, 4)]
    assert all(failed.message and failed.hint for failed in report.failed)
    assert said(workspace) == {"alcohol": 2}
    # They are tried again: the person may have mended them.
    write(folder, "2026-03-02.md", "zwölf Bier, two beers")
    assert [f.file for f in read(workspace, folder).failed] == [
        f"2026-03-0{n}.md" for n in (1, 3, 4)
    ]
    assert said(workspace, date(2026, 3, 2))["alcohol"] == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="permission bits do not bind root")
def test_a_page_that_may_not_be_read_keeps_what_was_read_before(workspace, folder):
    """And so does what lies in a folder that may not be looked into."""
    page = write(folder, "deep/2026-03-10.md", "two beers")
    read(workspace, folder)
    for path in (page, page.parent):
        mode = path.stat().st_mode
        path.chmod(0)
        try:
            report = read(workspace, folder)
        finally:
            path.chmod(mode)
        assert len(report.failed) == 1
        assert said(workspace) == {"alcohol": 2}


def test_a_page_that_became_no_text_keeps_what_was_read_before(workspace, folder):
    """A sync that broke off half way is no reason to forget the day."""
    write(folder, "2026-03-10.md", "two beers")
    write(folder, "b/2026-03-10.md", "#sick")
    read(workspace, folder)
    write(folder, "2026-03-10.md", b"\xff\xfe\0")
    assert [failed.file for failed in read(workspace, folder).failed] == ["2026-03-10.md"]
    assert said(workspace) == {"alcohol": 2, "sick": 1}


def test_links_are_not_followed(workspace, folder, tmp_path):
    """Neither out of the folder nor round in circles."""
    outside = write(tmp_path / "outside", "2026-03-10.md", "two beers")
    (folder / "2026-03-10.md").symlink_to(outside)
    (folder / "elsewhere").symlink_to(outside.parent)
    (folder / "round").symlink_to(folder)
    (folder / "2026-03-09.md").symlink_to("2026-03-09.md")
    report = read(workspace, folder)
    assert (report.n_read, rows(workspace)) == (0, [])
    assert report.warnings == [
        "2026-03-09.md is a link, which is not followed",
        "2026-03-10.md is a link, which is not followed",
    ]


def test_a_folder_with_notes_under_other_names_is_a_warning(workspace, folder):
    """Silence would look as if they were read; one that is named by its date is enough."""
    write(folder, "Sunday 22 November.md", "two beers")
    (warning,) = read(workspace, folder).warnings
    assert warning == f"no daily note in {folder}: name them by their date, 2026-11-22.md"
    write(folder, "2026-03-10.md", "two beers")
    assert read(workspace, folder).warnings == []


def test_a_folder_that_is_a_link_is_the_folder(workspace, folder, tmp_path):
    """People link their notes to where a cloud keeps them."""
    write(folder, "2026-03-10.md", "two beers")
    (tmp_path / "link").symlink_to(folder)
    assert read(workspace, tmp_path / "link").n_read == 1


@pytest.mark.parametrize("kind", ["missing", "file", "loop"])
def test_a_folder_that_is_not_there_is_a_warning_and_forgets_nothing(
    workspace, folder, tmp_path, kind
):
    """The disk may come back tomorrow."""
    write(folder, "2026-03-10.md", "two beers")
    read(workspace, folder)
    place = tmp_path / "place"
    if kind == "file":
        place.touch()
    elif kind == "loop":
        place.symlink_to(place)
    report = read(workspace, place)
    assert len(report.warnings) == 1
    assert str(place) in report.warnings[0]
    assert (report.failed, said(workspace)) == ([], {"alcohol": 2})


def test_a_broken_front_matter_is_named_and_the_body_read(workspace, folder):
    """The page counts as read."""
    write(folder, "2026-03-10.md", "---\na: &a [*a]\n---\ntwo beers")
    report = read(workspace, folder)
    assert report.warnings == ["2026-03-10.md: the front matter has an anchor or alias"]
    assert (report.n_read, said(workspace)) == (1, {"alcohol": 2})


def test_names_that_are_no_text_are_read_as_well(workspace, folder):
    """A title in another encoding is shown as JSON would escape it."""
    (folder / os.fsdecode(b"2026-03-10 \xff.md")).write_text("two beers")
    assert read(workspace, folder).n_read == 1
    assert read(workspace, folder).n_unchanged == 1
    assert [e.note for e in rows(workspace)] == ["2026-03-10 \\xff.md"]


def test_new_words_of_ones_own_are_read_out_of_old_pages(workspace, folder, own_words):
    """A changed vocabulary reads every page anew, once."""
    write(folder, "2026-03-10.md", "zworp")
    read(workspace, folder)
    assert rows(workspace) == []
    assert read(workspace, folder, words=own_words).n_read == 1
    assert said(workspace) == {"alcohol": 1}
    assert read(workspace, folder, words=own_words).n_unchanged == 1


def test_a_guess_on_todays_page_is_taken_once(known, folder):
    """Not again with every line added below it, and not over a later word by command."""
    write(folder, "2026-03-09.md", "my guess is 50 ms")
    page = write(folder, "2026-03-10.md", "my guess is 62 ms")

    def evening() -> None:
        with open_store(known.home, write=True) as store:
            gather(store, known, EVENING, str(folder), WORDS)

    evening()
    assert guesses(known)[0] == [62]
    with open_store(known.home, write=True) as store:
        assert load_features(store, EVENING, WORDS).guess_from == "page"
        record_guess(store, known, EVENING, 70.0)
        assert load_features(store, EVENING, WORDS).guess_from == "command"
    page.write_text("my guess is 62 ms\ntwo beers")
    evening()
    assert guesses(known)[0] == [62, 70]
    page.write_text("my guess is 64 ms\ntwo beers")
    evening()
    assert guesses(known)[0] == [62, 70, 64]


def test_a_guess_on_a_page_in_the_morning_is_said_to_be_too_late(known, folder):
    """The run began before the morning and reads the page after it."""
    write(folder, "2026-03-10.md", "two beers, my guess is 62 ms")
    late = Workspace(known.home, lambda: datetime.combine(TOMORROW, time(4, 1), tzinfo=ZONE))
    with open_store(known.home, write=True) as store:
        report = gather(store, late, EVENING, str(folder), WORDS)
    assert "has begun" in report.warnings[0]
    assert (guesses(known), said(known)) == (([], 0), {"alcohol": 2})


# ---------------------------------------------------------------- the op


def features(workspace, evening):
    """`journal_features.json`."""
    return json.loads((workspace.folder(evening) / "journal_features.json").read_text())


def test_the_op_writes_what_the_day_said(known, folder):
    """Answers with units and times, words not understood, the guess with its origin, the folder."""
    write(folder, "2026-03-10.md", "zworp, two beers")
    write(folder, "2026-03-01.md", b"\xff")
    take(known, "#sick, zworp, my guess is 62 ms")
    asked = replace(known, private=PrivateInputs(folder=str(folder)))
    call(asked, ops.journal_op, EVENING)
    done = features(known, EVENING)
    by_tag = {f["tag"]: f for f in done["features"]}
    assert by_tag["alcohol"]["unit"] == "drinks"
    assert set(by_tag["sick"]) == {"tag", "value", "unit", "at", "text", "source", "note"}
    assert {"word": "zworp", "n": 2} in done["unknown"]
    assert (done["guess"]["hrv_ms"], done["guess_from"]) == (62, "note")
    report = done["folder"]
    assert (report["folder"], report["n_read"]) == (str(folder), 1)
    assert [failed["file"] for failed in report["failed"]] == ["2026-03-01.md"]


def test_a_replay_reads_no_folder_and_writes_nothing(known, folder):
    """What is stored is said; what lies in the folder waits for a live evening."""
    take(known, "two beers")
    write(folder, "2026-03-10.md", "#sick")
    before = known.home.database.read_bytes()
    replay = Evening("me", TODAY, is_live=False)
    asked = replace(known, private=PrivateInputs(folder=str(folder)))
    call(asked, ops.journal_op, replay)
    done = features(known, replay)
    assert {f["tag"] for f in done["features"]} == {"alcohol"}
    assert (done["folder"]["n_read"], done["folder"]["warnings"]) == (0, [])
    assert known.home.database.read_bytes() == before


@pytest.mark.usefixtures("own_words")
def test_a_run_brings_old_notes_up_to_date(workspace, tmp_path):
    """A changed vocabulary is noticed by the evening's run."""
    take(workspace, "zworp")
    asked = replace(workspace, private=PrivateInputs(vocabulary=str(tmp_path / "own.toml")))
    call(asked, ops.journal_op, EVENING)
    assert said(workspace) == {"alcohol": 1}


# ---------------------------------------------------------------- the words of one's own


def test_settings_say_where_folder_and_words_are(tmp_path, monkeypatch):
    """Relative to the config file, `~` as people write it, nothing when nothing is named."""
    home = tmp_path / "h"
    home.mkdir()
    options = {"journal_folder": "", "vocabulary": ""}
    bare = load_settings(home=home, options=options)
    assert (notes_folder(bare), own_vocabulary(bare)) == ("", "")
    assert vocabulary_file(bare) == home / "vocabulary.toml"
    (home / "vocabulary.toml").touch()
    assert own_vocabulary(bare) == str(home / "vocabulary.toml")
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    named = load_settings(home=home, options={"journal_folder": "~/notes", "vocabulary": "w.toml"})
    assert notes_folder(named) == str(tmp_path / "person" / "notes")
    assert own_vocabulary(named) == str(home / "w.toml")
    nobody = load_settings(home=home, options={"journal_folder": "~nobody-of-that-name/x"})
    with pytest.raises(ConfigError, match="no such user"):
        notes_folder(nobody)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "cannot read your vocabulary"),
        (b"[tags]\nx = ?", "line 2"),
        (b"\xff", "utf-8"),
        (b"#" * 1_000_001, "more than 1,000,000 bytes"),
    ],
    ids=["missing", "no TOML", "no UTF-8", "large"],
)
def test_a_vocabulary_that_cannot_be_read_is_named(tmp_path, content, why):
    """With the path; the program does not go on without the person's words."""
    path = tmp_path / "own.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=why) as caught:
        load_vocabulary(str(path))
    assert str(path) in caught.value.message


def test_every_fault_of_a_vocabulary_is_named(tmp_path):
    """All at once, with the file."""
    path = tmp_path / "own.toml"
    path.write_text("[tags]\nalcohol = 7\ncaffeine = 8\n")
    with pytest.raises(ConfigError) as caught:
        load_vocabulary(str(path))
    assert str(path) in caught.value.message
    assert len(caught.value.problems) == 2


def test_the_example_folder_is_read(workspace):
    """A page of Obsidian's, one of Logseq's, one in plain words."""
    late = Workspace(workspace.home, lambda: datetime.combine(SUNDAY, time(21), tzinfo=ZONE))
    with open_store(workspace.home, write=True) as store:
        evening = Evening("me", SUNDAY, is_live=True)
        report = gather(store, late, evening, str(EXAMPLES / "daily-notes"), WORDS)
    assert (report.n_read, report.failed, report.warnings) == (3, [], [])
    found = {(e.day.day, e.tag): (e.value, e.unit) for e in rows(workspace)}
    assert found[20, "alcohol"] == (2, "drinks")
    assert found[20, "stress"] == (0.7, "")
    assert found[20, "travel"] == (1, "")
    assert found[21, "mood"] == (0.8, "")
    assert found[21, "alcohol"] == (0, "")
    assert found[21, "sauna"] == (20, "min")
    assert {tag for day, tag in found if day == 22} >= {"sick", "headache", "meditation"}
    with open_store(workspace.home, write=False) as store:
        assert [guess.hrv_ms for guess in load_guesses(store, "me")] == [48]
