"""`hrvctl journal add|edit|undo`: own words are read, shown, changed and undone."""

import json
import os
import shlex
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from cli.homes import rows, tree
from conftest import TODAY, Result
from hrvctl.store.home import Home

Hrvctl = Callable[..., Result]
YESTERDAY = str(TODAY - timedelta(days=1))


def entries(hrvctl: Hrvctl, *words: object) -> dict[tuple[str, str], float]:
    """(day, tag) to value, as listed."""
    listed = hrvctl("journal", "list", *words, "--json").data["entries"]
    return {(e["day"], e["tag"]): e["value"] for e in listed}


def texts(hrvctl: Hrvctl) -> list[str]:
    """The notes that stand."""
    return [note["text"] for note in hrvctl("journal", "list", "--json").data["notes"]]


def test_own_words_are_read_and_shown_with_their_source(hrvctl: Hrvctl) -> None:
    """The day, each answer with its unit and words, what was not understood; quotes or none."""
    done = hrvctl("journal", "add", "two beers,", "flumming")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "Tue 10 Mar 2026",
        '  alcohol 2 drinks  (from "two beers")',
        "  Not understood: flumming",
    ]
    assert texts(hrvctl) == ["two beers, flumming"]


def test_answers_are_shown_as_people_write_them(hrvctl: Hrvctl) -> None:
    """Yes and no, one drink and two, a share as one of ten; never 0 or 1 for an answer."""
    done = hrvctl("journal", "add", "a beer, slept badly, no coffee, stress 10/10, not anxious")
    assert [line.partition("  (")[0].strip() for line in done.out.splitlines()[1:]] == [
        "alcohol 1 drink",
        "anxiety 0/10",
        "caffeine no",
        "slept_badly yes",
        "stress 10/10",
    ]


def lines(hrvctl: Hrvctl, text: str, *words: object) -> list[str]:
    """What is said of a text, below the day."""
    return hrvctl("journal", "add", text, *words).out.splitlines()[1:]


def test_what_this_text_added_comes_first(hrvctl: Hrvctl) -> None:
    """With what it replaces; the rest of the day on one line below."""
    hrvctl("journal", "add", "2 beers, stress 7/10")
    first, hint, rest = lines(hrvctl, "actually 3 beers")
    assert first == '  alcohol 5 drinks, was 2 drinks  (from "2 beers; 3 beers")'
    assert hint.endswith("hrvctl journal add --date 2026-03-10 --tag alcohol=3")
    assert rest == "  Also that day: stress 7/10"
    corrected = lines(hrvctl, "", "--tag", "alcohol=3")
    assert corrected[0] == '  alcohol 3 drinks, was 5 drinks  (from "alcohol=3")'
    (denied, _) = lines(hrvctl, "no booze today")
    assert denied == ('  "no booze" does not change it: alcohol stays 3 drinks, from "alcohol=3".')


def test_what_nobody_has_in_a_day_is_not_counted(hrvctl: Hrvctl, home: Home) -> None:
    """In a text it is said and left out, as an answer by name it is refused; one can raise it."""
    hrvctl("journal", "add", "2 beers")
    (first, *_) = lines(hrvctl, "50 beers and a coffee")[1:]
    assert first == '  "50 beers" is more than anybody has in a day, and is not counted.'
    assert entries(hrvctl) == {(str(TODAY), "alcohol"): 2, (str(TODAY), "caffeine"): 1}
    done = hrvctl("journal", "add", "--tag", "alcohol=999")
    assert (done.code, done.out) == (1, "")
    assert "more than 30 drinks, the most that is taken for a day" in done.err
    (home.root / "vocabulary.toml").write_text("[tags.alcohol]\nmost = 60\n")
    assert "alcohol 50 drinks" in hrvctl("journal", "add", "--tag", "alcohol=50").out


