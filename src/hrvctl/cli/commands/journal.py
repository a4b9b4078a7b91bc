"""``hrvctl journal add|edit|undo``: write the journal in one's own words."""

import datetime as dt
import shlex
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from hrvctl.cli import output, render
from hrvctl.cli.commands.journal_list import line, note_objects, unit_text, value_text
from hrvctl.cli.completion import tags
from hrvctl.cli.editor import edit_text
from hrvctl.cli.options import DryRunOption, day_option, dry_note
from hrvctl.cli.session import CommandResult, Session, rehearsal
from hrvctl.errors import ExitCode, UsageError
from hrvctl.records import TAG, Feature, JournalEntry
from hrvctl.store.json_values import plain
from hrvctl.store.notes import Note

if TYPE_CHECKING:
    from hrvctl.usecases.journal import NotesResult, TextGuessResult

# Amounts are kept as plain digits, never as 1e+09, so that they are read again as they are (own
# choice: a thousand million of anything is a slip).
TOO_MUCH, DECIMALS, DIGITS = 1e9, 4, 11
# Begins what the editor shows below the text; nothing from here on is kept.
BELOW = "--- What you write above this line is added to"
WORDS = {"yes": 1.0, "no": 0.0, "true": 1.0, "false": 0.0}

TextArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="TEXT", help='In your own words: "two beers, late dinner"; - reads standard input.'
    ),
]
TagOption = Annotated[
    list[str] | None,
    typer.Option(
        "--tag",
        metavar="NAME[=VALUE]",
        autocompletion=tags,
        help="For example alcohol=2, sick, caffeine=no.",
    ),
]
RemovedArgument = Annotated[
    str, typer.Argument(metavar="TAG", autocompletion=tags, help="The tag, for example alcohol.")
]
DayOption = Annotated[dt.date | None, day_option("--date", "The day it is about (default: today).")]


def add(
    session: Session,
    text: TextArgument = None,
    tag: TagOption = None,
    date: DayOption = None,
    dry_run: DryRunOption = False,
) -> CommandResult:
    """Write down what you did on a day, in your own words.

    A question you do not answer is missing, not "no". A tag alone means yes; =no means it did not
    happen. A guess of tomorrow's HRV in it is sealed as hrvctl guess does. Without words, on a
    terminal, your editor opens.
    """
    from hrvctl.usecases.clock import seal_warnings
    from hrvctl.usecases.journal import write_notes

    day = _past_day(session, date)
    if not text and not tag and output.is_terminal(sys.stdin) and output.is_terminal(sys.stdout):
        text = [_written_in_editor(session, day)]
    texts = _texts(text or [], tag or [])
    with rehearsal(session.workspace(), dry_run=dry_run) as workspace:
        warnings = seal_warnings(workspace)
        result = write_notes(workspace, session.settings(), day, texts)
    return CommandResult(
        data={**plain(result), "is_dry_run": dry_run},
        text="\n".join([*_result_lines(result), *dry_note(dry_run)]),
        notes=() if date else session.late_notes(),
        warnings=warnings,
    )


def edit(session: Session, date: DayOption = None, dry_run: DryRunOption = False) -> CommandResult:
    """Open a day's notes in your editor, and read them again when you save.

    It is the one in VISUAL or EDITOR. The notes that were there are withdrawn, and hrvctl journal
    undo brings them back.
    """
    from hrvctl.usecases.clock import seal_warnings
    from hrvctl.usecases.journal import edit_notes

    day = _past_day(session, date)
    with rehearsal(session.workspace(), dry_run=dry_run) as workspace:
        warnings = seal_warnings(workspace)
        edited = edit_notes(workspace, session.settings(), day, edit_text)
    if edited is None:
        return CommandResult(
            data={"day": day, "is_dry_run": dry_run},
            text=f"{render.day_name(day)}: unchanged.",
            code=ExitCode.NOTHING_NEW,
        )
    text, result = edited
    gone = [f"{render.day_name(day)}: every note is withdrawn."]
    return CommandResult(
        data={**plain(result), "is_dry_run": dry_run},
        text="\n".join([*(_result_lines(result) if text else gone), *dry_note(dry_run)]),
        notes=() if date else session.late_notes(),
        warnings=warnings,
    )