def test_a_question_can_be_unanswered_again(hrvctl: Hrvctl, imported: Home) -> None:
    """The words stay, undo brings the answer back, and a later one counts alone."""
    assert imported.exists()
    hrvctl("journal", "add", "2 beers and a coffee")
    done = hrvctl("journal", "remove", "alcohol")
    assert done.out.splitlines() == [
        "Tue 10 Mar 2026: alcohol is unanswered again.",
        '  It was 2 drinks  (from "2 beers")',
    ]
    assert entries(hrvctl, "--date", TODAY) == {(str(TODAY), "caffeine"): 1}
    assert texts(hrvctl) == ["2 beers and a coffee", "alcohol=?"]
    assert hrvctl("journal", "remove", "alcohol").code == 4
    hrvctl("journal", "add", "a wine")
    assert entries(hrvctl, "--date", TODAY)[str(TODAY), "alcohol"] == 1
    hrvctl("journal", "undo")
    hrvctl("journal", "undo")
    assert entries(hrvctl, "--date", TODAY)[str(TODAY), "alcohol"] == 2


def test_words_of_the_day_before_are_given_back_to_write_there(hrvctl: Hrvctl) -> None:
    """They are quoted without "yesterday", with the command that puts them where they belong."""
    (hint,) = lines(hrvctl, "yesterday i drank 4 beers")
    command = hint.partition("not read here: hrvctl ")[2]
    assert command == f"journal add --date {YESTERDAY} 'i drank 4 beers'"
    hrvctl(*shlex.split(command))
    assert entries(hrvctl) == {(YESTERDAY, "alcohol"): 4}


def test_without_words_the_editor_opens(hrvctl: Hrvctl, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal alone; it shows the day and what it has so far, and keeps none of that."""
    hrvctl("journal", "add", "2 beers")
    shown = []

    def edit(text: str) -> str:
        shown.append(text)
        return f"slept badly{text}"

    monkeypatch.setattr("hrvctl.cli.commands.journal.edit_text", edit)
    monkeypatch.setattr("hrvctl.cli.output.is_terminal", lambda _: True)
    done = hrvctl("journal", "add")
    assert "Tue 10 Mar 2026\nSo far: alcohol 2 drinks" in shown[0]
    assert "slept_badly yes" in done.out
    assert texts(hrvctl) == ["2 beers", "slept badly"]


def test_words_and_tags_go_together(hrvctl: Hrvctl) -> None:
    """In one call they are one thing to undo; a tag reads the same whatever stands beside it."""
    hrvctl("journal", "add", "two beers", "--tag", "sick", "--tag", "Late-Meal=no")
    assert entries(hrvctl) == {
        (str(TODAY), "alcohol"): 2,
        (str(TODAY), "late_meal"): 0,
        (str(TODAY), "sick"): 1,
    }
    assert hrvctl("journal", "undo").code == 0
    assert (entries(hrvctl), texts(hrvctl)) == ({}, [])


def test_tags_are_answers(hrvctl: Hrvctl) -> None:
    """A tag alone is yes, `=no` is no, a number is an amount."""
    hrvctl("journal", "add", "--tag", "alcohol=2", "--tag", "Late-Meal", "--tag", "sick=no")
    hrvctl("journal", "add", "--tag", "alcohol=1.5", "--date", YESTERDAY)
    listed = [
        (e["day"], e["tag"], e["value"])
        for e in hrvctl("journal", "list", "--json").data["entries"]
    ]
    assert listed == [
        (YESTERDAY, "alcohol", 1.5),
        (str(TODAY), "alcohol", 2),
        (str(TODAY), "late_meal", 1),
        (str(TODAY), "sick", 0),
    ]
    assert hrvctl("journal", "list", "--date", YESTERDAY).out.count("\n") == 2


def test_later_answer_of_a_tag_replaces_the_earlier(hrvctl: Hrvctl) -> None:
    """There is one answer a day and tag: the last."""
    hrvctl("journal", "add", "--tag", "alcohol=2")
    hrvctl("journal", "add", "--tag", "alcohol=3")
    (entry,) = hrvctl("journal", "list", "--json").data["entries"]
    assert entry["value"] == 3


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        *(("new_thing", 1), ("new_thing=no", 0), ("x=0.5", 0.5), ("x=1234567", 1234567)),
        *(("x=0.333333333333333", 0.3333), ("x=0.0001", 0.0001), ("x=999999999", 999999999)),
    ],
)
def test_tag_outside_the_vocabulary_is_accepted(hrvctl: Hrvctl, tag: str, value: float) -> None:
    """A tag of the person's own needs no vocabulary."""
    done = hrvctl("journal", "add", "--tag", tag, "--json")
    (entry,) = done.data["entries"]
    assert (entry["tag"], entry["value"]) == (tag.partition("=")[0], value)


def test_text_that_is_not_understood_is_kept(hrvctl: Hrvctl) -> None:
    """Exit 0, and the way to add the words to the vocabulary."""
    done = hrvctl("journal", "add", "flumming zworp")
    assert (done.code, done.err) == (0, "")
    assert "Nothing in it was understood; the words are kept as they are." in done.out
    listed = hrvctl("journal", "list", "--words")
    assert "zworp" in listed.out
    assert "vocabulary.toml" in listed.out


@pytest.mark.parametrize("text", ["4 beers last night", "gestern 4 Bier", "hier 4 bières"])
def test_what_is_of_the_day_before_is_told_how_to_write(hrvctl: Hrvctl, text: str) -> None:
    """It is not read, and the option with its date is named."""
    done = hrvctl("journal", "add", "--date", "2026-03-02", text)
    assert "hrvctl journal add --date 2026-03-01" in done.out
    assert "alcohol" not in done.out
    for of_the_day in ("4 beers", "slept badly last night"):
        assert "--date" not in hrvctl("journal", "add", "--date", "2026-03-02", of_the_day).out


@pytest.mark.parametrize("words", [(), ("",), ("  ", "\n")], ids=["none", "empty", "blank"])
def test_empty_entry_is_refused(home: Home, hrvctl: Hrvctl, words: tuple[str]) -> None:
    """Names the two ways to write; creates no home."""
    done = hrvctl("journal", "add", *words)
    assert (done.code, done.out) == (2, "")
    assert "--tag alcohol=2" in done.err
    assert not home.root.exists()


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("add", "two beers", "--date", "2026-03-11"), "is in the future"),
        (("add", "two beers", "--date", "2026-02-30"), "February 2026 has 28 days"),
        (("add", "two beers", "--date", "1999-01-01"), "before the first wearables"),
        (("edit", "--date", "2026-03-11"), "is in the future"),
        (("list", "--date", "someday"), "not a date"),
        (("list", "--date", "2026-03-10", "--days", "3"), "exclude each other"),
        (("list", "--all", "--days", "3"), "exclude each other"),
        (("list", "--days", "0"), "--days"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_impossible_days_are_refused(
    home: Home, hrvctl: Hrvctl, words: tuple[str, ...], part: str
) -> None:
    """Exit 2, what is wrong, and nothing is created."""
    done = hrvctl("journal", *words)
    assert (done.code, done.out) == (2, "")
    assert part in done.err
    assert not home.root.exists()


def test_undo_takes_back_the_last_entry(hrvctl: Hrvctl) -> None:
    """Shown with its day and words; repeated, it takes the one before, until nothing is left."""
    hrvctl("journal", "add", "two beers", "--date", YESTERDAY)
    hrvctl("journal", "add", "#sick")
    assert hrvctl("journal", "undo").out == "Taken back: Tue 10 Mar 2026: #sick\n"
    assert entries(hrvctl) == {(YESTERDAY, "alcohol"): 2}
    assert hrvctl("journal", "undo", "--json").data["taken_back"][0]["text"] == "two beers"
    done = hrvctl("journal", "undo")
    assert (done.code, done.out) == (4, "There is nothing left to take back.\n")


def test_undo_without_a_home_creates_nothing(home: Home, hrvctl: Hrvctl) -> None:
    """Exit 4 on a home that is not there."""
    assert hrvctl("journal", "undo").code == 4
    assert not home.root.exists()


def test_a_guess_in_the_journal_is_sealed_once(imported: Home, hrvctl: Hrvctl) -> None:
    """As with `hrvctl guess`: shown, scored, and not taken back by undo."""
    assert imported.exists()
    done = hrvctl("journal", "add", "two beers, my guess is 62 ms")
    assert "  Your guess: 62 ms for Wed 11 Mar 2026; sealed." in done.out.splitlines()
    again = hrvctl("journal", "add", "my guess is 62 ms")
    assert "was not taken: it is the one that counts already." in again.out
    late = hrvctl("journal", "add", "my guess is 50 ms", "--date", YESTERDAY)
    assert (late.code, "the morning of 2026-03-10 has begun" in late.out) == (0, True)
    sealed = [
        row["forecast"]
        for row in hrvctl("show", "ledger", "--json").data["rows"]
        if row["source"] == "guess"
    ]
    assert sealed == [62]
    hrvctl("journal", "undo")
    undone = hrvctl("journal", "undo")
    assert "never taken back" in undone.out
    assert [guess for guess in rows(imported) if 'INSERT INTO "guesses"' in guess]
    assert hrvctl("ledger", "verify").code == 0


def test_a_guess_before_any_export_waits_for_the_evening(hrvctl: Hrvctl) -> None:
    """The device that measures is not known yet."""
    assert "the evening's run will seal it" in hrvctl("journal", "add", "my guess is 62 ms").out


def test_dry_run_shows_the_same_and_writes_nothing(imported: Home, hrvctl: Hrvctl) -> None:
    """Not a byte, the guess not either; the words are those of the real call after it."""
    before = tree(imported.root)
    words = ("journal", "add", "two beers, my guess is 62 ms")
    dry = hrvctl(*words, "--dry-run", "--json").data
    assert tree(imported.root) == before
    real = hrvctl(*words, "--json").data
    assert (dry.pop("is_dry_run"), real.pop("is_dry_run")) == (True, False)
    assert dry == real
    before = tree(imported.root)
    assert hrvctl(*words, "--dry-run").out.endswith("\nDry run: nothing was written.\n")
    undone = hrvctl("journal", "undo", "--dry-run").out
    assert "two beers" in undone
    assert undone.endswith("\nDry run: nothing was written.\n")
    assert tree(imported.root) == before


def test_a_vocabulary_with_faults_stops_before_anything_is_written(
    home: Home, hrvctl: Hrvctl
) -> None:
    """Exit 12 with the file, from every command that needs the words."""
    hrvctl("journal", "add", "#sick")
    (home.root / "vocabulary.toml").write_text("[tags]\nalcohol = 7\n")
    before = rows(home)
    for words in (("journal", "add", "two beers"), ("journal", "undo"), ("daily",)):
        done = hrvctl(*words)
        assert (done.code, "vocabulary.toml" in done.err) == (12, True), words
    assert rows(home) == before


def test_control_characters_do_not_reach_the_terminal(hrvctl: Hrvctl) -> None:
    """Line breaks are shown as blanks, escapes as text; both are kept in the note."""
    note = "two beers\n\x1b[2Jzworp\x07"
    done = hrvctl("journal", "add", note)
    for shown in (done, hrvctl("journal", "list"), hrvctl("journal", "undo", "--dry-run")):
        assert all(sign.isprintable() or sign == "\n" for sign in shown.out)
    assert texts(hrvctl) == [note]


def test_a_long_text_is_shown_short_and_kept_whole(hrvctl: Hrvctl) -> None:
    """A hundred thousand characters: the answers in it, and a few lines of output."""
    text = "two beers. " + "zworp " * 20_000
    done = hrvctl("journal", "add", text)
    assert (done.code, entries(hrvctl)) == (0, {(str(TODAY), "alcohol"): 2})
    assert texts(hrvctl) == [text.strip()]
    assert len(done.out) + len(hrvctl("journal", "undo").out) < 2_000


# ---------------------------------------------------------------- edit


@pytest.fixture
def editor(tmp_path: Path) -> Callable[[str], str]:
    """Make an editor out of a few lines of shell; $1 is the file it is given."""

    def make(script: str) -> str:
        path = tmp_path / "my editor.sh"
        path.write_text(f"#!/bin/sh\nset -eu\n{script}\n")
        path.chmod(0o700)
        return f"'{path}' --wait"

    # The editor's own option comes first, as `code --wait FILE` has it.
    return lambda script: make(f"shift\n{script}")


@pytest.mark.usefixtures("real_today")
def test_edit_reads_the_day_anew(
    program: Callable[..., Result], editor: Callable[[str], str], tmp_path: Path
) -> None:
    """In a process of its own: the notes a line each; the file is the owner's alone, and goes."""
    trace = tmp_path / "trace"
    program("journal", "add", "two beers")
    program("journal", "add", "#sick")
    script = f"""
cp "$1" {trace}
ls -l "$1" >> {trace}
echo "$1" >> {trace}
echo 'three beers' > "$1"
"""
    done = program("journal", "edit", VISUAL="", EDITOR=editor(script), TMPDIR=str(tmp_path))
    assert (done.code, done.err) == (0, "")
    assert "alcohol 3 drinks" in done.out
    first, second, listed, path = trace.read_text().splitlines()
    assert (first, second) == ("two beers", "#sick")
    assert listed.startswith("-rw-------")
    assert not Path(path).exists()
    listing = program("journal", "list", "--json").data
    assert [note["text"] for note in listing["notes"]] == ["three beers"]
    assert {e["tag"]: e["value"] for e in listing["entries"]} == {"alcohol": 3}
    assert "Brought back" in program("journal", "undo").out
    listing = program("journal", "list", "--json").data
    assert {e["tag"]: e["value"] for e in listing["entries"]} == {"alcohol": 2, "sick": 1}


@pytest.mark.parametrize(
    "script",
    ["true", 'touch "$1"', "printf 'two beers' > \"$1\"", "printf '\\ntwo beers\\n\\n' > \"$1\""],
)
def test_edit_that_changes_nothing_does_nothing(
    home: Home,
    hrvctl: Hrvctl,
    editor: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
    script: str,
) -> None:
    """Not saved, saved as it was, or with other blank lines: exit 4, no row."""
    hrvctl("journal", "add", "two beers")
    before = rows(home)
    monkeypatch.setenv("VISUAL", editor(script))
    done = hrvctl("journal", "edit")
    assert (done.code, done.out) == (4, "Tue 10 Mar 2026: unchanged.\n")
    assert rows(home) == before


def test_edit_that_empties_the_day_withdraws_its_notes(
    hrvctl: Hrvctl, editor: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of that day alone; undo brings them back."""
    hrvctl("journal", "add", "two beers", "--date", YESTERDAY)
    hrvctl("journal", "add", "#sick")
    monkeypatch.setenv("VISUAL", editor(': > "$1"'))
    done = hrvctl("journal", "edit", "--date", YESTERDAY)
    assert (done.code, done.out) == (0, "Mon 9 Mar 2026: every note is withdrawn.\n")
    assert entries(hrvctl) == {(str(TODAY), "sick"): 1}
    hrvctl("journal", "undo")
    assert entries(hrvctl) == {(YESTERDAY, "alcohol"): 2, (str(TODAY), "sick"): 1}


def test_edit_of_a_day_without_notes_begins_one(
    home: Home, hrvctl: Hrvctl, editor: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty file to write into; left empty, nothing is made, not even a home."""
    monkeypatch.setenv("VISUAL", editor(': > "$1"'))
    assert hrvctl("journal", "edit").code == 4
    assert not home.root.exists()
    monkeypatch.setenv("VISUAL", editor("echo 'two beers' > \"$1\""))
    assert hrvctl("journal", "edit").code == 0
    assert entries(hrvctl) == {(str(TODAY), "alcohol"): 2}


@pytest.mark.parametrize(
    ("editor_command", "part"),
    [("/nowhere/vi", "Editing failed"), ("false", "Editing failed")],
    ids=["missing", "failing"],
)
def test_editor_that_fails_changes_nothing(
    home: Home,
    hrvctl: Hrvctl,
    monkeypatch: pytest.MonkeyPatch,
    editor_command: str,
    part: str,
) -> None:
    """Exit 2, what failed, and where to name another."""
    hrvctl("journal", "add", "two beers")
    before = rows(home)
    monkeypatch.setenv("VISUAL", editor_command)
    done = hrvctl("journal", "edit")
    assert (done.code, done.out) == (2, "")
    assert part in done.err
    assert "EDITOR" in done.err
    assert rows(home) == before


def test_edit_that_saves_no_text_changes_nothing(
    home: Home, hrvctl: Hrvctl, editor: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes that are not UTF-8 are refused."""
    hrvctl("journal", "add", "two beers")
    before = rows(home)
    monkeypatch.setenv("VISUAL", editor("printf '\\377\\376' > \"$1\""))
    done = hrvctl("journal", "edit")
    assert (done.code, "not UTF-8" in done.err) == (2, True)
    assert rows(home) == before


def test_edit_keeps_what_was_added_meanwhile(
    hrvctl: Hrvctl, home: Home, editor: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another terminal may write while the editor is open; both are kept."""
    hrvctl("journal", "add", "two beers")
    meanwhile = f"hrvctl --home '{home.root}' journal add '#sick' --date {TODAY} > /dev/null"
    program = f'PATH="{Path(os.sys.executable).parent}:$PATH" {meanwhile}'
    monkeypatch.setenv("VISUAL", editor(f"{program}\necho 'three beers' > \"$1\""))
    assert hrvctl("journal", "edit").code == 0
    assert entries(hrvctl) == {(str(TODAY), "alcohol"): 3, (str(TODAY), "sick"): 1}


def test_edit_dry_run_writes_nothing(
    home: Home, hrvctl: Hrvctl, editor: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It shows what would be read."""
    hrvctl("journal", "add", "two beers")
    before = tree(home.root)
    monkeypatch.setenv("VISUAL", editor("echo 'three beers' > \"$1\""))
    done = hrvctl("journal", "edit", "--dry-run")
    assert (done.code, "alcohol 3 drinks" in done.out) == (0, True)
    assert done.out.endswith("\nDry run: nothing was written.\n")
    assert tree(home.root) == before


# ---------------------------------------------------------------- the folder


def test_daily_reads_the_folder_that_was_named(
    imported: Home, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """Once it is set, every evening's run reads it; nothing of the person's is touched."""
    notes = tmp_path / "my notes"
    (notes / "journals").mkdir(parents=True)
    page = notes / "journals" / "2026_03_10.md"
    page.write_text("- two beers, zworp\n")
    hrvctl("config", "set", "journal_folder", str(notes))
    before = tree(notes)
    assert hrvctl("daily", "--dry-run").code in (0, 5)
    assert entries(hrvctl, "--date", TODAY) == {}
    assert hrvctl("daily").code == 0
    assert entries(hrvctl, "--date", TODAY) == {(str(TODAY), "alcohol"): 2}
    assert "folder  two beers (journals/2026_03_10.md)" in hrvctl("journal", "list").out
    assert tree(notes) == before
    ran = b"".join(p.read_bytes() for p in (imported.dagster / "history").rglob("*") if p.is_file())
    assert b"hrv_daily_job" in ran
    assert b"beers" not in ran
    assert b"zworp" not in ran
    assert stat.S_IMODE(imported.database.stat().st_mode) == 0o600


def test_daily_names_the_notes_it_could_not_read(
    imported: Home, hrvctl: Hrvctl, tmp_path: Path
) -> None:
    """A file that is no text: partly done, with its name; a folder that is gone: a warning."""
    assert imported.exists()
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "2026-03-10.md").write_bytes(b"\xff\xfe")
    hrvctl("config", "set", "journal_folder", str(notes))
    done = hrvctl("daily", "--json")
    (error,) = done.json["errors"]
    assert (done.code, error["stage"]) == (3, "journal_op")
    assert "2026-03-10.md: byte 0 is not UTF-8 text" in error["message"]
    assert "2026-03-10.md" in hrvctl("daily").err
    (notes / "2026-03-10.md").unlink()
    notes.rmdir()
    gone = hrvctl("daily")
    assert gone.code in (0, 4)
    assert f"the journal folder cannot be read: {notes}" in gone.err


def test_words_can_be_piped_in(home: Home) -> None:
    """Quotes and apostrophes need no care of the shell; nothing piped in is nothing to write."""
    words = [
        sys.executable,
        "-m",
        "hrvctl",
        "--home",
        str(home.root),
        "--json",
        "journal",
        "add",
        "-",
    ]

    def add(text: bytes) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(words, input=text, capture_output=True, check=False, timeout=120)

    done = add(b"two beers, didn't sleep\n")
    assert done.returncode == 0
    (entry,) = (e for e in json.loads(done.stdout)["data"]["entries"] if e["tag"] == "alcohol")
    assert entry["value"] == 2
    assert add(b" \n").returncode == 2
    assert b"not UTF-8" in add(b"\xff").stdout