def remove(
    session: Session,
    tag: RemovedArgument,
    date: DayOption = None,
    dry_run: DryRunOption = False,
) -> CommandResult:
    """Make one question of a day unanswered again; the words you wrote are kept.

    Unanswered is not "no": the day does not count for that tag. hrvctl journal undo brings it back.
    """
    from hrvctl.usecases.journal import unanswer

    day, (name, _) = _past_day(session, date), _tag(tag)
    if not session.workspace().home.exists():
        return CommandResult(
            data={"day": day, "removed": None, "is_dry_run": dry_run},
            text="The journal is empty.",
            code=ExitCode.NOTHING_NEW,
        )
    with rehearsal(session.workspace(), dry_run=dry_run) as workspace:
        before, others = unanswer(workspace, session.settings(), day, name)
    data = {"day": day, "removed": before, "is_dry_run": dry_run}
    lines = [f"{render.day_name(day)}: {name} is unanswered again."]
    if before is None:
        lines = [f"{render.day_name(day)}: you wrote no answer to {name}."]
    else:
        lines.append(f'  It was {_value(before)}  (from "{line(before.text)}")')
    lines += [f"  The answer of {source} stays: it is from its file." for source in others]
    return CommandResult(
        data=data,
        text="\n".join([*lines, *dry_note(dry_run)]),
        code=ExitCode.DONE if before else ExitCode.NOTHING_NEW,
    )


def undo(session: Session, dry_run: DryRunOption = False) -> CommandResult:
    """Undo the last thing you wrote into the journal.

    Repeat it to undo the one before. A guess that was sealed stays: the ledger only grows.
    """
    from hrvctl.usecases.journal import undo_notes

    with rehearsal(session.workspace(), dry_run=dry_run) as workspace:
        undone = undo_notes(workspace, session.settings())
    data = {
        "taken_back": note_objects(undone.notes.taken_back if undone else ()),
        "brought_back": note_objects(undone.notes.brought_back if undone else ()),
        "entries": undone.entries if undone else (),
        "is_dry_run": dry_run,
    }
    if undone is None:
        text = "There is nothing left to take back."
        return CommandResult(data=data, text=text, code=ExitCode.NOTHING_NEW)
    lines = [f"Taken back: {_quoted(note)}" for note in undone.notes.taken_back]
    lines += [f"Brought back: {_quoted(note)}" for note in undone.notes.brought_back]
    if undone.has_guess:
        lines.append("The guess in it stays: it is never taken back, only followed by another.")
    return CommandResult(data=data, text="\n".join([*lines, *dry_note(dry_run)]))


def _past_day(session: Session, date: dt.date | None) -> dt.date:
    day = date or session.today()
    if day > session.today():
        raise UsageError(
            f"{day} is in the future", hint="the journal is for today and earlier days"
        )
    return day


def _texts(words: Sequence[str], tags: Sequence[str]) -> list[str]:
    """The texts to keep: the words as one text, and each tag as ``name=value``."""
    text = (_standard_input() if [*words] == ["-"] else " ".join(words)).strip()
    answers = [_tag(tag) for tag in tags]
    names = [name for name, _ in answers]
    if twice := [name for name in names if names.count(name) > 1]:
        raise UsageError(f"{twice[0]} is given more than once", hint="give each tag one value")
    if not text and not answers:
        raise UsageError(
            "there is nothing to write down",
            hint='write it in your own words, "two beers", or as --tag alcohol=2',
        )
    return [*([text] if text else []), *(f"{name}={value}" for name, value in answers)]


def _written_in_editor(session: Session, day: dt.date) -> str:
    """What the person writes in their editor, above a line that says what the day has so far."""
    from hrvctl.usecases.journal import USER, list_journal

    answers: list[str] = []
    if session.workspace().home.exists():
        subject = session.settings().subject
        listing = list_journal(session.workspace(), subject, first=day, last=day)
        answers = [_amount(entry) for entry in listing.entries if entry.source == USER]
    about = [f"{BELOW} {render.day_name(day)}", f"So far: {', '.join(answers) or 'nothing yet'}"]
    return edit_text("\n\n" + "\n".join(about) + "\n").partition(BELOW)[0]


def _standard_input() -> str:
    """What is piped in; words with quotes and apostrophes need no care of the shell."""
    try:
        return sys.stdin.buffer.read().decode() if sys.stdin else ""
    except UnicodeDecodeError as error:
        raise UsageError("standard input is not UTF-8 text", hint="save it as UTF-8") from error


def _tag(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    tag = name.strip().casefold().replace("-", "_").replace(" ", "_")
    if not TAG.fullmatch(tag):
        raise UsageError(
            f"{name!r} is not a tag", hint="start with a letter; use letters, digits and _"
        )
    if not sign:
        return tag, "yes"
    if (answer := WORDS.get(value.strip().casefold())) is not None:
        return tag, "yes" if answer else "no"
    try:
        amount = float(value)
    except ValueError as error:
        raise UsageError(
            f"{text!r}: {value!r} is neither a number nor yes or no",
            hint="for example --tag alcohol=2 or --tag caffeine=no",
        ) from error
    if not 0 <= amount < TOO_MUCH:
        raise UsageError(
            f"{text!r}: an amount is zero or more, and less than {TOO_MUCH:,.0f}",
            hint="for example alcohol=2",
        )
    return tag, f"{round(amount, DECIMALS):.{DIGITS}g}"


def _result_lines(result: "NotesResult") -> list[str]:
    """What the new text says first, then what else the day has."""
    said = {feature.tag: feature for feature in result.said}
    before = {entry.tag: entry for entry in result.before}
    lines = [render.day_name(result.day)]
    lines += [
        one
        for entry in result.entries
        if entry.tag in said
        for one in _said_line(said[entry.tag], entry, before.get(entry.tag))
    ]
    lines += [
        f'  "{line(one.text)}" is more than anybody has in a day, and is not counted.'
        for one in result.implausible
    ]
    if not (result.is_understood or result.of_day_before or result.implausible):
        lines.append("  Nothing in it was understood; the words are kept as they are.")
    day_before = result.day - dt.timedelta(days=1)
    lines += [
        f'  "{line(words)}" is of the day before, and is not read here:'
        f" hrvctl journal add --date {day_before} {shlex.quote(words)}"
        for words in result.of_day_before
    ]
    if gone := before.keys() - {entry.tag for entry in result.entries}:
        lines.append(f"  No longer answered: {', '.join(sorted(gone))}")
    if rest := [_amount(entry) for entry in result.entries if entry.tag not in said]:
        lines.append(f"  Also that day: {', '.join(rest)}")
    if result.unknown:
        lines.append(f"  Not understood: {line(', '.join(result.unknown))}")
    if result.guess:
        lines.append(f"  {_guess_line(result.guess)}")
    return lines


def _entry_line(entry: JournalEntry, before: JournalEntry | None) -> str:
    is_changed = before is not None and _amount(before) != _amount(entry)
    was = f", was {_value(before)}" if before is not None and is_changed else ""
    return f'{_amount(entry)}{was}  (from "{line(entry.text)}")'


def _amount(entry: JournalEntry) -> str:
    at = f" at {entry.at}" if entry.at else ""
    return f"{entry.tag} {_value(entry)}{at}"


def _value(entry: "JournalEntry | Feature") -> str:
    return " ".join(filter(None, [value_text(entry), unit_text(entry)]))


def _said_line(said: Feature, entry: JournalEntry, before: JournalEntry | None) -> list[str]:
    """What a text says of a tag, and what that does to the day's answer."""
    if before and entry.value != said.value and entry.value == before.value:
        return [
            f'  "{line(said.text)}" does not change it: {entry.tag} stays {_value(entry)}, from'
            f' "{line(entry.text)}".'
        ]
    lines = [f"  {_entry_line(entry, before)}"]
    if before and said.unit and entry.value > said.value:
        lines.append(
            "  It was added to what you wrote before; if it replaces that: hrvctl journal add"
            f" --date {entry.day} --tag {said.tag}={said.value:g}"
        )
    return lines


def _guess_line(guess: "TextGuessResult") -> str:
    what = f"{guess.hrv_ms:g} ms for {render.day_name(guess.target)}"
    if not guess.is_taken:
        return f"Your guess of {what} was not taken: {guess.why}."
    sealed = "sealed" if guess.n_sealed else "the evening's run will seal it"
    return f"Your guess: {what}; {sealed}."


def _quoted(note: Note) -> str:
    return f"{render.day_name(note.day)}: {line(note.text)}"
